"""The table of variables, and the secrets among them."""

from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QLineEdit

from app.domain.masks import MASKED
from app.ui.job_environment import EnvironmentTable
from app.ui.job_form import JobForm
from tests.ui.conftest import spec
from tests.ui.job_forms import given, open_form, save

ENV = {"PATH": "/bin", "TOKEN": "hunter22"}
FORM, JSON = range(2)


@pytest.fixture
def table(tools, qtbot):
    table = EnvironmentTable(tools)
    qtbot.addWidget(table)
    table.resize(600, 300)
    with qtbot.waitExposed(table):
        table.show()
    table.fill(ENV)
    return table


def shown(table):
    return [table.table.item(row, 1).text() for row in range(table.table.rowCount())]


def test_a_value_that_looks_secret_is_masked_and_the_others_are_not(table):
    assert shown(table) == ["/bin", MASKED]
    assert table.values() == ENV


def test_nothing_that_reads_the_table_aloud_or_copies_from_it_gets_the_secret(table):
    index = table.table.model().index(1, 1)
    roles = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
    assert {index.data(role) for role in roles} == {MASKED}
    heard = QAccessible.queryAccessibleInterface(table.table)
    said = [heard.child(number).text(QAccessible.Text.Name) for number in range(heard.childCount())]
    assert MASKED in said
    assert not any("hunter22" in words for words in said)


def test_the_person_can_have_them_shown_and_hidden_again(table):
    assert table.reveal.isVisible()
    table.reveal.click()
    assert shown(table) == ["/bin", "hunter22"]
    table.reveal.click()
    assert shown(table) == ["/bin", MASKED]


def test_without_secrets_there_is_nothing_to_show(table):
    table.fill({"PATH": "/bin"})
    assert not table.reveal.isVisible()


def test_what_can_not_be_seen_is_spelled_out_and_kept(table):
    table.fill({"A\u202eB": "x\x1b[31m"})
    assert (table.table.item(0, 0).text(), shown(table)) == ("A\\u202eB", ["x\\x1b[31m"])
    assert table.values() == {"A\u202eB": "x\x1b[31m"}


def test_a_name_that_becomes_a_secret_s_hides_its_value(table):
    table.table.item(0, 0).setText("MY_PASSWORD")
    assert shown(table) == [MASKED, MASKED]
    assert table.values() == {"MY_PASSWORD": "/bin", "TOKEN": "hunter22"}


def test_a_masked_value_that_is_opened_and_left_stays_what_it_was(table, qtbot):
    editor = open_cell(table, 1)
    assert editor.echoMode() is QLineEdit.EchoMode.Password
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not table.table.viewport().findChildren(QLineEdit))
    assert table.values() == ENV


def test_a_masked_value_can_be_typed_over_without_being_shown(table, qtbot):
    editor = open_cell(table, 1)
    editor.selectAll()
    qtbot.keyClicks(editor, "other")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: table.values()["TOKEN"] == "other")
    assert shown(table) == ["/bin", MASKED]


def test_a_plain_value_is_edited_in_plain_sight(table):
    assert open_cell(table, 0).echoMode() is QLineEdit.EchoMode.Normal


def open_cell(table, row):
    table.table.setCurrentCell(row, 1)
    table.table.edit(table.table.currentIndex())
    editor = QApplication.focusWidget()
    if not isinstance(editor, QLineEdit):  # without a window manager the focus may come later
        (editor,) = table.table.viewport().findChildren(QLineEdit)
    return editor


# In the form, as JSON -------------------------------------------------------------------------------------------------


@pytest.fixture
def opened(qtbot, tools):
    return partial(open_form, qtbot, tools)


@pytest.fixture
def saved(qtbot):
    return partial(save, qtbot)


def json_of(form):
    form.tabs.setCurrentIndex(JSON)
    return form.json.editor.toPlainText()


def test_the_json_of_the_form_holds_no_secret_until_it_is_wanted(opened):
    form = opened(JobForm.add, spec("echo hi", env=ENV))
    assert "hunter22" not in json_of(form)
    assert MASKED in json_of(form)
    form.json.reveal.click()
    assert "hunter22" in json_of(form)
    form.json.reveal.click()
    assert "hunter22" not in json_of(form)
    assert not form.json.is_changed


def test_saving_from_the_json_stores_the_secret_and_never_its_mask(opened, saved, store):
    job = given(store, command="echo hi", env=ENV)
    form = opened(JobForm.edit, job)
    form.json.editor.fill(json_of(form).replace("echo hi", "echo ho"))
    saved(form)
    spec = store.reads.by_seq(job.seq).spec
    assert (spec.command, spec.env) == ("echo ho", ENV)


def test_what_was_changed_stays_changed_when_secrets_are_shown_and_hidden(opened, saved, store):
    form = opened(JobForm.add, spec("echo hi", env=ENV))
    form.json.editor.fill(json_of(form).replace("/bin", "/usr/bin"))
    form.json.reveal.click()
    form.json.editor.fill(json_of(form).replace("hunter22", "hunter33"))
    form.json.reveal.click()
    assert "hunter" not in json_of(form)
    assert form.json.is_changed
    (seq,) = saved(form)
    assert store.reads.by_seq(seq).spec.env == {"PATH": "/usr/bin", "TOKEN": "hunter33"}


def test_a_mask_that_was_given_another_name_is_refused_in_words(opened, store):
    form = opened(JobForm.add, spec("echo hi", env=ENV))
    form.json.editor.fill(json_of(form).replace("TOKEN", "TOKEN_2"))
    form.save()
    assert "mask" in form.json.wrong
    assert store.reads.count() == 0
