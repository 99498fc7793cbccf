"""What stands above the jobs under review: what is wrong, what to decide, what to beware of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape
from itertools import islice

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QRadioButton,
    QSizePolicy,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from app.domain.job import OnDuplicate
from app.domain.job_file import Problem
from app.domain.visible_text import visible
from app.ui import counts
from app.ui.plain import Label, tip
from app.ui.review_documents import Document, Survey
from app.ui.review_words import name_of, place_of
from app.ui.tools import Tools
from app.ui.wording import number, said, tr

_MOST_TOLD = 100
"""Problems told one by one."""

_MOST_NAMED = 5
_ICON = 18


class Notice(QFrame):
    """A coloured box with an icon and a sentence.

    Args:
        tools: colours and icons.
        kind: ``warning``, ``trouble`` or ``notice``.
        parent: its owner.
    """

    def __init__(self, tools: Tools, kind: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        self._kind = kind
        self.setProperty("kind", kind)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._icon = Label()
        self._words = Label()
        self._words.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self._words.setSizePolicy(policy)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._words, 1)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(12, 8, 12, 8)
        self.body.setSpacing(8)
        self.body.addLayout(head)
        tools.theme.changed.connect(self._draw)
        self._draw()
        self.hide()

    def say(self, words: str) -> None:
        """Show a sentence; "" hides the whole box."""
        self._words.setText(words)
        self.setAccessibleName(words)
        self.setVisible(bool(words))

    @property
    def words(self) -> str:
        """What it says."""
        return self._words.text()

    def _draw(self) -> None:
        colours = self._tools.theme.colours
        name, colour = {
            "warning": ("triangle-alert", colours.warn),
            "trouble": ("octagon-x", colours.bad),
            "notice": ("info", colours.accent),
        }[self._kind]
        self._icon.setPixmap(self._tools.icons.pixmap(name, _ICON, self.devicePixelRatioF(), colour))


class ErrorsNotice(Notice):
    """Tells what is wrong with which file, and lets the rest be added without it.

    Signals:
        decided: the person accepts, or no longer accepts, that these files are left out.
        read_again_asked: they were mended.
    """

    decided = Signal()
    read_again_asked = Signal()

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, "trouble", parent)
        self._broken: Sequence[Document] = ()
        self.problems = QTextBrowser()
        self.problems.setAccessibleName(tr("What is wrong"))
        self.problems.setOpenLinks(False)
        self.problems.setTabChangesFocus(True)
        self.problems.document().setDocumentMargin(8)
        self.without = QCheckBox()
        self.without.toggled.connect(self.decided)
        self.again = QPushButton(tr("Read again"))
        self.again.setToolTip(tr("After the files have been mended"))
        self.again.clicked.connect(self.read_again_asked)
        foot = QHBoxLayout()
        foot.addWidget(self.without)
        foot.addStretch(1)
        foot.addWidget(self.again)
        self.body.addWidget(self.problems, 1)
        self.body.addLayout(foot)
        tools.theme.changed.connect(self._write)

    def show_errors(self, broken: Sequence[Document], good: Sequence[Document]) -> None:
        """Show what is wrong with some documents, and offer the others."""
        self._broken = broken
        jobs = sum(len(document.jobs) for document in good)
        with QSignalBlocker(self.without):
            self.without.setChecked(False)
        self.without.setVisible(jobs > 0)
        self.without.setText(
            tr("Leave these out and add the {jobs} of the other {files}").format(
                jobs=counts.jobs(jobs), files=counts.files(len(good))
            )
        )
        self.again.setVisible(any(document.path is not None for document in broken))
        # the whole dialog is theirs where there is nothing else to show
        tall = QSizePolicy.Policy.Maximum if jobs else QSizePolicy.Policy.Expanding
        self.setSizePolicy(QSizePolicy.Policy.Preferred, tall)
        self._write()
        self._fit(limited=jobs > 0)
        if not broken:
            self.say("")
        elif len(broken) == 1:
            self.say(tr("Nothing of {file} can be added before this is mended:").format(file=name_of(broken[0])))
        else:
            self.say(tr("Nothing of {n} files can be added before this is mended:").format(n=number(len(broken))))

    @property
    def leaves_out(self) -> bool:
        """Whether the person accepts that the broken documents are left out."""
        return self.without.isChecked()

    def _fit(self, *, limited: bool) -> None:
        line = self.fontMetrics().lineSpacing()
        lines = 2 + sum(2 + (problem.remedy is not None) for one in self._broken for problem in one.problems)
        self.problems.setMinimumHeight(line * 4)
        self.problems.setMaximumHeight(min(line * lines, line * 5) if limited else 16_777_215)

    def _write(self) -> None:
        dim = self._tools.theme.colours.dim
        told = [(document, problem) for document in self._broken for problem in document.problems]
        parts: list[str] = []
        before: Document | None = None
        for document, problem in islice(told, _MOST_TOLD):
            if document is not before and len(self._broken) > 1:
                parts.append(f"<p><b>{escape(place_of(document))}</b></p>")
            before = document
            parts.append(_problem_in_html(problem, dim))
        more = len(told[_MOST_TOLD:]) + sum(document.more for document in self._broken)
        if more:
            parts.append(f"<p>{escape(tr('and {n} more').format(n=number(more)))}</p>")
        self.problems.setHtml("".join(parts))


class DuplicatesNotice(Notice):
    """Asks what to do with ids that exist already; nothing is chosen beforehand.

    Signals:
        decided: the person chose.
    """

    decided = Signal()

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(tools, "warning", parent)
        self._group = QButtonGroup(self)
        self.skip, self.rename, self.replace = (QRadioButton() for _ in range(3))
        row = QHBoxLayout()
        row.setSpacing(16)
        for button in (self.skip, self.rename, self.replace):
            self._group.addButton(button)
            button.clicked.connect(self.decided)
            row.addWidget(button)
        row.addStretch(1)
        self.body.addLayout(row)

    def show_duplicates(self, survey: Survey) -> None:
        """Ask anew about what was found; a choice that is still possible stays."""
        if not survey.can_replace and self.replace.isChecked():
            self.forget()
        self.skip.setText(tr("Skip {jobs}").format(jobs=counts.jobs(survey.surplus)))
        self.rename.setText(tr("Give new ids"))
        self.rename.setToolTip(tr("The next free one: report becomes report-2"))
        self.replace.setText(tr("Replace the finished ones"))
        self.replace.setEnabled(survey.can_replace)
        self.replace.setToolTip("" if survey.can_replace else tip(_why_not(survey)))
        self.say(_duplicates_in_words(survey))

    def forget(self) -> None:
        """Choose nothing."""
        self._group.setExclusive(False)
        for button in self._group.buttons():
            button.setChecked(False)
        self._group.setExclusive(True)

    @property
    def choice(self) -> OnDuplicate | None:
        """What the person chose."""
        for button, choice in (
            (self.skip, OnDuplicate.SKIP),
            (self.rename, OnDuplicate.RENAME),
            (self.replace, OnDuplicate.REPLACE),
        ):
            if button.isChecked():
                return choice
        return None


def _problem_in_html(problem: Problem, dim: str) -> str:
    place = []
    if problem.line is not None:
        place.append(tr("line {n}").format(n=number(problem.line)))
    if problem.index is not None:
        place.append(tr("job {n}").format(n=number(problem.index)))
    if problem.field:
        place.append(tr("field {name}").format(name=problem.field))
    words = escape(visible(said(problem.reason)))
    if place:
        words = f"<b>{escape(visible(', '.join(place)))}:</b> {words}"
    if problem.remedy is not None:
        words += f'<br><span style="color:{dim}">{escape(visible(said(problem.remedy)))}</span>'
    return f'<p style="margin-top:0; margin-bottom:4px">{words}</p>'


def _why_not(survey: Survey) -> str:
    if survey.repeated:
        return tr("Of two jobs that come together none can replace the other.")
    return tr("Can't be replaced, since they have not ended: {ids}").format(ids=_names(survey.unfinished))


def _duplicates_in_words(survey: Survey) -> str:
    told = []
    if survey.taken:
        told.append(tr("Already in the queue: {ids}").format(ids=_names(survey.taken)))
    if survey.repeated:
        told.append(tr("More than once in what came: {ids}").format(ids=_names(survey.repeated)))
    if told and not survey.can_replace:
        told.append(_why_not(survey))
    return "\n".join(told)


def _names(ids: Collection[str]) -> str:
    first = ", ".join(map(visible, islice(ids, _MOST_NAMED)))
    if len(ids) <= _MOST_NAMED:
        return first
    return tr("{ids} and {n} more").format(ids=first, n=number(len(ids) - _MOST_NAMED))
