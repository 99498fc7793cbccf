"""The runner makes a backup a day, beside the work, and leaves when it finds damage."""

import os
import sys

import pytest
from PySide6.QtCore import Qt

from app.engine.daily_backup import DailyBackup
from app.store.backup_names import DAILY
from app.store.backups import A_DAY, backups
from tests.runners import running, start, states, wait_for, wait_for_states
from tests.store.jobs import enqueue, new, opened


@pytest.fixture
def store(home, clock):
    with opened(home, clock=clock) as store:
        yield store


@pytest.fixture
def daily(store, qapp):  # noqa: ARG001  a timer needs an application
    made = []

    def make(kept=7, floor=0):
        made.append(DailyBackup(store, kept, floor))
        return made[-1]

    yield make
    for one in made:
        one.close()


def finished(daily):
    """Let it finish what it makes."""
    daily._thread.join()


def test_one_a_day_when_something_has_changed(home, store, clock, daily):
    enqueue(store, "a")
    backup = daily()
    for more, count in ((0, 1), (A_DAY / 2000, 1), (A_DAY / 2000, 2)):
        clock.forward(more)
        enqueue(store, None)
        backup.look()
        finished(backup)
        assert len(backups(home)) == count
    clock.forward(A_DAY / 1000)
    backup.look()
    finished(backup)
    assert len(backups(home)) == 2  # nothing had changed


def test_so_many_are_kept_as_the_option_says(home, store, clock, daily):
    backup = daily(kept=2)
    for _ in range(4):
        clock.forward(A_DAY / 1000)
        enqueue(store, None)
        backup.look()
        finished(backup)
    assert [one.label for one in backups(home)] == [DAILY, DAILY]
    backup.keep(0, 0)
    clock.forward(A_DAY / 1000)
    enqueue(store, None)
    backup.look()
    assert len(backups(home)) == 2


def test_none_is_made_that_would_have_jobs_put_back_for_want_of_space(home, store, daily, caplog):
    enqueue(store, "a")
    backup = daily(floor=2**60)
    backup.look()
    finished(backup)
    assert backups(home) == []
    assert caplog.messages[0].startswith("no backup was made: with ")
    backup.keep(7, 0)
    backup.look()
    finished(backup)
    assert len(backups(home)) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_that_none_could_be_made_is_told_once_until_one_can(home, store, clock, daily, caplog):
    told = []

    def look(floor=0):
        backup.keep(7, floor)
        backup.look()
        finished(backup)
        clock.forward(A_DAY / 1000)
        enqueue(store, None)

    backup = daily()
    backup.failed.connect(lambda words: told.append(str(words)), Qt.ConnectionType.DirectConnection)
    home.backups.rmdir()
    home.backups.write_text("in the way")
    look()
    look(floor=2**60)
    home.backups.unlink()
    home.backups.mkdir()
    look()
    look(floor=2**60)
    assert [words.partition("\n")[0] for words in told] == ["No daily backup was made"] * 2
    assert str(home.backups) in told[0]
    assert "disk-floor" in told[1]
    caplog.clear()


@pytest.mark.skipif(sys.platform == "win32", reason="the commands here are for /bin/sh")
def test_a_runner_notes_for_the_person_that_none_could_be_made(home):
    with opened(home) as store:
        store.options.set("disk-floor", str(2**40))  # more than there is
        with running(home):
            wait_for(lambda: store.notices.newest(1), "the notice")
        (notice,) = store.notices.newest(1)
    assert str(notice.words).startswith("No daily backup was made\n")


def test_closing_leaves_half_a_backup_and_nothing_of_it(home, store, daily, monkeypatch):
    store.intake.enqueue(new(command="x" * 4000) for _ in range(800))
    backup = daily()
    monkeypatch.setattr("app.engine.daily_backup.time.sleep", lambda _: backup._closing.wait(60))
    backup.look()
    wait_for(lambda: any(home.backups.iterdir()), "the copying to begin")
    backup.close()
    assert list(home.backups.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="the commands here are for /bin/sh")
def test_a_runner_makes_one_as_it_begins(home):
    with opened(home) as store, running(home):
        store.intake.enqueue([new("it", command="true")])
        wait_for_states(store, it="completed")
        wait_for(lambda: len(backups(home)) == 1, "the backup")


@pytest.mark.skipif(sys.platform == "win32", reason="the commands here are for /bin/sh")
def test_a_runner_that_follows_a_killed_one_finds_damage_and_leaves_without_touching_it(home):
    with opened(home) as store:
        store.intake.enqueue(new(f"j{n}", command="sleep 60 #" + "x" * 400) for n in range(300))
        with running(home) as runner:
            wait_for(lambda: "processing" in states(store).values(), "a job to run")
            runner.kill()
            runner.wait()
    data = bytearray(home.database.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 8192] = os.urandom(8192)
    home.database.write_bytes(data)
    process = start(home)
    assert process.wait(60) == 1
    assert home.database.read_bytes() == bytes(data)
    log = "".join(path.read_text() for path in home.logs.glob("runner*"))
    assert "is damaged" in log


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody delete what is open")
@pytest.mark.parametrize("what", ["removed", "replaced"])
def test_a_runner_whose_database_is_gone_leaves_and_makes_none(home, tmp_path, what):
    with opened(home) as store, running(home) as runner:
        wait_for(lambda: store.runner.row().pid == runner.pid, "the runner to begin")
        if what == "replaced":
            other = tmp_path / "other.db"
            other.write_bytes(b"another file")
            other.replace(home.database)
        else:
            home.database.unlink()
        assert runner.wait(60) == 1
        assert home.database.exists() is (what == "replaced")
