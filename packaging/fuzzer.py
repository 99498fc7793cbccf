"""The coverage-guided fuzzer atheris, for the one attack that needs it: installed on demand, beside .venv.

It is not in requirements.lock, which serves all systems: there are wheels of it for Linux on x86-64 alone, and for few
versions of Python.
"""

import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from environment import Environment, pip_command
from processes import tool_environment

VARIABLE = "QUEUECTL_FUZZER"
"""Names the folder that holds it, to the attack."""

_VERSION = "2.3.0"
_WHEELS = {(3, 11): "e4e43d1ee4760916a84ff73c9c6cf9ac6eee80fc030479bbed43fe0b8e994981"}
"""The wheel's SHA-256, by the Python that it is for."""


def variables(checkout: Path, environment: Environment) -> dict[str, str]:
    """What tells an attack where the fuzzer is; empty where there is none for this machine."""
    if not sys.platform.startswith("linux") or platform.machine() != "x86_64" or sys.version_info[:2] not in _WHEELS:
        return {}
    folder = checkout / ".fuzzer" / _VERSION
    if not folder.exists() and not _install(folder, environment):
        return {}
    return {VARIABLE: str(folder)}


def _install(folder: Path, environment: Environment) -> bool:
    """Install it into a folder that is there only once it is whole."""
    folder.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        wanted = Path(scratch) / "wanted.txt"
        wanted.write_text(f"atheris=={_VERSION} --hash=sha256:{_WHEELS[sys.version_info[:2]]}\n", encoding="utf-8")
        unfinished = Path(scratch) / "site"
        command = [*pip_command(environment), "install", "-qq", "--no-deps", "--only-binary", ":all:"]
        command += ["--require-hashes", "--requirement", str(wanted), "--target", str(unfinished)]
        installed = subprocess.run(command, env=tool_environment(), stdin=subprocess.DEVNULL, check=False)
        if installed.returncode == 0:
            unfinished.rename(folder)
    return installed.returncode == 0
