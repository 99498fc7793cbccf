"""What the hot statements cost, by SQLite's own words and counters: how long they take is another matter."""

from collections import Counter
from dataclasses import dataclass

import apsw
import pytest

from app.domain.job import State
from app.domain.outcome import Failed, Succeeded
from app.paths import Home
from app.store import intake, job_queries, placing, work
from app.store.views import Column, Filter, View
from tests.conftest import Clock
from tests.store.jobs import POLICY, end, enqueue, name_of, opened
from tests.store.many_jobs import fill

JOB_BY_SEQ = "SEARCH job USING INTEGER PRIMARY KEY (rowid=?)"
RUN_BY_NUMBER = "SEARCH run USING INDEX sqlite_autoindex_run_1 (seq=? AND run=?)"
ONE_ROW = "SCAN queue"
PLANS = {
    "DUE": {"SEARCH job USING INDEX job_to_retry (next_retry_at<?)"},
    "NEXT": {"SCAN job USING INDEX job_to_claim", ONE_ROW},  # in its order, up to the limit
    "CLAIM": {JOB_BY_SEQ, ONE_ROW},
    "CLAIM_RUN": {JOB_BY_SEQ},
    "EVENT": set(),
    "OF_RUN": {JOB_BY_SEQ, ONE_ROW},
    "FINISH": {JOB_BY_SEQ},
    "FINISH_RUN": {RUN_BY_NUMBER},
    "STARTED_RUN": {RUN_BY_NUMBER},
    "NEXT_DUE": {"SEARCH job USING INDEX job_to_retry"},  # its first entry
    "REWIND": {"SCAN job USING INDEX job_to_retry"},  # all that wait for a retry, when the clock was set back
    "AHEAD": {
        "SEARCH job USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH job USING COVERING INDEX job_to_claim (expedited>?)",
        "SEARCH job USING COVERING INDEX job_to_claim (expedited=? AND rank>?)",
        "SEARCH job USING COVERING INDEX job_to_claim (expedited=? AND rank=? AND seq<?)",
    },
    "_INSERT": {  # the foreign keys of a new job ask whether a run or an event waits for it
        "SEARCH event USING COVERING INDEX event_of_job (seq=?)",
        "SEARCH run USING COVERING INDEX sqlite_autoindex_run_1 (seq=?)",
    },
    "_INSERT_EVENT": set(),
}
WORDS = ("SELECT ", "UPDATE ", "INSERT ", "DELETE ")
STATEMENTS = {
    name: text
    for room in (work, intake, job_queries)
    for name, text in vars(room).items()
    if isinstance(text, str) and text.startswith(WORDS)
}


@dataclass
class Cost:
    """What a block made SQLite do: machine steps, steps of scans, sorts and indexes made for the moment."""

    steps: int = 0
    scanned: int = 0
    sorts: int = 0


def cost(store, do):
    """Run a piece of work twice, and return the cost of the second: the first prepares the statements."""
    do()
    counters = Counter()
    connection = store.database._connection()
    connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, lambda seen: counters.update(seen["stmt_status"]))
    try:
        do()
    finally:
        connection.trace_v2(0, None)
    return Cost(
        counters["SQLITE_STMTSTATUS_VM_STEP"],
        counters["SQLITE_STMTSTATUS_FULLSCAN_STEP"],
        counters["SQLITE_STMTSTATUS_SORT"] + counters["SQLITE_STMTSTATUS_AUTOINDEX"],
    )


@pytest.fixture(scope="session")
def filled(quick_root):
    """A store of one pending job, for the plans."""
    with opened(Home(quick_root / "plans")) as store:
        enqueue(store, "a")
        yield store


def plan(store, statement):
    rows = store.database.run(f"EXPLAIN QUERY PLAN {statement}", [None] * statement.count("?"))
    return {detail for *_, detail in rows if "SCALAR SUBQUERY" not in detail}


@pytest.mark.parametrize("name", PLANS)
def test_a_hot_statement_goes_by_the_index_meant_for_it(filled, name):
    assert plan(filled, STATEMENTS[name]) == PLANS[name]


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_statement_of_the_hot_rooms_sorts_or_scans_a_table(filled, name):
    for line in plan(filled, STATEMENTS[name]):
        assert "TEMP B-TREE" not in line
        assert line == ONE_ROW or not line.startswith("SCAN") or " INDEX " in line


