"""The pool with real processes: what a job does decides its end, and each run has exactly one."""

import errno
import logging
import os
import stat
import sys
from itertools import pairwise

import psutil
import pytest
from PySide6.QtCore import QProcessEnvironment

from app.desktop.process_facts import created
from app.domain.job import Leftovers, OnInterrupt, State
from app.domain.outcome import Reason
from app.engine import ending
from app.engine.child import Child
from app.engine.deadlines import Deadlines
from app.engine.run import JobRun
from app.store.database import raw_connection
from tests.engine.pools import working
from tests.engine.trees import PROGRAMS, LifeLine, adopting_platform
from tests.store.jobs import new

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the commands here are for /bin/sh")


def enqueue(at_work, *jobs):
    at_work.store.intake.enqueue(jobs)


ENDINGS = {
    "a success": ({"command": "exit 0"}, "completed", None, "succeeded", 0),
    "an exit code": ({"command": "echo first; echo no space; exit 3"}, "dead", "Exit code 3: no space", "failed", 3),
    "an exit code without output": ({"command": "exit 255"}, "dead", "Exit code 255", "failed", 255),
    "a code that counts": (
        {"command": "exit 3", "success_codes": (1, 3)},
        "completed",
        None,
        "succeeded",
        3,
    ),
    "zero that does not count": ({"command": "exit 0", "success_codes": (1,)}, "dead", "Exit code 0", "failed", 0),
    "a signal": ({"command": "kill -9 $$"}, "dead", "Ended by signal 9 (SIGKILL)", "crashed", None),
    "another signal": ({"command": "kill -SEGV $$"}, "dead", "Ended by signal 11 (SIGSEGV)", "crashed", None),
    "a timeout": ({"command": "sleep 60", "timeout": 0.2}, "dead", "Timeout exceeded (0.2s)", "timed_out", None),
    "a folder that is not there": (
        {"cwd": "/no/such/folder"},
        "dead",
        "Not started: there is no folder /no/such/folder",
        "not_started",
        None,
    ),
    "a shell that is not there": (
        {"command": "dir", "shell": "cmd"},
        "dead",
        "Not started: there is no shell 'cmd' on this computer",
        "not_started",
        None,
    ),
    "a command that is not there": (
        {"command": "no-such-program-here 2>/dev/null"},
        "dead",
        "Exit code 127",
        "failed",
        127,
    ),
}


@pytest.mark.parametrize(("fields", "state", "error", "outcome", "code"), ENDINGS.values(), ids=ENDINGS.keys())
def test_the_way_a_process_ends_is_the_way_its_run_ends(home, qtbot, fields, state, error, outcome, code):
    with working(home, qtbot, slots=1) as at_work:
        enqueue(at_work, new("it", max_retries=1, **fields))
        at_work.wait_for_states(it=state)
        job = at_work.job("it")
        assert (job.error, job.exit_code) == (error, code)
        (run,) = at_work.runs("it")
        assert (run.outcome, run.exit_code) == (outcome, code)
        assert run.finished_at >= run.claimed_at


def test_one_worker_starts_all_of_them_one_after_the_other_with_one_process_object(home, qtbot):
    with working(home, qtbot, slots=1) as at_work:
        for name, (fields, *_) in ENDINGS.items():
            enqueue(at_work, new(name, max_retries=1, **fields))
        at_work.wait_until_finished()
        found = {name: (str(at_work.job(name).state), at_work.job(name).error) for name in ENDINGS}
        assert found == {name: (state, error) for name, (_, state, error, *_) in ENDINGS.items()}
        assert len(at_work.pool.findChildren(Child)) == 1


def test_a_program_that_is_not_there_says_so(home, qtbot):
    with working(home, qtbot) as at_work:
        enqueue(at_work, new("it", argv=("/no/such/program",), max_retries=1))
        at_work.wait_for_states(it="dead")
        assert at_work.job("it").error.startswith("Not started: ")


def test_all_that_a_job_writes_is_kept_in_the_order_written_byte_for_byte(home, qtbot):
    with working(home, qtbot) as at_work:
        enqueue(at_work, new("it", command=r"printf 'a\377\n'; printf 'b\n' >&2; printf 'c\000\n'; printf d >&2"))
        at_work.wait_for_states(it="completed")
        assert at_work.output("it") == b"a\xff\nb\nc\x00\nd"
        assert stat.S_IMODE(at_work.store.outputs.path(at_work.job("it").seq, 1).stat().st_mode) == 0o600
        assert at_work.runs("it")[0].output_bytes == 9


