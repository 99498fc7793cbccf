"""Words and figures as the window writes them. Every sentence can be translated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale

from app.domain.moments import LAST_MOMENT, Millis
from app.domain.states import State
from app.domain.visible_text import visible
from app.messages import KnownError, Message

if TYPE_CHECKING:
    from datetime import datetime

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_SECONDS_IN_FULL = 10
_KILO = 1024
NONE = "—"
"""Stands where there is no value."""


def tr(text: str) -> str:
    """Return a sentence of the window in the person's language."""
    return QCoreApplication.translate("ui", text)


def said(message: Message) -> str:
    """Return a message of the lower floors in the person's language."""
    args = {name: said(value) if isinstance(value, Message) else value for name, value in message.args.items()}
    return QCoreApplication.translate("Message", message.template).format_map(args)


def said_error(error: KnownError) -> str:
    """Return what is wrong and, where there is one, the remedy; two lines."""
    words = said(error.message)
    return words if error.remedy is None else f"{words}\n{said(error.remedy)}"


def state_word(state: State) -> str:
    """Return a state's word, the same everywhere in the window."""
    return {
        State.PENDING: tr("Pending"),
        State.PROCESSING: tr("Processing"),
        State.COMPLETED: tr("Completed"),
        State.FAILED: tr("Retrying"),
        State.DEAD: tr("Dead"),
        State.CANCELLED: tr("Cancelled"),
    }[state]


def number(value: float) -> str:
    """Return a whole number with its thousands set apart."""
    return QLocale().toString(round(value))


def moment(at: Millis | None) -> str:
    """Return a moment in local time, as ``2026-11-09 10:15:23``."""
    if at is None:
        return NONE
    return f"{local(at):%Y-%m-%d %H:%M:%S}"


def local(at: Millis) -> datetime:
    """Return a moment in local time."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(min(at, LAST_MOMENT) / 1000, UTC).astimezone()


def when(at: Millis | None, now: Millis) -> str:
    """Return a moment in few letters: ``10:15:23`` today, ``9 Nov 10:15`` this year, else ``2025-11-09``."""
    if at is None:
        return NONE
    moment_, today = local(at), local(now)
    if moment_.date() == today.date():
        return f"{moment_:%H:%M:%S}"
    if moment_.year == today.year:
        return f"{moment_.day} {QLocale().monthName(moment_.month, QLocale.FormatType.ShortFormat)} {moment_:%H:%M}"
    return f"{moment_:%Y-%m-%d}"


def clock(at: Millis | None) -> str:
    """Return the time of day of a moment, as ``10:15:23``."""
    return NONE if at is None else f"{local(at):%H:%M:%S}"


def duration(seconds: float | None) -> str:
    """Return how long something takes: ``0.4 s``, ``3 min 05 s``, ``2 h 03 min``, ``4 d 02 h``."""
    if seconds is None:
        return NONE
    if seconds < _SECONDS_IN_FULL:
        return tr("{n} s").format(n=QLocale().toString(float(seconds), "f", 1 if seconds != int(seconds) else 0))
    whole = round(seconds)
    if whole < _MINUTE:
        return tr("{n} s").format(n=whole)
    if whole < _HOUR:
        return tr("{m} min {s} s").format(m=whole // _MINUTE, s=f"{whole % _MINUTE:02}")
    if whole < _DAY:
        return tr("{h} h {m} min").format(h=whole // _HOUR, m=f"{whole % _HOUR // _MINUTE:02}")
    return tr("{d} d {h} h").format(d=whole // _DAY, h=f"{whole % _DAY // _HOUR:02}")


def stopwatch(seconds: float) -> str:
    """Return how long something takes, for where it changes every second: ``0:05``, ``3:05``, ``2:03:05``."""
    whole = int(seconds)
    minutes = f"{whole % _HOUR // _MINUTE:02}:{whole % _MINUTE:02}"
    return f"{whole // _HOUR}:{minutes}" if whole >= _HOUR else minutes.removeprefix("0")


def size(octets: int | None) -> str:
    """Return a size: ``812 bytes``, ``16.0 MiB``."""
    if octets is None:
        return NONE
    if octets < _KILO:
        return tr("{n} bytes").format(n=octets)
    return QLocale().formattedDataSize(octets, 1, QLocale.DataSizeFormat.DataSizeIecFormat)


def one_line(text: str | None) -> str:
    """Return text that a job brought, as one line in which nothing is hidden."""
    return NONE if text is None else visible(text)
