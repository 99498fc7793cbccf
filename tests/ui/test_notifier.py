"""What is told while nobody looks, on a real store; the times are short and nothing waits for the clock."""

import pytest

from app.domain.job import State
from app.domain.outcome import Failed
from app.messages import KnownError, message
from app.store import space
from app.store.notices import NoticeKind, NoticeStore
from app.ui.notice_words import title_and_words
from app.ui.notifier import GATHER, SETTLE, Notifier
from tests.store.jobs import claim_one, enqueue, finish, put_into

LONG, SHORT = 600_000, 100


class Ear:
    """Keeps what a notifier told."""

    def __init__(self, notifier):
        self.raised = []
        self.shown = []
        notifier.raised.connect(self.raised.append)
        notifier.shown.connect(self._show)

    def _show(self, notice, title, words):
        self.shown.append((notice.kind, title, words))

    def texts(self, kind):
        return [title_and_words(notice) for notice in self.raised if notice.kind is kind]

    @property
    def deaths(self):
        return self.texts(NoticeKind.DIED)

    @property
    def dones(self):
        return self.texts(NoticeKind.DONE)


@pytest.fixture
def listen(tools, qtbot):
    """Make a notifier that knows where things stand, and return what hears it; what is not given never comes."""

    def make(*, gather=LONG, settle=LONG):
        notifier = Notifier(tools, tools.gateway, gather=gather, settle=settle)
        answered(tools.gateway, qtbot)
        ear = Ear(notifier)
        ear.notifier = notifier
        return ear

    return make


def answered(gateway, qtbot):
    """Wait until what has been asked by now, and what that asked for, is answered."""
    for _ in range(2):
        heard = []
        gateway.look(gateway, lambda _store: 1, heard.append)
        gateway.change(gateway, lambda _store: 2, heard.append)
        qtbot.waitUntil(lambda heard=heard: len(heard) == 2)


def looked(gateway, qtbot, store):
    """Wait until a look that began after this moment is answered."""
    with qtbot.waitSignal(gateway.changed):
        store.doorbell.ring()
    answered(gateway, qtbot)


def die(store, clock, *ids, line="no space"):
    """Let jobs die, all in one transaction, so that one look finds them."""
    with store.database.writing():
        seqs = [enqueue(store, id, max_retries=1) for id in ids]
        for seq in seqs:
            store.changes.run_next(seq)
            finish(store, claim_one(store), Failed(3), clock(), last_line=line)
    return seqs


def test_the_first_death_is_told_at_once_with_its_job_and_error(listen, store, clock, qtbot):
    ear = listen()
    (seq,) = die(store, clock, "render-12")
    qtbot.waitUntil(lambda: bool(ear.shown))
    assert ear.shown == [(NoticeKind.DIED, "Job 'render-12' died", "Exit code 3: no space")]
    (notice,) = ear.raised
    assert notice.seq == seq
    assert store.notices.newest(9) == [notice]


def test_what_happened_before_is_not_told(listen, store, clock, qtbot, gateway):
    die(store, clock, "old")
    put_into(store, State.COMPLETED, clock, "older")
    ear = listen(settle=0)
    looked(gateway, qtbot, store)
    assert ear.raised == []
    assert not ear.notifier._settle.isActive()


def test_many_that_die_at_once_are_one_notice(listen, store, clock, qtbot):
    ear = listen()
    die(store, clock, *"abcdefg")
    qtbot.waitUntil(lambda: bool(ear.raised))
    assert ear.deaths == [("7 jobs died", "The last was 'g': Exit code 3: no space")]
    assert ear.raised[0].seq is None


def test_those_that_die_soon_after_are_gathered(listen, store, clock, qtbot, gateway):
    ear = listen()
    die(store, clock, "first")
    qtbot.waitUntil(lambda: len(ear.deaths) == 1)
    for id in "abc":
        die(store, clock, id)
        looked(gateway, qtbot, store)
    assert len(ear.deaths) == 1
    ear.notifier._gather.timeout.emit()
    qtbot.waitUntil(lambda: len(ear.deaths) == 2)
    assert ear.deaths[1][0] == "3 jobs died"
    assert ear.notifier._gather.isActive()


def test_a_single_one_that_was_gathered_is_named(listen, store, clock, qtbot, gateway):
    ear = listen()
    die(store, clock, "first")
    qtbot.waitUntil(lambda: len(ear.deaths) == 1)
    (seq,) = die(store, clock, "second")
    looked(gateway, qtbot, store)
    ear.notifier._gather.timeout.emit()
    qtbot.waitUntil(lambda: len(ear.deaths) == 2)
    assert ear.deaths[1] == ("Job 'second' died", "Exit code 3: no space")
    assert ear.raised[1].seq == seq


