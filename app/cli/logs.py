"""``queuectl logs``: what a job wrote, whole, and while it goes on writing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Protocol

import click

from app.cli.arguments import id_argument
from app.cli.runner_link import RunnerLink
from app.cli.services import Call
from app.domain.errors import JobNotFound
from app.domain.job import FINISHED, Job
from app.domain.terminal_text import TerminalText
from app.messages import KnownError, message
from app.store.doorbell import Doorbell
from app.store.endings import Endings, RunState
from app.store.output_reading import Gap, OutputDecoder, OutputReader
from app.store.outputs import gone
from app.store.store import Store


class NotRun(KnownError):
    """There is nothing that the job could have written."""

    def __init__(self, id: str) -> None:
        super().__init__(
            "Job '{id}' has not run yet", id=id, remedy=message("queuectl why {id} says what it waits for.", id=id)
        )


class NoSuchRun(KnownError):
    """The job has other runs than the one asked for."""

    def __init__(self, id: str, run: int, runs: list[int]) -> None:
        numbers = ", ".join(map(str, runs[-10:]))
        super().__init__("Job '{id}' has no run {run}; it has {runs}", id=id, run=run, runs=numbers)


class RunnerGone(KnownError):
    """Whoever ran the job is not there any more, so the run has no end to wait for."""

    def __init__(self, id: str) -> None:
        super().__init__(
            "The runner of job '{id}' died, and this is what the job wrote until then",
            id=id,
            remedy=message("The next runner puts the job back: queuectl worker start"),
        )


@click.command(
    epilog="\b\nExamples:\n  queuectl logs job1\n  queuectl logs job1 --run 1\n  queuectl logs job1 --follow"
)
@id_argument
@click.option("--run", type=click.IntRange(min=0), metavar="N", help="Which run; left out: the last.")
@click.option("--follow", is_flag=True, help="Go on while the run writes, and end with it.")
@click.option("--raw", is_flag=True, help="The bytes as they are, also on a terminal.")
@click.pass_obj
def logs(call: Call, id: str, run: int | None, follow: bool, raw: bool) -> None:
    """Print all that a run of a job wrote.

    On a terminal, of all control sequences only colours pass. Into a file or a pipe go the bytes as they are. With
    --follow a job that has not run yet is waited for.
    """
    with call.store() as store:
        watched = _Watched(call, store, store.reads.by_id(id))
        number = watched.find(run, wait=follow and run is None)
        sink: _Sink = _Screen() if _is_terminal() and not raw else _Bytes()
        try:
            watched.copy(number, sink, follow=follow)
        finally:
            sink.end()


def _is_terminal() -> bool:
    return sys.stdout.isatty()


class _Sink(Protocol):
    """Where an output goes."""

    def write(self, piece: bytes) -> None:
        """Take the next piece."""

    def end(self) -> None:
        """Nothing more comes for now."""


class _Bytes:
    """Lets everything pass."""

    def __init__(self) -> None:
        self._stream = sys.stdout.buffer

    def write(self, piece: bytes) -> None:
        self._stream.write(piece)
        self._stream.flush()

    def end(self) -> None:
        self._stream.flush()


class _Screen:
    """Shows text on a terminal."""

    def __init__(self) -> None:
        self._decoder = OutputDecoder()
        self._text = TerminalText()

    def write(self, piece: bytes) -> None:
        click.echo(self._text(self._decoder(piece)), nl=False, color=True)

    def end(self) -> None:
        click.echo(self._text(self._decoder(b"", final=True)) + self._text.end(), nl=False, color=True)


class _Growth:
    """Rings when the database changed or the output grew: both only ever go up, and so does their sum."""

    def __init__(self, doorbell: Doorbell, reader: OutputReader) -> None:
        self._doorbell = doorbell
        self._reader = reader

    def rang_at(self) -> int:
        return self._doorbell.rang_at() + self._reader.size()


class _Watched:
    """One job, and what its runs write."""

    def __init__(self, call: Call, store: Store, job: Job) -> None:
        self._waiting = call.services.waiting
        self._store = store
        self._job = job
        self._endings = Endings(store.database)
        self._link = RunnerLink(store, call.services.waiting)

    def find(self, run: int | None, *, wait: bool) -> int:
        """Return the number of the wished run, or of the last one.

        Args:
            run: the wished one; None for the last.
            wait: whether to wait for the first one.

        Raises:
            NotRun: there is none, or the job ended without one.
            NoSuchRun: there are others.
        """
        runs = self._endings.runs(self._job.seq)
        if not runs and wait:
            if not self._state_is_final():
                self._link.tell_what_holds_up()
            runs = self._waiting.until(self._store.doorbell, self._first_run) or []
        if not runs:
            raise NotRun(self._job.id)
        if run is not None and run not in runs:
            raise NoSuchRun(self._job.id, run, runs)
        return runs[-1] if run is None else run

    def _first_run(self) -> list[int] | None:
        runs = self._endings.runs(self._job.seq)
        return runs if runs or self._state_is_final() else None

    def _state_is_final(self) -> bool:
        try:
            return self._store.reads.by_seq(self._job.seq).state in FINISHED
        except JobNotFound:
            return True

    def copy(self, run: int, sink: _Sink, *, follow: bool) -> None:
        """Copy what a run wrote, and with ``follow`` what it goes on to write until it is over.

        Raises:
            RunnerGone: the run goes on in the database only.
        """
        reader = OutputReader(self._store.outputs.path(self._job.seq, run))

        def look() -> bool | None:
            # whether it is over is asked first, so that what it wrote last is not missed
            lives = self._link.lock.is_held()
            state = self._endings.run(self._job.seq, run)
            over = state is None or state.over
            _pass_on(reader.new(state.output_bytes if state is not None and over else None), sink)
            return True if over else None if lives else False

        state = self._endings.run(self._job.seq, run)
        if not follow or state is None or state.over:
            _pass_on(reader.new() if reader.size() else _kept(state), sink)
        elif not self._waiting.until(_Growth(self._store.doorbell, reader), look):
            raise RunnerGone(self._job.id)


def _kept(state: RunState | None) -> Iterator[bytes | Gap]:
    """Yield what the database keeps of an output whose file is gone, or never was: 1.0 had none."""
    if state is not None and state.freed_by is not None:
        click.echo(str(gone(state.freed_by)), err=True)
    if state is not None and state.tail:
        click.echo("Only the end of it was kept:", err=True)
        yield state.tail.encode(errors="replace")


def _pass_on(pieces: Iterator[bytes | Gap], sink: _Sink) -> None:
    for piece in pieces:
        if isinstance(piece, Gap):
            sys.stdout.flush()
            click.echo(f"[QueueCTL: {piece.missing:,} bytes are left out here]", err=True)
        else:
            sink.write(piece)
