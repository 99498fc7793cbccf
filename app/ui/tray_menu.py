"""The tray's menu. Its entries exist for good and are only told anew as it opens.

A StatusNotifier host shows a copy that it has fetched over D-Bus. [D] Qt answers its AboutToShow with "nothing to
fetch", so an entry that were made only then could be missing, and one that were replaced flickers or is dead; words and
visibility of an entry that stays are sent before the answer.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app.domain.job import Millis
from app.domain.visible_text import visible
from app.settings import OPTIONS
from app.store.runner_state import RunnerState
from app.ui.counts import workers
from app.ui.looks import QueueLook, RunnerLook
from app.ui.tray_jobs import MOST_NAMED, RunningJob, RunningLook, short_command, short_id
from app.ui.tray_words import dead_letters_words, summary
from app.ui.wording import number, stopwatch, tr

_MOST_WORKERS = int(OPTIONS["workers"].high)


class TrayMenu(QMenu):
    """What can be done from the tray. It asks nobody: it shows what it was given last.

    Signals:
        open_wanted, hide_wanted, add_wanted, paste_wanted, settings_wanted, quit_wanted, dead_letters_wanted,
        workers_page_wanted, runner_start_wanted, runner_stop_wanted: as they are called.
        pause_wanted(bool): True to pause, False to resume.
        workers_wanted(int): so many workers from now on.
        job_wanted(int), cancel_wanted(int): a running job, by seq.

    Args:
        now: the moment.
        is_exported: whether it is shown by a panel, over D-Bus.
    """

    open_wanted = Signal()
    hide_wanted = Signal()
    add_wanted = Signal()
    paste_wanted = Signal()
    pause_wanted = Signal(bool)
    workers_wanted = Signal(int)
    runner_start_wanted = Signal()
    runner_stop_wanted = Signal()
    workers_page_wanted = Signal()
    dead_letters_wanted = Signal()
    job_wanted = Signal(int)
    cancel_wanted = Signal(int)
    settings_wanted = Signal()
    quit_wanted = Signal()

    def __init__(self, now: Callable[[], Millis], is_exported: Callable[[], bool]) -> None:
        super().__init__()
        self._now = now
        self._is_exported = is_exported
        self._look: QueueLook | None = None
        self._running = RunningLook()
        self._is_window_shown = False
        self.open = self._action(tr("Open"), self.open_wanted)
        self.hide_window = self._action(tr("Hide"), self.hide_wanted)
        self.add_job = self._action(tr("Add job…"), self.add_wanted)
        self.paste = self._action(tr("Paste jobs"), self.paste_wanted)
        self.addSeparator()
        self.status = self.addAction("")
        self.status.setEnabled(False)
        self.pause = self.addAction(tr("Pause"))
        self.resume = self.addAction(tr("Resume"))
        self.workers = _WorkersMenu(self)
        self.addMenu(self.workers)
        self.dead_letters = self._action("", self.dead_letters_wanted)
        self.running = _RunningMenu(self)
        self.addMenu(self.running)
        self.addSeparator()
        self.settings = self._action(tr("Settings…"), self.settings_wanted)
        self.quit = self._action(tr("Quit"), self.quit_wanted)
        self.pause.triggered.connect(self._pause)
        self.resume.triggered.connect(self._resume)
        self.workers.wanted.connect(self.workers_wanted)
        self.workers.start.triggered.connect(self.runner_start_wanted)
        self.workers.stop.triggered.connect(self.runner_stop_wanted)
        self.workers.show_page.triggered.connect(self.workers_page_wanted)
        self.running.job_wanted.connect(self.job_wanted)
        self.running.cancel_wanted.connect(self.cancel_wanted)
        self.aboutToShow.connect(self.fill)
        self.fill()

    def take_look(self, look: QueueLook | None) -> None:
        """Keep the queue as it is now; None where it can't be used. It is shown when the menu opens."""
        first = (self._look is None) != (look is None)
        self._look = look
        if first:
            self.fill()

    def take_running(self, running: RunningLook) -> None:
        """Keep what runs now. It is shown when the menu opens."""
        self._running = running

    def set_window_shown(self, shown: bool) -> None:
        """Offer to hide the window, or to open it."""
        self._is_window_shown = shown
        self.open.setVisible(not shown)
        self.hide_window.setVisible(shown)

    def fill(self) -> None:
        """Show what was given last."""
        look = self._look
        plain = _plain_for_dbus if self._is_exported() else _plain
        self.set_window_shown(self._is_window_shown)
        usable = look is not None
        for action in (self.add_job, self.paste, self.settings, self.dead_letters, self.pause, self.resume):
            action.setEnabled(usable)
        self.workers.menuAction().setEnabled(usable)
        self.resume.setVisible(look is not None and look.paused)
        self.pause.setVisible(look is None or not look.paused)
        if look is None:
            self.status.setText(tr("The queue is not open"))
            self.dead_letters.setText(tr("Dead letters…"))
            self.running.fill(RunningLook(), self._now(), plain)
            return
        words = summary(look)
        self.status.setText(words[:1].upper() + words[1:])
        self.dead_letters.setText(dead_letters_words(look))
        self.workers.fill(look.runner)
        self.running.fill(self._running, self._now(), plain)

    def _action(self, words: str, signal: object) -> QAction:
        action = self.addAction(words)
        action.triggered.connect(signal)
        return action

    def _pause(self) -> None:
        self.pause_wanted.emit(True)

    def _resume(self) -> None:
        self.pause_wanted.emit(False)


