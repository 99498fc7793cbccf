"""The page of the dead letters on a real store."""

import apsw
import pytest
from PySide6.QtCore import QPersistentModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QListView, QMenu

from app.domain.job import State
from app.domain.outcome import Failed, TimedOut
from app.domain.saved_job import SavedJob
from app.messages import KnownError
from app.store.dead_groups import DeadGroup
from app.store.restoring import Restoring
from app.store.views import Column, View
from app.ui.dead_letters_model import COUNT, KEY, DeadLettersModel, DeadLook
from app.ui.dead_letters_page import DeadLettersPage
from app.ui.death_panel import plain_output
from app.ui.kind_list import KindList
from tests.store.jobs import claim_one, enqueue, finish
from tests.ui.conftest import spec

DISK, TIME = "Exit code 1: disk full", "Timeout exceeded (#s)"


def die(store, clock, id, outcome=None, line="disk full", tail="one\ntwo\n"):
    seq = enqueue(store, id, max_retries=1)
    clock.forward(1)
    finish(store, claim_one(store), outcome or Failed(1), clock(), last_line=line, tail=tail)
    return seq


@pytest.fixture
def dead(store, clock):
    """Two jobs that died of a full disk, and then one of its time."""
    return [die(store, clock, "a"), die(store, clock, "b"), die(store, clock, "c", TimedOut(20), "")]


@pytest.fixture
def new_page(tools, qtbot):
    def new(*, alone=False):
        page = DeadLettersPage(tools)
        qtbot.addWidget(page)
        if not alone:  # as in the window
            tools.gateway.changed.connect(page.refresh)
        page.resize(900, 600)
        page.show()
        return page

    return new


@pytest.fixture
def page(dead, new_page, qtbot):  # noqa: ARG001  they died before it is shown
    page = new_page()
    qtbot.waitUntil(lambda: page.table.total == 3 and page.kinds.model().rowCount() == 3)
    return page


def listed(page):
    model = page.kinds.model()
    return [(model.index(row).data(COUNT), model.index(row).data()) for row in range(model.rowCount())]


def ids(page):
    return [line.id for _, line in sorted(page.table.model.loaded())]


def choose(page, key):
    page.kinds.setCurrentIndex(page.kinds.model().index(page.kinds.model().row_of(key)))


def choose_kind(page, qtbot, key, total):
    choose(page, key)
    qtbot.waitUntil(lambda: page.table.view.filter.error_key == key and page.table.total == total)


def sort_by_command(page, qtbot):
    page.table.rows.order_chosen.emit(View(by=Column.COMMAND))
    qtbot.waitUntil(lambda: page.table.view.by is Column.COMMAND)


def answered(gateway, qtbot):
    """Wait until all that has been asked by now is answered."""
    heard = []
    gateway.look(gateway, lambda _store: "looks", heard.append)
    gateway.detail(gateway, lambda _store: "details", heard.append)
    for sorter in (None, 0, 1):
        gateway.table(gateway, lambda _orders: "sorter", heard.append, sorter=sorter)
    qtbot.waitUntil(lambda: len(heard) == 5)


def test_without_dead_letters_the_page_says_what_it_is_for(new_page, qtbot):
    page = new_page()
    qtbot.waitUntil(page.table.empty.isVisible)
    assert page.table.empty.title() == "No dead letters"
    assert not page.kinds.isVisible()
    assert not page.death.isVisible()
    assert not page.retry_button.isEnabled()


def test_kinds_of_errors_are_listed_the_newest_first_with_their_counts(page):
    assert listed(page) == [
        ("3 jobs", "All dead letters"),
        ("1 job", "Timeout exceeded (20s)"),
        ("2 jobs", DISK),
    ]
    assert ids(page) == ["c", "b", "a"]
    assert page.retry_button.text() == "Retry all 3 jobs"


def test_a_kind_shows_its_jobs_alone_in_the_order_that_was_chosen(page, qtbot):
    sort_by_command(page, qtbot)
    choose_kind(page, qtbot, DISK, 2)
    assert ids(page) == ["b", "a"]
    assert page.table.view.by is Column.COMMAND
    assert page.retry_button.text() == "Retry all 2 jobs"
    choose_kind(page, qtbot, None, 3)


def test_all_of_a_kind_run_again_and_the_page_goes_back_to_the_rest(page, qtbot, store):
    choose_kind(page, qtbot, DISK, 2)
    qtbot.mouseClick(page.retry_button, Qt.MouseButton.LeftButton)
    assert page._question.yes.text() == "Retry 2 jobs"
    with qtbot.waitSignal(page.notified) as told:
        page._question.yes.click()
        assert (page.retry_button.text(), page.retry_button.isEnabled()) == ("Retrying…", False)
    assert told.args == ["2 jobs queued to run again"]
    counts = store.reads.counts()
    assert (counts[State.PENDING], counts[State.DEAD]) == (2, 1)
    qtbot.waitUntil(lambda: listed(page) == [("1 job", "All dead letters"), ("1 job", "Timeout exceeded (20s)")])
    qtbot.waitUntil(lambda: page.table.view.filter.error_key is None and page.table.total == 1)
    assert page.retry_button.text() == "Retry 1 job"


