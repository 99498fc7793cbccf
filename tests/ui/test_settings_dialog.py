"""The settings."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTranslator
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLineEdit

from app.settings import OPTIONS, Kind
from app.store.backup_names import DAILY
from app.store.backups import back_up
from app.ui.settings_dialog import GROUPS, SettingsDialog
from app.ui.settings_rows import choice_word
from app.ui.wording import moment


@pytest.fixture
def dialog(qtbot, tools, store):
    """Shows what was stored before: a timeout of 2h."""
    store.options.set("timeout", "2h")
    dialog = SettingsDialog(tools, None)
    qtbot.addWidget(dialog)
    dialog.heard = []
    dialog.option_changed.connect(lambda key, text: dialog.heard.append((key, text)))
    dialog.show()
    qtbot.waitUntil(lambda: dialog.rows["timeout"].origin == "set by you")
    return dialog


def type_into(qtbot, row, text, *, done=True):
    row.editor.setFocus()
    row.editor.selectAll()
    qtbot.keyClicks(row.editor, text)
    if done:
        qtbot.keyClick(row.editor, Qt.Key.Key_Return)


def test_each_option_is_in_exactly_one_group():
    assert sorted(key for _, keys in GROUPS for key in keys) == sorted(OPTIONS)


def test_each_row_shows_the_value_in_force_and_where_it_comes_from(dialog):
    assert (dialog.rows["timeout"].editor.text(), dialog.rows["timeout"].origin) == ("2h", "set by you")
    assert (dialog.rows["workers"].editor.text(), dialog.rows["workers"].origin) == ("2", "default")
    assert dialog.rows["timeout"].reset.isVisible()
    assert not dialog.rows["workers"].reset.isVisible()


def test_each_kind_has_the_editor_that_fits_it(dialog):
    kinds = {Kind.SWITCH: QCheckBox, Kind.CHOICE: QComboBox}
    for key, row in dialog.rows.items():
        assert type(row.editor) is kinds.get(OPTIONS[key].kind, QLineEdit)
        assert row.editor.accessibleName() == str(OPTIONS[key].label)


@pytest.mark.parametrize(
    ("key", "typed", "stored"),
    [
        ("workers", "8", "8"),
        ("output-cap", " 32 mb ", "32M"),
        ("backoff-max", "90 s", "90s"),
        ("backoff-base", "1.5", "1.5"),
    ],
)
def test_what_is_typed_is_stored_at_once_in_its_normal_form(dialog, store, qtbot, key, typed, stored):
    with qtbot.waitSignal(dialog.option_changed):
        type_into(qtbot, dialog.rows[key], typed)
    assert store.options.set_keys()[key] == stored
    assert dialog.rows[key].editor.text() == stored
    assert dialog.rows[key].origin == "set by you"
    assert dialog.heard == [(key, stored)]
    assert dialog.isVisible()


def test_a_switch_and_a_choice_are_stored_at_once(dialog, store, qtbot):
    with qtbot.waitSignal(dialog.option_changed):
        qtbot.mouseClick(dialog.rows["keep-awake"].editor, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    theme = dialog.rows["theme"].editor
    theme.setFocus()
    with qtbot.waitSignal(dialog.option_changed):
        qtbot.keyClick(theme, Qt.Key.Key_Down)
    assert store.options.set_keys() == {"timeout": "2h", "keep-awake": "on", "theme": "light"}
    assert dialog.heard == [("keep-awake", "on"), ("theme", "light")]
    assert (theme.currentText(), dialog.rows["keep-awake"].editor.text()) == ("Light", "On")


def test_what_is_out_of_range_is_said_beside_and_the_old_value_stays_in_force(dialog, store, qtbot):
    row = dialog.rows["workers"]
    type_into(qtbot, row, "0", done=False)
    assert row.wrong == ""
    qtbot.keyClick(row.editor, Qt.Key.Key_Return)
    assert row.wrong == "'0' is not a whole number from 1 to 256. 2 stays in force."
    assert row.editor.property("wrong") == "true"
    assert "workers" not in store.options.set_keys()
    type_into(qtbot, row, "3", done=False)
    assert row.wrong == ""


def test_what_is_wrong_is_said_in_the_language_of_the_person(dialog, qtbot, qapp):
    class Dutch(QTranslator):
        def translate(self, context, text, _about=None, _count=-1):
            known = {("Message", "a whole number from {low} to {high}"): "een getal van {low} tot {high}"}
            return known.get((context, text), text)

        def isEmpty(self):  # noqa: N802  Qt's name
            return False

    dutch = Dutch()
    qapp.installTranslator(dutch)
    type_into(qtbot, dialog.rows["workers"], "0")
    qapp.removeTranslator(dutch)
    assert dialog.rows["workers"].wrong == "'0' is not een getal van 1 tot 256. 2 stays in force."


def test_each_choice_has_a_word_of_its_own():
    choices = {choice for option in OPTIONS.values() for choice in option.choices}
    assert len({choice_word(choice) for choice in choices}) == len(choices)
    assert choice_word("below-normal") == "Below normal"


def test_reset_makes_an_option_its_default_again(dialog, store, qtbot):
    row = dialog.rows["timeout"]
    with qtbot.waitSignal(dialog.option_changed):
        qtbot.mouseClick(row.reset, Qt.MouseButton.LeftButton)
    assert store.options.set_keys() == {}
    assert (row.editor.text(), row.origin, row.reset.isVisible()) == ("20", "default", False)
    assert dialog.heard == [("timeout", "20")]


def test_what_the_command_line_sets_appears_but_not_over_what_one_types(dialog, store, qtbot):
    type_into(qtbot, dialog.rows["workers"], "12", done=False)
    store.options.set("workers", "7")
    store.options.set("priority", "9")
    store.options.set("autostart", "on")
    qtbot.waitUntil(lambda: bool(dialog.rows["autostart"].editor.isChecked()))
    assert dialog.rows["priority"].editor.text() == "9"
    assert (dialog.rows["workers"].editor.text(), dialog.rows["workers"].origin) == ("12", "set by you")
    with qtbot.waitSignal(dialog.option_changed):
        dialog.rows["workers"].finish()
    assert store.options.text("workers") == "12"


def test_what_was_typed_last_counts_when_the_dialog_is_closed(dialog, store, qtbot):
    type_into(qtbot, dialog.rows["workers"], "5", done=False)
    with qtbot.waitSignal(dialog.option_changed):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert store.options.text("workers") == "5"


def test_a_dialog_that_is_shown_again_shows_what_is_stored_now(dialog, store, qtbot):
    dialog.reject()
    store.options.set("workers", "9")
    dialog.show()
    qtbot.waitUntil(lambda: dialog.rows["workers"].editor.text() == "9")


def test_a_stored_text_that_means_nothing_counts_as_not_set(dialog, store, qtbot):
    with store.database.writing():
        store.database.run("INSERT INTO option (key, value) VALUES ('workers', 'many'), ('priority', '7')")
    qtbot.waitUntil(lambda: dialog.rows["priority"].origin == "set by you")
    assert (dialog.rows["workers"].editor.text(), dialog.rows["workers"].origin) == ("2", "default")


def test_the_search_looks_at_label_help_and_key(dialog, qtbot):
    def shown():
        return {key for key, row in dialog.rows.items() if row.isVisible()}

    qtbot.keyClicks(dialog.search, "KEEP cancelled")
    assert shown() == {"keep-cancelled"}
    dialog.search.setText("middle is left")
    assert shown() == {"output-cap"}
    dialog.search.setText("backoff-")
    assert shown() == {"backoff-base", "backoff-max", "backoff-jitter"}
    dialog.search.setText("zebra")
    assert shown() == set()
    assert dialog.nothing.text() == "No setting matches 'zebra'."
    dialog.search.clear()
    assert shown() == set(OPTIONS)
    assert not dialog.nothing.isVisible()


def test_the_list_of_groups_leads_to_them_and_gives_way_where_there_is_no_room(dialog, qtbot):
    dialog._list.setCurrentRow(3)
    card = dialog._cards[3][1]
    qtbot.waitUntil(lambda: not card.visibleRegion().isEmpty())
    dialog.resize(450, 300)  # 900 by 600 at 200 %
    assert (dialog.width(), dialog.height()) == (450, 300)
    assert not dialog._list.isVisible()
    qtbot.waitUntil(lambda: bool(dialog._scroll.widget().width() <= dialog._scroll.viewport().width()))


def test_a_wheel_turns_no_choice_that_has_not_the_focus(dialog):
    choice = dialog.rows["niceness"].editor
    event = QWheelEvent(
        QPointF(5, 5),
        QPointF(choice.mapToGlobal(QPoint(5, 5))),
        QPoint(0, -120),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(choice, event)
    assert choice.currentData() == "below-normal"


def test_beside_the_number_of_backups_stands_when_the_last_was_made(dialog, clock, home, qtbot):
    row = dialog.rows["backups-kept"]
    qtbot.waitUntil(lambda: row._note.text() == "None has been made yet.")
    made = back_up(home, clock(), DAILY, lambda: None)
    dialog.hide()
    dialog.show()
    qtbot.waitUntil(lambda: row._note.text() == f"The last was made {moment(made.at)}.")
