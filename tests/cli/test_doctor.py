"""``queuectl doctor``: what is wrong is found and has a remedy, and nothing is changed by looking."""

import errno
import json
import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from app import __version__
from app.bootstrap import process_lives
from app.desktop.process_facts import created
from app.store import checks
from app.store.database import raw_connection
from app.store.runner_store import Ask
from app.store.store import Store
from tests.store.jobs import claim_one, enqueue, open_now
from tests.store.old_queue import job, make_old

ALWAYS = {"program", "python", "qt", "sqlite", "job file schema", "home", "database", "space"}
WITH_A_QUEUE = ALWAYS | {"permissions", "backups", "counters", "references", "runner"}


@pytest.fixture
def doctor(queuectl, clock, monkeypatch):
    """Looks, and returns the checks by name, after having seen that text and exit code say the same."""

    monkeypatch.setattr("app.cli.doctor._opened", lambda home: Store(home, clock=clock))

    def look():
        answer, text = queuectl("doctor", "--json"), queuectl("doctor")
        found = {check["check"]: check for check in answer.json}
        wrong = [check for check in found.values() if not check["ok"]]
        assert answer.code == text.code == int(bool(wrong))
        assert answer.err == text.err == ""
        assert text.out.count("\nWRONG") + text.out.startswith("WRONG") == len(wrong)
        assert all(check["remedy"] for check in wrong)
        end = f"{len(wrong)} of {len(found)} checks found something wrong" if wrong else "Everything is in order"
        assert text.out.endswith(f"\n\n{end}\n")
        return found

    return look


def edit(home, *statements):
    """Do to the file what only a bug or a foreign program does."""
    connection = raw_connection(home.database)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_an_empty_home_is_in_order_and_stays_empty(doctor, home):
    found = doctor()
    assert set(found) == ALWAYS
    assert all(check["ok"] for check in found.values())
    assert found["database"]["detail"] == f"{home.database}: there is none yet"
    assert not home.root.exists()


def test_a_queue_is_in_order(doctor, store):
    enqueue(store, "a")
    found = doctor()
    assert set(found) == WITH_A_QUEUE
    assert all(check["ok"] for check in found.values())
    assert found["program"]["detail"] == f"QueueCTL {__version__}"
    assert found["runner"]["detail"] == "none is running; 1 job(s) wait"
    assert "worker start" in found["runner"]["remedy"]


def test_a_runner_that_is_well_is_told(doctor, runner, store):
    enqueue(store, "a")
    runner.start(slots=3)
    runner.claim()
    found = doctor()
    assert all(check["ok"] for check in found.values())
    assert found["runner"]["detail"] == "PID 4242, version 2.0.0, running, 3 worker(s)"
    assert found["processing"]["detail"] == "1 job(s), each with its run"


def test_a_runner_of_another_version_is_wrong(doctor, runner, store):
    runner.start(slots=1)
    store.runner.begin(runner.pid, 1.0, "1.9.9", "boot", 1)
    found = doctor()
    assert not found["runner"]["ok"]
    assert "version 1.9.9" in found["runner"]["detail"]
    assert "worker stop" in found["runner"]["remedy"]


def test_a_runner_that_does_not_answer_is_wrong_after_10_s(doctor, runner, store, clock):
    runner.start(slots=1)
    store.runner.ask(Ask.DRAIN)
    clock.forward(10)
    assert doctor()["runner"]["ok"]
    clock.forward(5)
    found = doctor()["runner"]
    assert not found["ok"]
    assert found["detail"].startswith("has not answered for 15 s")


def test_a_lock_that_the_named_process_does_not_hold_is_wrong(doctor, runner, queuectl):
    runner.start(slots=1)
    queuectl.lives = set()
    found = doctor()["runner"]
    assert not found["ok"]
    assert "runner.lock" in found["remedy"]


def test_what_a_dead_runner_left_processing_is_wrong(doctor, runner, store):
    enqueue(store, "a")
    runner.start(slots=1)
    runner.claim()
    runner.die()
    found = doctor()
    assert found["runner"]["detail"] == "none is running; the last one (PID: 4242) died without a word"
    assert not found["processing"]["ok"]
    assert "worker start" in found["processing"]["remedy"]


def test_a_processing_job_without_a_run_is_wrong(doctor, runner, store, home):
    enqueue(store, "a")
    runner.start(slots=1)
    claim_one(store)
    edit(home, "DELETE FROM run")
    assert not doctor()["processing"]["ok"]


def test_counters_and_references_that_do_not_hold_are_wrong(doctor, store, home):
    enqueue(store, "a")
    edit(
        home,
        "UPDATE state_count SET jobs = 7 WHERE state = 'dead'",
        "PRAGMA foreign_keys = off",
        "INSERT INTO event (seq, run, to_state, cause, at) VALUES (99, 0, 'pending', 'x', 0)",
    )
    found = doctor()
    assert (found["counters"]["ok"], found["counters"]["detail"]) == (False, "dead: 7 counted, 0 there")
    assert (found["references"]["ok"], found["references"]["detail"]) == (False, "1 row(s) belong to no job")


def test_a_newer_database_is_told_and_not_touched(doctor, home):
    open_now(home)
    edit(home, "PRAGMA user_version = 99")
    before = home.database.read_bytes()
    found = doctor()
    assert not found["database"]["ok"]
    assert "belongs to a newer QueueCTL" in found["database"]["detail"]
    assert "Install the newer QueueCTL" in found["database"]["remedy"]
    assert home.database.read_bytes() == before