def test_a_retry_that_fails_is_told_and_can_be_tried_again(page, qtbot, store):
    version = store.database.run("PRAGMA user_version")[0][0]
    store.database.run(f"PRAGMA user_version = {version + 1}")
    page.retry()
    with qtbot.waitSignal(page.notified) as told:
        page._question.yes.click()
    assert "newer" in told.args[0]
    assert page.retry_button.isEnabled()
    store.database.run(f"PRAGMA user_version = {version}")


def test_chosen_jobs_are_handed_on_to_be_retried_removed_or_edited(page, qtbot, dead):
    page.table.selection.choose(dead[:2])
    assert page.retry_button.text() == "Retry 2 jobs"
    assert page.remove_button.text() == "Remove 2 jobs"
    assert not page.edit_button.isEnabled()
    with qtbot.waitSignal(page.retry_wanted) as told:
        page.retry_button.click()
    assert told.args == [dead[:2]]
    with qtbot.waitSignal(page.remove_wanted) as told:
        page.remove_button.click()
    assert told.args == [dead[:2]]
    page.table.selection.choose(dead[2:])
    with qtbot.waitSignal(page.edit_and_retry_wanted) as told:
        page.edit_button.click()
    assert told.args == [dead[2]]


def test_all_that_match_can_be_removed_without_being_here(page, qtbot, dead):
    page.table.selection.choose_all()
    with qtbot.waitSignal(page.remove_wanted) as told:
        page.remove()
    assert sorted(told.args[0]) == dead


def test_the_chosen_one_shows_its_error_and_what_it_wrote_last(page, qtbot, store, clock):
    seq = die(store, clock, "x\x1b", line="bad\u202e", tail="\x1b[31mred\x1b[0m\nlast\n")
    qtbot.waitUntil(lambda: page.table.total == 4)
    page.table.selection.choose([seq])
    qtbot.waitUntil(page.death.error.isVisible)
    assert page.death.title() == "x\\x1b"
    assert page.death.error.toPlainText() == "Exit code 1: bad\\u202e"
    assert page.death.output.toPlainText() == "red\nlast"
    assert page.death.about().endswith("in run 1")
    page.table.selection.forget()
    assert not page.death.error.isVisible()


def test_the_error_of_the_chosen_one_is_copied(page, qtbot, dead):
    assert not page.copy_button.isEnabled()
    page.table.selection.choose(dead[:1])
    with qtbot.waitSignal(page.notified):
        page.copy_button.click()
    assert QGuiApplication.clipboard().text() == DISK


def test_what_is_in_sight_for_two_seconds_counts_as_looked_at(page, qtbot, store):
    assert page.isVisible()
    assert store.bulk.unseen() == 3
    qtbot.waitUntil(lambda: store.bulk.unseen() == 0)


def test_what_is_hidden_again_at_once_stays_new(page, store):
    page.hide()
    assert not page._marker.is_looking
    page._marker._looked()
    assert store.bulk.unseen() == 3


def test_what_is_listed_in_a_minimized_window_stays_new(page, store):
    page.showMinimized()
    page._marker.stop()
    page._marker.start()
    assert not page._marker.is_looking
    page._marker._looked()
    assert store.bulk.unseen() == 3


def test_dead_letters_without_an_error_are_under_all_alone(new_page, qtbot, store):
    Restoring(store.database, store.clock).restore([SavedJob("r", spec(), state=State.DEAD)])
    page = new_page()
    qtbot.waitUntil(lambda: page.table.total == 1 and listed(page) == [("1 job", "All dead letters")])
    page.table.selection.choose([1])
    qtbot.waitUntil(page.death.error.isVisible)
    assert page.death.error.toPlainText() == "No error was recorded."
    assert page.death.output.toPlainText() == ""


def test_a_new_kind_leaves_the_chosen_kind_chosen(page, qtbot, store, clock):
    choose_kind(page, qtbot, DISK, 2)
    die(store, clock, "n", line="something new")
    qtbot.waitUntil(lambda: page.kinds.model().rowCount() == 4)
    assert page.kinds.currentIndex().data(KEY) == DISK
    assert page.table.view.filter.error_key == DISK


def test_all_are_not_retried_before_the_person_has_said_so_twice(page, store):
    page.retry()
    page._question.no.click()
    assert store.reads.counts()[State.DEAD] == 3
    assert page.retry_button.isEnabled()


def test_a_single_one_runs_again_without_a_question(page, qtbot, store):
    choose_kind(page, qtbot, page.kinds.model().index(1).data(KEY), 1)
    with qtbot.waitSignal(page.notified):
        page.retry()
    assert page._question is None
    assert store.reads.counts()[State.DEAD] == 2


def test_what_is_retried_is_what_is_shown_though_another_kind_is_on_its_way(page, qtbot, store):
    choose(page, DISK)
    page.retry()
    assert page._question.yes.text() == "Retry 3 jobs"
    with qtbot.waitSignal(page.notified):
        page._question.yes.click()
    assert store.reads.counts()[State.DEAD] == 0


