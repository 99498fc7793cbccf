"""Putting back what a dead runner left: first its processes are ended, then its jobs wait again. No Qt here."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import psutil

from app.engine.process_tree import ProcessTrees, StillAliveError, Tree, end_now
from app.store.option_store import policy
from app.store.store import Store
from app.store.work import OpenRun

_log = logging.getLogger(__name__)


def boot_name() -> str:
    """Return a name for the present start of the computer, the same until it is started anew."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        # told in seconds that move with each correction of the clock
        return f"boot-{round(psutil.boot_time(), -2):.0f}"


def tree_of(run: OpenRun) -> Tree:
    """Return what a run that lost its runner may have started."""
    if sys.platform == "linux" and run.boot is not None and run.boot != boot_name():
        return Tree(run.token, None, None)  # both were counted since another boot
    return Tree(run.token, run.pid, run.pid_created)


def rescue(store: Store, trees: ProcessTrees, patience: float = 10.0) -> list[OpenRun]:
    """End what runs of a dead runner left alive, and put their jobs back; return those that could not be ended.

    The caller holds the runner lock, so every processing job was interrupted. A job whose processes can't be ended
    stays processing: two runs of one job at a time would be worse.

    Args:
        store: connected on this thread.
        trees: ends processes.
        patience: seconds to wait for the end of what was killed.
    """
    runs = store.work.open_runs()
    if not runs:
        return []
    by_tree = {tree_of(run): run for run in runs if run.token}
    found, alive = _end(trees, by_tree, patience)
    left = {by_tree[tree].seq: f"{count} process(es) ended" for tree, count in found.items() if count}
    put_back(store, [run for run in runs if run.seq not in alive], left)
    return [run for run in runs if run.seq in alive]


def put_back(store: Store, runs: list[OpenRun], left: dict[int, str]) -> None:
    """Let the jobs of these runs wait again: nothing of theirs lives any more.

    Args:
        store: connected on this thread.
        runs: of a dead runner.
        left: by seq, what was found running and was ended.
    """
    now = policy(store.options.values(), 0.0)
    for ended in store.work.rescue(runs, boot_name(), now, left, store.outputs.kept_bytes):
        state = "gone" if ended.transition is None else ended.transition.state
        _log.warning("job %s, run %s, lost its runner and is %s now", ended.end.seq, ended.end.run, state)


def _end(trees: ProcessTrees, by_tree: dict[Tree, OpenRun], patience: float) -> tuple[dict[Tree, int], set[int]]:
    """Return how many processes were ended for each tree, and the seqs of jobs that still have some."""
    try:
        return end_now(trees, by_tree, patience=patience), set()
    except StillAliveError as error:
        _log.error("left by a dead runner: %s", error)
        return {}, {by_tree[tree].seq for tree in error.left}
