import logging
import sys
import threading

import pytest
from PySide6.QtCore import QObject, QProcess, QThread, Slot

from app.engine import ending
from app.engine.ending import Ended, Endings
from app.engine.process_tree import Member, Tree
from tests.engine.trees import PATIENCE, finish

posix = pytest.mark.skipif(sys.platform == "win32", reason="nasty.py forks")

FOR_EVER = 1000.0
SOON = 0.05


class Listener(QObject):
    """Keeps what is heard, and on which thread."""

    def __init__(self):
        super().__init__()
        self.heard = []
        self.threads = set()

    @Slot(object)
    def hear(self, ended):
        self.heard.append(ended)
        self.threads.add(QThread.currentThread())


class Scripted:
    """Trees as a test wants them. What a tree has is what its function returns at each sweep."""

    def __init__(self, trees, *, askable=True):
        self.trees = trees
        self.askable = askable
        self.sweeps = []
        self.asked = []
        self.asked_together = []
        self.killed = []
        self.read = []
        self.meanwhile = lambda: None  # is called while processes are read for the first time

    def members(self, trees, latecomers=tuple):
        if not self.read:
            self.meanwhile()
        self.read.append(list(trees))
        trees = [*trees, *latecomers()]
        self.sweeps.append(trees)
        return {tree: self.trees[tree]() for tree in trees}

    def ask(self, due):
        self.asked += due
        self.asked_together.append(list(due))
        return () if self.askable else due

    def kill(self, tree, members):  # noqa: ARG002
        self.killed.append(tree)


@pytest.fixture
def make_endings(qapp):  # noqa: ARG001  Signals need an application
    made = []

    def make(platform, **kwargs):
        endings = Endings(platform, **kwargs)
        made.append(endings)
        return endings

    yield make
    for endings in made:
        endings.close()


@pytest.fixture
def endings(make_endings, platform, nursery):  # noqa: ARG001  Close before it cleans up
    return make_endings(platform)


def end(qtbot, endings, job, grace):
    with qtbot.waitSignal(endings.ended, timeout=PATIENCE * 1000) as caught:
        endings.end(job.tree, grace)
    [ended] = caught.args
    assert ended.tree == job.tree
    return ended


# Real trees


@posix
def test_a_polite_tree_ends_within_its_grace_and_is_not_killed(endings, nursery, qtbot):
    job = nursery.start("polite")
    job.line.pids(2)
    ended = end(qtbot, endings, job, FOR_EVER)
    assert (ended.found, ended.asked, ended.killed) == (1, True, False)
    assert ended.names[0].startswith("python")
    finish(qtbot, job)
    assert job.process.exitCode() == 3
    job.line.wait_for_end()


@posix
def test_a_tree_that_ignores_being_asked_is_killed_after_its_grace(endings, nursery, qtbot):
    job = nursery.start("six")
    job.line.pids(6 if sys.platform == "linux" else 5)
    ended = end(qtbot, endings, job, SOON)
    assert (ended.asked, ended.killed) == (True, True)
    if sys.platform == "linux":
        assert ended.found == 5
        job.line.wait_for_end()


@posix
def test_without_grace_nobody_is_asked(endings, nursery, qtbot):
    job = nursery.start("polite")
    job.line.pids(2)
    ended = end(qtbot, endings, job, 0)
    assert (ended.found, ended.asked, ended.killed) == (1, False, True)
    finish(qtbot, job)
    assert job.process.exitStatus() == QProcess.ExitStatus.CrashExit


@posix
def test_a_stopped_process_is_continued_so_that_it_can_end(endings, nursery, qtbot):
    job = nursery.start("stopped")
    job.line.pids(2)
    assert not end(qtbot, endings, job, FOR_EVER).killed


