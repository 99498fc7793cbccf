"""The line below an output where a person says what to find in it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QTextEdit, QWidget

from app.ui.output_pane import OutputPane
from app.ui.output_search import MOST, OutputSearch
from app.ui.plain import Label
from app.ui.tool_button import ToolButton
from app.ui.tools import Tools
from app.ui.wording import number, tr

_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)


class FindBar(QFrame):
    """Where a person says what to find, and walks from hit to hit.

    Args:
        tools: the window's.
        pane: in which is found.
        parent: its owner.
    """

    def __init__(self, tools: Tools, pane: OutputPane, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        self._pane = pane
        self._search = OutputSearch(tools, self)
        self._current: int | None = None
        self._here: QTextCursor | None = None
        self._waits = False
        self._field = QLineEdit()
        self._field.setPlaceholderText(tr("Find in the output"))
        self._field.setAccessibleName(tr("Find in the output"))
        self._field.setClearButtonEnabled(True)
        self._count = Label()
        self._count.setProperty("kind", "dim")
        self._previous = ToolButton(tools, "chevron-up", tr("Previous (Shift+F3)"))
        self._next = ToolButton(tools, "chevron-down", tr("Next (F3)"))
        self._close = ToolButton(tools, "x", tr("Close (Esc)"))
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(4)
        row.addWidget(self._field, 1)
        for widget in (self._count, self._previous, self._next, self._close):
            row.addWidget(widget)
        self._field.textChanged.connect(self._changed)
        self._previous.clicked.connect(self.previous)
        self._next.clicked.connect(self.next)
        self._close.clicked.connect(self.close_search)
        self._search.progressed.connect(self._progressed)
        pane.moved.connect(self._pane_moved)
        pane.verticalScrollBar().valueChanged.connect(self._mark)
        tools.theme.changed.connect(self._mark)
        self.hide()

    def open_search(self) -> None:
        """Come into sight, with what is selected as what to find."""
        selected = self._pane.textCursor().selectedText()
        self.show()
        if selected and "\u2029" not in selected:
            self._field.setText(selected)
        self._field.setFocus()
        self._field.selectAll()
        if self._search.needle != self._field.text():
            self._changed(self._field.text())

    def close_search(self) -> None:
        """Go out of sight, and find no longer."""
        self._search.begin(None, "")
        self.hide()
        self._pane.setFocus()

    def begin_anew(self) -> None:
        """Find in another output what was looked for in the one before."""
        if self.isVisible():
            self._changed(self._field.text())

    def next(self) -> None:
        """Go to the next hit, after the last one to the first."""
        self._step(1)

    def previous(self) -> None:
        """Go to the hit before, from the first one to the last."""
        self._step(-1)

    def event(self, event: QEvent) -> bool:
        """Keep the keys of this line from the window, which has uses of its own for them."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _KEYS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on, Shift+Enter back, Esc first gives up a search that lasts and then closes."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._step(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        elif event.key() == Qt.Key.Key_Escape:
            if self._search.is_going_on:
                self._search.stop()
            else:
                self.close_search()
        else:
            super().keyPressEvent(event)

    def _changed(self, needle: str) -> None:
        self._current = self._here = None
        self._waits = bool(needle)
        self._search.begin(self._pane.source, needle)

    def _step(self, by: int) -> None:
        hits = self._search.hits
        if not hits:
            return
        self._waits = False
        if self._current is None:
            place = bisect_left(hits, self._pane.start)
            self._go(min(place, len(hits) - 1))
        else:
            self._go((self._current + by) % len(hits))

    def _go(self, index: int) -> None:
        self._current, self._here = index, None
        self._pane.go_to(self._search.hits[index], self._show_hit)
        self._tell()

    def _show_hit(self, place: int) -> None:
        needle = self._search.needle
        document = self._pane.document()
        cursor = QTextCursor(document)
        cursor.setPosition(min(place, document.characterCount() - 1))
        cursor.movePosition(
            QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor, len(needle.encode("utf-16-le")) // 2
        )
        if cursor.selectedText().casefold() != needle.casefold():  # a broken line shifts the place a little
            cursor = document.find(needle, max(0, place - len(needle)))
        if not cursor.isNull():
            self._here = cursor
            self._pane.show_cursor(cursor)
        self._mark()

    def _progressed(self) -> None:
        hits = self._search.hits
        if self._waits and hits:
            # the first one from what is in sight on; else the last one before it, once that is known
            after = bisect_left(hits, self._pane.start)
            if after < len(hits) or not self._search.is_going_on:
                self._waits = False
                self._go(len(hits) - 1 if self._pane.following or after == len(hits) else after)
        self._tell()
        self._mark()

    def _tell(self) -> None:
        hits = self._search.hits
        if not self._search.needle:
            words = ""
        elif self._search.is_going_on:
            words = tr("{count} found, {share} % searched… Esc stops").format(
                count=number(len(hits)), share=int(self._search.share * 100)
            )
        elif not hits:
            words = tr("Nothing found")
        else:
            count = number(len(hits)) + ("+" if len(hits) >= MOST else "")
            words = tr("{place} of {count}").format(place=number((self._current or 0) + 1), count=count)
        self._count.setText(words)
        for button in (self._previous, self._next):
            button.setEnabled(bool(hits))

    def _pane_moved(self) -> None:
        self._search.go_on()
        self._mark()

    def _mark(self) -> None:
        """Mark the hits in sight."""
        marks: list[QTextEdit.ExtraSelection] = []
        needle = self._search.needle
        if needle and self.isVisible():
            colours = self._tools.theme.colours
            marks = [_mark(cursor, colours.warn_soft, colours.warn) for cursor in _visible_hits(self._pane, needle)]
            if self._here is not None:
                marks.append(_mark(self._here, colours.accent, colours.on_accent))
        self._pane.setExtraSelections(marks)


def _visible_hits(pane: OutputPane, needle: str) -> Iterator[QTextCursor]:
    """Yield a cursor for each place in sight where a text stands, in capitals or not."""
    needle = needle.lower()
    block = pane.firstVisibleBlock()
    height = pane.viewport().height()
    while block.isValid() and pane.blockBoundingGeometry(block).translated(pane.contentOffset()).top() < height:
        text = block.text().lower()
        at = text.find(needle)
        while at >= 0:
            cursor = QTextCursor(block)
            cursor.setPosition(block.position() + _units(text[:at]))
            cursor.setPosition(cursor.position() + _units(needle), QTextCursor.MoveMode.KeepAnchor)
            yield cursor
            at = text.find(needle, at + len(needle))
        block = block.next()


def _mark(cursor: QTextCursor, behind: str, front: str) -> QTextEdit.ExtraSelection:
    mark = QTextEdit.ExtraSelection()
    mark.cursor = cursor
    mark.format.setBackground(QColor(behind))
    mark.format.setForeground(QColor(front))
    return mark


def _units(text: str) -> int:
    """Return how many places a text takes in a document."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
