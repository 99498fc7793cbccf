"""A damaged queue is put aside whole, and brought back: nothing is lost unsaid, and nothing runs twice by itself."""

import calendar
import os
import shutil
import stat
from contextlib import closing
from pathlib import Path

import pytest

from app.domain.job import State
from app.domain.outcome import Succeeded
from app.store.backup_names import DAILY
from app.store.backups import BadBackup, back_up
from app.store.database import files_of, raw_connection, reading_only
from app.store.errors import NewerDatabase, StoreError
from app.store.health import examine
from app.store.notices import NoticeKind
from app.store.progress_note import PROGRESS, ProgressNote
from app.store.recovery import NothingToRestore, is_sound, recover
from app.store.runner_state import RunnerState
from app.store.soundness import check_whole
from tests.conftest import Clock
from tests.store.damages import DAMAGES, another, chance_of, misnumbered, truth_of, worked_queue
from tests.store.jobs import claim_one, enqueue, events, finish, new, open_now, opened

HARMLESS = {"journal_left"}
"""SQLite sees through it: the file says nothing that counts."""

ALL_IS_READ = {"header_overwritten", "first_page_overwritten", "index_page", "schema_damaged"}


@pytest.fixture(scope="module")
def worked(quick_root):
    return worked_queue(quick_root / "damaged", Clock(), jobs=300)


@pytest.fixture
def damaged(worked, quick_path):
    def make(name):
        home = another(worked, quick_path / "home")
        DAMAGES[name](home, chance_of(name))
        return home

    return make


def content(home):
    return {file.name: file.read_bytes() for file in files_of(home.database) if file.exists()}


@pytest.mark.parametrize("name", sorted(DAMAGES.keys() - HARMLESS))
def test_damage_is_found_at_the_opening_and_nothing_of_it_is_touched(damaged, name):
    home = damaged(name)
    before = content(home)
    with pytest.raises(StoreError) as caught, opened(home) as store:
        check_whole(store.database)
    assert caught.value.is_damage
    assert "queuectl restore" in str(caught.value.remedy)
    after = content(home)
    after.pop("queuectl.db-shm", None)
    assert after == before


@pytest.mark.parametrize("name", sorted(DAMAGES.keys() - HARMLESS))
def test_a_damaged_queue_comes_back_and_says_what_is_missing(damaged, worked, name):
    home = damaged(name)
    before = content(home)
    report = recover(home, Clock().forward(9999))
    if before:
        assert content_of(report.aside).items() >= before.items()
        assert report.aside.parent == home.backups
    with opened(home) as store:
        health = examine(store.database)
        assert (health.damage, health.miscounted, health.loose, health.runless) == ([], {}, 0, 0)
        there = truth_of(store)
        missing = worked.truth.keys() - there.keys()
        assert worked.backed_up & missing == set()
        assert len(missing) <= report.lost + report.missing or report.read == 0
        for seq, (state, run) in there.items():
            known_state, known_run = worked.truth.get(seq, ("removed", run))
            if state in {"pending", "failed"}:
                assert known_run <= run, f"job {seq} was {known_state} and would run again"
        assert len(report.unsure) == sum("It may have run" in (job.error or "") for job in store.reads.newest_first())
        notice = store.notices.newest(1)[0]
        assert notice.kind is NoticeKind.RECOVERED
        assert (str(report.aside) in str(notice.words)) is (report.aside is not None)
        assert enqueue(store, "one more") > max(worked.truth if report.read else worked.backed_up)
        store.work.claim(10)
    assert is_sound(home)


@pytest.mark.parametrize(("back", "bit"), [(110, 8), (100, 10), (353, 12), (0, 10)])
def test_an_event_whose_number_grew_by_a_bit_does_not_hide_that_the_last_changes_are_lost(damaged, worked, back, bit):
    noted = ProgressNote(worked.home.progress).read()
    home = damaged("wal_missing")
    came_to, event = asked(home, PROGRESS), asked(home, "SELECT max(event) FROM event") - back
    misnumbered(home, "event", event, bit)
    report = recover(home, Clock().forward(9999))
    assert report.missing == noted - came_to + (back == 0)
    with opened(home) as store:
        there = truth_of(store)
        assert 0 < len(worked.truth.keys() - there.keys()) <= report.missing
        assert "processing" not in {state for state, _ in there.values()}  # it may have ended
        assert store.database.run("SELECT seq FROM event WHERE event = ?", (event ^ 1 << bit,)) == []


