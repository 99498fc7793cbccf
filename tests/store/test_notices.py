"""What a person was told and can read later."""

from pathlib import Path

import pytest

from app.messages import message
from app.paths import Home
from app.store import notices
from app.store.notices import NoticeKind
from tests.store.jobs import opened
from tests.store.test_plans import cost, plan


@pytest.fixture
def store(quick_path, clock):
    with opened(Home(quick_path), clock=clock) as store:
        yield store


def add(store, count):
    with store.database.writing():
        return [store.notices.add(NoticeKind.DONE, message("number {n}", n=number)) for number in range(count)]


def texts(store, limit=9999):
    return [str(notice.words) for notice in store.notices.newest(limit)]


def test_a_notice_is_read_as_it_was_added(store, clock):
    clock.forward(5)
    words = message("Job '{id}' died\n{error}", id="ä", error="no")
    added = store.notices.add(NoticeKind.DIED, words, 7)
    assert store.notices.newest(9) == [added]
    assert (added.kind, added.at, added.seq, added.words, added.seen) == (NoticeKind.DIED, clock(), 7, words, False)


def test_a_message_within_a_message_stays_one_and_can_be_translated(store):
    inner = message("died {n} times in {hours} h", n=3, hours=0.5)
    store.notices.add(NoticeKind.RUNNER, message("The runner {what}", what=inner))
    (notice,) = store.notices.newest(1)
    assert notice.words.args == {"what": inner}
    assert notice.seq is None


def test_a_value_that_json_lacks_is_kept_as_text_whatever_it_holds(store):
    words = message("{folder} {none} {yes}", folder=Path("/a\udcff"), none=None, yes=True)
    store.notices.add(NoticeKind.RUNNER, words)
    assert store.notices.newest(1)[0].words.args == {"folder": str(Path("/a\\udcff")), "none": None, "yes": True}


def test_the_newest_come_first_and_only_as_many_as_are_asked_for(store):
    add(store, 5)
    assert texts(store, 2) == ["number 4", "number 3"]
    assert store.notices.count() == 5


def test_only_the_newest_thousand_are_kept(store):
    add(store, notices.MOST + 3)
    assert store.notices.count() == notices.MOST
    assert texts(store)[0] == f"number {notices.MOST + 2}"
    assert texts(store)[-1] == "number 3"


def test_what_came_after_a_look_is_still_new(store):
    added = add(store, 3)
    assert store.notices.mark_seen(added[1].number) == 2
    assert store.notices.unseen() == 1
    assert [notice.seen for notice in store.notices.newest(9)] == [False, True, True]
    assert store.notices.mark_seen(added[1].number) == 0
    add(store, 1)
    assert store.notices.unseen() == 2


def test_looking_at_what_was_seen_already_changes_nothing_for_others(store):
    (notice,) = add(store, 1)
    store.notices.mark_seen(notice.number)
    rings = []
    store.database._rang = lambda: rings.append(1)
    store.notices.mark_seen(notice.number)
    assert rings == []


def test_a_clear_leaves_what_came_after_it_was_asked_for(store):
    added = add(store, 3)
    assert store.notices.clear(added[1].number) == 2
    assert texts(store) == ["number 2"]
    assert store.notices.clear(added[2].number) == 1
    assert (store.notices.count(), store.notices.unseen()) == (0, 0)


def test_after_a_clear_a_number_is_used_again_and_is_another_notice(store, clock):
    (before,) = add(store, 1)
    store.notices.clear(before.number)
    clock.forward(1)
    (after,) = add(store, 1)
    assert after.number == before.number
    assert not after.is_same(before)
    store.notices.mark_seen(after.number)
    assert after.is_same(store.notices.newest(1)[0])


@pytest.mark.parametrize("statement", [notices.NEWEST, notices.UNSEEN])
def test_notices_are_read_by_their_number_and_never_sorted(store, statement):
    lines = plan(store, statement)
    assert not [line for line in lines if "TEMP B-TREE" in line]
    # in the order of the numbers, up to the limit
    assert lines <= {"SCAN notice", "SEARCH notice USING INTEGER PRIMARY KEY (rowid>?)"}


def test_how_many_are_new_costs_as_much_as_are_new(store):
    add(store, notices.MOST)
    store.notices.mark_seen(store.notices.newest(1)[0].number)
    add(store, 2)
    spent = cost(store, store.notices.unseen)
    assert spent.steps < 60
    assert spent.sorts == 0
