"""The table of jobs, on a real store."""

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from app.domain.job import State
from app.store.ordered_jobs import OrderedJobs
from app.store.views import Column, Filter, Interrupted, View
from app.ui.job_columns import job_columns
from app.ui.job_table import JobTable
from app.ui.table_feed import RENEWED_EVERY
from app.ui.wording import number
from tests.ui.conftest import new_job

_Flag = QItemSelectionModel.SelectionFlag


@pytest.fixture
def table(tools, qtbot):
    """A table of the whole queue that is refreshed as its page would do it; shown by the test."""
    table = JobTable(tools, job_columns(), "jobs", View())
    tools.gateway.changed.connect(table.refresh)
    qtbot.addWidget(table)
    table.resize(900, 400)
    return table


def fill(store, count, **fields):
    return [seq for seq, _ in store.intake.enqueue([new_job(command=f"echo {n}", **fields) for n in range(count)]).jobs]


def shown(table, qtbot, total):
    table.show()
    qtbot.waitExposed(table)
    qtbot.waitUntil(lambda: table.total == total and table.model.has(*table.rows.rows_in_sight()))
    return table


def ids(table, count=5):
    return [line.id if (line := table.model.line(row)) else None for row in range(count)]


def top_id(table):
    return table.model.line(table.rows.rows_in_sight()[0]).id


def scroll_to_row(table, row):
    table.rows.verticalScrollBar().setValue(row * table.rows.verticalHeader().defaultSectionSize())


def test_the_model_keeps_what_qt_asks_of_models_while_jobs_come_change_and_go(table, store, qtbot):
    QAbstractItemModelTester(table.model, QAbstractItemModelTester.FailureReportingMode.Fatal, table)
    seqs = fill(store, 40)
    shown(table, qtbot, 40)
    scroll_to_row(table, 20)
    fill(store, 3)
    qtbot.waitUntil(lambda: table.total == 43)
    store.changes.cancel(seqs[30])
    store.changes.remove(seqs[:5])
    qtbot.waitUntil(lambda: table.total == 38)
    table.set_view(View(by=Column.COMMAND, descending=False))
    qtbot.waitUntil(lambda: table.view.by is Column.COMMAND)
    store.changes.remove_all()
    qtbot.waitUntil(lambda: not any(line for _, line in table.model.loaded()))
    table.set_view(View(by=Column.ID))
    qtbot.waitUntil(lambda: table.total == 0)


def test_the_newest_job_stands_first_and_every_job_has_a_row(table, store, qtbot):
    fill(store, 1000)
    shown(table, qtbot, 1000)
    assert ids(table, 2) == ["job-1000", "job-999"]


def test_any_row_is_there_once_it_is_scrolled_to(table, store, qtbot):
    fill(store, 1500)
    shown(table, qtbot, 1500)
    scroll_to_row(table, 500)
    qtbot.waitUntil(lambda: table.model.has(*table.rows.rows_in_sight()))
    assert top_id(table) == "job-1000"


def test_a_row_that_is_not_here_yet_is_empty(table, store, qtbot):
    fill(store, 1500)
    shown(table, qtbot, 1500)
    assert table.model.index(1200, 0).data() is None


def test_what_a_job_is_now_is_shown_when_it_changes(table, store, qtbot):
    seqs = fill(store, 5)
    shown(table, qtbot, 5)
    store.changes.cancel(seqs[0])
    qtbot.waitUntil(lambda: table.model.line(4).state is State.CANCELLED)
    state = next(place for place, column in enumerate(job_columns()) if column.by is Column.STATE)
    assert table.model.index(4, state).data() == "Cancelled"


def test_new_jobs_are_seen_at_the_top_while_the_pointer_is_elsewhere(table, store, qtbot):
    fill(store, 100)
    shown(table, qtbot, 100)
    store.intake.enqueue([new_job("new")])
    qtbot.waitUntil(lambda: ids(table, 1) == ["new"])


