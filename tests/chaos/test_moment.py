"""What a process was doing when it was killed is told by the locks that it held."""

import os

import pytest

from tests.chaos.moment import CAN_LOOK, locks_held
from tests.store.jobs import opened
from tests.store.processes import Python

WRITING = """
with opened(home) as store, store.database.writing():
    go()
"""

pytestmark = pytest.mark.skipif(not CAN_LOOK, reason="only Linux tells who holds which lock")


def test_who_is_in_a_transaction_is_seen_and_nobody_else(home):
    with opened(home):
        writer = Python(home, WRITING)
        writer.ready()
        assert locks_held(home.database, [writer.process.pid, os.getpid()]) == {"in a transaction"}
        assert locks_held(home.database, [os.getpid()]) == set()
        writer.let_go()
        writer.answers()
        assert locks_held(home.database, [writer.process.pid]) == set()


def test_where_nobody_has_the_database_open_nobody_holds_a_lock(home):
    assert locks_held(home.database, [os.getpid()]) == set()
