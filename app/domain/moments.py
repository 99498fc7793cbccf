"""Moments as they are stored and shown."""

from __future__ import annotations

Millis = int
"""A moment: milliseconds since 1970 in UTC."""

LAST_MOMENT: Millis = 253_370_764_800_000
"""The beginning of the year 9999: what lies beyond may be no date in somebody's local time."""