BY_STATE = "SEARCH job USING INDEX job_by_state (state=?)"


def one(state, error_key=None):
    return Filter(states=frozenset({state}), error_key=error_key)


VIEWS = [
    (
        View(),
        {
            "SCAN job USING COVERING INDEX job_in_order",
            "SEARCH job USING COVERING INDEX job_in_order (seq<?)",
            "SEARCH job USING COVERING INDEX job_in_order (seq>?)",
        },
    ),
    (
        View(by=Column.ID),
        {
            "SCAN job USING INDEX job_by_id",
            "SEARCH job USING INDEX job_by_id (id<?)",
            "SEARCH job USING INDEX job_by_id (id>?)",
        },
    ),
    (
        View(by=Column.PRIORITY),
        {
            "SCAN job USING COVERING INDEX job_by_priority",
            "SEARCH job USING COVERING INDEX job_by_priority (priority<?)",
            "SEARCH job USING COVERING INDEX job_by_priority (priority>?)",
            "SEARCH job USING COVERING INDEX job_by_priority (priority=? AND seq<?)",
            "SEARCH job USING COVERING INDEX job_by_priority (priority=? AND seq>?)",
        },
    ),
    *(
        (
            view,
            {
                BY_STATE,
                "SEARCH job USING INDEX job_by_state (state=? AND seq<?)",
                "SEARCH job USING INDEX job_by_state (state=? AND seq>?)",
            },
        )
        for view in (View(by=Column.STATE), View(filter=one(State.PENDING)))
    ),
    (
        View(filter=one(State.DEAD, "key")),
        {
            "SEARCH job USING INDEX job_by_error (error_key=?)",
            "SEARCH job USING INDEX job_by_error (error_key=? AND seq<?)",
            "SEARCH job USING INDEX job_by_error (error_key=? AND seq>?)",
        },
    ),
]


@pytest.fixture
def hundred(quick_path):
    """The jobs by position of a store that has a hundred, dead ones among them."""
    clock = Clock()
    with opened(Home(quick_path), clock=clock) as store:
        fill(store, clock, pending=100)
        with store.database.writing():
            store.database.run(
                "UPDATE job SET state = 'dead', error_key = 'key', claimable = 0, ready_arrival = NULL, rank = NULL"
                " WHERE seq > 50"
            )
        ordered = store.ordered()
        yield ordered
        ordered.close()


def plans_of(ordered, do):
    """Return the lines of the plans of every statement that a piece of work executes."""
    done = []

    def seen(_, statement, values):
        done.append((statement, values))
        return True

    ordered._connection.exec_trace = seen
    do()
    ordered._connection.exec_trace = None
    return {
        detail
        for statement, values in done
        if statement.startswith(WORDS)
        for *_, detail in ordered._connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        if "SCALAR SUBQUERY" not in detail
    }


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize(("view", "wanted"), VIEWS, ids=name_of)
def test_a_live_view_goes_by_its_index_and_never_sorts(hundred, monkeypatch, view, wanted, descending):
    monkeypatch.setattr(placing, "_WORTH_HALVING", 10)
    view = View(filter=view.filter, by=view.by, descending=descending)
    seqs = hundred.all_seqs(view)

    def look():
        for seq in seqs[0], seqs[-1]:
            hundred.page(view, 0, 5, seq)
        hundred.page(view, 1, 5)
        hundred.all_seqs(view)

    found = plans_of(hundred, look)
    assert {line for line in found if " job" in line} == {JOB_BY_SEQ, *wanted}
    assert not [line for line in found if "TEMP B-TREE" in line]


def test_a_page_of_an_order_that_was_made_goes_by_position(hundred):
    view = View(by=Column.COMMAND)
    hundred.renew(view)
    found = plans_of(hundred, lambda: hundred.page(view, 10, 5))
    assert "SEARCH temp.ordered_1 USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)" in found
    assert not [line for line in found if "TEMP B-TREE" in line]


def test_only_who_asks_for_it_goes_by_an_index_made_for_positions(filled):
    """Without statistics SQLite would take them for whatever is looked for among all jobs: see migration 2."""
    for statement in (
        "SELECT * FROM job WHERE removed_at IS NULL ORDER BY seq DESC LIMIT 9",
        "SELECT * FROM job WHERE removed_at IS NULL AND seq > ? ORDER BY seq LIMIT 9",
        "SELECT count(*) FROM job WHERE removed_at IS NULL AND command LIKE ?",
        "UPDATE job SET seen = 1 WHERE seq IN (?, ?) AND removed_at IS NULL",
    ):
        assert not [line for line in plan(filled, statement) if "job_in_order" in line or "job_by_priority" in line]


