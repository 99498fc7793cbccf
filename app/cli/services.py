"""What the command line is handed: all that it may not import, and the facts about this start."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct, field

from app.cli.waiting import Waiting

if TYPE_CHECKING:
    from app.domain.reports import HostEnd, HostWish
    from app.paths import Home
    from app.store.store import Store


class Services(Struct, frozen=True):
    """What bootstrap hands in.

    Attributes:
        open_store: opens a home's store, made or upgraded where need be; tells about an upgrade on stderr.
        host_pool: is the runner of a home in this process until it ends; raises RunnerAlive where one lives.
        process_lives: whether the process with this pid and time of creation (None: unknown) lives.
        rescue: ends what a dead runner left and puts its jobs back; the caller holds the runner lock.
        environ: the environment.
        executable: the running program.
        frozen: whether this is the built program.
        waiting: how to wait; tests pass time.
    """

    open_store: Callable[[Home], Store]
    host_pool: Callable[[Home, HostWish], HostEnd]
    rescue: Callable[[Store], None]
    process_lives: Callable[[int, float | None], bool]
    environ: Mapping[str, str]
    executable: str
    frozen: bool
    waiting: Waiting = field(default_factory=Waiting)


class Call(Struct, frozen=True):
    """One call of the command line: the services, and the home it is about."""

    services: Services
    home: Home

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Open the home's store and connect this thread to it for the length of a block.

        Raises:
            KnownError: the home can't be used.
        """
        store = self.services.open_store(self.home)
        with store.connected():
            yield store
