"""Where an output stands under its scroll bar: at its end while that is followed, else where the person left it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPlainTextEdit


class OutputPlace(QObject):
    """Moves a text without taking its own moves for the person's.

    Signals:
        scrolled: by the person.
        following_changed(bool): whether the end is kept in sight.

    Args:
        pane: shows the text; its owner.
    """

    scrolled = Signal()
    following_changed = Signal(bool)

    def __init__(self, pane: QPlainTextEdit) -> None:
        super().__init__(pane)
        self._pane = pane
        self._bar = pane.verticalScrollBar()
        self._is_moving = False
        self._is_following = True
        self._bar.valueChanged.connect(self._value_changed)
        self._bar.rangeChanged.connect(self.keep_end)

    @property
    def following(self) -> bool:
        """Whether the end is kept in sight."""
        return self._is_following

    @property
    def is_at_end(self) -> bool:
        """Whether the end of what is loaded is in sight."""
        return self._bar.value() >= self._bar.maximum()

    @property
    def is_near_start(self) -> bool:
        """Whether less than a page of what is loaded stands above."""
        return self._bar.value() < self._bar.pageStep()

    @property
    def is_near_end(self) -> bool:
        """Whether less than a page of what is loaded stands below."""
        return self._bar.value() > self._bar.maximum() - self._bar.pageStep()

    def follow(self, following: bool) -> None:
        """Keep the end in sight from now on, or no longer."""
        if following != self._is_following:
            self._is_following = following
            self.following_changed.emit(following)

    def keep_end(self) -> None:
        """Bring the end into sight where it is followed."""
        if self._is_following:
            with self.moving():
                self._bar.setValue(self._bar.maximum())

    def show(self, position: int) -> None:
        """Put the cursor at a place of the document, with its line at the top."""
        cursor = self._pane.textCursor()
        cursor.setPosition(position)
        with self.moving():
            self._pane.setTextCursor(cursor)
            self.to_top(cursor)

    @contextmanager
    def moving(self) -> Iterator[None]:
        """Count no move of a block as the person's."""
        before, self._is_moving = self._is_moving, True
        try:
            yield
        finally:
            self._is_moving = before

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Leave what is in sight and what is selected where they are, whatever a block puts above them."""
        top, selected = self.top(), self._pane.textCursor()
        with self.moving():
            yield
            self._pane.setTextCursor(selected)
            self.to_top(top)

    def top(self) -> QTextCursor:
        """Return a cursor in what stands at the top; it stays there when the text above changes."""
        return QTextCursor(self._pane.firstVisibleBlock())

    def to_top(self, cursor: QTextCursor) -> None:
        """Put the line of a cursor at the top."""
        self._bar.setValue(cursor.block().firstLineNumber())

    def _value_changed(self) -> None:
        if not self._is_moving:
            self.scrolled.emit()
