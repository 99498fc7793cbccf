"""The window as a whole: places, actions and keys, on a real store."""

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer, QTranslator
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QMenu, QMessageBox, QWidget

from app.domain.job import State
from app.domain.outcome import Failed, Succeeded
from app.locks import ProcessLock
from app.messages import KnownError, message
from app.store.ordered_jobs import OrderedJobs
from app.store.views import Interrupted
from app.ui.options_watch import OptionsWatch
from app.ui.question import Question
from app.ui.sidebar import Place
from tests.store.jobs import claim_one, finish
from tests.ui.conftest import new_job
from tests.ui.job_forms import editor
from tests.ui.windows import make_window

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def window(tools, qtbot):
    return make_window(tools, qtbot)


def add(store, *ids, **fields):
    return [store.intake.enqueue([new_job(id, **fields)]).jobs[0][0] for id in ids]


def showing(window, qtbot, *ids):
    """Wait until the jobs page shows these jobs, newest first."""
    table = window.jobs.table
    qtbot.waitUntil(
        lambda: [table.model.line(row).id for row in range(table.total) if table.model.line(row)] == list(ids)
    )


def choose(window, qtbot, id):
    """Choose a job by a click."""
    rows = window.jobs.table.rows
    row = next(row for row, line in window.jobs.table.model.loaded() if line.id == id)
    place = QPoint(30, rows.rowViewportPosition(row) + 4)
    qtbot.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=place)
    rows.setFocus()


def state(store, id):
    return store.reads.by_id(id).state


def kill_dead(store, id):
    add(store, id, max_retries=1)
    finish(store, claim_one(store), Failed(1), store.clock())


def test_the_sidebar_counts_what_is_where_as_it_changes(window, store, qtbot):
    add(store, "a", "b")
    qtbot.waitUntil(lambda: window.sidebar.count_of(Place.PENDING) == "2")
    store.changes.cancel(1)
    qtbot.waitUntil(lambda: window.sidebar.count_of(Place.CANCELLED) == "1")
    assert window.sidebar.count_of(Place.ALL) == "2"


def test_dead_letters_are_marked_until_they_have_been_looked_at(window, store, qtbot):
    kill_dead(store, "c")
    qtbot.waitUntil(lambda: window.sidebar.is_marked(Place.DEAD_LETTERS))
    window.sidebar.go_to(Place.DEAD_LETTERS)
    qtbot.waitUntil(lambda: not window.sidebar.is_marked(Place.DEAD_LETTERS))


def test_a_place_shows_the_jobs_of_its_state_alone(window, store, qtbot):
    add(store, "a", "b")
    store.changes.cancel(1)
    showing(window, qtbot, "b", "a")
    window.sidebar.go_to(Place.CANCELLED)
    showing(window, qtbot, "a")


@pytest.mark.parametrize("row", range(len(Place)))
def test_alt_and_a_digit_go_to_each_place(window, qtbot, row):
    qtbot.keyClick(window, Qt.Key(Qt.Key.Key_1 + row), ALT)
    assert window.sidebar.place is list(Place)[row]


@pytest.mark.parametrize("keys", [(Qt.Key.Key_F, CTRL), (Qt.Key.Key_Slash, Qt.KeyboardModifier.NoModifier)])
def test_the_search_is_called_by_key_and_finds_by_id_command_and_error(window, store, qtbot, keys):
    add(store, "alpha", command="echo one")
    add(store, "beta", command="echo two")
    showing(window, qtbot, "beta", "alpha")
    qtbot.keyClick(window, *keys)
    assert window.search.hasFocus()
    qtbot.keyClicks(window.search, "two")
    showing(window, qtbot, "beta")
    window.search.clear()
    showing(window, qtbot, "beta", "alpha")


def test_a_search_that_finds_nothing_says_so_and_can_be_given_up(window, store, qtbot):
    add(store, "a")
    window.search.setText("nowhere")
    qtbot.waitUntil(lambda: window.jobs.table.empty.title() == "Nothing found")
    qtbot.waitUntil(window.jobs.table.empty.isVisible)
    buttons = window.jobs.table.empty.findChildren(QAbstractButton)  # those of before may still be there, unseen
    button = next(one for one in buttons if one.text() == "Show all jobs")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    showing(window, qtbot, "a")


def test_an_empty_queue_says_what_to_do_next(window, qtbot):
    qtbot.waitUntil(window.jobs.table.empty.isVisible)
    assert window.jobs.table.empty.title() == "Drop a job file here"


