"""All attacks, in the order in which a campaign carries them out. A new one is added here."""

from __future__ import annotations

from tests.chaos import claims, kill_points, kills

ATTACKS = {attack.name: attack for attack in (claims.ATTACK, kills.ATTACK, kill_points.ATTACK)}
