"""The program is started more than once, and killed."""

import json
import os

import pytest

from tests.desktop.real.screen import wait_until
from tests.desktop.real.tray import Tray

ROUNDS = int(os.environ.get("QUEUECTL_ROUNDS", "20"))
STARTS = 10


def test_a_file_given_at_the_start_is_reviewed(desk, program, queue):
    file = desk.screen.home / "Müll am Abend.json"
    file.write_text(json.dumps({"id": "lantern", "command": "echo the lantern is lit"}), encoding="utf-8")
    program.start(file)
    desk.see("echo the lantern is lit")
    assert queue.jobs() == {}
    desk.click("Add 1 job")
    desk.see("Completed", beside="lantern")


def test_a_start_in_the_tray_shows_no_window_until_its_icon_is_clicked(desk, program, queue, host):
    tray = Tray(desk, host)
    program.start(in_tray=True)
    tray.host.wait_for_icon()
    queue.wait_for_runner()
    assert desk.windows.titled("QueueCTL") == []
    assert "Open" in tray.open_menu()
    tray.close_menu()
    assert desk.windows.titled("QueueCTL") == []
    tray.click()
    desk.see("Drop a job file here")


def test_a_start_in_the_tray_without_a_tray_shows_the_window(desk, program):
    program.start(in_tray=True)
    desk.see("Drop a job file here")


def test_a_second_start_hands_over_its_file_and_ends(desk, program, queue):
    first = program.start()
    desk.window("QueueCTL")
    desk.see("Drop a job file here")
    file = desk.screen.home / "Müll am Abend.json"
    file.write_text(json.dumps({"id": "lantern", "command": "echo the lantern is lit"}), encoding="utf-8")
    assert program.wait_for_end(program.start(file)) == 0
    desk.click("Add 1 job")
    desk.see("Completed", beside="lantern")
    assert first.poll() is None
    assert len(desk.windows.titled("QueueCTL")) == 1
    assert queue.states() == {"lantern": "completed"}


def test_a_second_start_without_a_file_brings_the_window_to_the_front(desk, program):
    program.start()
    window = desk.window("QueueCTL")
    desk.see("Drop a job file here")
    desk.windows.minimise(window)
    desk.see_no_more("Drop a job file here")
    assert program.wait_for_end(program.start()) == 0
    desk.see("Drop a job file here")


@pytest.fixture(params=range(1, ROUNDS + 1))
def round_(request):
    return request.param


@pytest.mark.usefixtures("round_")
def test_ten_starts_at_once_leave_one_window_and_one_runner(desk, program, queue):
    starts = [program.start() for _ in range(STARTS)]
    wait_until(lambda: sum(start.poll() is not None for start in starts) == STARTS - 1, "the end of all but one")
    desk.window("QueueCTL")
    assert queue.wait_for_runner()
    assert sorted(start.poll() is None for start in starts) == [False] * (STARTS - 1) + [True]
    assert [start.returncode for start in starts if start.poll() is not None] == [0] * (STARTS - 1)
    assert len(desk.windows.titled("QueueCTL")) == 1
    assert len(program.pids("--runner")) == 1


def test_jobs_go_on_when_the_window_is_killed_and_the_next_start_shows_them(desk, program, queue):
    first = program.start()
    desk.see("Drop a job file here")
    gate = desk.screen.folder / "gate"
    queue.enqueue("lantern", program.target.waiting_for(gate), timeout=0)
    desk.see("Processing", beside="lantern")
    runner = queue.runner()
    program.kill(first)
    desk.see_no_more("lantern")
    assert queue.states() == {"lantern": "processing"}
    program.start()
    desk.see("Processing", beside="lantern")
    gate.touch()
    desk.see("Completed", beside="lantern")
    assert queue.runner() == runner
    assert queue.jobs()["lantern"]["run"] == 1
