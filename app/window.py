"""The program with the window and the tray icon: one for each home, from its start to its end.

It is bootstrap's second half: what only the window needs is made here, and in ``program``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from app.application import Application, make_application
from app.desktop.single_instance import SingleInstance, Start
from app.messages import KnownError
from app.no_screen import told_in_words
from app.paths import Home
from app.program import OpenStore, Program
from app.ui.icons import application_icon
from app.ui.wording import said_error, tr

if TYPE_CHECKING:
    from app.store.store import Store


def be_the_window(
    find: Callable[[], Home],
    files: Sequence[str],
    open_store: OpenStore,
    rescue: Callable[[Store], None],
    *,
    in_tray: bool = False,
) -> int:
    """Be in the tray and show the window of a home until the person quits; return the exit code.

    Args:
        find: tells whose queue it shows; what is wrong with that is said in a box.
        files: job files to review.
        open_store: opens the queue.
        rescue: puts back what a dead runner left; called with the runner lock held.
        in_tray: whether to begin without a window, where there is a tray.
    """
    with told_in_words():
        application = make_application()
    try:
        home = find()
        home.make()
        instance = SingleInstance(home, application)
        start = instance.start(files, show=not in_tray)
    except KnownError as error:
        return _refuse(said_error(error))
    match start:
        case Start.HANDED_OVER:
            return 0
        case Start.UNANSWERED:
            return _refuse(tr("QueueCTL is running already, but does not answer. End it, and start it again."))
    program = Program(application, home, open_store, rescue)
    application.file_wanted.connect(partial(_open, program, {os.path.abspath(file) for file in files}))
    program.begin(files, in_tray=in_tray, hear=partial(_hear, application, instance, program))
    code = application.exec()
    program.close()
    instance.close()
    return code


def _open(program: Program, known: set[str], path: str) -> None:
    """Review a file that the system wants opened.

    Args:
        program: whose window it is for.
        known: files of the command line: macOS tells of each of them once more.
        path: of the file.
    """
    if path in known:
        known.remove(path)
    elif path:  # an address is none
        program.show_again()
        program.window.open_files([path])


def _hear(application: Application, instance: SingleInstance, program: Program) -> None:
    """Hear what comes from outside: other starts, and the end."""
    from app.engine.signals import SignalEar

    ear = SignalEar(application)
    ear.heard.connect(program.leave)
    application.end_wanted.connect(program.leave)
    application.aboutToQuit.connect(ear.close)
    instance.shown_asked.connect(program.show_again)
    instance.files_asked.connect(program.window.open_files)
    instance.leave_asked.connect(program.leave)
    instance.listen()


def _refuse(words: str) -> int:
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QMessageBox

    box = QMessageBox(QMessageBox.Icon.Warning, "QueueCTL", words)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowIcon(application_icon())
    box.exec()
    return 1
