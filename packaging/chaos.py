"""Attacks on the promise: the campaign of tests/chaos, in the checkout's environment."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import file_lock
import fuzzer
import system_libraries
from environment import Environment
from processes import run_through_interrupt, tool_environment

_PROGRAMS = {"faketime": "faketime", "mkfs.btrfs": "btrfs-progs"}
"""What attacks call, and the packages of Debian in which it is."""


def attack(checkout: Path, environment: Environment, args: Sequence[str], *, limit: float | None = None) -> int:
    """Carry out a campaign below the checkout's .chaos folder.

    Args:
        checkout: the folder that holds tests/.
        environment: its virtual environment, ready.
        args: of the campaign.
        limit: seconds after which it is killed.

    Returns:
        0 where the promise held, else 1.

    Raises:
        subprocess.TimeoutExpired: it took longer than the limit.
    """
    _install_programs()
    command = [environment.python, "-m", "tests.chaos"]
    variables = tool_environment(QT_QPA_PLATFORM="offscreen") | fuzzer.variables(checkout, environment)
    with file_lock.held(checkout / ".chaos.lock", "Another campaign is running in this checkout: waiting for it."):
        try:
            return run_through_interrupt([*command, *args], cwd=checkout, env=variables, limit=limit)
        except subprocess.TimeoutExpired:
            subprocess.run([*command, "--end"], cwd=checkout, env=variables, check=False)  # what it had started
            raise


def _install_programs() -> None:
    """Bring what two attacks need; where that can't be done here, they say so."""
    missing = [package for program, package in _PROGRAMS.items() if shutil.which(program) is None]
    if missing and system_libraries.on_debian() and system_libraries.may_install():
        system_libraries.install_packages(missing, "attacks that set the clock and use up a quota")
