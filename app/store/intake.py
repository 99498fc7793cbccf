"""Taking jobs in: one call, one transaction, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from msgspec import Struct, json, structs

from app.domain.ageing import rank
from app.domain.errors import CannotReplace, DuplicateId, DuplicateInCall
from app.domain.job import FINISHED, MAX_ID_LENGTH, Millis, NewJob, OnDuplicate, State
from app.domain.lifecycle import Cause
from app.store.database import Database
from app.store.sqlite_errors import UniqueViolation
from app.store.tables import SPEC_COLUMNS, spec_values

T = TypeVar("T")

_CHUNK = 500

_INSERT = (
    "INSERT INTO job (seq, id, state, claimable, ready_arrival, rank, created_at, updated_at,"
    f" {', '.join(SPEC_COLUMNS)})"
    f" VALUES (?, ?, 'pending', 1, ?, ?, ?, ?{', ?' * len(SPEC_COLUMNS)})"
)
_HOLDERS = "SELECT id, state FROM job WHERE removed_at IS NULL AND id IN (SELECT value FROM json_each(?))"
_INSERT_EVENT = "INSERT INTO event (seq, run, from_state, to_state, cause, at) VALUES (?, 0, NULL, 'pending', ?, ?)"


class Enqueued(Struct, frozen=True):
    """What came of an enqueue call: (seq, id) of each new job in the order given, and the ids that were skipped."""

    jobs: list[tuple[int, str]]
    skipped: list[str]


class _Call:
    """What one enqueue call has come to so far.

    Attributes:
        last: the highest seq given out.
        own: by name, the seq of each job that this call named itself.
        numbers: by id, the last number that a renaming tried.
        removal: under which all that it replaced was removed; None until something is.
    """

    def __init__(self, now: Millis, arrivals: int, last: int) -> None:
        self.now = now
        self.arrivals = arrivals
        self.last = last
        self.first = last + 1
        self.new: list[tuple[int, str]] = []
        self.skipped: list[str] = []
        self.own: dict[str, int] = {}
        self.numbers: dict[str, int] = {}
        self.removal: int | None = None


class Intake:
    """Enqueues into one database."""

    def __init__(self, database: Database, clock: Callable[[], Millis]) -> None:
        self._database = database
        self._clock = clock

    def enqueue(
        self,
        jobs: Iterable[NewJob],
        on_duplicate: OnDuplicate = OnDuplicate.FAIL,
        progress: Callable[[int], None] | None = None,
    ) -> Enqueued:
        """Take jobs in. The call ages every waiting job by 1, however many jobs it brings; bringing none, it ages none.

        Args:
            jobs: in the order in which equals shall run.
            on_duplicate: what to do with an id that a job has already.
            progress: is told after each chunk how many jobs have been handled; what it raises ends the call, and
                nothing was taken in.

        Raises:
            DuplicateId: with FAIL, and nothing was taken in.
            DuplicateInCall: with FAIL or REPLACE, where two jobs of this call have one id; nothing was taken in.
            CannotReplace: with REPLACE, where the job with that id has not ended; nothing was taken in.
            StoreError: nothing was taken in.
        """
        with self._database.writing():
            (arrivals, last), *_ = self._database.run("SELECT arrivals, last_seq FROM queue")
            call = _Call(self._clock(), arrivals + 1, last)
            for chunk in _chunks(jobs, _CHUNK):
                if on_duplicate is OnDuplicate.FAIL:
                    self._take(chunk, call)
                else:  # one by one: each may depend on the one before
                    for job in chunk:
                        self._take(self._settle(job, on_duplicate, call), call)
                if progress is not None:
                    progress(len(call.new) + len(call.skipped))
                self._database.kill_point("in_import")
            if call.new:
                self._database.run("UPDATE queue SET arrivals = ?, last_seq = ?", (call.arrivals, call.last))
        return Enqueued(call.new, call.skipped)

    def holders(self, ids: Iterable[str]) -> dict[str, State]:
        """Return, of these ids, those that a job has, each with that job's state."""
        found: dict[str, State] = {}
        for chunk in _chunks(ids, _CHUNK):
            rows = self._database.run(_HOLDERS, (json.encode(chunk).decode(),))
            found.update((id, State(state)) for id, state in rows)
        return found

    def _settle(self, job: NewJob, on_duplicate: OnDuplicate, call: _Call) -> list[NewJob]:
        """Return what of the job goes in, after skipping, renaming or replacing."""
        holder = None if job.id is None or job.id in call.own else self._holder(job.id)
        if job.id is None or holder is None:
            return [job]
        if on_duplicate is OnDuplicate.SKIP:
            call.skipped.append(job.id)
            return []
        if on_duplicate is OnDuplicate.RENAME:
            name, call.numbers[job.id] = _free(self._database, job.id, (), call.numbers.get(job.id, 1) + 1)
            return [structs.replace(job, id=name)]
        self._replace(job.id, *holder, call)
        return [job]

    def _take(self, jobs: list[NewJob], call: _Call) -> None:
        given = {job.id for job in jobs if job.id is not None}
        for id in given & call.own.keys():
            self._give_way(id, given, call)
        named = self._name(jobs, given, call)
        self._insert(named, jobs, call)
        call.last += len(named)
        call.new += named

    def _name(self, jobs: list[NewJob], given: set[str], call: _Call) -> list[tuple[int, str]]:
        """Return (seq, id) for each job; one without an id is called ``job-<seq>``, or the next free name after it."""
        named = []
        for seq, job in enumerate(jobs, start=call.last + 1):
            name = job.id
            if name is None:
                name = f"job-{seq}"
                if name in given or self._holder(name) is not None:
                    name = free_id(self._database, name, given)
                call.own[name] = seq
            named.append((seq, name))
        return named

    def _give_way(self, id: str, given: set[str], call: _Call) -> None:
        """Rename a job that this call named itself, now that a later one was given that name."""
        seq = call.own.pop(id)
        name = free_id(self._database, f"job-{seq}", given)
        self._database.run("UPDATE job SET id = ? WHERE seq = ?", (name, seq))
        call.own[name] = seq
        call.new[seq - call.first] = (seq, name)

    def _insert(self, named: list[tuple[int, str]], jobs: list[NewJob], call: _Call) -> None:
        try:
            self._insert_rows(named, jobs, call.arrivals, call.now)
        except UniqueViolation:
            self._complain(named, call)
            raise

    def _insert_rows(self, named: list[tuple[int, str]], jobs: list[NewJob], arrivals: int, now: Millis) -> None:
        rows = [
            (seq, id, arrivals, rank(job.spec.priority, arrivals), now, now, *spec_values(job.spec))
            for (seq, id), job in zip(named, jobs, strict=True)
        ]
        self._database.run_many(_INSERT, rows)
        self._database.run_many(_INSERT_EVENT, [(seq, Cause.ENQUEUED, now) for seq, _ in named])

    def _complain(self, named: Sequence[tuple[int, str]], call: _Call) -> None:
        """Say which id was there already, or came twice."""
        for seq, id in named:
            holder = self._holder(id)
            if holder is not None and holder[0] != seq:
                self._refuse_twice(id, holder[0], seq, call)
                raise DuplicateId(id, holder[1], seq - call.first + 1)

    def _refuse_twice(self, id: str, holder: int, seq: int, call: _Call) -> None:
        """Say that an id came twice, where its holder came with this call; with FAIL and REPLACE each job has a seq."""
        if holder >= call.first:
            raise DuplicateInCall(id, holder - call.first + 1, seq - call.first + 1)

    def _holder(self, id: str) -> tuple[int, State] | None:
        """Return (seq, state) of the job that has this id, or None."""
        rows = self._database.run("SELECT seq, state FROM job WHERE id = ? AND removed_at IS NULL", (id,))
        return (rows[0][0], State(rows[0][1])) if rows else None

    def _replace(self, id: str, seq: int, state: State, call: _Call) -> None:
        self._refuse_twice(id, seq, call.last + 1, call)
        if state not in FINISHED:
            raise CannotReplace(id, state, call.last + 2 - call.first)
        if call.removal is None:
            (call.removal,), *_ = self._database.run("UPDATE queue SET removals = removals + 1 RETURNING removals")
        self._database.run("UPDATE job SET removed_at = ?, removal = ? WHERE seq = ?", (call.now, call.removal, seq))


def free_id(database: Database, id: str, beside: Collection[str] = ()) -> str:
    """Return ``id-2``, or the next number that no job has, within an id's length.

    Args:
        database: in a transaction, so that the name stays free.
        id: the wished name.
        beside: names that are about to be taken.
    """
    return _free(database, id, beside, 2)[0]


def _free(database: Database, id: str, beside: Collection[str], number: int) -> tuple[str, int]:
    """Return the first free name from a number on, and its number."""
    while True:
        ending = f"-{number}"
        name = id[: MAX_ID_LENGTH - len(ending)] + ending
        if name not in beside and not database.run("SELECT 1 FROM job WHERE id = ? AND removed_at IS NULL", (name,)):
            return name, number
        number += 1


def _chunks(things: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(things)
    while chunk := list(islice(iterator, size)):
        yield chunk