def test_standard_input_is_empty(home, qtbot):
    with working(home, qtbot) as at_work:
        enqueue(at_work, new("it", command="cat; echo read all"))
        at_work.wait_for_states(it="completed")
        assert at_work.output("it") == b"read all\n"


def test_a_job_finds_itself_in_its_environment_and_its_own_variables(home, qtbot, tmp_path):
    inherited = QProcessEnvironment.systemEnvironment()
    inherited.insert("QUEUECTL_TOKEN", "of the job this was called from")
    with working(home, qtbot, environment=inherited) as at_work:
        command = 'echo "$QUEUECTL_JOB_ID $QUEUECTL_RUN $QUEUECTL_TOKEN $MINE"; pwd; umask'
        enqueue(at_work, new("it", command=command, env={"MINE": "ä b"}, cwd=str(tmp_path)))
        at_work.wait_for_states(it="completed")
        token = at_work.runs("it")[0].token
        mask = os.umask(0)
        os.umask(mask)
        assert at_work.output("it").decode().splitlines() == [f"it 1 {token} ä b", str(tmp_path), f"{mask:04o}"]


def test_argv_runs_without_a_shell(home, qtbot):
    with working(home, qtbot) as at_work:
        enqueue(at_work, new("it", argv=(sys.executable, "-c", "import sys; print(sys.argv[1:])", "$HOME", "a b", "")))
        at_work.wait_for_states(it="completed")
        assert at_work.output("it") == b"['$HOME', 'a b', '']\n"


def test_a_named_shell_reads_the_command(home, qtbot):
    with working(home, qtbot) as at_work:
        enqueue(at_work, new("it", command="a=(one two); echo ${a[1]}", shell="bash"))
        at_work.wait_for_states(it="completed")
        assert at_work.output("it") == b"two\n"


def test_jobs_start_in_the_order_of_their_priority(home, qtbot, tmp_path):
    log = tmp_path / "log"
    with working(home, qtbot, slots=1) as at_work:
        enqueue(at_work, *(new(f"p{p}", command=f"echo {p} >> {log}", priority=p) for p in (2, 9, 5, 1, 10)))
        at_work.wait_until_finished()
    assert log.read_text().split() == ["10", "9", "5", "2", "1"]


def test_as_many_jobs_run_at_once_as_there_are_workers_and_no_more(home, qtbot, tmp_path):
    log = tmp_path / "log"
    # each job waits until it sees three others; a fourth would be seen by them
    command = f"echo x >> {log}; while [ $(wc -l < {log}) -lt 3 ]; do sleep 0.01; done; wc -l < {log}"
    with working(home, qtbot, slots=3) as at_work:
        enqueue(at_work, *(new(f"j{n}", command=command) for n in range(3)))
        at_work.wait_until_finished()
        assert {at_work.output(f"j{n}").strip() for n in range(3)} == {b"3"}
        assert {report.worker for report in at_work.started} == {1, 2, 3}


def test_a_failed_job_waits_its_backoff_and_then_runs_again_until_it_succeeds(home, qtbot, tmp_path):
    command = f"echo x >> {tmp_path}/n; [ $(wc -l < {tmp_path}/n) -ge 3 ]"
    with working(home, qtbot) as at_work:
        enqueue(at_work, new("it", command=command, backoff_base=0.5))
        at_work.wait_for_states(it="completed")
        job, runs = at_work.job("it"), at_work.runs("it")
        assert (job.attempts, job.run, job.error) == (2, 3, None)
        assert [run.outcome for run in runs] == ["failed", "failed", "succeeded"]
        waits = [after.claimed_at - before.finished_at for before, after in pairwise(runs)]
        assert waits[0] >= 500
        assert waits[1] >= 250


def test_a_job_that_comes_while_all_are_idle_is_heard_at_once(home, qtbot):
    with working(home, qtbot) as at_work:  # the safety look is a minute away: only the bell can tell
        enqueue(at_work, new("it", command="true"))
        at_work.wait_for_states(it="completed")
        enqueue(at_work, new("that", command="true"))
        at_work.wait_for_states(that="completed")


def test_cancelling_a_running_job_ends_its_tree_and_leaves_it_cancelled(home, qtbot, tmp_path):
    line = LifeLine(tmp_path / "line")
    with adopting_platform() as platform, working(home, qtbot, platform=platform) as at_work:
        command = f"exec 3>{line.path}; (trap '' TERM; echo child; sleep 60) & echo parent; wait"
        enqueue(at_work, new("it", command=command))
        at_work.wait_for_output("it", b"child\n", b"parent\n")
        assert at_work.store.changes.cancel(at_work.job("it").seq) is False
        at_work.wait_for_states(it="cancelled")
        line.wait_for_end()
        job = at_work.job("it")
        assert (job.attempts, job.cancel_requested) == (0, False)
        assert [run.outcome for run in at_work.runs("it")] == ["cancelled"]


