"""Nothing that a job brought is markup, a key, a line of its own or unseen, wherever the window shows it.

The whole window is walked through with jobs whose every text is hostile: each label, button, entry of a menu, tip,
title and cell that Qt could take for something else than text must say what it is.
"""

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractListModel, QAbstractTableModel, QModelIndex, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLabel,
    QMenu,
    QTabBar,
    QTextEdit,
    QWidget,
)

from app.domain.job import State
from app.domain.job_problems import Problem
from app.domain.outcome import Failed
from app.messages import KnownError, message
from app.store.happenings import DeadJob
from app.store.notices import NoticeKind
from app.ui.job_form import JobForm
from app.ui.looks import queue_look
from app.ui.notice_words import one_died, title_and_words
from app.ui.plain import Label, tip
from app.ui.question import Question
from app.ui.review_documents import Document
from app.ui.review_notices import ErrorsNotice
from app.ui.sidebar import Place
from app.ui.tray_jobs import running_look
from app.ui.tray_menu import TrayMenu
from tests.runners import CHECKOUT
from tests.store.jobs import claim_one, enqueue, finish, put_into
from tests.ui.job_forms import open_form
from tests.ui.windows import make_window

MARK = "hostile"
EVIL = f'<b>{MARK}</b><img src="//evil.example/x"> &amp; &File \u202etxt.exe\x1b[31m \x07\u200b'
"""An id, too: that takes no control characters, so of these only the rest."""
EVIL_ID = f"<b>{MARK}</b><img src=//evil/x> &amp; &File"
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def fill(store, clock):
    """A job in each state, all of them hostile."""
    fields = {"env": {"EVIL_NAME": EVIL, "X": EVIL}, "cwd": f"/{EVIL_ID}", "command": EVIL}
    for state in set(State) - {State.FAILED, State.DEAD}:
        put_into(store, state, clock, f"{EVIL_ID} {state}", **fields)
    for state in (State.FAILED, State.DEAD):
        seq = enqueue(store, f"{EVIL_ID} {state}", max_retries=2 if state is State.FAILED else 1, **fields)
        store.changes.run_next(seq)
        claim = claim_one(store)
        store.outputs.create(seq, claim.run).write_text(EVIL, encoding="utf-8")
        finish(store, claim, Failed(1), clock(), last_line=EVIL, tail=EVIL, left_behind=EVIL)
    store.notices.add(NoticeKind.DIED, message("Job '{id}' died\n{error}", id=EVIL, error=EVIL), 1)


def complaints(root_widgets):
    """What is wrong with anything that is shown in these, in words."""
    found = []
    for root in root_widgets:
        for widget in [root, *root.findChildren(QWidget)]:
            found += [f"{type(widget).__name__} {words}" for words in _wrong_with(widget)]
    return found


def _wrong_with(widget):
    yield from _wrong_tip(widget.toolTip())
    yield from _unseen("title", widget.windowTitle())
    for kind, look in LOOKS.items():
        if isinstance(widget, kind):
            yield from look(widget)
    for action in widget.actions():
        yield from _keys("entry", action.text())
        if not isinstance(widget, QMenu) or widget.toolTipsVisible():
            yield from _wrong_tip(action.toolTip())


def _wrong_label(label):
    if label.textFormat() is not Qt.TextFormat.PlainText and "<" in label.text():
        yield f"may be HTML: {label.text()!r}"
    yield from _unseen("label", label.text())


def _wrong_tabs(bar):
    for number in range(bar.count()):
        yield from _keys("tab", bar.tabText(number))
        yield from _wrong_tip(bar.tabToolTip(number))


def _wrong_cells(model, parent=QModelIndex()):  # noqa: B008  that of the root
    for row in range(min(model.rowCount(parent), 60)):
        for column in range(1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)):
            index = model.index(row, column, parent)
            yield from _wrong_tip(index.data(Qt.ItemDataRole.ToolTipRole) or "")
            for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
                yield from _unseen("cell", str(index.data(role) or ""))
        first = model.index(row, 0, parent)
        if not isinstance(model, QAbstractTableModel | QAbstractListModel) and model.rowCount(first):
            yield from _wrong_cells(model, first)


def _wrong_tip(text):
    if MARK in text and "<" in text and not text.startswith("<p style="):
        yield f"tip may be HTML: {text!r}"
    if text.startswith("<p style=") and ("<b>" in text or "<img" in text):
        yield f"tip is not escaped: {text!r}"
    yield from _unseen("tip", text)


def _unseen(what, text):
    if MARK in text and UNSEEN.search(text):
        yield f"{what} holds what can't be seen: {text!r}"


def _keys(what, text):
    if MARK in text:
        if re.search("(?<!&)(?:&&)*&(?!&)", text) and not text.startswith("&\u2060"):
            yield f"{what} makes a key of a letter: {text!r}"
        yield from _unseen(what, text)


