"""The runner's database thread."""

import logging
import threading

import pytest

from app.engine.writer import Writer
from app.store.database import raw_connection
from app.store.errors import Busy, NewerDatabase, ReadOnly
from tests.store.jobs import new, opened


@pytest.fixture
def writer(home, qapp):  # noqa: ARG001
    with opened(home, patience=0.02) as store:
        writer = Writer(store)
        yield writer
        writer.close()


def test_results_come_back_on_the_thread_that_asked_in_the_order_asked(writer, qtbot):
    results = []

    def then(result):
        results.append((result, threading.current_thread() is threading.main_thread()))

    for number in range(50):
        writer.submit(lambda _store, number=number: number, then)
    qtbot.waitUntil(lambda: len(results) == 50)
    assert results == [(number, True) for number in range(50)]


def test_tasks_run_on_one_other_thread(writer, qtbot):
    threads = []
    for _ in range(5):
        writer.submit(lambda _store: threading.get_ident(), threads.append)
    qtbot.waitUntil(lambda: len(threads) == 5)
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()


def test_what_cannot_be_written_now_is_tried_until_it_can(writer, home, qtbot, caplog):
    done = []
    other = raw_connection(home.database)
    other.execute("BEGIN IMMEDIATE")
    tries = threading.Semaphore(0)

    def task(store):
        tries.release()
        return store.intake.enqueue([new("it")])

    with caplog.at_level(logging.WARNING):
        writer.submit(task, done.append)
        assert all(tries.acquire(timeout=10) for _ in range(2))
        assert done == []
        other.execute("ROLLBACK")
        other.close()
        qtbot.waitUntil(lambda: len(done) == 1)
    assert done[0].jobs == [(1, "it")]
    assert [record.message for record in caplog.records].count(
        f"{Busy(home.database)}; trying again until it works"
    ) == 1


def test_what_a_disk_does_not_take_for_a_while_is_kept_and_written_when_it_does(writer, qtbot, caplog):
    done, fails = [], iter([True, True, False])

    def task(store):
        if next(fails):
            raise ReadOnly(store.home.database, "attempt to write a readonly database")
        return store.intake.enqueue([new("it")])

    with caplog.at_level(logging.WARNING):
        writer.submit(task, done.append)
        qtbot.waitUntil(lambda: len(done) == 1)
    assert done[0].jobs == [(1, "it")]
    (record,) = caplog.records
    assert "can't be written to" in record.message
    assert "trying again until it works" in record.message


def test_of_a_failure_that_has_words_there_is_no_traceback_in_the_log(home, qtbot, caplog):
    def task(store):
        raise NewerDatabase(store.home.database, 9, 3)

    with opened(home) as store:
        writer = Writer(store)
        with qtbot.waitSignal(writer.failed), caplog.at_level(logging.ERROR):
            writer.submit(task)
        writer.close()
    (record,) = caplog.records
    assert "belongs to a newer QueueCTL" in record.message
    assert record.exc_info is None


def test_a_task_that_fails_for_good_is_told_and_logged(home, qtbot, caplog):
    with opened(home) as store:
        writer = Writer(store)
        with qtbot.waitSignal(writer.failed) as told:
            writer.submit(lambda _store: 1 / 0)
        writer.close()
    assert isinstance(told.args[0], ZeroDivisionError)
    assert "The database can't be used any more" in caplog.text
