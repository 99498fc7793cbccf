"""Whether a file came from the internet, as the browser or mail program that saved it wrote down beside it.

Windows keeps that in a stream of the file (``Zone.Identifier``), macOS and Linux in an extended attribute. A file that
carries no such mark may have come from anywhere: a copy or an archive loses it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

INTERNET_ZONE = 3
"""Windows' zones: 0 this computer, 1 intranet, 2 trusted, 3 internet, 4 restricted."""

_MOST = 16_384
"""Bytes of a mark that are looked at."""


def came_from(path: Path) -> str | None:
    """Return where a file was loaded from: a host or a program, "" where only the mark is there; None for no mark.

    A file that can't be looked at has no mark.
    """
    try:
        mark = _mark(path)
    except OSError:
        return None
    return None if mark is None else _read(mark)


if sys.platform == "win32":

    def _mark(path: Path) -> bytes | None:
        with open(f"{path}:Zone.Identifier", "rb") as stream:  # noqa: PTH123  a stream's name is no path
            return stream.read(_MOST)

    def _read(mark: bytes) -> str | None:
        return read_zone(mark)

elif sys.platform == "darwin":
    import ctypes

    _libc = ctypes.CDLL(None, use_errno=True)

    def _mark(path: Path) -> bytes | None:
        value = ctypes.create_string_buffer(_MOST)
        length = _libc.getxattr(os.fsencode(path), b"com.apple.quarantine", value, ctypes.c_size_t(_MOST), 0, 0)
        return value.raw[:length] if length >= 0 else None

    def _read(mark: bytes) -> str | None:
        return read_quarantine(mark)

else:

    def _mark(path: Path) -> bytes | None:
        return os.getxattr(path, "user.xdg.origin.url")

    def _read(mark: bytes) -> str | None:
        return read_url(mark)


def read_zone(mark: bytes) -> str | None:
    """Return what Windows' stream says, as ``came_from``; programs write it in more than one encoding."""
    text = mark.decode("utf-16", "replace") if mark[:2] == b"\xff\xfe" else mark.decode("utf-8-sig", "replace")
    fields = dict(line.strip().partition("=")[::2] for line in text.splitlines())
    zone = fields.get("ZoneId", "").strip()
    if not zone.isdecimal() or int(zone) < INTERNET_ZONE:
        return None
    return _host(fields.get("HostUrl") or fields.get("ReferrerUrl") or "")


def read_quarantine(mark: bytes) -> str | None:
    """Return what macOS' attribute says, as ``came_from``: ``flags;time;program;id``."""
    program = 2
    fields = mark.rstrip(b"\0").decode("utf-8", "replace").split(";")
    return fields[program] if len(fields) > program else ""


def read_url(mark: bytes) -> str | None:
    """Return what Linux' attribute says, as ``came_from``."""
    url = mark.decode("utf-8", "replace").strip()
    return None if url.lower().startswith("file:") else _host(url)


def _host(url: str) -> str:
    """Return the host alone: the rest can be long, and hold a password."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
