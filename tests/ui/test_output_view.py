"""The output of a job's runs, as the window shows it."""

import psutil
import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication, QTextCursor

from app.domain.job import State
from app.domain.outcome import Succeeded
from app.store.retention import START
from app.ui.output_pieces import LIMIT
from app.ui.output_source import LINE, PIECE
from app.ui.output_view import OutputView
from tests.runners import running
from tests.ui.details import add, begin, finish, run

LONG = b"".join(b"line %06d of a long output\n" % number for number in range(200_000))


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


def show(view, store, seq):
    view.show_details(store.reads.details(seq))


def text(view):
    return view.pane.toPlainText()


def shows(qtbot, view, part):
    """Wait until a text is in the document."""
    qtbot.waitUntil(lambda: part in text(view))


def at_end(view):
    bar = view.pane.verticalScrollBar()
    return bar.value() == bar.maximum()


def grow(store, claim, data):
    with store.outputs.path(claim.job.seq, claim.run).open("ab") as file:
        file.write(data)


def colour_at(view, word):
    cursor = view.pane.document().find(word)
    assert not cursor.isNull()
    return cursor.charFormat()


def test_without_a_run_it_says_so(view, store, seq):
    show(view, store, seq)
    assert "not run yet" in view.pane.placeholderText()
    assert not view.bar.search.isEnabled()


def test_the_newest_run_is_shown_and_others_can_be_chosen(view, store, seq, qtbot):
    run(store, seq, b"first\n")
    run(store, seq, b"second\n")
    show(view, store, seq)
    shows(qtbot, view, "second")
    view.show_run(1)
    shows(qtbot, view, "first")
    assert "second" not in text(view)


def test_the_chosen_run_stays_and_the_newest_one_moves_on(view, store, seq, qtbot):
    run(store, seq, b"first\n")
    show(view, store, seq)
    shows(qtbot, view, "first")
    run(store, seq, b"second\n")
    show(view, store, seq)
    shows(qtbot, view, "second")
    view.show_run(1)
    shows(qtbot, view, "first")
    run(store, seq, b"third\n")
    show(view, store, seq)
    qtbot.waitUntil(lambda: view.bar._chooser.count() == 3)
    assert view.run == 1
    assert text(view) == "first\n"


def test_a_growing_file_is_followed(view, store, seq, qtbot):
    claim = begin(store, seq, b"one\n")
    show(view, store, seq)
    shows(qtbot, view, "one")
    for number in range(5):
        grow(store, claim, b"".join(b"more %d.%d\n" % (number, line) for line in range(100)))
        shows(qtbot, view, f"more {number}.99")
        qtbot.waitUntil(lambda: at_end(view))
    assert text(view).count("more") == 500
    assert view.pane.following


def test_a_character_that_is_written_in_two_parts_is_one(view, store, seq, qtbot):
    claim = begin(store, seq, b"\xe2\x82")
    show(view, store, seq)
    qtbot.waitUntil(lambda: view.pane.file_size == 2)
    grow(store, claim, b"\xac\x1b[3")
    shows(qtbot, view, "€")
    grow(store, claim, b"1mred")
    shows(qtbot, view, "red")
    assert text(view) == "€red"


def test_scrolling_up_ends_following_and_the_end_begins_it_again(view, store, seq, qtbot):
    claim = begin(store, seq, b"word\n" * 500)
    show(view, store, seq)
    shows(qtbot, view, "word")
    bar = view.pane.verticalScrollBar()
    bar.setValue(100)
    assert not view.pane.following
    assert not view.bar.follow.isChecked()
    grow(store, claim, b"news\n" * 10)
    shows(qtbot, view, "news")
    assert bar.value() == 100
    bar.setValue(bar.maximum())
    assert view.bar.follow.isChecked()
    bar.setValue(100)
    view.bar.follow.click()
    assert at_end(view)
    view.bar.follow.click()
    assert not view.pane.following


def test_a_file_that_comes_later_is_shown(view, store, seq, qtbot):
    claim = begin(store, seq)
    show(view, store, seq)
    qtbot.waitUntil(lambda: "nothing so far" in view.pane.placeholderText())
    store.outputs.create(seq, claim.run).write_bytes(b"late\n")
    shows(qtbot, view, "late")


