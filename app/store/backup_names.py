"""What backups are called: when each was made, and for what. Names sort by time."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from app.domain.job import Millis

DAILY: Final = "daily"
"""Made by the runner, and kept by number."""

BY_HAND: Final = "by-hand"
"""Made because a person asked for it; kept until a person deletes it."""

HALF: Final = ".half"
"""Ends the name of a copy that is being made."""

_NAME = re.compile(r"queuectl-(\d{8}T\d{6})(\d{3})Z-([\w.-]+)\.db", re.ASCII)


def backup_name(now: Millis, label: str) -> str:
    """Return the file name of a backup made now.

    Args:
        now: the moment.
        label: what it was made for: DAILY, BY_HAND, or the version that an upgrade began with.
    """
    return f"queuectl-{stamp(now)}-{label}.db"


def read_name(name: str) -> tuple[Millis, str] | None:
    """Return (moment, label) of a backup's file name, or None where it is no backup's."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    try:
        moment = datetime.strptime(f"{match[1]}Z", "%Y%m%dT%H%M%S%z")
    except ValueError:
        return None
    return round(moment.timestamp()) * 1000 + int(match[2]), match[3]


def stamp(now: Millis) -> str:
    """Return a moment as it stands in names: UTC, sorting by time, without what a file system refuses."""
    return f"{datetime.fromtimestamp(now / 1000, UTC):%Y%m%dT%H%M%S}{now % 1000:03d}Z"
