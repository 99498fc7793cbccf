"""What ``doctor`` and a report of a problem look at: programs, folders, permissions, space, the database itself."""

from __future__ import annotations

import os
import platform
import stat
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from msgspec import Struct

from app import __version__
from app.paths import Home, network_file_system, resource
from app.store.health import Health, sqlite_in_use, sqlite_source
from app.store.space import free_bytes

_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600
_QT = "PySide6-Essentials"
_BROKEN_QT = ("6", "12")
"""With Python 3.11 it takes references of None away, and the runner aborts after some thousand calls."""

_TOLD = 3
_MEGA = 2**20


class Check(Struct, frozen=True):
    """One thing that was looked at: whether it is well, what was found, and what to do about it."""

    check: str
    ok: bool
    detail: str
    remedy: str | None = None


def check_programs() -> Iterator[Check]:
    """Look at what this program consists of."""
    yield Check("program", True, f"QueueCTL {__version__}")
    python = platform.python_version()
    good = sys.version_info >= (3, 11)
    yield Check("python", good, f"Python {python}", None if good else "Install Python 3.11 or newer.")
    yield _check_qt()
    sqlite, sound = sqlite_in_use()
    yield Check(
        "sqlite",
        sound,
        f"SQLite {sqlite} ({sqlite_source()})"
        + ("" if sound else ", which can damage a database that several processes write to"),
        None if sound else "Install a newer apsw: python -m pip install --upgrade apsw",
    )
    try:
        yield Check("job file schema", True, str(resource("job-file.schema.json")))
    except FileNotFoundError as error:
        yield Check("job file schema", False, str(error), "Install QueueCTL again.")


def _check_qt() -> Check:
    try:
        found = version(_QT)
    except PackageNotFoundError:
        if getattr(sys, "frozen", False):
            return Check("qt", True, "comes with the program")
        remedy = f"python -m pip install '{_QT}>=6.10.3,<6.12'"
        return Check("qt", False, f"{_QT} is not installed, and the runner needs it", remedy)
    if tuple(found.split(".")[:2]) == _BROKEN_QT and sys.version_info < (3, 12):
        remedy = f"python -m pip install '{_QT}<6.12'"
        return Check("qt", False, f"{_QT} {found} aborts under Python {platform.python_version()}", remedy)
    return Check("qt", True, f"{_QT} {found}")


def check_folders(home: Home, environ: Mapping[str, str]) -> Iterator[Check]:
    """Look at where the queue lies and who may read it."""
    yield _check_place(home, environ)
    if not home.root.exists():
        return
    yield _check_permissions(home)
    yield _check_backups(home)


def _check_place(home: Home, environ: Mapping[str, str]) -> Check:
    root = str(home.root)
    elsewhere = "Choose a folder on a local disk with --home or QUEUECTL_HOME."
    drive = network_file_system(home.root)
    if drive is not None:
        return Check("home", False, f"{root} is on a network drive ({drive})", elsewhere)
    roaming = environ.get("APPDATA") if sys.platform == "win32" else None
    if roaming and Path(root).is_relative_to(roaming):
        return Check("home", False, f"{root} is copied to a server at each log-off (roaming profile)", elsewhere)
    if not home.root.exists():
        return Check("home", True, f"{root} (not there yet: the first command makes it)")
    places = (home.root, home.data, home.bell, home.outputs, home.logs, home.backups)
    closed = [place for place in places if place.exists() and not os.access(place, os.W_OK | os.X_OK)]
    why = f"can't be written to: {_some(closed)}" if closed else _why_closed(home.ring)
    remedy = "Make it writable for you, or choose another folder with --home or QUEUECTL_HOME."
    return Check("home", True, root) if why is None else Check("home", False, why, remedy)


def _why_closed(ring: Path) -> str | None:
    """Return why a disk takes nothing although nothing says so, as one that has failed; nothing is changed there."""
    try:
        os.close(os.open(ring, os.O_WRONLY))
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"can't be written to: {ring} ({error.strerror})"
    return None


def _check_permissions(home: Home) -> Check:
    if sys.platform == "win32":
        return Check("permissions", True, "as Windows sets them for your folder")
    places = [home.root, home.data, home.bell, home.outputs, home.logs, home.backups]
    places += [entry for folder in (home.data, home.bell, home.logs, home.backups) for entry in _entries(folder)]
    foreign, open_to_others, closed = [], [], []
    for place in dict.fromkeys(places):
        try:
            found = place.lstat()
        except OSError:
            continue
        if found.st_uid != os.getuid():
            foreign.append(place)
        if stat.S_IMODE(found.st_mode) & (0o022 if place == home.root else 0o077):
            open_to_others.append(place)  # the root may be there for other things; what is in it is closed
        wanted = _PRIVATE_FOLDER if stat.S_ISDIR(found.st_mode) else _PRIVATE_FILE
        if stat.S_IMODE(found.st_mode) & wanted != wanted:
            closed.append(place)
    if foreign:
        remedy = f"sudo chown -R {os.getuid()} '{home.root}'"
        return Check("permissions", False, f"not your own: {_some(foreign)}", remedy)
    if open_to_others:
        return Check("permissions", False, f"open to others: {_some(open_to_others)}", f"chmod -R go= '{home.root}'")
    if closed:
        remedy = f"chmod -R u+rwX '{home.root}'"
        return Check("permissions", False, f"you can't read or write: {_some(closed)}", remedy)
    return Check("permissions", True, "for you alone")


def _check_backups(home: Home) -> Check:
    copies = sorted(entry.name for entry in _entries(home.backups) if entry.suffix == ".db")
    if not copies:
        return Check("backups", True, "none yet")
    return Check("backups", True, f"{len(copies)} in {home.backups}, the newest {copies[-1]}")


def check_space(home: Home, floor: float) -> Check:
    """Look at the free space of the disk.

    Args:
        home: whose disk.
        floor: bytes, below which nothing new is started.
    """
    place = home.root
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        free = free_bytes(place)
    except OSError as error:
        return Check("space", False, f"can't be told: {error.strerror or error}")
    detail = f"{free // _MEGA:,} MiB free, and {floor / _MEGA:,.0f} MiB are to stay free"
    if free >= floor:
        return Check("space", True, detail)
    return Check(
        "space", False, f"{detail}: no job is started", "Free some space, or: queuectl prune --outputs --older-than 7d"
    )


def check_database(health: Health, home: Home) -> Iterator[Check]:
    """Say what was found in a database of this program."""
    afresh = "Stop the runner, and call: queuectl restore"
    if health.damage:
        yield Check("database", False, f"{home.database} is damaged: {'; '.join(health.damage)}", afresh)
    else:
        yield Check("database", True, f"{home.database}, checked")
    miscounted = [f"{state}: {counter} counted, {rows} there" for state, (counter, rows) in health.miscounted.items()]
    yield Check(
        "counters", not miscounted, "; ".join(miscounted) or "as many as there are jobs", _if(miscounted, afresh)
    )
    loose = [f"{health.loose} row(s) belong to no job"] if health.loose else []
    yield Check("references", not loose, "".join(loose) or "all hold", _if(loose, afresh))


def _if(wrong: list[str], remedy: str) -> str | None:
    return remedy if wrong else None


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _some(places: list[Path]) -> str:
    more = f" and {len(places) - _TOLD} more" if len(places) > _TOLD else ""
    return ", ".join(str(place) for place in places[:_TOLD]) + more