def test_ctrl_p_pauses_and_resumes_and_the_window_says_which(window, store, qtbot):
    qtbot.keyClick(window, Qt.Key.Key_P, CTRL)
    qtbot.waitUntil(store.reads.is_paused)
    qtbot.waitUntil(lambda: window.actions_.pause.text() == "Resume")
    qtbot.keyClick(window, Qt.Key.Key_P, CTRL)
    qtbot.waitUntil(lambda: not store.reads.is_paused())


def test_del_removes_and_the_toast_brings_back(window, store, qtbot):
    add(store, "a", "b")
    showing(window, qtbot, "b", "a")
    choose(window, qtbot, "a")
    qtbot.keyClick(window.jobs.table.rows, Qt.Key.Key_Delete)
    showing(window, qtbot, "b")
    qtbot.waitUntil(window.toast.offers_undo)
    assert window.toast.words() == "1 job removed"
    qtbot.mouseClick(window.toast.findChild(QAbstractButton), Qt.MouseButton.LeftButton)
    showing(window, qtbot, "b", "a")


def test_ctrl_z_brings_back_what_another_program_removed(window, store, qtbot):
    (seq,) = add(store, "a")
    store.changes.remove([seq])
    qtbot.waitUntil(window.actions_.undo.isEnabled)
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    showing(window, qtbot, "a")


def test_ctrl_k_cancels_and_ctrl_r_retries(window, store, qtbot):
    add(store, "a")
    showing(window, qtbot, "a")
    choose(window, qtbot, "a")
    qtbot.keyClick(window.jobs.table.rows, Qt.Key.Key_K, CTRL)
    qtbot.waitUntil(lambda: state(store, "a") is State.CANCELLED)
    qtbot.waitUntil(window.actions_.retry.isEnabled)
    qtbot.keyClick(window.jobs.table.rows, Qt.Key.Key_R, CTRL)
    qtbot.waitUntil(lambda: state(store, "a") is State.PENDING)


def test_a_running_job_whose_runner_is_gone_is_rescued_when_it_is_cancelled(tools, store, qtbot):
    rescued = []
    window = make_window(tools, qtbot, rescued.append)
    add(store, "a")
    claim_one(store)
    window.job_actions._verbs.cancel([1])
    qtbot.waitUntil(lambda: len(rescued) == 1)
    assert store.reads.by_id("a").cancel_requested


def test_a_running_job_is_cancelled_only_after_a_question_that_says_how_many(window, store, qtbot):
    add(store, "a")
    claim_one(store)
    qtbot.waitUntil(lambda: window.jobs.table.total == 1 and window.jobs.table.model.line(0).state is State.PROCESSING)
    choose(window, qtbot, "a")
    window.actions_.cancel.trigger()
    question = window.findChild(Question)
    assert question.yes.text() == "Cancel 1 job"
    qtbot.mouseClick(question.no, Qt.MouseButton.LeftButton)
    assert not store.reads.by_id("a").cancel_requested
    window.actions_.cancel.trigger()
    question = next(one for one in window.findChildren(Question) if one.isVisible())
    qtbot.mouseClick(question.yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: store.reads.by_id("a").cancel_requested)


def test_a_runner_that_does_not_end_what_was_called_off_is_told_of(tools, store, qtbot, home, monkeypatch):
    monkeypatch.setattr("app.ui.job_verbs.PATIENCE", 50)
    runner = ProcessLock(home.runner_lock)
    assert runner.take()
    window = make_window(tools, qtbot)
    add(store, "a")
    claim_one(store)
    window.job_actions._verbs.cancel([1])
    qtbot.waitUntil(lambda: "asked to end 1 job(s)" in window.trouble.words())
    runner.release()


def test_the_workers_of_a_runner_that_is_only_coming_up_can_not_be_changed_yet(window, qtbot, home):
    lock = ProcessLock(home.runner_lock)
    assert lock.take()
    qtbot.waitUntil(lambda: not window.status.runner().startswith("No runner"))
    assert not window.workers_count.isEnabled()
    lock.release()


