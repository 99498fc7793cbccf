"""The icon in the tray, on hosts of both kinds."""

import json

import pytest

from tests.desktop.real.reading import plain
from tests.desktop.real.screen import wait_until
from tests.desktop.real.tray import MENU, Tray

WINDOW = (330, 80, 900, 600)


@pytest.fixture
def tray(desk, host):
    return Tray(desk, host)


@pytest.fixture
def window(desk, program, queue, tray):
    """The window, beside the place where the tray's menu opens."""
    program.start()
    desk.window("QueueCTL", *WINDOW)
    tray.host.wait_for_icon()
    queue.wait_for_runner()


@pytest.mark.usefixtures("window")
def test_its_menu_opens_by_a_right_click_and_names_all_that_can_be_done(tray):
    entries = tray.open_menu()
    expected = ["Hide", "Add job", "Paste jobs", "Nothing to run", "Pause", "Workers", "Dead letters", "Running"]
    letters = "".join(map(plain, entries))
    assert [words for words in [*expected, "Settings", "Quit"] if plain(words) not in letters] == []
    tray.close_menu()


@pytest.mark.usefixtures("window")
def test_a_left_click_hides_the_window_and_another_shows_it(desk, tray):
    tray.click()
    desk.windows.wait_until_gone("QueueCTL")
    tray.click()
    desk.see("Drop a job file here")
    assert "Hide" in tray.open_menu()
    desk.click("Hide", within=MENU)
    desk.windows.wait_until_gone("QueueCTL")
    tray.choose("Open")
    desk.see("Drop a job file here")


@pytest.mark.usefixtures("window")
def test_its_menu_pauses_and_resumes_the_queue(desk, tray, queue):
    tray.choose("Pause")
    desk.see("Resume")  # the window's own button
    assert json.loads(queue.do("status", "--json"))["paused"]
    tray.choose("Resume")
    desk.see("Pause")
    assert not json.loads(queue.do("status", "--json"))["paused"]


@pytest.mark.usefixtures("window")
def test_its_menu_changes_how_many_workers_there_are(desk, tray, queue):
    desk.see("2 workers")
    tray.choose("Workers", "One worker more")
    desk.see("3 workers")
    assert json.loads(queue.do("status", "--json"))["workers"] == 3
    tray.choose("Workers", "One worker less")
    desk.see("2 workers")


@pytest.mark.usefixtures("window")
def test_its_menu_stops_and_starts_the_runner_and_shows_the_workers(desk, tray, queue):
    tray.click()  # the window's words are those of the menu
    desk.windows.wait_until_gone("QueueCTL")
    tray.choose("Workers", "Stop runner")
    wait_until(lambda: queue.runner() is None, "the end of the runner", look=0.2)
    tray.choose("Workers", "Start runner")
    queue.wait_for_runner()
    tray.choose("Workers", "Show workers")
    desk.see("Runner's log")


@pytest.mark.usefixtures("window")
def test_its_menu_quits(desk, program, tray, queue):
    tray.choose("Quit")
    desk.windows.wait_until_gone("QueueCTL")
    wait_until(lambda: not program.pids(), "the end of the program")
    assert queue.runner() is None


@pytest.mark.usefixtures("window")
def test_its_menu_shows_and_cancels_what_runs(desk, program, tray, queue):
    queue.enqueue("lantern", program.target.waiting_for(desk.screen.folder / "gate"), timeout=0)
    queue.wait_for(lantern="processing")
    tray.click()
    desk.windows.wait_until_gone("QueueCTL")
    tray.choose("Running", "lantern", "Show")
    desk.see("Overview")
    tray.click()  # its words are those of the menu
    desk.windows.wait_until_gone("QueueCTL")
    tray.choose("Running", "lantern", "Cancel")
    desk.click("Cancel", beside="Let run")
    queue.wait_for(lantern="cancelled")


@pytest.mark.usefixtures("window")
def test_its_menu_shows_the_dead_letters(desk, tray, queue):
    tray.click()
    desk.windows.wait_until_gone("QueueCTL")
    queue.enqueue("lantern", "exit 3", max_retries=1)
    queue.wait_for(lantern="dead")
    tray.choose("Dead letters (1")
    desk.window("QueueCTL")
    desk.see("lantern")


@pytest.mark.usefixtures("window")
def test_its_menu_opens_the_dialogs(desk, tray):
    tray.choose("Settings")
    desk.see("Changes count at once")
    desk.hand.press("Escape")
    desk.see_no_more("Changes count at once")
    tray.choose("Add job")
    desk.see("What you would type into a terminal")
    desk.hand.press("Escape")
    desk.see_no_more("What you would type into a terminal")
    desk.put_on_clipboard("echo the lantern is lit")
    tray.choose("Paste jobs")
    desk.see("echo the lantern is lit")
    desk.see("Add 1 job")


@pytest.mark.usefixtures("window")
def test_it_is_back_with_its_menu_when_the_host_is_killed_and_started_again(desk, tray):
    tray.host.restart()
    tray.host.wait_for_icon()
    tray.click()
    desk.windows.wait_until_gone("QueueCTL")
    tray.choose("Open")
    desk.window("QueueCTL")
