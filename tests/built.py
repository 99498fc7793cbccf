"""What `packaging/dev.py build` has made: `dev.py test --part executable` builds it and runs the tests that need it."""

import os
import sys
from pathlib import Path

from tests.lacking import missing

CHECKOUT = Path(__file__).resolve().parent.parent
VARIABLE = "QUEUECTL_BUILT"
SUFFIX = ".exe" if sys.platform == "win32" else ""


def built_folder():
    """The folder with the two executables, which the variable names."""
    named = os.environ.get(VARIABLE)
    if not named:
        missing(f"{VARIABLE} names no built folder")
    return Path(named)


def download(pattern):
    """The file of this name that people are to download."""
    found = list((CHECKOUT / ".dist").glob(pattern))
    if not found:
        missing(f"nothing called {pattern} was built")
    assert len(found) == 1, f"old builds lie beside the new one: {found}"
    return found[0]
