"""A newer program finds the runner of an older one: it asks for the queue, looks meanwhile, then upgrades it.

The newer program here knows one more schema than this one; the older is this one, with its real runner.
"""

import sys
from contextlib import contextmanager

import pytest

from app.store.database import raw_connection
from app.store.errors import OlderDatabase
from app.store.migrations import MIGRATIONS
from app.store.runner_store import Ask
from tests.runners import running, states, wait_for, wait_for_states
from tests.store.jobs import enqueue, new, open_now, opened
from tests.store.processes import KILLED, Python

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the commands here are for /bin/sh")


def next_schema(connection):
    connection.execute("CREATE TABLE later (later INTEGER PRIMARY KEY) STRICT")
    connection.execute("ALTER TABLE job ADD COLUMN later TEXT")


NEXT = (*MIGRATIONS, next_schema)


def version_of(home):
    connection = raw_connection(home.database)
    try:
        return connection.pragma("user_version")
    finally:
        connection.close()


@contextmanager
def newer(home):
    """The newer program's store, and what it was told."""
    told = []
    store = open_now(home, migrations=NEXT, told=lambda line: told.append(str(line)))
    with store.connected():
        yield store, told


def test_the_older_runner_lets_its_jobs_end_while_the_newer_program_only_looks(home, tmp_path):
    gate = tmp_path / "gate"
    with opened(home) as store:
        store.intake.enqueue([new("it", command=f"until [ -e {gate} ]; do sleep 0.02; done"), new("next")])
        with running(home, slots=1) as runner:
            wait_for_states(store, it="processing")
            with newer(home) as (later, told):
                assert f"A runner of an older QueueCTL (PID: {runner.pid}) works on this queue." in told[0]
                assert states(later) == {"it": "processing", "next": "pending"}
                with pytest.raises(OlderDatabase, match="handed over"):
                    enqueue(later, "new")
            assert version_of(home) == len(MIGRATIONS)
            gate.touch()
            assert runner.wait(30) == 0
    with newer(home) as (later, told):
        assert told == []
        assert states(later) == {"it": "completed", "next": "pending"}
        enqueue(later, "new")
    assert version_of(home) == len(NEXT)
    # beside what the runner copies once a day
    assert len(list(home.backups.glob(f"queuectl-*-v{len(MIGRATIONS)}.db"))) == 1


def test_it_is_asked_once_however_often_the_newer_program_looks(home):
    with opened(home) as store:
        store.intake.enqueue([new("it", command="trap '' TERM; sleep 300")])
        with running(home, slots=1) as runner:
            wait_for_states(store, it="processing")
            for _ in range(3):
                with newer(home):
                    pass
            asked = store.database.run("SELECT count(*) FROM command WHERE verb = 'drain'")
            assert asked == [(1,)]
            runner.kill()


def test_put_back_and_go_on_at_once_is_obeyed_by_the_older_runner(home):
    with opened(home) as store:
        store.intake.enqueue([new("it", command="sleep 300")])
        with running(home) as runner:
            wait_for_states(store, it="processing")
            with newer(home) as (later, _):
                later.runner.want(False)
                later.runner.ask(Ask.STOP_NOW)
            assert runner.wait(30) == 0
    with newer(home) as (later, _):
        assert states(later) == {"it": "pending"}
    assert version_of(home) == len(NEXT)


def test_the_older_program_refuses_the_upgraded_queue_and_its_runner_does_not_start(home):
    with opened(home) as store:
        enqueue(store, "it")
    with newer(home):
        pass
    with running(home) as runner:
        assert runner.wait(30) == 1
    assert "belongs to a newer QueueCTL" in (home.logs / "runner.log").read_text()


def test_kill_9_inside_the_migration_leaves_the_old_schema_and_the_next_start_upgrades(home):
    with opened(home) as store:
        enqueue(store, "a", "b")
    piece = (
        "from tests.store.test_handover import NEXT\n"
        "open_now(home, migrations=NEXT, kill_point=kill_at('in_migration'))\n"
    )
    assert Python(home, piece).end()[0] == KILLED
    assert version_of(home) == len(MIGRATIONS)
    with opened(home) as store:
        assert sorted(states(store)) == ["a", "b"]
    with newer(home) as (later, _):
        assert sorted(states(later)) == ["a", "b"]
    assert version_of(home) == len(NEXT)


def test_a_process_that_ran_on_while_the_schema_was_upgraded_writes_no_more(home):
    with opened(home) as store:
        enqueue(store, "a")
        with newer(home):
            pass
        with pytest.raises(Exception, match="belongs to a newer QueueCTL"):
            enqueue(store, "b")
    wait_for(lambda: version_of(home) == len(NEXT))