def test_colours_are_shown_and_all_other_controls_dropped(view, store, seq, tools, qtbot):
    run(
        store,
        seq,
        b"\x1b[31mred\x1b[0m plain \x1b[1;4mbold\x1b[0m \x1b[38:2::51:102:153mexact\x1b[m\x1b[2J\x07\x00 end\r\n",
    )
    show(view, store, seq)
    shows(qtbot, view, "red plain bold exact end\n")
    assert colour_at(view, "red").foreground().color().name() == tools.theme.colours.bad
    assert colour_at(view, "bold").fontWeight() == 700
    assert colour_at(view, "bold").fontUnderline()
    assert colour_at(view, "exact").foreground().color().name() == "#336699"
    assert colour_at(view, "plain").foreground().style() == Qt.BrushStyle.NoBrush


def test_the_theme_changes_the_colours_of_what_stands_there(view, store, seq, tools, qtbot):
    run(store, seq, b"\x1b[31mred\x1b[0m\n")
    show(view, store, seq)
    shows(qtbot, view, "red")
    tools.theme.choose("dark")
    qtbot.waitUntil(lambda: colour_at(view, "red").foreground().color().name() == tools.theme.colours.bad)


def read_by_now():
    """Return how many bytes this process has read, where the system counts them."""
    counters = psutil.Process().io_counters() if psutil.LINUX or psutil.WINDOWS else None
    return getattr(counters, "read_chars", getattr(counters, "read_bytes", 0))


def test_a_gigabyte_opens_at_its_end_of_which_alone_is_read(view, store, seq, qtbot):
    claim = begin(store, seq, b"head\n")
    path = store.outputs.path(seq, claim.run)
    with path.open("r+b") as file:
        file.truncate(2**30 - 10)
        file.seek(0, 2)
        file.write(b"last words")
    read_before = read_by_now()
    show(view, store, seq)
    shows(qtbot, view, "last words")
    assert "1,024.0 MiB left out" in text(view) or "1024.0 MiB left out" in text(view)
    assert len(text(view)) < LIMIT
    assert read_by_now() - read_before < 2**26


def test_only_a_window_of_a_large_file_is_loaded_and_scrolling_moves_it(view, store, seq, qtbot):
    run(store, seq, LONG)
    show(view, store, seq)
    shows(qtbot, view, "line 199999")
    assert "Showing the last" in view.note.text()
    bar = view.pane.verticalScrollBar()
    while view.pane.start:
        before = view.pane.start
        top = view.pane.firstVisibleBlock().text()
        bar.setValue(0)
        qtbot.waitUntil(lambda before=before: view.pane.start < before)
        assert view.pane.end - view.pane.start <= LIMIT + PIECE
        assert top is not None
    assert text(view).startswith("line 000000")
    assert text(view).encode() == LONG[: view.pane.end]
    while view.pane.end < len(LONG):
        before = view.pane.end
        bar.setValue(bar.maximum())
        qtbot.waitUntil(lambda before=before: view.pane.end > before)
    assert text(view).encode() == LONG[view.pane.start :]


def test_what_is_loaded_above_leaves_what_is_in_sight_where_it_is(view, store, seq, qtbot):
    run(store, seq, LONG)
    show(view, store, seq)
    shows(qtbot, view, "line 199999")
    start = view.pane.start
    view.pane.verticalScrollBar().setValue(3)
    top = view.pane.firstVisibleBlock().text()
    qtbot.waitUntil(lambda: view.pane.start < start)
    assert view.pane.firstVisibleBlock().text() == top


def test_ctrl_home_and_ctrl_end_go_to_the_ends_of_the_file(view, store, seq, qtbot):
    run(store, seq, LONG)
    show(view, store, seq)
    shows(qtbot, view, "line 199999")
    qtbot.keyClick(view.pane, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    shows(qtbot, view, "line 000000")
    assert "199999" not in text(view)
    qtbot.keyClick(view.pane, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    shows(qtbot, view, "line 199999")
    assert view.pane.following


def test_a_flood_is_followed_by_leaving_out_what_nobody_could_read(view, store, seq, qtbot):
    claim = begin(store, seq, b"begun\n")
    show(view, store, seq)
    shows(qtbot, view, "begun")
    grow(store, claim, LONG)
    shows(qtbot, view, "line 199999")
    assert view.pane.end - view.pane.start <= LIMIT + PIECE


def test_an_output_that_is_shortened_at_its_end_is_shown_anew(view, store, seq, qtbot):
    from app.engine.output_cap import shorten

    claim = begin(store, seq, LONG)
    show(view, store, seq)
    shows(qtbot, view, "line 199999")
    shorten(store.outputs.path(seq, claim.run), 100_000)
    finish(store, claim, Succeeded())
    show(view, store, seq)
    shows(qtbot, view, "left out …")
    assert text(view).startswith("line 000000")
    assert text(view).endswith("line 199999 of a long output\n")
    assert "QueueCTL" not in text(view)


@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 4000, "ä".encode("utf-16") * 100_000, b"\xff\xfe\xfd" * 100_000, b"x" * 10**8]
)
def test_what_is_hardly_text_is_shown_in_lines_that_can_be_drawn(view, store, seq, qtbot, data):
    run(store, seq, data)
    show(view, store, seq)
    qtbot.waitUntil(lambda: len(text(view)) > 100)
    assert max(map(len, text(view).split("\n"))) <= 2 * LINE


