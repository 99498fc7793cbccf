"""``queuectl worker run``: what is asked of the pool, the lines while it works, and the exit code."""

import re
import sys

import pytest

from app.cli.run_here import line
from app.domain.errors import RunnerAlive
from app.domain.job import State
from app.domain.lifecycle import Policy, decide
from app.domain.outcome import Cancelled, Failed, Interrupted, Reason, Succeeded, TimedOut
from app.domain.reports import HostEnd, RunEnded, RunStarted
from tests.store.jobs import claim_one, enqueue, put_into


@pytest.fixture
def ended(store, clock):
    """Make the report of a run that ended so; as a pool does, without recording it."""

    def make(outcome, id="thumbnails", last_line="", seconds=0.8, **fields):
        enqueue(store, id, **fields)
        claim = claim_one(store)
        transition = decide(claim.job, outcome, Policy(), clock(), last_line)
        return RunEnded(
            job=claim.job, run=1, worker=2, outcome=outcome, transition=transition, seconds=seconds, at=clock()
        )

    return make


@pytest.mark.parametrize(
    ("words", "slots", "until_empty"),
    [
        (["run"], None, False),
        (["run", "--count", "4", "--until-empty"], 4, True),
        (["start", "--foreground"], 1, False),
        (["start", "--foreground", "--count", "3"], 3, False),
    ],
)
def test_the_pool_is_hosted_as_it_was_asked_for(queuectl, home, words, slots, until_empty):
    queuectl.host_end = HostEnd.EMPTY
    answer = queuectl("worker", *words)
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    ((hosted, wish),) = queuectl.hosted
    assert (hosted, wish.slots, wish.until_empty, wish.foreground) == (home, slots, until_empty, True)


def test_a_runner_that_lives_already_is_told(queuectl):
    def refuse():
        raise RunnerAlive(77)

    queuectl.while_hosted = refuse
    answer = queuectl("worker", "run")
    assert (answer.code, answer.out, answer.err) == (1, "", "A runner is already running (PID: 77)\n")


def test_until_empty_fails_when_a_job_died_in_it(queuectl, store, clock):
    put_into(store, State.DEAD, clock, "before")
    queuectl.host_end = HostEnd.EMPTY
    assert queuectl("worker", "run", "--until-empty").code == 0
    queuectl.while_hosted = lambda: put_into(store, State.DEAD, clock, "in it")
    answer = queuectl("worker", "run", "--until-empty")
    assert answer.code == 1
    assert answer.err == "1 job(s) died\nLook at them with: queuectl dlq list\n"


@pytest.mark.parametrize(
    ("end", "says"), [(HostEnd.PAUSED, "The queue is paused"), (HostEnd.STOPPED, "Stopped before everything was done")]
)
def test_until_empty_fails_when_not_everything_was_done(queuectl, end, says):
    queuectl.host_end = end
    answer = queuectl("worker", "run", "--until-empty")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith(says)


def test_without_until_empty_being_stopped_is_what_was_wanted(queuectl, store, clock):
    queuectl.while_hosted = lambda: put_into(store, State.DEAD, clock, "in it")
    answer = queuectl("worker", "run")
    assert (answer.code, answer.err) == (0, "")


def test_a_start_is_one_line(store, clock):
    enqueue(store, "thumbnails")
    started = RunStarted(job=claim_one(store).job, run=1, worker=2, pid=9, at=clock())
    assert re.fullmatch(r"\d\d:\d\d:\d\d  started    thumbnails \(run 1, worker-2\)", line(started))


@pytest.mark.parametrize(
    ("outcome", "fields", "text"),
    [
        (Succeeded(), {}, "completed  thumbnails in 0.8 s"),
        (Cancelled(), {}, "cancelled  thumbnails in 0.8 s"),
        (Failed(3), {}, "failed     thumbnails in 0.8 s: Exit code 3: no disk, again in 2 s"),
        (Failed(3), {"max_retries": 1}, "dead       thumbnails in 0.8 s: Exit code 3: no disk"),
        (TimedOut(20), {"backoff_base": 0.5}, "failed     thumbnails in 0.8 s: Timeout exceeded (20s), again in 0.5 s"),
        (Interrupted(Reason.QUIT), {}, "put back   thumbnails in 0.8 s: Interrupted: the runner was stopped"),
    ],
)
def test_an_end_is_one_line(ended, outcome, fields, text):
    assert line(ended(outcome, last_line="no disk", **fields))[10:] == text


def test_nothing_of_a_job_reaches_the_terminal_as_a_command(ended):
    text = line(ended(Failed(1), id="a\x1b[31m\n", last_line="\x1b]0;x\x07\u202e"))
    assert text.isprintable()


def test_each_report_is_printed_as_it_comes(queuectl, ended, capsys):
    def work():
        queuectl.hosted[-1][1].report(ended(Succeeded()))
        assert "completed  thumbnails" in capsys.readouterr().out

    queuectl.while_hosted = work
    assert queuectl("worker", "run").code == 0


def test_the_pool_works_on_when_nobody_reads_any_more(queuectl, ended, monkeypatch):
    class Closed:
        """A pipe whose reader is gone."""

        writes = 0

        def write(self, _text):
            self.writes += 1
            raise BrokenPipeError

        def flush(self):
            """There is nothing to flush."""

    closed = Closed()

    def work():
        monkeypatch.setattr(sys, "stdout", closed)
        queuectl.hosted[-1][1].report(ended(Succeeded(), id="a"))
        queuectl.hosted[-1][1].report(ended(Succeeded(), id="b"))

    queuectl.while_hosted = work
    assert queuectl("worker", "run").code == 0
    assert closed.writes == 1


class Broken:
    """A stream that can't be written."""

    def __init__(self, error):
        self._error = error

    def write(self, _text):
        raise self._error

    def flush(self):
        """There is nothing to flush."""


@pytest.mark.parametrize("stream", [None, Broken(OSError(28, "full")), Broken(ValueError("closed"))])
def test_a_report_that_cannot_be_written_never_ends_the_runner(queuectl, ended, monkeypatch, stream):
    def work():
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", stream)
            queuectl.hosted[-1][1].report(ended(Succeeded()))

    queuectl.while_hosted = work
    assert queuectl("worker", "run").code == 0
