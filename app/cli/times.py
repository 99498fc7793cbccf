"""Moments and durations as the command line writes them."""

from __future__ import annotations

from datetime import UTC, datetime

from app.domain.job import Millis


def local(moment: Millis) -> str:
    """Return a moment for lists, in local time: ``2025-11-09 10:15:23``."""
    return f"{_local(moment):%Y-%m-%d %H:%M:%S}"


def local_exact(moment: Millis) -> str:
    """Return a moment in local time as 1.0 wrote it: ``2025-11-09T10:14:12.123456``."""
    return _local(moment).replace(tzinfo=None).isoformat(timespec="microseconds")


def clock(moment: Millis) -> str:
    """Return a moment of today in local time: ``10:15:23``."""
    return f"{_local(moment):%H:%M:%S}"


def utc(moment: Millis | None) -> str | None:
    """Return a moment as RFC 3339 has it, ``2025-11-09T09:14:12.123Z``; None stays None."""
    if moment is None:
        return None
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def plain(number: float | None) -> float | None:
    """Return a number as a person would write it: 20 and not 20.0; None stays None."""
    return int(number) if number is not None and number == int(number) else number


def _local(moment: Millis) -> datetime:
    return datetime.fromtimestamp(moment / 1000, UTC).astimezone()
