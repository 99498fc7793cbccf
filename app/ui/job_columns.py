"""The columns of the job table: what each is called, and what it shows of a job."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.states import State
from app.store.views import Column
from app.ui.wording import NONE, duration, moment, number, one_line, state_word, stopwatch, tr, when

if TYPE_CHECKING:
    from app.domain.moments import Millis
    from app.store.job_views import JobLine


@dataclass(frozen=True)
class JobColumn:
    """One column.

    Attributes:
        by: what it sorts by; names it in ``window.ini`` too.
        title: over it.
        width: in characters, before the person changes it.
        text: of a cell.
        is_number: whether it stands at the right, and its highest value comes first.
        is_shown: whether it is shown before the person says so.
        full: of a cell whose text is shortened: all of it.
        takes_rest: whether it takes the room that the others leave, until the person sets a width.
    """

    by: Column
    title: str
    width: int
    text: Callable[[JobLine, Millis], str]
    is_number: bool = False
    is_shown: bool = True
    full: Callable[[JobLine], str] | None = None
    takes_rest: bool = False


def job_columns() -> list[JobColumn]:
    """Return the columns in their first order, in the person's language."""
    return [
        JobColumn(Column.ID, tr("ID"), 14, lambda line, _: one_line(line.id)),
        JobColumn(Column.COMMAND, tr("Command"), 24, lambda line, _: one_line(line.command), takes_rest=True),
        JobColumn(Column.STATE, tr("State"), 13, lambda line, _: state_text(line)),
        JobColumn(Column.PROGRESS, tr("Progress"), 14, progress_text),
        JobColumn(Column.ATTEMPTS, tr("Attempts"), 7, _attempts, is_number=True),
        JobColumn(Column.PRIORITY, tr("Priority"), 6, lambda line, _: str(line.priority), is_number=True),
        JobColumn(Column.WAITED, tr("Wait"), 8, lambda line, _: number(line.waited), is_number=True, is_shown=False),
        JobColumn(
            Column.EFFECTIVE, tr("Effective"), 9, lambda line, _: number(line.effective), is_number=True, is_shown=False
        ),
        JobColumn(
            Column.CREATED,
            tr("Created"),
            11,
            lambda line, now: when(line.created_at, now),
            is_number=True,
            full=_created,
        ),
        JobColumn(
            Column.STARTED,
            tr("Started"),
            11,
            lambda line, now: when(line.started_at, now),
            is_number=True,
            is_shown=False,
            full=_started,
        ),
        JobColumn(Column.DURATION, tr("Duration"), 9, lambda line, _: duration(line.duration), is_number=True),
        JobColumn(Column.EXIT, tr("Exit"), 6, _exit_code, is_number=True),
    ]


def dead_letter_columns() -> list[JobColumn]:
    """Return the columns of the dead letters in their first order."""
    return [
        JobColumn(Column.ID, tr("ID"), 14, lambda line, _: one_line(line.id)),
        JobColumn(Column.COMMAND, tr("Command"), 24, lambda line, _: one_line(line.command), takes_rest=True),
        JobColumn(Column.ATTEMPTS, tr("Attempts"), 7, _attempts, is_number=True),
        JobColumn(Column.ERROR, tr("Error"), 24, lambda line, _: one_line(line.error), takes_rest=True),
        JobColumn(
            Column.FINISHED,
            tr("Failed at"),
            11,
            lambda line, now: when(line.finished_at, now),
            is_number=True,
            full=_finished,
        ),
    ]


def state_text(line: JobLine) -> str:
    """Return the word of a job's state, and that it is being cancelled where it is."""
    return tr("Cancelling") if line.cancel_requested else state_word(line.state)


def progress_text(line: JobLine, now: Millis) -> str:
    """Return how far a running job is in its time, or when a failed one is tried again."""
    if line.state is State.PROCESSING and line.started_at is not None:
        return elapsed_text(now - line.started_at, line.timeout)
    if line.state is State.FAILED and line.next_retry_at is not None:
        left = line.next_retry_at - now
        # a clock set back must not show a wait longer than the job's own
        left = left if line.retry_delay is None else min(left, line.retry_delay)
        return tr("due") if left <= 0 else tr("again in {time}").format(time=stopwatch(math.ceil(left / 1000)))
    return ""


def elapsed_text(elapsed: Millis, timeout: float) -> str:
    """Return how long a run has taken, and of how much time; ``timeout`` in seconds, 0 for none."""
    taken = stopwatch(max(0, elapsed) / 1000)
    return taken if timeout == 0 else f"{taken} / {stopwatch(math.ceil(timeout))}"


def progress_part(line: JobLine, now: Millis) -> float | None:
    """Return which part of its time has passed, 0 to 1, or None where there is no end to see."""
    if line.state is State.PROCESSING and line.started_at is not None and line.timeout > 0:
        return min(1.0, max(0.0, (now - line.started_at) / 1000 / line.timeout))
    if line.state is State.FAILED and line.next_retry_at is not None and line.retry_delay:
        return min(1.0, max(0.0, 1 - (line.next_retry_at - now) / line.retry_delay))
    return None


def changes_by_itself(line: JobLine, now: Millis) -> bool:
    """Whether its progress changes from second to second."""
    waits = line.state is State.FAILED and line.next_retry_at is not None and line.next_retry_at > now
    return line.state is State.PROCESSING or waits


def _created(line: JobLine) -> str:
    return moment(line.created_at)


def _started(line: JobLine) -> str:
    return moment(line.started_at)


def _finished(line: JobLine) -> str:
    return moment(line.finished_at)


def _attempts(line: JobLine, _now: Millis) -> str:
    return f"{line.attempts}/{line.max_retries}"


def _exit_code(line: JobLine, _now: Millis) -> str:
    return NONE if line.exit_code is None else str(line.exit_code)
