"""Starting other programs so that Ctrl+C ends them in their own way."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def run_through_interrupt(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    limit: float | None = None,
) -> int:
    """Run a command on this terminal and wait for it, whatever the keyboard does.

    ``subprocess.run`` kills its child a quarter of a second after Ctrl+C, which the child was sent too: too
    soon for a runner that puts its jobs back. Here the child has the time it wants; a second Ctrl+C kills it.

    Args:
        command: the program and its arguments.
        cwd: where it runs.
        env: its whole environment; None for this process's own.
        limit: seconds after which it is killed; None for no limit.

    Returns:
        Its exit code, negative for a signal.

    Raises:
        subprocess.TimeoutExpired: the limit was reached; the program has been killed.
        KeyboardInterrupt: Ctrl+C was pressed; the program has ended.
    """
    sys.stdout.flush()
    with subprocess.Popen(command, cwd=cwd, env=env) as process:
        try:
            return process.wait(limit)
        except KeyboardInterrupt:
            try:
                process.wait()
            finally:
                _kill(process)
            raise
        except subprocess.TimeoutExpired:
            _kill(process)
            raise


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):  # it has ended meanwhile
        process.kill()


def tool_environment(**values: str) -> dict[str, str]:
    """The environment of a tool: the person's own, without what would lead it out of this checkout.

    Args:
        values: variables to set where the person has not set them.

    Returns:
        A new environment.
    """
    inherited = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "PYTHONHOME", "QUEUECTL_HOME"}}
    return values | inherited
