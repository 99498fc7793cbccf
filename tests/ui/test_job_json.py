"""The job form's JSON tab: the same job, both ways."""

import json
from functools import partial

import pytest
from PySide6.QtCore import Qt

from app.ui.job_form import JobForm
from app.ui.job_json import read_fields, write_fields
from tests.ui.conftest import spec
from tests.ui.job_forms import editor, given, open_form, save, type_into, wrong

FORM, JSON = range(2)


@pytest.fixture
def opened(qtbot, tools):
    return partial(open_form, qtbot, tools)


@pytest.fixture
def saved(qtbot):
    return partial(save, qtbot)


def test_the_json_is_what_the_form_holds(opened):
    form = opened(JobForm.add, spec("echo hi", timeout=0.5, env={"A": "1"}, success_codes=(0, 3)))
    form.tabs.setCurrentIndex(JSON)
    text = form.json.editor.toPlainText()
    assert json.loads(text) == {
        "command": "echo hi",
        "cwd": "/",
        "env": {"A": "1"},
        "timeout": 0.5,
        "max_retries": 3,
        "backoff_base": 2,
        "priority": 5,
        "success_codes": [0, 3],
        "leftovers": "end",
        "on_interrupt": "retry",
    }
    assert '"success_codes": [0, 3]' in text
    assert form.json.wrong == ""


def test_the_form_is_what_the_json_says_and_what_it_leaves_out_is_default(opened, saved, store):
    form = opened(JobForm.add)
    form.tabs.setCurrentIndex(JSON)
    form.json.editor.setPlainText(
        '{"id": "x", "argv": ["ls", "-l"], "timeout": 7200, "cwd": "/tmp", "leftovers": "leave"}'
    )
    form.tabs.setCurrentIndex(FORM)
    assert editor(form, "id").text() == "x"
    assert editor(form, "command").toPlainText() == "ls\n-l"
    assert editor(form, "timeout").text() == "2h"
    (seq,) = saved(form)
    job = store.reads.by_seq(seq)
    assert (job.id, job.spec.argv, job.spec.timeout, job.spec.priority) == ("x", ("ls", "-l"), 7200.0, 5)


def test_save_works_from_the_json_too(opened, saved, store):
    form = opened(JobForm.add)
    form.tabs.setCurrentIndex(JSON)
    form.json.editor.setPlainText('[{"command": "true", "priority": 7}]')
    (seq,) = saved(form)
    assert store.reads.by_seq(seq).spec.priority == 7


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '{\n  "command": "a"\n  "priority": 3\n}',
            "Line 3 is not valid JSON: at column 3 a comma or a closing bracket is missing.",
        ),
        (
            '{\n  "command": "a",\n  "priority": 30,\n  "tiemout": 2\n}',
            """Line 3, priority: must be a whole number from 1 to 10, not the number 30.
Line 4, tiemout: is not a field of a job. Did you mean timeout?""",
        ),
        ("{}", "command is missing. Say what to run: give it a command, or an argv."),
        ("", "The text holds no jobs. Is it the right one?"),
        (
            '[{"command": "a"}, {"command": "b"}]',
            "These are 2 jobs, and here is room for one\nPaste them into the window, or drop them there as a file.",
        ),
    ],
)
def test_what_is_wrong_is_said_below_with_its_line_and_nothing_is_lost(opened, store, text, words):
    form = opened(JobForm.add)
    form.tabs.setCurrentIndex(JSON)
    form.json.editor.setPlainText(text)
    assert form.json.wrong == words
    form.tabs.setCurrentIndex(FORM)
    form.save()
    assert form.tabs.currentIndex() == JSON
    assert form.json.editor.toPlainText() == text
    assert form.json.wrong == words
    assert store.reads.count() == 0


def test_the_lines_that_are_wrong_are_marked(opened):
    form = opened(JobForm.add)
    form.tabs.setCurrentIndex(JSON)
    form.json.editor.setPlainText('{\n "command": "a",\n "priority": 30\n}')
    assert [mark.cursor.blockNumber() for mark in form.json.editor.extraSelections()] == [2]


def test_changes_to_the_json_can_be_dropped(opened, qtbot):
    form = opened(JobForm.add, spec("echo form"))
    form.tabs.setCurrentIndex(JSON)
    assert not form.json._drop.isVisible()
    form.json.editor.setPlainText("{")
    qtbot.mouseClick(form.json._drop, Qt.MouseButton.LeftButton)
    form.tabs.setCurrentIndex(FORM)
    assert form.tabs.currentIndex() == FORM
    assert editor(form, "command").toPlainText() == "echo form"


def test_what_is_wrong_in_the_form_is_taken_along_and_back(opened, qtbot):
    form = opened(JobForm.add, spec())
    type_into(qtbot, editor(form, "timeout"), "abc")
    form.tabs.setCurrentIndex(JSON)
    assert form.json.wrong == 'Line 4, timeout: must be a number from 0 to 31,536,000, not the text "abc".'
    form.tabs.setCurrentIndex(FORM)
    assert (editor(form, "timeout").text(), bool(wrong(form, "timeout"))) == ("abc", True)


def test_odd_old_values_survive_the_json(opened, saved, store):
    job = given(store, priority=99, timeout=-1.0)
    form = opened(JobForm.edit, job)
    form.tabs.setCurrentIndex(JSON)
    assert form.json.wrong == ""
    text = form.json.editor.toPlainText()
    form.json.editor.setPlainText(text.replace("echo hi", "echo new"))
    assert form.json.wrong == ""
    saved(form)
    assert store.reads.by_seq(job.seq).spec == spec("echo new", priority=99, timeout=-1.0)


def test_another_odd_value_is_refused_and_a_removed_one_becomes_the_default(opened, saved, store):
    job = given(store, priority=99, max_retries=8)
    form = opened(JobForm.edit, job)
    form.tabs.setCurrentIndex(JSON)
    form.json.editor.setPlainText('{"command": "echo hi", "cwd": "/", "priority": 98, "max_retries": 8}')
    assert form.json.wrong == "Line 1, priority: must be a whole number from 1 to 10, not the number 98."
    form.json.editor.setPlainText('{"command": "echo hi", "cwd": "/", "max_attempts": 8}')
    saved(form)
    assert store.reads.by_seq(job.seq).spec == spec(priority=5, max_retries=8)


def test_the_name_of_a_job_is_never_changed(opened, store):
    form = opened(JobForm.edit, given(store))
    form.tabs.setCurrentIndex(JSON)
    form.json.editor.setPlainText('{"id": "other", "command": "a"}')
    form.save()
    assert form.json.wrong == "id is never changed. Enqueue the job anew under another id."


def test_nothing_is_hidden_in_the_json_and_all_of_it_comes_back():
    fields = {"command": "a\u202e\u00a0b\n\U000e0041ü", "argv": ["[\n 1,\n 2\n]"], "success_codes": [0, -1]}
    text = write_fields(fields)
    assert all(char.isprintable() or char == "\n" for char in text)
    assert "ü" in text
    assert json.loads(text) == fields
    assert read_fields('{"command": "a", "priority": 99}', {"priority": 99}) == {"command": "a", "priority": 99}
