"""Backups are whole, sound, made beside the work, and kept by number."""

import os
import stat

import pytest

from app.store.backup_names import BY_HAND, DAILY, HALF, backup_name, read_name
from app.store.backups import (
    A_DAY,
    Stopped,
    TargetExists,
    back_up,
    backups,
    copy_to,
    drop_old,
    is_due,
    newest_good,
)
from app.store.database import reading_only
from app.store.errors import Damaged
from app.store.migrations import MIGRATIONS
from tests.store.jobs import claim_one, enqueue, new, open_now, opened


def nothing():
    """Do nothing between the steps."""


@pytest.fixture
def store(home, clock):
    with opened(home, clock=clock) as store:
        yield store


def ids(path):
    connection = reading_only(path)
    found = {id for (id,) in connection.execute("SELECT id FROM job")}
    connection.close()
    return found


def test_a_backup_holds_what_only_the_wal_holds(home, store, clock):
    enqueue(store, "a", "b")
    made = back_up(home, clock(), DAILY, nothing)
    assert ids(made.path) == {"a", "b"}
    assert backups(home) == [made]


def test_it_is_one_file_for_this_person_only(home, store, clock):
    before = os.umask(0)
    try:
        enqueue(store, "a")
        made = back_up(home, clock(), DAILY, nothing)
        assert list(home.backups.iterdir()) == [made.path]
        if os.name == "posix":
            assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_jobs_are_added_and_claimed_while_it_is_made_and_it_shows_one_moment(home, store, clock):
    store.intake.enqueue(new(command="x" * 4000) for _ in range(800))
    steps = []

    def between():
        steps.append(enqueue(store, None))
        claim_one(store)

    made = back_up(home, clock(), DAILY, between)
    assert len(steps) >= 3  # more than one step, each with a commit of somebody else's
    assert len(ids(made.path)) == 800


@pytest.mark.parametrize(
    "change",
    [
        lambda store: enqueue(store, "b"),
        lambda store: store.changes.edit(1, lambda spec: spec),
        lambda store: store.changes.remove([1]),
        lambda store: store.options.set("workers", "3"),
        lambda store: store.changes.set_paused(True),
        lambda store: store.changes.run_next(1),
        lambda store: store.work.claim(1),
    ],
    ids=["enqueue", "edit", "remove", "option", "pause", "run next", "claim"],
)
def test_none_is_made_when_nothing_has_changed(home, store, clock, change):
    enqueue(store, "a")
    assert back_up(home, clock(), DAILY, nothing) is not None
    store.runner.begin(1, None, "2", "boot", 1)  # that a runner came is nothing that a person would miss
    clock.forward(1)
    assert back_up(home, clock(), DAILY, nothing) is None
    change(store)
    assert back_up(home, clock(), DAILY, nothing) is not None


def test_half_a_backup_never_counts_and_goes(home, store, clock):
    enqueue(store, "a")

    def stop():
        raise Stopped

    with pytest.raises(Stopped):
        back_up(home, clock(), DAILY, stop)
    assert list(home.backups.iterdir()) == []
    (home.backups / f"{backup_name(clock(), DAILY)}{HALF}").write_bytes(b"killed here")
    assert backups(home) == []
    drop_old(home, 7, clock())
    assert list(home.backups.iterdir()) == []


def test_one_that_is_not_wanted_any_more_is_left_off_in_its_check_too(home, store, clock, monkeypatch):
    from app.store import backups as module

    store.intake.enqueue(new(command="x" * 500) for _ in range(500))
    checks = []

    def look(connection, **how):
        checks.append(how)
        return real(connection, **how)

    def stop():
        if checks:
            raise Stopped

    real = module.faults
    monkeypatch.setattr(module, "faults", look)
    monkeypatch.setattr(module, "_STEPS", 1000)
    with pytest.raises(Stopped):
        back_up(home, clock(), DAILY, stop)
    assert checks == [{"thorough": True}]
    assert list(home.backups.iterdir()) == []


def test_half_a_backup_that_a_person_may_be_making_stays_for_a_day(home, clock):
    home.make()
    half = home.backups / f"{backup_name(clock(), BY_HAND)}{HALF}"
    half.write_bytes(b"going on")
    drop_old(home, 7, clock() + A_DAY - 1)
    assert half.exists()
    drop_old(home, 7, clock() + A_DAY)
    assert not half.exists()


def test_what_an_upgrade_keeps_has_no_backup_s_name_until_it_is_whole(home, clock, monkeypatch):
    from app.store import opening

    copied = []

    def copy(source, target):
        copied.append(target)
        real(source, target)
        assert backups(home) == []

    real = opening.copy_database
    monkeypatch.setattr(opening, "copy_database", copy)
    open_now(home, clock=clock, migrations=MIGRATIONS[:-1])
    open_now(home, clock=clock)
    assert len(copied) == 1
    assert [backup.label for backup in backups(home)] == [f"v{len(MIGRATIONS) - 1}"]


def test_a_damaged_database_gives_no_backup(home, store, clock):
    store.intake.enqueue(new(command="x" * 500) for _ in range(300))
    store.database.close()
    data = bytearray(home.database.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = b"\xaa" * 4096
    home.database.write_bytes(data)
    with pytest.raises(Damaged, match=r"queuectl\.db is damaged"):
        back_up(home, clock(), DAILY, nothing)
    assert list(home.backups.iterdir()) == []


def test_the_newest_daily_ones_are_kept_and_all_others(home, store, clock):
    for number in range(5):
        clock.forward(100_000)
        enqueue(store, f"job{number}")
        back_up(home, clock(), BY_HAND if number == 0 else DAILY, nothing)
    dropped = drop_old(home, 2, clock())
    assert len(dropped) == 2
    assert [backup.label for backup in backups(home)] == [DAILY, DAILY, BY_HAND]
    assert ids(newest_good(home, clock()).path) == {f"job{number}" for number in range(5)}


def test_one_is_due_when_the_newest_is_a_day_old(home, store, clock):
    enqueue(store, "a")
    assert is_due(home, clock())
    back_up(home, clock(), DAILY, nothing)
    assert not is_due(home, clock() + A_DAY - 1)
    assert is_due(home, clock() + A_DAY)
    assert is_due(home, clock() - 1)  # the clock was set back


def test_what_a_clock_that_was_too_far_on_has_dated_is_no_newer_than_what_was_made_since(home, store, clock):
    for number in range(3):
        clock.forward(100_000)
        enqueue(store, f"ahead{number}")
        back_up(home, clock(), DAILY, nothing)
    clock.forward(-1_000_000)
    for number in range(2):
        clock.forward(100_000)
        enqueue(store, f"since{number}")
        made = back_up(home, clock(), DAILY, nothing)
        drop_old(home, 3, clock())
        assert newest_good(home, clock()) == made
    assert not is_due(home, clock() + 1)
    assert [ids(backup.path) >= {"since0"} for backup in backups(home, clock())] == [True, True, False]


def test_a_file_that_exists_is_not_overwritten(home, store, tmp_path):
    enqueue(store, "a")
    target = tmp_path / "mine.db"
    copy_to(home, target)
    assert ids(target) == {"a"}
    with pytest.raises(TargetExists):
        copy_to(home, target)


def test_a_name_tells_when_and_what_for():
    assert read_name(backup_name(1_700_000_000_123, "v1")) == (1_700_000_000_123, "v1")
    assert read_name("queuectl-20231314T000000000Z-daily.db") is None
    assert read_name("queuectl.db") is None
