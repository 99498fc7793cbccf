"""How far the program has come on its way out."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final


class Stage(Enum):
    """How far it has come.

    HERE: nobody leaves. LOOKING: what runs is being read. ASKING: the question is open. WAITING: the runner was asked
    to leave, and the program follows. ENDING: likewise, but not for long. HELD: the runner is gone, and something typed
    holds the program. GONE: ``left`` was said.
    """

    HERE = auto()
    LOOKING = auto()
    ASKING = auto()
    WAITING = auto()
    ENDING = auto()
    HELD = auto()
    GONE = auto()


UNDECIDED: Final = frozenset({Stage.HERE, Stage.WAITING, Stage.HELD})
"""Stages in which nothing is being decided, so that closing and quitting may begin."""
