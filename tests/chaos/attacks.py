"""All attacks, in the order in which a campaign carries them out. A new one is added here."""

from __future__ import annotations

from tests.chaos import (
    claims,
    damage,
    fault_btrfs,
    fault_clock,
    fault_disk,
    fault_failed_disk,
    fault_gone,
    fault_lock,
    fault_output,
    fault_quota,
    fault_unwritable,
    fuzz_coverage,
    fuzz_documents,
    kill_points,
    kills,
    power_cuts,
    soak,
    starts,
    stopped,
)

_ALL = (
    *(soak, claims, kills, kill_points, stopped, starts, power_cuts, damage),
    *(
        fault_disk,
        fault_btrfs,
        fault_quota,
        fault_failed_disk,
        fault_clock,
        fault_lock,
        fault_unwritable,
        fault_gone,
        fault_output,
    ),
    *(fuzz_documents, fuzz_coverage),
)

ATTACKS = {module.ATTACK.name: module.ATTACK for module in _ALL}
