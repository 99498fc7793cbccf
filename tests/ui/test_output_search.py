"""Finding in an output."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut

from app.ui.output_source import PIECE, OutputSource
from app.ui.output_view import OutputView
from tests.ui.details import add, begin, run

LONG = b"".join(b"line %06d of a long output\n" % number for number in range(200_000))
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def view(tools, qtbot):
    view = OutputView(tools)
    qtbot.addWidget(view)
    view.resize(700, 500)
    with qtbot.waitExposed(view):
        view.show()
    return view


@pytest.fixture
def seq(store):
    return add(store)


def show(view, store, seq, qtbot):
    view.show_details(store.reads.details(seq))
    qtbot.waitUntil(lambda: bool(view.pane.toPlainText()))


def find(view, qtbot, needle):
    qtbot.keyClick(view.pane, Qt.Key.Key_F, CTRL)
    assert view.find_bar.isVisible()
    view.find_bar._field.setText(needle)


def says(view, words):
    return view.find_bar._count.text() == words


def selected(view):
    return view.pane.textCursor().selectedText()


def line(view):
    return view.pane.textCursor().block().text()


def test_hits_are_counted_and_walked_through_by_keys(view, store, seq, qtbot):
    run(store, seq, b"one apple\ntwo Apples\nno pear\nAPPLE\n")
    show(view, store, seq, qtbot)
    find(view, qtbot, "apple")
    qtbot.waitUntil(lambda: says(view, "3 of 3"))
    qtbot.waitUntil(lambda: line(view) == "APPLE")
    qtbot.keyClick(view.find_bar._field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: line(view) == "one apple")
    qtbot.keyClick(view.pane, Qt.Key.Key_F3)
    qtbot.waitUntil(lambda: line(view) == "two Apples")
    assert says(view, "2 of 3")
    qtbot.keyClick(view.pane, Qt.Key.Key_F3, SHIFT)
    qtbot.waitUntil(lambda: line(view) == "one apple")
    assert selected(view) == "apple"
    assert len(view.pane.extraSelections()) == 4


def test_esc_closes_and_unmarks(view, store, seq, qtbot):
    run(store, seq, b"apple\n")
    show(view, store, seq, qtbot)
    find(view, qtbot, "apple")
    qtbot.waitUntil(lambda: says(view, "1 of 1"))
    qtbot.keyClick(view.pane, Qt.Key.Key_Escape)
    assert not view.find_bar.isVisible()
    assert view.pane.extraSelections() == []


def test_the_keys_of_finding_are_not_the_window_s_while_one_is_here(view, store, seq, qtbot):
    run(store, seq, b"apple\napple\n")
    heard = []
    for keys in ("Ctrl+F", "F3", "Return"):
        QShortcut(QKeySequence(keys), view.window(), lambda keys=keys: heard.append(keys))
    show(view, store, seq, qtbot)
    view.window().activateWindow()
    view.pane.setFocus()
    find(view, qtbot, "apple")
    qtbot.waitUntil(lambda: says(view, "2 of 2"))
    qtbot.keyClick(view.find_bar._field, Qt.Key.Key_Return)
    qtbot.keyClick(view.find_bar._field, Qt.Key.Key_F3)
    qtbot.waitUntil(lambda: says(view, "2 of 2"))
    assert heard == []


def test_a_hit_far_away_is_loaded(view, store, seq, qtbot):
    run(store, seq, LONG)
    show(view, store, seq, qtbot)
    find(view, qtbot, "line 000777")
    qtbot.waitUntil(lambda: says(view, "1 of 1"))
    qtbot.waitUntil(lambda: line(view) == "line 000777 of a long output")
    assert not view.pane.following
    assert view.pane.start == 0


def test_hits_across_pieces_are_found_once(view, store, seq, qtbot):
    data = bytearray(b"." * (3 * PIECE))
    for place in (PIECE - 3, 2 * PIECE - 2, 2 * PIECE + 100):
        data[place : place + 6] = b"needle"
    run(store, seq, bytes(data))
    show(view, store, seq, qtbot)
    find(view, qtbot, "NEEDLE")
    qtbot.waitUntil(lambda: view.find_bar._count.text().endswith("of 3"))
    places = []
    for _ in range(3):
        qtbot.keyClick(view.find_bar._field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: selected(view).replace("\u2029", "").lower().startswith("n"))
        places.append(view.find_bar._search.hits[view.find_bar._current])
    assert sorted(places) == [PIECE - 3, 2 * PIECE - 2, 2 * PIECE + 100]


def test_colours_inside_a_hit_and_letters_beyond_ascii_are_no_hindrance(view, store, seq, qtbot):
    run(store, seq, "😀 \x1b[31mFEH\x1b[1mLER\x1b[0m Übung\n".encode())
    show(view, store, seq, qtbot)
    find(view, qtbot, "fehler übung")
    qtbot.waitUntil(lambda: says(view, "1 of 1"))
    qtbot.waitUntil(lambda: selected(view) == "FEHLER Übung")


def test_utf_16_is_found(tmp_path):
    path = tmp_path / "1.log"
    path.write_bytes("\ufeffeins zwei\nZwei\n".encode("utf-16-le"))
    assert OutputSource(path).search("zwei", 0, 1000)[0] == [12, 22]


def test_a_selection_is_what_is_looked_for(view, store, seq, qtbot):
    run(store, seq, b"word other word\n")
    show(view, store, seq, qtbot)
    view.pane.find("other")
    cursor = view.pane.document().find("other")
    view.pane.setTextCursor(cursor)
    qtbot.keyClick(view.pane, Qt.Key.Key_F, CTRL)
    assert view.find_bar._field.text() == "other"
    qtbot.waitUntil(lambda: says(view, "1 of 1"))


def test_what_comes_while_one_looks_is_found_too(view, store, seq, qtbot):
    claim = begin(store, seq, b"apple\n")
    show(view, store, seq, qtbot)
    find(view, qtbot, "apple")
    qtbot.waitUntil(lambda: says(view, "1 of 1"))
    with store.outputs.path(seq, claim.run).open("ab") as file:
        file.write(b"another apple\n")
    qtbot.waitUntil(lambda: view.find_bar._count.text().endswith("of 2"))


def test_nothing_found_is_said(view, store, seq, qtbot):
    run(store, seq, b"apple\n")
    show(view, store, seq, qtbot)
    find(view, qtbot, "pear")
    qtbot.waitUntil(lambda: says(view, "Nothing found"))
    assert not view.find_bar._next.isEnabled()


def test_a_search_that_lasts_is_given_up_and_leaves_the_thread_free(view, store, seq, qtbot):
    claim = begin(store, seq, LONG)
    with store.outputs.path(seq, claim.run).open("ab") as file:
        for _ in range(40):
            file.write(LONG)
    show(view, store, seq, qtbot)
    find(view, qtbot, "line 199999 of a long output and more")
    assert view.find_bar._search.is_going_on
    qtbot.keyClick(view.find_bar._field, Qt.Key.Key_Escape)
    assert not view.find_bar._search.is_going_on
    assert view.find_bar.isVisible()
    qtbot.keyClick(view.find_bar._field, Qt.Key.Key_Escape)
    assert not view.find_bar.isVisible()


def test_a_hit_after_a_gap_and_a_stated_gap_is_where_it_is(tmp_path):
    path = tmp_path / "1.log"
    with path.open("wb") as file:
        file.write(b"hit\n[QueueCTL: 1,234,567 bytes are left out here]\nhit\n")
        file.seek(2**22)
        file.write(b"hit\n")
    assert OutputSource(path).search("hit", 0, 2**30)[0] == [0, 50, 2**22]