def test_after_a_quiet_time_the_next_death_is_told_at_once_and_no_timer_runs_meanwhile(listen, store, clock, qtbot):
    ear = listen(gather=SHORT)
    enqueue(store, "open", priority=1)
    die(store, clock, "first")
    qtbot.waitUntil(lambda: len(ear.deaths) == 1)
    qtbot.waitUntil(lambda: not ear.notifier._gather.isActive())
    assert not ear.notifier._settle.isActive()
    ear.notifier._gather.setInterval(LONG)
    die(store, clock, "second")
    qtbot.waitUntil(lambda: len(ear.deaths) == 2)


def test_a_queue_with_nothing_left_is_done_and_that_is_said_once(listen, store, clock, qtbot, gateway):
    ear = listen(settle=SHORT)
    with store.database.writing():
        put_into(store, State.COMPLETED, clock, "a")
        put_into(store, State.COMPLETED, clock, "b")
        put_into(store, State.CANCELLED, clock, "c")
        die(store, clock, "d")
    qtbot.waitUntil(lambda: bool(ear.dones))
    assert ear.dones == [("Queue done", "2 jobs completed, 1 died")]
    looked(gateway, qtbot, store)
    assert not ear.notifier._settle.isActive()
    put_into(store, State.COMPLETED, clock, "e")
    qtbot.waitUntil(lambda: len(ear.dones) == 2)
    assert ear.dones[1] == ("Queue done", "1 job completed")


@pytest.mark.parametrize(("count", "words"), [(1, "1 job died"), (2, "2 jobs died")])
def test_a_queue_in_which_all_died_is_done_too(listen, store, clock, qtbot, count, words):
    ear = listen(settle=SHORT)
    die(store, clock, *"abc"[:count])
    qtbot.waitUntil(lambda: bool(ear.dones))
    assert ear.dones == [("Queue done", words)]


def test_deaths_that_are_still_gathered_are_told_before_the_queue_is_done(listen, store, clock, qtbot, gateway):
    ear = listen()
    die(store, clock, "first")
    qtbot.waitUntil(lambda: len(ear.deaths) == 1)
    die(store, clock, "second")
    looked(gateway, qtbot, store)
    ear.notifier._settle.timeout.emit()
    qtbot.waitUntil(lambda: bool(ear.dones))
    assert [title_and_words(notice)[0] for notice in ear.raised] == [
        "Job 'first' died",
        "Job 'second' died",
        "Queue done",
    ]


@pytest.mark.parametrize("state", [State.PENDING, State.PROCESSING, State.FAILED])
def test_a_queue_in_which_a_job_is_not_finished_is_not_done(listen, store, clock, qtbot, gateway, state):
    ear = listen(settle=0)
    with store.database.writing():
        put_into(store, State.COMPLETED, clock, "a")
        put_into(store, state, clock, "b")
    looked(gateway, qtbot, store)
    assert ear.raised == []
    assert not ear.notifier._settle.isActive()


def test_a_paused_queue_with_waiting_jobs_is_not_done_until_they_are(listen, store, clock, qtbot, gateway):
    ear = listen(settle=SHORT)
    with store.database.writing():
        put_into(store, State.COMPLETED, clock, "a")
        enqueue(store, "b")
        store.changes.set_paused(True)
    looked(gateway, qtbot, store)
    assert ear.raised == []
    store.changes.set_paused(False)
    finish(store, claim_one(store), Failed(3), clock())
    store.changes.remove_all()
    qtbot.waitUntil(lambda: bool(ear.dones))
    assert ear.dones == [("Queue done", "1 job completed")]


def test_what_was_cancelled_alone_makes_no_queue_done(listen, store, clock, qtbot, gateway):
    ear = listen(settle=0)
    put_into(store, State.CANCELLED, clock, "a")
    looked(gateway, qtbot, store)
    assert ear.raised == []
    assert not ear.notifier._settle.isActive()