def test_a_paused_queue_lets_what_runs_end_and_starts_nothing_until_it_is_resumed(home, qtbot, tmp_path):
    gate = tmp_path / "gate"
    with working(home, qtbot, slots=1) as at_work:
        enqueue(
            at_work, new("first", command=f"until [ -e {gate} ]; do sleep 0.01; done"), new("second", command="true")
        )
        at_work.wait_for_states(first="processing")
        at_work.store.changes.set_paused(True)
        gate.touch()
        at_work.wait_for_states(first="completed")
        with qtbot.waitSignal(at_work.pool.turned):
            at_work.store.intake.enqueue([new("third", command="true")])  # a look that finds the queue paused
        assert at_work.job("second").state is State.PENDING
        at_work.store.changes.set_paused(False)
        at_work.wait_until_finished()


def test_draining_lets_running_jobs_end_and_takes_no_new_ones(home, qtbot, tmp_path):
    gate = tmp_path / "gate"
    with working(home, qtbot, slots=1) as at_work:
        enqueue(
            at_work, new("first", command=f"until [ -e {gate} ]; do sleep 0.01; done"), new("second", command="true")
        )
        at_work.wait_for_states(first="processing")
        with qtbot.waitSignal(at_work.pool.emptied):
            at_work.pool.drain()
            gate.touch()
        assert at_work.job("first").state is State.COMPLETED
        assert at_work.job("second").state is State.PENDING


def test_draining_while_a_retry_is_due_rests_instead_of_looking_without_end(home, qtbot):
    with working(home, qtbot, slots=1) as at_work:
        enqueue(at_work, new("it", command="exit 1", backoff_base=0.2))
        at_work.wait_for_states(it="failed")
        with qtbot.waitSignal(at_work.pool.emptied):
            at_work.pool.drain()
        with qtbot.waitSignal(at_work.pool.turned):  # when it is due
            pass
        turns = []
        at_work.pool.turned.connect(turns.append)
        at_work.pool.look()
        with qtbot.waitSignal(at_work.pool.turned):
            enqueue(at_work, new("other"))
        assert len(turns) <= 2


def test_fewer_workers_let_running_jobs_end(home, qtbot, tmp_path):
    gate = tmp_path / "gate"
    command = f"until [ -e {gate} ]; do sleep 0.01; done"
    with working(home, qtbot, slots=2) as at_work:
        enqueue(at_work, new("a", command=command), new("b", command=command), new("c", command="true"))
        at_work.wait_for_states(a="processing", b="processing")
        at_work.pool.set_slots(1)
        gate.touch()
        at_work.wait_until_finished()
        assert {at_work.job(id).attempts for id in "abc"} == {0}


def test_stopping_puts_running_jobs_back_without_counting_an_attempt(home, qtbot):
    with working(home, qtbot, slots=2) as at_work:
        enqueue(
            at_work,
            new("back", command="sleep 60"),
            new("gone", command="sleep 60", on_interrupt=OnInterrupt.DEAD),
        )
        at_work.wait_for_states(back="processing", gone="processing")
        with qtbot.waitSignal(at_work.pool.emptied):
            at_work.pool.stop_now(Reason.QUIT)
        back, gone = at_work.job("back"), at_work.job("gone")
        assert (back.state, back.attempts, back.run) == (State.PENDING, 0, 1)
        assert (gone.state, gone.error) == (State.DEAD, "Interrupted: the runner was stopped")
        assert [run.outcome for run in at_work.runs("back")] == ["interrupted"]


def test_what_a_command_leaves_running_is_ended_with_it_and_the_run_says_so(home, qtbot, tmp_path):
    line = LifeLine(tmp_path / "line")
    with adopting_platform() as platform, working(home, qtbot, platform=platform) as at_work:
        enqueue(at_work, new("it", command=f"exec 3>{line.path}; sleep 60 & echo shell"))
        at_work.wait_for_states(it="completed")
        line.wait_for_end()
        assert at_work.runs("it")[0].left_behind in {f"1 process(es) ended: {name}" for name in ("sleep", "sh")}


def test_leftovers_leave_lets_it_run_on(home, qtbot, tmp_path):
    line = LifeLine(tmp_path / "line")
    with adopting_platform() as platform, working(home, qtbot, platform=platform) as at_work:
        command = f"exec 3>{line.path}; sleep 60 & echo $!"
        enqueue(at_work, new("it", command=command, leftovers=Leftovers.LEAVE))
        at_work.wait_for_states(it="completed")
        assert line.is_held()
        assert at_work.runs("it")[0].left_behind == "left running"
        os.kill(int(at_work.output("it")), 9)
        line.wait_for_end()


