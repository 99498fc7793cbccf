"""Malformed documents by the million: good ones whose bytes were damaged, fed to all that takes in foreign texts."""

from __future__ import annotations

import json
from collections import Counter
from random import Random

from tests.chaos.attack import Attack, Place, Result, rounds_of
from tests.chaos.fuzz_targets import TARGETS, feed
from tests.domain.test_job_file_malformed import FORMS, damaged, document, encode, good_job

DOCUMENTS_A_ROUND = 10_000
_STOOD = {"state": "dead", "attempts": 2, "waited": 7, "created_at": "2026-01-31T12:00:00.000Z"}
_VALUES = ("16M", " 2 h", "1.5G", "on", "below-normal", "31536000", "0.25", "30d", "system")


def run(rounds: int, seed: int, place: Place) -> Result:
    """Feed each round's documents, and keep the first that breaks something."""
    counts: Counter[str] = Counter()
    for number, chance in rounds_of(rounds, seed):
        for _ in range(DOCUMENTS_A_ROUND):
            name = chance.choice(list(TARGETS))
            data = damaged(chance, good(chance, name))
            try:
                error = feed(name, data)
            except Exception as bug:  # noqa: BLE001  which it is to find
                kept = place.folder / f"{name}.bin"
                kept.write_bytes(data)
                return Result(counts, [f"round {number}: {name} raised {bug!r} for {kept.name}"])
            counts["documents"] += 1
            counts["refused" if error is not None else "still good"] += 1
    return Result(counts)


def good(chance: Random, name: str) -> bytes:
    """A text that the target takes."""
    if name == "option":
        return chance.choice(_VALUES).encode()
    jobs = [good_job(chance) for _ in range(chance.randint(1, 3))]
    if name == "edit_document":
        return json.dumps(jobs[0]).encode()
    form = "lines" if name == "saved" else chance.choice(list(FORMS))
    if name == "saved":
        jobs = [
            {**job, "state": "dead", "attempts": 2, "waited": 7, "created_at": "2026-01-31T12:00:00.000Z"}
            for job in jobs
        ]
    text = document(form, [json.dumps(job, ensure_ascii=chance.random() < 0.5) for job in jobs])
    return text.encode() if name == "pasted" else encode(chance, text)


ATTACK = Attack(
    "documents",
    "malformed documents: each is refused in words, or still good; nothing else is raised",
    run,
    rounds=2,
    campaign=100,
    a_round=f"{DOCUMENTS_A_ROUND:,} documents",
    lacks=dict.fromkeys(("built", "wine", "wine-built"), "functions of the program are called"),
)
