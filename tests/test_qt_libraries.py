"""Qt is brought in, and the environment stays as it was."""

import os
import subprocess
import sys

import pytest

DRAWS = """
import os
before = dict(os.environ)
from app.qt_libraries import bring_in_qt
bring_in_qt()
bring_in_qt()
assert dict(os.environ) == before, set(os.environ.items()) ^ set(before.items())
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtCore import QProcessEnvironment
from PySide6.QtWidgets import QApplication
assert not QProcessEnvironment.systemEnvironment().contains("PYSIDE6_OPTION_PYTHON_ENUM")
application = QApplication([])
from app.ui.icons import application_icon
print(application_icon().pixmap(16, 16).toImage().pixelColor(8, 8).alpha())
"""

PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("PYSIDE6_")}


@pytest.mark.parametrize("without", [set(), {"PATH"}])
def test_the_environment_stays_as_it_was_and_svgs_are_drawn_all_the_same(without):
    environ = {name: value for name, value in PLAIN.items() if name.upper() not in without}
    done = subprocess.run(
        [sys.executable, "-c", DRAWS], env=environ, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout.split()) == (0, ["255"]), done.stderr