LOOKS = {
    QLabel: _wrong_label,
    QTabBar: _wrong_tabs,
    QAbstractButton: lambda button: _keys("button", button.text()),
    QMenu: lambda menu: _keys("menu", menu.title()),
    QTextEdit: lambda _text: ["may hold HTML"],
    QAbstractItemView: lambda view: _wrong_cells(view.model()) if view.model() is not None else (),
}


@pytest.fixture
def window(store, clock, tools, qtbot):
    fill(store, clock)
    return make_window(tools, qtbot)


def shown(widgets):
    """Whether anything hostile is seen at all: else nothing was proved."""
    texts = [label.text() for root in widgets for label in root.findChildren(QLabel)]
    return any(MARK in text for text in texts)


@pytest.mark.parametrize("place", Place)
def test_in_no_place_of_the_window_anything_is_markup_or_unseen(window, qtbot, place, store):
    window.sidebar.go_to(place)
    seqs = [job.seq for job in store.reads.newest_first()]
    if place is Place.ALL:
        for seq in seqs:
            window.reveal(seq)
            qtbot.waitUntil(lambda: MARK in window.jobs.details.sheet.overview.command.toPlainText())
            tabs = window.jobs.details.sheet.tabs
            for page in range(tabs.count()):
                tabs.setCurrentIndex(page)
                QApplication.processEvents()
                assert complaints([window]) == []
    for _ in range(20):
        QApplication.processEvents()
    assert complaints([window]) == []


def test_questions_toasts_and_troubles_are_plain(window, tools):
    window.tell(EVIL_ID)
    window.tell_error(KnownError("{id} is wrong", id=EVIL_ID, remedy=message("Mend {id}", id=EVIL_ID)))
    question = Question(tools, window, EVIL_ID, EVIL_ID, "Yes", "No")
    assert shown([window])
    assert shown([question])
    assert complaints([window, question]) == []


def test_the_job_form_is_plain(qtbot, tools, store, clock):
    fill(store, clock)
    job = next(iter(store.reads.newest_first()))
    form = open_form(qtbot, tools, JobForm.edit, job)
    assert MARK in form.windowTitle()
    assert complaints([form]) == []


def test_the_tray_menu_shows_ids_as_they_are(store, clock, qtbot):
    put_into(store, State.PROCESSING, clock, EVIL_ID, command=EVIL)
    for exported in (False, True):
        menu = TrayMenu(clock, lambda exported=exported: exported)
        qtbot.addWidget(menu)
        menu.take_look(queue_look(store))
        menu.take_running(running_look(store))
        menu.fill()
        assert MARK in menu.running.jobs[0].title()
        assert complaints([menu]) == []


def test_a_notification_has_nothing_unseen(store):
    notice = store.notices.add(NoticeKind.DIED, one_died(DeadJob(1, EVIL, EVIL)))
    title, words = title_and_words(notice)
    assert MARK in title
    assert not UNSEEN.search(title + words)


# The proof of the proof -----------------------------------------------------------------------------------------------


def test_the_walk_finds_what_is_wrong(qtbot):
    root = QWidget()
    qtbot.addWidget(root)
    QLabel(EVIL_ID, root)
    QLabel("plain \x1b" + MARK, root)
    root.setToolTip(EVIL_ID)
    root.addAction(QAction(EVIL_ID, root))
    assert len(complaints([root])) == 5


def test_a_label_is_plain_and_a_tip_says_the_same_as_its_text(qtbot):
    label = Label(EVIL_ID)
    qtbot.addWidget(label)
    assert label.textFormat() is Qt.TextFormat.PlainText
    assert "&lt;b&gt;" in tip(EVIL_ID)
    assert tip("3 > 2 & so on") == "3 > 2 & so on"
    assert "&amp;lt;b&amp;gt;" in tip("echo '&lt;b&gt;'")


def test_the_window_has_no_other_labels_and_one_rich_text_whose_parts_are_escaped():
    others = re.compile(r"\b(QLabel|QTextBrowser|setHtml|appendHtml|RichText)\b")
    paths = (CHECKOUT / "app" / "ui").glob("*.py")
    found = sorted(path.name for path in paths if others.search(path.read_text("utf-8")))
    assert found == ["plain.py", "review_notices.py"]


def test_what_is_wrong_with_a_file_is_told_with_its_own_words_as_text(tools, qtbot):
    notice = ErrorsNotice(tools)
    qtbot.addWidget(notice)
    problem = Problem(EVIL_ID, 1, 1, EVIL_ID, message("{id} is wrong", id=EVIL_ID), message("Mend {id}", id=EVIL_ID))
    notice.show_errors([Document(EVIL_ID, problems=(problem,)), Document(None, problems=(problem,))], [])
    assert notice.problems.toPlainText().count(EVIL_ID) >= 4
    assert "<img" not in notice.problems.document().toHtml()


def test_no_tip_of_a_model_goes_past_the_one_that_makes_it_plain():
    for path in (CHECKOUT / "app" / "ui").glob("*_model.py"):
        text = Path(path).read_text("utf-8")
        if "ToolTipRole" in text:
            assert "tip(" in text, path.name