@posix
def test_who_tidies_up_after_being_asked_has_the_whole_grace(endings, nursery, qtbot):
    job = nursery.start("tidying")
    job.line.pids(1)
    endings.end(job.tree, FOR_EVER)
    job.line.pids(2)
    finish(qtbot, job)
    with qtbot.waitSignal(endings.ended) as caught:
        endings.hurry(job.tree)
    assert (caught.args[0].asked, caught.args[0].killed) == (True, True)


@posix
def test_what_a_job_leaves_in_the_background_is_counted_without_the_job_itself(endings, nursery, qtbot):
    job = nursery.start("leave", "one", "two")
    job.line.pids(2)
    finish(qtbot, job)
    ended = end(qtbot, endings, job, FOR_EVER)
    assert (ended.found, ended.killed) == (2, False)
    job.line.wait_for_end()


@posix
def test_a_bomb_of_300_forks_is_put_out_in_the_background(endings, nursery, qtbot):
    job = nursery.start("bomb", 300)
    job.line.pids(1)
    assert end(qtbot, endings, job, SOON).killed
    job.line.wait_for_end()


@posix
def test_closing_in_a_hurry_leaves_none_of_what_was_ending(endings, nursery):
    job = nursery.start("six")
    job.line.pids(6)
    endings.end(job.tree, FOR_EVER)
    assert endings.end_all_and_close(PATIENCE) == []
    if sys.platform == "linux":
        job.line.wait_for_end()


# Scripted ones


TREES = [Tree(str(number), number, 1.0) for number in (100, 200, 300)]


def lives(tree):
    return [Member(tree.pid, 1.0, "sh"), Member(tree.pid + 1, 1.0, "sleep")]


def until(condition, tree):
    """Members that are there until something is so."""
    return lambda: [] if condition() else lives(tree)


def test_a_tree_without_members_has_ended(make_endings, qtbot):
    endings = make_endings(Scripted({TREES[0]: list}))
    with qtbot.waitSignal(endings.ended) as caught:
        endings.end(TREES[0], FOR_EVER)
    assert caught.args == [Ended(TREES[0], 0, (), asked=False, killed=False)]


def test_the_end_is_heard_once_and_on_the_listeners_thread(make_endings, qtbot):
    endings, listener = make_endings(Scripted({TREES[0]: list})), Listener()
    endings.ended.connect(listener.hear)
    endings.end(TREES[0], FOR_EVER)
    qtbot.waitUntil(lambda: bool(listener.heard))
    assert endings.close() == []
    assert [ended.tree for ended in listener.heard] == [TREES[0]]
    assert listener.threads == {QThread.currentThread()}


def test_one_that_can_not_be_asked_is_killed_at_once(make_endings, qtbot):
    trees = {TREES[0]: until(lambda: platform.killed, TREES[0])}
    platform = Scripted(trees, askable=False)
    endings = make_endings(platform)
    with qtbot.waitSignal(endings.ended) as caught:
        endings.end(TREES[0], FOR_EVER)
    assert caught.args == [Ended(TREES[0], 1, ("sleep",), asked=False, killed=True)]


def test_one_sweep_serves_all_trees_that_are_ending(make_endings, qtbot):
    gone = threading.Event()
    platform = Scripted({tree: until(gone.is_set, tree) for tree in TREES})
    endings, listener = make_endings(platform), Listener()
    endings.ended.connect(listener.hear)
    for tree in TREES:
        endings.end(tree, FOR_EVER)
    qtbot.waitUntil(lambda: TREES in platform.sweeps)
    gone.set()
    qtbot.waitUntil(lambda: len(listener.heard) == 3)
    assert platform.asked == TREES
    assert platform.sweeps[-1] == TREES


def test_trees_that_come_while_others_still_do_are_asked_in_one_go(make_endings, qtbot):
    platform = Scripted({tree: lambda tree=tree: lives(tree) for tree in TREES})
    endings = make_endings(platform)
    with endings._changed:  # as if they came faster than anybody could look
        for tree in TREES:
            endings.end(tree, FOR_EVER)
    qtbot.waitUntil(lambda: bool(platform.asked))
    assert platform.asked_together == [TREES]


