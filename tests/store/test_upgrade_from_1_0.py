"""A 1.0 database opens with every job in its place."""

import json
import os
import shutil
import sqlite3
import stat
import tempfile
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.job import State
from app.domain.outcome import Failed, Succeeded
from app.paths import Home
from app.store.errors import OldWorkerAlive
from tests.conftest import Clock
from tests.store.conftest import MEMORY
from tests.store.jobs import all_jobs, claim_one, events, finish, open_now, opened, order_of_claims
from tests.store.old_queue import Raw, job, make_old, order_of
from tests.store.processes import KILLED, Python

NOW = Clock().now
SANE = "2025-11-09T10:15:23"


def millis(*parts):
    return round(datetime(*parts, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def old(quick_path):
    """A home whose folders stand, for a 1.0 database."""
    home = Home(quick_path / "home")
    home.make()
    return home


@contextmanager
def upgraded(home, told=None, **more):
    told = [] if told is None else told
    with opened(home, told=told.append, clock=Clock(), **more) as store:
        yield store


def told_by(home):
    told = []
    with upgraded(home, told):
        return [str(line) for line in told]


@pytest.mark.parametrize("wal", [True, False], ids=["wal", "journal"])
@pytest.mark.parametrize("ages", [True, False], ids=["with waits", "without waits"])
def test_an_ordinary_queue_comes_over_with_every_job_in_its_place(old, ages, wal):
    extra = {"waiting_time": 4, "execution_time": 1.5} if ages else {}
    rows = [
        job("p", priority=7, timeout=30, max_retries=5, backoff_base=3, **extra),
        job("f", state="failed", attempts=2, next_retry_at="2099-01-01T00:00:00", error_message="Exit code 1: no"),
        job("r", state="processing", attempts=1, locked_by="worker-1", locked_at=SANE, **extra),
        job("c", state="completed", output="Hello\n", updated_at="2025-11-09T10:15:30", **extra),
        job("d", state="dead", attempts=3, error_message="Timeout exceeded (20s)", output="part"),
    ]
    make_old(old.database, rows, ages=ages, wal=wal)
    with upgraded(old) as store:
        jobs = {each.id: each for each in all_jobs(store)}
        assert list(jobs) == ["p", "f", "r", "c", "d"]
        assert {id: (each.state.value, each.attempts, each.run) for id, each in jobs.items()} == {
            "p": ("pending", 0, 0),
            "f": ("failed", 2, 2),
            "r": ("pending", 1, 1),
            "c": ("completed", 0, 0),
            "d": ("dead", 3, 3),
        }
        spec = jobs["p"].spec
        assert (spec.command, spec.argv, spec.shell, spec.env) == ("echo hi", None, None, {})
        assert (spec.priority, spec.timeout, spec.max_retries, spec.backoff_base) == (7, 30, 5, 3)
        assert (jobs["p"].waited, jobs["r"].waited) == ((4, 4) if ages else (0, 0))
        assert jobs["f"].next_retry_at == millis(2099, 1, 1)
        assert (jobs["f"].error, jobs["d"].error) == ("Exit code 1: no", "Timeout exceeded (20s)")
        assert jobs["p"].created_at == millis(2025, 11, 9, 10, 15, 23)
        assert jobs["c"].finished_at == millis(2025, 11, 9, 10, 15, 30)
        assert jobs["c"].duration == (1.5 if ages else 0)
        assert store.reads.details(jobs["c"].seq).runs[-1].tail == "Hello\n"
        assert store.reads.details(jobs["d"].seq).runs[-1].tail == "part"
        assert store.reads.counts()[State.PENDING] == 2
        assert events(store, jobs["c"].seq) == [(0, None, "completed", "upgraded from 1.0")]


def test_the_next_run_is_that_of_the_attempts_and_one(old):
    make_old(old.database, [job("a", attempts=2, max_retries=4)])
    with upgraded(old) as store:
        claim = claim_one(store)
        assert claim.run == 3
        finish(store, claim, Failed(1), NOW)
        assert store.reads.by_id("a").attempts == 3


def test_an_upgraded_queue_works_like_any_other(old):
    make_old(old.database, [job("a", output="before"), job("b", state="dead", attempts=3)])
    with upgraded(old) as store:
        finish(store, claim_one(store), Succeeded(), NOW)
        store.changes.retry([store.reads.by_id("b").seq])
        finish(store, claim_one(store), Succeeded(), NOW)
        assert set(store.reads.counts().values()) == {0, 2}
        assert [run.run for run in store.reads.details(1).runs] == [0, 1]


def test_the_order_of_running_is_that_of_1_0(old):
    rows = [
        job("late", created_at="2025-11-09T12:00:00"),
        job("early", created_at="2025-11-09T09:00:00"),
        job("aged", priority=1, waiting_time=9),
        job("odd high", priority=99),
        job("odd low", priority=-3),
        job("due", state="failed", attempts=1, next_retry_at="2020-01-01T00:00:00", priority=8),
        job("stuck", state="processing", priority=6, waiting_time=1),
    ]
    make_old(old.database, rows)
    wanted = order_of(old.database)
    with upgraded(old) as store:
        assert store.reads.by_id("odd high").spec.priority == 99, "nothing is clamped"
        assert store.reads.by_id("odd low").effective == -3
        assert order_of_claims(store) == wanted
    assert wanted == ["odd high", "aged", "due", "stuck", "early", "late", "odd low"]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-11-09T10:14:12.123456", millis(2025, 11, 9, 10, 14, 12) + 123),
        ("2025-11-09T10:14:12", millis(2025, 11, 9, 10, 14, 12)),
        ("2025-11-09 10:14:12", millis(2025, 11, 9, 10, 14, 12)),
        ("2025-11-09T10:14:12+02:00", millis(2025, 11, 9, 8, 14, 12)),
        ("1960-01-01T00:00:00", 0),
        ("yesterday", NOW),
        ("", NOW),
        (None, NOW),
        (12.5, NOW),
        (b"\xff\x00", NOW),
    ],
)
def test_each_spelling_of_a_time_is_read_and_what_is_none_is_now(old, text, moment):
    make_old(old.database, [job("a", state="failed", created_at=text, updated_at=text, next_retry_at=text)])
    told = told_by(old)
    with opened(old) as store:
        (found,) = all_jobs(store)
        assert (found.created_at, found.updated_at, found.next_retry_at) == (moment,) * 3
    assert any("its time of creation" in line for line in told) == (moment == NOW)