def test_an_end_that_cannot_be_written_now_is_kept_and_written_as_soon_as_it_can(home, qtbot):
    with working(home, qtbot, slots=1, patience=0.05) as at_work:
        enqueue(at_work, new("it", command="exit 7", max_retries=1), new("next", command="true"))
        at_work.wait_for_states(it="dead", next="completed")
        enqueue(at_work, new("held", command="sleep 0.3; exit 7", max_retries=1))
        at_work.wait_for(lambda: len(at_work.started) == 3)
        other = raw_connection(home.database)
        other.execute("BEGIN IMMEDIATE")
        path = at_work.store.outputs.path(at_work.job("held").seq, 1)
        at_work.wait_for(lambda: path.exists() and at_work.pool.running == 0)
        assert at_work.job("held").state is State.PROCESSING
        other.execute("ROLLBACK")
        other.close()
        at_work.wait_for_states(held="dead")
        assert [run.outcome for run in at_work.runs("held")] == ["failed"]


@pytest.mark.skipif(sys.platform != "linux", reason="this is Linux's platform without its cheap proof")
def test_what_ended_with_its_command_while_processes_were_read_was_not_left(home, qtbot, tmp_path, monkeypatch):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with adopting_platform() as platform, working(home, qtbot, platform=platform, grace=1000) as at_work:
        endings, members, first = at_work.pool._around.endings, platform.members, iter([True])

        def and_meanwhile_one_ends(trees, latecomers):
            def come_late():
                if next(first, False):
                    fifo.write_bytes(b"")
                    with endings._changed:
                        endings._changed.wait_for(lambda: len(endings._endings) == 2, 60)
                return latecomers()

            return members(trees, come_late)

        enqueue(
            at_work,
            new("stays", command="trap '' TERM; while true; do sleep 0.05; done", timeout=0),
            new("ends", command=f"cat {fifo}; true", timeout=0),
        )
        at_work.wait_for(lambda: len(at_work.started) == 2)
        [pid] = [report.pid for report in at_work.started if report.job.id == "ends"]
        at_work.wait_for(lambda: psutil.Process(pid).children())
        monkeypatch.setattr(platform, "quiet", lambda *_: False)
        monkeypatch.setattr(platform, "members", and_meanwhile_one_ends)
        at_work.store.changes.cancel(at_work.job("stays").seq)
        at_work.wait_for_states(ends="completed")
        assert at_work.runs("ends")[0].left_behind is None


def test_a_run_is_told_of_once_when_it_starts_and_once_when_it_is_recorded(home, qtbot):
    with working(home, qtbot, slots=4) as at_work:
        enqueue(at_work, *(new(f"j{n}", command=f"exit {n % 2}", max_retries=1) for n in range(20)))
        at_work.wait_until_finished()
        at_work.wait_for(lambda: len(at_work.ended) == 20)
        assert len(at_work.started) == 20
        assert sorted(report.job.seq for report in at_work.ended) == list(range(1, 21))


@pytest.mark.skipif(sys.platform == "win32", reason="the command here is for /bin/sh")
def test_a_run_that_obeys_within_its_grace_is_over_when_its_command_is_and_not_at_some_later_look(
    home, qtbot, monkeypatch
):
    monkeypatch.setattr(ending, "_PAUSES_OF_GRACE", (1000.0,))
    with working(home, qtbot, grace=1000.0) as at_work:
        command = "trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done"
        enqueue(at_work, new("it", command=command, timeout=2.0, max_retries=1))
        at_work.wait_for_states(it="dead")
        assert at_work.runs("it")[0].outcome == "timed_out"


def test_of_the_end_of_a_tree_only_its_own_run_is_told(home, qtbot, monkeypatch):
    told = []
    works = JobRun.on_tree_ended
    monkeypatch.setattr(JobRun, "on_tree_ended", lambda run, ended: told.append(run.claim.token) or works(run, ended))
    with working(home, qtbot, slots=10) as at_work:
        enqueue(at_work, *(new(None, command="sleep 60", timeout=0.5, max_retries=1) for _ in range(10)))
        at_work.wait_for(lambda: at_work.store.reads.counts()["dead"] == 10)
        assert len(told) == len(set(told)) == 10