def first_page_among(folder, **many):
    """Return the machine steps of the first page of each live order."""
    clock = Clock()
    with opened(Home(folder), clock=clock) as store:
        fill(store, clock, **many)
        ordered = store.ordered()
        steps = {}
        for by in (Column.CREATED, Column.ID, Column.STATE, Column.PRIORITY):
            counters = Counter()
            ordered._connection.trace_v2(
                apsw.SQLITE_TRACE_PROFILE, lambda seen, counters=counters: counters.update(seen["stmt_status"])
            )
            ordered.page(View(by=by), 0, 60)
            steps[by] = counters["SQLITE_STMTSTATUS_VM_STEP"]
        ordered.close()
        return steps


def test_the_first_page_of_a_live_view_costs_the_same_at_1_000_and_at_100_000_jobs(quick_path):
    few = first_page_among(quick_path / "few", pending=1000)
    many = first_page_among(quick_path / "many", pending=100_000)
    for by, steps in many.items():
        assert steps <= few[by] * 1.1, by


def costs(store, clock):
    """Return what each hot piece of work costs in a queue as it is."""
    found = {}
    found["enqueue"] = cost(store, lambda: enqueue(store, None, priority=3))
    found["nothing due"] = cost(store, store.work.next_due)
    claims = []
    found["claim of four"] = cost(store, lambda: claims.extend(store.work.claim(4)))
    assert len(claims) == 8
    found["end"] = cost(store, lambda: store.work.finish([end(claims.pop(), Succeeded(), clock())], POLICY))
    found["failure"] = cost(store, lambda: store.work.finish([end(claims.pop(), Failed(1), clock())], POLICY))

    def turn():
        _, more = store.work.turn([end(claims.pop(0), Succeeded(), clock())], 1, POLICY)
        claims.extend(more)

    found["turn"] = cost(store, turn)
    found["counts"] = cost(store, store.reads.counts)
    found["undo of nothing"] = cost(store, store.changes.undo)
    first = enqueue(store, None)
    store.changes.run_next(first)
    job = store.reads.by_seq(first)
    found["why"] = cost(store, lambda: store.reads.facts(job, runner_lives=True, now=clock()))
    return found


def costs_among(folder, **many):
    clock = Clock()
    with opened(Home(folder), clock=clock) as store:
        fill(store, clock, **many)
        return costs(store, clock)


def check_alike(few, others):
    for where, found in others.items():
        for what, price in found.items():
            base = few[what]
            assert price.steps <= max(base.steps * 1.2, 40), f"{what}, {where}: {price} against {base}"
            assert price.scanned <= max(base.scanned, 4), f"{what}, {where}"
            assert price.sorts == 0, f"{what}, {where}"


def test_hot_work_costs_the_same_at_1_000_and_at_100_000_jobs(quick_path):
    few = costs_among(quick_path / "few", pending=1000)
    check_alike(
        few,
        {
            "100,000 pending": costs_among(quick_path / "many", pending=100_000),
            "100,000 failed of better rank": costs_among(quick_path / "failed", pending=1000, failed=100_000),
        },
    )


@pytest.mark.slow
def test_hot_work_costs_the_same_at_a_million_jobs(quick_path):
    few = costs_among(quick_path / "few", pending=1000)
    check_alike(
        few,
        {
            "1,000,000 pending": costs_among(quick_path / "many", pending=1_000_000),
            "1,000,000 failed of better rank": costs_among(quick_path / "failed", pending=1000, failed=1_000_000),
        },
    )


def test_the_counters_see_a_plan_that_is_not_fixed(quick_path):
    """The proof of the proof: the claim without its index words costs more among more jobs."""
    free = work.NEXT.replace(" INDEXED BY job_to_claim", " NOT INDEXED")
    prices = []
    for many in (100, 2000):
        clock = Clock()
        with opened(Home(quick_path / str(many)), clock=clock) as store:
            fill(store, clock, pending=many)
            prices.append(cost(store, lambda store=store: store.database.run(free, (4,))))
    assert prices[1].steps > 10 * prices[0].steps
    assert prices[1].sorts == 1
    assert prices[1].scanned > 1000
