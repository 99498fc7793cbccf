"""The dialogs that add a job and edit one."""

import os
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QTableWidget,
)
from shiboken6 import isValid

from app.domain.job import JobSpec, Leftovers, OnInterrupt, State
from app.domain.outcome import Failed
from app.ui.job_form import JobForm
from tests.store.jobs import claim_one, finish
from tests.ui.conftest import spec
from tests.ui.job_forms import editor, given, open_form, save, type_into, wrong


@pytest.fixture
def opened(qtbot, tools):
    return partial(open_form, qtbot, tools)


@pytest.fixture
def saved(qtbot):
    return partial(save, qtbot)


def dead(store, clock, **job):
    """Return a dead job: run once, without success."""
    job = given(store, max_retries=1, **job)
    finish(store, claim_one(store), Failed(1), clock())
    return store.reads.by_seq(job.seq)


def test_what_is_typed_becomes_a_job(opened, saved, store, qtbot):
    form = opened(JobForm.add)
    assert (form.windowTitle(), form.save_button.text()) == ("Add job", "Add job")
    type_into(qtbot, editor(form, "command"), "echo hi")
    type_into(qtbot, editor(form, "id"), "greeting")
    type_into(qtbot, editor(form, "timeout"), "2h")
    type_into(qtbot, editor(form, "max_retries"), "5")
    type_into(qtbot, editor(form, "backoff_base"), "1.5")
    type_into(qtbot, editor(form, "priority"), "9")
    type_into(qtbot, editor(form, "success_codes"), "0, 2-4")
    (seq,) = saved(form)
    job = store.reads.by_seq(seq)
    assert job.id == "greeting"
    assert job.spec == spec(
        "echo hi",
        cwd=os.path.expanduser("~"),
        timeout=7200.0,
        max_retries=5,
        backoff_base=1.5,
        priority=9,
        success_codes=(0, 2, 3, 4),
    )


def test_a_new_form_shows_the_options_as_values_and_an_emptied_field_stands_for_them(opened, saved, store, qtbot):
    store.options.set("timeout", "90")
    store.options.set("max-retries", "7")
    form = opened(JobForm.add)
    assert (editor(form, "timeout").text(), editor(form, "max_retries").text()) == ("90s", "7")
    assert editor(form, "cwd").text() == os.path.expanduser("~")
    editor(form, "timeout").clear()
    type_into(qtbot, editor(form, "command"), "true")
    (seq,) = saved(form)
    job = store.reads.by_seq(seq)
    assert (job.id, job.spec.timeout, job.spec.max_retries) == (f"job-{seq}", 90.0, 7)


def test_without_a_shell_each_line_is_an_argument(opened, saved, store):
    form = opened(JobForm.add)
    form.fields._command._shell.setCurrentIndex(form.fields._command._shell.findData("argv"))
    assert form.fields.fields["command"].label == "Program and arguments"
    editor(form, "command").setPlainText("ls\n-l\n/tmp/a b\n")
    (seq,) = saved(form)
    assert store.reads.by_seq(seq).spec.argv == ("ls", "-l", "/tmp/a b")


def test_a_duplicate_has_all_values_and_no_name(opened, saved, store):
    like = JobSpec(
        command="a\u00a0b\n c",
        shell="bash",
        cwd="/nowhere",
        env={"A": "1", "B": ""},
        timeout=0.0,
        max_retries=1,
        backoff_base=0.5,
        priority=1,
        success_codes=(3, 0, 1, 2),
        leftovers=Leftovers.LEAVE,
        on_interrupt=OnInterrupt.DEAD,
    )
    form = opened(JobForm.add, like)
    assert editor(form, "id").text() == ""
    assert form.fields._rare.isVisible()
    (seq,) = saved(form)
    assert store.reads.by_seq(seq).spec == like


