"""The text of one output: a window of at most some megabytes that moves over a file of any size."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase, QHideEvent, QKeyEvent, QKeySequence, QResizeEvent, QShowEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from app.ui.ansi import PLAIN, Formats
from app.ui.output_pieces import LIMIT, OutputPieces
from app.ui.output_place import OutputPlace
from app.ui.output_questions import OutputQuestions
from app.ui.output_source import Growth, OutputSource, Piece, Pipe
from app.ui.output_watch import OutputWatch
from app.ui.tools import Tools
from app.ui.wording import tr


class OutputPane(QPlainTextEdit):
    """Shows an output, follows it while it grows, and loads what is before and after as a person scrolls there.

    Signals:
        moved: another part of the file is shown, or the file has grown.
        following_changed(bool): whether the end is kept in sight.

    Args:
        tools: the window's.
        parent: its owner.
    """

    moved = Signal()
    following_changed = Signal(bool)

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._formats = Formats(tools.theme)
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setUndoRedoEnabled(False)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setAccessibleName(tr("Output"))
        self.file_size: int | None = None
        self.source: OutputSource | None = None
        self.has_looked = False
        self._live = False
        self._place = OutputPlace(self)
        self._place.scrolled.connect(self._scrolled)
        self._place.following_changed.connect(self.following_changed)
        self._pieces = OutputPieces(self.document(), self._formats)
        self._pipe: Pipe | None = None
        self._questions = OutputQuestions(tools.gateway, self)
        self._questions.free.connect(self.look)
        self._watch = OutputWatch(self)
        self._watch.rang.connect(self.look)
        tools.theme.changed.connect(self._theme_changed)

    @property
    def following(self) -> bool:
        """Whether the end is kept in sight."""
        return self._place.following

    @property
    def start(self) -> int:
        """The offset in the file at which the document begins."""
        return self._pieces.start

    @property
    def end(self) -> int:
        """The offset in the file at which the document ends."""
        return self._pieces.end

    def open(self, path: Path, *, live: bool) -> None:
        """Show the end of an output.

        Args:
            path: of the file; it may come later.
            live: whether it may grow.
        """
        self._forget()
        self.source = OutputSource(path)
        self._place.follow(True)
        self.set_live(live)
        self.look()

    def set_live(self, live: bool) -> None:
        """Say whether the output may still grow; what it grew by until now is shown all the same."""
        if live != self._live:
            self._live = live
            self.look()
        self._keep_watch()

    def show_kept(self, text: str) -> None:
        """Show a text that is no file's."""
        self._forget()
        with self._place.moving():
            self._pieces.put(Pipe().of_text(text))
        self.moved.emit()

    def look(self) -> None:
        """Look whether the output has grown."""
        if self.source is None:
            return
        if self._questions.is_busy:
            self._questions.come_back()
            return
        loaded = self.end - self.start
        following = self._place.following
        wanted = following or (self.end == (self.file_size or 0) and loaded < LIMIT)
        self._questions.ask(
            partial(self.source.grown, self.end, self.file_size or 0, self._pipe, wanted=wanted, jumping=following),
            self._grown,
        )

    def follow(self) -> None:
        """Keep the end in sight from now on."""
        self._place.follow(True)
        if self.end < (self.file_size or 0):
            self._pipe = None  # what lies between is far more than anybody scrolls through
        self._place.keep_end()
        self.look()

    def let_go(self) -> None:
        """Keep the end in sight no longer."""
        self._place.follow(False)

    def go_to(self, offset: int, then: Callable[[int], None]) -> None:
        """Bring a place of the file into the document.

        Args:
            offset: in the file.
            then: is given its place in the document.
        """
        source = self.source
        if source is None:
            return
        self._place.follow(False)
        start = self._pieces.start_of(offset)
        if start is not None:
            self._questions.ask(partial(source.units, start, offset), partial(self._found_in, start, then))
        else:
            self._questions.ask(partial(_around, source, offset), partial(self._found_around, then))

    # What was answered -----------------------------------------------------------------------------------------------

    def _grown(self, growth: Growth) -> None:
        self.file_size = growth.size
        self.has_looked = True
        piece = growth.piece
        if piece is not None and growth.anew:
            self._show_alone(piece)
        elif piece is not None:
            self._append(piece, joined=True)
        self._keep_watch()
        self.moved.emit()
        if piece is not None and piece.end < piece.size and self._place.following:
            self._questions.come_back()
        self._load_near()

    def _found_in(self, start: int, then: Callable[[int], None], units: int) -> None:
        place = self._pieces.place_of(start)
        if place is not None:
            then(place + units)

    def _found_around(self, then: Callable[[int], None], found: tuple[Piece, int]) -> None:
        piece, units = found
        self._show_alone(piece)
        self.moved.emit()
        then(units)
        self._load_near()

    def _came_before(self, piece: Piece) -> None:
        if piece.end != self.start or piece.start == piece.end:
            return
        with self._place.kept():
            if self._pieces.prepend(piece):
                self._pipe = Pipe(encoding=piece.pipe.encoding)
        self.moved.emit()
        self._load_near()

    def _came_after(self, piece: Piece) -> None:
        if piece.start != self.end or piece.start == piece.end:
            return
        self.file_size = piece.size
        self._append(piece, joined=False)
        self.moved.emit()
        self._load_near()

    # The document ----------------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._questions.begin_anew()
        self.source = self._pipe = self.file_size = None
        self.has_looked = False
        self._empty()
        self._watch.rest()

    def _empty(self) -> None:
        with self._place.moving():
            self._pieces.clear()

    def _show_alone(self, piece: Piece) -> None:
        self._empty()
        self.file_size = piece.size
        self._append(piece, joined=False)

    def _append(self, piece: Piece, *, joined: bool) -> None:
        """Put a piece at the end; ``joined``: it belongs to the last one as long as that is small."""
        top = self._place.top()
        with self._place.moving():
            trimmed = self._pieces.append(piece, joined=joined)
            self._pipe = piece.pipe
            if trimmed and not self._place.following:
                self._place.to_top(top)
        self._place.keep_end()

    # Scrolling -------------------------------------------------------------------------------------------------------

    def _scrolled(self) -> None:
        if self.source is not None:
            self._place.follow(self._place.is_at_end and self.end >= (self.file_size or 0))
            self._load_near()

    def _load_near(self) -> None:
        """Load what is before or after, where the person is about to come there."""
        source, place = self.source, self._place
        if source is None or self._questions.is_busy or not self._pieces or not self.isVisible():
            return
        if self.start > 0 and place.is_near_start:
            self._questions.ask(partial(source.before, self.start), self._came_before)
        elif self.end < (self.file_size or 0) and not place.following and place.is_near_end:
            style = self._pipe.style if self._pipe is not None else PLAIN
            self._questions.ask(partial(source.after, self.end, style), self._came_after)

    # Qt's events -----------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the ends of the file, not of what is loaded; all else is as usual."""
        if event.matches(QKeySequence.StandardKey.MoveToEndOfDocument):
            self.follow()
        elif event.matches(QKeySequence.StandardKey.MoveToStartOfDocument):
            self.go_to(0, self._place.show)
        else:
            super().keyPressEvent(event)

    def show_cursor(self, cursor: QTextCursor) -> None:
        """Select what a cursor selects, in sight."""
        with self._place.moving():
            self.setTextCursor(cursor)
            self.ensureCursorVisible()
        self._load_near()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the end in sight where it is followed."""
        super().resizeEvent(event)
        self._place.keep_end()

    def showEvent(self, event: QShowEvent) -> None:
        """Look on."""
        super().showEvent(event)
        self.look()
        self._keep_watch()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look no longer."""
        super().hideEvent(event)
        self._keep_watch()

    def _keep_watch(self) -> None:
        """Watch the file as long as somebody sees it grow."""
        if self.source is None or not self._live or not self.isVisible():
            self._watch.rest()
        else:
            self._watch.watch(self.source.path, is_there=self.file_size is not None)

    def _theme_changed(self) -> None:
        self._formats.forget()
        source = self.source
        if source is None or not self._pieces:
            return
        if self._place.following:
            self._pipe = None
            self.look()
        else:
            self._questions.ask(partial(_around, source, self.start), partial(self._found_around, self._place.show))


def _around(source: OutputSource, offset: int) -> tuple[Piece, int]:
    piece = source.around(offset)
    return piece, source.units(piece.start, offset)
