"""What the queue lets go of by itself, a small step at a time."""

import sys

import pytest

from app.domain.job import State
from app.domain.outcome import Failed, Succeeded
from app.paths import Home
from app.store import changes, retention
from app.store.changes import REMOVED_FOR
from app.store.migrations import MIGRATIONS
from app.store.retention import START, STEP, Keep, kept_by
from tests.conftest import Clock
from tests.store.jobs import all_jobs, claim_one, enqueue, finish, opened, put_into
from tests.store.many_jobs import fill_finished
from tests.store.test_plans import cost, plan

DAY = 86_400


@pytest.fixture
def store(home, clock):
    with opened(home, clock=clock) as store:
        yield store


def ids(store):
    return {job.id for job in all_jobs(store)}


def run_of(store, seq, run=1):
    return next(found for found in store.reads.details(seq).runs if found.run == run)


def write(store, clock, id, size, outcome=None, **fields):
    """A job that has run once and written so much; its seq."""
    seq = enqueue(store, id, **fields)
    store.changes.run_next(seq)
    claim = claim_one(store)
    store.outputs.create(seq, claim.run).write_bytes(b"x" * size)
    finish(
        store, claim, outcome or Succeeded(), clock(), output_bytes=size, kept_bytes=store.outputs.kept_bytes(seq, 1)
    )
    clock.forward(1)
    return seq


def free(store, most, states=frozenset(State) - {State.PROCESSING}):
    freed, place = 0, START
    while place is not None:
        done = store.retention.free_outputs(place, most, states)
        freed, place = freed + done.outputs, done.next
    return freed


def total_of_rows(store):
    return store.database.run("SELECT coalesce(sum(kept_bytes), 0) FROM run")[0][0]


# Jobs ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.COMPLETED, State.CANCELLED])
def test_only_what_ended_longer_ago_in_that_state_is_removed(store, clock, state):
    for each in State:
        put_into(store, each, clock, f"old-{each}")
    clock.forward(DAY + 1)
    for each in State:
        put_into(store, each, clock, f"new-{each}")
    before = ids(store)
    assert store.retention.remove_aged(state, DAY) == 1
    assert before - ids(store) == {f"old-{state}"}
    assert store.retention.remove_aged(state, DAY) == 0


@pytest.mark.parametrize("state", [State.PENDING, State.PROCESSING, State.FAILED, State.DEAD])
def test_no_job_in_another_state_is_removed_however_old_it_is(store, clock, state):
    put_into(store, state, clock)
    clock.forward(1000 * DAY)
    assert store.retention.remove_aged(state, 1) == 0
    assert ids(store) == {"it"}


def test_of_completed_jobs_the_newest_so_many_are_kept(store, clock):
    for number in range(5):
        put_into(store, State.COMPLETED, clock, f"j{number}")
        clock.forward(1)
    put_into(store, State.DEAD, clock, "dead")
    assert store.retention.remove_surplus(3) == 2
    assert ids(store) == {"j2", "j3", "j4", "dead"}
    assert store.retention.remove_surplus(3) == 0


def test_a_step_takes_only_so_many_jobs(store, clock):
    fill_finished(store, clock, completed=STEP * 2 + 1)
    clock.forward(DAY)
    assert [store.retention.remove_aged(State.COMPLETED, 1) for _ in range(4)] == [STEP, STEP, 1, 0]


def test_undo_takes_back_what_a_person_removed_and_not_what_went_by_itself(store, clock):
    put_into(store, State.COMPLETED, clock, "old")
    clock.forward(DAY)
    mine = put_into(store, State.COMPLETED, clock, "mine")
    store.changes.remove([mine])
    assert store.retention.remove_aged(State.COMPLETED, DAY / 2) == 1
    assert store.bulk.undoable() == 1
    assert store.changes.undo() == [(mine, "mine")]
    assert store.changes.undo() == []
    assert store.bulk.undoable() == 0


def test_what_went_by_itself_comes_back_for_24_hours_under_a_free_id(store, clock):
    first = put_into(store, State.COMPLETED, clock, "same")
    clock.forward(DAY)
    store.retention.remove_aged(State.COMPLETED, 1)
    second = put_into(store, State.COMPLETED, clock, "same")
    clock.forward(DAY / 2)
    store.retention.remove_aged(State.COMPLETED, 1)
    assert store.retention.forget_removed() == 0
    assert (store.retention.bring_back(), store.retention.bring_back()) == (2, 0)
    assert {job.seq: job.id for job in all_jobs(store)} == {first: "same", second: "same-2"}


