"""What can be wrong with a database, in the person's words."""

from __future__ import annotations

from pathlib import Path

from app.messages import KnownError, Message, message


class StoreError(KnownError):
    """Something keeps the database from being used; it was left as it was."""


class NotADatabase(StoreError):
    """The file is something else, or nothing."""

    is_damage = True

    def __init__(self, path: Path, found: str) -> None:
        super().__init__(
            "{path} is not a queue: {found}. It was not touched",
            path=path,
            found=found,
            remedy=message(
                "Restoring (queuectl restore) puts it aside, and brings the queue back from the folder {backups}.",
                backups=path.parent.parent / "backups",
            ),
        )


class OtherDatabase(NotADatabase):
    """The file is the database of another program."""

    is_damage = False

    def __init__(self, path: Path) -> None:
        super().__init__(path, "it belongs to another program")
        self.remedy = message(
            "Move it away, or put a copy from the folder {backups} in its place.",
            backups=path.parent.parent / "backups",
        )


class Damaged(StoreError):
    """SQLite can't make sense of the file, or it does not agree with itself."""

    is_damage = True

    def __init__(self, path: Path, detail: str | Message) -> None:
        super().__init__(
            "The database {path} is damaged ({detail}). It was not touched",
            path=path,
            detail=detail,
            remedy=message(
                "Restoring (queuectl restore) puts it aside, and brings the queue back from the newest good copy in"
                " {backups} and from what can still be read of it.",
                backups=path.parent.parent / "backups",
            ),
        )


class UnreadableJob(StoreError):
    """A row of a job, or of its history, holds what nobody has written: SQLite looks at no text."""

    is_damage = True

    def __init__(self, seq: int, detail: str) -> None:
        super().__init__(
            "Job {seq} can't be read any more ({detail}): the database is damaged",
            seq=seq,
            detail=detail,
            remedy=message(
                "Restoring (queuectl restore) puts it aside, and brings the queue back from the newest good copy and"
                " from what can still be read of it."
            ),
        )


class NewerDatabase(StoreError):
    """A newer program made or upgraded it."""

    def __init__(self, path: Path, version: int, known: int) -> None:
        super().__init__(
            "The database {path} belongs to a newer QueueCTL (its version is {version}, this program knows {known}). "
            "It was not touched",
            path=path,
            version=version,
            known=known,
            remedy=message("Install the newer QueueCTL, or choose another folder with --home."),
        )


class OlderDatabase(StoreError):
    """It must be upgraded first, and the runner of an older program works on it: it can only be looked at."""

    def __init__(self) -> None:
        super().__init__(
            "Nothing was changed: the queue is being handed over by the runner of an older QueueCTL",
            remedy=message(
                "Call again when its running jobs have ended, or put them back and go on at once:"
                " queuectl worker stop --now"
            ),
        )


class OldWorkerAlive(StoreError):
    """A worker of 1.0 still works on the database that is to be upgraded."""

    def __init__(self, pid: int) -> None:
        super().__init__(
            "A worker of QueueCTL 1.0 is still running (PID: {pid}), so the queue was not upgraded",
            pid=pid,
            remedy=message("Stop it with the old program: python queuectl.py worker stop. Then call again."),
        )


class ReadOnly(StoreError):
    """The database or its folder can't be written to."""

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(
            "The queue in {folder} can't be written to ({detail})",
            folder=path.parent,
            detail=detail,
            remedy=message("Make the folder and its files writable for you, or choose another with --home."),
        )


class HomeGone(StoreError):
    """The database was removed, or another put in its place, under a program that works on it."""

    is_damage = True

    def __init__(self, folder: Path) -> None:
        super().__init__(
            "The queue in {folder} is gone: its database was removed or moved away",
            folder=folder,
            remedy=message(
                "Put it back, or restore it (queuectl restore). To begin afresh, remove its folder data as well."
            ),
        )


class Busy(StoreError):
    """Another process writes for longer than anyone should."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            "Another process holds the queue {path} and does not let go",
            path=path,
            remedy=message("Nothing was changed. Wait a moment and call again."),
        )


class DiskFull(StoreError):
    """There is no room for the change; nothing of it was kept."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            "The disk of {path} is full, and nothing was changed",
            path=path,
            remedy=message("Free some space and call again."),
        )
