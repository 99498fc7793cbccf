"""One process that runs from the folder of an installed program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from app.paths import Home


@dataclass(frozen=True)
class Installed:
    """One process.

    Attributes:
        process: it.
        program: the file it runs.
        home: the queue it works on; None where it names none that can be.
        is_window: whether it shows the window, or the tray icon.
        environ: its environment; empty where that can't be read, and then it has no home either.
    """

    process: psutil.Process
    program: Path
    home: Home | None
    is_window: bool
    environ: Mapping[str, str]