def test_nothing_typed_is_lost_when_the_window_is_closed(window, qtbot):
    qtbot.keyClick(window, Qt.Key.Key_N, CTRL)
    form = next(widget for widget in QApplication.topLevelWidgets() if type(widget).__name__ == "JobForm")
    qtbot.waitUntil(lambda: form.is_ready)
    editor(form, "command").setPlainText("echo typed")
    assert not window.may_close()
    assert form.isVisible()
    box = next(one for one in form.findChildren(QMessageBox) if one.isVisible())
    qtbot.mouseClick(next(one for one in box.buttons() if one.text() == "Discard"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not form.isVisible())
    assert window.may_close()


def test_a_search_that_is_called_off_leaves_the_field_and_the_place_as_the_table_is(window, store, qtbot, monkeypatch):
    add(store, "a", "b")
    showing(window, qtbot, "b", "a")

    def called_off(_self, _view):
        raise Interrupted

    monkeypatch.setattr(OrderedJobs, "renew", called_off)
    window.search.setText("a")
    qtbot.waitUntil(lambda: window.search.text() == "")
    assert window.jobs.filter == window.jobs.table.view.filter
    assert window.sidebar.place is Place.ALL


def test_where_the_queue_can_not_be_opened_nothing_is_offered_but_to_leave(window):
    window.refuse(KnownError("It is damaged."))
    do = window.actions_
    assert window.trouble.words() == "It is damaged."
    assert not any(action.isEnabled() for action in (do.add_job, do.open_file, do.paste, do.pause, do.settings))
    assert do.quit.isEnabled()


def test_a_dead_letter_is_opened_among_all_jobs(window, store, qtbot):
    kill_dead(store, "c")
    window.sidebar.go_to(Place.DEAD_LETTERS)
    qtbot.waitUntil(lambda: window.dead_letters.table.total == 1)
    window.dead_letters.table.opened.emit(1)
    assert window.sidebar.place is Place.ALL
    qtbot.waitUntil(lambda: window.jobs.table.selected_seqs() == [1])


def test_the_output_of_a_job_that_never_ran_is_nothing_to_copy(window, store, qtbot):
    add(store, "a")
    showing(window, qtbot, "a")
    choose(window, qtbot, "a")
    window.actions_.copy_output.trigger()
    qtbot.waitUntil(lambda: window.toast.words() == "There is nothing to copy")


def test_a_job_is_duplicated_by_key(window, store, qtbot):
    add(store, "a", command="echo again")
    showing(window, qtbot, "a")
    choose(window, qtbot, "a")
    qtbot.keyClick(window.jobs.table.rows, Qt.Key.Key_D, CTRL)
    qtbot.waitUntil(lambda: any(type(one).__name__ == "JobForm" for one in QApplication.topLevelWidgets()))
    form = next(one for one in QApplication.topLevelWidgets() if type(one).__name__ == "JobForm")
    qtbot.waitUntil(lambda: form.is_ready)
    qtbot.mouseClick(form.save_button, Qt.MouseButton.LeftButton)
    showing(window, qtbot, "job-2", "a")
    assert store.reads.by_seq(2).spec.command == "echo again"


def test_the_export_asks_for_what_is_shown(window, store, qtbot):
    add(store, "a", "b")
    showing(window, qtbot, "b", "a")
    window.actions_.export.trigger()
    dialog = next(one for one in QApplication.topLevelWidgets() if type(one).__name__ == "ExportDialog")
    assert "2 jobs" in dialog.all.text()
    dialog.close()


def test_ctrl_up_puts_a_job_first_in_line(window, store, qtbot):
    add(store, "a", "b", "c")
    showing(window, qtbot, "c", "b", "a")
    choose(window, qtbot, "c")
    qtbot.keyClick(window.jobs.table.rows, Qt.Key.Key_Up, CTRL)
    qtbot.waitUntil(lambda: store.reads.by_id("c").expedited)
    assert claim_one(store).job.id == "c"


def test_priority_goes_up_and_down_by_key(window, store, qtbot):
    add(store, "a")
    showing(window, qtbot, "a")
    choose(window, qtbot, "a")
    qtbot.keyClick(window.jobs.table.rows, Qt.Key.Key_Plus, CTRL)
    qtbot.waitUntil(lambda: store.reads.by_id("a").spec.priority == 6)
    qtbot.keyClick(window.jobs.table.rows, Qt.Key.Key_Minus, CTRL)
    qtbot.waitUntil(lambda: store.reads.by_id("a").spec.priority == 5)


def test_what_could_not_be_done_is_told_in_numbers(window, store, qtbot):
    add(store, "a", "b")
    claim_one(store)
    showing(window, qtbot, "b", "a")
    window.jobs.table.selection.choose([1, 2])
    window.actions_.remove.trigger()
    qtbot.waitUntil(lambda: window.toast.words() == "1 job removed; 1 job are running: cancel them first")


def test_only_what_does_something_to_the_chosen_jobs_can_be_called(window, store, qtbot):
    add(store, "a")
    finish(store, claim_one(store), Succeeded(0), store.clock())
    qtbot.waitUntil(lambda: window.jobs.table.total == 1 and window.jobs.table.model.line(0).state is State.COMPLETED)
    do = window.actions_
    assert not do.remove.isEnabled()
    choose(window, qtbot, "a")
    qtbot.waitUntil(do.remove.isEnabled)
    assert do.retry.isEnabled()
    assert not do.cancel.isEnabled()
    assert not do.edit.isEnabled()
    window.sidebar.go_to(Place.WORKERS)
    assert not do.remove.isEnabled()


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ("copy_id", "a"),
        ("copy_command", "echo hi"),
        ("copy_json", '"command": "echo hi"'),
        ("copy_command_line", "queuectl enqueue"),
    ],
)
def test_what_is_copied_of_a_job_is_on_the_clipboard(window, store, qtbot, action, text):
    add(store, "a")
    showing(window, qtbot, "a")
    choose(window, qtbot, "a")
    QGuiApplication.clipboard().clear()
    getattr(window.actions_, action).trigger()
    qtbot.waitUntil(lambda: text in QGuiApplication.clipboard().text())


