"""The window from outside: how it comes and goes."""

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog

from app.desktop.doorbell_listener import DoorbellListener
from app.ui.shell import Shell


@pytest.fixture
def shell(tools, qtbot):
    shell = Shell(tools)
    qtbot.addWidget(shell)
    shell.show()
    return shell


def test_closing_is_only_asked_for(shell, qtbot):
    with qtbot.waitSignal(shell.close_wanted):
        assert not shell.close()
    assert shell.isVisible()


def test_it_closes_once_it_is_let_go_of(shell):
    shell.let_go()
    shell.hold()
    assert not shell.close()
    shell.let_go()
    assert shell.close()


def test_a_dialog_that_does_not_let_go_keeps_it_open(shell):
    class Stubborn(QDialog):
        lets_go = False

        def closeEvent(self, event):  # noqa: N802
            event.setAccepted(self.lets_go)

    dialog = Stubborn(shell)
    dialog.show()
    assert not shell.may_close()
    dialog.lets_go = True
    assert shell.may_close()
    assert not dialog.isVisible()


def test_while_it_is_not_seen_the_queue_is_looked_at_more_seldom(shell, tools, qtbot):
    bell = tools.gateway.findChild(DoorbellListener).findChild(QTimer)
    assert (shell.is_seen, bell.interval()) == (True, 2000)
    with qtbot.waitSignal(shell.seen_changed) as told:
        shell.hide()
    assert (told.args, shell.is_seen, bell.interval()) == ([False], False, 10_000)
    shell.show_again()
    assert (shell.is_seen, bell.interval()) == (True, 2000)


def test_a_minimized_window_is_not_seen_until_it_is_shown_again(shell, qtbot):
    shell.showMinimized()
    qtbot.waitUntil(lambda: not shell.is_seen)
    shell.show_again()
    qtbot.waitUntil(lambda: shell.is_seen)


def test_the_next_window_is_as_large_as_this_one_was(shell, tools, qtbot):
    shell.resize(780, 640)
    shell.keep_layout()
    other = Shell(tools)
    qtbot.addWidget(other)
    assert (other.width(), other.height()) == (780, 640)
