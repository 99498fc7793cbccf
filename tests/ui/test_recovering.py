"""A damaged or lost queue in the window: said over all pages, and brought back when the person says so."""

import os
import sys

import pytest
from PySide6.QtWidgets import QPushButton

from app.locks import ProcessLock
from app.store.backup_names import BY_HAND
from app.store.backups import back_up
from app.store.notices import NoticeKind
from app.store.recovery import recover
from app.ui.question import Question
from app.ui.recovering import Recovering
from app.ui.sidebar import Place
from tests.store.jobs import opened
from tests.ui.conftest import new_job, open_here
from tests.ui.windows import make_window

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody damage or move what is open")


class Keeping:
    """Notes whether the runner is kept."""

    def __init__(self):
        self.kept = []

    def rest(self):
        self.kept.append(False)

    def resume(self):
        self.kept.append(True)


@pytest.fixture
def window(tools, store, clock, home, qtbot):
    """A window over a queue of which there is a backup; 'late' came after that."""
    store.intake.enqueue(new_job(f"job{n}", "echo " + "x" * 400) for n in range(300))
    back_up(home, clock(), BY_HAND, lambda: None)
    store.intake.enqueue([new_job("late")])
    window = make_window(tools, qtbot)
    tools.gateway.refused.connect(window.refuse)  # as the program does
    return window


@pytest.fixture
def keeping():
    return Keeping()


@pytest.fixture
def recovering(window, tools, home, clock, keeping):
    return Recovering(tools, window, home, lambda: open_here(home, clock), keeping)


def damage(home):
    """Overwrite pages in the middle, and what stands in the WAL of them."""
    with opened(home) as store:
        store.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
    with home.database.open("r+b") as file:
        file.seek(home.database.stat().st_size // 8192 * 4096)
        file.write(os.urandom(8192))


def restore_button(window):
    return next(button for button in window.trouble.findChildren(QPushButton) if button.text() == "Restore…")


def bring_back(window, qtbot):
    restore_button(window).click()
    qtbot.waitUntil(lambda: window.findChild(Question) is not None)
    window.findChild(Question).yes.click()


def shown(window):
    return window.sidebar.isEnabled() and window.trouble.words()


def test_damage_is_said_and_nothing_can_be_done_but_to_bring_the_queue_back(window, recovering, home, qtbot):
    damage(home)
    recovering.look_for_damage()
    qtbot.waitUntil(lambda: "is damaged" in window.trouble.words())
    assert not window.sidebar.isEnabled()
    assert not window.actions_.add_job.isEnabled()
    assert restore_button(window).isVisible()


def test_the_queue_is_brought_back_and_what_is_missing_is_said_and_kept(window, recovering, home, keeping, qtbot):
    damage(home)
    recovering.look_for_damage()
    qtbot.waitUntil(lambda: "is damaged" in window.trouble.words())
    bring_back(window, qtbot)
    qtbot.waitUntil(lambda: "The queue was brought back" in (shown(window) or ""))
    (aside,) = home.backups.glob("damaged-*")
    assert str(aside) in window.trouble.words()
    assert window.actions_.add_job.isEnabled()
    assert keeping.kept == [False, True]
    window.sidebar.go_to(Place.ALL)
    qtbot.waitUntil(lambda: window.jobs.table.model.rowCount() > 250)
    with opened(home) as store:
        assert store.notices.newest(1)[0].kind is NoticeKind.RECOVERED
    assert not ProcessLock(home.runner_lock).is_held()


def test_nothing_happens_without_a_yes(window, recovering, home, keeping, qtbot):
    damage(home)
    recovering.look_for_damage()
    qtbot.waitUntil(lambda: "is damaged" in window.trouble.words())
    restore_button(window).click()
    qtbot.waitUntil(lambda: window.findChild(Question) is not None)
    window.findChild(Question).no.click()
    assert keeping.kept == []
    assert list(home.backups.glob("damaged-*")) == []


def test_a_queue_that_was_removed_is_said_to_be_gone_and_none_is_made(window, recovering, home, qtbot):
    home.database.unlink()
    window._tools.gateway._look_for_changes()
    qtbot.waitUntil(lambda: "is not there any more" in window.trouble.words())
    assert not home.database.exists()
    bring_back(window, qtbot)
    qtbot.waitUntil(lambda: "The queue was brought back" in (shown(window) or ""))
    assert home.database.exists()
    assert recovering.has_restored


def test_a_queue_that_somebody_else_brought_back_is_opened_again(window, home, clock, qtbot):
    recover(home, clock())
    gateway = window._tools.gateway
    with qtbot.waitSignal(gateway.opened):
        gateway._look_for_changes()
    heard = []
    gateway.look(window, lambda store: {job.id for job in store.reads.newest_first()}, heard.append)
    qtbot.waitUntil(lambda: len(heard) == 1)
    assert "late" not in heard[0]
    assert window.trouble.words() == ""


def test_where_it_can_t_be_done_the_reason_is_said_and_it_can_be_tried_again(
    window, recovering, home, keeping, qtbot, monkeypatch
):
    monkeypatch.setattr("app.ui.recovering._PATIENCE", 0.1)
    lock = ProcessLock(home.runner_lock)
    damage(home)
    recovering.look_for_damage()
    qtbot.waitUntil(lambda: "is damaged" in window.trouble.words())
    assert lock.take()
    bring_back(window, qtbot)
    qtbot.waitUntil(lambda: "A runner is already running" in window.trouble.words())
    assert keeping.kept == [False, True]
    lock.release()
    bring_back(window, qtbot)
    qtbot.waitUntil(lambda: "The queue was brought back" in (shown(window) or ""))


def test_a_queue_that_is_put_back_as_it_was_is_opened_again(window, home, qtbot):
    gateway = window._tools.gateway
    home.database.rename(home.root / "aside")
    gateway._look_for_changes()
    qtbot.waitUntil(lambda: window.is_refused)
    (home.root / "aside").rename(home.database)
    gateway._look_for_changes()
    qtbot.waitUntil(lambda: shown(window) == "" and not window.is_refused)


def test_a_damaged_queue_is_not_opened_again_by_itself_though_it_is_there(window, recovering, home, qtbot):
    damage(home)
    recovering.look_for_damage()
    qtbot.waitUntil(lambda: window.is_refused)
    gateway, opened_again = window._tools.gateway, []
    gateway.opened.connect(lambda: opened_again.append(True))
    looks = []
    gateway._look_for_changes()
    gateway.look(window, lambda _store: looks.append(True), lambda _: looks.append(True))
    qtbot.waitUntil(lambda: len(looks) == 2)
    assert opened_again == []
    assert window.is_refused
