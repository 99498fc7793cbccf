"""The other queues that ours is compared with, and how Debian's packages bring them."""

import shutil
import sys

import system_libraries
from system_libraries import SetupError

_PURPOSE = "other queues, to compare with"
_PACKAGES = {"tsp": "task-spooler", "nq": "nq", "parallel": "parallel", "xev": "x11-utils", "Xvfb": "xvfb"}


def install() -> None:
    """Install what is missing, where that is allowed; what stays missing is said, and left out of the comparison."""
    missing = [name for name in _PACKAGES if shutil.which(name) is None]
    if not missing or not sys.platform.startswith("linux"):
        return
    packages = sorted(_PACKAGES[name] for name in missing)
    if not system_libraries.on_debian():
        print(f"Missing: {_PURPOSE}: {', '.join(packages)}. Their lines will say so.")
        return
    try:
        system_libraries.install_packages(packages, _PURPOSE)
    except SetupError as error:
        print(f"{error}\nTheir lines will say so.")