def test_the_first_row_in_sight_stays_while_jobs_come_in_above_it(table, store, qtbot):
    fill(store, 1000)
    shown(table, qtbot, 1000)
    scroll_to_row(table, 300)
    qtbot.waitUntil(lambda: table.model.has(*table.rows.rows_in_sight()))
    before = top_id(table)
    fill(store, 37)
    qtbot.waitUntil(lambda: table.total == 1037)
    qtbot.waitUntil(lambda: top_id(table) == before)


def test_the_row_under_the_pointer_stays_where_it_is(table, store, qtbot):
    fill(store, 200)
    shown(table, qtbot, 200)
    place = QPoint(100, table.rows.rowViewportPosition(5) + 3)
    QCursor.setPos(table.rows.viewport().mapToGlobal(place))
    qtbot.mouseMove(table.rows.viewport(), place)
    qtbot.waitUntil(table.rows.underMouse)
    store.intake.enqueue([new_job(f"new-{n}") for n in range(9)])
    qtbot.waitUntil(lambda: table.total == 209)
    assert table.model.line(table.rows.rowAt(place.y())).id == "job-195"
    QCursor.setPos(QPoint(0, 0))


def test_the_chosen_job_and_the_current_row_stay_the_same_job(table, store, qtbot):
    fill(store, 100)
    shown(table, qtbot, 100)
    qtbot.mouseClick(
        table.rows.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(50, table.rows.rowViewportPosition(3) + 2)
    )
    assert [table.model.line(3).seq] == table.selected_seqs()
    fill(store, 4)
    qtbot.waitUntil(lambda: table.total == 104)
    qtbot.waitUntil(lambda: table.rows.currentIndex().row() == 7)
    assert [index.row() for index in table.selection.selectedRows()] == [7]
    assert table.selected_seqs() == [97]


def test_a_job_stays_chosen_though_its_row_was_scrolled_away(table, store, qtbot):
    fill(store, 1500)
    shown(table, qtbot, 1500)
    table.selection.choose([1500])
    scroll_to_row(table, 1200)
    qtbot.waitUntil(lambda: table.model.has(*table.rows.rows_in_sight()))
    store.changes.cancel(1)
    qtbot.waitUntil(lambda: not table.model.has(0, 0))
    assert table.selected_seqs() == [1500]
    scroll_to_row(table, 0)
    qtbot.waitUntil(lambda: table.selection.isRowSelected(0, table.rows.rootIndex()))


def test_a_range_by_shift_reaches_over_rows_that_are_not_here(table, store, qtbot):
    fill(store, 1500)
    shown(table, qtbot, 1500)
    at = QPoint(50, table.rows.rowViewportPosition(1) + 2)
    qtbot.mouseClick(table.rows.viewport(), Qt.MouseButton.LeftButton, pos=at)
    scroll_to_row(table, 1000)
    qtbot.waitUntil(lambda: table.model.has(*table.rows.rows_in_sight()))
    last = table.model.line(table.rows.rowAt(5)).seq
    qtbot.mouseClick(
        table.rows.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, pos=QPoint(50, 5)
    )
    qtbot.waitUntil(lambda: set(table.selected_seqs()) == set(range(last, 1500)))


def test_all_that_match_are_chosen_only_when_the_person_says_so(table, store, qtbot):
    fill(store, 1500)
    shown(table, qtbot, 1500)
    table.rows.setFocus()
    table.rows.selectAll()
    assert not table.selected_all
    assert 0 < table.selected_count < 1500
    assert table._all_bar._yes.text() == f"Select all {number(1500)} that match"
    qtbot.mouseClick(table._all_bar._yes, Qt.MouseButton.LeftButton)
    assert table.selected_all
    heard = []
    table.with_chosen(heard.append)
    qtbot.waitUntil(lambda: bool(heard))
    assert sorted(heard[0]) == list(range(1, 1501))


def test_from_all_that_match_one_can_be_left_out(table, store, qtbot):
    fill(store, 30)
    shown(table, qtbot, 30)
    table.selection.choose_all()
    table.selection.select(table.model.index(0, 0), _Flag.Deselect | _Flag.Rows)
    assert sorted(table.selected_seqs()) == list(range(1, 30))


