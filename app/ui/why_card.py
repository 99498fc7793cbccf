"""Why a job is not running, said where it can't be overlooked."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.job import Job, Millis, Run, State
from app.domain.visible_text import visible, visible_block
from app.domain.waiting import Hindrance, QueueFacts, explain
from app.ui.ansi import without_colours
from app.ui.icons import OF_STATE
from app.ui.job_snapshot import Snapshot
from app.ui.mono_text import MonoText
from app.ui.plain import Label
from app.ui.tools import Tools
from app.ui.wording import duration, number, said, tr

_LAST_LINES = 8


class WhyCard(QFrame):
    """A sentence beside an icon; of what failed, the error and the last lines of its output.

    Args:
        tools: the window's.
        parent: its owner.
    """

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        self._icon_of: tuple[str, str] | None = None
        self._icon = Label()
        self.words = Label()
        self.words.setProperty("kind", "heading")
        self.more = Label()
        for label in (self.words, self.more):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words.setAccessibleName(tr("Why it is not running"))
        self.last = MonoText(tr("Last lines of the output"), _LAST_LINES)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(self.words)
        column.addWidget(self.more)
        column.addSpacing(4)
        column.addWidget(self.last)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 12, 12, 12)
        row.setSpacing(12)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        tools.theme.changed.connect(self._draw)

    def show_why(self, snapshot: Snapshot, now: Millis) -> None:
        """Say why the job is not running, as of now."""
        job, facts = snapshot.details.job, snapshot.facts
        kind, icon, colour = _look(job, facts)
        words, more = why_words(job, facts, now)
        if self.property("kind") != kind:
            self.setProperty("kind", kind)
            self.style().unpolish(self)
            self.style().polish(self)
        if (icon, colour) != self._icon_of:
            self._icon_of = (icon, colour)
            self._draw()
        self.words.setText(words)
        self.more.setText(more)
        self.more.setVisible(bool(more))
        last = _last_lines(snapshot.details.runs) if job.error and job.state in (State.DEAD, State.FAILED) else ""
        self.last.setVisible(bool(last))
        self.last.show_text(last, at_end=True)

    def _draw(self) -> None:
        if self._icon_of is not None:
            name, colour = self._icon_of
            shade = getattr(self._tools.theme.colours, colour)
            self._icon.setPixmap(self._tools.icons.pixmap(name, 20, self.devicePixelRatioF(), shade))


def why_words(job: Job, facts: QueueFacts, now: Millis) -> tuple[str, str]:
    """Return why a job is not running, and what more there is to say; ``facts`` may be older than ``now``."""
    why = explain(job, facts)
    if job.cancel_requested and job.state is State.PROCESSING:
        return tr("It is being cancelled."), tr("Its processes are asked to end, and ended if they don't.")
    if job.state is State.DEAD:
        return visible(without_colours(job.error or tr("It failed."))), tr(
            "All tries are used up. It stays in the dead letters until you retry, edit or remove it."
        )
    if why.hindrance is not None:
        words, more = _hindrance_words(why.hindrance)
        return words, more + _retry(job, now)
    if job.state is State.PROCESSING and not facts.runner_lives:
        return (
            tr("Its runner is gone."),
            tr("The next runner ends what is left of the run and puts the job back."),
        )
    if job.state is State.PROCESSING:
        return tr("It is running."), ""
    if job.state is State.FAILED and job.next_retry_at is not None and not job.claimable:
        return (
            tr("It failed, and is tried again in {wait}.").format(wait=duration(_seconds(job.next_retry_at, now))),
            visible(without_colours(job.error or "")),
        )
    if job.state in (State.PENDING, State.FAILED) and facts.working >= facts.slots and not facts.runner_drains:
        return _busy(facts.slots), _ahead(facts)
    if job.state in (State.PENDING, State.FAILED) and not facts.runner_drains:
        return tr("It is about to be started."), _ahead(facts)
    return said(why.words), ""


def _hindrance_words(hindrance: Hindrance) -> tuple[str, str]:
    match hindrance:
        case Hindrance.NO_RUNNER:
            return tr("No runner is running, so no job is started."), tr("Start it on the page Workers.")
        case Hindrance.PAUSED:
            return tr("The queue is paused, so no job is started."), tr("Ctrl+P resumes it.")
        case Hindrance.NO_SPACE:
            words = tr("Too little space is free on the disk, so no job is started.")
            return words, tr("It goes on by itself when there is more.")


def _busy(slots: int) -> str:
    if slots == 1:
        return tr("The only worker is busy.")
    if not slots:
        return tr("The runner has no workers.")
    return tr("All {slots} workers are busy.").format(slots=number(slots))


def _retry(job: Job, now: Millis) -> str:
    if job.state is not State.FAILED or job.next_retry_at is None or job.next_retry_at <= now:
        return ""
    return " " + tr("It failed, and would be tried again in {wait}.").format(
        wait=duration(_seconds(job.next_retry_at, now))
    )


def _ahead(facts: QueueFacts) -> str:
    if not facts.ahead:
        return tr("It is the next in line.")
    if facts.ahead == 1:
        return tr("1 job is ahead of it.")
    return tr("{n} jobs are ahead of it.").format(n=number(facts.ahead))


def _seconds(until: Millis, now: Millis) -> float:
    return float(max(0, -(-(until - now) // 1000)))


def _look(job: Job, facts: QueueFacts) -> tuple[str, str, str]:
    """Return the card's kind, icon and colour."""
    if job.state is State.DEAD:
        return "trouble", OF_STATE[job.state], "bad"
    hindered = not facts.runner_lives or ((facts.paused or facts.lacks_space) and job.state is not State.PROCESSING)
    if job.state in (State.PENDING, State.FAILED, State.PROCESSING) and hindered:
        return "warning", "triangle-alert", "warn"
    if job.state is State.FAILED:
        return "warning", OF_STATE[job.state], "warn"
    if job.state is State.PROCESSING:
        return "notice", OF_STATE[job.state], "busy"
    return "card", OF_STATE[job.state], "good" if job.state is State.COMPLETED else "idle"


def _last_lines(runs: list[Run]) -> str:
    """Return the last lines that the last run wrote, as far as they were kept."""
    tail = (runs[-1].tail or "") if runs else ""
    lines = without_colours(tail).rstrip().split("\n")[-_LAST_LINES:]
    return visible_block("\n".join(line[:2000] for line in lines))