def test_a_job_that_comes_before_the_queue_has_settled_puts_the_news_off(listen, store, clock, qtbot, gateway):
    ear = listen()
    put_into(store, State.COMPLETED, clock, "a")
    qtbot.waitUntil(ear.notifier._settle.isActive)
    enqueue(store, "b")
    looked(gateway, qtbot, store)
    assert not ear.notifier._settle.isActive()
    finish(store, claim_one(store), Failed(3), clock())
    store.changes.cancel(2)
    qtbot.waitUntil(ear.notifier._settle.isActive)
    ear.notifier._settle.timeout.emit()
    qtbot.waitUntil(lambda: bool(ear.dones))
    assert ear.dones == [("Queue done", "1 job completed")]


def test_a_runner_that_failed_is_told_in_its_keepers_words(listen, store, qtbot):
    ear = listen()
    why = message("It died {n} times", n=3)
    ear.notifier.runner_failed(message("{why} in 10 minutes.", why=why))
    qtbot.waitUntil(lambda: bool(ear.shown))
    assert ear.shown == [(NoticeKind.RUNNER, "Runner failed", "It died 3 times in 10 minutes.")]
    assert store.notices.newest(9) == ear.raised


@pytest.mark.parametrize("key", ["notify-dead", "notify-done", "notify-runner"])
def test_what_is_switched_off_is_listed_and_not_shown(listen, store, clock, qtbot, key):
    ear = listen(settle=SHORT)
    store.options.set(key, "off")
    die(store, clock, "a")
    ear.notifier.runner_failed(message("no"))
    kinds = {"notify-dead": NoticeKind.DIED, "notify-done": NoticeKind.DONE, "notify-runner": NoticeKind.RUNNER}
    qtbot.waitUntil(lambda: len(ear.raised) == 3)
    assert {kind for kind, *_ in ear.shown} == set(kinds.values()) - {kinds[key]}
    assert store.notices.count() == 3


def test_nothing_that_a_job_brought_is_hidden_or_a_line_of_its_own(listen, store, clock, qtbot):
    ear = listen()
    die(store, clock, "a", line="red\x1b[31m \u202eevil")
    qtbot.waitUntil(lambda: bool(ear.shown))
    assert ear.shown[0][2] == "Exit code 3: red\\x1b[31m \\u202eevil"
    ear.notifier.runner_failed(message("Its log says: {error}", error="one\ntwo"))
    qtbot.waitUntil(lambda: len(ear.shown) == 2)
    assert ear.shown[1][2] == "Its log says: one\\ntwo"


def test_looks_that_overlap_tell_nothing_twice(listen, store, clock, qtbot, gateway):
    ear = listen(gather=SHORT)
    for number in range(20):
        die(store, clock, f"j{number}")
        ear.notifier._look()
    looked(gateway, qtbot, store)
    qtbot.waitUntil(lambda: ear.notifier._died == 20 and not ear.notifier._gather.isActive())
    answered(gateway, qtbot)
    told = sum(1 if notice.seq is not None else int(notice.words.args["n"]) for notice in ear.raised)
    assert told == 20


def test_the_times_are_those_of_the_issue():
    assert (GATHER, SETTLE) == (10_000, 2_000)


def test_what_can_not_be_kept_is_told_all_the_same(listen, tools, qtbot, monkeypatch):
    ear = listen()
    refused = []
    tools.gateway.failed.connect(refused.append)

    def full(*_):
        raise KnownError("The disk is full")

    monkeypatch.setattr(NoticeStore, "add", full)
    ear.notifier.runner_failed(message("It died."))
    qtbot.waitUntil(lambda: bool(ear.shown))
    assert ear.shown == [(NoticeKind.RUNNER, "Runner failed", "It died.")]
    assert [str(error) for error in refused] == ["The disk is full"]
    assert ear.raised == []


def test_a_disk_too_full_for_jobs_is_told_once_and_again_when_it_was_not_meanwhile(
    listen, store, qtbot, gateway, monkeypatch
):
    free = [5_000]
    monkeypatch.setattr(space, "free_bytes", lambda _: free[0])
    ear = listen()
    store.doorbell.ring()
    answered(gateway, qtbot)
    assert ear.raised == []  # there is no job that it would keep from anything
    enqueue(store, "a")
    qtbot.waitUntil(lambda: len(ear.raised) == 1)
    enqueue(store, "b")
    answered(gateway, qtbot)
    assert ear.texts(NoticeKind.RUNNER) == [
        ("Disk full", "No job is started until more of it is free. Jobs go on by themselves then.")
    ]
    free[0] = 10**12
    with qtbot.waitSignal(gateway.changed):
        store.doorbell.ring()
    answered(gateway, qtbot)
    free[0] = 0
    store.doorbell.ring()
    qtbot.waitUntil(lambda: len(ear.raised) == 2)
