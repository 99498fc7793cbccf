"""After a queue was brought back from an earlier state: what may have run since then does not run again by itself.

A run leaves its output file before its process is started. So a job of which there is a run that the queue does not
know has run since: it goes to the dead letters, where a person decides. And no number is ever used twice, of a job or a
run, or the outputs of the lost ones would be overwritten.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import apsw

from app.domain.job import Millis, State
from app.domain.lifecycle import Cause
from app.domain.outcome import error_key
from app.store.merging import BROUGHT
from app.store.salvage import Reading

LATER: Final = "temp.later"
"""(seq, run): that run has begun, as something else than this queue knows."""

_MOST_DIGITS: Final = 18
"""Of a number of ours: more do not fit into the database."""

_MAY_HAVE_RUN: Final = (
    "removed_at IS NULL AND state IN ('pending', 'failed', 'processing')"
    f" AND (state = 'processing' AND (NOT ? OR seq NOT IN (SELECT seq FROM {BROUGHT}))"
    f" OR EXISTS (SELECT 1 FROM {LATER} AS later WHERE later.seq = job.seq AND later.run > job.run)"
    " OR EXISTS (SELECT 1 FROM run WHERE run.seq = job.seq AND run.run > job.run))"
)


def note_outputs(target: apsw.Connection, outputs: Path) -> None:
    """Note which runs have begun, as the outputs tell."""
    target.execute(f"CREATE TABLE {LATER} (seq INTEGER, run INTEGER, PRIMARY KEY (seq, run))")
    target.executemany(f"INSERT OR REPLACE INTO {LATER} VALUES (?, ?)", _runs(outputs))


def note_known(target: apsw.Connection, reading: Reading) -> None:
    """Note which runs have begun, as the queue tells that is put aside."""
    for rows in reading.ranges("job", "seq", ["seq", "run"]):
        target.executemany(f"INSERT OR REPLACE INTO {LATER} VALUES (?, ?)", rows)


def settle(target: apsw.Connection, since: str, now: Millis, *, is_whole: bool) -> list[str]:
    """Let nothing run again that may have run already; return the ids of those jobs.

    Args:
        target: in a transaction; ``note_outputs`` was called, and there is a table of the jobs that were brought over.
        since: when the state was written that the others are in, for people; empty where it is not known.
        now: the moment.
        is_whole: whether the last that happened in the queue is known; else what it says is being run may have ended.
    """
    error = "It may have run already: the queue was brought back" + (f" as it was {since}" if since else "")
    rows = target.execute(
        f"SELECT seq, id, run, state FROM job WHERE {_MAY_HAVE_RUN} ORDER BY seq", (is_whole,)
    ).fetchall()
    for seq, _, run, state in rows:
        target.execute(
            "INSERT INTO event (seq, run, from_state, to_state, cause, at) VALUES (?, ?, ?, ?, ?, ?)",
            (seq, run, state, State.DEAD, Cause.BROUGHT_BACK, now),
        )
        target.execute(
            "UPDATE job SET state = 'dead', claimable = 0, expedited = 0, rank = NULL, next_retry_at = NULL,"
            " waited = CASE WHEN ready_arrival IS NULL THEN waited"
            " ELSE (SELECT arrivals FROM queue) - ready_arrival END,"
            " ready_arrival = NULL, retry_delay = NULL, cancel_requested = 0, error = ?, error_key = ?, seen = 0,"
            " finished_at = ?, updated_at = ? WHERE seq = ?",
            (error, error_key(error), now, now, seq),
        )
    _never_twice(target, now)
    return [str(id) for _, id, _, _ in rows]


def _never_twice(target: apsw.Connection, now: Millis) -> None:
    target.execute(f"UPDATE queue SET last_seq = max(last_seq, (SELECT coalesce(max(seq), 0) FROM {LATER}))")
    for runs in (LATER, "run"):
        highest = f"(SELECT max(begun.run) FROM {runs} AS begun WHERE begun.seq = job.seq)"
        target.execute(f"UPDATE job SET run = {highest} WHERE state <> 'processing' AND run < {highest}")
    # each run has an end: what is not being run any more was interrupted
    target.execute(
        "UPDATE run SET outcome = 'interrupted', finished_at = ?, reason = 'the queue was brought back'"
        " WHERE outcome IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM job WHERE job.seq = run.seq AND job.run = run.run AND job.state = 'processing')",
        (now,),
    )
    target.execute(
        "INSERT OR IGNORE INTO run (seq, run, token, claimed_at) SELECT seq, run, '', coalesce(started_at, updated_at)"
        " FROM job WHERE state = 'processing' AND NOT EXISTS"
        " (SELECT 1 FROM run WHERE run.seq = job.seq AND run.run = job.run AND run.outcome IS NULL)"
    )


def _runs(outputs: Path) -> Iterator[tuple[int, int]]:
    """Yield (seq, run) of each output; what has another name is none of ours."""
    try:
        folders = list(outputs.iterdir())
    except OSError:
        return
    for folder in folders:
        if not _is_number(folder.name):
            continue
        try:
            names = [file.stem for file in folder.iterdir() if file.suffix == ".log"]
        except OSError:
            continue
        yield from ((int(folder.name), int(name)) for name in names if _is_number(name))


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdecimal() and len(name) <= _MOST_DIGITS
