"""The computer sleeps, and clocks are set: what is due is looked for anew, and nothing waits longer than it should."""

import sys

import pytest

from app.domain.job import State
from tests.engine.pools import working
from tests.store.jobs import new

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the commands here are for /bin/sh")

HOUR = 3600


@pytest.fixture
def at_work(home, qtbot, clock):
    """A pool whose wall clock is the test's."""
    with working(home, qtbot, now=clock) as at_work:
        yield at_work


def fail_once(at_work, tmp_path, backoff_base):
    """A job that has failed and waits for its retry, which will succeed."""
    command = f"test -e {tmp_path}/tried && exit 0; touch {tmp_path}/tried; exit 1"
    at_work.store.intake.enqueue([new("it", command=command, backoff_base=backoff_base)])
    at_work.wait_for_states(it="failed")
    at_work.wait_for(lambda: at_work.pool._alarm._moment is not None)


def a_minute_passes(at_work):
    """The alarm looks at the clock, as it does at least once a minute of waking."""
    at_work.pool._alarm._timer.start(0)


def test_a_retry_that_came_due_while_the_computer_slept_runs_at_the_next_look(at_work, clock, tmp_path):
    fail_once(at_work, tmp_path, backoff_base=HOUR)
    clock.forward(8 * HOUR)
    a_minute_passes(at_work)
    at_work.wait_for_states(it="completed")


def test_after_the_clock_was_set_back_a_retry_waits_for_its_own_delay_and_no_longer(at_work, clock, tmp_path):
    fail_once(at_work, tmp_path, backoff_base=HOUR)
    clock.forward(-24 * HOUR)
    a_minute_passes(at_work)
    at_work.wait_for(lambda: at_work.store.work.next_due() <= clock() + HOUR * 1000)
    assert at_work.job("it").state is State.FAILED
    clock.forward(HOUR)
    a_minute_passes(at_work)
    at_work.wait_for_states(it="completed")


@pytest.mark.parametrize("jump", [-24 * HOUR, 24 * HOUR])
def test_a_clock_that_is_set_takes_no_time_from_a_running_job_and_gives_it_none(at_work, clock, tmp_path, jump):
    gate = tmp_path / "gate"
    at_work.store.intake.enqueue(
        [
            new("long", command=f"until [ -e {gate} ]; do sleep 0.02; done", timeout=HOUR),
            new("short", command="sleep 300", timeout=0.5, max_retries=1),
        ]
    )
    at_work.wait_for(lambda: len(at_work.started) == 2)
    clock.forward(jump)
    a_minute_passes(at_work)
    at_work.wait_for_states(long="processing", short="dead")
    assert at_work.job("short").error == "Timeout exceeded (0.5s)"
    gate.touch()
    at_work.wait_for_states(long="completed")
