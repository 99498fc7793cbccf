"""Bringing a 1.0 database into the first schema: every job, in its order, with nothing clamped in silence."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw

from app.domain.ageing import rank, ready_arrival
from app.domain.job import Millis, State
from app.domain.lifecycle import Cause
from app.domain.outcome import Word, error_key
from app.messages import Message, message
from app.settings import OPTIONS, BadOptionValue, parse
from app.store.errors import OldWorkerAlive

_NEEDED = {"id", "command", "state", "attempts", "max_retries", "timeout", "backoff_base", "priority", "created_at"}
_NEVER_CHOSEN = {("max-retries", "5"), ("backoff-base", "3")}
"""Rows that 1.0 wrote by itself and never read."""

_ARRIVALS = 0


def is_1_0(connection: apsw.Connection) -> bool:
    """Whether an open database is one of 1.0."""
    return _columns(connection, "jobs") >= _NEEDED


def refuse_living_workers(data: Path, is_old_worker: Callable[[int], bool]) -> None:
    """Refuse the upgrade while a worker of 1.0 works on the queue.

    Args:
        data: the folder of the database, where 1.0 kept workers.json.
        is_old_worker: whether a living process with this pid is a worker of 1.0.

    Raises:
        OldWorkerAlive: one is.
    """
    try:
        noted = json.loads((data / "workers.json").read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return
    for pid in _pids(noted):
        if is_old_worker(pid):
            raise OldWorkerAlive(pid)


def copy_jobs(connection: apsw.Connection, now: Millis, folder: str) -> list[Message]:
    """Copy 1.0's jobs and options into the new tables and drop the old ones, inside the caller's transaction.

    Args:
        connection: in a transaction; the new tables stand and are empty.
        now: for times that can't be read, and as the moment of the upgrade.
        folder: where the jobs run from now on; 1.0 ran them where its worker happened to stand.

    Returns:
        What was done, for the person.
    """
    told: list[Message] = []
    rows = _old_rows(connection, now)
    names = {row["id"] for row in rows if row["id"]}
    taken: set[str] = set()
    for seq, row in enumerate(rows, start=1):
        id = row["id"]
        if not id:
            row["id"] = _free_name(f"job-{seq}", names)
            told.append(message("A job without an id is now called '{id}'.", id=row["id"]))
        elif id in taken:  # they differed in a NUL, or one was a blob
            row["id"] = _free_name(id, names)
            told.append(message("A second job with the id '{old}' is now called '{id}'.", old=id, id=row["id"]))
        taken.add(row["id"])
        _copy_job(connection, seq, row, now, folder, told)
    connection.execute("UPDATE queue SET last_seq = ?", (len(rows),))
    _copy_options(connection, told)
    connection.execute("DROP TABLE jobs")
    connection.execute("DROP TABLE IF EXISTS config")
    return [message("The queue of QueueCTL 1.0 was upgraded: {n} job(s) kept.", n=len(rows)), *told]


def _old_rows(connection: apsw.Connection, now: Millis) -> list[dict[str, Any]]:
    """Return the old rows in the order in which 1.0 broke ties, by its created_at; from now on seq does."""
    order = "created_at, rowid" if "created_at" in _columns(connection, "jobs") else "rowid"
    rows = _read(connection, "jobs", order)
    for row in rows:
        row["id"], row["state"] = _text(row["id"]), _text(row["state"])
        row["created"] = _moment(row.get("created_at"))
        row["created"] = now if row["created"] is None else row["created"]
    return rows


def _read(connection: apsw.Connection, table: str, order: str) -> list[dict[str, Any]]:
    """Return the rows of a table by column; text that is no UTF-8 comes as bytes, and so do its whole table's texts."""
    names = sorted(_columns(connection, table))
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    raw = [f"CASE typeof({name}) WHEN 'text' THEN CAST({name} AS BLOB) ELSE {name} END" for name in quoted]
    try:
        values = connection.execute(f"SELECT {', '.join(quoted)} FROM {table} ORDER BY {order}").fetchall()
    except UnicodeDecodeError:
        values = connection.execute(f"SELECT {', '.join(raw)} FROM {table} ORDER BY {order}").fetchall()
    return [dict(zip(names, row, strict=True)) for row in values]


def _copy_job(
    connection: apsw.Connection,
    seq: int,
    row: dict[str, Any],
    now: Millis,
    folder: str,
    told: list[Message],
) -> None:
    state, cause, error = _state(row, told)
    updated = _moment(row.get("updated_at"))
    updated = row["created"] if updated is None else updated
    attempts = max(0, _whole(row.get("attempts"), 0))
    waited = _whole(_counted(row.get("waiting_time")), 0)
    priority = _whole(_counted(row.get("priority")), 5)
    took = round(min(max(0.0, _number(row.get("execution_time"), 0.0)), updated / 1000) * 1000)
    waits = state in (State.PENDING, State.FAILED)
    ready = ready_arrival(_ARRIVALS, waited) if waits else None
    retry_at = _moment(row.get("next_retry_at"))
    retry_at = None if state is not State.FAILED else now if retry_at is None else retry_at
    values = {
        "seq": seq,
        "id": row["id"],
        "command": _text(row["command"]) or "",
        "cwd": folder,
        "timeout": _number(row.get("timeout"), 20.0),
        "max_retries": _whole(row.get("max_retries"), 3),
        "backoff_base": _number(row.get("backoff_base"), 2.0),
        "priority": priority,
        "state": state,
        "attempts": attempts,
        "run": attempts,
        "claimable": int(state is State.PENDING),
        "ready_arrival": ready,
        "waited": waited,
        "rank": None if ready is None else rank(priority, ready),
        "next_retry_at": retry_at,
        "retry_delay": None if retry_at is None else max(0, retry_at - min(updated, now)),
        "error": error,
        "error_key": None if error is None else error_key(error),
        "created_at": row["created"],
        "updated_at": updated,
        "started_at": None if waits else updated - took,
        "finished_at": None if waits else updated,
    }
    _tell_changes(row, {**values, "waiting_time": waited}, told)
    places = ", ".join("?" * len(values))
    connection.execute(
        f"INSERT INTO job ({', '.join(values)}) VALUES ({places})",
        tuple(values.values()),
    )
    connection.execute(
        "INSERT INTO event (seq, run, from_state, to_state, cause, at) VALUES (?, ?, NULL, ?, ?, ?)",
        (seq, attempts, state, cause, now),
    )
    output = _text(row.get("output"))
    if output or took:
        connection.execute(
            "INSERT INTO run (seq, run, token, claimed_at, started_at, finished_at, outcome, reason, tail)"
            " VALUES (?, ?, '', ?, ?, ?, ?, ?, ?)",
            (seq, attempts, updated - took, updated - took, updated, _word(state), error, output),
        )


