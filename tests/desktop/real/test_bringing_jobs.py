"""Jobs come to the window from the programs beside it."""

import json

import pytest

from tests.desktop.real.programs import FileManager, TextEditor
from tests.desktop.real.screen import wait_until

WINDOW = (0, 0, 900, 600)
BESIDE = (905, 0, 370, 500)
BELOW = (0, 640, 600, 120)
TWO_JOBS = [
    {"id": "lantern", "command": "echo the lantern is lit"},
    {"id": "harvest", "command": "echo the harvest is in", "priority": 8},
]


@pytest.fixture
def window(desk, program):
    """The window, empty, with the keyboard, and room beside it; gives the box it fills."""
    program.start()
    window = desk.window("QueueCTL", *WINDOW)
    desk.see("Drop a job file here")
    if program.target.tray_window:
        desk.windows.wait_for(program.target.tray_window)  # it comes after the window, and takes the keyboard
    desk.windows.activate(window)
    return lambda: desk.windows.box(window)


@pytest.fixture
def folder(desk):
    folder = desk.screen.home / "downloads"
    folder.mkdir()
    return folder


def test_a_dragged_file_is_reviewed_added_by_a_click_and_seen_to_complete(desk, program, window, queue, folder):
    (folder / "Müll am Abend.json").write_text(json.dumps(TWO_JOBS), encoding="utf-8")
    desk.drag(FileManager(desk, folder, BESIDE).spot("Abend"), window().middle)
    desk.see("echo the lantern is lit")
    desk.see("echo the harvest is in")
    assert queue.jobs() == {}, "nothing is added before it was looked at"
    desk.click("Add 2 jobs")
    for id in ("lantern", "harvest"):
        desk.see("Completed", beside=id, within=window)
    assert queue.states() == {"lantern": "completed", "harvest": "completed"}
    assert {job["cwd"] for job in queue.jobs().values()} == {program.target.path(folder)}


def test_a_dragged_file_with_an_error_shows_the_error_and_its_line(desk, window, queue, folder):
    (folder / "Müll am Abend.json").write_text('[\n  {"id": "lantern",\n   "command": }\n]\n', encoding="utf-8")
    desk.drag(FileManager(desk, folder, BESIDE).spot("Abend"), window().middle)
    desk.eye.wait_until_still()
    desk.see("line 3")
    assert queue.jobs() == {}


def test_dropped_text_is_reviewed_and_runs(desk, window, queue, folder):
    file = folder / "plan.txt"
    file.write_text("\necho the lantern is lit\n", encoding="utf-8")
    editor = TextEditor(desk, file, BELOW)
    editor.select_all()
    desk.drag(editor.spot("lantern"), window().middle)
    desk.click("Add 1 job")
    desk.see("Completed", beside="job-1", within=window)
    assert [job["state"] for job in queue.jobs().values()] == ["completed"]


def test_pasted_text_is_reviewed_and_runs(desk, window, queue):
    desk.put_on_clipboard(json.dumps({"id": "lantern", "command": "echo the lantern is lit"}))
    desk.hand.press("ctrl+v")
    desk.click("Add 1 job")
    desk.see("Completed", beside="lantern", within=window)
    assert queue.states() == {"lantern": "completed"}


def test_what_takes_too_long_is_ended_with_its_tree_and_is_retried_from_the_dead_letters(
    desk, program, window, queue, folder
):
    slow = {"id": "snail", "command": program.target.two_processes(), "timeout": 6, "max_retries": 1}
    (folder / "slow.json").write_text(json.dumps([TWO_JOBS[0], slow]), encoding="utf-8")
    desk.drag(FileManager(desk, folder, BESIDE).spot("slow"), window().middle)
    desk.click("Add 2 jobs")
    wait_until(lambda: len(program.pids_of("600")) == 2, "both processes")
    desk.see("Completed", beside="lantern", within=window)
    desk.see("Dead", beside="snail", within=window)
    wait_until(lambda: not program.pids_of("600"), "the end of the whole tree")
    desk.click("Dead letters", within=window)
    desk.click("snail", within=window)
    desk.click("Retry", within=window)
    desk.see_no_more("snail", within=window)
    queue.wait_for(snail="dead")
    assert queue.jobs()["snail"]["run"] == 2