def test_a_lost_wal_is_noticed_where_the_number_of_the_newest_event_grew_by_a_bit(damaged):
    home = damaged("wal_missing")
    misnumbered(home, "event", asked(home, "SELECT max(event) FROM event"), 10)
    with pytest.raises(StoreError, match="the number of its newest event") as caught:
        open_now(home)
    assert caught.value.is_damage


@pytest.mark.parametrize(
    ("seq", "bit"),
    [(200, 10), (400, 10), (140, 5), (185, 3), (401, 4), (259, 0)],
)
def test_where_a_bit_of_the_number_of_a_job_turned_over_all_others_are_read_as_they_stood_last(
    damaged, worked, seq, bit
):
    home = damaged("journal_left")
    misnumbered(home, "job", seq, bit)
    report = recover(home, Clock().forward(9999))
    is_backed_up = seq in worked.backed_up
    assert (report.older, report.lost, report.missing) == (int(is_backed_up), int(not is_backed_up), 0)
    others = f"{report.jobs - 1} could be read as they stood last, the others are as they were "
    assert str(report.told()[1]).startswith(others if is_backed_up else "All of them could be read")
    with opened(home) as store:
        there = truth_of(store)
        assert there.keys() == worked.truth.keys() - (set() if is_backed_up else {seq})
        assert {of: there[of] for of in there if of != seq} == {of: worked.truth[of] for of in there if of != seq}


def asked(home, sql):
    with closing(reading_only(home.database)) as connection:
        return connection.execute(sql).fetchall()[0][0]


@pytest.mark.parametrize("name", sorted(ALL_IS_READ))
def test_where_every_row_can_be_read_nothing_is_lost(damaged, worked, name):
    home = damaged(name)
    report = recover(home, Clock()())
    assert (report.lost, report.unsure) == (0, [])
    with opened(home) as store:
        assert truth_of(store) == worked.truth
        assert store.options.values()["workers"] == 3


@pytest.mark.parametrize("name", ["header_overwritten", "schema_damaged", "page_of_garbage"])
def test_without_a_backup_what_can_be_read_is_brought_back(damaged, worked, name):
    home = damaged(name)
    shutil.rmtree(home.backups)
    report = recover(home, Clock()())
    assert report.backup is None
    assert str(report.told()[0]).startswith("The queue was brought back: ")
    with opened(home) as store:
        there = truth_of(store)
        assert examine(store.database).damage == []
    assert 0 < len(worked.truth) - len(there) + report.read <= report.lost + report.read


