"""How long a failed job waits for its next try."""

from __future__ import annotations

import math


def delay(base: float, attempts: int, maximum: float, jitter: float = 0.0, chance: float = 0.0) -> float:
    """Return the wait in seconds after a failure: ``base ** attempts``, at most ``maximum``.

    No input overflows: the power is taken only where its logarithm says that it stays below the maximum
    (1.0 overflowed the date with base 10 at the 13th failure).

    Args:
        base: 0 or more; a negative one, which 1.0 let in, counts as 0.
        attempts: failures so far, this one included; 1 or more.
        maximum: seconds; the longest wait.
        jitter: 0-1, the part of the wait that chance may take away, so that jobs which failed together
            do not come back together.
        chance: a random number in [0, 1).
    """
    base = max(base, 0.0)
    if base > 1 and attempts * math.log(base) >= math.log(max(maximum, 1)):
        wait = maximum
    else:
        wait = min(base**attempts, maximum)
    return float(wait * (1 - jitter * chance))
