"""A table of jobs by position: held against sorting the jobs in Python, for every column, direction and filter."""

import json
from threading import Thread

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.job import State
from app.domain.outcome import Failed, Succeeded
from app.domain.saved_job import SavedJob
from app.paths import Home
from app.store import placing
from app.store.errors import NotADatabase, StoreError
from app.store.ordered_jobs import JobLine, OrderedJobs
from app.store.restoring import Restoring
from app.store.views import EVERY, Column, Filter, Interrupted, NotOrdered, View
from tests.conftest import BEGINNING, Clock
from tests.store.jobs import all_jobs, claim_one, enqueue, finish, name_of, new, opened, put_into, spec
from tests.store.many_jobs import fill

FILTERS = [
    EVERY,
    *(Filter(states=frozenset({state})) for state in State),
    Filter(states=frozenset({State.PENDING, State.FAILED})),
    Filter(states=frozenset(State)),
    Filter(states=frozenset({State.DEAD}), error_key="key"),
    Filter(states=frozenset({State.DEAD, State.FAILED}), error_key="key"),
    Filter(error_key="key"),
    Filter(text="a"),
    Filter(text="_"),
    Filter(text="a", states=frozenset({State.PENDING, State.DEAD})),
    Filter(text="a", states=frozenset({State.DEAD}), error_key="key"),
]
LIVE = [
    *(View(by=by) for by in (Column.CREATED, Column.STATE, Column.ID, Column.PRIORITY)),
    View(filter=Filter(states=frozenset({State.COMPLETED}))),
    View(filter=Filter(states=frozenset({State.COMPLETED})), by=Column.STATE),
    View(filter=Filter(states=frozenset({State.PENDING, State.FAILED})), by=Column.STATE),
    View(filter=Filter(states=frozenset(State))),
    View(filter=Filter(states=frozenset({State.DEAD}), error_key="key")),
]
BY_COMMAND = View(by=Column.COMMAND, descending=False)


@pytest.fixture
def store(quick_path, clock):
    with opened(Home(quick_path), clock=clock) as store:
        yield store


@pytest.fixture
def ordered(store):
    ordered = store.ordered()
    yield ordered
    ordered.close()


@pytest.fixture(scope="module")
def reused(quick_root):
    """A store whose jobs each example replaces, and its jobs by position."""
    with opened(Home(quick_root / "ordered"), clock=Clock()) as store:
        ordered = store.ordered()
        yield store, ordered
        ordered.close()


MOMENTS = st.none() | st.integers(BEGINNING, BEGINNING + 5)
TEXTS = st.text("ab_%é𝄞", max_size=3)


@st.composite
def rows(draw):
    """One row of the table, as the schema allows it."""
    state = draw(st.sampled_from(State))
    waits = state in (State.PENDING, State.FAILED)
    failed = state is State.FAILED
    removed = state is not State.PROCESSING and draw(st.integers(0, 5)) == 0
    ready = draw(st.integers(-3, 3)) if waits and not removed else None
    priority = draw(st.integers(1, 3))
    command = draw(TEXTS) * draw(st.sampled_from([1, 1, 150]))
    error = draw(st.none() | TEXTS)
    return {
        "id": draw(TEXTS),
        "command": command if draw(st.booleans()) else None,
        "argv": json.dumps([command, "b"]),
        "priority": priority,
        "state": state,
        "attempts": draw(st.integers(0, 2)),
        "claimable": int(state is State.PENDING and not removed),
        "ready_arrival": ready,
        "rank": None if ready is None else priority - ready,
        "waited": draw(st.integers(0, 2)),
        "next_retry_at": draw(st.integers(BEGINNING, BEGINNING + 3)) if failed else None,
        "retry_delay": 1 if failed else None,
        "error": error,
        "error_key": draw(st.sampled_from([None, "key", "other"])),
        "exit_code": draw(st.none() | st.integers(-1, 1)),
        "started_at": draw(MOMENTS),
        "finished_at": draw(MOMENTS),
        "removed_at": 1 if removed else None,
        "removal": 1 if removed else None,
    }