def content_of(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_of_the_ways_to_read_it_the_worse_ones_take_no_room(damaged, monkeypatch):
    from app.store import salvage

    home = damaged("page_of_garbage")
    there = []

    def count(place):
        there.append(len(list(home.data.glob("reading-?.db"))))
        return real(place)

    real = salvage._count_jobs
    monkeypatch.setattr(salvage, "_count_jobs", count)
    assert recover(home, Clock()()).read > 0
    assert len(there) > 1
    assert max(there) <= 2


def test_what_is_left_of_a_journal_harms_nothing(damaged, worked):
    home = damaged("journal_left")
    with opened(home) as store:
        check_whole(store.database)
        assert truth_of(store) == worked.truth


def test_a_wal_that_is_lost_is_noticed_by_the_next_opening(damaged):
    home = damaged("wal_missing")
    with pytest.raises(StoreError, match=r"its last \d+ change\(s\) are missing"):
        open_now(home)


@pytest.mark.parametrize("year", [1980, 2026])
def test_whatever_times_the_files_of_a_queue_have_a_lost_wal_is_noticed(damaged, year):
    """A memory stick knows none before 1980, and whoever reads a file may set that of its access."""
    home = damaged("wal_missing")
    at = calendar.timegm((year, 1, 1, 0, 0, 0))
    for file in home.data.rglob("*"):
        os.utime(file, (at, at))
    with pytest.raises(StoreError, match=r"its last \d+ change\(s\) are missing"):
        open_now(home)


def test_a_sound_queue_is_no_damaged_one_whatever_times_its_files_have(home):
    with opened(home) as store:
        enqueue(store, "a")
    for file in home.data.rglob("*"):
        os.utime(file, (315_532_800, 315_532_800))  # the beginning of 1980, the oldest of a memory stick
    with opened(home) as store:
        assert store.reads.count() == 1


def test_a_queue_of_which_everything_is_gone_is_not_begun_afresh_in_silence(damaged):
    home = damaged("everything_missing")
    with pytest.raises(StoreError, match="is gone"):
        open_now(home)
    assert not home.database.exists()


def test_a_wal_that_another_process_removes_amid_the_look_is_not_taken_for_the_rest_of_a_lost_queue(home, monkeypatch):
    exists = Path.exists
    monkeypatch.setattr(Path, "exists", lambda path, **more: path.name.endswith("-wal") or exists(path, **more))
    open_now(home)
    assert home.database.exists()


@pytest.fixture
def queue(home, clock):
    """A home with a backup: job a waits, b is completed."""
    with opened(home, clock=clock) as store:
        enqueue(store, "b", priority=9)
        run_one(store, clock)
        enqueue(store, "a")
        back_up(home, clock(), DAILY, lambda: None)
        clock.forward(100)
    return home


def run_one(store, clock):
    claim = claim_one(store)
    store.outputs.create(claim.job.seq, claim.run)
    finish(store, claim, Succeeded(), clock.forward(1))


TEXTS = {"env": "env = '[]'", "argv": "command = NULL, argv = '{}'", "success_codes": "success_codes = 'x'"}
"""What a bit that turned over may have made of a text: SQLite finds nothing wrong with it."""


def assert_is_damage(store, look, words):
    """Whoever looks is told of damage, and so is who looks through the whole database."""
    with pytest.raises(StoreError, match="can't be read any more") as caught:
        look()
    assert caught.value.is_damage
    with pytest.raises(StoreError, match=words):
        check_whole(store.database)
    assert examine(store.database).damage


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_text_of_a_job_that_can_t_be_read_is_damage_and_the_backup_has_it(queue, clock, name):
    with opened(queue, clock=clock) as store:
        enqueue(store, "late", env={"A": "b"})
        store.database.run(f"UPDATE job SET {TEXTS[name]} WHERE id = 'a'")
        assert_is_damage(store, lambda: list(store.reads.newest_first()), "damaged")
    assert recover(queue, clock()).was_damaged
    with opened(queue) as store:
        check_whole(store.database)
        assert {job.id for job in store.reads.newest_first()} == {"a", "b", "late"}


@pytest.mark.parametrize("states", [("pendino", "processing"), (None, "pendino")])
def test_a_state_in_a_job_s_history_that_is_none_is_damage_and_the_job_stays(queue, clock, states):
    with opened(queue, clock=clock) as store:
        seq = enqueue(store, "late")
        store.database.run("INSERT INTO event VALUES (9999, ?, 1, ?, ?, 'claimed', 0)", (seq, *states))
        assert_is_damage(store, lambda: store.reads.details(seq), "which is no state")
    assert recover(queue, clock()).was_damaged
    with opened(queue) as store:
        check_whole(store.database)
        assert {job.id for job in store.reads.newest_first()} == {"a", "b", "late"}
        assert [event.to_state for event in store.reads.details(seq).events] == [State.PENDING]


def test_a_job_of_which_a_text_can_t_be_read_anywhere_is_missing_and_the_others_are_there(queue, clock):
    with opened(queue, clock=clock) as store:
        enqueue(store, "late", env={"A": "b"})
        enqueue(store, "later")
        store.database.run("UPDATE job SET env = '[]' WHERE id = 'late'")
    report = recover(queue, clock())
    assert report.was_damaged
    with opened(queue) as store:
        assert {job.id for job in store.reads.newest_first()} == {"a", "b", "later"}


def test_a_backup_from_which_a_table_was_taken_is_refused_in_words(queue, clock):
    with opened(queue, clock=clock) as store:
        enqueue(store, "late")
    copy = back_up(queue, clock(), DAILY, lambda: None).path
    with closing(raw_connection(copy)) as connection:
        connection.execute("DROP TABLE event")
    with pytest.raises(BadBackup, match="no such table"):
        recover(queue, clock(), copy)


def test_a_job_that_ran_since_the_backup_does_not_run_again_by_itself(queue, clock):
    with opened(queue, clock=clock) as store:
        run_one(store, clock)
    report = recover(queue, clock())
    assert (report.unsure, report.was_damaged) == (["a"], False)
    with opened(queue, clock=clock) as store:
        job = store.reads.by_id("a")
        assert (job.state, job.run) == (State.DEAD, 1)
        assert job.error.startswith("It may have run already: the queue was brought back as it was 20")
        assert events(store, job.seq)[-1][2:] == ("dead", "may have run before the queue was brought back")
        store.changes.retry([job.seq])
        assert claim_one(store).run == 2


def test_a_sound_queue_is_put_aside_and_not_mixed_with_the_backup(queue, clock):
    with opened(queue, clock=clock) as store:
        enqueue(store, "late")
    report = recover(queue, clock())
    assert report.aside.name.startswith("replaced-")
    with opened(queue) as store:
        assert {job.id for job in store.reads.newest_first()} == {"a", "b"}


@pytest.mark.skipif(os.name != "posix", reason="Windows lets nobody move what is open")
def test_what_was_put_aside_comes_back_with_all_that_only_its_wal_holds(queue, clock):
    with opened(queue, clock=clock) as store, closing(raw_connection(queue.database)) as held:
        held.execute("BEGIN")
        held.execute("SELECT * FROM queue").fetchall()  # so that nobody moves the WAL into the file
        enqueue(store, "late")
        report = recover(queue, clock())
        store.database.close()
        aside = report.aside / queue.database.name
        assert files_of(aside)[1].stat().st_size > 0
    before = content_of(report.aside)
    recover(queue, clock.forward(100), aside)
    assert content_of(report.aside).items() >= {name: before[name] for name in before if "shm" not in name}.items()
    with opened(queue) as store:
        assert {job.id for job in store.reads.newest_first()} == {"a", "b", "late"}


def test_what_a_sound_queue_has_that_the_backup_has_not_is_not_called_unreadable(queue, clock):
    with opened(queue, clock=clock) as store:
        enqueue(store, "late")
    words = [str(line) for line in recover(queue, clock()).told()]
    assert "Up to 1 job(s) that were added since are not in it" in words
    assert not any("can't be read" in line for line in words)


def test_no_number_of_a_job_or_a_run_is_used_again(queue, clock):
    with opened(queue, clock=clock) as store:
        late = enqueue(store, "late", priority=9)
        run_one(store, clock)
    recover(queue, clock())
    with opened(queue, clock=clock) as store:
        assert enqueue(store, "after") > late


@pytest.mark.parametrize("has_backup", [True, False])
def test_what_lost_jobs_wrote_stays_and_is_theirs_again_when_they_come_back(queue, clock, has_backup):
    with opened(queue, clock=clock) as store:
        late = enqueue(store, "late", priority=9)
        claim = claim_one(store)
        store.outputs.create(late, claim.run).write_text("words")
        finish(store, claim, Succeeded(), clock.forward(1))
    if not has_backup:
        shutil.rmtree(queue.backups)
        queue.database.write_bytes(b"")
    first = recover(queue, clock.forward(1))
    with opened(queue, clock=clock) as store:
        assert store.retention.free_unknown(range(1, late + 10)) == 0
        enqueue(store, "after")
    if has_backup:
        recover(queue, clock.forward(1), first.aside / queue.database.name)
    with opened(queue, clock=clock) as store:
        store.retention.free_unknown(range(1, late + 10))
        assert store.outputs.tail(late, 1).text == "words"


def test_a_stop_that_was_said_is_not_taken_back_and_no_runner_is_said_to_work(home, clock):
    with opened(home, clock=clock) as store:
        store.runner.begin(4242, 1.0, "2.0", "boot", 2)
        store.runner.say(RunnerState.RUNNING, 2)
        store.runner.want(True)
        back_up(home, clock(), DAILY, lambda: None)
        store.runner.want(False)
    recover(home, clock.forward(1))
    with opened(home) as store:
        row = store.runner.row()
        assert (row.wanted, row.state, row.slots) == ("stopped", RunnerState.STOPPED, 0)
        store.runner.want(True)
    recover(home, clock.forward(1))
    with opened(home) as store:
        assert store.runner.row().wanted == "running"


def test_another_backup_can_be_named(queue, clock):
    older = next(queue.backups.iterdir())
    with opened(queue, clock=clock) as store:
        enqueue(store, "late")
    back_up(queue, clock(), DAILY, lambda: None)
    recover(queue, clock(), older)
    with opened(queue) as store:
        assert {job.id for job in store.reads.newest_first()} == {"a", "b"}


def test_a_damaged_backup_is_passed_over_for_an_older_one_and_refused_when_named(queue, clock):
    with opened(queue, clock=clock) as store:
        store.intake.enqueue(new(command="x" * 900) for _ in range(50))
    newest = back_up(queue, clock(), DAILY, lambda: None)
    broken = bytearray(newest.path.read_bytes())
    broken[8192:12288] = os.urandom(4096)
    newest.path.write_bytes(broken)
    with pytest.raises(BadBackup, match="can't be restored from"):
        recover(queue, clock(), newest.path)
    queue.database.write_bytes(b"")
    assert recover(queue, clock()).since == newest.at - 100_000


def test_a_sound_queue_without_a_backup_stays_as_it_is(home):
    open_now(home)
    before = content(home)
    with pytest.raises(NothingToRestore):
        recover(home, 1)
    assert content(home) == before


def test_a_newer_database_is_not_replaced(home):
    with opened(home) as store:
        store.database.run("PRAGMA user_version = 99")
    with pytest.raises(NewerDatabase):
        recover(home, 1)


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_all_of_it_is_for_this_person_only(queue, clock):
    before = os.umask(0)
    try:
        queue.database.write_bytes(b"")
        report = recover(queue, clock())
        assert stat.S_IMODE(queue.database.stat().st_mode) == 0o600
        assert stat.S_IMODE(report.aside.stat().st_mode) == 0o700
    finally:
        os.umask(before)


def test_nothing_is_left_beside_the_database(queue, clock):
    recover(queue, clock())
    assert {path.name for path in queue.data.iterdir()} == {"queuectl.db", "bell", "progress"}


def test_what_somebody_else_has_put_among_the_outputs_is_no_run(queue, clock):
    with opened(queue, clock=clock) as store:
        late = enqueue(store, "late")
    for name in ("9" * 30, "٣", "notes"):
        (queue.outputs / name).mkdir()
        (queue.outputs / name / "1.log").touch()
    recover(queue, clock())
    with opened(queue, clock=clock) as store:
        assert enqueue(store, "after") == late + 1


def test_what_a_killed_restoring_has_left_is_not_read(queue, clock):
    with opened(queue, clock=clock) as store:
        enqueue(store, "late")
        wal = files_of(queue.database)[1].read_bytes()
        store.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
        store.database.run("UPDATE state_count SET jobs = 9 WHERE state = 'dead'")
    for number in range(4):
        (queue.data / f"reading-{number}.db-wal").write_bytes(wal)
    assert recover(queue, clock()).was_damaged
    assert {path.name for path in queue.data.iterdir()} == {"queuectl.db", "bell", "progress"}
    with opened(queue) as store:
        assert {job.id for job in store.reads.newest_first()} == {"a", "b", "late"}


def test_of_two_jobs_that_are_read_under_one_name_neither_is_lost(queue, clock):
    with opened(queue, clock=clock) as store:
        enqueue(store, "c")
        store.database.run("DROP INDEX job_by_id")
        store.database.run("UPDATE job SET id = 'a' WHERE id = 'c'")
        store.database.run("UPDATE state_count SET jobs = 9 WHERE state = 'dead'")
    assert recover(queue, clock()).was_damaged
    with opened(queue) as store:
        assert {job.id for job in store.reads.newest_first()} == {"a", "b", "a-restored-2"}


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE queue SET last_seq = last_seq + (1 << 50)",
        "UPDATE job SET seq = 1 << 50 WHERE id = 'a'",
        "INSERT INTO event (event, seq, run, to_state, cause, at) SELECT 1 << 50, 1, 1, 'dead', 'failed', 1",
    ],
    ids=["the count of jobs", "the number of a job", "the number of an event"],
)
def test_a_number_that_grew_by_a_bit_keeps_nobody_looking_for_ever(queue, clock, damage):
    with opened(queue, clock=clock) as store:
        enqueue(store, "late")
        store.database.run("PRAGMA foreign_keys = off")
        store.database.run(damage)
        store.database.run("UPDATE state_count SET jobs = 9 WHERE state = 'dead'")
    assert recover(queue, clock()).was_damaged
    with opened(queue) as store:
        assert {"a", "b", "late"} <= {job.id for job in store.reads.newest_first()}


def test_a_count_that_is_no_number_any_more_is_passed_over(queue, clock):
    with opened(queue, clock=clock) as store:
        enqueue(store, "late")
        store.database.run("PRAGMA writable_schema = on")
        store.database.run("UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '') WHERE name = 'queue'")
    with closing(raw_connection(queue.database)) as connection:
        connection.execute("UPDATE queue SET last_seq = 'x'")
        connection.execute("UPDATE state_count SET jobs = 9 WHERE state = 'dead'")
    assert recover(queue, clock()).was_damaged
    with opened(queue) as store:
        assert {job.id for job in store.reads.newest_first()} == {"a", "b", "late"}