def test_a_click_on_a_header_sorts_and_a_second_one_turns_the_order_around(table, store, qtbot):
    for priority in (3, 9, 5):
        store.intake.enqueue([new_job(f"p{priority}", priority=priority)])
    shown(table, qtbot, 3)
    section = next(place for place, column in enumerate(job_columns()) if column.by is Column.PRIORITY)
    header = table.rows.horizontalHeader()
    where = QPoint(header.sectionViewportPosition(section) + 10, 5)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=where)
    qtbot.waitUntil(lambda: ids(table, 3) == ["p9", "p5", "p3"])
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=where)
    qtbot.waitUntil(lambda: ids(table, 3) == ["p3", "p5", "p9"])


@pytest.mark.parametrize("by", list(Column))
def test_every_order_shows_every_job(table, store, qtbot, by):
    fill(store, 50)
    shown(table, qtbot, 50)
    table.set_view(View(by=by, descending=False))
    qtbot.waitUntil(lambda: table.view.by is by and table.model.has(0, 49))
    assert {line.seq for _, line in table.model.loaded()} == set(range(1, 51))


def test_the_first_change_after_a_quiet_while_is_in_its_place_at_once_in_an_order_no_index_serves(table, store, qtbot):
    fill(store, 20)
    shown(table, qtbot, 20)
    table._feed._renewal.setInterval(100)
    table.set_view(View(by=Column.COMMAND, descending=False))
    qtbot.waitUntil(lambda: table.view.by is Column.COMMAND)
    for turn in range(5):
        qtbot.waitUntil(lambda: not table._feed._renewal.isActive() and not table._feed._is_sorting)
        table._feed._renewal.setInterval(60_000)  # whatever is not there after this one look never comes
        store.intake.enqueue([new_job(f"late-{turn}", command=f"aaa {9 - turn}")])
        qtbot.waitUntil(lambda turn=turn: ids(table, 1) == [f"late-{turn}"])
        table._feed._renewal.setInterval(100)
        table._feed._renewal.start()


def test_in_an_order_no_index_serves_rows_are_up_to_date_at_once_and_the_order_after_a_while(table, store, qtbot):
    assert RENEWED_EVERY == 5000
    seqs = fill(store, 20)
    shown(table, qtbot, 20)
    table.set_view(View(by=Column.COMMAND, descending=False))
    qtbot.waitUntil(lambda: table.view.by is Column.COMMAND)
    store.intake.enqueue([new_job("late", command="aaa")])
    store.changes.cancel(seqs[0])
    qtbot.waitUntil(lambda: any(line.state is State.CANCELLED for _, line in table.model.loaded()))
    assert ids(table, 1) != ["late"]
    table._feed._renewal.start(1)
    qtbot.waitUntil(lambda: ids(table, 1) == ["late"])


def test_a_range_that_comes_after_another_choice_is_dropped(table, store, qtbot):
    fill(store, 1000)
    shown(table, qtbot, 1000)
    table.selection.range_wanted.emit(1000, 1)
    table.selection.choose([500])
    heard = []
    table._feed.ask(lambda orders: orders.position(table.view, 1), heard.append, heard.append)
    qtbot.waitUntil(lambda: heard == [999])
    assert table.selected_seqs() == [500]


def test_a_table_keeps_its_place_though_another_had_something_else_sorted(table, tools, store, qtbot):
    fill(store, 1000)
    shown(table, qtbot, 1000)
    table.set_view(View(by=Column.COMMAND, descending=False))
    qtbot.waitUntil(lambda: table.view.by is Column.COMMAND)
    scroll_to_row(table, 500)
    qtbot.waitUntil(lambda: table.model.has(*table.rows.rows_in_sight()))
    before = top_id(table)
    other = JobTable(tools, job_columns(), "other", View())
    qtbot.addWidget(other)
    shown(other, qtbot, 1000)
    for by in (Column.DURATION, Column.ATTEMPTS):  # one for each of the two that sort
        other.set_view(View(by=by))
        qtbot.waitUntil(lambda by=by: other.view.by is by)
    other.hide()
    scroll_to_row(table, 501)
    scroll_to_row(table, 500)
    table.refresh()
    qtbot.waitUntil(lambda: not table._feed._is_asking and not table._feed._is_sorting)
    assert top_id(table) == before