def replace_jobs(store, jobs):
    with store.database.writing():
        store.database.run("DELETE FROM job")
        for seq, drawn in enumerate(jobs, 1):
            job = {**drawn, "seq": seq * 3, "id": f"{drawn['id']}{seq % 5}-{seq}"}
            if job["command"] is not None:
                job["argv"] = None
            store.database.run(
                f"INSERT INTO job ({', '.join(job)}, cwd, timeout, max_retries, backoff_base, created_at, updated_at)"
                f" VALUES ({', '.join('?' * len(job))}, '/', 20, 3, 2, {BEGINNING - seq}, {BEGINNING})",
                tuple(job.values()),
            )


LINE = [name for name in JobLine.__struct_fields__ if name != "command"]


def line_of(job):
    """What a line should say of a job."""
    shown = job.spec.command_line
    said = {name: getattr(job if hasattr(job, name) else job.spec, name) for name in LINE}
    return {**said, "command": shown if len(shown) <= 300 else shown[:300] + "…", "duration": job.duration}


def lines_of(page):
    return [{name: getattr(line, name) for name in (*LINE, "command", "duration")} for line in page.lines]


def key_of(job, by):
    """What a job is ordered by, and what comes before that in both directions."""
    first = 0
    if by is Column.PROGRESS:
        if job.state is State.PROCESSING:
            return 0, None if job.started_at is None else -job.started_at
        return (1, job.next_retry_at) if job.state is State.FAILED else (2, None)
    key = {
        Column.ID: job.id,
        Column.COMMAND: job.spec.command_line[:300],
        Column.STATE: job.state.value,
        Column.ATTEMPTS: job.attempts,
        Column.PRIORITY: job.spec.priority,
        Column.WAITED: job.waited,
        Column.EFFECTIVE: job.effective,
        Column.CREATED: job.seq,
        Column.STARTED: job.started_at,
        Column.DURATION: job.duration,
        Column.EXIT: job.exit_code,
        Column.ERROR: job.error,
        Column.FINISHED: job.finished_at,
    }[by]
    return first, key


def sorted_in_python(store, view):
    jobs = all_jobs_that_match(store, view.filter)
    jobs.sort(key=lambda job: job.seq, reverse=view.descending)
    keys = {job.seq: key_of(job, view.by) for job in jobs}
    have = [job for job in jobs if keys[job.seq][1] is not None]
    have.sort(key=lambda job: keys[job.seq][1], reverse=view.descending)
    have += [job for job in jobs if keys[job.seq][1] is None]
    return sorted(have, key=lambda job: keys[job.seq][0])


def all_jobs_that_match(store, filter):
    return [
        job
        for job in all_jobs(store)
        if (not filter.states or job.state in filter.states)
        and (filter.error_key is None or job.error_key == filter.error_key)
        and (not filter.text or filter.text in found_in(job))
    ]


def found_in(job):
    # what joins them is in no text that is searched for
    return "\n".join([job.id, *([job.spec.command] if job.spec.command else job.spec.argv or ()), job.error or ""])


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("by", Column)
@settings(max_examples=8)
@given(jobs=st.lists(rows(), max_size=14), data=st.data())
def test_every_order_of_every_filter_is_that_of_sorting_in_python(reused, by, descending, jobs, data):
    store, ordered = reused
    replace_jobs(store, jobs)
    removed = [seq * 3 for seq, job in enumerate(jobs, 1) if job["removed_at"]]
    for filter in FILTERS:
        view = View(filter=filter, by=by, descending=descending)
        wanted = sorted_in_python(store, view)
        seqs = [job.seq for job in wanted]
        ordered.renew(view)
        assert list(ordered.all_seqs(view)) == seqs
        assert [ordered.position(view, seq) for seq in seqs] == list(range(len(seqs)))
        assert [ordered.position(view, seq) for seq in (1, *removed)] == [None] * (1 + len(removed))

        first, length = data.draw(st.integers(0, 15)), data.draw(st.integers(0, 15))
        page = ordered.page(view, first, length)
        assert (page.total, page.first, page.anchor) == (len(seqs), first, None)
        assert lines_of(page) == [line_of(job) for job in wanted[first : first + length]]
        assert page.counts == store.reads.counts()

        if seqs:
            a, b = data.draw(st.sampled_from(seqs)), data.draw(st.sampled_from(seqs))
            low, high = sorted([seqs.index(a), seqs.index(b)])
            limit = data.draw(st.integers(0, 15))
            assert ordered.between(view, a, b, limit) == seqs[low : high + 1][:limit]
            page = ordered.page(view, first, length, a, 2)
            begin = max(0, seqs.index(a) - 2)
            assert (page.first, page.anchor) == (begin, seqs.index(a))
            assert [line.seq for line in page.lines] == seqs[begin : begin + length]