def test_what_is_wrong_is_said_beside_a_field_while_one_types_and_not_before(opened, qtbot):
    form = opened(JobForm.add)
    assert not any(field.wrong for field in form.fields.fields.values())
    type_into(qtbot, editor(form, "timeout"), "abc")
    assert wrong(form, "timeout") == 'Timeout must be a number from 0 to 31,536,000, not the text "abc".'
    assert editor(form, "timeout").property("wrong") == "true"
    assert editor(form, "timeout").accessibleDescription() == wrong(form, "timeout")
    assert wrong(form, "command") == ""
    type_into(qtbot, editor(form, "timeout"), "5m")
    assert wrong(form, "timeout") == ""


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("priority", "11", "Priority must be a whole number from 1 to 10, not the number 11."),
        ("max_retries", "-1", "Run at most must be a whole number from 0 to 1,000, not the number -1."),
        ("backoff_base", "2000", "Backoff base must be a number from 0 to 1,000, not the number 2000."),
        ("success_codes", "0, x", "Exit codes that mean success [1] must be a whole number"),
        ("success_codes", "0-4000000000", "Exit codes that mean success is too long"),
        ("id", " a", "Name begins or ends with a space. Remove the space."),
    ],
)
def test_each_field_has_the_words_of_the_rules(opened, qtbot, name, text, words):
    form = opened(JobForm.add)
    form.fields._more.setChecked(True)
    type_into(qtbot, editor(form, name), text)
    assert wrong(form, name).startswith(words)


def test_save_shows_all_that_is_wrong_and_puts_the_focus_on_the_first(opened, store, qtbot):
    form = opened(JobForm.add)
    editor(form, "success_codes").setText("none")
    editor(form, "timeout").setFocus()
    form.save()
    assert wrong(form, "command") == "Command is missing. Say what to run: give it a command, or an argv."
    assert wrong(form, "success_codes")
    qtbot.waitUntil(lambda: bool(editor(form, "command").hasFocus()))
    editor(form, "command").setPlainText("true")
    form.save()
    assert editor(form, "success_codes").isVisible()
    assert store.reads.count() == 0


def test_a_folder_that_does_not_exist_is_a_warning(opened, saved, store, qtbot, tmp_path):
    form = opened(JobForm.add)
    folder = form.fields.fields["cwd"]
    type_into(qtbot, editor(form, "command"), "true")
    type_into(qtbot, folder.editor, str(tmp_path / "new"))
    qtbot.waitUntil(lambda: folder.warning == "This folder does not exist now.")
    (tmp_path / "new").mkdir()
    type_into(qtbot, folder.editor, str(tmp_path / "new"))
    qtbot.waitUntil(lambda: folder.warning == "")
    (seq,) = saved(form)
    assert store.reads.by_seq(seq).spec.cwd == str(tmp_path / "new")


def test_a_folder_is_chosen_in_a_dialog_that_does_not_hold_the_window_up(opened, qtbot, tmp_path):
    form = opened(JobForm.add)
    (tmp_path / "chosen").mkdir()
    qtbot.mouseClick(form.fields._folder._browse, Qt.MouseButton.LeftButton)
    dialog = form.findChild(QFileDialog)
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile(str(tmp_path / "chosen"))
    with qtbot.waitSignal(dialog.fileSelected):
        dialog.accept()
    assert editor(form, "cwd").text() == str(tmp_path / "chosen")
    assert form.is_changed


def test_characters_that_cant_be_seen_are_named(opened):
    form = opened(JobForm.add)
    editor(form, "command").setPlainText("echo \u202e gnp.exe\n\techo")
    assert form.fields.fields["command"].warning == "Holds characters that can't be seen: \\u202e"


def test_the_line_below_says_when_it_runs_again(opened, store, qtbot):
    store.options.set("backoff-max", "10")
    form = opened(JobForm.add)
    preview = form.fields._preview
    assert preview.text() == "Retries after 2 s, 4 s"
    type_into(qtbot, editor(form, "max_retries"), "1")
    assert preview.text() == "No retries: it runs once."
    type_into(qtbot, editor(form, "max_retries"), "20")
    assert preview.text() == "Retries after 2 s, 4 s, 8 s, 10 s, 10 s … 14 more"
    type_into(qtbot, editor(form, "backoff_base"), "x")
    assert preview.text() == ""