class _WorkersMenu(QMenu):
    """How many workers there are, and the runner they belong to."""

    wanted = Signal(int)

    def __init__(self, parent: QMenu) -> None:
        super().__init__(tr("Workers"), parent)
        self._slots = 0
        self.status = self.addAction("")
        self.status.setEnabled(False)
        self.more = self.addAction(tr("One worker more"))
        self.less = self.addAction(tr("One worker less"))
        self.addSeparator()
        self.start = self.addAction(tr("Start runner"))
        self.stop = self.addAction(tr("Stop runner"))
        self.show_page = self.addAction(tr("Show workers"))
        self.more.triggered.connect(self._one_more)
        self.less.triggered.connect(self._one_less)

    def fill(self, runner: RunnerLook) -> None:
        """Show the runner as it is now."""
        self._slots = runner.slots
        works = runner.lives and runner.state is not RunnerState.DRAINING
        self.status.setText(workers(runner.slots) if runner.slots else _without_workers(runner))
        self.more.setEnabled(works and 0 < runner.slots < _MOST_WORKERS)
        self.less.setEnabled(works and runner.slots > 1)
        self.start.setVisible(not works)
        self.stop.setVisible(works)

    def _one_more(self) -> None:
        self.wanted.emit(self._slots + 1)

    def _one_less(self) -> None:
        self.wanted.emit(self._slots - 1)


class _RunningMenu(QMenu):
    """The jobs that run."""

    job_wanted = Signal(int)
    cancel_wanted = Signal(int)

    def __init__(self, parent: QMenu) -> None:
        super().__init__(tr("Running"), parent)
        self.jobs = [_JobMenu(self) for _ in range(MOST_NAMED)]
        for job in self.jobs:
            self.addMenu(job)
            job.wanted.connect(self.job_wanted)
            job.cancel_wanted.connect(self.cancel_wanted)
        self.more = self.addAction("")
        self.more.setEnabled(False)

    def fill(self, look: RunningLook, now: Millis, plain: Callable[[str], str]) -> None:
        """Show what runs; ``plain`` makes an entry's words of a text."""
        self.setTitle(tr("Running ({n})").format(n=number(look.total)) if look.total else tr("Running"))
        self.menuAction().setEnabled(look.total > 0)
        for menu, job in zip(self.jobs, (*look.jobs, *[None] * (len(self.jobs) - len(look.jobs))), strict=True):
            menu.menuAction().setVisible(job is not None)
            if job is not None:
                menu.fill(job, now, plain)
        self.more.setText(tr("… and {n} more").format(n=number(look.unnamed)))
        self.more.setVisible(look.unnamed > 0)


class _JobMenu(QMenu):
    """One running job."""

    wanted = Signal(int)
    cancel_wanted = Signal(int)

    def __init__(self, parent: QMenu) -> None:
        super().__init__(parent)
        self._seq = 0
        self.command = self.addAction("")
        self.command.setEnabled(False)
        self.show_job = self.addAction(tr("Show"))
        self.cancel = self.addAction(tr("Cancel"))
        self.show_job.triggered.connect(self._show_wanted)
        self.cancel.triggered.connect(self._cancel_wanted)

    def fill(self, job: RunningJob, now: Millis, plain: Callable[[str], str]) -> None:
        """Show a job."""
        self._seq = job.seq
        elapsed = stopwatch(max(0, now - job.since) / 1000)
        self.setTitle(f"{plain(short_id(visible(job.id)))} · {elapsed}")
        self.command.setText(plain(short_command(visible(job.command))))
        self.cancel.setText(tr("Is being cancelled") if job.is_cancelled else tr("Cancel"))
        self.cancel.setEnabled(not job.is_cancelled)

    def _show_wanted(self) -> None:
        self.wanted.emit(self._seq)

    def _cancel_wanted(self) -> None:
        self.cancel_wanted.emit(self._seq)


def _without_workers(runner: RunnerLook) -> str:
    return tr("The runner is starting") if runner.lives else tr("No runner")


def _plain(text: str) -> str:
    """Return text as an entry's words, in which no letter becomes a key."""
    return text.replace("&", "&&")


def _plain_for_dbus(text: str) -> str:
    """Return the same for a menu that goes over D-Bus, where an underscore marks the key and two are one.

    [E] Qt 6.11 writes the first ampersand as an underscore, and sends all else as it is: without this ``my_job`` is
    shown as ``myjob``. Where there are ampersands, one before a letter that can't be seen is given up for that.
    """
    words = text.replace("_", "__")
    return f"&\u2060{words}" if "&" in words else words