@pytest.mark.parametrize("text", ["a", "A", "é", "_", "%", "\\", '"b'])
def test_a_search_finds_what_the_lists_of_the_command_line_find(store, ordered, text):
    store.intake.enqueue([new("a"), new("b_", command="50%"), new("c", argv=("A", 'é"b')), new("d", command="x\\y")])
    view = View(filter=Filter(text=text))
    ordered.renew(view)
    assert list(ordered.all_seqs(view)) == [job.seq for job in store.reads.newest_first(view.filter)]


@pytest.mark.parametrize("view", LIVE, ids=name_of)
def test_a_live_view_needs_no_renewal_and_shows_every_change_at_once(store, ordered, clock, view):
    assert ordered.is_live(view)
    assert not ordered.needs_renewal(view)
    assert ordered.page(view, 0, 10).total == 0
    put_into(store, State.DEAD, clock, "dead", max_retries=1)
    put_into(store, State.COMPLETED, clock, "completed")
    put_into(store, State.FAILED, clock, "failed")
    with store.database.writing():
        store.database.run("UPDATE job SET error_key = 'key' WHERE state = 'dead'")
    page = ordered.page(view, 0, 10)
    assert [line.seq for line in page.lines] == [job.seq for job in sorted_in_python(store, view)]
    assert page.total == len(page.lines) > 0
    assert page.version == 0
    store.changes.remove([page.lines[0].seq])
    assert ordered.page(view, 0, 10).total == page.total - 1
    assert not ordered.is_stale(view)


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("view", LIVE[:4], ids=name_of)
def test_places_are_counted_from_the_nearer_end_and_are_the_same(store, ordered, clock, monkeypatch, view, descending):
    view = View(filter=view.filter, by=view.by, descending=descending)
    fill(store, clock, pending=600, failed=400)
    one_by_one = [ordered.position(view, seq) for seq in range(1, 1001, 7)]
    monkeypatch.setattr(placing, "_WORTH_HALVING", 10)
    assert [ordered.position(view, seq) for seq in range(1, 1001, 7)] == one_by_one
    seqs = list(ordered.all_seqs(view))
    assert [seqs.index(seq) for seq in range(1, 1001, 7)] == one_by_one
    store.changes.remove(range(1, 700))  # what was known of the middle is of no use any more
    seqs = list(ordered.all_seqs(view))
    assert [ordered.position(view, seq) for seq in seqs] == list(range(301))
    for first in range(0, 310, 30):
        assert [line.seq for line in ordered.page(view, first, 30).lines] == seqs[first : first + 30]


def test_an_anchor_leads_to_where_its_job_stands_now(store, ordered):
    a, _, c = enqueue(store, "a", "b", "c")
    view = View()
    assert ordered.page(view, 0, 1, a).lines[0].seq == a
    enqueue(store, "d")
    page = ordered.page(view, 0, 2, c, around=1)
    assert (page.anchor, page.first, [line.id for line in page.lines]) == (1, 0, ["d", "c"])
    store.changes.remove([c])
    page = ordered.page(view, 2, 2, c, around=1)
    assert (page.anchor, page.first, [line.id for line in page.lines]) == (None, 2, ["a"])


def test_there_is_nothing_between_jobs_of_which_one_is_not_in_the_view(store, ordered):
    a, b = enqueue(store, "a", "b")
    assert ordered.between(View(), a, b, 10) == [b, a]
    assert ordered.between(View(), a, 77, 10) == []


