"""Where the system has no processes or open files left, a job is put back: it has not failed, and uses up no try."""

import logging
import os
import shutil
import subprocess
import sys
from contextlib import closing

import apsw
import pytest

from app.domain.job import State
from app.launch import runner_command, runner_environment
from app.paths import Home
from tests.engine.pools import working
from tests.runners import CHECKOUT, environment, wait_for
from tests.store.conftest import quick_path, quick_root
from tests.store.jobs import new, opened
from tests.store.test_refusals import give_away, let_in

__all__ = ["quick_path", "quick_root"]

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


NOBODY = 65_534
AS_NOBODY = [
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    # the checkout and its Python may be root's alone
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
]


def as_its_user(*command, **how):
    """A process of the user whose queue it is."""
    return subprocess.Popen([*(AS_NOBODY if os.geteuid() == 0 else []), *command], **how)


def limit_processes(pid, most):
    """Let a process find so many of its user's at most; None for as many as ever. Only that user may say so."""
    piece = (
        "import resource, sys; pid, most = map(int, sys.argv[1:]); kind = resource.RLIMIT_NPROC;"
        " hard = resource.prlimit(pid, kind)[1];"
        " resource.prlimit(pid, kind, (hard if most < 0 else most, hard))"
    )
    asked = as_its_user(sys.executable, "-c", piece, str(pid), str(-1 if most is None else most))
    assert asked.wait(60) == 0


def value(home, sql):
    """The one value that a question answers; asked without opening the store of somebody else."""
    with closing(apsw.Connection(str(home.database), flags=apsw.SQLITE_OPEN_READWRITE)) as raw:
        raw.set_busy_timeout(60_000)
        return raw.execute(sql).fetchall()[0][0]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux sets the limits of another process")
def test_a_job_that_could_not_be_started_for_want_of_processes_is_put_back(quick_path):
    """The runner's account may have no more of them; of root nobody counts any, so it is another's there."""
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed (Debian's package util-linux)")
    home, gate = Home(quick_path / "home"), quick_path / "gate"
    with opened(home) as store:
        waits = f"until [ -e {gate} ]; do sleep 0.05; done"
        first = new("first", command=waits, cwd="/", priority=9, timeout=0)
        store.intake.enqueue([first, new("it", command="true", cwd="/", max_retries=1)])
    give_away(home)
    let_in(home)
    command, variables = runner_command(home, 1, frozen=False), runner_environment(environment())
    runner = as_its_user(*command, cwd=CHECKOUT, env=variables, stderr=subprocess.PIPE, text=True)
    try:
        wait_for(lambda: value(home, "SELECT count(*) FROM run WHERE pid IS NOT NULL"), "the first job's run")
        limit_processes(runner.pid, 0)
        gate.touch()
        wait_for(lambda: value(home, "SELECT count(*) FROM run WHERE seq = 2 AND outcome IS NOT NULL"), "its end")
        assert value(home, "SELECT state FROM job WHERE id = 'it'") == "pending"
        limit_processes(runner.pid, None)
        wait_for(lambda: value(home, "SELECT state FROM job WHERE id = 'it'") == "completed", "its second run")
    finally:
        runner.terminate()
        _, said = runner.communicate(timeout=60)
    assert value(home, "SELECT attempts FROM job WHERE id = 'it'") == 0
    reason = value(home, "SELECT reason FROM run WHERE seq = 2 AND run = 1")
    assert reason == "Interrupted: the system had no room for another process"
    assert said == ""