def test_a_kind_that_does_not_come_is_not_chosen_any_more(page, qtbot, gateway):
    def give_up(orders):
        orders._connection.trace_v2(apsw.SQLITE_TRACE_STMT, lambda _seen: orders.interrupt())

    sort_by_command(page, qtbot)
    for sorter in (0, 1):
        gateway.table(page, give_up, lambda _: None, sorter=sorter)
    choose(page, DISK)
    qtbot.waitUntil(lambda: page.kinds.currentIndex().row() == 0)
    assert page.table.view.filter.error_key is None
    assert page.retry_button.text() == "Retry all 3 jobs"


def test_the_window_alone_shows_menus_errors_and_exports(page, qtbot):
    page.table.menu_wanted.emit(QPoint(5, 5))
    assert page.findChildren(QMenu) == []
    with qtbot.assertNotEmitted(page.notified):
        page.table.refused.emit(KnownError("no"))
    with qtbot.waitSignal(page.export_wanted):
        qtbot.mouseClick(page.export_button, Qt.MouseButton.LeftButton)


@pytest.mark.usefixtures("dead")
def test_a_change_is_read_when_the_window_says_so_and_not_before(new_page, qtbot, store, clock, gateway):
    page = new_page(alone=True)
    qtbot.waitUntil(lambda: page.table.total == 3)
    answered(gateway, qtbot)
    with qtbot.assertNotEmitted(page.table.shown):
        with qtbot.waitSignal(gateway.changed):
            die(store, clock, "later")
        answered(gateway, qtbot)
    page.refresh()
    qtbot.waitUntil(lambda: page.table.total == 4)


def test_the_list_of_kinds_is_a_sound_model():
    model = DeadLettersModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show(DeadLook(3, [DeadGroup(key=DISK, jobs=2, newest=2, error=DISK)]))
    model.show(DeadLook(4, [DeadGroup(key=DISK, jobs=3, newest=4, error=DISK)]))
    assert model.index(1).data(Qt.ItemDataRole.AccessibleTextRole) == f"3 jobs · {DISK}"
    assert (model.row_of(None), model.row_of(DISK), model.row_of("other")) == (0, 1, None)
    model.show(DeadLook(0, []))
    assert model.rowCount() == 1


def look(*keys, newest=()):
    """Kinds in their order; those of ``newest`` have just had another death."""
    groups = [DeadGroup(key=key, jobs=1, newest=99 if key in newest else 1, error=key) for key in keys]
    return DeadLook(len(groups), groups)


@pytest.mark.parametrize(
    "keys", ["abcd", "dabc", "dcba", "xabcd", "abxcd", "bd", "dxb", "abcdx", "xyz", "", "cxayd"], ids=repr
)
def test_a_kind_keeps_its_line_wherever_it_goes(keys):
    model = DeadLettersModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show(look(*"abcd"))
    lines = {key: QPersistentModelIndex(model.index(model.row_of(key))) for key in "abcd"}
    model.show(look(*keys))
    assert [model.index(row).data(KEY) for row in range(1, model.rowCount())] == list(keys)
    assert {key: line.row() if line.isValid() else None for key, line in lines.items()} == {
        key: model.row_of(key) for key in "abcd"
    }


def test_the_list_of_kinds_stays_where_the_person_left_it(tools, qtbot):
    kinds = KindList(tools)
    qtbot.addWidget(kinds)
    kinds.resize(200, 300)
    kinds.show()
    keys = [f"kind {number:02}" for number in range(40)]
    kinds.show_look(look(*keys))
    kinds.setCurrentIndex(kinds.model().index(21))
    kinds.scrollTo(kinds.model().index(20), QListView.ScrollHint.PositionAtTop)
    chosen = []
    kinds.chosen.connect(chosen.append)

    def seen():
        return [kinds.indexAt(QPoint(5, y)).data(KEY) for y in (1, kinds.viewport().height() // 2)]

    before = seen()
    assert before[0] == "kind 19"
    kinds.show_look(look("new", "kind 30", *keys[:30], *keys[31:], newest=["kind 30"]))
    assert seen() == before
    kinds.show_look(look("newer", *keys[5:], newest=["newer"]))
    assert seen() == before
    assert kinds.currentIndex().data(KEY) == "kind 20"
    assert chosen == []
    kinds.show_look(look(*keys[:20]))
    assert (kinds.currentIndex().row(), chosen) == (0, [None])
    kinds.verticalScrollBar().setValue(0)
    kinds.show_look(look("newest", *keys, newest=["newest"]))
    assert kinds.verticalScrollBar().value() == 0


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\r\nb\r\n", "a\nb"), ("10%\r20%", "10%\n20%"), ("\x1b[2Jx\x07", "x"), ("\u202ex", "\\u202ex")],
)
def test_an_output_is_shown_without_what_moves_a_cursor(text, shown):
    assert plain_output(text) == shown
