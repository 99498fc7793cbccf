"""Words shown as they are: what a job brought is never taken for markup.

Qt guesses whether the text of a label or a tip is HTML. An id such as ``<img src="//host/x">`` would then be gone from
sight, and on Windows the look at that picture would tell a stranger's server who the person is.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

_MOST_OF_A_TIP = 4000


class Label(QLabel):
    """A label whose text is nothing but text. The window has no other ones."""

    def __init__(self, text: str = "", *, alignment: Qt.AlignmentFlag | None = None) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)
        if alignment is not None:
            self.setAlignment(alignment)


def tip(text: str) -> str:
    """Return text as a tip that shows it as it is: tips know no other way to say that it is no HTML."""
    text = text[:_MOST_OF_A_TIP]
    if "<" not in text and "&lt;" not in text:  # by either of these Qt takes it for HTML
        return text
    from html import escape  # brings the names of all characters along, which the first frame does without

    return f'<p style="white-space: pre-wrap">{escape(text)}</p>'