def test_the_output_of_a_job_is_copied_whole(window, store, qtbot):
    add(store, "a")
    claim = claim_one(store)
    store.outputs.create(claim.job.seq, claim.run).write_text("one\ntwo\n")
    finish(store, claim, Succeeded(0), store.clock())
    showing(window, qtbot, "a")
    choose(window, qtbot, "a")
    window.actions_.copy_output.trigger()
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() == "one\ntwo\n")


def test_a_chosen_job_is_shown_in_the_details_and_several_are_counted(window, store, qtbot):
    add(store, "a", "b")
    showing(window, qtbot, "b", "a")
    choose(window, qtbot, "a")
    assert window.jobs.details.seq == 1
    window.jobs.table.rows.selectAll()
    qtbot.waitUntil(lambda: "2" in window.jobs.details.message.text())


def test_a_right_click_opens_the_menu_of_the_chosen_jobs(window, store, qtbot):
    add(store, "a")
    showing(window, qtbot, "a")
    choose(window, qtbot, "a")
    window.jobs.table.menu_wanted.emit(window.mapToGlobal(QPoint(300, 200)))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    words = [action.text() for action in menu.actions()]
    assert "Cancel" in words
    assert "Remove" in words
    menu.close()


def test_the_form_adds_a_job_which_is_then_shown(window, store, qtbot):
    qtbot.keyClick(window, Qt.Key.Key_N, CTRL)
    form = next(widget for widget in QApplication.topLevelWidgets() if type(widget).__name__ == "JobForm")
    qtbot.waitUntil(lambda: form.is_ready)
    editor(form, "command").setPlainText("echo from the form")
    qtbot.mouseClick(form.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.jobs.table.total == 1)
    assert store.reads.by_seq(1).spec.command == "echo from the form"
    qtbot.waitUntil(lambda: window.jobs.table.selected_seqs() == [1])


def test_pasted_lines_are_reviewed_and_added_by_a_click(window, store, qtbot):
    QGuiApplication.clipboard().setText("echo one\necho two\n")
    qtbot.keyClick(window, Qt.Key.Key_V, CTRL)
    qtbot.waitUntil(lambda: window.reviewing.dialog is not None and window.reviewing.dialog.isVisible())
    assert store.reads.count() == 0
    button = next(one for one in window.reviewing.dialog.findChildren(QAbstractButton) if one.text() == "Add 2 jobs")
    qtbot.waitUntil(button.isEnabled)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: store.reads.count() == 2)
    showing(window, qtbot, "job-2", "job-1")


def test_with_nothing_on_the_clipboard_a_paste_says_so(window, qtbot):
    QGuiApplication.clipboard().clear()
    qtbot.keyClick(window, Qt.Key.Key_V, CTRL)
    assert window.toast.words() == "There is nothing to paste"


def test_a_known_error_is_told_with_its_remedy_until_it_is_dismissed(window):
    window.tell_error(KnownError("No.", remedy=message("Do this.")))
    assert window.trouble.words() == "No.\nDo this."
    window.trouble.dismissed.emit()
    assert window.trouble.words() == ""