ODD = [
    ({"id": None}, State.PENDING, "A job without an id is now called 'job-1'."),
    ({"id": ""}, State.PENDING, "A job without an id is now called 'job-1'."),
    ({"command": None}, State.DEAD, "Job 'odd' had no command; it is in the dead letter queue."),
    ({"command": ""}, State.DEAD, "Job 'odd' had no command; it is in the dead letter queue."),
    ({"state": "paused"}, State.DEAD, "Job 'odd' had the unknown state 'paused'; it is in the dead letter queue."),
    ({"state": None}, State.DEAD, "Job 'odd' had the unknown state ''; it is in the dead letter queue."),
    ({"state": "processing"}, State.PENDING, "Job 'odd' was left processing by 1.0; it is pending again."),
    ({"attempts": "many"}, State.PENDING, "Job 'odd': attempts was 'many', and is 0 now."),
    ({"attempts": -2}, State.PENDING, "Job 'odd': attempts was '-2', and is 0 now."),
    ({"timeout": 9e999}, State.PENDING, "Job 'odd': timeout was 'inf', and is 20 now."),
    ({"timeout": "soon"}, State.PENDING, "Job 'odd': timeout was 'soon', and is 20 now."),
    ({"max_retries": 1e300}, State.PENDING, "Job 'odd': max_retries was '1e+300', and is 3 now."),
    ({"max_retries": None}, State.PENDING, "Job 'odd': max_retries was '', and is 3 now."),
    ({"backoff_base": b"\x00\xff"}, State.PENDING, "Job 'odd': backoff_base was "),
    ({"priority": "high"}, State.PENDING, "Job 'odd': priority was 'high', and is 0 now."),
    ({"priority": "8 or so"}, State.PENDING, "Job 'odd': priority was '8 or so', and is 8 now."),
    ({"priority": None}, State.PENDING, "Job 'odd': priority was '', and is 5 now."),
    ({"priority": 5.5}, State.PENDING, "Job 'odd': priority was '5.5', and is 5 now."),
    ({"waiting_time": 2**62}, State.PENDING, "Job 'odd': waiting_time was '4611686018427387904', and is 0 now."),
    ({"execution_time": 9e999, "state": "completed"}, State.COMPLETED, None),
    ({"execution_time": 1e300, "state": "completed"}, State.COMPLETED, None),
    ({"execution_time": float("nan"), "state": "completed"}, State.COMPLETED, None),
    ({"execution_time": -1e300, "state": "completed"}, State.COMPLETED, None),
    ({"output": b"\xff\x00\xfe", "error_message": b"\xff"}, State.PENDING, None),
    ({"output": Raw(b"caf\xe9"), "command": Raw(b"echo \xff")}, State.PENDING, None),
    ({"priority": 99}, State.PENDING, None),
    ({"priority": -3}, State.PENDING, None),
]


