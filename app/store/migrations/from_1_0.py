"""Bringing a 1.0 database into the first schema: every job, in its order, with nothing clamped in silence."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from operator import itemgetter
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

_NEEDED = {"id", "command", "state"}
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
        noted = json.loads((data / "workers.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
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
    for seq, row in enumerate(rows, start=1):
        if not row["id"]:
            row["id"] = _free_name(f"job-{seq}", names)
            told.append(message("A job without an id is now called '{id}'.", id=row["id"]))
        _copy_job(connection, seq, row, now, folder, told)
    connection.execute("UPDATE queue SET last_seq = ?", (len(rows),))
    _copy_options(connection, told)
    connection.execute("DROP TABLE jobs")
    connection.execute("DROP TABLE IF EXISTS config")
    return [message("The queue of QueueCTL 1.0 was upgraded: {n} job(s) kept.", n=len(rows)), *told]


def _old_rows(connection: apsw.Connection, now: Millis) -> list[dict[str, Any]]:
    """Return the old rows, oldest first: 1.0 broke ties by created_at, and from now on seq does."""
    names = sorted(_columns(connection, "jobs"))
    quoted = ", ".join(f'"{name}"' for name in names)
    rows: list[dict[str, Any]] = [
        dict(zip(names, values, strict=True))
        for values in connection.execute(f"SELECT {quoted} FROM jobs ORDER BY rowid").fetchall()
    ]
    for row in rows:
        row["id"] = _text(row["id"])
        row["created"] = _moment(row.get("created_at")) or now
    return sorted(rows, key=itemgetter("created"))


def _copy_job(
    connection: apsw.Connection,
    seq: int,
    row: dict[str, Any],
    now: Millis,
    folder: str,
    told: list[Message],
) -> None:
    state, cause, error = _state(row, told)
    updated = _moment(row.get("updated_at")) or row["created"]
    attempts = max(0, _whole(row.get("attempts"), 0))
    waited = _whole(row.get("waiting_time"), 0)
    priority = _whole(row.get("priority"), 5)
    took = round(_number(row.get("execution_time"), 0.0) * 1000)
    waits = state in (State.PENDING, State.FAILED)
    ready = ready_arrival(_ARRIVALS, waited) if waits else None
    retry_at = (_moment(row.get("next_retry_at")) or now) if state is State.FAILED else None
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
        return State(str(row["state"])), Cause.UPGRADED, error
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
    for key, value in connection.execute("SELECT key, value FROM config").fetchall():
        if (str(key), str(value)) in _NEVER_CHOSEN:
            continue
        option = OPTIONS.get(str(key))
        try:
            if option is not None:
                parse(option, str(value))
                connection.execute("INSERT INTO option (key, value) VALUES (?, ?)", (option.key, str(value)))
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
    """Yield every number under the name pid, however 1.0 nested it."""
    if isinstance(noted, dict):
        for key, value in noted.items():
            if key == "pid" and isinstance(value, int):
                yield value
            yield from _pids(value)
    elif isinstance(noted, list):
        for item in noted:
            yield from _pids(item)


def _text(value: Any) -> str:
    """Return a value of any storage class as text without NULs; "" for NULL."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return str(value).replace("\x00", "")


def _whole(value: Any, default: int) -> int:
    number = _number(value, float(default))
    return int(number) if abs(number) < 2**53 else default


def _number(value: Any, default: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return default
    return default if math.isnan(number) else number


def _moment(value: Any) -> Millis | None:
    """Return a 1.0 time, which is UTC without a zone; None where it can't be read."""
    try:
        moment = datetime.fromisoformat(_text(value))
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        return max(0, round(moment.timestamp() * 1000))
    except (ValueError, OverflowError):
        return None