def test_a_sort_that_was_called_off_leaves_what_was_shown(table, store, qtbot, monkeypatch):
    fill(store, 5)
    shown(table, qtbot, 5)

    def called_off(_self, _view):
        raise Interrupted

    monkeypatch.setattr(OrderedJobs, "renew", called_off)
    with qtbot.waitSignal(table.view_changed):
        table.set_view(View(filter=Filter(text="echo 3")))
    assert table.view == table.wanted == View()
    assert table.total == 5


def test_nothing_ticks_where_the_progress_is_not_shown(table, store, qtbot):
    fill(store, 3)
    place = next(place for place, column in enumerate(job_columns()) if column.by is Column.PROGRESS)
    table.rows.setColumnHidden(place, True)
    shown(table, qtbot, 3)
    store.work.claim(1)
    qtbot.waitUntil(lambda: any(line.state is State.PROCESSING for _, line in table.model.loaded()))
    assert not table._ticks.isActive()


def test_a_filter_that_matches_nothing_shows_the_empty_state(table, store, qtbot):
    fill(store, 3)
    shown(table, qtbot, 3)
    assert table.empty.isHidden()
    table.set_view(View(filter=Filter(text="nowhere")))
    qtbot.waitUntil(lambda: table.total == 0 and not table.empty.isHidden())


def test_another_filter_gives_up_the_selection_and_another_order_keeps_it(table, store, qtbot):
    fill(store, 3)
    shown(table, qtbot, 3)
    table.selection.choose([2])
    table.set_view(View(by=Column.ID))
    qtbot.waitUntil(lambda: table.view.by is Column.ID)
    assert table.selected_seqs() == [2]
    table.set_view(View(filter=Filter(states=frozenset({State.PENDING}))))
    assert table.selected_seqs() == []


def test_a_new_job_is_brought_into_sight(table, store, qtbot):
    fill(store, 1000)
    shown(table, qtbot, 1000)
    table.reveal(400)
    qtbot.waitUntil(lambda: table.rows.currentIndex().row() == 600)
    qtbot.waitUntil(lambda: table.model.has(600, 600))
    assert table.selected_seqs() == [400]


def test_a_job_that_is_brought_into_sight_stays_the_current_one_when_its_rows_come(table, store, qtbot):
    fill(store, 1000)
    shown(table, qtbot, 1000)
    table.rows.setCurrentIndex(table.model.index(0, 0))
    table.reveal(400)
    qtbot.waitUntil(lambda: table.model.has(590, 610))
    assert table.rows.currentIndex().row() == 600


def test_enter_opens_the_current_job(table, store, qtbot):
    fill(store, 3)
    shown(table, qtbot, 3)
    table.rows.setFocus()
    qtbot.mouseClick(table.rows.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(50, 5))
    with qtbot.waitSignal(table.opened) as told:
        qtbot.keyClick(table.rows, Qt.Key.Key_Return)
    assert told.args == [3]


def test_hidden_and_moved_columns_stay_so_for_the_next_table(table, tools, qtbot):
    shown(table, qtbot, 0)
    table.rows.setColumnHidden(4, True)
    table.rows.horizontalHeader().moveSection(1, 0)
    qtbot.waitUntil(lambda: tools.layout.value("jobs/columns") is not None)
    qtbot.waitUntil(lambda: not table.rows._saving.isActive())
    other = JobTable(tools, job_columns(), "jobs", View())
    qtbot.addWidget(other)
    assert other.rows.isColumnHidden(4)
    assert other.rows.horizontalHeader().visualIndex(1) == 0


def test_nothing_ticks_while_nothing_runs(table, store, qtbot):
    fill(store, 3)
    shown(table, qtbot, 3)
    assert not table._ticks.isActive()


def test_a_running_job_ticks_while_it_is_in_sight(table, store, qtbot):
    fill(store, 3)
    shown(table, qtbot, 3)
    store.work.claim(1)
    qtbot.waitUntil(table._ticks.isActive)
    table.hide()
    assert not table._ticks.isActive()
    assert QApplication.instance() is not None
