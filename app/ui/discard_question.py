"""Asks before typed things are lost."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from app.ui.wording import tr


def ask_to_discard(parent: QWidget, discard: Callable[[], None]) -> QMessageBox:
    """Ask, without waiting, whether what was typed shall be lost.

    Args:
        parent: the dialog that holds it; its title is the question's.
        discard: is called if it shall.
    """
    box = QMessageBox(QMessageBox.Icon.Question, parent.windowTitle(), tr("Discard changes?"), parent=parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setInformativeText(tr("What you typed here is not saved."))
    yes = box.addButton(tr("Discard"), QMessageBox.ButtonRole.DestructiveRole)
    no = box.addButton(tr("Keep editing"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(no)
    box.setEscapeButton(no)
    yes.clicked.connect(discard)
    box.open()
    return box
