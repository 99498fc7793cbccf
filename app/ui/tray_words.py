"""What the tray says of the queue: which state its icon shows, its tooltip, and the line in its menu."""

from __future__ import annotations

from typing import Final

from app.domain.job import State
from app.store.runner_state import RunnerState
from app.ui.looks import MOST, QueueLook
from app.ui.tray_icon import TrayState
from app.ui.wording import number, tr

NAME: Final = "QueueCTL"


def state_of(look: QueueLook | None, *, attention: bool) -> TrayState:
    """Return what the icon shows.

    Args:
        look: the queue; None where it can't be looked at.
        attention: whether somebody else knows of something to be looked at.
    """
    if attention or (look is not None and (look.unseen or (look.runner.lives and not look.runner.answers))):
        return TrayState.ATTENTION
    if look is None:
        return TrayState.IDLE
    if look.paused:
        return TrayState.PAUSED
    return TrayState.RUNNING if look.counts[State.PROCESSING] else TrayState.IDLE


def summary(look: QueueLook) -> str:
    """Return the queue in one line: ``paused, 14 waiting, 1 retrying``."""
    counts = look.counts
    parts = [
        _obstacle(look),
        _some(counts[State.PROCESSING], tr("{n} running")),
        _some(counts[State.PENDING], tr("{n} waiting")),
        _some(counts[State.FAILED], tr("{n} retrying")),
        tr("1 dead letter") if counts[State.DEAD] == 1 else _some(counts[State.DEAD], tr("{n} dead letters")),
    ]
    return ", ".join(part for part in parts if part) or tr("nothing to run")


def tooltip(look: QueueLook | None) -> str:
    """Return what is said under the pointer; plain text."""
    return NAME if look is None else f"{NAME} · {summary(look)}"


def dead_letters_words(look: QueueLook) -> str:
    """Return the words of the menu's entry for dead letters."""
    dead = look.counts[State.DEAD]
    if not dead:
        return tr("Dead letters…")
    if not look.unseen:
        return tr("Dead letters ({n})…").format(n=number(dead))
    new = f"{number(MOST)}+" if look.unseen >= MOST else number(look.unseen)
    return tr("Dead letters ({n}, {m} new)…").format(n=number(dead), m=new)


def _obstacle(look: QueueLook) -> str:
    """Return why nothing is started, or nothing where it is."""
    if not look.runner.lives:
        return tr("paused, no runner") if look.paused else tr("no runner")
    if not look.runner.answers:
        return tr("the runner does not answer")
    if look.runner.state is RunnerState.DRAINING:
        return tr("the runner is stopping")
    if look.paused:
        return tr("paused")
    return tr("the disk is full") if look.lacks_space else ""


def _some(count: int, words: str) -> str:
    return words.format(n=number(count)) if count else ""