def test_variables_are_added_and_removed_in_a_table(opened, saved, store, qtbot):
    form = opened(JobForm.add, spec(env={"OLD": "1", "KEPT": "2"}))
    environment = form.fields._environment
    environment.table.setCurrentCell(0, 0)
    environment.table.setFocus()
    qtbot.keyClick(environment.table, Qt.Key.Key_Delete)
    environment.add_variable()
    qtbot.keyClicks(environment.table.focusWidget(), "NEW")
    (seq,) = saved(form)
    assert store.reads.by_seq(seq).spec.env == {"KEPT": "2", "NEW": ""}


def test_a_variable_that_is_given_twice_or_reserved_is_refused(opened, store):
    form = opened(JobForm.add, spec(env={"A": "1", "QUEUECTL_RUN": "7"}))
    table = form.fields._environment.table
    form.fields._environment.add_variable()
    table.item(2, 0).setText("A")
    form.save()
    assert wrong(form, "env") == (
        "Environment A is given more than once. Keep one of them.\n"
        "Environment QUEUECTL_RUN is set by QueueCTL for each run. Give the variable another name."
    )
    assert store.reads.count() == 0


def test_a_name_that_is_taken_is_said_beside_the_name_and_all_stays(opened, saved, store, qtbot):
    given(store, id="a")
    form = opened(JobForm.add)
    type_into(qtbot, editor(form, "command"), "echo typed")
    type_into(qtbot, editor(form, "id"), "a")
    form.save()
    qtbot.waitUntil(lambda: bool(wrong(form, "id")))
    assert wrong(form, "id") == "Name is that of another job already. Give it another name, or leave it empty."
    assert form.isVisible()
    assert editor(form, "id").hasFocus()
    qtbot.keyClicks(editor(form, "id"), "b")
    assert wrong(form, "id") == ""
    (seq,) = saved(form)
    assert store.reads.by_seq(seq).id == "ab"


def test_an_edit_changes_only_what_was_touched_and_odd_old_values_stay(opened, saved, store, qtbot):
    job = given(store, id="old", priority=99, max_retries=5000, backoff_base=-1.0)
    form = opened(JobForm.edit, job)
    assert (form.windowTitle(), form.save_button.text()) == ("Edit job old", "Save")
    assert not form.fields.fields["id"].isVisible()
    type_into(qtbot, editor(form, "timeout"), "30")
    assert saved(form) == [job.seq]
    assert store.reads.by_seq(job.seq).spec == spec(priority=99, max_retries=5000, backoff_base=-1.0, timeout=30.0)


def test_an_edit_does_not_undo_what_the_command_line_changed_meanwhile(opened, saved, store, qtbot):
    job = given(store)
    form = opened(JobForm.edit, job)
    store.changes.edit(job.seq, lambda _spec: spec(priority=8))
    type_into(qtbot, editor(form, "timeout"), "30")
    saved(form)
    assert store.reads.by_seq(job.seq).spec == spec(priority=8, timeout=30.0)


def test_a_command_takes_the_place_of_an_argv(opened, saved, store):
    job = given(store, command=None, argv=("ls", "a\nb"))
    form = opened(JobForm.edit, job)
    assert editor(form, "command").isReadOnly()
    form.fields._command._shell.setCurrentIndex(0)
    editor(form, "command").setPlainText("ls -l")
    saved(form)
    assert store.reads.by_seq(job.seq).spec == spec("ls -l")


def test_edit_and_retry_is_one_step(opened, saved, store, clock, qtbot):
    job = dead(store, clock)
    form = opened(JobForm.edit, job, retry=True)
    assert form.save_button.text() == "Save and retry"
    type_into(qtbot, editor(form, "command"), "true")
    saved(form)
    after = store.reads.by_seq(job.seq)
    assert (after.spec.command, after.state, after.attempts) == ("true", State.PENDING, 0)


def test_what_cant_be_retried_is_not_edited_either(opened, store, qtbot):
    job = given(store, id="j")
    form = opened(JobForm.edit, job, retry=True)
    type_into(qtbot, editor(form, "command"), "true")
    form.save()
    qtbot.waitUntil(lambda: bool(form.trouble.text))
    assert form.trouble.text == "Job j has moved on meanwhile: its state is Pending."
    assert store.reads.by_seq(job.seq).spec == spec()


