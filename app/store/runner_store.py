"""What the runner says of itself, what others ask of it, and its answers. Whether it lives, only its lock tells."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

from app.domain.job import Millis
from app.store.database import Database, by_index
from app.store.runner_state import RunnerState
from app.store.work import STOPPED


class Ask(StrEnum):
    """What others ask of a runner.

    ADD_SLOTS: so many workers more. SET_SLOTS: so many in all; with fewer than before, what runs ends in its own time.
    DRAIN: let running jobs end, then leave. GO_ON: stay after all, and hand out jobs again. STOP_NOW: end running jobs,
    put them back, leave. ANSWER: nothing but to say that it hears.
    """

    ADD_SLOTS = "add slots"
    SET_SLOTS = "set slots"
    DRAIN = "drain"
    GO_ON = "go on"
    STOP_NOW = "stop now"
    ANSWER = "answer"


_REMEMBERED = 50
"""So many sessions are looked back."""

_NEGLECTS = (
    "SELECT EXISTS (SELECT 1 FROM runner, queue WHERE runner.state = 'running' AND queue.paused = 0"
    " AND runner.slots > (SELECT jobs FROM state_count WHERE state = 'processing')"
    f" AND (SELECT updated_at FROM job {by_index('job_to_claim')} WHERE claimable = 1"
    " ORDER BY expedited DESC, rank DESC, seq LIMIT 1) < ?)"
)


class RunnerRow(Struct, frozen=True, kw_only=True):
    """The runner as the database knows it; ``pid_created`` as ``process_facts.created`` told it."""

    pid: int | None
    pid_created: float | None
    version: str | None
    started_at: Millis | None
    state: RunnerState
    wanted: str
    slots: int


class Asked(Struct, frozen=True):
    """One request: its number, what is asked (None: something that only a newer program knows), and how many."""

    command: int
    verb: Ask | None
    amount: int | None


class RunnerStore:
    """The runner's row, sessions and commands of one database."""

    def __init__(self, database: Database, clock: Callable[[], Millis]) -> None:
        self._database = database
        self._clock = clock

    def row(self) -> RunnerRow:
        """Return what the runner last said."""
        values = self._database.run("SELECT pid, pid_created, version, started_at, state, wanted, slots FROM runner")[0]
        pid, created, version, started, state, wanted, slots = values
        return RunnerRow(
            pid=pid,
            pid_created=created,
            version=version,
            started_at=started,
            state=RunnerState(state),
            wanted=wanted,
            slots=slots,
        )

    def last_ended_well(self) -> bool:
        """Whether the last runner said good-bye; where it did not, nobody knows what became of the files."""
        rows = self._database.run("SELECT ended FROM session ORDER BY session DESC LIMIT 1")
        return not rows or rows[0][0] is not None

    def moments(self) -> list[Millis]:
        """Return when the last runners began and ended, in the order in which they did, whatever the clock said."""
        rows = self._database.run("SELECT began, ended FROM session ORDER BY session DESC LIMIT ?", (_REMEMBERED,))
        return [moment for row in reversed(rows) for moment in row if moment is not None]

    def begin(self, pid: int, pid_created: float | None, version: str, boot: str, slots: int) -> int:
        """Record that a runner with the lock begins; return its session.

        Questions to a runner before it are over with it: they are answered so.
        """
        with self._database.writing():
            now = self._clock()
            self._database.run(
                "UPDATE runner SET pid = ?, pid_created = ?, version = ?, started_at = ?, slots = ?,"
                " state = 'starting'",
                (pid, pid_created, version, now, slots),
            )
            self._database.run(
                "UPDATE command SET answered_at = ?, answer = 'the runner was gone' WHERE answered_at IS NULL", (now,)
            )
            rows = self._database.run(
                "INSERT INTO session (boot, pid, version, began) VALUES (?, ?, ?, ?) RETURNING session",
                (boot, pid, version, now),
            )
            return int(rows[0][0])

    def say(self, state: RunnerState, slots: int) -> None:
        """Record what the runner does now."""
        with self._database.writing():
            self._database.run("UPDATE runner SET state = ?, slots = ?", (state, slots))

    def end(self, session: int, why: str | None) -> None:
        """Record the runner's good-bye.

        Args:
            session: from ``begin``.
            why: ``None`` for an ordinary end; else what ended the session of the person, such as a log-off.
        """
        with self._database.writing():
            self._database.run("UPDATE runner SET state = 'stopped', slots = 0")
            self._database.run(
                "UPDATE session SET ended = ?, ended_by = ? WHERE session = ?",
                (self._clock(), why or STOPPED, session),
            )

    def session_ends(self, why: str) -> None:
        """Record that the person's session is about to end, and the runner with it, as it may not say itself.

        Where the runner goes on after all, this is nothing to it: what it claims much later is judged without this (see
        ``work.LOG_OFF``), and its own good-bye takes its place.

        Args:
            why: what ends it, such as a log-off.
        """
        with self._database.writing(also_older=True):
            self._database.run(
                "UPDATE session SET ended = ?, ended_by = ?"
                " WHERE session = (SELECT max(session) FROM session) AND ended_by IS NOT ?",
                (self._clock(), why, STOPPED),
            )

    def want(self, running: bool) -> None:
        """Record whether a runner is wanted; windows obey it."""
        with self._database.writing(also_older=True):
            self._database.run("UPDATE runner SET wanted = ?", ("running" if running else "stopped",))

    def ask(self, verb: Ask, amount: int | None = None) -> int:
        """Ask the runner for something; return the number under which it will answer."""
        with self._database.writing(also_older=True):
            rows = self._database.run(
                "INSERT INTO command (verb, amount, asked_at) VALUES (?, ?, ?) RETURNING command",
                (verb, amount, self._clock()),
            )
            return int(rows[0][0])

    def open_asks(self) -> list[Asked]:
        """Return what has not been answered, oldest first."""
        rows = self._database.run(
            "SELECT command, verb, amount FROM command WHERE answered_at IS NULL ORDER BY command"
        )
        return [Asked(command, Ask(verb) if verb in set(Ask) else None, amount) for command, verb, amount in rows]

    def unanswered_since(self, moment: Millis) -> int:
        """Return how many requests from before a moment have no answer."""
        rows = self._database.run("SELECT count(*) FROM command WHERE answered_at IS NULL AND asked_at < ?", (moment,))
        return int(rows[0][0])

    def neglects_since(self, moment: Millis) -> bool:
        """Whether the runner has left a job waiting since a moment although a worker is free: it may hear nothing.

        It may also wait for space on the disk, so it has to be asked.
        """
        return bool(self._database.run(_NEGLECTS, (moment,))[0][0])

    def answer(self, command: int, text: str) -> None:
        """Answer a request."""
        with self._database.writing():
            self._database.run(
                "UPDATE command SET answered_at = ?, answer = ? WHERE command = ? AND answered_at IS NULL",
                (self._clock(), text, command),
            )

    def answer_to(self, command: int) -> str | None:
        """Return the answer to a request, or None while there is none."""
        rows = self._database.run("SELECT answer FROM command WHERE command = ?", (command,))
        return None if not rows or rows[0][0] is None else str(rows[0][0])
