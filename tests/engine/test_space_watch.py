"""Below the floor of free space nothing new is started, and what runs is put back."""

import logging
import sys

import pytest

from app.domain.job import State
from app.engine.space_watch import SpaceWatch
from app.store.space import free_bytes
from tests.engine.pools import working
from tests.store.jobs import new


def test_it_tells_once_when_space_runs_low_and_once_when_it_is_back(qtbot, caplog):
    free = [500]
    watch = SpaceWatch(lambda: free[0], lambda: 200)
    low, back = [], []
    watch.ran_low.connect(lambda: low.append(1))
    watch.has_space_again.connect(lambda: back.append(1))
    with caplog.at_level(logging.WARNING):
        assert watch.look()
        free[0] = 199
        assert not watch.look()
        assert not watch.look()
        assert (len(low), len(back)) == (1, 0)
        qtbot.waitUntil(lambda: watch.is_low)
        free[0] = 200
        assert watch.look()
    assert (len(low), len(back)) == (1, 1)


def test_it_looks_by_itself_only_while_jobs_run_or_wait_for_space(qapp):  # noqa: ARG001
    watch = SpaceWatch(lambda: 1, lambda: 0)
    assert not watch._timer.isActive()
    watch.set_busy(True)
    assert watch._timer.isActive()
    watch.set_busy(False)
    assert not watch._timer.isActive()


def test_a_disk_that_can_not_be_asked_changes_nothing(qapp):  # noqa: ARG001
    def gone():
        raise FileNotFoundError

    watch = SpaceWatch(gone, lambda: 1)
    assert watch.look()


def test_the_free_space_of_a_real_folder_is_a_number_of_bytes(tmp_path):
    assert free_bytes(tmp_path) > 0


@pytest.mark.skipif(sys.platform == "win32", reason="the command here is for /bin/sh")
def test_a_job_is_put_back_when_space_runs_low_and_runs_again_when_there_is_some(home, qtbot, tmp_path, caplog):
    free = [10]
    gate = tmp_path / "gate"
    with caplog.at_level(logging.WARNING), working(home, qtbot, free=lambda: free[0]) as at_work:
        command = f"until [ -e {gate} ]; do sleep 0.02; done"
        at_work.store.intake.enqueue([new("it", command=command), new("other", command="true", priority=1)])
        at_work.wait_for_states(it="processing", other="completed")
        free[0] = 0
        at_work.wait_for_states(it="pending")
        at_work.store.intake.enqueue([new("late", command="true")])
        with qtbot.waitSignal(at_work.pool.turned):
            at_work.pool._turn()
        assert at_work.job("late").state is State.PENDING
        free[0] = 10
        gate.touch()
        at_work.wait_for_states(it="completed", late="completed")
        first, second = at_work.runs("it")
        assert (first.outcome, first.reason) == ("interrupted", "Interrupted: the disk is full")
        assert (second.outcome, at_work.job("it").attempts) == ("succeeded", 0)


@pytest.mark.skipif(sys.platform == "win32", reason="the command here is for /bin/sh")
def test_a_job_that_fails_on_a_full_disk_uses_up_no_try(home, qtbot, tmp_path, caplog):
    free = [10]
    gate, waits = tmp_path / "gate", tmp_path / "waits"
    with caplog.at_level(logging.WARNING), working(home, qtbot, free=lambda: free[0]) as at_work:
        at_work.pool._space._timer.setInterval(600_000)  # so that it is its own failure that ends the run
        command = f"[ -e {gate} ] && exit; : > {waits}; until [ -e {gate} ]; do sleep 0.02; done; exit 1"
        at_work.store.intake.enqueue([new("it", command=command, max_retries=1)])
        at_work.wait_for(waits.exists)
        at_work.wait_for(lambda: at_work.started)
        free[0] = 0
        gate.touch()
        at_work.wait_for_states(it="pending")
        assert at_work.runs("it")[0].reason == "Interrupted: the disk is full"
        free[0] = 10
        at_work.pool._space._timer.start(0)
        at_work.wait_for_states(it="completed")
        assert at_work.job("it").attempts == 0


@pytest.mark.skipif(sys.platform == "win32", reason="the command here is for /bin/sh")
def test_a_job_whose_output_fills_the_disk_gives_it_back_and_is_dead_after_three_times(home, qtbot, caplog):
    disk = 1_000_000

    def free():
        outputs = home.outputs.rglob("*.log") if home.outputs.exists() else ()
        return disk - sum(output.stat().st_blocks * 512 for output in outputs)

    with (
        caplog.at_level(logging.WARNING),
        working(home, qtbot, slots=1, output_cap=1 << 30, free=free) as at_work,
    ):
        fill = f"head -c {disk} /dev/zero; sleep 300"
        at_work.store.intake.enqueue([new("greedy", command=fill), new("other", command="true", priority=1)])
        at_work.pool._space._timer.setInterval(50)
        at_work.wait_for_states(greedy="dead", other="completed")
        assert at_work.job("greedy").error == "Interrupted 3 times in a row"
        assert [run.reason for run in at_work.runs("greedy")] == ["Interrupted: the disk is full"] * 3
        assert at_work.job("greedy").attempts == 0
        assert b"bytes are left out here" in at_work.output("greedy")
        assert free() > disk // 2
