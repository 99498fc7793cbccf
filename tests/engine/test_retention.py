"""Sweeps: what they do, in which order, and that nobody waits for them."""

import gc
from itertools import count

import pytest

from app.domain.job import State
from app.domain.outcome import Failed, Succeeded
from app.engine.retention import Retention, Sweep, words_of
from app.engine.writer import Writer
from app.store.errors import Busy
from app.store.notices import NoticeKind
from app.store.retention import STEP, Keep
from tests.store.jobs import all_jobs, claim_one, enqueue, finish, opened, put_into
from tests.store.many_jobs import fill_finished

DAY = 86_400
FOR_EVER = Keep(completed=0, cancelled=0, completed_count=0, outputs=0)


@pytest.fixture(autouse=True)
def collecting_here():
    """As in the program: no other thread destroys a QObject, and with it its timer."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture
def store(home, clock):
    with opened(home, clock=clock) as store:
        yield store


def keep(**fields):
    return Keep(**{"completed": 0, "cancelled": 0, "completed_count": 0, "outputs": 0, **fields})


def swept(store, sweep):
    """Do a whole sweep, and return how many steps it took."""
    for number in count(1):
        if not sweep.step(store):
            return number
    raise AssertionError


def write(store, clock, id, size, outcome=None, runs=1, **fields):
    seq = enqueue(store, id, **fields)
    for _ in range(runs):
        store.changes.run_next(seq)
        claim = claim_one(store)
        path = store.outputs.create(seq, claim.run)
        path.write_bytes(b"x" * size)
        finish(store, claim, outcome or Succeeded(), clock(), output_bytes=size, kept_bytes=size)
        clock.forward(1)
    return seq


def test_what_is_kept_for_ever_is_kept_for_ever(store, clock):
    for state in State:
        put_into(store, state, clock, str(state))
    write(store, clock, "it", 10_000)
    clock.forward(10_000 * DAY)
    before = all_jobs(store)
    swept(store, Sweep(FOR_EVER))
    assert all_jobs(store) == before
    assert store.retention.output_bytes() == 10_000


def test_dead_letters_never_go_by_themselves(store, clock):
    for state in State:
        put_into(store, state, clock, str(state))
    clock.forward(10_000 * DAY)
    sweep = Sweep(keep(completed=1, cancelled=1, completed_count=1))
    swept(store, sweep)
    assert sweep.removed == 2
    assert {job.id for job in all_jobs(store)} == {"pending", "processing", "failed", "dead"}


def test_outputs_of_dead_letters_go_last(store, clock):
    dead = write(store, clock, "dead", 10_000, Failed(1), max_retries=1)
    others = [write(store, clock, f"j{n}", 10_000) for n in range(3)]
    swept(store, Sweep(keep(outputs=25_000)))
    assert [store.outputs.holds(seq) for seq in (dead, *others)] == [True, False, False, True]
    swept(store, Sweep(keep(outputs=5_000)))
    assert [store.outputs.holds(seq) for seq in (dead, *others)] == [False] * 4
    assert store.reads.by_seq(dead).state is State.DEAD
    assert store.retention.output_bytes() == 0


def test_nothing_is_freed_where_a_look_at_the_files_shows_that_there_is_room(store, clock):
    kept, by_hand = (write(store, clock, f"j{n}", 10_000) for n in range(2))
    store.outputs.free(by_hand)
    sweep = Sweep(keep(outputs=15_000))
    swept(store, sweep)
    assert (sweep.freed, sweep.left) == (0, 10_000)
    assert store.outputs.holds(kept)


def test_freeing_leaves_some_room_so_that_the_next_output_does_not_begin_it_again(store, clock):
    for number in range(11):
        write(store, clock, f"j{number}", 1000)
    sweep = Sweep(keep(outputs=10_000))
    swept(store, sweep)
    assert (sweep.freed, sweep.freed_bytes, sweep.left) == (2, 2000, 9000)


def test_a_step_that_could_not_be_written_is_done_again(store, clock, monkeypatch):
    seqs = [write(store, clock, f"j{n}", 1000) for n in range(4)]
    clock.forward(DAY)
    fails = iter([True, False] * 100)
    writing = store.database.writing

    def sometimes():
        if next(fails):
            raise Busy(store.home.database)
        return writing()

    monkeypatch.setattr(store.database, "writing", sometimes)
    sweep, goes_on = Sweep(keep(completed=1, outputs=2000)), True
    while goes_on:
        try:
            goes_on = sweep.step(store)
        except Busy:
            continue
    assert (sweep.removed, sweep.freed) == (4, 3)
    assert [store.outputs.holds(seq) for seq in seqs] == [False, False, False, True]


def test_a_sweep_takes_the_folders_of_forgotten_jobs_that_a_kill_left(store, clock):
    gone, there = write(store, clock, "gone", 10), write(store, clock, "there", 10)
    store.changes.remove([gone])
    clock.forward(2 * DAY)
    store.changes.purge()
    (store.home.outputs / "notes of mine").mkdir()
    swept(store, Sweep(FOR_EVER, iter([str(gone), "notes of mine", "²", str(there)])))
    assert sorted(entry.name for entry in store.home.outputs.iterdir()) == [str(there), "notes of mine"]


class Runner:
    """A sweeping writer, and what a person is told."""

    def __init__(self, store, keep):
        self.store = store
        self.keep = keep
        self.now = self.set_on = 0.0
        self.writer = Writer(store)
        begun = store.clock()
        self.retention = Retention(
            store,
            self.writer,
            lambda: self.keep,
            lambda: self.now,
            lambda: (store.clock() - begun) / 1000 - self.set_on,
        )

    def notices(self):
        return [notice.words.args for notice in self.store.notices.newest(10) if notice.kind is NoticeKind.KEPT]


@pytest.fixture
def runner(store, qapp, monkeypatch):  # noqa: ARG001
    made = []

    def make(**fields):
        made.append(Runner(store, keep(**fields)))
        return made[0]

    yield make
    made[0].writer.close()


def test_at_the_start_all_that_is_old_goes_and_a_person_is_told_once_a_day(store, clock, runner, qtbot, caplog):
    caplog.set_level("INFO")
    fill_finished(store, clock, completed=2 * STEP + 3)
    clock.forward(DAY)
    runner = runner(completed=DAY / 2)
    qtbot.waitUntil(lambda: len(store.notices.newest(10)) == 1)
    assert store.reads.count() == 0
    (told,) = store.notices.newest(10)
    assert (told.kind, str(told.words)) == (NoticeKind.KEPT, str(words_of(2 * STEP + 3, 0)))
    (line,) = [record for record in caplog.records if record.message == "retention swept"]
    assert (line.removed, line.freed) == (2 * STEP + 3, 0)

    for hours, count_of_notices in ((1, 1), (24, 2)):
        put_into(store, State.COMPLETED, clock, f"at-{hours}")
        clock.forward(DAY)
        qtbot.waitUntil(lambda: runner.retention._sweep is None)  # what the one before found is told at its own time
        runner.now = hours * 3600
        runner.retention.sweep()
        qtbot.waitUntil(lambda: store.reads.count() == 0)
        qtbot.waitUntil(lambda most=count_of_notices: len(store.notices.newest(10)) == most)
    assert str(store.notices.newest(1)[0].words) == str(words_of(2, 0))


def test_outputs_that_grew_beyond_the_bound_are_freed_without_waiting_for_the_hour(store, clock, runner, qtbot):
    runner = runner(outputs=10_000)
    qtbot.waitUntil(lambda: runner.retention._sweep is None)  # the one of the start is over, and frees nothing later
    first = write(store, clock, "first", 9000)
    runner.retention.look(store.retention.output_bytes())
    write(store, clock, "second", 9000)
    assert store.outputs.holds(first)
    qtbot.waitUntil(lambda: (runner.retention.look(store.retention.output_bytes()), not store.outputs.holds(first))[1])


def test_what_can_not_be_freed_is_not_tried_again_with_each_end(store, clock, runner, qtbot, monkeypatch):
    monkeypatch.setattr(store.outputs, "free_run", lambda _seq, _run: False)
    write(store, clock, "stuck", 90_000)
    looks = []
    looking = store.retention.free_outputs
    monkeypatch.setattr(store.retention, "free_outputs", lambda *what: (looks.append(what), looking(*what))[1])
    runner = runner(outputs=10_000)
    qtbot.waitUntil(lambda: len(looks) == 2 and runner.retention._sweep is None)
    done = []
    for _ in range(5):
        runner.writer.submit(lambda store: store.retention.output_bytes(), done.append)
        qtbot.waitUntil(lambda: bool(done))
        runner.retention.look(done.pop())
    runner.writer.submit(lambda _store: True, done.append)
    qtbot.waitUntil(lambda: bool(done))
    assert len(looks) == 2


def test_a_claim_asked_for_in_the_middle_of_a_sweep_waits_for_one_step_at_most(store, clock, runner, qtbot):
    """The writer does things in order: what matters is that the sweep never has more than one step waiting there."""
    fill_finished(store, clock, completed=20 * STEP)
    clock.forward(DAY)
    enqueue(store, "new")
    removed = []
    remove = store.retention.remove_aged
    store.retention.remove_aged = lambda *what: (removed.append(what), remove(*what))[1]
    runner = runner(completed=1)
    qtbot.waitUntil(lambda: len(removed) >= 2)
    before, claims = len(removed), []

    def claim(store):
        claims.append(len(removed))
        return store.work.claim(1)

    runner.writer.submit(claim, claims.append)
    qtbot.waitUntil(lambda: len(claims) == 2)
    assert claims[0] - before <= 2  # the one at work, and the one that came before the claim was asked for
    assert claims[1][0].job.id == "new"
    qtbot.waitUntil(lambda: store.reads.count() == 1)


@pytest.mark.parametrize(("removed", "freed"), [(1, 0), (0, 1), (2, 3)])
def test_what_is_told_names_what_went_and_how_it_comes_back(removed, freed):
    words = str(words_of(removed, freed))
    assert ("queuectl undo --retention" in words) == (removed > 0)
    assert ("keep-outputs" in words) == (freed > 0)


def set_on(runner, clock, seconds):
    """Set the clock, while no time passes."""
    runner.set_on += seconds
    clock.forward(seconds)


def swept_again(runner, qtbot):
    qtbot.waitUntil(lambda: runner.retention._sweep is None)
    runner.retention.sweep()
    qtbot.waitUntil(lambda: runner.retention._sweep is None)


def test_a_clock_that_is_set_on_by_ten_years_and_back_takes_nothing_away(store, clock, runner, qtbot, caplog):
    put_into(store, State.COMPLETED, clock, "completed")
    put_into(store, State.CANCELLED, clock, "cancelled")
    store.changes.remove([put_into(store, State.COMPLETED, clock, "removed")])
    runner = runner(completed=30 * DAY, cancelled=30 * DAY)
    swept_again(runner, qtbot)
    set_on(runner, clock, 3652 * DAY)
    swept_again(runner, qtbot)
    swept_again(runner, qtbot)
    set_on(runner, clock, -3652 * DAY)
    swept_again(runner, qtbot)
    store.changes.undo()
    assert {job.id for job in all_jobs(store)} == {"completed", "cancelled", "removed"}
    (told,) = store.notices.newest(10)
    assert str(told.words).startswith("The clock was set on by 3652 day(s)\n")
    assert "for a day nothing is let go by its age" in caplog.text


def test_after_a_day_in_which_nobody_set_it_right_it_is_believed(store, clock, runner, qtbot):
    put_into(store, State.COMPLETED, clock, "completed")
    runner = runner(completed=30 * DAY)
    swept_again(runner, qtbot)
    set_on(runner, clock, 3652 * DAY)
    swept_again(runner, qtbot)
    assert store.reads.count() == 1
    clock.forward(DAY)  # time passes
    swept_again(runner, qtbot)
    assert store.reads.count() == 0
    assert store.retention.bring_back() == 1


def test_a_clock_that_was_set_on_before_the_runner_began_takes_nothing_away_either(store, clock, runner, qtbot):
    session = store.runner.begin(1, 1.0, "2.0", "boot", 1)
    put_into(store, State.COMPLETED, clock, "completed")
    clock.forward(3652 * DAY)
    store.runner.end(session, None)
    store.runner.begin(2, 2.0, "2.0", "boot", 1)
    runner = runner(completed=30 * DAY)
    swept_again(runner, qtbot)
    assert store.reads.count() == 1


def test_what_goes_by_number_and_size_goes_whatever_the_clock_says(store, clock, runner, qtbot):
    for number in range(3):
        write(store, clock, f"j{number}", 1000)
    runner = runner(completed_count=2)
    swept_again(runner, qtbot)
    set_on(runner, clock, 3652 * DAY)
    runner.keep = keep(completed_count=1, completed=DAY)
    swept_again(runner, qtbot)
    assert [job.id for job in all_jobs(store)] == ["j2"]
