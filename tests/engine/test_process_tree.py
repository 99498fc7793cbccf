import errno
import itertools
import os
import secrets
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QProcess

from app.desktop.process_facts import created
from app.engine.process_tree import Member, StillAliveError, Tree, before_start, end_now, process_trees
from tests.engine.trees import PROGRAMS, finish
from tests.runners import wait_for

if sys.platform == "linux":
    from app.engine import process_tree_linux

posix = pytest.mark.skipif(sys.platform == "win32", reason="nasty.py forks")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt orphans")

LONG = ("ping", ["-n", "60", "127.0.0.1"]) if sys.platform == "win32" else ("sleep", ["60"])
SHORT = ("cmd", ["/d", "/c", "exit"]) if sys.platform == "win32" else ("true", [])


def pids(platform, *jobs):
    found = platform.members([job.tree for job in jobs])
    # under Wine a console's host has no name while it comes up, and is a member for that moment
    return [{member.pid for member in found[job.tree] if member.name} for job in jobs]


# A contract for every platform


def test_a_job_is_a_member_until_it_is_killed(platform, nursery, qtbot):
    job = nursery.start_command(*LONG)
    [member] = platform.members([job.tree])[job.tree]
    assert (member.pid, member.created) == (job.pid, pytest.approx(job.tree.created, abs=1.5))
    with qtbot.waitSignal(job.process.finished):
        platform.kill(job.tree, [member])
    assert platform.members([job.tree]) == {job.tree: []}


def test_jobs_are_told_apart(platform, nursery):
    first, second = nursery.start_command(*LONG), nursery.start_command(*LONG)
    assert pids(platform, first, second) == [{first.pid}, {second.pid}]
    end_now(platform, [first.tree])
    assert pids(platform, first, second) == [set(), {second.pid}]


def test_killing_passes_over_a_process_that_only_has_the_same_pid(platform, nursery):
    job = nursery.start_command(*LONG)
    stranger = Tree(secrets.token_hex(16), job.pid, job.tree.created)
    platform.kill(stranger, [Member(job.pid, job.tree.created - 1000, "sleep")])
    assert pids(platform, job) == [{job.pid}]


def test_a_tree_that_is_gone_has_no_members(platform, nursery, qtbot):
    job = nursery.start_command(*SHORT)
    finish(qtbot, job)
    assert platform.members([job.tree]) == {job.tree: []}
    assert end_now(platform, [job.tree]) == {job.tree: 0}
    platform.forget(job.tree)


def test_no_tree_takes_no_sweep_to_end(platform):
    assert end_now(platform, []) == {}


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no cheap proof")
def test_a_plain_end_is_quiet(platform, nursery, qtbot):
    job = nursery.start_command(*SHORT)
    finish(qtbot, job)
    assert platform.quiet(job.tree, nursery.live())


def test_a_job_that_runs_is_not_quiet(platform, nursery):
    job = nursery.start_command(*LONG)
    assert not platform.quiet(job.tree, nursery.live())


def test_the_creation_time_of_nobody_is_none():
    assert created(2**30) is None


@pytest.mark.skipif(sys.platform != "linux", reason="ticks since the boot are Linux's")
def test_the_creation_time_leads_back_to_the_very_tick():
    from app.engine.proc_linux import read_process, ticks

    assert ticks(created(os.getpid())) == read_process(os.getpid()).start


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the process itself is asked")
def test_a_process_is_no_older_than_the_moment_before_its_start_nor_younger_than_the_one_after(nursery):
    from app.engine.proc_linux import read_process, ticks

    before = before_start()
    job = nursery.start_command(*LONG)
    after = before_start()
    assert ticks(before) <= read_process(job.tree.pid).start <= ticks(after)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the process itself is asked")
def test_the_session_of_a_run_is_found_by_the_moment_before_its_start(platform):
    before = before_start()
    process = QProcess()
    platform.configure(process)
    process.start(*LONG)  # without a token
    tree = Tree("0" * 32, process.processId(), before)
    platform.started(tree)
    assert end_now(platform, [tree]) == {tree: 1}
    process.waitForFinished()


# What nasty jobs do


@posix
def test_all_six_processes_of_a_nasty_tree_are_found_and_none_is_left(platform, nursery):
    job = nursery.start("six")
    said = job.line.pids(6)
    if sys.platform == "darwin":
        del said["nameless-daemon"]
    assert pids(platform, job) == [set(said.values())]
    assert end_now(platform, [job.tree]) == {job.tree: len(said)}
    if sys.platform != "darwin":
        job.line.wait_for_end()


