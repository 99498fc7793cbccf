"""Where the system has no processes or open files left, a job is put back: it has not failed, and uses up no try."""

import logging
import os
import sys

import pytest

from app.domain.job import State
from tests.engine.pools import working
from tests.store.jobs import new

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits are POSIX's")


@pytest.fixture
def use_up():
    """Leaves this process so many open files, and lets all go again at the end, or when asked to."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = []

    def use_up(left):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, before[1]), before[1]))
        try:
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            for _ in range(left):
                os.close(taken.pop())

    def let_go():
        while taken:
            os.close(taken.pop())
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    use_up.let_go = let_go
    yield use_up
    let_go()


@pytest.mark.qt_log_ignore("Cannot create pipe")
@pytest.mark.parametrize("left", [0, 1, 3, 5])
def test_a_job_that_could_not_be_started_for_want_of_open_files_is_put_back(home, qtbot, caplog, use_up, left):
    with caplog.at_level(logging.WARNING), working(home, qtbot, slots=1) as at_work:
        at_work.store.intake.enqueue([new("first", command="true")])
        at_work.wait_for_states(first="completed")  # all that is opened once is open
        at_work.pool.set_slots(0)
        at_work.store.intake.enqueue([new("it", command="true", max_retries=1)])
        use_up(left)
        at_work.pool.set_slots(1)
        at_work.wait_for(at_work.pool._breather.isActive)
        use_up.let_go()
        at_work.wait_for(lambda: at_work.job("it").state is State.PENDING)
        at_work.pool._breather.start(0)
        at_work.wait_for_states(it="completed")
        assert at_work.job("it").attempts == 0
        assert at_work.runs("it")[0].reason == "Interrupted: the system had no room for another process"