def test_where_no_file_is_the_kept_end_is_shown_and_said(view, store, seq, qtbot):
    run(store, seq, b"it was here\n")
    store.outputs.free(seq)
    show(view, store, seq)
    shows(qtbot, view, "it was here")
    assert "not there" in view.note.text()
    assert not view.bar.open.isEnabled()


def test_an_output_that_was_freed_says_so_in_the_place_of_an_error(view, store, seq, qtbot):
    run(store, seq, b"first\nsecond\n")
    show(view, store, seq)
    shows(qtbot, view, "second")
    store.database.run("UPDATE run SET kept_bytes = output_bytes")
    store.retention.free_outputs(START, 0, set(State))
    show(view, store, seq)
    qtbot.waitUntil(lambda: "freed to keep within keep-outputs" in view.note.text())
    assert view.note.isVisible()
    shows(qtbot, view, "second")


def test_an_output_of_which_not_even_the_end_was_kept_is_not_said_to_be_empty(view, store, seq, qtbot):
    run(store, seq, b"something\n")
    store.database.run("UPDATE run SET kept_bytes = output_bytes, tail = NULL")
    store.retention.free_outputs(START, 0, set(State))
    show(view, store, seq)
    qtbot.waitUntil(lambda: "freed to keep within keep-outputs" in view.pane.placeholderText())


def test_the_whole_is_copied_without_colours(view, store, seq, qtbot):
    run(store, seq, b"\x1b[31mred\x1b[0m\n" * 3)
    show(view, store, seq)
    shows(qtbot, view, "red")
    view.copy_all()
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() == "red\nred\nred\n")


def test_it_is_saved_byte_for_byte(view, store, seq, qtbot, tmp_path):
    run(store, seq, b"\x1b[31mred\x1b[0m\xff\n")
    show(view, store, seq)
    shows(qtbot, view, "red")
    view.save_to(str(tmp_path / "saved.log"))
    qtbot.waitUntil((tmp_path / "saved.log").exists)
    qtbot.waitUntil(lambda: (tmp_path / "saved.log").read_bytes() == b"\x1b[31mred\x1b[0m\xff\n")


def test_what_can_t_be_saved_is_told(view, store, seq, tools, qtbot, tmp_path):
    run(store, seq, b"x\n")
    show(view, store, seq)
    shows(qtbot, view, "x")
    with qtbot.waitSignal(tools.gateway.failed) as told:
        view.save_to(str(tmp_path / "no" / "such" / "folder"))
    assert "could not be saved" in str(told.args[0])


class Opener(QObject):
    """Takes what would be opened."""

    def __init__(self):
        super().__init__()
        self.opened = []

    @Slot(QUrl)
    def open(self, url):
        self.opened.append(url.toLocalFile())


def test_the_file_is_opened_by_the_system(view, store, seq, qtbot):
    run(store, seq, b"x\n")
    show(view, store, seq)
    shows(qtbot, view, "x")
    opener = Opener()
    QDesktopServices.setUrlHandler("file", opener, "open")
    view.open_file()
    QDesktopServices.unsetUrlHandler("file")
    assert opener.opened == [str(store.outputs.path(seq, 1))]


def test_selection_stays_while_the_output_grows(view, store, seq, qtbot):
    claim = begin(store, seq, b"alpha beta\n")
    show(view, store, seq)
    shows(qtbot, view, "alpha")
    cursor = view.pane.textCursor()
    cursor.setPosition(0)
    cursor.movePosition(QTextCursor.MoveOperation.EndOfWord, QTextCursor.MoveMode.KeepAnchor)
    view.pane.setTextCursor(cursor)
    grow(store, claim, b"gamma\n" * 50)
    shows(qtbot, view, "gamma")
    assert view.pane.textCursor().selectedText() == "alpha"


def test_a_real_runner_s_output_is_shown_while_it_runs(view, store, home, qtbot):
    seq = add(store, command="echo begun; while [ ! -e go ]; do sleep 0.05; done; echo ended", cwd=str(home.root))
    with running(home, 1):
        qtbot.waitUntil(lambda: bool(store.reads.details(seq).runs))
        show(view, store, seq)
        shows(qtbot, view, "begun")
        (home.root / "go").touch()
        shows(qtbot, view, "ended")
