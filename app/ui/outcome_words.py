"""How a run ended, and why a job changed its state, in words and with an icon."""

from __future__ import annotations

from app.domain.lifecycle import Cause
from app.domain.outcome import Word
from app.ui.colours import Colours
from app.ui.wording import one_line, tr


def outcome_word(outcome: str | None) -> str:
    """Return an outcome's word; None stands for a run that goes on."""
    words: dict[str | None, str] = {
        None: tr("Running"),
        Word.SUCCEEDED: tr("Succeeded"),
        Word.FAILED: tr("Failed"),
        Word.TIMED_OUT: tr("Timed out"),
        Word.CRASHED: tr("Crashed"),
        Word.NOT_STARTED: tr("Not started"),
        Word.CANCELLED: tr("Cancelled"),
        Word.INTERRUPTED: tr("Interrupted"),
    }
    return words.get(outcome) or one_line(outcome)


def outcome_icon(outcome: str | None) -> str:
    """Return the name of an outcome's icon."""
    icons: dict[str | None, str] = {
        None: "loader-circle",
        Word.SUCCEEDED: "circle-check",
        Word.TIMED_OUT: "timer",
        Word.CRASHED: "octagon-x",
        Word.NOT_STARTED: "triangle-alert",
        Word.CANCELLED: "ban",
        Word.INTERRUPTED: "power",
    }
    return icons.get(outcome, "circle-x")


def outcome_colour(outcome: str | None, colours: Colours) -> str:
    """Return the colour of an outcome's icon."""
    known: dict[str | None, str] = {
        None: colours.busy,
        Word.SUCCEEDED: colours.good,
        Word.CANCELLED: colours.dim,
        Word.INTERRUPTED: colours.warn,
    }
    return known.get(outcome, colours.bad)


def cause_words(cause: str) -> str:
    """Return in words why a job changed its state."""
    words: dict[str, str] = {
        Cause.ENQUEUED: tr("Added to the queue"),
        Cause.CLAIMED: tr("Taken by a worker"),
        Cause.SUCCEEDED: tr("The run succeeded"),
        Cause.FAILED: tr("The run failed; it is tried again"),
        Cause.TRIES_USED_UP: tr("The run failed, and all tries are used up"),
        Cause.CANCELLED: tr("Cancelled by a person"),
        Cause.INTERRUPTED: tr("The run was interrupted from outside"),
        Cause.INTERRUPTED_TOO_OFTEN: tr("The run was interrupted too often"),
        Cause.RETRIED: tr("Put back by a person"),
        Cause.UPGRADED: tr("Taken over from QueueCTL 1.0"),
        Cause.RESTORED: tr("Restored from an export"),
    }
    return words.get(cause) or one_line(cause)
