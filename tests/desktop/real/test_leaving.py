"""The window is closed, and the program quit."""

import pytest

from tests.desktop.real.tray import Tray

WINDOW = (330, 80, 900, 600)


@pytest.fixture
def gate(desk):
    """The file for which a running job waits."""
    return desk.screen.folder / "gate"


@pytest.fixture
def start(desk, program, queue, gate):
    """Starts the program, with one job that runs until its gate is there where that is asked for."""

    def start(*, busy=False):
        process = program.start()
        desk.window("QueueCTL", *WINDOW)
        queue.wait_for_runner()
        if busy:
            queue.enqueue("lantern", program.target.waiting_for(gate), timeout=0)
            desk.see("Processing", beside="lantern")
        return process

    return start


def test_closing_the_window_keeps_the_program_in_the_tray_which_brings_it_back(desk, program, start, queue, host):
    tray = Tray(desk, host)
    process = start(busy=True)
    tray.host.wait_for_icon()
    desk.close_window()
    desk.windows.wait_until_gone("QueueCTL")
    assert process.poll() is None
    if host.shows_messages and program.target.shows_messages:
        desk.see("QueueCTL is still here, in the tray")
    tray.click()
    desk.see("Processing", beside="lantern")
    assert queue.states() == {"lantern": "processing"}


def test_without_a_tray_closing_the_window_ends_the_program(desk, program, start, queue):
    process = start()
    desk.close_window()
    assert program.wait_for_end(process) == 0
    assert queue.runner() is None


def test_without_a_tray_closing_the_window_asks_when_a_job_runs(desk, program, start, queue):
    process = start(busy=True)
    desk.close_window()
    desk.see("1 job is running. Quit QueueCTL?")
    desk.click("Put it back")
    assert program.wait_for_end(process) == 0
    assert queue.states() == {"lantern": "pending"}


def test_a_window_that_was_hidden_in_a_tray_that_went_comes_back(desk, start, host):
    tray = Tray(desk, host)
    start()
    tray.host.wait_for_icon()
    desk.close_window()
    desk.windows.wait_until_gone("QueueCTL")
    host.kill()
    desk.see("Drop a job file here")


@pytest.mark.parametrize("host", ["tint2"], indirect=True)
class TestQuitWithARunningJob:
    @pytest.fixture
    def asked(self, desk, host, start):
        """The program, asked to quit by the tray's menu, and asking back."""
        tray = Tray(desk, host)
        process = start(busy=True)
        tray.choose("Quit")
        desk.see("1 job is running. Quit QueueCTL?")
        return process

    def test_finish_it_first_ends_the_program_after_the_job(self, desk, program, asked, queue, gate):
        desk.click("Finish it first")
        desk.see("Quits when 1 job has ended")
        assert asked.poll() is None
        gate.touch()
        assert program.wait_for_end(asked) == 0
        assert queue.states() == {"lantern": "completed"}
        assert queue.runner() is None

    def test_put_it_back_ends_the_job_which_runs_again_next_time(self, desk, program, asked, queue):
        desk.click("Put it back")
        assert program.wait_for_end(asked) == 0
        assert queue.states() == {"lantern": "pending"}
        assert queue.runner() is None
        program.start()
        desk.see("Processing", beside="lantern")

    def test_leave_the_runner_working_ends_the_program_alone(self, desk, program, asked, queue, gate):
        runner = queue.runner()
        desk.click("Leave the runner working")
        assert program.wait_for_end(asked) == 0
        assert queue.states() == {"lantern": "processing"}
        gate.touch()
        queue.wait_for(lantern="completed")
        assert queue.runner() == runner

    def test_cancel_leaves_all_as_it_was(self, desk, asked, queue):
        runner = queue.runner()
        desk.click("Cancel", beside="QueueCTL stays as it is")
        desk.see_no_more("Quit QueueCTL?")
        desk.see("Processing", beside="lantern")
        assert asked.poll() is None
        assert queue.states() == {"lantern": "processing"}
        assert queue.runner() == runner
