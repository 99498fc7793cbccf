"""The program with the window, as far as it can be seen without a process of its own."""

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from app import window


@pytest.mark.parametrize("words", ["A folder can't be made.", "QueueCTL is running already."])
def test_what_keeps_the_program_from_starting_is_said_in_a_box(qtbot, words):
    seen = []

    def read_and_close():
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        seen.append(box.text())
        box.accept()

    QTimer.singleShot(0, read_and_close)
    assert window._refuse(words) == 1
    assert seen == [words]
    assert qtbot is not None
