"""Jobs that are hard on a runner: each ends with the right outcome, and nothing is left behind."""

import os
import random
import signal
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from app.domain.job import State
from tests.engine.pools import working
from tests.engine.trees import PROGRAMS, LifeLine, adopting_platform
from tests.runners import living, running, states, wait_for, wait_for_states
from tests.store.jobs import events, new, opened

if sys.platform == "win32":
    pytest.skip("the commands here are for /bin/sh", allow_module_level=True)

# Those of a terminal stop nobody here: a job leads a session of its own, and has no shell that could continue it.
HARMLESS = {signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH} | {
    *(signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
}
DEADLY = sorted(signal.valid_signals() - HARMLESS - {signal.SIGSTOP})


def test_each_exit_code_is_told_as_it_was(home, qtbot):
    with working(home, qtbot, slots=4) as at_work:
        at_work.store.intake.enqueue([new(f"e{code}", command=f"exit {code}", max_retries=1) for code in range(256)])
        at_work.wait_until_finished()
        jobs = {job.id: job for job in at_work.store.reads.newest_first()}
        assert {code: jobs[f"e{code}"].exit_code for code in range(256)} == {code: code for code in range(256)}
        assert {id for id, job in jobs.items() if job.state is State.COMPLETED} == {"e0"}


@pytest.mark.skipif(sys.platform != "linux", reason="which signals end a process differs")
def test_each_deadly_signal_is_named(home, qtbot):
    with working(home, qtbot, slots=4) as at_work:
        at_work.store.intake.enqueue(
            [new(f"s{number}", command=f"kill -{number} $$; sleep 60", max_retries=1) for number in DEADLY]
        )
        at_work.wait_until_finished()
        for number in DEADLY:
            job = at_work.job(f"s{number}")
            assert job.state is State.DEAD
            assert job.error.startswith(f"Ended by signal {int(number)}"), job.error


@pytest.mark.skipif(sys.platform != "linux", reason="which signals end a process differs")
def test_a_signal_that_is_not_deadly_changes_nothing(home, qtbot):
    with working(home, qtbot, slots=4) as at_work:
        at_work.store.intake.enqueue(
            [new(f"s{number}", command=f"kill -{number} $$; exit 7", max_retries=1) for number in HARMLESS]
        )
        at_work.wait_until_finished()
        assert {at_work.job(f"s{number}").error for number in HARMLESS} == {"Exit code 7"}


def test_a_job_that_stops_itself_is_ended_by_its_timeout(home, qtbot):
    with working(home, qtbot) as at_work:
        at_work.store.intake.enqueue([new("it", command="kill -STOP $$", timeout=0.5, max_retries=1)])
        at_work.wait_for_states(it="dead")
        assert at_work.job("it").error == "Timeout exceeded (0.5s)"


def test_a_job_that_closes_its_output_ends_like_any_other(home, qtbot):
    with working(home, qtbot) as at_work:
        at_work.store.intake.enqueue(
            [new("it", command="echo before; exec >&- 2>&-; sleep 0.1; exit 4", max_retries=1)]
        )
        at_work.wait_for_states(it="dead")
        assert at_work.job("it").error == "Exit code 4: before"


@pytest.mark.skipif(sys.platform != "linux", reason="needs a subreaper")
def test_a_job_that_makes_zombies_leaves_none(home, qtbot):
    program = (
        "import os, sys\n"
        "for _ in range(40):\n"
        "    if os.fork() == 0:\n"
        "        if os.fork() == 0:\n"
        "            os._exit(0)\n"
        "        os._exit(0)\n"
    )
    with adopting_platform() as platform, working(home, qtbot, platform=platform) as at_work:
        at_work.store.intake.enqueue([new("it", argv=(sys.executable, "-S", "-E", "-c", program))])
        at_work.wait_for_states(it="completed")

        def zombies():
            at_work.pool.reap()
            children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
            return [pid for pid in children if (_stat(pid) or "?")[0] == "Z"]

        at_work.wait_for(lambda: zombies() == [])


def _stat(pid):
    """The fields of a process after its name: its state first. None when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


@pytest.mark.skipif(sys.platform != "linux", reason="needs a subreaper")
def test_a_bomb_of_300_forks_is_put_out_by_its_timeout(home, qtbot, tmp_path):
    line = LifeLine(tmp_path / "line")
    with adopting_platform() as platform, working(home, qtbot, platform=platform) as at_work:
        argv = (sys.executable, "-S", "-E", str(PROGRAMS), "bomb", str(line.path), "300")
        at_work.store.intake.enqueue([new("it", argv=argv, timeout=1.0, max_retries=1)])
        at_work.wait_for_states(it="dead")
        line.pids(1)
        line.wait_for_end()
        assert at_work.runs("it")[0].outcome == "timed_out"


def test_a_timeout_counts_only_the_time_in_which_the_computer_was_awake(home, qtbot):
    moment = [
        100.0
    ]  # as after a suspend: the timer has fired, and the clock says that hardly any time was lived through
    with working(home, qtbot, awake=lambda: moment[0]) as at_work:
        at_work.store.intake.enqueue([new("it", command="sleep 300", timeout=0.3, max_retries=1)])
        at_work.wait_for(lambda: at_work.started)
        with qtbot.waitSignal(at_work.deadlines._timer.timeout):
            pass
        assert at_work.job("it").state is State.PROCESSING
        moment[0] += 0.31
        at_work.wait_for_states(it="dead")
        assert at_work.job("it").error == "Timeout exceeded (0.3s)"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_two_queues_with_the_same_ids_are_rescued_without_touching_each_other(tmp_path):
    from app.paths import Home

    homes = [Home(tmp_path / name) for name in ("one", "two")]
    command = "setsid sleep 300 & sleep 300"
    with opened(homes[0]) as first:
        first.intake.enqueue([new("job1", command=command)])
        with running(homes[0]) as runner_one:
            wait_for_states(first, job1="processing")
            (run_one,) = first.work.open_runs()
            wait_for(lambda: len(living(run_one.token)) == 3)
            with opened(homes[1]) as second:
                second.intake.enqueue([new("job1", command=command)])
                with running(homes[1]) as runner_two:
                    wait_for_states(second, job1="processing")
                    (run_two,) = second.work.open_runs()
                    wait_for(lambda: len(living(run_two.token)) == 3)
                    runner_one.kill()
                    runner_two.kill()
                    runner_two.wait()
            runner_one.wait()
        theirs = living(run_two.token)
        with running(homes[0], slots=1):
            wait_for(lambda: living(run_one.token) == [])
            wait_for(lambda: first.reads.by_id("job1").run == 2)
        assert living(run_two.token) == theirs
    with opened(homes[1]) as second:
        second.changes.set_paused(True)
        with running(homes[1]):
            wait_for_states(second, job1="pending")
        assert living(run_two.token) == []


# The campaign against the runner


CAMPAIGN = """
import os, sys, time
sys.path.insert(0, os.path.dirname({programs!r}))
import nasty
folder = sys.argv[1]
name, run = os.environ["QUEUECTL_JOB_ID"], os.environ["QUEUECTL_RUN"]
witness = os.open(os.path.join(folder, "witness"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
pids = os.path.join(folder, name)

def start_of(pid):
    try:
        fields = open("/proc/%s/stat" % pid).read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]

old = [line.split() for line in open(pids)] if os.path.exists(pids) else []
alive = [pid for pid, start in old if start_of(pid) == start]
os.write(witness, ("start %s %s %s\\n" % (name, run, "alive:" + ",".join(alive) if alive else "clean")).encode())

def note(_):
    here = os.open(pids, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(here, ("%s %s\\n" % (os.getpid(), start_of(os.getpid()))).encode())

nasty.say = note
nasty.deaf()
nasty.child(nasty.hold, "child")
nasty.child(nasty.in_session, "session")
nasty.daemon(nasty.hold, "daemon")
nasty.hold("root")
"""


def nasty_trees(count, folder, gate):
    """Jobs that each run a nasty tree for ever, until the gate is open."""
    program = folder / "campaign.py"
    program.write_text(CAMPAIGN.format(programs=str(PROGRAMS)))
    command = f"[ -e {gate} ] || exec {sys.executable} -S -E {program} {folder}"
    return [new(f"j{n}", command=command, timeout=0, max_retries=1) for n in range(count)]


def witnessed(folder):
    """What each nasty tree said when it began: start, its job, its run, and whether an older one lived."""
    witness = folder / "witness"
    return [line.split() for line in witness.read_text().splitlines()] if witness.exists() else []


def kill_a_runner_amid(home, folder, slots, wanted):
    """Start a runner, and kill it when so many trees have begun."""
    before = len(witnessed(folder))
    with running(home, slots=slots) as runner:
        wait_for(lambda: len(witnessed(folder)) >= before + wanted, "runs of this round")
        runner.kill()
        runner.wait()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_fifty_kills_of_the_runner_amid_twenty_nasty_trees_lose_nothing_and_leave_nobody(home, tmp_path):
    """Every run looks whether a process of an earlier run of its job still lives; at last all of them complete."""
    rounds, jobs = 50, 20
    chance = random.Random(20261124)
    gate = tmp_path / "gate"
    with opened(home) as store:
        store.options.set("interrupted-limit", "0")
        store.intake.enqueue(nasty_trees(jobs, tmp_path, gate))
        for _ in range(rounds):
            kill_a_runner_amid(home, tmp_path, jobs, chance.randint(1, jobs))
        gate.touch()
        with running(home, slots=jobs):
            wait_for(lambda: set(states(store).values()) == {"completed"}, "all to complete")
        lines = witnessed(tmp_path)
        assert [line for line in lines if line[3] != "clean"] == []
        started = {(name, int(run)) for _, name, run, _ in lines}
        assert len(started) == len(lines)  # no run twice
        for seq in range(1, jobs + 1):
            details = store.reads.details(seq)
            assert details.job.attempts == 0
            assert [run.run for run in details.runs] == list(range(1, details.job.run + 1))
            assert {run.outcome for run in details.runs[:-1]} <= {"interrupted"}
            assert details.runs[-1].outcome == "succeeded"
            assert {run for name, run in started if name == details.job.id} <= {run.run for run in details.runs[:-1]}
            chain = [(before, after) for _, before, after, _ in events(store, seq)]
            assert all(after[0] == earlier[1] for earlier, after in pairwise(chain))
        wait_for(lambda: not any(_alive(tmp_path / f"j{n}") for n in range(jobs)), "the end of old processes")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_twenty_nasty_trees_whose_runner_is_killed_three_times_are_dead_and_leave_nobody(home, tmp_path):
    jobs = 20
    with opened(home) as store:
        store.intake.enqueue(nasty_trees(jobs, tmp_path, tmp_path / "gate"))
        for _ in range(3):
            kill_a_runner_amid(home, tmp_path, jobs, jobs)
        with running(home, slots=jobs):
            wait_for(lambda: set(states(store).values()) == {"dead"}, "all to be dead")
        assert [line for line in witnessed(tmp_path) if line[3] != "clean"] == []
        assert {job.error for job in store.reads.newest_first()} == {"Interrupted 3 times in a row"}
        assert {job.run for job in store.reads.newest_first()} == {3}
        wait_for(lambda: not any(_alive(tmp_path / f"j{n}") for n in range(jobs)), "the end of old processes")


def _alive(noted):
    pids = [line.split() for line in noted.read_text().splitlines()] if noted.exists() else []
    return [pid for pid, start in pids if _start(pid) == start]


def _start(pid):
    """When a process that lives was started, in ticks since the boot; None when it does not live."""
    fields = _stat(pid)
    return None if fields is None or fields[0] in "ZX" else fields[19]
