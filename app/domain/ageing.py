"""Ageing without touching the rows that age.

1.0 added 1 to every waiting job at each enqueue, so an enqueue cost 117 ms among 100,000. Here one counter,
``arrivals``, counts the enqueue calls; a waiting job remembers at which count its own waiting began (as if it had
waited without a break), and the
difference is what it has waited. The order of any two waiting jobs never changes while they
wait, so ``rank`` can be stored and indexed.
"""

from __future__ import annotations


def ready_arrival(arrivals: int, waited: int) -> int:
    """Return the count at which a job that has waited ``waited`` calls by now began to wait."""
    return arrivals - waited


def waited(arrivals: int, ready: int) -> int:
    """Return how many enqueue calls a waiting job has waited through."""
    return arrivals - ready


def rank(priority: int, ready: int) -> int:
    """Return the number that waiting jobs are ordered by, highest first: effective priority less ``arrivals``."""
    return priority - ready
