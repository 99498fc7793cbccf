"""The runner as a process: one per database, killed and rescued, asked and answering."""

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from app.domain.job import State
from app.launch import runner_command, runner_environment
from app.store.opening import wall_clock
from app.store.runner_state import RunnerState
from app.store.runner_store import Ask
from tests.runners import CHECKOUT, environment, living, running, start, states, wait_for, wait_for_states
from tests.store.jobs import all_jobs, enqueue, new, opened
from tests.store.processes import KILLED, Python
from tests.store.test_refusals import can_mount

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the commands here are for /bin/sh")


@pytest.fixture
def store(home):
    with opened(home) as store:
        yield store


def test_a_job_runs_in_a_runner_process_and_is_completed(home, store):
    store.intake.enqueue([new("it", command="echo hi")])
    with running(home):
        wait_for_states(store, it="completed")
        assert store.outputs.path(1, 1).read_text() == "hi\n"
        row = store.runner.row()
        assert row.state is RunnerState.RUNNING
        assert row.slots == 2


def test_of_ten_runners_started_at_once_one_works_and_nine_leave(home, store):
    processes = [start(home) for _ in range(10)]
    try:
        wait_for(lambda: sum(process.poll() is not None for process in processes) == 9, "nine to leave")
        (left,) = [process for process in processes if process.poll() is None]
        assert all(process.returncode == 1 for process in processes if process is not left)
        wait_for(lambda: store.runner.row().state is RunnerState.RUNNING)
        assert store.runner.row().pid == left.pid
        store.intake.enqueue([new("it", command="true")])
        wait_for_states(store, it="completed")
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_a_lock_file_that_names_a_live_foreign_process_blocks_nobody(home, store):
    home.runner_lock.write_text(f"{os.getpid()}\n")
    store.intake.enqueue([new("it", command="true")])
    with running(home):
        wait_for_states(store, it="completed")


def test_after_kill_9_each_job_runs_to_its_end_and_no_attempt_is_counted(home, store, tmp_path):
    log, gate = tmp_path / "log", tmp_path / "gate"
    command = f"echo $QUEUECTL_JOB_ID $QUEUECTL_RUN >> {log}; until [ -e {gate} ]; do sleep 0.02; done"
    store.intake.enqueue([new(f"j{n}", command=command, max_retries=1) for n in range(4)])
    with running(home, slots=3) as runner:
        wait_for(lambda: log.exists() and len(log.read_text().splitlines()) == 3, "three to run")
        tokens = [run.token for run in store.work.open_runs()]
        runner.kill()
        runner.wait()
    assert sorted(states(store).values()) == ["pending", "processing", "processing", "processing"]
    gate.touch()
    with running(home, slots=3):
        wait_for(lambda: set(states(store).values()) == {"completed"}, "all to complete")
    assert [living(token) for token in tokens] == [[], [], []]
    for seq in (1, 2, 3):
        details = store.reads.details(seq)
        assert details.job.attempts == 0
        assert [(run.run, run.outcome) for run in details.runs] == [(1, "interrupted"), (2, "succeeded")]
        assert details.runs[0].reason == "Interrupted: the runner died"
        assert [(str(event.to_state), event.cause) for event in details.events] == [
            ("pending", "enqueued"),
            ("processing", "claimed"),
            ("pending", "interrupted"),
            ("processing", "claimed"),
            ("completed", "succeeded"),
        ]


def test_what_a_killed_runner_left_alive_is_dead_before_its_job_runs_again(home, store, tmp_path):
    witness = tmp_path / "witness"
    # the second run looks whether the first, which ignores SIGTERM and left its session, still lives
    command = (
        f"if [ $QUEUECTL_RUN = 1 ]; then trap '' TERM; setsid sleep 300 & echo $! > {witness}; sleep 300; "
        f"else case $(ps -o stat= -p $(cat {witness})) in ''|Z*) echo gone;; *) echo alive;; esac; fi"
    )
    store.intake.enqueue([new("it", command=command, timeout=0)])
    with running(home) as runner:
        wait_for(lambda: witness.exists() and witness.read_text().strip(), "the first run")
        runner.kill()
        runner.wait()
    with running(home):
        wait_for_states(store, it="completed")
    assert store.reads.details(1).runs[1].tail.splitlines()[-1] == "gone"
    assert store.reads.details(1).runs[0].left_behind is not None