@posix
def test_a_daemon_is_found_by_its_token_when_the_job_is_over(platform, nursery, qtbot):
    job = nursery.start("leave", "daemon")
    said = job.line.pids(1)
    finish(qtbot, job)
    assert pids(platform, job) == [{said["daemon"]}]


@posix
def test_a_background_process_is_found_by_its_session_though_the_token_is_unknown(platform, nursery, qtbot):
    job = nursery.start("background")
    said = job.line.pids(1)
    unknown = Tree(secrets.token_hex(16), job.pid, job.tree.created)
    platform.started(unknown)
    finish(qtbot, job)
    platform.forget(job.tree)
    assert [member.pid for member in platform.members([unknown])[unknown]] == [said["background"]]


@posix
def test_a_session_without_its_leader_and_without_a_token_is_not_touched_after_a_killed_runner(nursery, qtbot):
    job = nursery.start("background", started=False)
    job.line.pids(1)
    finish(qtbot, job)
    stranger = Tree(secrets.token_hex(16), job.pid, job.tree.created)
    assert end_now(process_trees(), [stranger]) == {stranger: 0}
    assert end_now(process_trees(), [job.tree]) == {job.tree: 1}


@linux
def test_all_are_asked_where_this_process_may_open_fewer_files_than_there_are_processes(platform, nursery, qtbot):
    import resource

    job = nursery.start_command("sh", ["-c", "for each in $(seq 40); do sleep 60 & done; wait"])
    wait_for(lambda: len(pids(platform, job)[0]) == 41, "all to be there")
    members = platform.members([job.tree])
    before, limits = psutil.Process().num_fds(), resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(file.name) for file in Path("/proc/self/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 8, limits[1]))
    try:
        assert not platform.ask(members)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert psutil.Process().num_fds() == before
    finish(qtbot, job)
    wait_for(lambda: pids(platform, job) == [set()], "all to end")


@linux
def test_one_sweep_serves_trees_that_come_while_it_reads(platform, nursery):
    first, second = nursery.start_command(*LONG), nursery.start_command(*LONG)
    found = platform.members([first.tree], lambda: [second.tree])
    assert [[member.pid for member in found[job.tree]] for job in (first, second)] == [[first.pid], [second.pid]]


def go_on(job):
    """Let a job take its turn."""
    job.process.write(b".")
    job.process.waitForBytesWritten()


@linux
def test_a_run_that_ends_while_processes_are_read_leaves_nothing_to_another_that_is_ended(platform, nursery, qtbot):
    older, leaving = nursery.start("hold", "older"), nursery.start("leave_in_turn", "left")
    older.line.pids(1)
    leaving.line.pids(2)

    def latecomers():
        go_on(leaving)
        finish(qtbot, leaving)
        platform.forget(leaving.tree)
        return []

    found = platform.members([older.tree], latecomers)
    assert [member.pid for member in found[older.tree]] == [older.pid]


@linux
def test_where_no_latecomer_came_no_environment_is_read(platform, monkeypatch):
    read = []
    monkeypatch.setattr(process_tree_linux, "variables_of", lambda pid, *names: read.append(pid) or [None] * len(names))
    assert platform.members([], list) == {}
    assert read == []


@linux
def test_a_child_whose_run_is_not_known_yet_is_no_orphan_of_another_that_is_ended(platform, nursery):
    older = nursery.start("hold", "older")
    older.line.pids(1)
    has_read = threading.Event()
    with ThreadPoolExecutor(1) as other_thread:
        with platform.starting():
            child = nursery.start("hold", "child", started=False, named=False)
            child.line.pids(1)
            found = other_thread.submit(platform.members, [older.tree], lambda: has_read.set() or [])
            assert has_read.wait(60)
            wait([found], timeout=0.2)  # where it does not wait for us it has answered by then
            platform.started(child.tree)
        assert [member.pid for member in found.result(60)[older.tree]] == [older.pid]


@posix
@pytest.mark.parametrize("way", ["this platform's", "macOS's"])
def test_what_a_latecomer_started_since_processes_were_read_is_found(platform, nursery, way):
    from app.engine.process_tree_darwin import DarwinTrees

    job = nursery.start("fork_in_turn", "child")
    job.line.pids(1)

    def latecomers():
        go_on(job)
        job.line.pids(2)
        return [job.tree]

    found = (DarwinTrees() if way == "macOS's" else platform).members([], latecomers)
    assert {member.pid for member in found[job.tree]} == set(job.line.pids(2).values())


@linux
def test_a_direct_child_is_asked_by_a_handle_that_is_its_own_and_let_go_of_with_its_run(platform, nursery, qtbot):
    before = psutil.Process().num_fds()
    job = nursery.start_command(*LONG)
    not_looked_at = [Member(job.pid, -1.0, "sleep")]
    platform.hold(job.tree)
    platform.hold(job.tree)
    with qtbot.waitSignal(job.process.finished):
        platform.ask({job.tree: not_looked_at})
    platform.ask({job.tree: not_looked_at})  # it is buried, and its pid may be anybody's
    platform.forget(job.tree)
    platform.ask({job.tree: not_looked_at})
    assert psutil.Process().num_fds() == before


@linux
def test_a_direct_child_for_which_there_was_no_room_for_a_handle_is_asked_all_the_same(
    platform, nursery, qtbot, monkeypatch
):
    opened = os.pidfd_open

    def full(pid):
        raise OSError(errno.EMFILE, "too many", str(pid))

    job = nursery.start_command(*LONG)
    monkeypatch.setattr(os, "pidfd_open", full)
    platform.hold(job.tree)
    monkeypatch.setattr(os, "pidfd_open", opened)
    with qtbot.waitSignal(job.process.finished):
        platform.ask(platform.members([job.tree]))


@linux
def test_of_a_direct_child_no_environment_is_read(platform, nursery, monkeypatch):
    read = []
    monkeypatch.setattr(process_tree_linux, "variables_of", lambda pid, *names: read.append(pid) or [None] * len(names))
    jobs = [nursery.start_command(*LONG) for _ in range(2)]
    assert pids(platform, *jobs) == [{job.pid} for job in jobs]
    assert not {job.pid for job in jobs} & set(read)


@posix
def test_who_left_the_session_and_forgot_the_token_is_found_below_its_parent(nursery):
    job = nursery.start("escape", started=False)
    said = job.line.pids(2)
    assert pids(process_trees(), job) == [set(said.values())]


@posix
def test_a_process_that_only_has_the_pid_of_a_job_is_not_touched(platform, nursery):
    job = nursery.start("six", started=False)
    job.line.pids(6)
    stranger = Tree(secrets.token_hex(16), job.pid, job.tree.created - 1000)
    assert end_now(platform, [stranger]) == {stranger: 0}
    unknown = Tree(secrets.token_hex(16), job.pid, None)
    assert end_now(platform, [unknown]) == {unknown: 0}


@posix
def test_a_token_proves_more_than_a_wrong_creation_time(platform, nursery):
    job = nursery.start("deaf", "root", started=False)
    job.line.pids(1)
    tree = Tree(job.tree.token, job.pid, job.tree.created - 1000)
    assert end_now(platform, [tree]) == {tree: 1}


@posix
def test_a_token_is_enough(platform, nursery):
    job = nursery.start("leave_and_hold", "daemon", started=False)
    job.line.pids(2)
    tree = Tree(job.tree.token, None, None)
    assert end_now(platform, [tree]) == {tree: 2}
    job.line.wait_for_end()


@posix
def test_what_a_killed_runner_left_is_found_and_ended(nursery):
    line, token = nursery.line(), secrets.token_hex(16)
    command = [sys.executable, "-S", "-E", PROGRAMS, "runner", line.path, token, "leave_and_hold", "daemon"]
    with subprocess.Popen(command) as runner:
        said = line.pids(3)
        tree = Tree(token, said["root"], created(said["root"]))
        runner.kill()
    assert end_now(process_trees(), [tree]) == {tree: 2}
    line.wait_for_end()


@posix
def test_a_bomb_of_300_forks_is_put_out(platform, nursery):
    job = nursery.start("bomb", 300)
    job.line.pids(1)
    end_now(platform, [job.tree])
    job.line.wait_for_end()


@linux
def test_a_chain_of_forks_that_each_live_for_a_moment_is_caught(platform, nursery):
    job = nursery.start("chain")
    job.line.pids(1)
    assert end_now(platform, [job.tree])[job.tree] > 0
    job.line.wait_for_end()


@linux
def test_a_chain_that_leaves_its_session_at_each_step_is_caught_beside_another_run(platform, nursery):
    other = nursery.start("hold", "other")
    other.line.pids(1)
    for _ in range(5):
        job = nursery.start("wander")
        job.line.pids(1)
        end_now(platform, [job.tree])
        job.line.wait_for_end()
    assert pids(platform, other) == [{other.pid}]


@linux
def test_what_is_adopted_after_the_processes_were_read_is_a_member(platform, nursery, qtbot, monkeypatch):
    other, job = nursery.start("hold", "other"), nursery.start("leave", "daemon")
    [late] = job.line.pids(1).values()
    other.line.pids(1)
    finish(qtbot, job)
    read = process_tree_linux.table_of_processes

    def read_before():
        table = read()
        del table[late]
        return table

    monkeypatch.setattr(process_tree_linux, "table_of_processes", read_before)
    assert pids(platform, job, other) == [{late}, {other.pid}]
    assert end_now(platform, [job.tree]) == {job.tree: 1}
    job.line.wait_for_end()
    assert pids(platform, other) == [{other.pid}]


@linux
def test_while_somebody_new_is_adopted_at_each_look_a_tree_is_not_taken_for_empty(
    platform, nursery, qtbot, monkeypatch
):
    job = nursery.start_command(*SHORT)
    finish(qtbot, job)
    nobody = itertools.count(2**30)
    monkeypatch.setattr(process_tree_linux, "children_of_main_thread", lambda: [next(nobody)])
    assert platform.members([job.tree]) == {}
    with pytest.raises(StillAliveError):
        end_now(platform, [job.tree], clock=itertools.count().__next__, wait=lambda _: None)
    monkeypatch.undo()
    assert platform.members([job.tree]) == {job.tree: []}


@linux
def test_a_process_whose_main_thread_ended_is_alive(platform, nursery):
    job = nursery.start("without_main_thread")
    job.line.pids(1)
    assert pids(platform, job) == [{job.pid}]
    assert end_now(platform, [job.tree]) == {job.tree: 1}


def test_a_process_that_can_not_be_killed_is_named():
    class Stubborn:
        def members(self, trees):
            return {tree: [Member(4711, 1.0, "rock")] for tree in trees}

        def kill(self, tree, members):
            pass

    time = iter(range(100))
    tree = Tree("00", 4711, 1.0)
    with pytest.raises(StillAliveError, match=r"rock \(4711\)") as caught:
        end_now(Stubborn(), [tree], clock=lambda: next(time), wait=lambda _: None, patience=10)
    assert caught.value.left == {tree: [Member(4711, 1.0, "rock")]}


# Adopted orphans


@linux
def test_what_is_adopted_is_seen_whichever_threads_this_process_has(platform, nursery, qtbot):
    from app.engine.proc_linux import children_of, children_of_main_thread

    over = threading.Event()
    threads = [threading.Thread(target=over.wait) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        jobs = [nursery.start("leave", "nameless") for _ in range(3)]
        for job in jobs:
            job.line.pids(1)
            finish(qtbot, job)
        assert set(children_of_main_thread()) == set(children_of(os.getpid()))
        assert not any(platform.quiet(job.tree, nursery.live()) for job in jobs)
        assert sum(end_now(platform, [job.tree for job in jobs]).values()) == 3
    finally:
        over.set()
        for thread in threads:
            thread.join()


@linux
@pytest.mark.parametrize("name", ["daemon", "nameless"])
def test_an_end_that_leaves_a_daemon_is_not_quiet(platform, nursery, qtbot, name):
    job = nursery.start("leave", name)
    job.line.pids(1)
    finish(qtbot, job)
    assert not platform.quiet(job.tree, nursery.live())
    assert end_now(platform, [job.tree]) == {job.tree: 1}
    job.line.wait_for_end()
    assert platform.quiet(job.tree, nursery.live())


@linux
def test_an_end_that_leaves_a_background_process_is_not_quiet(platform, nursery, qtbot):
    job = nursery.start("background")
    job.line.pids(1)
    finish(qtbot, job)
    assert not platform.quiet(job.tree, nursery.live())


@linux
def test_without_the_kernels_list_of_children_the_cheap_look_is_right_too(platform, nursery, qtbot, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    plain, leaving = nursery.start_command(*SHORT), nursery.start("background")
    leaving.line.pids(1)
    finish(qtbot, plain)
    finish(qtbot, leaving)
    assert platform.quiet(plain.tree, nursery.live())
    assert not platform.quiet(leaving.tree, nursery.live())


@linux
def test_before_adopting_no_end_is_surely_quiet(nursery, qtbot):
    job = nursery.start_command(*SHORT)
    finish(qtbot, job)
    assert not process_trees().quiet(job.tree, nursery.live())


@linux
def test_orphans_of_another_run_do_not_disturb_a_plain_end(platform, nursery, qtbot):
    other = nursery.start("leave_and_hold", "daemon")
    other.line.pids(2)
    plain = nursery.start_command(*SHORT)
    finish(qtbot, plain)
    assert platform.quiet(plain.tree, nursery.live())


@linux
def test_a_nameless_orphan_of_one_of_two_runs_ends_with_the_last_of_them(platform, nursery):
    first = nursery.start("hold", "first")
    second = nursery.start("leave_and_hold", "nameless")
    said = second.line.pids(2)
    first.line.pids(1)
    assert pids(platform, first) == [{first.pid}]
    end_now(platform, [first.tree])
    platform.forget(first.tree)
    assert pids(platform, second) == [set(said.values())]


@linux
def test_when_all_runs_end_together_nameless_orphans_end_with_them(platform, nursery):
    first, second = nursery.start("hold", "first"), nursery.start("leave_and_hold", "nameless")
    first.line.pids(1)
    second.line.pids(2)
    assert sum(end_now(platform, [first.tree, second.tree]).values()) == 3
    second.line.wait_for_end()


@linux
def test_a_nameless_orphan_is_no_business_of_a_run_that_began_later(platform, nursery):
    leaving = nursery.start("leave_and_hold", "nameless")
    said = leaving.line.pids(2)
    assert pids(platform, leaving) == [set(said.values())]
    platform.forget(leaving.tree)
    later = started_later(nursery)
    assert pids(platform, later) == [{later.pid}]


@linux
def test_what_a_run_left_on_purpose_is_not_ended_with_another(platform, nursery, qtbot):
    other = nursery.start("hold", "other")
    other.line.pids(1)
    leaving = nursery.start("leave", "nameless", "daemon")
    leaving.line.pids(2)
    finish(qtbot, leaving)
    assert not platform.quiet(leaving.tree, nursery.live())
    platform.forget(leaving.tree)
    assert end_now(platform, [other.tree]) == {other.tree: 1}
    finish(qtbot, other)
    assert platform.quiet(other.tree, nursery.live())


@linux
def test_burying_orphans_steals_no_exit_code_of_a_job(platform, nursery, qtbot):
    known = nursery.start("in_turn", "job", 7)
    alive = nursery.start("in_turn", "job", 7, started=False)
    jobs = [known, alive]
    orphaned = nursery.start("leave", "daemon")
    daemon = orphaned.line.pids(1)["daemon"]
    finish(qtbot, orphaned)
    for job in jobs:
        job.line.pids(1)
        job.process.write(b".")
        job.process.waitForBytesWritten()
        job.line.wait_for_end()
    os.kill(daemon, signal.SIGKILL)
    orphaned.line.wait_for_end()
    for pid in (daemon, *(job.pid for job in jobs)):
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert platform.reap([alive.pid]) == 1
    for job in jobs:
        finish(qtbot, job)
        assert (job.process.exitStatus(), job.process.exitCode()) == (QProcess.ExitStatus.NormalExit, 7)


@linux
def test_burying_orphans_leaves_this_process_its_own_helpers(platform):
    with subprocess.Popen(["sh", "-c", "exit 5"]) as helper:
        os.waitid(os.P_PID, helper.pid, os.WEXITED | os.WNOWAIT)
        assert platform.reap([]) == 0
        assert helper.wait() == 5


@posix
def test_a_job_has_a_session_of_its_own_default_signals_and_none_of_our_files(nursery, qtbot):
    job = nursery.start("hold", "job")
    job.line.pids(1)
    assert os.getsid(job.pid) == job.pid
    assert signal.getsignal(signal.SIGXFSZ) == signal.SIG_IGN
    too_large = nursery.start_command("sh", ["-c", "kill -s XFSZ $$"])
    finish(qtbot, too_large)
    assert too_large.process.exitStatus() == QProcess.ExitStatus.CrashExit
    with Path(os.devnull).open() as file:
        os.set_inheritable(file.fileno(), True)
        heir = nursery.start_command("test", ["-e", f"/dev/fd/{file.fileno()}"])
        finish(qtbot, heir)
    assert heir.process.exitCode() == 1


def started_later(nursery):
    """Start a job at least one clock tick after everything else."""
    youngest = max(created(pid) or 0 for pid in psutil.pids())
    while True:
        later = nursery.start("hold", "later")
        later.line.pids(1)
        if later.tree.created > youngest:
            return later