@pytest.mark.parametrize(("odd", "state", "said"), ODD, ids=str)
def test_an_odd_row_comes_over_and_what_was_changed_is_told(old, odd, state, said):
    make_old(old.database, [job("odd", **odd) if "id" not in odd else {**job("odd"), **odd}, job("plain")])
    told = told_by(old)
    with opened(old) as store:
        first, second = all_jobs(store)
        assert (first.state, second.id, second.state) == (state, "plain", State.PENDING)
    assert told[0] == "The queue of QueueCTL 1.0 was upgraded: 2 job(s) kept."
    if said is None:
        assert len(told) == 1
    else:
        assert told[1].startswith(said)


def test_ids_that_look_alike_stay_apart(old):
    rows = [job(id) for id in ("A", "a", "a ", b"a", "a\x00", "job-1", None, None)]
    make_old(old.database, rows)
    with upgraded(old) as store:
        ids = [each.id for each in all_jobs(store)]
    assert ids[:3] == ["A", "a", "a "]
    assert "job-1" in ids
    assert len(set(ids)) == len(rows)


def test_text_that_is_no_text_is_kept_as_far_as_it_can_be_read(old):
    make_old(old.database, [job("a", command=Raw(b"echo caf\xe9"), output=Raw("ü\n".encode() + b"\xff"))])
    with upgraded(old) as store:
        assert store.reads.by_id("a").spec.command == "echo caf\ufffd"
        assert store.reads.details(1).runs[0].tail == "ü\n\ufffd"


def test_what_1_0_wrote_into_config_by_itself_is_dropped_and_what_was_chosen_stays(old):
    config = [("timeout", "60"), ("max-retries", "7"), ("colour", "red"), ("workers", "many"), (None, None)]
    make_old(old.database, [], config)
    told = told_by(old)
    with opened(old) as store:
        assert store.options.set_keys() == {"timeout": "60", "max-retries": "7"}
        assert store.options.text("backoff-base") == "2"
    assert told == [
        "The queue of QueueCTL 1.0 was upgraded: 0 job(s) kept.",
        "The setting  =  was left out.",
        "The setting colour = red was left out.",
        "'many' is not a value of workers: a whole number from 1 to 256",
        "The setting workers = many was left out.",
    ]


def test_a_queue_without_config_comes_over(old):
    make_old(old.database, [job("a")])
    with closing(sqlite3.connect(old.database)) as raw:
        raw.execute("DROP TABLE config")
    with upgraded(old) as store:
        assert store.reads.count() == 1


def test_a_backup_is_made_before_and_can_be_opened(old):
    make_old(old.database, [job("a"), job("b")])
    with closing(sqlite3.connect(old.database)) as raw:
        before = list(raw.iterdump())
    with upgraded(old):
        pass
    (backup,) = old.backups.iterdir()
    assert backup.name == "queuectl-20231114T221320000Z-1.0.db"
    if os.name == "posix":
        assert {stat.S_IMODE(path.stat().st_mode) for path in (backup, old.database)} == {0o600}
    with closing(sqlite3.connect(backup)) as raw:
        assert list(raw.iterdump()) == before


