"""A report of a problem: a few texts in one .zip, which the person sees before it is made and passes on themselves.

It works where the queue can't be opened, too: what can't be told says so, and the rest is there.
"""

from __future__ import annotations

import os
import re
import traceback
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Final

from msgspec import Struct

from app.locks import ProcessLock
from app.messages import KnownError, message
from app.paths import Home
from app.settings import OPTIONS, BadOptionValue, Option, normal, parse
from app.store.checks import Check, check_database, check_folders, check_programs, check_space
from app.store.health import Kind, examine, identify
from app.store.store import Store
from app.ui.program_facts import Fact, as_text, program_facts
from app.ui.report_jobs import JobWish, Progress, job_texts
from app.ui.report_logs import LOGS, log_end
from app.ui.report_masks import PlaceMask, personal_places

_PATIENCE: Final = 2.0
"""Seconds to wait for another writer."""


_NAMING_FILES: Final = ("permissions", "backups")
"""Checks that go on with names of files, which may be anything that lies in the queue's folders."""


class ReportNotSaved(KnownError):
    """The file can't be written."""

    def __init__(self, path: Path, error: OSError | ValueError) -> None:
        reason = getattr(error, "strerror", None) or str(error)
        super().__init__(
            "The report can't be saved to {path}: {reason}",
            path=path,
            reason=reason,
            remedy=message("Choose another folder."),
        )


class Outdated(Exception):
    """Nobody wants what is being made any more."""


class NoQueueToRead(KnownError):
    """There is no database of this program's form."""

    def __init__(self, kind: Kind) -> None:
        super().__init__("There is no queue that can be read: {kind}", kind=kind.value)


class Piece(Struct, frozen=True):
    """One file of a report: its name, with a folder perhaps, and all that stands in it."""

    name: str
    text: str

    @property
    def data(self) -> bytes:
        """Its bytes."""
        return self.text.encode("utf-8", "backslashreplace")


def make_report(home: Home, screen: list[Fact], wish: JobWish, progress: Progress) -> list[Piece]:
    """Return all that a report would hold. It takes a moment, and makes and changes nothing.

    Args:
        home: the queue's.
        screen: what only the GUI thread knows.
        wish: what the person ticked.
        progress: is told how far it is; what is made ends at an Outdated that it raises.
    """
    sections: list[tuple[str, Callable[[], str]]] = [
        ("versions.txt", lambda: as_text(program_facts() + screen)),
        ("checks.txt", lambda: _checks(home)),
        ("queue.txt", lambda: _queue(home)),
        ("options.txt", lambda: _options(home)),
        *((f"logs/{name}.log", _Log(home, name)) for name in LOGS),
    ]
    pieces = [Piece(name, "".join(_told(make))) for name, make in sections]
    if wish.wants_any:
        pieces += _job_pieces(home, wish, progress)
    mask = PlaceMask(personal_places(home.root))
    return [Piece(piece.name, mask(piece.text)) for piece in pieces if piece.text]


def save_report(pieces: Sequence[Piece], path: Path) -> None:
    """Write a report, for this person's eyes only; the file gets its name when it is whole.

    Raises:
        ReportNotSaved: it can't be made or written; what stood there before still does.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        file = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
    except (OSError, ValueError) as error:
        raise ReportNotSaved(path, error) from error
    try:
        with open(file, "wb") as out, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:  # noqa: PTH123  open
            for piece in pieces:
                bundle.writestr(piece.name, piece.data)
        part.replace(path)
    except OSError as error:
        raise ReportNotSaved(path, error) from error
    finally:
        with suppress(OSError):
            part.unlink()


def default_name(today: date) -> str:
    """Return what a report of a day is called unless the person names it."""
    return f"queuectl-report-{today:%Y-%m-%d}.zip"


class _Log:
    """Reads the end of one log."""

    def __init__(self, home: Home, name: str) -> None:
        self._home = home
        self._name = name

    def __call__(self) -> str:
        return log_end(self._home.logs, self._name)


def _told(make: Callable[[], str]) -> Iterator[str]:
    try:
        yield make()
    except Outdated:
        raise
    except KnownError as error:
        yield f"Can't be told: {error}\n"
    except OSError as error:
        yield f"Can't be told: {error.strerror or type(error).__name__}\n"
    except Exception as error:  # noqa: BLE001  a report is wanted when things are broken; its own text can hold anything
        places = "".join(traceback.format_tb(error.__traceback__))
        yield f"Can't be told: {type(error).__qualname__}\n{places}"


def _job_pieces(home: Home, wish: JobWish, progress: Progress) -> list[Piece]:
    pieces: list[Piece] = []

    def read() -> str:
        with _opened(home) as store:
            pieces.extend(Piece(name, text) for name, text in job_texts(store, wish, progress))
        return ""

    trouble = "".join(_told(read))
    return [*pieces, Piece("jobs.txt", trouble)]


@contextmanager
def _opened(home: Home) -> Iterator[Store]:
    """Open a queue that is there, and nothing else: not by way of the window, whose own opening may have failed."""
    kind = identify(home)
    if kind is not Kind.CURRENT:
        raise NoQueueToRead(kind)
    store = Store(home, patience=_PATIENCE)
    with store.connected():
        yield store


def _checks(home: Home) -> str:
    return "".join(map(_check_text, _all_checks(home)))


def _check_text(check: Check) -> str:
    detail = check.detail
    if check.check in _NAMING_FILES:
        detail = re.split(": |, the newest ", detail)[0]
    remedy = "" if check.remedy is None else f"{'':24}{check.remedy}\n"
    return f"{'ok   ' if check.ok else 'WRONG'}  {check.check:15}  {detail}\n{remedy}"


def _all_checks(home: Home) -> Iterator[Check]:
    yield from check_programs()
    yield from check_folders(home, os.environ)
    floor = float(parse(OPTIONS["disk-floor"], OPTIONS["disk-floor"].default))
    try:
        with _opened(home) as store:
            floor = float(store.options.values()["disk-floor"])
            yield from check_database(examine(store.database), home)
    except KnownError as error:
        yield Check("database", False, str(error), None if error.remedy is None else str(error.remedy))
    yield check_space(home, floor)


def _queue(home: Home) -> str:
    with _opened(home) as store:
        row = store.runner.row()
        facts = [(str(state), str(count)) for state, count in store.reads.counts().items()]
        facts += [
            ("paused", _yes(store.reads.is_paused())),
            ("runner lives", _yes(ProcessLock(home.runner_lock).is_held())),
            ("runner says", row.state),
            ("runner wanted", row.wanted),
            ("runner version", row.version or "none yet"),
            ("runner pid", str(row.pid)),
            ("workers", str(row.slots)),
            ("unanswered", str(store.runner.unanswered_since(store.clock()))),
        ]
    return as_text([*facts, *_sizes(home)])


def _sizes(home: Home) -> list[Fact]:
    sizes = []
    for name in (home.database.name, f"{home.database.name}-wal"):
        with suppress(OSError):
            sizes.append((name, f"{(home.data / name).stat().st_size:,} bytes"))
    return sizes


def _options(home: Home) -> str:
    with _opened(home) as store:
        chosen = store.options.set_keys()
    return as_text([(key, _value(option, chosen.get(key))) for key, option in OPTIONS.items()])


def _value(option: Option, text: str | None) -> str:
    if text is None:
        return f"{option.default} (default)"
    try:
        return f"{normal(option, text)} (set)"
    except BadOptionValue:
        return f"{option.default} (default: what is stored is no value of it)"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
