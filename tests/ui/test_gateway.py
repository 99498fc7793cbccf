"""The window's way to the store."""

import threading

import pytest
from PySide6.QtCore import QObject, QThread, QTimer

from app.domain.errors import JobNotFound
from app.messages import KnownError
from app.store.runner_store import Ask
from app.ui.gateway import Gateway
from tests.ui.conftest import new_job


class Asker(QObject):
    """Keeps what it was told, and on which thread."""

    def __init__(self):
        super().__init__()
        self.heard = []
        self.threads = []

    def hear(self, value):
        self.heard.append(value)
        self.threads.append(QThread.currentThread())


def test_the_work_is_done_on_another_thread_and_the_answer_comes_on_ours(gateway, qtbot):
    asker = Asker()
    here = threading.get_ident()
    gateway.look(asker, lambda _store: threading.get_ident(), asker.hear)
    qtbot.waitUntil(lambda: bool(asker.heard))
    assert asker.heard[0] != here
    assert asker.threads == [QThread.currentThread()]


def test_what_is_asked_before_the_store_is_open_is_answered_once_it_is(store, home, clock, qtbot):
    from tests.ui.conftest import open_here

    gate = threading.Event()

    def slow():
        gate.wait(10)
        return open_here(home, clock)

    store.intake.enqueue([new_job("a")])
    gateway = Gateway(slow)
    gateway.begin()
    asker = Asker()
    gateway.look(asker, lambda store: store.reads.by_id("a").id, asker.hear)
    gate.set()
    qtbot.waitUntil(lambda: asker.heard == ["a"])
    gateway.close()


def test_a_store_that_is_refused_is_told(qtbot):
    def refuse():
        raise KnownError("no")

    gateway = Gateway(refuse)
    gateway.begin()
    with qtbot.waitSignal(gateway.refused) as told:
        pass
    assert str(told.args[0]) == "no"
    gateway.close()


def test_a_known_error_goes_to_who_asked_or_else_to_everybody(gateway, qtbot):
    asker = Asker()
    gateway.look(asker, lambda store: store.reads.by_id("x"), asker.hear, asker.hear)
    qtbot.waitUntil(lambda: bool(asker.heard))
    assert isinstance(asker.heard[0], JobNotFound)
    with qtbot.waitSignal(gateway.failed) as told:
        gateway.look(asker, lambda store: store.reads.by_id("x"), asker.hear)
    assert isinstance(told.args[0], JobNotFound)
    assert len(asker.heard) == 1


def test_a_bug_in_an_answered_question_is_raised_on_our_thread(gateway, qtbot):
    asker = Asker()
    with qtbot.captureExceptions() as caught:
        gateway.look(asker, lambda _store: 1 // 0, asker.hear)
        qtbot.waitUntil(lambda: bool(caught))
    assert caught[0][0] is ZeroDivisionError


def test_nobody_hears_an_answer_after_the_owner_is_gone(gateway, qtbot):
    owner, other = Asker(), Asker()
    heard = []
    owner.deleteLater()
    gateway.look(owner, lambda _store: "late", heard.append)
    gateway.look(other, lambda _store: "after", other.hear)
    qtbot.waitUntil(lambda: bool(other.heard))
    assert heard == []


def test_of_questions_under_one_key_only_the_newest_that_waits_is_answered(gateway, qtbot):
    gate = threading.Event()
    asker = Asker()
    gateway.look(asker, lambda _store: gate.wait(10) and "first", asker.hear)
    for number in range(5):
        gateway.look(asker, lambda _store, number=number: number, asker.hear, key="same")
    gate.set()
    qtbot.waitUntil(lambda: len(asker.heard) == 2)
    assert asker.heard == ["first", 4]


def test_a_change_by_another_process_is_heard(gateway, store, qtbot):
    with qtbot.waitSignal(gateway.changed, timeout=5000):
        store.intake.enqueue([new_job()])


@pytest.mark.parametrize("lane", ["look", "detail", "change"])
def test_each_kind_of_question_is_answered(gateway, qtbot, lane):
    asker = Asker()
    getattr(gateway, lane)(asker, lambda store: store.reads.is_paused(), asker.hear)
    qtbot.waitUntil(lambda: asker.heard == [False])


def test_a_closed_gateway_answers_nothing_more(gateway, qtbot):
    asker = Asker()
    done = threading.Event()
    gateway.change(asker, lambda _store: done.set(), asker.hear)
    gateway.close()
    assert done.is_set()
    with qtbot.waitCallback() as later:
        QTimer.singleShot(0, later)  # behind the answer in the queue of events
    assert asker.heard == []


def test_a_runner_that_has_left_a_question_unanswered_for_too_long_is_noticed_without_a_ring(
    gateway, store, clock, qtbot
):
    store.runner.ask(Ask.ADD_SLOTS, 1)
    gateway.set_seen(True)
    qtbot.waitUntil(lambda: gateway._signs is not None and gateway._signs.runner_answers)
    clock.forward(11)
    gateway.set_seen(True)
    with qtbot.waitSignal(gateway.changed):
        pass
    assert not gateway._signs.runner_answers


def test_what_was_asked_to_be_changed_is_changed_though_the_window_closes_at_once(gateway, store):
    asker = Asker()
    gate = threading.Event()
    gateway.change(asker, lambda _store: gate.wait(10))
    for number in range(20):
        gateway.change(asker, lambda store, number=number: store.intake.enqueue([new_job(f"job {number}")]))
    gate.set()
    gateway.close()
    assert store.reads.count() == 20


class Mortal(QObject):
    """Notes on which thread it is destroyed."""

    def __init__(self, gone):
        super().__init__()
        self._gone = gone

    def ask(self, _store):
        return 1

    def __del__(self):
        self._gone.append(QThread.currentThread())


@pytest.mark.parametrize("lane", ["look", "change"])
def test_who_asked_is_never_destroyed_on_a_thread_of_the_store(gateway, qtbot, lane):
    gone = []
    asker = Asker()
    for _ in range(50):
        mortal = Mortal(gone)
        getattr(gateway, lane)(asker, mortal.ask, asker.hear)
        del mortal
    qtbot.waitUntil(lambda: len(asker.heard) == 50)
    qtbot.waitUntil(lambda: len(gone) == 50)
    assert set(gone) == {QThread.currentThread()}


def test_what_is_asked_of_a_store_that_is_refused_is_answered_by_the_reason(qtbot):
    def refuse():
        raise KnownError("no")

    gateway = Gateway(refuse)
    gateway.begin()
    asker = Asker()
    gateway.change(asker, lambda _store: None, asker.hear, asker.hear)
    qtbot.waitUntil(lambda: [str(one) for one in asker.heard] == ["no"])
    gateway.close()
