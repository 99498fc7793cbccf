"""One turn at the database: what it looks at anew, and what it remembers."""

import random

import pytest

from app.domain.outcome import Failed, Succeeded
from app.engine.turns import take_turn
from app.store.runner_store import Ask, Asked
from tests.store.jobs import end, enqueue, opened


@pytest.fixture
def other(home):
    """Another process's store, as good as."""
    with opened(home) as other:
        yield other


@pytest.fixture
def store(home, other, clock):  # noqa: ARG001  the other makes the database
    with opened(home, clock=clock) as store:
        yield store


def turn(store, ends=(), free=0, last=None):
    return take_turn(store, ends, free, None, random.random, last)


def test_what_others_changed_is_seen_in_the_next_turn(store, other):
    before = turn(store)
    other.options.set("grace", "7")
    other.changes.set_paused(True)
    question = other.runner.ask(Ask.DRAIN)
    after = turn(store, last=before)
    assert (before.options.grace, before.paused, before.asks) == (5.0, False, [])
    assert (after.options.grace, after.paused, after.asks) == (7.0, True, [Asked(question, Ask.DRAIN, None)])


def test_what_a_person_calls_off_is_told_once(store, other):
    seq = enqueue(other, "it")
    claimed = turn(store, free=1)
    other.database.run("UPDATE job SET cancel_requested = 1")
    asked = turn(store, last=claimed)
    assert (asked.cancels, turn(store, last=asked).cancels) == ([seq], [])


def test_options_and_the_pause_stay_as_they_were_while_nobody_else_commits(store, other):
    other.options.set("grace", "7")
    other.changes.set_paused(True)
    first = turn(store)
    second = turn(store, last=first)
    assert second.options is first.options
    assert second.paused


def test_a_retry_is_waited_for_though_nobody_else_committed_and_is_handed_out_when_it_is_due(store, other, clock):
    enqueue(other, "it", backoff_base=2.0)
    first = turn(store, free=1)
    second = turn(store, [end(first.claims[0], Failed(1), clock())], last=first)
    assert second.next_due == clock() + 2000
    clock.forward(1)
    third = turn(store, free=1, last=second)
    assert (third.next_due, third.claims) == (second.next_due, [])
    clock.forward(1)
    fourth = turn(store, free=1, last=third)
    assert fourth.next_due is None
    assert [claim.job.id for claim in fourth.claims] == ["it"]


def test_the_queue_is_empty_once_nothing_waits_and_nothing_runs(store, other, clock):
    enqueue(other, "it")
    claimed = turn(store, free=1)
    running = turn(store, last=claimed)
    ended = turn(store, [end(claimed.claims[0], Succeeded(), clock())], last=running)
    assert [claimed.is_empty, running.is_empty, ended.is_empty] == [False, False, True]


class TestOwnRing:
    def test_is_no_news_after_a_turn_and_another_s_is(self, store, other):
        enqueue(other, "it")
        assert store.doorbell.has_news()
        turn(store, free=1)
        assert not store.doorbell.has_news()
        enqueue(other, "next")
        assert store.doorbell.has_news()

    def test_is_news_where_another_s_commit_and_ring_came_between_our_commit_and_our_ring(self, home, other, clock):
        late = []

        def between(point):
            if point == "after_commit_before_ring" and not late:
                late.append(enqueue(other, "late"))

        with opened(home, clock=clock, kill_point=between) as store:
            enqueue(other, "it")
            turn(store, free=1)
            assert late
            assert store.doorbell.has_news()

    def test_of_something_else_than_a_turn_is_news(self, store):
        turn(store)
        store.changes.set_paused(True)
        assert store.doorbell.has_news()
