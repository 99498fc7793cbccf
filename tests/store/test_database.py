"""What a writing transaction looks at: the schema and how far the database has come, whoever wrote before."""

from contextlib import closing

import apsw
import pytest

from app.store.errors import NewerDatabase, OlderDatabase
from app.store.migrations import SCHEMA_VERSION
from app.store.progress_note import PROGRESS, ProgressNote
from app.store.runner_store import Ask
from tests.store.jobs import enqueue, opened


@pytest.fixture
def other(home):
    """Another process's store, as good as."""
    with opened(home) as other:
        yield other


@pytest.fixture
def store(home, other):  # noqa: ARG001  the other makes the database
    with opened(home) as store:
        yield store


def come_to(store):
    return store.database.run(PROGRESS)[0][0]


def noted(store):
    return ProgressNote(store.home.progress).read()


@pytest.mark.parametrize(("version", "refused"), [(SCHEMA_VERSION + 1, NewerDatabase), (0, OlderDatabase)])
def test_a_schema_that_another_changed_between_two_writes_is_refused(store, version, refused):
    enqueue(store, "first")
    with closing(apsw.Connection(str(store.database.path))) as raw:
        raw.pragma("user_version", version)
    with pytest.raises(refused):
        enqueue(store, "second")
    assert [job.id for job in store.reads.page()] == ["first"]


def test_an_older_schema_is_refused_also_after_a_question_that_may_be_written_into_it(store):
    with closing(apsw.Connection(str(store.database.path))) as raw:
        raw.pragma("user_version", 0)
    store.runner.ask(Ask.DRAIN)
    with pytest.raises(OlderDatabase):
        enqueue(store, "it")


def test_the_note_says_how_far_the_database_has_come_after_each_write_of_any_of_two(store, other):
    for writer in (store, store, other, store, other, other):
        enqueue(writer)
        assert noted(writer) == come_to(writer)


def test_what_was_taken_back_does_not_count(store):
    def fail():
        with store.database.writing():
            enqueue(store)
            store.database.run("UPDATE queue SET paused = 7")

    enqueue(store)
    with pytest.raises(apsw.ConstraintError):
        fail()
    enqueue(store)
    assert noted(store) == come_to(store)


def test_within_a_write_the_version_is_that_of_its_beginning_and_after_it_anew(store, other):
    enqueue(store)
    with store.database.writing():
        within = store.database.data_version()
        assert store.database.run("PRAGMA data_version") == [(within,)]
    enqueue(other)
    assert store.database.data_version() != within
