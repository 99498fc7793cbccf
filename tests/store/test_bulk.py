"""The verbs on many jobs at once do what they do to one, in a few statements."""

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from app.domain.errors import JobNotFound, WrongState
from app.domain.job import State
from app.domain.outcome import Failed, Succeeded
from app.paths import Home
from app.store.bulk import Done
from tests.conftest import Clock
from tests.store.jobs import all_jobs, claim_one, enqueue, events, finish, opened, order_of_claims, put_into
from tests.store.many_jobs import fill

TABLES = ("job", "event", "run", "queue", "state_count")
ACTIONS = ("enqueue", "complete", "fail", "claim", "cancel", "first", "remove", "odd")


@pytest.fixture
def store(home, clock):
    with opened(home, clock=clock) as store:
        yield store


@pytest.fixture
def queues(quick_path):
    """Makes pairs of empty queues that go by the same clock."""
    made = []

    def pair():
        made.append(None)
        clock = Clock()
        return clock, *(opened(Home(quick_path / f"{len(made)}-{side}"), clock=clock) for side in "ab")

    return pair


def content(store):
    """All rows of all tables; a run's token is chance."""
    found = {table: store.database.run(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES}
    found["run"] = [(*row[:3], *row[4:]) for row in found["run"]]
    return found


def play(store, clock, actions):
    """Bring a queue somewhere; the same actions bring another one to the same place."""
    for action in actions:
        clock.forward(1)
        waiting = store.reads.counts()[State.PENDING]
        if action == "enqueue":
            enqueue(store, None, max_retries=2, priority=4)
        elif action == "odd":
            enqueue(store, None, priority=99)
        elif not waiting:
            continue
        elif action in {"complete", "fail", "claim"}:
            claim = claim_one(store)
            if action != "claim":
                finish(store, claim, Succeeded() if action == "complete" else Failed(1), clock())
        else:
            seq = next(job.seq for job in all_jobs(store) if job.state is State.PENDING)
            verb = {"cancel": store.changes.cancel, "first": store.changes.run_next}.get(action)
            if verb is None:
                store.changes.remove([seq])
            else:
                verb(seq)


def one_by_one(verb, seqs):
    """Do a verb to one job after the other; return how many it was done to."""
    done = 0
    for seq in dict.fromkeys(seqs):
        try:
            verb(seq)
        except (JobNotFound, WrongState):
            continue
        done += 1
    return done


def remove_together(store, seqs):
    allowed = [
        seq for seq in dict.fromkeys(seqs) if any(j.seq == seq and j.state != "processing" for j in all_jobs(store))
    ]
    store.changes.remove(allowed)
    return len(allowed)


def moved(priority, step):
    """The priority after a step, said in another way than the statement does."""
    if step > 0:
        return priority if priority > 10 else min(priority + step, 10)
    return priority if priority < 1 else max(priority + step, 1)


def step_priority(store, step):
    return lambda seq: store.changes.edit(seq, lambda spec: structs.replace(spec, priority=moved(spec.priority, step)))


@settings(max_examples=100)
@given(
    actions=st.lists(st.sampled_from(ACTIONS), max_size=25),
    seqs=st.lists(st.integers(0, 14), max_size=20),
    verb=st.sampled_from(["cancel", "retry", "run next", "remove", "raise", "lower"]),
    step=st.integers(1, 12),
)
def test_a_verb_on_many_does_to_each_what_it_does_to_one(queues, actions, seqs, verb, step):
    clock, first, second = queues()
    with first as many, second as single:
        beginning = clock()
        play(many, clock, actions)
        clock.now = beginning
        play(single, clock, actions)
        assert content(many) == content(single)
        clock.forward(1)
        done, expected = {
            "cancel": lambda: (many.bulk.cancel(seqs), one_by_one(single.changes.cancel, seqs)),
            "retry": lambda: (many.bulk.retry(seqs), one_by_one(lambda seq: single.changes.retry([seq]), seqs)),
            "run next": lambda: (
                many.bulk.run_next(seqs),
                one_by_one(single.changes.run_next, list(dict.fromkeys(seqs))[::-1]),
            ),
            "remove": lambda: (many.bulk.remove(seqs), remove_together(single, seqs)),
            "raise": lambda: (
                many.bulk.change_priority(seqs, step),
                one_by_one(step_priority(single, step), seqs),
            ),
            "lower": lambda: (
                many.bulk.change_priority(seqs, -step),
                one_by_one(step_priority(single, -step), seqs),
            ),
        }[verb]()
        assert (done.done, done.refused) == (expected, len(set(seqs)) - expected)
        assert content(many) == content(single)


def test_a_job_put_first_is_followed_by_the_next_of_the_list(store):
    seqs = enqueue(store, "a", "b", "c", "d")
    assert store.bulk.run_next([seqs[3], seqs[1], 99]) == Done(2, 1)
    store.bulk.run_next([seqs[2]])
    assert order_of_claims(store) == ["c", "d", "b", "a"]


def test_a_priority_stays_in_its_range_and_an_odd_one_only_comes_back_to_it(store):
    for old, step, expected in [
        (5, 1, 6),
        (9, 5, 10),
        (2, -5, 1),
        (99, 1, 99),
        (99, -1, 98),
        (99, -98, 1),
        (-4, -1, -4),
    ]:
        seq = enqueue(store, None, priority=old)
        store.bulk.change_priority([seq], step)
        assert store.reads.by_seq(seq).spec.priority == expected


def test_what_was_cancelled_while_it_runs_is_only_asked_to_end(store):
    running = enqueue(store, "a")
    claim_one(store)
    waiting = enqueue(store, "b")
    assert store.bulk.cancel([running, waiting]) == Done(2, 0, asked=1)
    assert store.bulk.still_running([running, waiting]) == 1
    assert [(job.state, job.cancel_requested) for job in all_jobs(store)] == [
        ("processing", True),
        ("cancelled", False),
    ]
    assert events(store, running)[-1][3] == "claimed"
    assert store.bulk.cancel([waiting]) == Done(0, 1)


def test_what_was_removed_together_comes_back_together_also_where_an_id_was_taken(store):
    seqs = enqueue(store, "a", "b", "c")
    assert store.bulk.undoable() == 0
    store.bulk.remove(seqs[:2])
    store.bulk.remove([seqs[2]])
    assert store.bulk.undoable() == 1
    store.changes.undo()
    taken = enqueue(store, "b")
    assert store.bulk.undoable() == 2
    assert store.changes.undo() == [(seqs[0], "a"), (seqs[1], "b-2")]
    assert store.bulk.undoable() == 0
    assert store.reads.by_id("b").seq == taken


def test_removing_nothing_is_no_step_that_could_be_undone(store):
    seqs = enqueue(store, "a", "b")
    store.bulk.remove([seqs[0]])
    assert store.bulk.remove([seqs[0], 77]) == Done(0, 2)
    assert store.changes.undo() == [(seqs[0], "a")]


def test_dead_letters_are_new_until_somebody_looked_at_them(store, clock):
    seqs = [put_into(store, State.DEAD, clock, id) for id in "abc"]
    assert (store.bulk.unseen(10), store.bulk.unseen(2)) == (3, 2)
    assert store.bulk.mark_seen([seqs[0], 99]) == 1
    assert store.bulk.mark_seen([seqs[0]]) == 0
    assert store.bulk.unseen(10) == 2
    assert store.bulk.mark_seen() == 2
    assert store.bulk.unseen(10) == 0
    assert [job.seen for job in all_jobs(store)] == [True] * 3


def statements(store, do):
    """How many statements a call runs."""
    connection = store.database._connection()
    seen = []
    connection.exec_trace = lambda _cursor, sql, _values: seen.append(sql) or True
    try:
        do()
    finally:
        connection.exec_trace = None
    return len(seen)


@pytest.mark.parametrize("verb", ["run_next", "change_priority", "cancel", "retry", "remove", "undo"])
def test_a_verb_is_a_few_statements_however_many_jobs_it_is_about(tmp_path, clock, verb):
    found = []
    for count in (10, 1000):
        with opened(Home(tmp_path / str(count)), clock=clock) as store:
            fill(store, clock, pending=count)
            seqs = list(range(1, count + 1))
            if verb == "retry":
                store.bulk.cancel(seqs)
            if verb == "undo":
                store.bulk.remove(seqs)
            more = [1] if verb == "change_priority" else []
            do = store.changes.undo if verb == "undo" else partial(getattr(store.bulk, verb), seqs, *more)
            found.append(statements(store, do))
    assert found[0] == found[1] <= 12
