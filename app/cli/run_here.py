"""Being the runner in this process, while a person or a script watches: ``worker run``."""

from __future__ import annotations

import sys

import click

from app.cli.services import Call
from app.cli.streams import tell_what_is_lost
from app.cli.times import clock
from app.domain.job import State
from app.domain.outcome import reason
from app.domain.reports import HostEnd, HostWish, Report, RunEnded, RunStarted
from app.domain.visible_text import visible

_WORDS = {State.PENDING: "put back"}
_WORD_WIDTH = max(map(len, (*State, *_WORDS.values())))


def run_here(call: Call, count: int | None, *, until_empty: bool) -> int:
    """Host the pool until it ends; return the exit code.

    Args:
        call: whose home it is.
        count: how many workers; None for option ``workers``.
        until_empty: end when nothing is left to do. Then the code is 1 if a job died in it, or if it ended before
            everything was done.

    Raises:
        RunnerAlive: a runner works on this home already.
    """
    with call.store() as store:
        before = store.reads.last_event()
    wish = HostWish(slots=count, until_empty=until_empty, foreground=True, report=_Printer())
    end = call.services.host_pool(call.home, wish)
    if not until_empty:
        return 0
    with call.store() as store:
        deaths = store.reads.deaths_since(before)
    if end is HostEnd.PAUSED:
        click.echo("The queue is paused, so not everything was done\nGo on with: queuectl resume", err=True)
    elif end is HostEnd.STOPPED:
        click.echo("Stopped before everything was done", err=True)
    if deaths:
        click.echo(f"{deaths} job(s) died\nLook at them with: queuectl dlq list", err=True)
    return int(deaths > 0 or end is not HostEnd.EMPTY)


class _Printer:
    """Prints a line for each report, as it comes; falls silent when a line can't be written, and the pool works on."""

    def __init__(self) -> None:
        self._silent = False

    def __call__(self, report: Report) -> None:
        stream = sys.stdout
        if self._silent or stream is None:
            return
        try:
            stream.write(line(report) + "\n")
            stream.flush()
        except OSError as error:
            self._silent = True
            tell_what_is_lost(error)
        except ValueError:  # it was closed
            self._silent = True


def line(report: Report) -> str:
    """Return what a person reads about a run's start or end."""
    id = visible(report.job.id)
    match report:
        case RunStarted(run=run, worker=worker):
            return _line(report, "started", f"{id} (run {run}, worker-{worker})")
        case RunEnded(transition=transition):
            word = _WORDS.get(transition.state, transition.state.value)
            return _line(report, word, f"{id} in {report.seconds:.1f} s{_why(report)}")


def _line(report: Report, word: str, text: str) -> str:
    return f"{clock(report.at)}  {word:{_WORD_WIDTH}} {text}"


def _why(report: RunEnded) -> str:
    transition = report.transition
    if transition.state in {State.COMPLETED, State.CANCELLED}:
        return ""
    # a job that is put back keeps the error of an earlier run
    error = reason(report.outcome) if transition.state is State.PENDING else transition.error
    again = "" if transition.retry_delay is None else f", again in {transition.retry_delay / 1000:g} s"
    return f": {visible(error or '')}{again}"
