"""What a command must not import: ``enqueue`` is started thousands of times."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
HEAVY = ("PySide6", "rich", "psutil", "structlog", "asyncio", "app.engine", "app.launch")
PROBE = """
import sys
from app.bootstrap import console
code = console()
print([name for name in {heavy} if name in sys.modules], file=sys.stderr)
sys.exit(code)
"""


def imported(home, heavy, *words):
    """Which of the heavy modules a call has imported, as it prints them."""
    answer = subprocess.run(
        [sys.executable, "-c", PROBE.format(heavy=heavy), "--home", str(home.root), *words],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stderr.strip()


@pytest.mark.parametrize(
    "words", [["--command", "x"], ["--", "x", "y"], ['{"command": "x"}']], ids=["options", "argv", "json"]
)
def test_enqueue_imports_nothing_heavy(home, words):
    imported(home, HEAVY, "status")  # makes the database, for which more is needed
    assert imported(home, HEAVY, "enqueue", *words) == "[]"


def test_enqueue_imports_the_module_of_no_other_command(home):
    others = tuple(
        f"app.cli.{name}"
        for name in ("worker", "look", "dead_letters", "config", "change", "table", "edit", "logs", "completion")
    )
    more = (
        "app.store.endings",
        "app.store.restoring",
        "app.store.health",
        *(["app.domain.job_warnings"] if sys.platform != "win32" else []),  # there is something to warn about there
        "app.domain.job_edit",
    )
    assert imported(home, others + more, "enqueue", "--command", "x") == "[]"


@pytest.mark.parametrize(
    "words",
    [
        ["list"],
        ["status"],
        ["dlq", "list"],
        ["worker", "stop"],
        ["pause"],
        ["wait"],
        ["export"],
        ["doctor"],
        ["prune"],
        ["completion", "fish"],
    ],
    ids=" ".join,
)
def test_no_command_but_the_one_that_hosts_a_pool_imports_qt(home, words):
    assert imported(home, ("PySide6", "rich", "psutil", "structlog", "app.engine"), *words) == "[]"