@contextmanager
def running_after_the_clock_was_set(home, tmp_path, seconds):
    """A runner to which the kernel says that the boot was so much later, as it does after the clock was set on."""
    stat = Path("/proc/stat").read_text()
    booted = next(line for line in stat.splitlines() if line.startswith("btime "))
    moved = tmp_path / "stat"
    moved.write_text(stat.replace(booted, f"btime {int(booted.split()[1]) + seconds}"))
    script = 'mount --bind "$1" /proc/stat && shift && exec "$@"'
    namespace = "-m" if os.geteuid() == 0 else "-rm"
    process = subprocess.Popen(
        ["unshare", namespace, "sh", "-c", script, "sh", moved, *runner_command(home, 2, frozen=False)],
        cwd=CHECKOUT,
        env=runner_environment(environment()),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no time of creation moves with the clock")
@pytest.mark.parametrize("seconds", [-3600, 86_400])
def test_what_a_killed_runner_left_is_known_though_the_clock_was_set_meanwhile(home, store, tmp_path, seconds):
    """Its command has given up its environment: only its pid and when it was created tell whose it is."""
    if not can_mount():
        if os.environ.get("CI"):
            pytest.fail("unshare -rm does not work here, and CI must try this")
        pytest.skip("unshare -rm does not work here")
    witness = tmp_path / "witness"
    command = (
        f"if [ $QUEUECTL_RUN = 1 ]; then echo $$ > {witness}; exec env -i sleep 300; "
        f"else case $(ps -o stat= -p $(cat {witness})) in ''|Z*) echo gone;; *) echo alive;; esac; fi"
    )
    store.intake.enqueue([new("it", command=command, timeout=0)])
    try:
        with running(home) as runner:
            wait_for(lambda: store.reads.details(1).runs and store.reads.details(1).runs[0].pid, "the note of the run")
            runner.kill()
            runner.wait()
        with running_after_the_clock_was_set(home, tmp_path, seconds):
            wait_for_states(store, it="completed")
    finally:
        with suppress(ProcessLookupError):
            os.kill(int(witness.read_text()), signal.SIGKILL)
    assert store.reads.details(1).runs[1].tail.splitlines()[-1] == "gone"
    assert store.reads.details(1).runs[0].left_behind is not None


@pytest.mark.parametrize("point", ["after_claim", "before_start", "after_start", "before_finish"])
def test_a_runner_that_dies_at_any_point_loses_nothing(home, store, point, tmp_path):
    log = tmp_path / "log"
    store.intake.enqueue([new("it", command=f"echo $QUEUECTL_RUN >> {log}")])
    with running(home, QUEUECTL_KILL_AT=point) as runner:
        runner.wait(30)
        assert runner.returncode == -signal.SIGKILL
    assert states(store) == {"it": "processing"}
    with running(home):
        wait_for_states(store, it="completed")
    details = store.reads.details(1)
    assert [run.outcome for run in details.runs] == ["interrupted", "succeeded"]
    assert details.job.attempts == 0
    assert log.read_text().split()[-1] == "2"


def test_a_job_that_takes_its_runner_down_three_times_in_a_row_is_dead(home, store):
    store.intake.enqueue([new("it", command="kill -9 $PPID; sleep 60")])
    for _ in range(3):
        with running(home) as runner:
            runner.wait(30)
    with running(home):
        wait_for_states(store, it="dead")
    assert store.reads.by_id("it").error == "Interrupted 3 times in a row"
    assert [living(token) for (token,) in store.database.run("SELECT token FROM run")] == [[], [], []]


def test_sigterm_ends_what_runs_puts_it_back_and_leaves(home, store):
    store.intake.enqueue([new("it", command="sleep 300")])
    with running(home) as runner:
        wait_for_states(store, it="processing")
        runner.send_signal(signal.SIGTERM)
        assert runner.wait(30) == 0
    details = store.reads.details(1)
    assert (details.job.state, details.job.attempts) == (State.PENDING, 0)
    assert details.runs[0].reason == "Interrupted: the runner was stopped"
    assert store.runner.row().state is RunnerState.STOPPED


def test_a_second_sigterm_does_not_wait_for_the_grace(home, store):
    store.options.set("grace", "300")
    store.intake.enqueue([new("it", command="trap '' TERM; echo ready; while :; do sleep 1; done")])
    with running(home) as runner:
        wait_for(lambda: store.outputs.path(1, 1).exists() and store.outputs.path(1, 1).read_bytes(), "the job")
        runner.send_signal(signal.SIGTERM)
        wait_for(lambda: "signal heard" in (home.logs / "runner.log").read_text(), "the first to be heard")
        runner.send_signal(signal.SIGTERM)
        assert runner.wait(30) == 0
    assert states(store) == {"it": "pending"}


def test_asked_to_drain_it_lets_running_jobs_end_and_leaves(home, store, tmp_path):
    gate = tmp_path / "gate"
    store.intake.enqueue([new("it", command=f"until [ -e {gate} ]; do sleep 0.02; done"), new("next")])
    with running(home, slots=1) as runner:
        wait_for_states(store, it="processing")
        number = store.runner.ask(Ask.DRAIN)
        wait_for(lambda: store.runner.answer_to(number) is not None, "an answer")
        gate.touch()
        assert runner.wait(30) == 0
    assert states(store) == {"it": "completed", "next": "pending"}


def test_asked_to_go_on_while_it_drains_it_hands_out_jobs_again(home, store, tmp_path):
    gate = tmp_path / "gate"
    store.intake.enqueue([new("it", command=f"until [ -e {gate} ]; do sleep 0.02; done")])
    with running(home, slots=2) as runner:
        wait_for_states(store, it="processing")
        store.runner.ask(Ask.DRAIN)
        wait_for(lambda: store.runner.row().state is RunnerState.DRAINING, "the drain")
        number = store.runner.ask(Ask.GO_ON)
        wait_for(lambda: store.runner.answer_to(number) == "working", "an answer")
        store.intake.enqueue([new("next", command="true")])
        wait_for_states(store, it="processing", next="completed")
        wait_for(lambda: store.runner.row().state is RunnerState.RUNNING, "its word")
        gate.touch()
        wait_for_states(store, it="completed")
        assert runner.poll() is None


def test_asked_to_go_on_while_it_stops_it_refuses(home, store):
    store.options.set("grace", "2")
    store.intake.enqueue([new("it", command="trap '' TERM; sleep 300")])
    with running(home) as runner:
        wait_for_states(store, it="processing")
        store.runner.ask(Ask.STOP_NOW)
        number = store.runner.ask(Ask.GO_ON)
        wait_for(lambda: store.runner.answer_to(number) is not None, "an answer")
        assert store.runner.answer_to(number) == "error: the runner is stopping"
        assert runner.wait(30) == 0


def test_asked_to_stop_now_it_puts_back_and_leaves(home, store):
    store.intake.enqueue([new("it", command="sleep 300")])
    with running(home) as runner:
        wait_for_states(store, it="processing")
        store.runner.ask(Ask.STOP_NOW)
        assert runner.wait(30) == 0
    assert states(store) == {"it": "pending"}


def test_asked_for_more_workers_it_has_them_and_says_the_first_new_number(home, store):
    with running(home, slots=2):
        wait_for(lambda: store.runner.row().state is RunnerState.RUNNING)
        number = store.runner.ask(Ask.ADD_SLOTS, 3)
        wait_for(lambda: store.runner.answer_to(number) is not None, "an answer")
        assert store.runner.answer_to(number) == "3"
        wait_for(lambda: store.runner.row().slots == 5, "five slots")
        refused = store.runner.ask(Ask.ADD_SLOTS, 300)
        wait_for(lambda: store.runner.answer_to(refused) is not None, "an answer")
        assert store.runner.answer_to(refused) == "error: 5 worker(s) are there, and 256 is the most"


def test_asked_for_fewer_workers_it_kills_nothing_and_takes_no_more_than_those_allow(home, store, tmp_path):
    gate = tmp_path / "gate"
    store.intake.enqueue([new(f"j{n}", command=f"until [ -e {gate} ]; do sleep 0.02; done") for n in range(3)])
    store.intake.enqueue([new("next", command="true")])
    with running(home, slots=3):
        wait_for(lambda: list(states(store).values()).count("processing") == 3, "three to run")
        numbers = [store.runner.ask(Ask.SET_SLOTS, slots) for slots in (1, 0, 257)]
        wait_for(lambda: store.runner.answer_to(numbers[-1]) is not None, "an answer")
        answers = [store.runner.answer_to(number) for number in numbers]
        assert answers == ["1", *["error: it has from 1 to 256 workers"] * 2]
        assert store.runner.row().slots == 1
        assert list(states(store).values()).count("processing") == 3
        gate.touch()
        wait_for_states(store, j0="completed", j1="completed", j2="completed", next="completed")
        outcomes = [run.outcome for seq in (1, 2, 3) for run in store.reads.details(seq).runs]
        assert outcomes == ["succeeded"] * 3


def test_cancel_and_pause_are_heard_at_once_by_a_runner(home, store):
    store.intake.enqueue([new("it", command="sleep 300"), new("next", command="true")])
    with running(home, slots=1):
        wait_for_states(store, it="processing")
        store.changes.set_paused(True)
        store.changes.cancel(1)
        wait_for_states(store, it="cancelled")
        assert states(store)["next"] == "pending"
        store.changes.set_paused(False)
        wait_for_states(store, next="completed")


def test_the_log_holds_a_json_line_an_event_and_neither_commands_nor_outputs(home, store):
    command = "echo secret-word; exit 3"
    store.intake.enqueue([new("it", command=command, env={"KEY": "secret-value"}, max_retries=1)])
    with running(home):
        wait_for_states(store, it="dead")
    text = (home.logs / "runner.log").read_text()
    assert '"event": "run ended"' in text
    assert "secret" not in text


def test_the_log_has_no_line_for_a_short_run_that_went_well(home, store):
    store.intake.enqueue([new("short", command="true"), new("long", command="sleep 1")])
    with running(home):
        wait_for_states(store, short="completed", long="completed")
    lines = [json.loads(line) for line in (home.logs / "runner.log").read_text().splitlines()]
    went_on = {line["seq"] for line in lines if line["event"] == "run goes on"}
    ended = {line["seq"] for line in lines if line["event"] == "run ended"}
    assert 2 in went_on
    assert ended == went_on  # on a busy machine `true` may take its time


def _wake_ups(pid):
    """How often the threads of a process have gone to sleep so far, which is how often they woke."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        lines = (task / "status").read_text().splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))
    return total


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="counts wake-ups in /proc")
def test_an_idle_runner_wakes_at_most_once_a_second(home, store, qtbot):
    store.intake.enqueue([new("it", command="true")])
    with running(home) as runner:
        wait_for_states(store, it="completed")
        qtbot.wait(3000)  # what the job's end brought with it is over
        before = _wake_ups(runner.pid)
        qtbot.wait(20_000)
        assert _wake_ups(runner.pid) - before <= 20


def test_a_runner_whose_queue_is_removed_ends_what_runs_and_leaves(home, store):
    store.intake.enqueue([new("it", command="sleep 300")])
    with running(home) as runner:
        wait_for_states(store, it="processing")
        (run,) = store.work.open_runs()
        wait_for(lambda: living(run.token))
        store.database.close()
        shutil.rmtree(home.root)
        assert runner.wait(30) == 1
    assert living(run.token) == []
    assert not home.root.exists()


def test_a_bug_in_the_runner_ends_what_runs_before_it_leaves(home, store):
    piece = (
        "import sys; from app.engine.run import JobRun\n"
        "def broken(self): raise RuntimeError('a bug for this test')\n"
        "JobRun.go_on = broken\n"
        "from app.bootstrap import desktop\n"
        f"sys.argv = ['queuectl-desktop', '--runner', '--home', {str(home.root)!r}]\n"
        "sys.exit(desktop())"
    )
    store.intake.enqueue([new("it", command="sleep 300")])
    process = subprocess.run([sys.executable, "-c", piece], cwd=CHECKOUT, env=environment(), check=False, timeout=60)
    assert process.returncode == 1
    (run,) = store.work.open_runs()
    assert living(run.token) == []
    assert "a bug for this test" in (home.logs / "runner.log").read_text()
    assert states(store) == {"it": "processing"}


@pytest.mark.skipif(sys.platform != "linux", reason="131,072 bytes are Linux's limit for one argument")
def test_a_command_of_the_greatest_length_runs(home, store):
    words = "echo ${#queuectl_} ; : "
    store.intake.enqueue([new("it", command=words + "ü" * ((131_072 - len(words)) // 2) + "x" * (len(words) % 2))])
    with running(home):
        wait_for_states(store, it="completed")


def test_a_stop_that_is_said_while_a_runner_comes_up_is_obeyed(home, store):
    store.runner.want(False)
    store.intake.enqueue([new("it", command="true")])
    with running(home) as runner:
        assert runner.wait(30) == 0
    assert states(store) == {"it": "pending"}
    assert store.runner.row().wanted == "stopped"


def test_the_outputs_of_what_was_removed_a_day_ago_are_freed_together_with_it(home):
    two_days_ago = wall_clock() - 2 * 86_400_000
    with opened(home, clock=lambda: two_days_ago) as past:
        seqs = enqueue(past, "old", "kept")
        for seq in seqs:
            past.outputs.create(seq, 1)
        past.changes.remove(seqs[:1])
    with opened(home) as store:
        store.changes.set_paused(True)
        store.changes.remove([enqueue(store, "young")])
        store.outputs.create(3, 1)
        with running(home):
            wait_for(lambda: not store.outputs.holds(1), "the purge")
            assert (store.outputs.holds(2), store.outputs.holds(3)) == (True, True)
        assert [job.id for job in all_jobs(store)] == ["kept"]


def test_a_question_that_only_a_newer_program_knows_is_answered_and_hurts_nobody(home, store):
    store.intake.enqueue([new("it", command="true")])
    with running(home):
        wait_for_states(store, it="completed")
        with store.database.writing():
            store.database.run("INSERT INTO command (command, verb, asked_at) VALUES (78, 'set the moon', 1)")
        wait_for(lambda: store.runner.answer_to(78) is not None)
        assert store.runner.answer_to(78).startswith("error: ")


def test_what_a_writer_brought_that_died_before_it_rang_is_found(home, store):
    with running(home):
        wait_for(lambda: store.runner.row().state is RunnerState.RUNNING, "the runner")
        store.intake.enqueue([new("first")])
        wait_for_states(store, first="completed")
        piece = "with opened(home, kill_point=kill_at('after_commit_before_ring')) as store: enqueue(store, 'unheard')"
        assert Python(home, piece).end()[0] == KILLED
        wait_for_states(store, first="completed", unheard="completed")