@pytest.mark.parametrize("first", [-3, 0, 2, 900])
def test_positions_that_do_not_exist_have_no_lines(store, ordered, first):
    enqueue(store, "a", "b")
    ordered.renew(BY_COMMAND)
    for view in (View(), BY_COMMAND):
        page = ordered.page(view, first, 5)
        assert (page.first, len(page.lines)) == ((0, 2) if first <= 0 else (first, 0))


def test_another_order_is_there_once_it_was_made_and_until_the_next(store, ordered):
    enqueue(store, "a", "b")
    other = View(by=Column.DURATION)
    assert ordered.needs_renewal(BY_COMMAND)
    for look in (
        lambda: ordered.page(BY_COMMAND, 0, 5),
        lambda: ordered.position(BY_COMMAND, 1),
        lambda: ordered.between(BY_COMMAND, 1, 2, 5),
        lambda: ordered.all_seqs(BY_COMMAND),
    ):
        with pytest.raises(NotOrdered):
            look()
    ordered.renew(BY_COMMAND)
    assert not ordered.needs_renewal(BY_COMMAND)
    assert ordered.page(BY_COMMAND, 0, 5).version == 1
    ordered.renew(other)
    assert ordered.page(other, 0, 5).version == 2
    assert ordered.needs_renewal(BY_COMMAND)
    assert ordered._connection.execute("SELECT count(*) FROM sqlite_temp_master WHERE type = 'table'").fetchall() == [
        (1,)
    ]


def test_of_an_order_only_so_many_positions_are_kept(store, ordered, monkeypatch):
    monkeypatch.setattr(placing, "_KNOWN", 2)
    seqs = enqueue(store, "a", "b", "c")
    ordered.renew(BY_COMMAND)
    for _ in range(2):
        assert [ordered.position(BY_COMMAND, seq) for seq in (*seqs, 77)] == [0, 1, 2, None]
    assert len(ordered._order.known) <= 2


def test_a_live_view_leaves_the_order_that_was_made(store, ordered):
    enqueue(store, "a", "b")
    ordered.renew(BY_COMMAND)
    ordered.renew(View())
    assert ordered.page(View(), 0, 5).total == 2
    assert not ordered.needs_renewal(BY_COMMAND)


def test_positions_stay_until_the_next_renewal_and_what_stands_there_is_as_it_is_now(store, ordered, clock):
    enqueue(store, "a", command="a")
    b = enqueue(store, "b", command="b")
    store.changes.cancel(b)
    view = View(filter=Filter(states=frozenset({State.PENDING, State.CANCELLED})), by=Column.COMMAND, descending=False)
    ordered.renew(view)
    assert not ordered.is_stale(view)
    finish(store, claim_one(store), Succeeded(), clock())
    store.changes.remove([b])
    enqueue(store, "c", command="0")
    assert ordered.is_stale(view)
    assert not ordered.needs_renewal(view)
    page = ordered.page(view, 0, 5)
    assert [line and (line.id, line.state) for line in page.lines] == [("a", State.COMPLETED), None]
    assert (page.total, page.version, page.counts[State.PENDING]) == (2, 1, 1)
    ordered.renew(view)
    page = ordered.page(view, 0, 5)
    assert [line.id for line in page.lines] == ["c"]
    assert (page.total, page.version) == (1, 2)
    assert not ordered.is_stale(view)


def test_a_view_without_an_order_is_stale(store, ordered):
    enqueue(store, "a")
    assert ordered.is_stale(BY_COMMAND)
    ordered.renew(BY_COMMAND)
    assert ordered.is_stale(View(by=Column.DURATION))


def test_what_runs_stands_first_by_progress_then_what_waits_for_a_retry(store, ordered, clock):
    store.intake.enqueue([new(name) for name in ("long", "short", "soon", "late", "pending")])
    for name in ("soon", "late", "long", "short"):
        store.changes.run_next(store.reads.by_id(name).seq)
        claim = claim_one(store)
        if name in ("soon", "late"):
            finish(store, claim, Failed(1), clock())
        clock.forward(1)
    for descending, wanted in ((False, "short long soon late"), (True, "long short late soon")):
        view = View(by=Column.PROGRESS, descending=descending)
        ordered.renew(view)
        assert [line.id for line in ordered.page(view, 0, 9).lines] == [*wanted.split(), "pending"]