def test_of_a_run_that_is_being_ended_no_timeout_is_foreseen(home, qtbot, monkeypatch):
    awake, foreseen = [100.0], []
    with working(home, qtbot, grace=1000, awake=lambda: awake[0]) as at_work:
        monkeypatch.setattr(at_work.deadlines, "_foresee", lambda *soon: foreseen.append(soon))
        enqueue(at_work, new("it", command="trap '' TERM; while true; do sleep 0.05; done", timeout=50))
        at_work.wait_for(lambda: at_work.started)
        [run] = at_work.pool._runs.values()
        run.cancel()
        awake[0] += 49.99
        at_work.deadlines._look()
        assert foreseen == []


def test_a_run_that_was_called_off_before_its_process_was_there_gets_no_deadline(home, qtbot, monkeypatch):
    deadlines, works = [], JobRun.start
    monkeypatch.setattr(Deadlines, "set", lambda _, tell, moment: deadlines.append((tell, moment)))
    monkeypatch.setattr(JobRun, "start", lambda run: (works(run), run.cancel()))
    with working(home, qtbot) as at_work:
        enqueue(at_work, new("it", command="sleep 60", timeout=50))
        at_work.wait_for_states(it="cancelled")
        assert (len(at_work.started), deadlines) == (1, [])


def test_the_process_of_a_run_that_goes_on_is_recorded(home, qtbot):
    with working(home, qtbot) as at_work:
        enqueue(at_work, new("it", command="echo $$; sleep 60"))
        at_work.wait_for_states(it="processing")
        at_work.wait_for(lambda: at_work.runs("it")[0].pid is not None)
        at_work.wait_for_output("it", b"\n")
        run = at_work.runs("it")[0]
        assert run.pid == int(at_work.output("it"))
        assert run.pid_created == created(run.pid)


@pytest.mark.skipif(sys.platform != "linux", reason="the nasty tree's nameless orphans need a subreaper")
def test_a_timeout_of_one_second_ends_a_tree_of_six_that_hides_and_ignores_sigterm(home, qtbot, tmp_path):
    line = LifeLine(tmp_path / "line")
    with adopting_platform() as platform, working(home, qtbot, platform=platform) as at_work:
        argv = (sys.executable, "-S", "-E", str(PROGRAMS), "six", str(line.path))
        enqueue(at_work, new("it", argv=argv, timeout=1.0, max_retries=1))
        at_work.wait_for_states(it="dead")
        assert len(line.pids(6)) == 6
        line.wait_for_end()
        job, (run,) = at_work.job("it"), at_work.runs("it")
        assert (job.error, run.outcome) == ("Timeout exceeded (1s)", "timed_out")
        assert run.left_behind.startswith("5 process(es) ended: ")


def test_a_job_that_pretends_to_be_a_runner_is_ended_by_its_timeout_all_the_same(home, qtbot):
    with adopting_platform() as platform, working(home, qtbot, platform=platform) as at_work:
        environment = {"QUEUECTL_RUNNER": "1"}  # refused in a file, but a row may hold it
        command = "export QUEUECTL_RUNNER=1; exec sleep 300"
        enqueue(at_work, new("it", command=command, env=environment, timeout=0.3, max_retries=1))
        at_work.wait_for_states(it="dead")
        assert at_work.job("it").error == "Timeout exceeded (0.3s)"


def test_a_full_disk_at_the_start_puts_the_job_back_and_uses_up_no_attempt(home, qtbot, monkeypatch, caplog):
    with caplog.at_level(logging.WARNING), working(home, qtbot) as at_work:
        create, full = at_work.store.outputs.create, [True]

        def on_a_full_disk(seq, run):
            if full:
                full.clear()
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "outputs")
            return create(seq, run)

        monkeypatch.setattr(at_work.store.outputs, "create_ahead", lambda *_: False)
        monkeypatch.setattr(at_work.store.outputs, "create", on_a_full_disk)
        enqueue(at_work, new("it", command="true", max_retries=1))
        at_work.wait_for_states(it="completed")
        first, second = at_work.runs("it")
        assert (first.outcome, first.reason) == ("interrupted", "Interrupted: the disk is full")
        assert (second.outcome, at_work.job("it").attempts) == ("succeeded", 0)


@pytest.mark.parametrize("leftovers", list(Leftovers))
def test_no_output_is_watched_once_its_run_is_over(home, qtbot, leftovers):
    with adopting_platform() as platform, working(home, qtbot, platform=platform, output_cap=65_536) as at_work:
        enqueue(
            at_work,
            new("big", command="head -c 1000000 /dev/zero"),
            new("long", command="sleep 0.7"),
            new("left", command="sleep 0.7; sleep 2 & exit 0", leftovers=leftovers),
        )
        at_work.wait_until_finished()
        assert at_work.pool._around.cap._watched == set()
