"""All attacks, in the order in which a campaign carries them out. A new one is added here."""

from __future__ import annotations

from tests.chaos import (
    claims,
    fuzz_coverage,
    fuzz_documents,
    kill_points,
    kills,
    soak,
    starts,
    stopped,
)

_ALL = (soak, claims, kills, kill_points, stopped, starts, fuzz_documents, fuzz_coverage)

ATTACKS = {module.ATTACK.name: module.ATTACK for module in _ALL}