def test_after_24_hours_the_job_its_history_and_its_outputs_are_gone(store, clock):
    seq = write(store, clock, "it", 10)
    store.changes.remove([seq])
    clock.forward(REMOVED_FOR / 1000 + 1)
    assert store.outputs.holds(seq)
    assert store.retention.forget_removed() == 1
    assert not store.outputs.holds(seq)
    assert store.database.run("SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM event)") == [(0, 0)]
    assert store.retention.output_bytes() == 0


# Outputs -------------------------------------------------------------------------------------------------------------


def test_the_oldest_outputs_are_freed_until_the_rest_is_within_the_bound(store, clock):
    first, second, third = (write(store, clock, f"j{n}", 10_000) for n in range(3))
    assert store.retention.output_bytes() == 30_000
    assert free(store, 20_000) == 1
    assert [store.outputs.holds(seq) for seq in (first, second, third)] == [False, True, True]
    assert store.retention.output_bytes() == total_of_rows(store) == 20_000
    assert free(store, 20_000) == 0
    gone = run_of(store, first)
    assert (gone.freed_by, gone.kept_bytes, gone.output_bytes) == ("keep-outputs", None, 10_000)
    assert run_of(store, second).freed_by is None
    assert ids(store) == {"j0", "j1", "j2"}


def test_outputs_of_a_job_that_is_processing_are_never_freed(store, clock):
    seq = write(store, clock, "again", 10_000, Failed(1))
    other = write(store, clock, "other", 10_000)
    store.changes.run_next(seq)
    assert claim_one(store).job.seq == seq
    assert free(store, 0) == 1
    assert [store.outputs.holds(each) for each in (seq, other)] == [True, False]


def test_an_output_that_was_deleted_by_hand_counts_no_more_before_any_other_is_freed(store, clock):
    kept, by_hand = (write(store, clock, f"j{n}", 10_000) for n in range(2))
    store.outputs.path(by_hand, 1).unlink()
    assert store.retention.count_outputs(START) is None
    assert store.retention.output_bytes() == total_of_rows(store) == 10_000
    assert free(store, 15_000) == 0
    assert store.outputs.holds(kept)
    assert run_of(store, by_hand).freed_by is None


def test_an_output_that_grew_after_its_run_counts_with_what_it_has_now(store, clock):
    seq = write(store, clock, "it", 10)
    with store.outputs.path(seq, 1).open("ab") as file:
        file.write(b"x" * 90)
    store.retention.count_outputs(START)
    assert store.retention.output_bytes() == 100


@pytest.mark.skipif(sys.platform == "win32", reason="there a file is not told apart from its holes")
def test_what_was_freed_in_the_middle_of_an_output_does_not_count(store):
    path = store.outputs.create(1, 1)
    with path.open("r+b") as file:
        file.truncate(2**30)
    assert store.outputs.kept_bytes(1, 1) < 2**20


def test_an_output_that_can_not_be_deleted_is_left_and_the_next_is_freed(store, clock, monkeypatch):
    stuck, other = (write(store, clock, f"j{n}", 10_000) for n in range(2))
    there = store.outputs.free_run
    monkeypatch.setattr(store.outputs, "free_run", lambda seq, run: seq != stuck and there(seq, run))
    assert free(store, 10_000) == 1
    assert [store.outputs.holds(each) for each in (stuck, other)] == [True, False]
    assert free(store, 0) == 0


def test_each_step_frees_a_few_and_says_where_to_go_on(store, clock):
    for number in range(STEP + 1):
        write(store, clock, f"j{number}", 1)
    first = store.retention.free_outputs(START, 0, {State.COMPLETED})
    assert (first.outputs, first.bytes, first.next is None) == (STEP, STEP, False)
    last = store.retention.free_outputs(first.next, 0, {State.COMPLETED})
    assert (last.outputs, last.next) == (1, None)


def test_the_total_is_right_whatever_becomes_of_runs(store, clock):
    seq = write(store, clock, "a", 100)
    write(store, clock, "b", 50)
    store.retention.free_pruned(seq)
    assert run_of(store, seq).freed_by == "prune"
    assert store.retention.output_bytes() == total_of_rows(store) == 50
    store.changes.remove_all()
    clock.forward(2 * DAY)
    assert store.retention.forget_removed() == 2
    assert store.retention.output_bytes() == 0


def test_outputs_of_forgotten_jobs_that_a_kill_left_are_deleted_and_no_others(store, clock):
    known = write(store, clock, "it", 10)
    gone = write(store, clock, "gone", 10)
    store.changes.remove([gone])
    clock.forward(2 * DAY)
    assert store.changes.purge() == [gone]  # and killed before the files went
    later = store.outputs.create(gone + 1, 1)  # of a run after the moment that a restored backup is of
    assert store.retention.free_unknown([known, gone, gone + 1]) == 1
    assert [store.outputs.holds(seq) for seq in (known, gone)] == [True, False]
    assert later.exists()


