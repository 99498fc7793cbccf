"""All attacks, in the order in which a campaign carries them out. A new one is added here."""

from __future__ import annotations

from tests.chaos import claims, kill_points, kills, soak, starts, stopped

ATTACKS = {module.ATTACK.name: module.ATTACK for module in (soak, claims, kills, kill_points, stopped, starts)}
