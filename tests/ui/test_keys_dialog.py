"""The list of keys."""

import pytest

from app.ui.keys_dialog import KeysDialog

GROUPS = [
    ("Jobs", [("Add a job", "Ctrl+N"), ("Retry", "Ctrl+R"), ("Remove", "Del")]),
    ("Window", [("Search", "Ctrl+F or /"), ("Keys", "F1 or ?")]),
]


@pytest.fixture
def dialog(qtbot):
    dialog = KeysDialog(GROUPS, None)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def shown(dialog):
    return [row.text for card in dialog.cards if card.isVisible() for row in card.rows if row.isVisible()]


def test_all_keys_are_shown_in_two_columns(dialog):
    assert shown(dialog) == ["add a job ctrl+n", "retry ctrl+r", "remove del", "search ctrl+f or /", "keys f1 or ?"]
    jobs, window = dialog.cards
    assert jobs.y() == window.y()
    assert jobs.geometry().right() < window.x()


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("RETRY", ["retry ctrl+r"]),
        ("f1", ["keys f1 or ?"]),
        ("job", ["add a job ctrl+n", "retry ctrl+r", "remove del"]),
        ("window ctrl", ["search ctrl+f or /"]),
        ("zebra", []),
    ],
)
def test_the_search_looks_at_words_keys_and_titles(dialog, qtbot, search, found):
    qtbot.keyClicks(dialog.search, search)
    assert shown(dialog) == found
    assert dialog.nothing.isVisible() is not bool(found)


def test_where_there_is_no_room_the_columns_stand_below_each_other(dialog, qtbot):
    dialog.resize(450, 300)  # 900 by 600 at 200 %
    jobs, window = dialog.cards
    qtbot.waitUntil(lambda: bool(window.y() > jobs.geometry().bottom()))
    assert (dialog.width(), dialog.height()) == (450, 300)
