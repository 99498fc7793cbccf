"""A queue that has worked, with a backup from the middle of its life; and the ways in which its files are damaged."""

import shutil
from contextlib import closing, suppress
from dataclasses import dataclass
from random import Random

from app.domain.outcome import Failed, Succeeded
from app.paths import Home
from app.store.backup_names import DAILY
from app.store.backups import back_up
from app.store.database import files_of, raw_connection, reading_only
from tests.store.jobs import claim_one, enqueue, finish, new, opened

PAGE = 4096


@dataclass(frozen=True)
class Worked:
    """A queue as a power cut left it: with a WAL beside the database.

    Attributes:
        home: its files; copy them before they are damaged.
        truth: by seq, (state, run) of each job as of the last commit.
        backed_up: the seqs that the backup knows.
    """

    home: Home
    truth: dict[int, tuple[str, int]]
    backed_up: set[int]


def worked_queue(folder, clock, jobs=400):
    """Make one: jobs in every state before the backup, and of all kinds of changes after it."""
    home = Home(folder / "worked")
    crashed = Home(folder / "crashed")
    with opened(home, clock=clock) as store:
        store.options.set("workers", "3")
        store.intake.enqueue(new(f"early-{number}", command=f"echo {number} {'x' * 300}") for number in range(jobs))
        work(store, clock, jobs // 3)
        backed_up = set(truth_of(store))
        clock.forward(60)
        back_up(home, clock(), DAILY, lambda: None)
        clock.forward(60)
        store.intake.enqueue(new(f"late-{number}", command=f"echo {number} {'y' * 300}") for number in range(jobs // 2))
        work(store, clock, jobs // 3)
        store.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
        for number in range(5):
            clock.forward(1)
            enqueue(store, f"last-{number}")
        work(store, clock, 6)
        store.changes.remove([store.reads.by_id("early-50").seq])
        truth = truth_of(store)
        # now: the WAL is there only while somebody has it open
        shutil.copytree(home.root, crashed.root, copy_function=shutil.copy)  # copy2 asks for what Wine 8 lacks
    files_of(crashed.database)[2].unlink()  # what stands in memory is not there after a power cut
    return Worked(crashed, truth, backed_up)


def work(store, clock, count):
    """Run so many jobs, each with its output: most complete, some fail, the last one is still being run."""
    for number in range(count):
        clock.forward(1)
        claim = claim_one(store)
        store.outputs.create(claim.job.seq, claim.run).write_text("out")
        clock.forward(1)
        if number < count - 1:
            finish(store, claim, Failed(1) if number % 4 == 0 else Succeeded(), clock(), tail="t" * 50)


def truth_of(store):
    """(state, run) of each job that exists."""
    rows = store.database.run("SELECT seq, state, run FROM job WHERE removed_at IS NULL")
    return {seq: (state, run) for seq, state, run in rows}


def another(worked, folder):
    """A copy of a queue, to be damaged."""
    shutil.copytree(worked.home.root, folder, copy_function=shutil.copy)
    return Home(folder)


# The ways


def _overwrite(path, start, content):
    with path.open("r+b") as file:
        file.seek(start)
        file.write(content)


def _page_of(home, chance, which):
    """The place of a page of a table or an index that the WAL does not bring anew; ``which`` is of sqlite_schema."""
    with closing(reading_only(home.database)) as connection:
        names = f"SELECT name FROM sqlite_schema WHERE {which}"
        rows = connection.execute(f"SELECT pageno FROM dbstat WHERE name IN ({names})").fetchall()
    return chance.choice(sorted({page for (page,) in rows} - _in_wal(home))) - 1


def _middle(home, chance):
    """The place of any such page, but for the first ones."""
    return chance.choice(sorted(set(range(3, home.database.stat().st_size // PAGE)) - _in_wal(home))) - 1


def _in_wal(home):
    content = files_of(home.database)[1].read_bytes()
    return {int.from_bytes(content[at : at + 4], "big") for at in range(32, len(content), 24 + PAGE)}


def zero_length(home, _chance):
    home.database.write_bytes(b"")


def cut_short(home, chance):
    with home.database.open("r+b") as file:
        file.truncate(chance.randrange(PAGE, home.database.stat().st_size - 1))


def cut_at_a_page(home, chance):
    with home.database.open("r+b") as file:
        file.truncate(_middle(home, chance) * PAGE)


def header_overwritten(home, chance):
    _overwrite(home.database, 0, chance.randbytes(100))


def first_page_overwritten(home, chance):
    _overwrite(home.database, 0, chance.randbytes(PAGE))


def page_zeroed(home, chance):
    _overwrite(home.database, _middle(home, chance) * PAGE, bytes(PAGE))


def page_of_garbage(home, chance):
    _overwrite(home.database, _middle(home, chance) * PAGE, chance.randbytes(PAGE))


def index_page(home, chance):
    _overwrite(home.database, _page_of(home, chance, "type = 'index'") * PAGE, chance.randbytes(PAGE))


def page_of_jobs(home, chance):
    _overwrite(home.database, _page_of(home, chance, "name = 'job'") * PAGE, chance.randbytes(PAGE))


def misplaced_page(home, chance):
    content = home.database.read_bytes()
    source, target = _middle(home, chance), _middle(home, chance)
    _overwrite(home.database, target * PAGE, content[source * PAGE : (source + 1) * PAGE])


def schema_damaged(home, chance):
    with closing(raw_connection(home.database)) as connection:
        connection.execute("PRAGMA writable_schema = on")
        name = chance.choice(["job", "run", "job_by_id", "event"])
        connection.execute("UPDATE sqlite_schema SET sql = 'CREATE nonsense' WHERE name = ?", (name,))


def wal_of_garbage(home, chance):
    wal = files_of(home.database)[1]
    wal.write_bytes(chance.randbytes(wal.stat().st_size))


def wal_missing(home, _chance):
    files_of(home.database)[1].unlink()


def wal_cut_short(home, chance):
    wal = files_of(home.database)[1]
    with wal.open("r+b") as file:
        file.truncate(chance.randrange(100, wal.stat().st_size))


def wal_of_another(home, _chance):
    other = Home(home.root / "other")
    with opened(other) as store:
        store.intake.enqueue(new(f"foreign-{number}", command="z" * 700) for number in range(40))
        shutil.copyfile(files_of(other.database)[1], files_of(home.database)[1])
    shutil.rmtree(other.root)


def journal_left(home, chance):
    journal = files_of(home.database)[3]
    magic = bytes([0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7])
    journal.write_bytes(magic + chance.randbytes(2 * PAGE))


def database_missing(home, _chance):
    home.database.unlink()


def everything_missing(home, _chance):
    for file in files_of(home.database):
        file.unlink(missing_ok=True)


DAMAGES = {
    way.__name__: way
    for way in (
        *(zero_length, cut_short, cut_at_a_page, header_overwritten, first_page_overwritten, page_zeroed),
        *(page_of_garbage, index_page, page_of_jobs, misplaced_page, schema_damaged, wal_of_garbage, wal_missing),
        *(wal_cut_short, wal_of_another, journal_left, database_missing, everything_missing),
    )
}


def flip(home, chance):
    """Turn over one to eight bits somewhere in the database or its WAL."""
    for _ in range(chance.randrange(1, 9)):
        path = chance.choice(files_of(home.database)[:2])
        with suppress(FileNotFoundError), path.open("r+b") as file:
            place = chance.randrange(path.stat().st_size)
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ 1 << chance.randrange(8)]))


def misnumbered(home, table, number, bit):
    """Turn over a bit of a row's number, which is from 128 on: where the row has it, not in the indexes."""
    with closing(reading_only(home.database)) as connection:
        leaves = "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf'"
        pages = connection.execute(leaves, (table,)).fetchall()
    is_, becomes = (bytes([0x80 | one >> 7, one & 0x7F]) for one in (number, number ^ 1 << bit))
    content = home.database.read_bytes()
    places = [place for (page,) in pages for place in _numbers_of(content, (page - 1) * PAGE)]
    (place,) = [place for place in places if content[place : place + 2] == is_]
    _overwrite(home.database, place, becomes)


def _numbers_of(content, page):
    """The places of the rows' numbers in a leaf of a table: each behind the row's length."""
    rows = int.from_bytes(content[page + 3 : page + 5], "big")
    for at in range(page + 8, page + 8 + 2 * rows, 2):
        place = page + int.from_bytes(content[at : at + 2], "big")
        while content[place] & 0x80:
            place += 1
        yield place + 1


def chance_of(*words):
    """Chance that is the same each time for the same words."""
    return Random("/".join(map(str, words)))