def test_a_tree_that_comes_while_processes_are_read_is_asked_by_what_was_read(make_endings, qtbot):
    early, late = TREES[:2]
    platform = Scripted({tree: lambda tree=tree: lives(tree) for tree in TREES})
    endings = make_endings(platform)
    platform.meanwhile = lambda: endings.end(late, FOR_EVER)
    endings.end(early, FOR_EVER)
    qtbot.waitUntil(lambda: bool(platform.asked))
    assert (platform.read[0], platform.asked_together) == ([early], [[early, late]])


def test_a_tree_of_which_nothing_is_found_because_it_is_younger_than_what_was_read_has_not_ended(make_endings, qtbot):
    early, late = TREES[:2]
    platform = Scripted({early: lambda: lives(early), late: lambda: lives(late) if len(platform.read) > 1 else []})
    endings, listener = make_endings(platform), Listener()
    endings.ended.connect(listener.hear)
    platform.meanwhile = lambda: endings.end(late, FOR_EVER)
    endings.end(early, FOR_EVER)
    qtbot.waitUntil(lambda: platform.asked == [early, late])
    assert (platform.sweeps[0], listener.heard) == ([early, late], [])
    assert set(endings.close()) == {early, late}


def test_what_a_command_left_is_not_judged_by_what_was_read_while_it_ran(make_endings, qtbot):
    early, late = TREES[:2]
    platform = Scripted({early: lambda: lives(early), late: lambda: [] if len(platform.read) > 1 else lives(late)})
    endings, listener = make_endings(platform), Listener()
    endings.ended.connect(listener.hear)
    platform.meanwhile = lambda: endings.end(late, FOR_EVER, command_ended=True)
    endings.end(early, FOR_EVER)
    qtbot.waitUntil(lambda: bool(listener.heard))
    assert listener.heard == [Ended(late, 0, (), asked=False, killed=False)]
    assert platform.sweeps[:2] == [[early], [early, late]]


def test_a_tree_of_which_nothing_can_be_told_for_now_has_not_ended(make_endings, qtbot):
    platform = Scripted({TREES[0]: list})
    sweep = platform.members

    def members(trees, latecomers):
        found = sweep(trees, latecomers)
        return found if len(platform.sweeps) > 2 else {}

    platform.members = members
    endings = make_endings(platform)
    with qtbot.waitSignal(endings.ended):
        endings.end(TREES[0], FOR_EVER)
    assert len(platform.sweeps) == 3


def test_for_trees_that_are_expected_all_is_read_before_they_come_and_they_are_asked_in_one_go(make_endings, qtbot):
    platform = Scripted({tree: lambda tree=tree: lives(tree) for tree in TREES})
    endings = make_endings(platform)
    endings.expect(len(TREES), FOR_EVER)
    qtbot.waitUntil(lambda: platform.read == [[]])
    for tree in TREES:
        assert platform.asked == []
        endings.end(tree, FOR_EVER)
    qtbot.waitUntil(lambda: bool(platform.asked))
    assert (platform.sweeps[0], platform.asked_together) == (TREES, [TREES])


def test_who_has_come_does_not_wait_for_others_that_are_expected_later(make_endings, qtbot):
    platform = Scripted({tree: lambda tree=tree: lives(tree) for tree in TREES})
    endings = make_endings(platform)
    endings.expect(1, FOR_EVER)
    endings.expect(2, FOR_EVER)
    endings.end(TREES[0], FOR_EVER)
    qtbot.waitUntil(lambda: platform.asked == TREES[:1])
    qtbot.waitUntil(lambda: TREES[:1] in platform.read)
    for tree in TREES[1:]:
        assert platform.asked == TREES[:1]
        endings.end(tree, FOR_EVER)
    qtbot.waitUntil(lambda: platform.asked == TREES)
    assert platform.asked_together == [TREES[:1], TREES[1:]]