def test_a_job_that_is_being_run_can_be_saved_as_a_new_one(opened, store, qtbot):
    job = given(store, id="j", priority=99)
    form = opened(JobForm.edit, job)
    type_into(qtbot, editor(form, "command"), "echo new")
    store.work.claim(1)
    form.save()
    qtbot.waitUntil(lambda: bool(form.trouble.text))
    assert form.trouble.text == "Job j is being run, so it can't be changed now."
    assert form.trouble.way_out.text() == "Save as a new job"
    with qtbot.waitSignal(form.saved) as told:
        qtbot.mouseClick(form.trouble.way_out, Qt.MouseButton.LeftButton)
    new = store.reads.by_seq(told.args[0][0])
    assert (new.seq != job.seq, new.id, new.spec) == (True, f"job-{new.seq}", spec("echo new", priority=99))


def test_a_job_that_was_removed_meanwhile_is_said_so(opened, store, qtbot):
    job = given(store, id="j")
    form = opened(JobForm.edit, job)
    type_into(qtbot, editor(form, "command"), "echo new")
    store.changes.remove([job.seq])
    form.save()
    qtbot.waitUntil(lambda: form.trouble.text == "Job j was removed meanwhile.")


def test_escape_closes_what_was_not_changed(opened, qtbot):
    form = opened(JobForm.add)
    qtbot.keyClick(form, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not isValid(form))


def test_escape_asks_where_something_would_be_lost(opened, qtbot):
    form = opened(JobForm.add)
    type_into(qtbot, editor(form, "command"), "echo hi")
    for answer in ("Keep editing", "Discard"):
        qtbot.keyClick(form, Qt.Key.Key_Escape)
        box = form.findChild(QMessageBox)
        assert box.text() == "Discard changes?"
        assert form.isVisible()
        (button,) = [button for button in box.findChildren(QPushButton) if button.text() == answer]
        button.click()
        gone = form if answer == "Discard" else box
        qtbot.waitUntil(lambda gone=gone: not isValid(gone))


def test_closing_the_window_asks_too(opened, qtbot):
    form = opened(JobForm.add)
    type_into(qtbot, editor(form, "command"), "echo hi")
    form.close()
    assert form.isVisible()
    assert form.findChild(QMessageBox).isVisible()


def test_ctrl_enter_saves_from_inside_the_command(opened, store, qtbot):
    form = opened(JobForm.add)
    qtbot.waitUntil(lambda: bool(form.isActiveWindow()))
    type_into(qtbot, editor(form, "command"), "echo hi")
    with qtbot.waitSignal(form.saved):
        qtbot.keyClick(editor(form, "command"), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert store.reads.count() == 1


def test_ctrl_enter_takes_what_stands_in_an_open_cell(opened, store, qtbot):
    form = opened(JobForm.add, spec())
    qtbot.waitUntil(lambda: bool(form.isActiveWindow()))
    form.fields._more.setChecked(True)
    form.fields._environment.add_variable()
    cell = form.fields._environment.table.focusWidget()
    qtbot.keyClicks(cell, "NEW")
    with qtbot.waitSignal(form.saved):
        qtbot.keyClick(cell, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert store.reads.by_id("job-1").spec.env == {"NEW": ""}


def test_every_control_has_an_accessible_name(opened):
    form = opened(JobForm.add, spec(env={"A": "1"}))  # unfolds all
    kinds = (QLineEdit, QPlainTextEdit, QComboBox, QTableWidget, QAbstractButton)
    controls = [widget for kind in kinds for widget in form.findChildren(kind) if widget.isVisibleTo(form)]
    unnamed = [
        widget
        for widget in controls
        if not (widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()))
        and not widget.objectName().startswith(("qt_", "ScrollLeft", "ScrollRight"))
    ]
    assert unnamed == []


def test_it_fits_into_a_small_screen(opened):
    form = opened(JobForm.add, spec(env={"A": "1"}))
    form.resize(450, 300)  # 900 by 600 at 200 %
    assert (form.width(), form.height()) == (450, 300)
    assert form.fields.width() <= form._scroll.viewport().width()
