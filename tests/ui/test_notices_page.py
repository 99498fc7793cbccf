"""The page of the notices on a real store."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QKeyEvent
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from app.messages import message
from app.store.happenings import DeadJob
from app.store.notices import MOST, NoticeKind
from app.ui import notice_words
from app.ui.kind_delegate import in_two
from app.ui.notices_model import IS_NEW, TIME, WORDS, NoticesModel
from app.ui.notices_page import PAGE, SEEN_AFTER, NoticesPage
from app.ui.wording import when

LONG, SHORT = 600_000, 50
DIED = message("Job '{id}' died\n{error}", id="a", error="Exit code 3: no space")


def add(store, *words, kind=NoticeKind.DONE, seq=None):
    with store.database.writing():
        return [store.notices.add(kind, one if not isinstance(one, str) else message(one), seq) for one in words]


def add_many(store, count):
    return add(store, *(f"number {number}" for number in range(count)))


@pytest.fixture
def new_page(tools, qtbot):
    def new(*, seen_after=LONG):
        page = NoticesPage(tools, seen_after=seen_after)
        page._due._pause.setInterval(1)
        qtbot.addWidget(page)
        tools.gateway.changed.connect(page.refresh)  # as in the window
        page.resize(700, 400)
        page.show()
        qtbot.waitExposed(page)
        return page

    return new


def titles(page):
    model = page.list.model()
    return [model.index(row).data() for row in range(model.rowCount())]


def shown(page, qtbot, count):
    qtbot.waitUntil(lambda: page.list.model().rowCount() == count)


def index(page, row):
    return page.list.model().index(row)


def link(page, row):
    return page.list._delegate.link_place(page.list.visualRect(index(page, row)), page.list.font()).center()


def answered(gateway, qtbot):
    heard = []
    gateway.look(gateway, lambda _store: 1, heard.append)
    gateway.change(gateway, lambda _store: 2, heard.append)
    qtbot.waitUntil(lambda: len(heard) == 2)


def test_without_notices_the_page_says_what_will_stand_here(new_page, qtbot):
    page = new_page()
    qtbot.waitUntil(page.empty.isVisible)
    assert page.empty.title() == "No notices"
    assert page.count() == ""
    assert not page.clear_button.isEnabled()
    page.clear()
    assert page._question is None


def test_notices_are_listed_the_newest_first_with_words_and_time(new_page, store, qtbot, clock):
    add(store, DIED, kind=NoticeKind.DIED, seq=1)
    clock.forward(60)
    add(store, notice_words.queue_done(12, 2))
    page = new_page()
    shown(page, qtbot, 2)
    assert titles(page) == ["Queue done", "Job 'a' died"]
    assert [index(page, row).data(WORDS) for row in range(2)] == ["12 jobs completed, 2 died", "Exit code 3: no space"]
    assert index(page, 0).data(TIME) == when(clock(), clock())
    assert page.count() == "2 notices, 2 new"
    assert not page.empty.isVisible()
    told = index(page, 1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert told.startswith("New · Job 'a' died · Exit code 3: no space · 20")
    assert "no space" in index(page, 1).data(Qt.ItemDataRole.ToolTipRole)
    assert page.list.accessibleName() == "Notices"


def test_what_comes_while_the_page_is_visible_is_put_on_top(new_page, store, qtbot):
    page = new_page()
    qtbot.waitUntil(page.empty.isVisible)
    add(store, "one")
    qtbot.waitUntil(lambda: titles(page) == ["one"])
    page.list.setCurrentIndex(index(page, 0))
    add(store, "two", "three")
    qtbot.waitUntil(lambda: titles(page) == ["three", "two", "one"])
    assert page.list.currentIndex().row() == 2


def test_nothing_is_read_and_nothing_counts_as_seen_while_the_page_is_hidden(new_page, store, qtbot, gateway):
    page = new_page(seen_after=SHORT)
    qtbot.waitUntil(page.empty.isVisible)
    page.hide()
    with qtbot.waitSignal(gateway.changed):
        add(store, "one")
    answered(gateway, qtbot)
    assert titles(page) == []
    assert not page._seen.isActive()
    page.show()
    shown(page, qtbot, 1)


def test_what_is_new_is_marked_until_it_has_been_listed_for_a_while(new_page, store, qtbot):
    add(store, "one", "two")
    page = new_page()
    shown(page, qtbot, 2)
    assert [index(page, row).data(IS_NEW) for row in range(2)] == [True, True]
    qtbot.waitUntil(page._seen.isActive)
    page._seen.start(0)
    qtbot.waitUntil(lambda: not any(index(page, row).data(IS_NEW) for row in range(2)))
    assert store.notices.unseen() == 0
    assert page.count() == "2 notices"
    assert not page._seen.isActive()


def test_what_a_minimized_window_takes_in_stays_new_until_it_is_seen(new_page, store, qtbot):
    page = new_page()
    qtbot.waitUntil(page.empty.isVisible)
    page.showMinimized()
    add(store, "one")
    shown(page, qtbot, 1)
    assert not page._seen.isActive()
    page._looked()
    assert store.notices.unseen() == 1
    page.showNormal()
    page.refresh()
    qtbot.waitUntil(page._seen.isActive)


def test_who_leaves_at_once_has_not_looked(new_page, store, qtbot):
    add(store, "one")
    page = new_page()
    qtbot.waitUntil(page._seen.isActive)
    page.hide()
    assert not page._seen.isActive()
    assert store.notices.unseen() == 1


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_opens_the_notice_that_is_chosen(new_page, store, qtbot, key):
    wanted, _ = add(store, "one", "two")
    page = new_page()
    shown(page, qtbot, 2)
    page.list.setCurrentIndex(index(page, 1))
    with qtbot.waitSignal(page.opened) as told:
        qtbot.keyClick(page.list, key)
    assert told.args[0].is_same(wanted)


def test_enter_with_nothing_chosen_opens_nothing(new_page, store, qtbot):
    add(store, "one")
    page = new_page()
    shown(page, qtbot, 1)
    with qtbot.assertNotEmitted(page.opened):
        QApplication.sendEvent(
            page.list, QKeyEvent(QKeyEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier)
        )


def opens(page):
    opened = []
    page.opened.connect(opened.append)
    return opened


def test_a_double_click_opens_a_notice_once(new_page, store, qtbot):
    (wanted,) = add(store, "one")
    page = new_page()
    shown(page, qtbot, 1)
    opened = opens(page)
    place = page.list.visualRect(index(page, 0)).topLeft() + QPoint(60, 10)
    qtbot.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert opened == []
    qtbot.mouseDClick(page.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert [notice.is_same(wanted) for notice in opened] == [True]


def test_a_click_on_its_link_opens_a_notice_and_a_second_one_does_not_again(new_page, store, qtbot):
    (wanted,) = add(store, DIED)
    page = new_page()
    shown(page, qtbot, 1)
    opened = opens(page)
    viewport = page.list.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=link(page, 0))
    qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=link(page, 0))
    assert [notice.is_same(wanted) for notice in opened] == [True]


def test_a_press_on_a_link_that_is_let_go_elsewhere_opens_nothing(new_page, store, qtbot):
    add(store, "one", "two")
    page = new_page()
    shown(page, qtbot, 2)
    opened = opens(page)
    viewport = page.list.viewport()
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=link(page, 0))
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=link(page, 1))
    qtbot.mouseClick(viewport, Qt.MouseButton.RightButton, pos=link(page, 0))
    assert opened == []


def test_the_pointer_tells_that_a_link_is_one(new_page, store, qtbot):
    add(store, "one")
    page = new_page()
    shown(page, qtbot, 1)
    viewport = page.list.viewport()
    qtbot.mouseMove(viewport, link(page, 0))
    qtbot.waitUntil(lambda: viewport.cursor().shape() is Qt.CursorShape.PointingHandCursor)
    qtbot.mouseMove(viewport, QPoint(60, 10))
    qtbot.waitUntil(lambda: viewport.cursor().shape() is Qt.CursorShape.ArrowCursor)


def test_a_clear_is_asked_for_with_the_number_and_leaves_what_came_meanwhile(new_page, store, qtbot):
    add(store, "one", "two")
    page = new_page()
    shown(page, qtbot, 2)
    qtbot.mouseClick(page.clear_button, Qt.MouseButton.LeftButton)
    assert page._question.yes.text() == "Clear 2 notices"
    add(store, "three")
    shown(page, qtbot, 3)
    page._question.yes.click()
    qtbot.waitUntil(lambda: titles(page) == ["three"])
    qtbot.mouseClick(page.clear_button, Qt.MouseButton.LeftButton)
    assert page._question.yes.text() == "Clear 1 notice"
    page._question.no.click()
    assert store.notices.count() == 1


def test_after_a_clear_notices_with_the_same_numbers_are_others(new_page, store, qtbot, clock):
    add(store, "one", "two")
    page = new_page()
    shown(page, qtbot, 2)
    clock.forward(1)
    with store.database.writing():
        store.notices.clear(2)
        add(store, "new one", "new two")
    qtbot.waitUntil(lambda: titles(page) == ["new two", "new one"])


def test_the_end_of_the_list_brings_more_up_to_all(new_page, store, qtbot):
    add_many(store, 2 * PAGE + 10)
    page = new_page()
    shown(page, qtbot, PAGE)
    assert page.count() == "210 notices, 210 new"
    for count in (2 * PAGE, 2 * PAGE + 10):
        page.list.scrollToBottom()
        shown(page, qtbot, count)
    page.list.scrollToBottom()
    assert titles(page)[-1] == "number 0"


def test_what_was_scrolled_to_stays_in_sight_while_others_come(new_page, store, qtbot):
    add_many(store, 50)
    page = new_page()
    shown(page, qtbot, 50)
    page.list.scrollTo(index(page, 20), page.list.ScrollHint.PositionAtTop)
    seen = page.list.indexAt(QPoint(0, 0)).data()
    top = page.list.visualRect(page.list.indexAt(QPoint(0, 0))).top()
    add(store, DIED, notice_words.queue_done(1, 0))
    shown(page, qtbot, 52)
    assert page.list.indexAt(QPoint(0, 0)).data() == seen
    assert page.list.visualRect(page.list.indexAt(QPoint(0, 0))).top() == top


def test_at_the_top_what_comes_is_seen(new_page, store, qtbot):
    add_many(store, 50)
    page = new_page()
    shown(page, qtbot, 50)
    add(store, "newest")
    shown(page, qtbot, 51)
    assert page.list.indexAt(QPoint(0, 5)).data() == "newest"


def test_the_model_is_a_sound_one(store, tools):
    model = NoticesModel(tools)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert model.show([]) == 0
    add_many(store, 5)
    assert model.show(store.notices.newest(3)) == 3
    assert model.show(store.notices.newest(9)) == 0
    add_many(store, 2)
    assert model.show(store.notices.newest(5)) == 2
    store.notices.mark_seen(7)
    assert model.show(store.notices.newest(5)) == 0
    store.notices.clear(5)
    model.show(store.notices.newest(9))
    assert model.rowCount() == 2
    add_many(store, MOST)
    assert model.show(store.notices.newest(9)) == 9
    model.show([])
    assert model.rowCount() == 0


def test_long_words_take_two_lines_and_a_row_is_as_high_as_they_need(new_page, store, qtbot):
    error = "Exit code 1: " + "something went wrong " * 20
    add(store, "short\nwords", notice_words.one_died(DeadJob(1, "x", error)))
    page = new_page()
    shown(page, qtbot, 2)
    line = page.list.fontMetrics().height()
    heights = [page.list.visualRect(index(page, row)).height() for row in range(2)]
    assert heights[0] - heights[1] == line
    assert len(in_two(error, page.list.fontMetrics(), 300)) == 2
    page.resize(5000, 400)
    qtbot.waitUntil(lambda: page.list.visualRect(index(page, 0)).height() == heights[1])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_rows_are_drawn_in_each_theme_chosen_or_not_new_or_seen(new_page, store, qtbot, tools, scheme):
    tools.theme.choose(scheme)
    (first, *_) = add(store, DIED, kind=NoticeKind.DIED, seq=1)
    add(store, "many", kind=NoticeKind.DIED)
    store.notices.mark_seen(first.number)
    add(store, notice_words.runner_failed(message("no")), kind=NoticeKind.RUNNER)
    page = new_page()
    shown(page, qtbot, 3)
    page.list.setCurrentIndex(index(page, 0))
    picture = page.grab().toImage()
    colours = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(0, picture.height(), 2)}
    theme = tools.theme.colours
    assert {theme.surface, theme.selected, theme.line} <= colours
    icons = [index(page, row).data(Qt.ItemDataRole.DecorationRole) for row in range(3)]
    assert not any(icon.isNull() for icon in icons)
    assert QAccessible.queryAccessibleInterface(page.list) is not None


def test_the_moment_is_that_of_the_dead_letters():
    assert SEEN_AFTER == 2000
