"""A disk that writes down all that is done to it, and what would be left of it if the power failed at any moment.

What SQLite has synced is there. Of what came later each write may be there, or not, or be torn between sectors of 512
bytes, in any combination; likewise each truncation and each deletion. A file that was never synced may be missing.
Shared memory is nothing of the disk's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import apsw

SECTOR = 512
NAME = "recording"


@dataclass(frozen=True)
class Done:
    """One thing that was done to a file: create, write, truncate, delete or sync; or a mark, whose name is ``path``."""

    what: str
    path: str
    at: int = 0
    data: bytes = b""


class Recording(apsw.VFS):
    """The system's own file system, and a log of what is done to one folder of it.

    It is the default of the whole process, in which other attacks go on at the same time: what they do is not logged.

    Attributes:
        log: all of it, in order.
    """

    def __init__(self, folder: Path, *, ignores_syncs: bool = False):
        self.log: list[Done] = []
        self._folder = folder
        self.base = apsw.vfs_names()[0]  # the system's own, the default so far
        self._ignores_syncs = ignores_syncs
        super().__init__(NAME, self.base, makedefault=True)

    def mark(self, name, number):
        """Note that something has come so far."""
        self.log.append(Done("mark", name, number))

    def note(self, what, path, at=0, data=b""):
        """Log what was done to a file, if it is one of the folder."""
        if path is not None and Path(path).is_relative_to(self._folder):
            self.log.append(Done(what, path, at, data))

    def xOpen(self, name, flags):  # noqa: N802
        """Open a file that is recorded."""
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        is_new = path is not None and not self.xAccess(path, apsw.mapping_access["SQLITE_ACCESS_EXISTS"])
        opened = _File(self, name, flags, path)
        if is_new:
            self.note("create", path)
        return opened

    def xDelete(self, filename, syncdir):  # noqa: N802
        """Delete a file; for good at once where the folder is synced."""
        super().xDelete(filename, syncdir)
        self.note("delete", filename)
        if syncdir:
            self.synced(filename)

    def synced(self, path):
        """Note a sync, unless this disk lies about them."""
        if not self._ignores_syncs:
            self.note("sync", path)


class _File(apsw.VFSFile):
    def __init__(self, disk, name, flags, path):
        self._disk = disk
        self._path = path
        super().__init__(disk.base, name, flags)

    def xWrite(self, data, offset):  # noqa: N802
        super().xWrite(data, offset)
        self._disk.note("write", self._path, offset, bytes(data))

    def xTruncate(self, newsize):  # noqa: N802
        super().xTruncate(newsize)
        self._disk.note("truncate", self._path, newsize)

    def xSync(self, flags):  # noqa: N802
        super().xSync(flags)
        self._disk.synced(self._path)


@contextmanager
def recording(folder: Path, **how) -> Iterator[Recording]:
    """Have everything that this process opens in a folder recorded, for the length of a block."""
    disk = Recording(folder, **how)
    try:
        yield disk
    finally:
        disk.unregister()


@dataclass
class _Platter:
    """What a disk surely holds, by path, and what was done since to each."""

    sure: dict[str, bytes] = field(default_factory=dict)
    unsure: dict[str, list[Done]] = field(default_factory=dict)

    def take(self, done):
        """Take in what was done next."""
        if done.what == "sync":
            content = self.sure.get(done.path)
            for one in self.unsure.pop(done.path, []):
                content = _applied(content, one)
            if content is None:
                self.sure.pop(done.path, None)
            else:
                self.sure[done.path] = content
        elif done.what != "mark":
            self.unsure.setdefault(done.path, []).append(done)


class PowerCuts:
    """What a disk may hold after a power cut, at any moment of a log; moments are asked for in rising order.

    Args:
        log: what was done to it.
        sure: what it held before, by path.
    """

    def __init__(self, log: list[Done], sure: dict[str, bytes]):
        self.log = log
        self._platter = _Platter(dict(sure))
        self._come = 0

    def at(self, moment: int, chance: Random) -> dict[str, bytes]:
        """Return the content of each file after a power cut before the entry of this number."""
        for done in self.log[self._come : moment]:
            self._platter.take(done)
        self._come = moment
        fate = chance.choice([_all_lost, _all_kept, _first_kept, _any_kept, _any_torn])
        left = {}
        for path in self._platter.sure.keys() | self._platter.unsure.keys():
            content = self._platter.sure.get(path)
            for one in fate(self._platter.unsure.get(path, []), chance):
                content = _applied(content, one)
            if content is not None:
                left[path] = content
        return left


def _all_lost(_unsure, _chance):
    return []


def _all_kept(unsure, _chance):
    return unsure


def _first_kept(unsure, chance):
    return unsure[: chance.randrange(len(unsure) + 1)]


def _any_kept(unsure, chance):
    return [one for one in unsure if chance.random() < 0.5]


def _any_torn(unsure, chance):
    """Lose and tear anything."""
    for one in unsure:
        if one.what != "write":
            if chance.random() < 0.5:
                yield one
            continue
        for start in range(0, len(one.data), SECTOR):
            if chance.random() < 0.5:
                yield Done("write", one.path, one.at + start, one.data[start : start + SECTOR])


def _applied(content: bytes | None, done: Done) -> bytes | None:
    """Return what a file holds after something was done to it; None where it is not there."""
    if done.what == "delete":
        return None
    content = content or b""  # what wrote to a file whose creation was lost made it, too
    if done.what == "truncate":
        return content[: done.at].ljust(done.at, b"\0") if done.at < len(content) else content
    if done.what == "write":
        end = done.at + len(done.data)
        return content[: done.at].ljust(done.at, b"\0") + done.data + content[end:]
    return content
