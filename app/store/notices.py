"""What a person was told, kept so that it can be read later: the newest notices of one queue.

They are only ever added at the end and dropped from the beginning, so their numbers have no gaps; and what is looked at
is everything up to a number. After a clear the numbers begin again: a notice is known by its number and its moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec
from msgspec import Struct

from app.domain.job import Millis
from app.messages import Message
from app.store.database import Database, Row

MOST: Final = 1000
"""So many are kept, the newest."""

COLUMNS: Final = "notice, at, kind, seq, template, args, seen"

NEWEST: Final = f"SELECT {COLUMNS} FROM notice ORDER BY notice DESC LIMIT ?"
UNSEEN: Final = (
    "SELECT count(*) FROM notice WHERE notice >"
    " coalesce((SELECT notice FROM notice WHERE seen = 1 ORDER BY notice DESC LIMIT 1), 0)"
)


class NoticeKind(StrEnum):
    """What a notice tells of: dead jobs, a queue that is done or was brought back, a failed runner, what was let go."""

    DIED = "died"
    DONE = "done"
    RUNNER = "runner"
    RECOVERED = "recovered"
    KEPT = "kept"


class Notice(Struct, frozen=True, kw_only=True):
    """Something that a person was told.

    Attributes:
        number: its place among all.
        at: when it was told.
        kind: what of.
        seq: the one job that it tells of, if it does; that job may be gone.
        words: its title, and after a line end what else there is to say.
        seen: whether a person has looked at it.
    """

    number: int
    at: Millis
    kind: NoticeKind
    seq: int | None
    words: Message
    seen: bool

    def is_same(self, other: Notice) -> bool:
        """Whether both are one notice, perhaps looked at meanwhile."""
        return (self.number, self.at) == (other.number, other.at)


class NoticeStore:
    """The notices of one database."""

    def __init__(self, database: Database, clock: Callable[[], Millis]) -> None:
        self._database = database
        self._clock = clock

    def add(self, kind: NoticeKind, words: Message, seq: int | None = None) -> Notice:
        """Keep a notice, in place of the oldest where there are MOST.

        Args:
            kind: what it tells of.
            words: its title, and after a line end the rest.
            seq: the one job that it tells of.
        """
        now = self._clock()
        with self._database.writing():
            number = add_notice(self._database.run, now, kind, words, seq)
        return Notice(number=number, at=now, kind=kind, seq=seq, words=words, seen=False)

    def newest(self, limit: int) -> list[Notice]:
        """Return the newest ones, the newest first."""
        return [_from_row(row) for row in self._database.run(NEWEST, (limit,))]

    def count(self) -> int:
        """Return how many there are."""
        return int(self._database.run("SELECT count(*) FROM notice")[0][0])

    def unseen(self) -> int:
        """Return how many nobody has looked at yet; it costs as much as there are of those."""
        return int(self._database.run(UNSEEN)[0][0])

    def mark_seen(self, up_to: int) -> int:
        """Note that a person has looked at all up to this number; return how many were new."""
        with self._database.writing():
            self._database.run("UPDATE notice SET seen = 1 WHERE notice <= ? AND seen = 0", (up_to,))
            return self._database.changes()

    def clear(self, up_to: int) -> int:
        """Forget all up to this number; return how many that were."""
        with self._database.writing():
            self._database.run("DELETE FROM notice WHERE notice <= ?", (up_to,))
            return self._database.changes()


def add_notice(
    run: Callable[[str, tuple[Any, ...]], Iterable[Row]],
    now: Millis,
    kind: NoticeKind,
    words: Message,
    seq: int | None = None,
) -> int:
    """Keep a notice, in a transaction of the caller's; return its number.

    Args:
        run: executes a statement with values and gives its rows.
        now: when it was told.
        kind: what it tells of.
        words: its title, and after a line end the rest.
        seq: the one job that it tells of.
    """
    ((number,),) = run(
        "INSERT INTO notice (at, kind, seq, template, args) VALUES (?, ?, ?, ?, ?) RETURNING notice",
        (now, kind, seq, words.template, msgspec.json.encode(_plain(words.args)).decode()),
    )
    run("DELETE FROM notice WHERE notice <= ?", (number - MOST,))
    return int(number)


def _from_row(row: Row) -> Notice:
    number, at, kind, seq, template, args, seen = row
    return Notice(
        number=number,
        at=at,
        kind=NoticeKind(kind),
        seq=seq,
        words=Message(template, _read(msgspec.json.decode(args, type=dict[str, Any]))),
        seen=bool(seen),
    )


def _plain(args: Mapping[str, object]) -> dict[str, Any]:
    """Return a message's values as JSON has them; a message among them is an object, all else that JSON lacks text."""
    return {name: _plain_value(value) for name, value in args.items()}


def _plain_value(value: object) -> object:
    if isinstance(value, Message):
        return {"template": value.template, "args": _plain(value.args)}
    if value is None or isinstance(value, int | float):
        return value
    return str(value).encode(errors="backslashreplace").decode()  # a path can hold what is no character


def _read(args: Mapping[str, Any]) -> dict[str, object]:
    return {
        name: Message(value["template"], _read(value["args"])) if isinstance(value, dict) else value
        for name, value in args.items()
    }
