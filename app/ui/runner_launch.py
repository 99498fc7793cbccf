"""Bringing a runner up, with the store at hand: whether that may be, and whether one is there already."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from app.domain.job import Millis
from app.launch import runner_command, start_runner
from app.locks import ProcessLock
from app.messages import message
from app.paths import Home
from app.store.runner_state import RunnerState
from app.store.runner_store import Ask
from app.store.store import Store
from app.ui.runner_errors import ProgramGone, RunnerNotStarted


class Launch(Struct, frozen=True):
    """A process that was started, and when.

    Attributes:
        process: None where a runner lived already.
        before: when the runner before it had begun. One that has taken its lock says a moment later that it begins, and
            until then the row tells of the one before.
    """

    home: Home
    at: Millis
    process: subprocess.Popen[bytes] | None
    before: Millis | None = None


def want(store: Store) -> bool:
    """Record that a runner is wanted; that may always be."""
    store.runner.want(True)
    return True


def want_if_chosen(store: Store) -> bool:
    """Record that a runner is wanted, where option ``start-runner`` says so; return whether it does."""
    return bool(store.options.values()["start-runner"]) and want(store)


def is_wanted(store: Store) -> bool:
    """Whether nobody has said stop, and there still is a queue to work on."""
    return store.home.database.exists() and store.runner.row().wanted == "running"


def start_in(
    may: Callable[[Store], bool],
    slots: int | None,
    environ: Mapping[str, str],
    coming: subprocess.Popen[bytes] | None,
    store: Store,
) -> Launch | None:
    """Start a runner where that may be and none is there; None where it may not.

    Args:
        may: whether it may be.
        slots: how many workers it begins with; None for option ``workers``.
        environ: what it inherits.
        coming: the last one that was started, which may not have taken its lock yet; then it is the one.
        store: connected on this thread.

    Raises:
        KnownError: the home can't be used: the runner would end at once, and perhaps could not log why.
        ProgramGone: the program is not there any more.
        RunnerNotStarted: the system refuses.
    """
    if not may(store):
        return None
    at = round(time.time() * 1000)
    if ProcessLock(store.home.runner_lock).is_held():
        is_asked_to_leave = any(asked.verb is Ask.DRAIN for asked in store.runner.open_asks())
        if is_asked_to_leave or store.runner.row().state is RunnerState.DRAINING:
            store.runner.ask(Ask.GO_ON)  # one that can't any more leaves, and is followed by another
        return Launch(store.home, at, None)
    before = store.runner.row().started_at
    if coming is not None and coming.poll() is None:
        return Launch(store.home, at, coming, before)
    store.home.make()
    try:
        return Launch(store.home, at, start_runner(store.home, slots, environ), before)
    except OSError as error:
        program, *_ = runner_command(store.home, slots, frozen=bool(getattr(sys, "frozen", False)))
        if not Path(program).exists():
            raise ProgramGone(program) from error
        what = message("can't be started: {reason}", reason=error.strerror or str(error))
        raise RunnerNotStarted(store.home, what, None) from error
