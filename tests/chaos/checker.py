"""The history checker: nothing lost, nothing twice at once, each run ended once, each transition legal, counts equal.

A queue has said what it did in rows, runs, events, counters and outputs; its jobs have told the witness what they did;
and whoever attacks knows what was brought. All three must tell the same story.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from pathlib import Path

import apsw

from app.domain.outcome import Word
from app.paths import Home
from app.store.outputs import Outputs
from tests.chaos.history import Deeds, History, Life, Whole, opened
from tests.chaos.lives import check_end, check_past, check_words
from tests.chaos.violations import Kind, Violation
from tests.chaos.witness import Witness

MOST = 50
"""So many violations are told; where something is wrong at all, it often is wrong with every job."""


def check_rows(database: Path) -> list[Violation]:
    """Return what is wrong with the rows alone, which holds at any moment: also right after a kill, also in a copy."""

    def look(history: History) -> Iterator[Violation]:
        yield from check_whole(history.whole())
        yield from _check_tokens(history)
        for life in history.lives({}):
            yield from check_past(life)

    return _found(database, look)


def check_settled(home: Home, witness: Witness, deeds: Deeds, *, outputs: bool = True) -> list[Violation]:
    """Return what is wrong once nothing is left to do: everything is looked at.

    Args:
        home: the queue's.
        witness: to which its jobs spoke.
        deeds: what was done to it.
        outputs: whether nothing has deleted output files, so that they are looked at too.
    """
    files = Outputs(home.outputs)

    def look(history: History) -> Iterator[Violation]:
        whole = history.whole()
        yield from check_whole(whole)
        yield from _check_tokens(history)
        ids = set()
        for life in history.lives(witness.by_id()):
            ids.add(life.job.id)
            yield from check_past(life)
            yield from check_words(life)
            yield from check_end(life, deeds.ends.get(life.job.id))
            if outputs:
                yield from check_outputs(life, files)
        yield from check_calls(ids, deeds, whole)

    return _found(home.database, look)


def check_whole(whole: Whole) -> Iterator[Violation]:
    """What is wrong with the database, its counters and the order of its runners."""
    for line in whole.damage:
        yield Violation(Kind.DAMAGED, line)
    if whole.counters != whole.counted:
        yield Violation(Kind.MISCOUNTED, f"the counters say {whole.counters}, the rows {whole.counted}")
    if whole.last_seq != whole.highest_seq:
        yield Violation(Kind.MISNUMBERED, f"the last seq is {whole.last_seq}, the highest {whole.highest_seq}")
    for (_, before), (event, after) in pairwise(whole.claims):
        if before is not None and after is not None and after < before:
            yield Violation(Kind.TWO_RUNNERS, f"event {event}: session {before} was over, and {after} claimed")


def check_calls(ids: set[str], deeds: Deeds, whole: Whole) -> Iterator[Violation]:
    """What is wrong with what calls brought: each is in, or not at all, as it said."""
    calls_in = 0
    for call in deeds.calls:
        missing = [id for id in call.ids if id not in ids]
        calls_in += len(missing) < len(call.ids)
        if call.is_in is True and missing:
            yield Violation(Kind.LOST, f"{missing[:5]} of a call that said they are in")
        elif missing and len(missing) < len(call.ids):
            yield Violation(Kind.HALF_IN, f"{missing[:5]} are not in, {len(call.ids) - len(missing)} of their call are")
        elif call.is_in is False and not missing:
            yield Violation(Kind.REFUSED_IN, f"{call.ids[:5]}")
    lost = deeds.upgraded - ids
    if lost:
        yield Violation(Kind.LOST, f"{sorted(lost)[:5]} in the upgrade from 1.0")
    unknown = ids.difference(deeds.upgraded, *(call.ids for call in deeds.calls))
    if unknown:
        yield Violation(Kind.UNKNOWN, f"{sorted(unknown)[:5]}")
    if whole.arrivals != calls_in:
        yield Violation(Kind.MISNUMBERED, f"{whole.arrivals} arrivals, and {calls_in} calls that brought something")


def check_outputs(life: Life, outputs: Outputs) -> Iterator[Violation]:
    """What is wrong with the output files of runs that ended well."""
    for run in life.runs:
        if run.outcome == Word.SUCCEEDED and run.token and run.output_bytes is not None:
            path = outputs.path(life.job.seq, run.run)
            size = path.stat().st_size if path.exists() else 0
            if size != run.output_bytes:
                yield Violation(Kind.WRONG_OUTPUT, f"{life.job.id}, run {run.run}: {size} bytes of {run.output_bytes}")


def _check_tokens(history: History) -> Iterator[Violation]:
    twice = history.rows("SELECT token, count(*) FROM run WHERE token <> '' GROUP BY token HAVING count(*) > 1")
    for token, count in twice:
        yield Violation(Kind.SAME_TOKEN, f"{count} runs have {token}")


def _found(database: Path, look: Callable[[History], Iterator[Violation]]) -> list[Violation]:
    """Return what a look finds, and of very much the first."""
    try:
        with opened(database) as history:
            return list(islice(look(history), MOST))
    except apsw.Error as error:
        return [Violation(Kind.DAMAGED, f"{database.name} can't be read: {error}")]