def test_what_is_chosen_in_the_settings_is_valid_at_once(window, tools, qtbot):
    options = OptionsWatch(tools.gateway, window)
    tools.gateway.changed.emit()
    qtbot.waitUntil(lambda: bool(options.values))
    window.dialogs.show_settings()
    row = window.dialogs.settings.rows["theme"]
    box = row.findChild(QComboBox)
    qtbot.waitUntil(box.isEnabled)
    box.setCurrentIndex(box.findText("dark", Qt.MatchFlag.MatchContains))
    box.activated.emit(box.currentIndex())
    qtbot.waitUntil(lambda: options.values["theme"] == "dark")


def test_f1_shows_every_key(window, qtbot):
    qtbot.keyClick(window, Qt.Key.Key_F1)
    dialog = next(widget for widget in QApplication.topLevelWidgets() if type(widget).__name__ == "KeysDialog")
    told = {label.text() for label in dialog.findChildren(QLabel)}
    assert {"Run next", "Pause", "Edit and retry"} <= told
    dialog.close()


def test_details_stand_beside_the_table_where_the_person_wants_them_and_the_next_window_knows(window, tools, qtbot):
    window.actions_.details_aside.trigger()
    assert window.jobs.is_aside
    other = make_window(tools, qtbot)
    assert other.jobs.is_aside
    assert other.actions_.details_aside.isChecked()


def test_closing_is_only_asked_for_and_whoever_is_asked_decides(window, qtbot):
    with qtbot.waitSignal(window.close_wanted):
        qtbot.keyClick(window, Qt.Key.Key_W, CTRL)
    assert window.isVisible()


def test_nothing_repeats_more_often_than_every_two_seconds_while_nothing_runs(window, store, qtbot):
    add(store, "a")
    for place in Place:
        window.sidebar.go_to(place)
        qtbot.waitUntil(lambda: window.sidebar.count_of(Place.ALL) == "1")
        timers = [*window.findChildren(QTimer), *window._tools.gateway.findChildren(QTimer)]
        often = [one for one in timers if one.isActive() and not one.isSingleShot() and one.interval() < 2000]
        assert often == []


def test_everything_that_takes_the_keyboard_has_a_name(window):
    for place in Place:
        window.sidebar.go_to(place)
        assert [widget for widget in window.findChildren(QWidget) if takes_keys(widget) and not name(widget)] == []


def takes_keys(widget):
    is_inner = widget.objectName() == "qt_spinbox_lineedit"  # its number is the one that is read out
    return widget.isVisible() and widget.focusPolicy() != Qt.FocusPolicy.NoFocus and not is_inner


def name(widget):
    parent = widget.parentWidget()
    inside = parent is not None and parent.focusProxy() is widget
    own = widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton | QLabel) else "")
    buddies = [label for label in widget.window().findChildren(QLabel) if label.buddy() is widget]
    return own or buddies or (inside and parent.accessibleName()) or type(widget).__name__ in UNNAMED


UNNAMED = {"QTabBar", "QScrollArea", "QSplitter", "QMenuBar", "QTableView", "QStackedWidget", "QTabWidget", "QToolBar"}
"""Read out by what they hold."""


class Marking(QTranslator):
    """Translates everything into itself, with a mark."""

    def translate(self, context, text, disambiguation=None, n=-1):  # noqa: ARG002  as Qt calls it
        return f"»{text}"


def test_every_word_of_the_window_can_be_translated(tools, qtbot, qapp):
    marking = Marking()
    qapp.installTranslator(marking)
    try:
        window = make_window(tools, qtbot)
        bare = {
            text
            for text in [
                *(label.text() for label in window.findChildren(QLabel)),
                *(button.text() for button in window.findChildren(QAbstractButton)),
                *(action.text() for action in window.findChildren(QAction)),
            ]
            if any(char.isalpha() for char in text) and "»" not in text.replace("&", "")
        }
        assert bare <= {"QueueCTL"}
    finally:
        qapp.removeTranslator(marking)


@pytest.mark.parametrize("place", Place)
def test_every_place_fits_into_900_by_600_and_into_a_full_hd_screen_at_200_percent(window, store, qtbot, place):
    kill_dead(store, "c")
    add(store, "a")
    window.sidebar.go_to(place)
    qtbot.waitUntil(lambda: window.sidebar.count_of(Place.ALL) == "2")
    window.actions_.details_aside.setChecked(True)
    window.jobs.table.selection.choose([1])
    least = window.minimumSizeHint()
    assert (least.width(), least.height()) <= (900, 540)
    assert least.height() <= 540