def test_who_is_expected_and_does_not_come_is_not_waited_for_for_long(make_endings, qtbot):
    platform = Scripted({tree: lambda tree=tree: lives(tree) for tree in TREES})
    endings = make_endings(platform)
    endings.expect(2, 0)
    endings.end(TREES[0], FOR_EVER)
    qtbot.waitUntil(lambda: platform.asked == [TREES[0]])


def test_it_can_be_closed_while_it_expects_somebody(make_endings, qtbot):
    platform = Scripted({})
    endings = make_endings(platform)
    endings.expect(1, FOR_EVER)
    qtbot.waitUntil(lambda: platform.read == [[]])
    assert endings.close() == []


def test_within_its_grace_a_tree_is_looked_at_ever_more_rarely_but_at_once_when_its_command_has_ended(
    make_endings, qtbot, monkeypatch
):
    monkeypatch.setattr(ending, "_PAUSES_OF_GRACE", (0.001, 0.001, FOR_EVER))
    gone = threading.Event()
    platform = Scripted({TREES[0]: until(gone.is_set, TREES[0])})
    endings = make_endings(platform)
    endings.end(TREES[0], FOR_EVER)
    qtbot.waitUntil(lambda: len(platform.sweeps) == 2)
    gone.set()
    with qtbot.waitSignal(endings.ended):
        endings.look(TREES[0])
    endings.look(TREES[0])
    assert platform.asked == TREES[:1]


def test_what_is_being_killed_is_not_looked_at_more_often_for_each_command_that_ends(make_endings, qtbot):
    platform = Scripted({TREES[0]: lambda: lives(TREES[0])})
    endings = make_endings(platform)
    endings.end(TREES[0], 0)
    qtbot.waitUntil(lambda: bool(platform.killed))
    rounds = endings._endings[TREES[0]]
    qtbot.waitUntil(lambda: rounds.rounds >= 3)
    endings.look(TREES[0])
    assert rounds.rounds >= 3


def test_the_grace_begins_when_all_were_asked_however_long_that_took(make_endings, qtbot):
    now = [0.0]
    platform = Scripted({tree: lambda tree=tree: lives(tree) for tree in TREES})
    endings = make_endings(platform, clock=lambda: now[0])

    def ask_slowly(due):
        now[0] += 2 * SOON
        return Scripted.ask(platform, due)

    platform.ask = ask_slowly
    with endings._changed:
        for tree in TREES:
            endings.end(tree, SOON)
    qtbot.waitUntil(lambda: len(platform.sweeps) > 2)
    assert platform.killed == []
    now[0] += SOON
    qtbot.waitUntil(lambda: len(platform.killed) >= 3)


def test_asking_again_with_less_grace_counts_and_with_more_does_not(make_endings, qtbot):
    platform = Scripted({TREES[0]: until(lambda: platform.killed, TREES[0])})
    endings = make_endings(platform)
    with qtbot.waitSignal(endings.ended):
        endings.end(TREES[0], FOR_EVER)
        endings.end(TREES[0], 0)
        endings.end(TREES[0], FOR_EVER)


def test_hurrying_what_has_ended_does_nothing(make_endings):
    platform = Scripted({})
    endings = make_endings(platform)
    endings.hurry(TREES[0])
    assert endings.close() == []
    assert platform.sweeps == []


def test_while_nothing_is_ending_there_is_no_next_round_and_at_first_no_thread(make_endings):
    endings = make_endings(Scripted({}))
    assert not [thread for thread in threading.enumerate() if thread.name == "endings"]
    assert endings._round([]) is None


