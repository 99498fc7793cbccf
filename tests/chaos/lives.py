"""Checks one job's life: its past by itself, and against what its runs said to the witness."""

from __future__ import annotations

from collections.abc import Iterator

from app.domain.job import FINISHED, WAITING, State
from app.domain.lifecycle import ALLOWED, Cause, Verb
from app.domain.outcome import Word
from tests.chaos.history import EventRow, Life, RunRow
from tests.chaos.violations import Kind, Violation
from tests.chaos.witness import END, FAILURE, START

_RUNS = State.PROCESSING
_FAILURES = frozenset({Word.FAILED, Word.TIMED_OUT, Word.CRASHED, Word.NOT_STARTED})

LEGAL = frozenset(
    {
        (None, State.PENDING, Cause.ENQUEUED),
        *((None, state, Cause.RESTORED) for state in State if state is not _RUNS),
        *((None, state, Cause.UPGRADED) for state in State if state is not _RUNS),
        (None, State.PENDING, Cause.INTERRUPTED),  # 1.0 had left it processing
        *((state, _RUNS, Cause.CLAIMED) for state in (State.PENDING, State.FAILED)),
        (_RUNS, State.COMPLETED, Cause.SUCCEEDED),
        (_RUNS, State.FAILED, Cause.FAILED),
        (_RUNS, State.DEAD, Cause.TRIES_USED_UP),
        *((state, State.CANCELLED, Cause.CANCELLED) for state in ALLOWED[Verb.CANCEL]),
        *((_RUNS, state, Cause.INTERRUPTED) for state in (State.PENDING, State.DEAD)),
        (_RUNS, State.DEAD, Cause.INTERRUPTED_TOO_OFTEN),
        *((state, State.PENDING, Cause.RETRIED) for state in ALLOWED[Verb.RETRY]),
        *((state, State.DEAD, Cause.BROUGHT_BACK) for state in (*WAITING, _RUNS)),
    }
)
"""Every transition there is: from, to, why."""

OUTCOMES = {
    Cause.SUCCEEDED: frozenset({Word.SUCCEEDED}),
    Cause.FAILED: _FAILURES,
    Cause.TRIES_USED_UP: _FAILURES,
    Cause.CANCELLED: frozenset(Word) - {Word.SUCCEEDED},  # the person's word came first, however the run ended
    Cause.INTERRUPTED: frozenset({Word.INTERRUPTED}),
    Cause.INTERRUPTED_TOO_OFTEN: frozenset({Word.INTERRUPTED}),
    Cause.BROUGHT_BACK: frozenset({Word.INTERRUPTED}),
}
"""The outcomes that a run may have which ended for a cause."""

_SAYS_HOW_IT_ENDED = {Word.SUCCEEDED: END, Word.FAILED: FAILURE}


def check_past(life: Life) -> Iterator[Violation]:
    """What is wrong with the rows of a job at any moment, whether a runner lives or not."""
    past = _Past(life)
    yield from past.replay()
    yield from past.compare()


def check_words(life: Life) -> Iterator[Violation]:
    """What is wrong with what the runs of a job said, at a moment at which it is not being run."""
    by_token = {run.token: run for run in life.runs}
    said: dict[str, str] = {}
    current = None
    for line in life.lines:
        where = f"{line.id}, run {line.run}, line {line.place} of the witness"
        run = by_token.get(line.token)
        if run is None or run.run != line.run:
            yield Violation(Kind.UNCLAIMED, where)
        if line.letter == START and line.token in said:
            yield Violation(Kind.STARTED_TWICE, where)
        if line.letter == START:
            current = line.token
        elif line.token != current:
            yield Violation(Kind.AT_ONCE, where)
        said[line.token] = said.get(line.token, "") + line.letter
    for run in life.runs:
        yield from _check_end_of(run, life.job.id, said.get(run.token, ""))


def check_end(life: Life, allowed: frozenset[str] | None) -> Iterator[Violation]:
    """What is wrong with how a job stands once nothing is left to do for it."""
    job = life.job
    if job.is_removed:
        return
    if job.state not in FINISHED:
        yield Violation(Kind.UNSETTLED, f"{job.id} is {job.state}")
    elif allowed is not None and job.state not in allowed:
        yield Violation(Kind.WRONG_END, f"{job.id} is {job.state}, and not {' or '.join(sorted(allowed))}")


