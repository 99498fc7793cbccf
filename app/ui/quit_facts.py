"""What decides how the program leaves, read from the store."""

from __future__ import annotations

from msgspec import Struct

from app.desktop.runner_process import stands_alone
from app.domain.job import State
from app.store.store import Store
from app.ui.looks import RunnerLook, runner_look


class QuitFacts(Struct, frozen=True):
    """What quitting would end: nothing of a runner that is ``worker run`` in somebody's terminal.

    Attributes:
        runner: as it is now.
        running: how many jobs it runs; 0 where none lives.
        leaves_along: whether it leaves together with the window when it is idle.
    """

    runner: RunnerLook
    running: int
    leaves_along: bool


def quit_facts(store: Store) -> QuitFacts:
    """Look at what quitting would end."""
    runner = runner_look(store)
    if not runner.lives or runner.pid is None or not stands_alone(runner.pid):
        return QuitFacts(runner, 0, leaves_along=False)
    running = store.reads.counts()[State.PROCESSING]
    return QuitFacts(runner, running, leaves_along=bool(store.options.values()["start-runner"]))


def closes_to_tray(store: Store) -> bool:
    """Whether closing the window is to keep the program, where there is a tray."""
    return bool(store.options.values()["close-to-tray"])
