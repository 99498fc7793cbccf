"""The scripts of packaging/, which is no package."""

import importlib
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent


def load(name):
    """One of them, with its siblings, as `python packaging/dev.py` sees them."""
    folder = str(CHECKOUT / "packaging")
    sys.path.insert(0, folder)
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(folder)
