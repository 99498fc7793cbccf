"""The window keeps its runner, and costs next to nothing while it is hidden."""

import time

from tests.desktop.real.tray import Tray
from tests.desktop.real.wake_ups import wake_ups

MEASURED = 60.0
SETTLING = 15.0


def test_a_killed_runner_is_replaced_its_job_completes_and_the_window_says_so(desk, program, queue):
    program.start()
    desk.window("QueueCTL")
    gate = desk.screen.folder / "gate"
    queue.wait_for_runner()
    queue.enqueue("lantern", program.target.waiting_for(gate), timeout=0)
    desk.see("Processing", beside="lantern")
    killed = queue.kill_runner()
    desk.see("The runner died and was started again; 1 job was put back")
    desk.see("Processing", beside="lantern")
    gate.touch()
    desk.see("Completed", beside="lantern")
    assert queue.runner() != killed
    assert queue.jobs()["lantern"]["run"] == 2


def test_hidden_in_the_tray_and_idle_it_wakes_up_once_a_second_at_most(desk, program, queue, host):
    process = program.start()
    desk.window("QueueCTL")
    queue.wait_for_runner()
    Tray(desk, host).host.wait_for_icon()
    desk.close_window()
    desk.windows.wait_until_gone("QueueCTL")
    time.sleep(SETTLING)
    before = wake_ups(process.pid)
    time.sleep(MEASURED)
    assert wake_ups(process.pid) - before <= MEASURED