def test_a_number_of_any_length_among_the_folders_harms_nothing(store):
    assert store.retention.free_unknown([0, 10**400, 2**64]) in {0, 1}


def test_the_options_say_what_is_kept(store):
    assert kept_by(store.options.values()) == Keep(
        completed=30 * DAY, cancelled=30 * DAY, completed_count=0, outputs=2**30
    )


def test_what_was_written_before_the_upgrade_counts_with_what_the_files_hold(home, clock):
    with opened(home, clock=clock, migrations=MIGRATIONS[:2]) as before, before.database.writing():
        before.database.run(
            "INSERT INTO job (seq, id, command, cwd, timeout, max_retries, backoff_base, priority, state, run,"
            " created_at, updated_at) VALUES (1, 'a', 'true', '/', 20, 3, 2, 5, 'completed', 3, 1, 1)"
        )
        for run, (outcome, size) in enumerate((("succeeded", 500), ("interrupted", None), (None, None)), start=1):
            before.database.run(
                "INSERT INTO run (seq, run, token, claimed_at, finished_at, outcome, output_bytes)"
                " VALUES (1, ?, '', 1, ?, ?, ?)",
                (run, None if outcome is None else run, outcome, size),
            )
    with opened(home, clock=clock) as store:
        assert store.retention.output_bytes() == 500
        for run in (1, 2, 3):
            store.outputs.create(1, run).write_bytes(b"x" * 100)
        assert store.retention.count_outputs(START) is None
        assert store.retention.output_bytes() == total_of_rows(store) == 200  # the third goes on


# What it costs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (retention.AGED, "job_ended"),
        (retention.OLDEST, "job_ended"),
        (changes.REMOVED, "job_to_purge"),
        (retention.TAKEN_BACK, "job_removed"),
        (retention.KEPT, "run_kept"),
    ],
)
def test_each_look_goes_by_the_index_meant_for_it(store, statement, index):
    lines = plan(store, statement)
    assert any(index in line for line in lines)
    assert not any("TEMP B-TREE" in line or ("SCAN" in line and " INDEX " not in line) for line in lines)


def steps_among(folder, completed):
    """What one step of each kind makes SQLite do in a queue of so many completed jobs, all of them overdue."""
    clock = Clock()
    with opened(Home(folder), clock=clock) as store:
        fill_finished(store, clock, completed=completed)
        clock.forward(31 * DAY)
        found = {
            "aged": cost(store, lambda: store.retention.remove_aged(State.COMPLETED, 30 * DAY)),
            "surplus": cost(store, lambda: store.retention.remove_surplus(10)),
            "count": cost(store, lambda: store.retention.count_outputs(START)),
            "free": cost(store, lambda: store.retention.free_outputs(START, 0, {State.COMPLETED})),
            "nothing aged": cost(store, lambda: store.retention.remove_aged(State.CANCELLED, 30 * DAY)),
            "nothing removed long ago": cost(store, store.retention.forget_removed),
        }
        clock.forward(2 * DAY)
        found["forget"] = cost(store, store.retention.forget_removed)
        enqueue(store, "new")
        found["claim meanwhile"] = cost(store, lambda: store.work.claim(1))
        return found


def check_alike(few, many):
    for what, price in many.items():
        assert price.steps <= max(few[what].steps * 1.2, 200), f"{what}: {price} against {few[what]}"
        assert price.sorts <= few[what].sorts, what


def test_a_step_costs_the_same_among_1_000_and_among_50_000_jobs(quick_path):
    few = steps_among(quick_path / "few", 1000)
    assert few["aged"].steps > STEP  # it did something
    check_alike(few, steps_among(quick_path / "many", 50_000))


@pytest.mark.slow
def test_a_step_costs_the_same_among_a_million_jobs(quick_path):
    check_alike(steps_among(quick_path / "few", 1000), steps_among(quick_path / "many", 1_000_000))


def test_a_step_that_finds_nothing_writes_nothing(store):
    before = store.database.data_version(), store.home.ring.stat().st_mtime_ns
    assert store.retention.remove_aged(State.COMPLETED, 1) == 0
    assert store.retention.remove_surplus(0) == 0
    assert store.retention.forget_removed() == 0
    assert store.retention.count_outputs(START) is None
    assert store.retention.free_unknown([]) == 0
    assert (store.database.data_version(), store.home.ring.stat().st_mtime_ns) == before
