"""Several processes on one database."""

from collections import Counter

from app.domain.job import State
from app.locks import ProcessLock
from app.paths import Home
from tests.store.jobs import new, opened
from tests.store.old_queue import job, make_old
from tests.store.processes import Python, at_once

CLAIM_ALL = """
claimed = []
with opened(home, patience=120) as store:  # SQLite lets waiting writers in by chance, and cores are shared
    go()
    while claims := store.work.claim(1 + len(claimed) % 7):
        claimed += [[claim.job.seq, claim.run, claim.token] for claim in claims]
answer(claimed)
"""
OPEN = """
go()
with opened(home, patience=120) as store:
    answer(enqueue(store, None))
"""
TAKE = """
from app.locks import ProcessLock
lock = ProcessLock(home.runner_lock)
go()
answer(lock.take())
sys.stdin.readline()
"""


def test_eight_processes_claim_10_000_jobs_none_twice_and_none_lost(quick_path):
    home = Home(quick_path / "home")
    with opened(home) as store:
        store.intake.enqueue(new(priority=1 + number % 10) for number in range(10_000))
        claimed = [tuple(claim) for (claims,) in at_once(home, 8, CLAIM_ALL) for claim in claims]
        assert Counter(seq for seq, _, _ in claimed) == Counter(range(1, 10_001))
        runs = store.database.run("SELECT seq, run, token FROM run")
        assert sorted(runs) == sorted(claimed)
        events = store.database.run("SELECT seq, run FROM event WHERE to_state = 'processing'")
        assert sorted(events) == sorted((seq, run) for seq, run, _ in claimed)
        counts = store.reads.counts()
        assert (counts[State.PROCESSING], counts[State.PENDING]) == (10_000, 0)


def test_ten_processes_that_make_the_database_of_a_fresh_home_at_once_make_one(quick_path):
    home = Home(quick_path / "home")
    seqs = [seq for (seq,) in at_once(home, 10, OPEN)]
    assert sorted(seqs) == list(range(1, 11)), "each found what the others had put in"
    known = {"queuectl.db", "bell", "progress", "queuectl.db-wal", "queuectl.db-shm"}
    assert {path.name for path in home.data.iterdir()} <= known


def test_ten_processes_that_upgrade_at_once_upgrade_once(quick_path):
    home = Home(quick_path / "home")
    home.make()
    make_old(home.database, [job("old")])
    piece = """
go()
with opened(home) as store:
    answer(store.reads.by_seq(1).id)
"""
    answers = [answer for (answer,) in at_once(home, 10, piece)]
    assert answers == ["old"] * 10  # who comes while another upgrades waits for it
    assert len(list(home.backups.iterdir())) == 1
    with opened(home) as store:
        assert store.reads.count() == 1


def test_ten_runners_that_start_at_once_are_one(quick_path):
    home = Home(quick_path / "home")
    home.make()
    starts = [Python(home, TAKE) for _ in range(10)]
    for start in starts:
        start.ready()
    for start in starts:
        start.let_go()
    took = [start.process.stdout.readline() for start in starts]
    assert Counter(took) == {"true\n": 1, "false\n": 9}
    assert ProcessLock(home.runner_lock).is_held()
    for start in starts:
        start.let_go()
        assert start.end()[0] == 0
    assert not ProcessLock(home.runner_lock).is_held()