def _tell_changes(row: dict[str, Any], new: dict[str, Any], told: list[Message]) -> None:
    """Say which numbers 2.0 could not take over as they were, and which time of creation could not be read."""
    told += [
        message(
            "Job '{id}': {field} was '{old}', and is {new} now.",
            id=row["id"],
            field=name,
            old="" if row[name] is None else row[name],
            new=f"{new[name]:g}",
        )
        for name in ("priority", "waiting_time", "attempts", "max_retries", "timeout", "backoff_base")
        if name in row and row[name] != new[name]
    ]
    if "created_at" in row and _moment(row["created_at"]) is None:
        told.append(
            message(
                "Job '{id}': its time of creation '{old}' can't be read; its place among the others stays.",
                id=row["id"],
                old=_text(row["created_at"]),
            )
        )


def _state(row: dict[str, Any], told: list[Message]) -> tuple[State, Cause, str | None]:
    """Return the job's new state, why, and its error."""
    error = _text(row.get("error_message")) or None
    if not _text(row["command"]):
        told.append(message("Job '{id}' had no command; it is in the dead letter queue.", id=row["id"]))
        return State.DEAD, Cause.UPGRADED, error or "It had no command in 1.0"
    if row["state"] == State.PROCESSING:
        told.append(message("Job '{id}' was left processing by 1.0; it is pending again.", id=row["id"]))
        return State.PENDING, Cause.INTERRUPTED, error
    try:
        return State(row["state"]), Cause.UPGRADED, error
    except ValueError:
        told.append(
            message(
                "Job '{id}' had the unknown state '{state}'; it is in the dead letter queue.",
                id=row["id"],
                state=row["state"],
            )
        )
        return State.DEAD, Cause.UPGRADED, error or f"Unknown state '{row['state']}' in 1.0"


def _word(state: State) -> Word:
    return Word.SUCCEEDED if state is State.COMPLETED else Word.FAILED


def _copy_options(connection: apsw.Connection, told: list[Message]) -> None:
    if _columns(connection, "config") < {"key", "value"}:
        return
    for row in _read(connection, "config", "key"):
        key, value = _text(row["key"]), _text(row["value"])
        if (key, value) in _NEVER_CHOSEN:
            continue
        option = OPTIONS.get(key)
        try:
            if option is not None:
                parse(option, value)
                connection.execute("INSERT OR REPLACE INTO option (key, value) VALUES (?, ?)", (option.key, value))
                continue
        except BadOptionValue as error:
            told.append(error.message)
        told.append(message("The setting {key} = {value} was left out.", key=key, value=value))


def _columns(connection: apsw.Connection, table: str) -> set[str]:
    return {str(name) for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,)).fetchall()}


def _free_name(name: str, taken: set[str]) -> str:
    free, n = name, 2
    while free in taken:
        free, n = f"{name}-{n}", n + 1
    taken.add(free)
    return free


def _pids(noted: Any) -> Iterator[int]:
    """Yield every number that can be a pid, wherever it stands: which of them is a worker, its process tells."""
    if isinstance(noted, dict):
        noted = [*noted.keys(), *noted.values()]
    if isinstance(noted, list):
        for item in noted:
            yield from _pids(item)
    elif not isinstance(noted, bool) and re.fullmatch(r"[1-9]\d{0,9}", str(noted), re.ASCII):
        yield int(noted)


def _text(value: Any) -> str:
    """Return a value of any storage class as text without NULs; "" for NULL."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return str(value).replace("\x00", "")


def _counted(value: Any) -> Any:
    """Return a number as SQLite counted with it in 1.0's order: a text is the number that it begins with, else 0."""
    if not isinstance(value, str | bytes):
        return value
    match = re.match(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", _text(value), re.ASCII | re.IGNORECASE)
    return float(match[0]) if match else 0.0


def _whole(value: Any, default: int) -> int:
    number = _number(value, float(default))
    return int(number) if abs(number) < 2**53 else default


def _number(value: Any, default: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return default
    return number if math.isfinite(number) else default


def _moment(value: Any) -> Millis | None:
    """Return a 1.0 time, which is UTC without a zone; None where it can't be read."""
    try:
        moment = datetime.fromisoformat(_text(value))
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        return max(0, round(moment.timestamp() * 1000))
    except (ValueError, OverflowError):
        return None