def _check_end_of(run: RunRow, id: str, said: str) -> Iterator[Violation]:
    if not run.token or run.outcome is None:  # 1.0 gave no tokens
        return
    must = _SAYS_HOW_IT_ENDED.get(Word(run.outcome), "")
    must_not = {END, FAILURE} - {must} if must else {START} if run.outcome == Word.NOT_STARTED else set()
    if (must and not {START, must} <= set(said)) or must_not & set(said):
        yield Violation(Kind.UNWITNESSED, f"{id}, run {run.run}, {run.outcome}: it said '{said}'")


class _Past:
    """A job's events, gone through one after the other, and what must be true of the job then."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self._id = life.job.id
        self._state: str | None = None
        self._run = self._attempts = 0
        self._first_run = 0
        self._ends: dict[int, EventRow] = {}

    def replay(self) -> Iterator[Violation]:
        """Go through the events."""
        for event in self._life.events:
            if event.from_state != self._state:
                yield self._wrong(Kind.BROKEN_CHAIN, f"event {event.event} comes from {event.from_state}")
            if (event.from_state, event.to_state, event.cause) not in LEGAL:
                what = f"event {event.event}: {event.from_state} to {event.to_state}, {event.cause}"
                yield self._wrong(Kind.ILLEGAL, what)
            yield from self._number(event)
            yield from self._count_attempts(event)
            if event.from_state == _RUNS:
                if event.run in self._ends:
                    yield self._wrong(Kind.ENDED_TWICE, f"run {event.run}, by event {event.event}")
                self._ends[event.run] = event
            self._state = event.to_state

    def compare(self) -> Iterator[Violation]:
        """Compare what the events say with the job and its runs."""
        job = self._life.job
        if job.state != self._state:
            yield self._wrong(Kind.BROKEN_CHAIN, f"it is {job.state}, and its last event says {self._state}")
        if job.attempts != self._attempts:
            yield self._wrong(Kind.WRONG_ATTEMPTS, f"{job.attempts}, and by its events {self._attempts}")
        numbers = [run.run for run in self._life.runs if run.token]  # 1.0's last run has none
        if numbers != list(range(self._first_run + 1, job.run + 1)) or self._run != job.run:
            yield self._wrong(
                Kind.MISCOUNTED_RUNS, f"its number is {job.run}, its events' {self._run}, runs: {numbers}"
            )
        for run in self._life.runs:
            yield from self._compare_run(run)

    def _compare_run(self, run: RunRow) -> Iterator[Violation]:
        end = self._ends.get(run.run)
        is_current = self._life.job.state == _RUNS and run.run == self._life.job.run
        if (run.outcome is None) != is_current:
            yield self._wrong(Kind.OPEN_RUN, f"run {run.run} has the outcome {run.outcome}, the job is {self._state}")
        if run.outcome is not None and run.token:
            if end is None:
                yield self._wrong(Kind.OPEN_RUN, f"run {run.run} has ended, and no event says so")
            elif run.outcome not in OUTCOMES.get(Cause(end.cause), frozenset()):
                yield self._wrong(Kind.WRONG_OUTCOME, f"run {run.run}: {run.outcome}, and its event says {end.cause}")

    def _number(self, event: EventRow) -> Iterator[Violation]:
        if event.from_state is None:
            self._run = self._first_run = self._attempts = event.run
        elif event.to_state == _RUNS:
            self._run += 1
        if event.run != self._run:
            yield self._wrong(Kind.MISCOUNTED_RUNS, f"event {event.event} is of run {event.run}, not {self._run}")

    def _count_attempts(self, event: EventRow) -> Iterator[Violation]:
        if event.cause == Cause.RETRIED:
            self._attempts = 0
        if event.cause not in {Cause.FAILED, Cause.TRIES_USED_UP}:
            return
        self._attempts += 1
        is_last = self._attempts >= self._life.job.max_retries
        if is_last != (event.cause == Cause.TRIES_USED_UP):
            yield self._wrong(
                Kind.WRONG_ATTEMPTS, f"event {event.event}: {event.cause} after {self._attempts} failures"
            )

    def _wrong(self, kind: Kind, what: str) -> Violation:
        return Violation(kind, f"{self._id}: {what}")