def test_a_queue_of_1_0_is_in_order_and_not_upgraded_by_looking(doctor, home):
    home.make()
    make_old(home.database, [job("a")])
    before = home.database.read_bytes()
    found = doctor()
    assert found["database"]["ok"]
    assert "1.0" in found["database"]["detail"]
    assert home.database.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"no database" * 50])
def test_a_file_that_is_no_database_is_wrong(doctor, home, content):
    home.make()
    home.database.write_bytes(content)
    assert not doctor()["database"]["ok"]


def test_a_folder_in_the_place_of_the_database_is_told_with_its_remedy(doctor, home):
    home.make()
    home.database.mkdir()
    found = doctor()["database"]
    assert not found["ok"]
    assert found["detail"] == f"{home.database} is a folder, but the queue's database belongs there"
    assert found["remedy"].startswith("Move it away")


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_permissions_that_let_others_in_are_wrong(doctor, store, home):
    enqueue(store, "a")
    assert doctor()["permissions"]["ok"]
    home.database.chmod(0o644)
    home.outputs.chmod(0o755)
    found = doctor()["permissions"]
    assert not found["ok"]
    assert str(home.database) in found["detail"]
    assert str(home.outputs) in found["detail"]
    assert found["remedy"] == f"chmod -R go= '{home.root}'"


@pytest.mark.usefixtures("store")
@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_that_others_look_at_the_home_s_own_folder_is_right_and_that_they_write_into_it_is_not(doctor, home):
    home.root.chmod(0o755)
    assert doctor()["permissions"]["ok"]
    home.root.chmod(0o777)
    assert not doctor()["permissions"]["ok"]


def test_a_folder_that_can_t_be_written_to_is_wrong_whatever_its_mode_says(doctor, store, home, monkeypatch):
    enqueue(store, "a")
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != home.outputs and access(path, mode))
    found = doctor()["home"]
    assert not found["ok"]
    assert found["detail"] == f"can't be written to: {home.outputs}"
    assert "--home or QUEUECTL_HOME" in found["remedy"]


def test_a_disk_that_takes_nothing_though_nothing_says_so_is_wrong(doctor, store, home, monkeypatch):
    enqueue(store, "a")
    opens = os.open

    def failed(path, flags, *more):
        if Path(path) == home.ring and flags & os.O_WRONLY:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return opens(path, flags, *more)

    monkeypatch.setattr(os, "open", failed)
    found = doctor()["home"]
    assert not found["ok"]
    assert found["detail"] == f"can't be written to: {home.ring} ({os.strerror(errno.EROFS)})"


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_what_belongs_to_somebody_else_or_is_closed_is_wrong(doctor, store, home, monkeypatch):
    enqueue(store, "a")
    home.logs.chmod(0o500)
    assert doctor()["permissions"]["detail"] == f"you can't read or write: {home.logs}"
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    found = doctor()["permissions"]
    assert "not your own" in found["detail"]
    assert "12345" in found["remedy"]


def test_backups_are_counted(doctor, store, home):
    del store
    for name in ("queuectl-20250101T000000000Z-1.0.db", "queuectl-20260101T000000000Z-v1.db"):
        (home.backups / name).touch(0o600)
    assert doctor()["backups"]["detail"] == f"2 in {home.backups}, the newest queuectl-20260101T000000000Z-v1.db"


def test_little_free_space_is_wrong(doctor, queuectl):
    queuectl("config", "set", "disk-floor", "1000000G")
    found = doctor()["space"]
    assert not found["ok"]
    assert "prune" in found["remedy"]


def test_a_network_drive_is_wrong(doctor, monkeypatch):
    monkeypatch.setattr(checks, "network_file_system", lambda _folder: "nfs4")
    found = doctor()["home"]
    assert not found["ok"]
    assert "network drive (nfs4)" in found["detail"]


def test_a_broken_or_missing_qt_is_wrong(doctor, monkeypatch):
    monkeypatch.setattr(checks, "version", lambda _name: "6.12.0")
    monkeypatch.setattr(sys, "version_info", (3, 11, 0))
    assert not doctor()["qt"]["ok"]

    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(checks, "version", missing)
    assert "not installed" in doctor()["qt"]["detail"]


def test_a_sqlite_with_the_wal_reset_bug_is_wrong(doctor, monkeypatch):
    monkeypatch.setattr(checks, "sqlite_in_use", lambda: ("3.45.0", False))
    assert not doctor()["sqlite"]["ok"]


def test_an_installation_without_its_resources_is_wrong(doctor, monkeypatch):
    def missing(name):
        raise FileNotFoundError(f"{name} did not come with this installation")

    monkeypatch.setattr(checks, "resource", missing)
    assert not doctor()["job file schema"]["ok"]


def test_json_is_an_array_of_four_keys(queuectl):
    for check in json.loads(queuectl("doctor", "--json").out):
        assert set(check) == {"check", "ok", "detail", "remedy"}


def test_a_process_lives_while_it_is_there_and_the_same():
    own = os.getpid()
    assert process_lives(own, created(own))
    assert process_lives(own, None)
    assert not process_lives(own, created(own) - 100)
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    assert not process_lives(ended.pid, None)
