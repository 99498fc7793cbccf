"""One option in the settings: its editor, what it is for, where its value comes from."""

from __future__ import annotations

from contextlib import suppress

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.settings import BadOptionValue, Kind, Option, describe_range, normal
from app.ui.form_field import WheelGuard, set_wrong, words
from app.ui.plain import Label
from app.ui.wording import said, tr

_EDITOR_LETTERS = 24


class OptionRow(QWidget):
    """Edits one option.

    Args:
        option: which.
        guard: keeps the wheel from choices.

    Signals:
        wished(str, str): the person wants the key to have this text, which is a value of it.
        reset_wished(str): the person wants the key's default.
    """

    wished = Signal(str, str)
    reset_wished = Signal(str)

    def __init__(self, option: Option, guard: WheelGuard) -> None:
        super().__init__()
        self.option = option
        self.label = said(option.label)
        self._text = option.default
        self._found_by = " ".join((option.key, self.label, said(option.help))).casefold()
        self.editor = self._make_editor(guard)
        self.editor.setAccessibleName(self.label)
        self.editor.setAccessibleDescription(said(option.help))
        self._key = Label(option.key)
        self._key.setProperty("kind", "dim")
        self._origin = Label()
        self._origin.setProperty("kind", "dim")
        self.reset = QPushButton(tr("Reset"))
        self.reset.setProperty("kind", "link")
        self.reset.setAutoDefault(False)
        self.reset.setAccessibleName(tr("Reset {label}").format(label=self.label))
        self.reset.setToolTip(tr("Back to {default}").format(default=self._shown(option.default)))
        self.reset.clicked.connect(self._reset)
        self._note = words("dim")
        self._note.hide()
        self._complaint = words("wrong")
        self._complaint.hide()
        self._arrange()
        self.show_text(None)

    @property
    def wrong(self) -> str:
        """What it says is wrong; "" while nothing is."""
        return self._complaint.text()

    @property
    def origin(self) -> str:
        """Where the value comes from, in words."""
        return self._origin.text()

    def matches(self, search: str) -> bool:
        """Tell whether each word of a search stands in the label, the help or the key."""
        return all(word in self._found_by for word in search.casefold().split())

    def set_narrow(self, narrow: bool) -> None:
        """Do without the key, or show it; it stands in the label's tool tip too."""
        self._key.setVisible(not narrow)

    def show_text(self, text: str | None) -> None:
        """Show what is stored, except over what the person is typing.

        Args:
            text: as stored; None where nothing is.
        """
        stored = None
        if text is not None:
            with suppress(BadOptionValue):  # as in the store: what means nothing counts as not set
                stored = normal(self.option, text)
        self._text = self.option.default if stored is None else stored
        self._origin.setText(tr("default") if stored is None else tr("set by you"))
        self.reset.setVisible(stored is not None)
        if not self._is_being_typed:
            self._put(self._text)

    def complain(self, words: str) -> None:
        """Say what is wrong; "" for nothing."""
        self._complaint.setText(words)
        self._complaint.setVisible(bool(words))
        set_wrong(self.editor, bool(words))

    def note(self, words: str) -> None:
        """Say what else a person should know about this option here."""
        self._note.setText(words)
        self._note.show()

    def finish(self) -> None:
        """Take what was typed as meant."""
        if isinstance(self.editor, QLineEdit) and self.editor.isModified():
            self._take(self.editor.text())

    @property
    def _is_being_typed(self) -> bool:
        return isinstance(self.editor, QLineEdit) and self.editor.isModified()

    def _make_editor(self, guard: WheelGuard) -> QWidget:
        if self.option.kind is Kind.SWITCH:
            switch = QCheckBox()
            switch.clicked.connect(self._switched)
            return switch
        if self.option.kind is Kind.CHOICE:
            choice = QComboBox()
            for name in self.option.choices:
                choice.addItem(self._shown(name), name)
            choice.activated.connect(self._chosen)
            guard.guard(choice)
            return choice
        line = QLineEdit()
        line.textEdited.connect(self._typed)
        line.editingFinished.connect(self.finish)
        return line

    def _put(self, text: str) -> None:
        match self.editor:
            case QCheckBox() as switch:
                switch.setChecked(text == "on")
                switch.setText(self._shown(text))
            case QComboBox() as choice:
                choice.setCurrentIndex(choice.findData(text))
            case QLineEdit() as line:
                if line.text() != text:
                    line.setText(text)

    def _shown(self, text: str) -> str:
        """Return a value as the window writes it."""
        if self.option.kind is Kind.SWITCH:
            return tr("On") if text == "on" else tr("Off")
        if self.option.kind is Kind.CHOICE:
            return choice_word(text)
        return text

    def _switched(self, on: bool) -> None:
        self._take("on" if on else "off")

    def _chosen(self, place: int) -> None:
        if isinstance(self.editor, QComboBox):
            self._take(str(self.editor.itemData(place)))

    def _typed(self, text: str) -> None:
        if self.wrong:
            self.complain(self._fault(text))

    def _take(self, text: str) -> None:
        fault = self._fault(text)
        self.complain(fault)
        if fault:
            return
        if isinstance(self.editor, QLineEdit):
            self.editor.setModified(False)
        value = normal(self.option, text)
        self._put(value)
        if value != self._text:
            self.wished.emit(self.option.key, value)

    def _fault(self, text: str) -> str:
        try:
            normal(self.option, text)
        except BadOptionValue:
            return tr("'{text}' is not {range}. {old} stays in force.").format(
                text=text, range=said(describe_range(self.option)), old=self._text
            )
        return ""

    def _reset(self) -> None:
        if isinstance(self.editor, QLineEdit):
            self.editor.setModified(False)
        self.complain("")
        self.reset_wished.emit(self.option.key)

    def _arrange(self) -> None:
        name = Label(self.label)
        name.setBuddy(self.editor)
        name.setToolTip(self.option.key)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(name)
        head.addWidget(self._key)
        head.addStretch()
        left = QVBoxLayout()
        left.setSpacing(2)
        left.addLayout(head)
        left.addWidget(words("dim", said(self.option.help)))
        left.addWidget(self._note)
        left.addWidget(self._complaint)
        left.addStretch()
        foot = QHBoxLayout()
        foot.setSpacing(4)
        foot.addWidget(self._origin)
        foot.addWidget(self.reset)
        foot.addStretch()
        side = QWidget()
        side.setFixedWidth(_EDITOR_LETTERS * self.fontMetrics().averageCharWidth())
        right = QVBoxLayout(side)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.editor)
        right.addLayout(foot)
        right.addStretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addLayout(left, 1)
        row.addWidget(side)
        stays = self.reset.sizePolicy()  # so that nothing moves when an option is set
        stays.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(stays)


def choice_word(text: str) -> str:
    """Return a value of an option that is a choice as the window writes it."""
    return {
        "normal": tr("Normal"),
        "below-normal": tr("Below normal"),
        "idle": tr("Idle"),
        "system": tr("System"),
        "light": tr("Light"),
        "dark": tr("Dark"),
        "en": tr("English"),
    }[text]
