"""Quitting while jobs run: what is to become of them."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.ui.counts import jobs
from app.ui.plain import Label
from app.ui.tools import Tools
from app.ui.wording import tr

_ICON = 32
_WIDTH = 46
"""Characters of a line of what a choice means."""


class Answer(Enum):
    """What is to become of the jobs that run.

    FINISH: they end in their own time, and the program after them. PUT_BACK: they are ended, and wait again.
    LEAVE_WORKING: the runner goes on without the window.
    """

    FINISH = "finish"
    PUT_BACK = "put back"
    LEAVE_WORKING = "leave working"


class QuitQuestion(QDialog):
    """Asks without waiting. Escape and closing it mean to stay, and so does Enter at first.

    Signals:
        answered(Answer): a choice; where the person wants to stay there is only ``rejected``.

    Args:
        tools: icons and colours.
        parent: over which it stands; None where there is nothing to be seen.
        running: how many jobs run.
        is_leaving: whether the runner leaves after them in any case, since it was asked to before.
    """

    answered = Signal(object)

    def __init__(self, tools: Tools, parent: QWidget | None, running: int, *, is_leaving: bool = False) -> None:
        super().__init__(parent)
        self._tools = tools
        self._is_leaving = is_leaving
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Quit QueueCTL"))
        self._picture = Label()
        self._heading = Label()
        self._heading.setProperty("kind", "heading")
        self._heading.setWordWrap(True)
        self._choices = {answer: (QPushButton(), _caption()) for answer in Answer}
        self._choices[Answer.PUT_BACK][0].setProperty("kind", "danger")
        self.stay = QPushButton(tr("Cancel"))
        self._lay_out()
        for answer, (button, _) in self._choices.items():
            button.setObjectName(answer.value)
            button.clicked.connect(self._choose)
        self.stay.clicked.connect(self.reject)
        self.show_running(running)
        self._draw()
        tools.theme.changed.connect(self._draw)
        self.stay.setFocus()

    def button(self, answer: Answer) -> QPushButton:
        """Return the button of an answer."""
        return self._choices[answer][0]

    def heading(self) -> str:
        """Return the question."""
        return self._heading.text()

    def show_running(self, running: int) -> None:
        """Say how many jobs run now."""
        if running:
            self._heading.setText(_are_running(running))
        else:
            self._heading.setText(tr("The jobs have ended. Quit QueueCTL?"))
        self.setAccessibleName(self._heading.text())
        for answer, (text, meaning) in _words(running, is_leaving=self._is_leaving).items():
            button, caption = self._choices[answer]
            button.setText(text)
            button.setAccessibleDescription(meaning)
            caption.setText(meaning)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(self._picture)
        top.addWidget(self._heading, 1)
        stays = _caption(tr("QueueCTL stays as it is."))
        self.stay.setAccessibleDescription(stays.text())
        choices = QGridLayout()
        choices.setHorizontalSpacing(16)
        choices.setVerticalSpacing(12)
        choices.setColumnStretch(1, 1)
        for row, (button, caption) in enumerate((*self._choices.values(), (self.stay, stays))):
            button.setAutoDefault(False)
            choices.addWidget(button, row, 0)
            choices.addWidget(caption, row, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        column.addLayout(top)
        column.addLayout(choices)

    def _draw(self) -> None:
        colour = self._tools.theme.colours.warn
        self._picture.setPixmap(self._tools.icons.pixmap("power", _ICON, self.devicePixelRatioF(), colour))

    def _choose(self) -> None:
        answer = Answer(self.sender().objectName())
        self.accept()
        self.answered.emit(answer)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Answer by Enter what the focus says."""
        focused = self.focusWidget()
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and isinstance(focused, QPushButton):
            focused.click()
        else:
            super().keyPressEvent(event)


def waits_for(answer: Answer, running: int) -> str:
    """Return in words what is waited for after an answer, while so many jobs still run."""
    if not running:
        return tr("Quits when the runner has left")
    if answer is Answer.PUT_BACK:
        words = tr("Quits when 1 job has been put back"), tr("Quits when {jobs} have been put back")
    else:
        words = tr("Quits when 1 job has ended"), tr("Quits when {jobs} have ended")
    return words[0] if running == 1 else words[1].format(jobs=jobs(running))


def _are_running(running: int) -> str:
    if running == 1:
        return tr("1 job is running. Quit QueueCTL?")
    return tr("{jobs} are running. Quit QueueCTL?").format(jobs=jobs(running))


def _words(running: int, *, is_leaving: bool) -> dict[Answer, tuple[str, str]]:
    """Return what stands on the button of each answer, and what it means."""
    if is_leaving:
        leave = tr("&Quit now"), tr("What runs goes on to its end; then the runner leaves, too.")
    else:
        leave = tr("&Leave the runner working"), tr("Only the window goes; jobs go on without it.")
    if running == 1:
        return {
            Answer.FINISH: (tr("&Finish it first"), tr("No other starts; then QueueCTL quits.")),
            Answer.PUT_BACK: (tr("&Put it back"), tr("It is ended, and runs again next time.")),
            Answer.LEAVE_WORKING: leave,
        }
    return {
        Answer.FINISH: (tr("&Finish them first"), tr("No others start; then QueueCTL quits.")),
        Answer.PUT_BACK: (tr("&Put them back"), tr("They are ended, and run again next time.")),
        Answer.LEAVE_WORKING: leave,
    }


def _caption(text: str = "") -> Label:
    label = Label(text)
    label.setProperty("kind", "dim")
    label.setWordWrap(True)
    label.setMinimumWidth(_WIDTH * label.fontMetrics().averageCharWidth())
    return label