def interrupt_when_it_begins(ordered, statement):
    """Have the renewal interrupted from within, right when one of its statements begins."""

    def seen(event):
        if event["sql"].startswith(statement):
            ordered.interrupt()

    ordered._connection.trace_v2(apsw.SQLITE_TRACE_STMT, seen)


@pytest.mark.parametrize("statement", ["BEGIN", "CREATE", "INSERT", "DROP", "COMMIT"])
def test_an_interrupted_renewal_leaves_the_reader_with_the_order_it_had(store, ordered, clock, statement):
    fill(store, clock, pending=1000)
    ordered.renew(BY_COMMAND)
    before = ordered.all_seqs(BY_COMMAND)
    interrupt_when_it_begins(ordered, statement)
    other = View(by=Column.ATTEMPTS)
    with pytest.raises(Interrupted):
        ordered.renew(other)
    ordered._connection.trace_v2(0, None)
    assert ordered.all_seqs(BY_COMMAND) == before
    assert ordered.page(View(), 0, 5).total == 1000
    ordered.renew(other)
    assert ordered.page(other, 0, 5).total == 1000
    assert ordered.needs_renewal(BY_COMMAND)


def test_an_interruption_from_another_thread_ends_the_renewal(store, ordered, clock):
    fill(store, clock, pending=20_000)
    began = []

    def seen(event):
        if event["sql"].startswith("INSERT"):
            began.append(Thread(target=ordered.interrupt))
            began[0].start()
            began[0].join()

    ordered._connection.trace_v2(apsw.SQLITE_TRACE_STMT, seen)
    with pytest.raises(Interrupted):
        ordered.renew(BY_COMMAND)


def test_an_interruption_without_a_renewal_does_nothing(store, ordered):
    enqueue(store, "a")
    ordered.interrupt()
    assert ordered.page(View(), 0, 5).total == 1
    ordered.renew(BY_COMMAND)
    ordered.interrupt()
    assert ordered.page(BY_COMMAND, 0, 5).total == 1
    ordered.close()
    ordered.interrupt()


def test_a_page_is_of_one_moment_though_others_write_meanwhile(store, ordered, clock):
    fill(store, clock, pending=100)

    def seen(event):
        if "ORDER BY" in event["sql"]:
            ordered._connection.trace_v2(0, None)
            store.changes.remove(range(1, 91))

    ordered._connection.trace_v2(apsw.SQLITE_TRACE_STMT, seen)
    page = ordered.page(View(), 0, 100)
    assert (page.total, page.counts[State.PENDING], page.lines.count(None)) == (100, 100, 0)
    assert ordered.page(View(), 0, 100).total == 10


def test_each_of_two_tables_has_an_order_of_its_own(store, ordered):
    enqueue(store, "a")
    second = store.ordered()
    second.renew(BY_COMMAND)
    assert ordered.needs_renewal(BY_COMMAND)
    second.close()


def test_a_dead_letter_without_an_error_has_its_place(store, ordered):
    Restoring(store.database, store.clock).restore([SavedJob("a", spec(), state=State.DEAD)])
    view = View(by=Column.ERROR)
    ordered.renew(view)
    assert ordered.page(view, 0, 5).lines[0].error is None


def test_orders_lie_in_a_file_and_not_in_memory(ordered):
    assert ordered._connection.pragma("temp_store") == 1


def test_a_database_that_cannot_be_read_is_told_in_words(tmp_path):
    with pytest.raises(StoreError, match="unable to open"):
        OrderedJobs(tmp_path / "it.db")
    (tmp_path / "it.db").write_bytes(b"no database at all, and longer than a header" * 9)
    with pytest.raises(NotADatabase, match=r"it\.db"):
        OrderedJobs(tmp_path / "it.db").page(View(), 0, 1)
