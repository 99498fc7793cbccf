"""``queuectl-desktop --self-check``: everything is started once, unseen, and works one real job.

It lives in a home of its own that is removed afterwards; the person's queue is neither read nor written.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QEventLoop,
    QMessageLogContext,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtNetwork import QSslSocket

from app import bundle
from app.application import Application, make_application
from app.check_guard import PREFIX, Guard
from app.check_looks import ask_command_line, draw_icons, look_at_environment, look_at_resources, make_tray_icon
from app.check_report import DAMAGED, CheckReport, Wrong
from app.desktop.single_instance import SingleInstance, Start
from app.domain.job import FINISHED, JobSpec, NewJob, State
from app.locks import ProcessLock
from app.messages import KnownError
from app.paths import Home, find_home, resource
from app.program import OpenStore, Program
from app.store.runner_state import RunnerState
from app.store.runner_store import Ask
from app.store.store import Store
from app.ui.program_facts import as_text, program_facts, screen_facts
from app.ui.runner_log import log_file, read_log
from app.ui.sidebar import Place

_STEP, _WHOLE = 60.0, 300.0
"""Seconds that one check may take, and all of them."""

_HEARTBEAT = 50
"""Milliseconds."""

_PLATFORM = "QT_QPA_PLATFORM"

_SAYS = "set" if sys.platform == "win32" else "env"
"""Prints the environment, which is what the job is asked for."""

_NO_TEMPORARY = "Name a folder that you can write to and run programs in: TMPDIR, or on Windows TEMP."


def self_check(file: Path | None, open_store: OpenStore, rescue: Callable[[Store], None]) -> int:
    """Check this program and return the exit code: 0 where all is well, else 1.

    Args:
        file: where its words go besides standard output; None for nowhere.
        open_store: opens a queue.
        rescue: as for ``window.be_the_window``.
    """
    try:
        report = CheckReport(file)
    except OSError as error:
        if sys.stderr is not None:
            print(f"The report {file} can't be written: {error.strerror or error}", file=sys.stderr)  # noqa: T201
        return 1
    qInstallMessageHandler(_hearing(report))
    report.check("resources", look_at_resources)
    try:
        root = tempfile.mkdtemp(prefix=PREFIX)
    except OSError as error:
        report.fail("temporary folder", error.strerror or str(error), _NO_TEMPORARY)
        return report.conclude()
    home = Home(Path(root))
    try:
        guard = Guard(home.root)
    except OSError as error:
        shutil.rmtree(root, ignore_errors=True)
        why = ": ".join(part for part in (error.filename, error.strerror) if part)
        report.fail("command line", f"it can't be started: {why}", DAMAGED)
        return report.conclude()
    signal.signal(
        signal.SIGINT, signal.SIG_DFL
    )  # Ctrl+C ends it outright, as all else does: the guard sees to the rest
    watchdog = threading.Timer(_WHOLE, partial(_give_up, report))
    watchdog.daemon = True
    watchdog.start()
    check = _SelfCheck(report, home, guard, open_store, rescue)
    try:
        check.run()
    finally:
        check.clean_up()
        watchdog.cancel()
    return report.conclude()


def _give_up(report: CheckReport) -> None:
    """End, however much hangs: called on another thread when all of it takes too long."""
    try:
        remedy = "The last line before this one says how far it came."
        report.fail("time", f"not done after {_WHOLE:.0f} s", remedy)
    finally:
        os._exit(1)


def _make_unseen_application() -> Application:
    """Return the application, without a screen where the person names no platform.

    Neither the runner nor its jobs are to inherit that: it is said for a moment only.
    """
    if _PLATFORM in os.environ:
        return make_application()
    os.environ[_PLATFORM] = "offscreen"
    try:
        return make_application()
    finally:
        del os.environ[_PLATFORM]


class _SelfCheck:
    """The checks that need an application and a home.

    Args:
        report: told what is found.
        home: a throw-away one.
        guard: removes it.
        open_store: opens its queue.
        rescue: as for ``window.be_the_window``.
    """

    def __init__(
        self,
        report: CheckReport,
        home: Home,
        guard: Guard,
        open_store: OpenStore,
        rescue: Callable[[Store], None],
    ) -> None:
        self._report = report
        self._home = home
        self._guard = guard
        self._open_store = open_store
        self._rescue = rescue
        self._application = _make_unseen_application()
        self._environ = dict(os.environ)
        self._heartbeat = QTimer(self._application)  # so that waiting for events comes to an end
        self._heartbeat.start(_HEARTBEAT)
        self._awaits_runner = False
        self._bugs: list[BaseException] = []
        self._program: Program | None = None

    def run(self) -> None:
        """Carry out the checks; those that build upon one that failed are left out."""
        check = self._report.check
        self._say_facts()
        check("icons", partial(draw_icons, self._application))
        if not (check("home", self._make_home) and check("window", self._show_window)):
            return
        check("tray icon", make_tray_icon)
        check("single instance", self._be_the_only_one)
        if check("runner", self._find_runner) and check("job", self._run_job):
            check("environment", partial(look_at_environment, self._home, self._environ))
        check("command line", partial(ask_command_line, self._home))
        check("end", self._stop_runner)

    def clean_up(self) -> None:
        """Leave nothing behind."""
        if self._program is not None:
            self._program.close()
            self._program.deleteLater()
            self._program = None
        self._guard.begin()
        while self._guard.is_at_work:
            # On Windows a folder stays that is watched from here.
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            self._application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        if self._home.root.exists():
            self._report.fail("cleaning up", f"{self._home.root} can't be removed", "Remove it by hand.")

    # What is checked

    def _say_facts(self) -> None:
        try:
            usual = find_home(None, os.environ, sys.executable, frozen=bundle.folder() is not None)
            queue = f"{usual.root} (not touched)"
        except KnownError as error:
            queue = str(error)
        places = [
            ("HTTPS", QSslSocket.activeBackend() if QSslSocket.supportsSsl() else "none: newer versions can't be seen"),
            ("Executable", sys.executable),
            ("Program folder", bundle.folder() or "none, from source"),
            ("Resources", str(resource("queuectl.svg").parent)),
            ("Your queue", queue),
            ("Home of this check", str(self._home.root)),
            ("Log of its runner", str(log_file(self._home))),
        ]
        for line in as_text([*program_facts(), *screen_facts(), *places]).splitlines():
            self._report.say(f"        {line}")

    def _make_home(self) -> str:
        self._home.make()
        return str(self._home.root)

    def _show_window(self) -> str:
        """Start the program as a person does, only that it is this check which waits."""
        program = self._program = Program(
            self._application, self._home, self._open_store, self._rescue, minds_log_in=False
        )
        sys.excepthook = self._note_bug
        program.begin([], in_tray=False)
        window = program.window
        self._wait(window.isVisible, "it is not shown")
        self._wait(lambda: window.status.figures() != "" or window.trouble.words() != "", "it does not see its queue")
        self._wait(lambda: program.is_complete, "it is not all there")
        self._complain_of_trouble()
        for place in Place:
            window.sidebar.go_to(place)
            self._application.processEvents()
            if window.grab().isNull():
                raise Wrong(f"{place} can't be drawn")
        window.sidebar.go_to(Place.ALL)
        for show in (window.dialogs.show_settings, window.dialogs.show_keys, window.dialogs.show_about):
            show()
            self._application.processEvents()
            window.may_close()
        if self._bugs:
            raise self._bugs.pop()
        return f"shown with its {len(Place)} pages, settings, keys and About"

    def _be_the_only_one(self) -> str:
        instance = SingleInstance(self._home, self._application)
        try:
            found = instance.start([], show=False)
            if found is Start.FIRST:
                instance.listen()
        finally:
            instance.close()
        if found is not Start.FIRST:
            raise Wrong(f"this start is told that it is not the first one: {found.value}")
        return "the lock is taken, and other starts are heard"

    def _find_runner(self) -> str:
        """The window has started it by now."""
        self._awaits_runner = True
        with self._store() as store:
            self._wait(lambda: store.runner.row().state is RunnerState.RUNNING, "it does not begin to work")
            row = store.runner.row()
        return f"process {row.pid}, version {row.version}, {row.slots} worker(s)"

    def _run_job(self) -> str:
        spec = JobSpec(
            command=_SAYS, cwd=str(self._home.root), timeout=_STEP, max_retries=1, backoff_base=0, priority=5
        )
        with self._store() as store:
            ((seq, _id),) = store.intake.enqueue([NewJob("self-check", spec)]).jobs
            self._wait(lambda: store.reads.by_seq(seq).state in FINISHED, "it does not end")
            job = store.reads.by_seq(seq)
        if job.state is not State.COMPLETED:
            raise Wrong(f"it ended as {job.state}: {job.error or 'without a reason'}")
        return f"{_SAYS!r} was run and completed"

    def _stop_runner(self) -> str:
        with self._store() as store:
            store.runner.want(False)
            store.runner.ask(Ask.DRAIN)
        lock = ProcessLock(self._home.runner_lock)
        self._wait(lambda: not lock.is_held(), "the runner does not end")
        return "the runner has ended"

    # What they share

    @contextmanager
    def _store(self) -> Iterator[Store]:
        store = self._open_store(self._home, told=lambda _line: None)
        with store.connected():
            yield store

    def _wait(self, true: Callable[[], bool], otherwise: str) -> None:
        """Let the program work until something is so.

        Raises:
            Wrong: it is not so in time, or the program complains or has a bug meanwhile.
        """
        until = time.monotonic() + _STEP
        while not true():
            self._application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
            if self._bugs:
                raise self._bugs.pop()
            self._complain_of_trouble()
            if time.monotonic() > until:
                raise Wrong(f"{otherwise} within {_STEP:.0f} s{self._last_log_line()}")

    def _complain_of_trouble(self) -> None:
        if self._program is None:
            return
        window = self._program.window
        words = window.trouble.words()
        # what is the matter with the runner is for its own check to tell
        if words and (self._awaits_runner or window.is_refused):
            raise Wrong(f"the window says: {words}", "")

    def _last_log_line(self) -> str:
        lines = read_log(log_file(self._home), 1)
        return f"; the runner's log ends with: {lines[-1].event}" if lines else ""

    def _note_bug(self, _kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        self._bugs.append(error)


def _hearing(report: CheckReport) -> Callable[[QtMsgType, QMessageLogContext, str], None]:
    """Return what hears Qt: without a screen it says much that is nobody's concern, and at last why it gives up."""

    def hear(kind: QtMsgType, _context: QMessageLogContext, words: str) -> None:
        if kind is QtMsgType.QtFatalMsg:
            named = os.environ.get(_PLATFORM)
            unset = f"{_PLATFORM} is set to {named}, which can't be had here: check again without it."
            report.fail("Qt", words, DAMAGED if named is None else unset)
        else:
            report.hear(f"Qt: {words}")

    return hear