def test_a_backup_holds_what_only_the_wal_held(old):
    with crashed_1_0(old):
        with upgraded(old) as store:
            assert [each.id for each in all_jobs(store)] == ["in the wal"]
        (backup,) = old.backups.iterdir()
        with closing(sqlite3.connect(backup)) as raw:
            assert raw.execute("SELECT id FROM jobs").fetchall() == [("in the wal",)]


@contextmanager
def crashed_1_0(home):
    """A 1.0 database as a crash leaves it: its one job stands in the WAL alone."""
    make_old(home.database, [])
    with tempfile.TemporaryDirectory() as elsewhere:
        copy = Path(elsewhere) / "q.db"
        shutil.copy(home.database, copy)
        with closing(sqlite3.connect(copy)) as raw:
            raw.execute("INSERT INTO jobs (id, command, state) VALUES ('in the wal', 'echo', 'pending')")
            raw.commit()
            for ending in ("", "-wal", "-shm"):
                shutil.copy(f"{copy}{ending}", f"{home.database}{ending}")
    yield


def test_an_upgraded_database_is_not_upgraded_again(old):
    make_old(old.database, [job("a")])
    assert len(told_by(old)) == 1
    assert told_by(old) == []
    assert len(list(old.backups.iterdir())) == 1


PID = 4242
SHAPES = [
    {"worker-1": {"pid": PID, "started_at": SANE}},
    {"worker-1": PID},
    {"workers": [{"worker_id": "worker-1", "pid": PID}]},
    [{"id": "worker-1", "pid": str(PID)}],
    {"worker-1": {"pid": 1}, "worker-2": {"process": {"pid": PID}}},
    {str(PID): "worker-1"},
    [PID],
]


def snapshot(home):
    """Names of all files, and the bytes of all but the -shm, whose marks say who looks."""
    return {
        str(path.relative_to(home.root)): None if path.suffix == ".db-shm" or path.is_dir() else path.read_bytes()
        for path in sorted(home.root.rglob("*"))
        if not path.name.endswith(".lock")
    }


@pytest.mark.parametrize("left", ["clean", "crashed"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_living_worker_of_1_0_refuses_the_upgrade_and_nothing_is_touched(old, shape, left):
    if left == "clean":
        make_old(old.database, [job("a")])
        refuse_upgrade(old, shape)
    else:
        with crashed_1_0(old):
            refuse_upgrade(old, shape)


def refuse_upgrade(home, shape):
    (home.data / "workers.json").write_text(json.dumps(shape), encoding="utf-8-sig")
    before = snapshot(home)
    with pytest.raises(OldWorkerAlive, match=f"is still running \\(PID: {PID}\\)") as caught:
        open_now(home, is_old_worker={PID}.__contains__)
    assert "python queuectl.py worker stop" in str(caught.value.remedy)
    # the ring may have been hung; the database's folder is as it was
    assert snapshot(home) == before


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "7",
        '"x"',
        "[" * 100_000,
        '{"pid": true}',
        '{"pid": 99999999999999999999}',
        "\x00",
        '{"pid": -1}',
    ],
    ids=lambda text: text[:12],
)
def test_a_workers_file_that_names_no_living_worker_stops_nothing(old, text):
    make_old(old.database, [job("a", state="processing")])
    (old.data / "workers.json").write_text(text)
    asked = []

    def is_old_worker(pid):
        asked.append(pid)
        return False

    with upgraded(old, is_old_worker=is_old_worker) as store:
        assert store.reads.by_id("a").state is State.PENDING
    assert all(0 < pid < 2**34 for pid in asked)