def test_closing_tells_what_has_not_ended(make_endings, qtbot):
    platform = Scripted({TREES[0]: lambda: lives(TREES[0])})
    endings = make_endings(platform)
    endings.end(TREES[0], FOR_EVER)
    qtbot.waitUntil(lambda: bool(platform.asked))
    assert endings.close() == [TREES[0]]
    assert not [thread for thread in threading.enumerate() if thread.name == "endings"]


def test_a_closing_that_is_out_of_patience_tells_what_lives_on(make_endings):
    platform = Scripted({TREES[0]: lambda: lives(TREES[0])})
    endings = make_endings(platform)
    endings.end(TREES[0], FOR_EVER)
    assert endings.end_all_and_close(SOON) == [TREES[0]]
    assert TREES[0] in platform.killed


def test_a_closing_does_not_wait_for_what_has_long_outlived_its_killing(make_endings, qtbot, caplog):
    platform = Scripted({TREES[0]: lambda: lives(TREES[0])})
    endings = make_endings(platform, clock=lambda: 2.0 * len(platform.sweeps))
    endings.end(TREES[0], 0)
    qtbot.waitUntil(lambda: bool(caplog.records))
    assert endings.end_all_and_close(FOR_EVER) == [TREES[0]]


@pytest.mark.parametrize("step", ["members", "ask", "kill"])
def test_trouble_with_one_tree_is_logged_once_and_the_others_go_on(make_endings, qtbot, caplog, monkeypatch, step):
    bad, good = TREES[:2]
    platform = Scripted({bad: lambda: lives(bad), good: until(lambda: good in platform.killed, good)})
    works = getattr(platform, step)
    failures = []

    def fail(trees, *arguments):
        if bad in ([trees] if step == "kill" else trees):
            failures.append(bad)
            raise RuntimeError("no luck")
        return works(trees, *arguments)

    monkeypatch.setattr(platform, step, fail)
    endings, listener = make_endings(platform), Listener()
    endings.ended.connect(listener.hear)
    endings.end(bad, SOON if step == "ask" else 0)
    qtbot.waitUntil(lambda: bool(failures))
    endings.end(good, 0)
    qtbot.waitUntil(lambda: [ended.tree for ended in listener.heard] == [good])
    qtbot.waitUntil(lambda: len(failures) > 1 or bad in platform.killed)
    assert endings.close() == [bad]
    [record] = caplog.records
    assert (record.levelno, str(record.exc_info[1])) == (logging.ERROR, "no luck")
    assert "pid 100" in record.message


def test_who_can_not_be_asked_for_a_bug_keeps_nobody_else_from_being_asked(make_endings, qtbot, caplog):
    bad, *others = TREES
    platform = Scripted({tree: lambda tree=tree: lives(tree) for tree in TREES})
    works = platform.ask

    def fail(due):
        if bad in due:
            raise RuntimeError("no luck")
        return works(due)

    platform.ask = fail
    endings = make_endings(platform)
    with endings._changed:
        for tree in TREES:
            endings.end(tree, FOR_EVER)
    qtbot.waitUntil(lambda: platform.asked == others)
    qtbot.waitUntil(lambda: bool(caplog.records))
    assert endings.close() == TREES
    assert (platform.killed, len(caplog.records)) == ([], 1)


def test_what_survives_being_killed_is_named_once_and_its_run_stays_open(make_endings, qtbot, caplog):
    platform = Scripted({TREES[0]: until(lambda: dead, TREES[0])})
    dead = []
    endings, listener = make_endings(platform, clock=lambda: 2.0 * len(platform.sweeps)), Listener()
    endings.ended.connect(listener.hear)
    endings.end(TREES[0], 0)
    qtbot.waitUntil(lambda: bool(caplog.records))
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert "sh (pid 100), sleep (pid 101)" in record.message
    kills = len(platform.killed)
    qtbot.waitUntil(lambda: len(platform.killed) > kills)
    assert listener.heard == []
    dead.append(True)
    qtbot.waitUntil(lambda: bool(listener.heard))
    assert len(caplog.records) == 1
