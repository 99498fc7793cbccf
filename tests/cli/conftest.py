"""The command line called in this process, against a real store, with time and the other processes passed in."""

import io
import json
import sys
from dataclasses import dataclass

import pytest

from app.bootstrap import rescue_alone
from app.cli.main import main
from app.cli.services import Services
from app.cli.waiting import Waiting
from app.domain.outcome import Cancelled
from app.domain.reports import HostEnd
from app.locks import ProcessLock
from app.store.runner_state import RunnerState
from app.store.runner_store import Ask
from tests.store.jobs import finish, open_now, opened


@dataclass(frozen=True)
class Answer:
    """What a call came to."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


class Time:
    """A clock in seconds that goes on only while somebody sleeps; meanwhile the other processes act."""

    def __init__(self):
        self.now = 0.0
        self.meanwhile = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        for act in list(self.meanwhile):
            act()


class CommandLine:
    """``queuectl`` as a function: takes the words, returns the answer."""

    def __init__(self, home, clock, capsys, monkeypatch):
        self.home = home
        self.time = Time()
        self.environ = {}
        self.hosted = []
        self.host_end = HostEnd.STOPPED
        self.while_hosted = lambda: None
        self.lives = {LivingRunner.PID}
        self.open_store = lambda home: open_now(home, clock=clock)
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *words, stdin=b""):
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        self._capsys.readouterr()
        code = main(["--home", str(self.home.root), *words], self.services)
        return Answer(code, *self._capsys.readouterr())

    @property
    def services(self):
        return Services(
            open_store=self.open_store,
            host_pool=self._host,
            rescue=rescue_alone,
            process_lives=lambda pid, _created: pid in self.lives,
            environ=self.environ,
            executable="/nowhere/queuectl",
            frozen=False,
            waiting=Waiting(self.time, self.time.sleep),
        )

    def _host(self, home, wish):
        self.hosted.append((home, wish))
        self.while_hosted()
        return self.host_end


@pytest.fixture
def queuectl(home, clock, capsys, monkeypatch):
    return CommandLine(home, clock, capsys, monkeypatch)


@pytest.fixture
def store(home, clock):
    """The store that the command line works on, for looking and for what other processes do."""
    with opened(home, clock=clock) as store:
        yield store


class LivingRunner:
    """What a runner does to lock and database, without its process: it acts while the command line sleeps."""

    PID = 4242

    def __init__(self, home, store, clock):
        self._store, self._clock = store, clock
        self._lock = ProcessLock(home.runner_lock)
        self.pid = self.PID
        self.slots = 0
        self.heard = []
        self.deaf = False
        self.answer = None
        self.stays = 0
        self._session = None

    def start(self, slots):
        assert self._lock.take()
        self.slots = slots
        self._session = self._store.runner.begin(self.pid, 1.0, "2.0.0", "boot", slots)
        self._store.runner.say(RunnerState.RUNNING, slots)

    def act(self):
        """Do what was asked; after a drain or stop leave at the ``stays``-th look."""
        if self._session is None or self.deaf:
            return
        if self.heard and self.heard[-1].verb is not Ask.ADD_SLOTS:
            self.stays -= 1
            if self.stays < 0:
                self.leave()
                return
        for asked in self._store.runner.open_asks():
            self.heard.append(asked)
            self._store.runner.answer(asked.command, self.answer or self._obey(asked))
        for claim in [claim for claim in self.running if self._store.reads.by_seq(claim.job.seq).cancel_requested]:
            self.running.remove(claim)
            finish(self._store, claim, Cancelled(), self._clock())

    running = ()

    def claim(self, count=1):
        """Take jobs and be running them."""
        self.running = [*self.running, *self._store.work.claim(count, self._session)]
        return self.running[-1].job

    def leave(self):
        if self._session is not None:
            self._store.runner.end(self._session, None)
            self.die()

    def die(self):
        """Be gone without a word."""
        self._session = None
        self._lock.release()

    def _obey(self, asked):
        if asked.verb is not Ask.ADD_SLOTS:
            return "draining"
        before, self.slots = self.slots, self.slots + asked.amount
        self._store.runner.say(RunnerState.RUNNING, self.slots)
        return str(before + 1)


@pytest.fixture
def runner(home, store, clock, queuectl):
    """A runner that does not live yet."""
    runner = LivingRunner(home, store, clock)
    queuectl.time.meanwhile.append(runner.act)
    yield runner
    runner.die()