@pytest.mark.skipif(KILLED is None, reason="SIGKILL")
def test_kill_9_in_the_migration_leaves_a_1_0_database_that_upgrades_afterwards(old):
    make_old(old.database, [job(f"n{number}") for number in range(300)])
    with closing(sqlite3.connect(old.database)) as raw:
        before = list(raw.iterdump())
    killed = Python(old, 'open_now(home, kill_point=kill_at("in_migration"))')
    assert killed.end()[0] == KILLED
    with closing(sqlite3.connect(old.database)) as raw:
        assert list(raw.iterdump()) == before
        assert raw.execute("PRAGMA user_version").fetchone() == (0,)
        assert raw.execute("PRAGMA application_id").fetchone() == (0,)
    with upgraded(old) as store:
        assert store.reads.count() == 300


def test_an_upgrade_that_fails_leaves_a_1_0_database(old):
    make_old(old.database, [job("a")])

    class Stop(Exception):
        pass

    def kill_point(name):
        raise Stop(name)

    with pytest.raises(Stop):
        open_now(old, kill_point=kill_point)
    with closing(sqlite3.connect(old.database)) as raw:
        assert raw.execute("SELECT id FROM jobs").fetchall() == [("a",)]
    with upgraded(old) as store:
        assert store.reads.count() == 1


def small_home():
    return tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.exists() else None)


ANYTHING = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-5, 5),
    st.floats(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.binary(max_size=8),
    st.binary(max_size=8).map(Raw),
    st.sampled_from(
        ["pending", "failed", "processing", "dead", "completed", SANE, "2025-11-09 10:15:23", "1e999", "7"]
    ),
)
COLUMNS = (
    *("id", "command", "state", "attempts", "max_retries", "timeout", "backoff_base", "priority", "waiting_time"),
    *("created_at", "updated_at", "next_retry_at", "error_message", "output", "execution_time", "locked_by"),
)


def unlike(row):
    """What the primary key compares: a value's class and the value."""
    id = row.get("id")
    if isinstance(id, float | int):
        return "text", f"{float(id)!r}"
    return (
        ("text", bytes(id)) if isinstance(id, Raw) else ("text", id.encode()) if isinstance(id, str) else (type(id), id)
    )


@settings(max_examples=120)
@given(
    rows=st.lists(st.dictionaries(st.sampled_from(COLUMNS), ANYTHING, min_size=1), max_size=6),
    config=st.lists(st.tuples(st.sampled_from(["timeout", "workers", "theme", "x"]), ANYTHING), max_size=3),
)
def test_whatever_stands_in_the_rows_each_of_them_arrives(rows, config):
    seen = set()
    rows = [row for row in rows if row.get("id") is None or not (unlike(row) in seen or seen.add(unlike(row)))]
    with small_home() as folder:
        home = Home(Path(folder))
        home.make()
        try:
            make_old(home.database, rows, config)
        except sqlite3.IntegrityError:
            return  # two ids that SQLite takes for one
        told = []
        with upgraded(home, told) as store:
            jobs = all_jobs(store)
            assert len(jobs) == len(rows)
            assert store.reads.counts() == {state: sum(each.state is state for each in jobs) for state in State}
            assert all(str(line) for line in told)
            for each in jobs:
                assert store.reads.details(each.seq).events[-1].to_state is each.state
            waiting = store.reads.counts()[State.PENDING]
            assert len(order_of_claims(store)) >= waiting
            store.options.values()


@settings(max_examples=60)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "state": st.sampled_from(["pending", "failed", "processing"]),
                "priority": st.integers(-(2**40), 2**40) | st.integers(1, 10) | st.text("7x -", max_size=4),
                "waiting_time": st.integers(0, 30) | st.text("7x", max_size=2),
                "created_at": st.sampled_from([SANE, SANE + ".5", "2025-11-09 23:00:00", "x", None, 5, 5.5, b"t"]),
            }
        ),
        max_size=8,
    )
)
def test_whatever_the_rows_the_order_of_running_is_that_of_1_0(rows):
    """But for fractions, which become whole numbers: that is told, and their place may differ."""
    with small_home() as folder:
        home = Home(Path(folder))
        home.make()
        make_old(home.database, [job(f"n{number}", **row) for number, row in enumerate(rows)])
        wanted = order_of(home.database)
        with upgraded(home) as store:
            assert order_of_claims(store) == wanted
