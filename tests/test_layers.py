"""Imports in app/ go down the floor table of the design, and nowhere else."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

APP = Path(__file__).resolve().parent.parent / "app"


@dataclass(frozen=True)
class Unit:
    """A package of app/, or a module that lies directly in it."""

    floor: int
    libraries: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    anything: bool = False


def unit(floor, *libraries, never=(), anything=False):
    return Unit(floor, frozenset(libraries), frozenset(never), anything)


# The table. A library with a dot is one module of it; what is not named here is not allowed.
TABLE = {
    "__main__": unit(6, anything=True),
    "bootstrap": unit(6, anything=True),
    "program": unit(6, anything=True),
    "window": unit(6, anything=True),
    "application": unit(6, anything=True),
    "self_check": unit(6, anything=True),
    "setup_windows": unit(6, anything=True),
    "end_installed": unit(6, anything=True),
    "check_looks": unit(6, anything=True),
    "check_guard": unit(0, "psutil"),
    "check_report": unit(6, anything=True),
    "no_screen": unit(6, anything=True),
    "qt_libraries": unit(6, anything=True),
    "ui": unit(
        5,
        "msgspec",
        "PySide6.QtCore",
        "PySide6.QtGui",
        "PySide6.QtWidgets",
        "ochre",
        "shiboken6",
        "stransi",
        never=["engine"],
    ),  # stransi reads the colours of outputs, ochre holds them; shiboken6 tells whether a widget is still there
    "cli": unit(5, "msgspec", "click", "rich", never=["engine", "desktop"]),
    "engine": unit(4, "msgspec", "PySide6.QtCore", "psutil", "pywin32"),
    "desktop": unit(
        3, "msgspec", "PySide6.QtCore", "PySide6.QtDBus", "PySide6.QtGui", "PySide6.QtNetwork", "psutil", "pywin32"
    ),  # QtDBus tells on Linux when a tray comes and goes, which would have to be looked at again and again
    "store": unit(2, "msgspec", "peewee", "playhouse", "apsw"),
    "domain": unit(1, "msgspec"),
    "bundle": unit(0),
    "launch": unit(0),
    "locks": unit(0),
    "logs": unit(0, "structlog"),
    "messages": unit(0),
    "paths": unit(0),
    "settings": unit(0),
}
ONLY_FOR = {"logs": {"bootstrap", "program"}}
PYWIN32 = {"pythoncom", "pywintypes", "winerror", "winioctlcon", "ntsecuritycon"}


def violations(module, source):
    """What a module imports against the table, a sentence each.

    Args:
        module: its full name, such as "app.store.tables"; a package's own file is "app.store.__init__".
        source: its text.
    """
    name = module.split(".")[1]
    if name == "__init__":
        return [f"{module} imports {target}" for target in imported(module, source)]
    if name not in TABLE:
        return [f"{module} is not in the table"]
    reasons = ((target, objection(name, target)) for target in imported(module, source))
    return [f"{module} imports {target}: {reason}" for target, reason in reasons if reason]


def imported(module, source) -> Iterator[str]:
    """The full name of everything that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".")[: -node.level] if node.level else []
            start = ".".join([*package, *([node.module] if node.module else [])])
            yield from (f"{start}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and called(node) in {"import_module", "__import__"}:
            named = node.args[0] if node.args else None
            if isinstance(named, ast.Constant) and isinstance(named.value, str):
                yield named.value


def called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def objection(name, target) -> str | None:
    """Why the unit of this name may not import that target; None when it may."""
    root, _, rest = target.partition(".")
    if root == "app":
        return objection_inside(name, rest.split(".")[0])
    if root in sys.stdlib_module_names or TABLE[name].anything:
        return None
    library = library_of(target)
    return None if library in TABLE[name].libraries else f"{library} is not for {name}"


def objection_inside(name, other) -> str | None:
    if other not in TABLE:
        # What app/__init__.py itself holds, such as the version.
        return None if other.startswith("__") else f"{other} is not in the table"
    if name not in ONLY_FOR.get(other, {name}):
        return f"{other} is for {', '.join(ONLY_FOR[other])} alone"
    if other in TABLE[name].never:
        return f"{name} does not know {other}"
    same = name == other or TABLE[name].floor == TABLE[other].floor in {0, 6}
    if same or TABLE[other].floor < TABLE[name].floor:
        return None
    return f"floor {TABLE[other].floor} is not below floor {TABLE[name].floor}"


def library_of(target) -> str:
    root, _, rest = target.partition(".")
    if root == "PySide6":
        return f"PySide6.{rest.split('.')[0]}"
    if root in PYWIN32 or root.startswith("win32"):
        return "pywin32"
    return root


MODULES = {".".join(["app", *path.relative_to(APP).with_suffix("").parts]): path for path in sorted(APP.rglob("*.py"))}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_its_floor_allows(module):
    assert violations(module, MODULES[module].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("app.domain.job", "from app.store.tables import Job"),
        ("app.domain.job", "import app.store"),
        ("app.domain.job", "from app import store"),
        ("app.domain.job", "from ..store import tables"),
        ("app.domain.job", "from .. import store"),
        ("app.domain.__init__", "from ..store import tables"),
        ("app.domain.job", "def late():\n    import app.engine.pool"),
        ("app.domain.job", "if TYPE_CHECKING:\n    from app.engine import pool"),
        ("app.domain.job", "import importlib\nimportlib.import_module('app.store')"),
        ("app.domain.job", "__import__('peewee')"),
        ("app.domain.job", "from PySide6.QtCore import QObject"),
        ("app.paths", "from app.domain.job import Job"),
        ("app.paths", "import msgspec"),
        ("app.paths", "import filelock"),
        ("app.settings", "import structlog"),
        ("app.settings", "from app.logs import configure"),
        ("app.__main__", "from app import logs"),
        ("app.store.database", "import PySide6.QtCore"),
        ("app.store.database", "from app.desktop import doorbell_listener"),
        ("app.store.database", "import psutil"),
        ("app.desktop.autostart", "from PySide6 import QtWidgets"),
        ("app.desktop.autostart", "from app.engine.pool import WorkerPool"),
        ("app.desktop.autostart", "import peewee"),
        ("app.engine.pool", "from PySide6.QtGui import QColor"),
        ("app.engine.pool", "from PySide6.QtNetwork import QLocalSocket"),
        ("app.engine.pool", "import PySide6"),
        ("app.engine.pool", "import apsw"),
        ("app.cli.commands", "from app.engine.pool import WorkerPool"),
        ("app.cli.commands", "from app.desktop import runner_keeper"),
        ("app.cli.commands", "from app.ui import tray"),
        ("app.cli.commands", "from PySide6.QtCore import QTimer"),
        ("app.cli.commands", "import psutil"),
        ("app.ui.tray", "from app.engine import pool"),
        ("app.ui.tray", "from app.cli import commands"),
        ("app.ui.tray", "import rich"),
        ("app.ui.tray", "import click"),
        ("app.store.database", "import win32job"),
        ("app.engine.pool", "import requests"),
        ("app.cli.commands", "from app import bootstrap"),
        ("app.misc.things", ""),
        ("app.cli.commands", "from app.misc import things"),
        ("app.__init__", "import click"),
    ],
)
def test_an_import_that_goes_up_or_aside_is_found(module, source):
    assert len(violations(module, source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (
            "app.bootstrap",
            "from app import logs\nfrom app.ui import tray\nimport structlog, PySide6.QtWidgets",
        ),
        ("app.__main__", "from app.bootstrap import console"),
        ("app.ui.tray", "from app.desktop import autostart\nfrom PySide6.QtWidgets import QSystemTrayIcon"),
        ("app.ui.gateway", "from app.store import job_store\nimport msgspec"),
        (
            "app.cli.commands",
            "import click\nfrom rich.progress import Progress\nfrom app.store import outputs",
        ),
        ("app.engine.pool", "from app.desktop import doorbell_listener\nfrom app.engine.run import Run"),
        (
            "app.engine.process_tree",
            "import psutil, win32job, pywintypes\nfrom PySide6.QtCore import QProcess",
        ),
        ("app.desktop.single_instance", "from PySide6.QtNetwork import QLocalServer"),
        (
            "app.store.database",
            "import apsw\nfrom playhouse.apsw_ext import APSWDatabase\nfrom app.domain import job",
        ),
        ("app.store.__init__", "from .tables import Job"),
        ("app.domain.job", "import msgspec\nfrom app import __version__, settings"),
        ("app.settings", "from app.messages import Message\nimport winreg, os.path"),
        ("app.logs", "import structlog"),
    ],
)
def test_what_the_table_allows_is_not_found(module, source):
    assert violations(module, source) == []
