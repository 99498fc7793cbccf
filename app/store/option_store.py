"""The options as they are stored: text under a key; what was never set is its default."""

from __future__ import annotations

from app.domain.job import Defaults
from app.domain.lifecycle import Policy
from app.settings import OPTIONS, BadOptionValue, Option, Value, find, normal, parse
from app.store.database import Database, Row
from app.store.tables import OPTION

_ALL = "SELECT key, value FROM option ORDER BY key"


class OptionStore:
    """Reads and sets options of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: tuple[tuple[Row, ...], dict[str, Value]] | None = None

    def text(self, key: str) -> str:
        """Return an option's text as it was set, or its default.

        Raises:
            UnknownOption: no option has this key.
        """
        option = find(key)
        rows = self._database.query(OPTION.select(OPTION.c.value).where(OPTION.c.key == option.key).tuples())
        return str(rows[0][0]) if rows else option.default

    def set(self, key: str, text: str) -> None:
        """Store an option, in the form that its value usually has: 'on' for 'YES'.

        Raises:
            UnknownOption: no option has this key.
            BadOptionValue: the text is none of its values.
        """
        option = find(key)
        stored = normal(option, text)
        with self._database.writing():
            self._database.run(
                "INSERT INTO option (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (option.key, stored),
            )

    def set_keys(self) -> dict[str, str]:
        """Return what was set, by key."""
        return {
            str(key): str(value)
            for key, value in self._database.query(OPTION.select(OPTION.c.key, OPTION.c.value).tuples())
        }

    def unset(self, key: str) -> None:
        """Make an option its default again.

        Raises:
            UnknownOption: no option has this key.
        """
        option = find(key)
        with self._database.writing():
            self._database.run("DELETE FROM option WHERE key = ?", (option.key,))

    def values(self) -> dict[str, Value]:
        """Return every option's value.

        A stored text that means nothing (an older or newer program wrote it) counts as not set.
        """
        rows = tuple(self._database.run(_ALL))
        known = self._known
        if known is None or known[0] != rows:  # they are asked for in every turn, and hardly ever change
            stored = {str(key): str(value) for key, value in rows}
            known = self._known = (rows, {key: _value(option, stored.get(key)) for key, option in OPTIONS.items()})
        return known[1]

    def defaults(self) -> Defaults:
        """Return what a job gets where it says nothing."""
        values = self.values()
        return Defaults(
            timeout=float(values["timeout"]),
            max_retries=int(values["max-retries"]),
            backoff_base=float(values["backoff-base"]),
            priority=int(values["priority"]),
        )


def policy(values: dict[str, Value], chance: float) -> Policy:
    """Return what the options say about retries; ``chance`` is a random number in [0, 1)."""
    return Policy(
        backoff_max=float(values["backoff-max"]),
        backoff_jitter=float(values["backoff-jitter"]),
        chance=chance,
        interrupted_limit=int(values["interrupted-limit"]),
    )


def _value(option: Option, text: str | None) -> Value:
    if text is not None:
        try:
            return parse(option, text)
        except BadOptionValue:
            pass
    return parse(option, option.default)
