"""What is said where Qt can't use the screen: it ends the process then, and only knows the advice to install again."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from app.messages import message

_OF_PLATFORMS = "qt.qpa."


@contextmanager
def told_in_words() -> Iterator[None]:
    """Say in words why no application can be made in here, and end with exit code 1 instead of being aborted."""
    heard: list[str] = []

    def hear(kind: QtMsgType, context: QMessageLogContext, words: str) -> None:
        category = context.category or ""
        if kind is not QtMsgType.QtFatalMsg:
            if category.startswith(_OF_PLATFORMS):
                heard.append(words)
            _say(words if category in {"", "default"} else f"{category}: {words}")  # as Qt itself does
            return
        reasons = heard or words.splitlines()
        _say(str(message("The window can't be shown on this screen: {reason}", reason=reasons[0].strip())))
        _say(str(message("The command line works without: queuectl")))
        os._exit(1)

    before = qInstallMessageHandler(hear)
    try:
        yield
    finally:
        qInstallMessageHandler(before)


def _say(line: str) -> None:
    if sys.stderr is not None:  # a windowed program on Windows has none
        with suppress(OSError):  # or that of whoever started it, who is gone: the window comes all the same
            print(line, file=sys.stderr, flush=True)  # noqa: T201
