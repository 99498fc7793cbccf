"""Whether a database is well is found out without changing it."""

from contextlib import suppress

import apsw
import pytest

from app.domain.job import State
from app.store.database import raw_connection
from app.store.errors import Damaged, NewerDatabase, NotADatabase
from app.store.health import Kind, examine, identify, sqlite_in_use
from app.store.runner_store import Ask
from tests.store.jobs import claim_one, enqueue, open_now, opened, put_into
from tests.store.old_queue import job, make_old


@pytest.fixture
def store(home, clock):
    with opened(home, clock=clock) as store:
        yield store


def edit(home, *statements):
    """Do to the file what only a bug or a foreign program does."""
    connection = raw_connection(home.database)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_this_sqlite_is_sound():
    version, sound = sqlite_in_use()
    assert (version, sound) == (apsw.sqlite_lib_version(), True)


@pytest.mark.parametrize(
    ("version", "sound"), [("3.6.23", True), ("3.7.0", False), ("3.51.2", False), ("3.51.3", True), ("3.52.0", True)]
)
def test_versions_with_the_wal_reset_bug_are_not(monkeypatch, version, sound):
    monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: version)
    assert sqlite_in_use() == (version, sound)


def test_a_home_without_a_database(home):
    assert identify(home) is Kind.NONE
    assert not home.root.exists()


def test_a_database_of_this_program(home):
    open_now(home)
    assert identify(home) is Kind.CURRENT


def test_an_older_schema(home):
    open_now(home)
    edit(home, "PRAGMA user_version = 0")
    assert identify(home) is Kind.OLDER


def test_a_queue_of_1_0(home):
    home.make()
    make_old(home.database, [job("a")])
    before = home.database.read_bytes()
    assert identify(home) is Kind.VERSION_1_0
    assert home.database.read_bytes() == before


def test_a_newer_schema(home):
    open_now(home)
    edit(home, "PRAGMA user_version = 99")
    with pytest.raises(NewerDatabase):
        identify(home)


@pytest.mark.parametrize("content", [b"", b"hello" * 100, b"SQLite format 3\x00" + b"\x10\x00" + bytes(5000)])
def test_something_else(home, content):
    home.make()
    home.database.write_bytes(content)
    with pytest.raises((NotADatabase, Damaged)):
        identify(home)
    assert home.database.read_bytes() == content


def test_a_database_of_another_program(home):
    home.make()
    connection = raw_connection(home.database, create=True)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    with pytest.raises(NotADatabase):
        identify(home)


def test_a_sound_database_has_nothing_wrong(store, clock):
    for state in State:
        put_into(store, state, clock, state.value)
    health = examine(store.database)
    assert (health.damage, health.miscounted, health.loose, health.runless) == ([], {}, 0, 0)
    assert (health.processing, health.unanswered, health.waiting) == (1, None, 2)


def test_counters_that_do_not_agree_are_found(home, store):
    enqueue(store, "a")
    edit(home, "UPDATE state_count SET jobs = 7 WHERE state = 'dead'")
    assert examine(store.database).miscounted == {State.DEAD: (7, 0)}


def test_rows_of_no_job_are_found(home, store):
    edit(
        home,
        "PRAGMA foreign_keys = off",
        "INSERT INTO event (seq, run, to_state, cause, at) VALUES (99, 0, 'pending', 'x', 0)",
    )
    assert examine(store.database).loose == 1


def test_a_processing_job_without_a_run_is_found(home, store):
    enqueue(store, "a")
    claim_one(store)
    assert examine(store.database).runless == 0
    edit(home, "DELETE FROM run")
    assert examine(store.database).runless == 1


def test_a_damaged_page_is_found(home, store):
    store.intake.enqueue([])
    for number in range(300):
        enqueue(store, f"job{number}", command="x" * 500)
    store.database.close()
    data = bytearray(home.database.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = b"\xaa" * 4096
    home.database.write_bytes(data)
    store.database.connect()
    with suppress(Damaged):  # it is as well to be refused
        assert examine(store.database).damage != []


def test_a_question_that_nobody_answered_is_found(store, clock):
    asked = clock()
    number = store.runner.ask(Ask.DRAIN)
    clock.forward(60)
    store.runner.ask(Ask.DRAIN)
    assert examine(store.database).unanswered == asked
    store.runner.answer(number, "x")
    assert examine(store.database).unanswered == asked + 60_000
