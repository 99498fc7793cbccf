"""Attacks on the promise: the campaign of tests/chaos, in the checkout's environment."""

from collections.abc import Sequence
from pathlib import Path

import file_lock
import fuzzer
from environment import Environment
from processes import run_through_interrupt, tool_environment


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
    with file_lock.held(checkout / ".chaos.lock", "Another campaign is running in this checkout: waiting for it."):
        return run_through_interrupt(
            [environment.python, "-m", "tests.chaos", *args],
            cwd=checkout,
            env=tool_environment(QT_QPA_PLATFORM="offscreen") | fuzzer.variables(checkout, environment),
            limit=limit,
        )
