"""The history checker finds each kind of violation: one that can't fail would prove nothing."""

import os
from contextlib import closing

import apsw
import pytest

from app.domain.outcome import Cancelled, Failed, Interrupted, NotStarted, Reason, Succeeded
from tests.chaos.checker import MOST, check_rows, check_settled
from tests.chaos.history import Call, Deeds
from tests.chaos.violations import Kind
from tests.chaos.witness import Witness
from tests.store.jobs import POLICY, end, new, opened
from tests.store.old_queue import job as old_job
from tests.store.old_queue import make_old


class Past:
    """A queue that has worked as it should, with all that is known of it."""

    def __init__(self, home, clock):
        self.home = home
        self.witness = Witness(home.root / "witness")
        self.deeds = Deeds()
        self._clock = clock
        self._store = None
        self._session = None

    def live(self):
        with opened(self.home, clock=self._clock) as self._store:
            self._begin()
            self._bring("fine")
            self._run("SE", Succeeded())
            self._bring("second-try", max_retries=3)
            self._run("SF", Failed(3))
            self._clock.forward(10)
            self._run("SBE", Succeeded())
            self._bring("hopeless", max_retries=1, ends="dead")
            self._run("SF", Failed(3))
            self._bring("interrupted")
            self._run("SB", Interrupted(Reason.RUNNER_DIED))
            self._begin()
            self._run("SE", Succeeded())
            self._bring("called-off", ends="cancelled")
            self._run("S", Cancelled())
            self._bring("without-a-program", max_retries=1, ends="dead")
            self._run("", NotStarted("there is none"))
            self._bring("retried", max_retries=1)
            self._run("SF", Failed(3))
            self._store.changes.retry([7])
            self._run("SE", Succeeded())
            self._bring("removed", ends="cancelled")
            self._store.changes.cancel(8)
            self._store.changes.remove([8])
            self.deeds.calls.append(Call(["two", "jobs"], is_in=None))  # it was killed, and has brought nothing

    def _begin(self):
        self._session = self._store.runner.begin(os.getpid(), None, "2.0.0", "this boot", 1)

    def _bring(self, id, ends="completed", **fields):
        self._store.intake.enqueue([new(id, **fields)])
        self.deeds.calls.append(Call([id], is_in=True))
        self.deeds.ends[id] = frozenset({ends})

    def _run(self, said, outcome):
        (claim,) = self._store.work.claim(1, self._session)
        for letter in said:
            self.say(letter, claim.job.id, claim.run, claim.token)
        path = self._store.outputs.create(claim.job.seq, claim.run)
        path.write_text(claim.token)
        how = end(claim, outcome, self._clock(), output_bytes=len(claim.token))
        self._store.work.finish([how], POLICY)

    def say(self, letter, id, run, token):
        with self.witness.path.open("a") as file:
            file.write(f"{letter} {id} {run} {token}\n")

    def change(self, *statements):
        """Change rows as only a defect would."""
        with closing(apsw.Connection(str(self.home.database))) as connection:
            connection.execute("PRAGMA ignore_check_constraints = on; DROP TRIGGER event_is_append_only")
            for statement in statements:
                connection.execute(statement)

    def replace(self, old, new):
        """Change what was said to the witness."""
        text = self.witness.path.read_text()
        assert old in text
        self.witness.path.write_text(text.replace(old, new, 1))

    def token(self, id, run=1):
        (token,) = {line.token for line in self.witness.lines() if (line.id, line.run) == (id, run)}
        return token

    def found(self):
        return {violation.kind for violation in check_settled(self.home, self.witness, self.deeds)}


@pytest.fixture
def past(home, clock):
    it = Past(home, clock)
    it.live()
    return it


def test_what_went_as_it_should_is_no_violation(past):
    assert check_settled(past.home, past.witness, past.deeds) == []
    assert check_rows(past.home.database) == []


def test_rows_may_be_looked_at_while_a_job_is_being_run(home, clock):
    with opened(home, clock=clock) as store:
        store.intake.enqueue([new("a"), new("b")])
        store.work.claim(1)
        assert check_rows(home.database) == []


def test_what_was_upgraded_from_1_0_is_no_violation(home):
    home.make()
    states = ("pending", "completed", "failed", "dead", "processing")
    make_old(home.database, [old_job(state, state=state, attempts=1, output="words") for state in states])
    with opened(home):
        assert check_rows(home.database) == []


def lose(past):
    past.change("DELETE FROM job WHERE id = 'fine'", "DELETE FROM run WHERE seq = 1", "DELETE FROM event WHERE seq = 1")


def lose_half(past):
    past.deeds.calls[1].ids = ["second-try", "its-neighbour"]
    past.deeds.calls[1].is_in = None


def damage(past):
    past.change("PRAGMA writable_schema = on", "UPDATE sqlite_schema SET rootpage = 3 WHERE name = 'job_by_id'")


def speak_late(past):
    past.say("B", "interrupted", 1, past.token("interrupted", 1))


def start_twice(past):
    past.say("S", "fine", 1, past.token("fine"))


BAD = {
    "a page is not what the schema says": (Kind.DAMAGED, damage),
    "a row belongs to no job": (
        Kind.DAMAGED,
        lambda past: past.change("INSERT INTO run (seq, run, token, claimed_at) VALUES (99, 1, 'x', 0)"),
    ),
    "a counter is one too high": (
        Kind.MISCOUNTED,
        lambda past: past.change("UPDATE state_count SET jobs = jobs + 1 WHERE state = 'dead'"),
    ),
    "an arrival was not counted": (
        Kind.MISNUMBERED,
        lambda past: past.change("UPDATE queue SET arrivals = arrivals - 1"),
    ),
    "a seq was given out and is nowhere": (
        Kind.MISNUMBERED,
        lambda past: past.change("UPDATE queue SET last_seq = last_seq + 1"),
    ),
    "a job is gone": (Kind.LOST, lose),
    "an upgrade has lost a job": (Kind.LOST, lambda past: setattr(past.deeds, "upgraded", frozenset({"of-1.0"}))),
    "half of a call is in": (Kind.HALF_IN, lose_half),
    "a call that was refused is in": (Kind.REFUSED_IN, lambda past: setattr(past.deeds.calls[0], "is_in", False)),
    "a job came by itself": (Kind.UNKNOWN, lambda past: past.deeds.calls.pop(0)),
    "an event is missing": (
        Kind.BROKEN_CHAIN,
        lambda past: past.change("DELETE FROM event WHERE seq = 2 AND to_state = 'failed'"),
    ),
    "a job is not where its last event says": (
        Kind.BROKEN_CHAIN,
        lambda past: past.change("UPDATE job SET state = 'dead' WHERE id = 'fine'"),
    ),
    "a completed job was claimed": (
        Kind.ILLEGAL,
        lambda past: past.change(
            "INSERT INTO event (seq, run, from_state, to_state, cause, at)"
            " VALUES (1, 2, 'completed', 'processing', 'claimed', 0)"
        ),
    ),
    "a run is missing": (Kind.MISCOUNTED_RUNS, lambda past: past.change("DELETE FROM run WHERE seq = 2 AND run = 1")),
    "a run was counted that never was": (
        Kind.MISCOUNTED_RUNS,
        lambda past: past.change("UPDATE job SET run = run + 1 WHERE id = 'fine'"),
    ),
    "an end was recorded twice": (
        Kind.ENDED_TWICE,
        lambda past: past.change(
            "INSERT INTO event (seq, run, from_state, to_state, cause, at)"
            " SELECT seq, run, from_state, to_state, cause, at FROM event WHERE seq = 1 AND cause = 'succeeded'"
        ),
    ),
    "a run has no end": (
        Kind.OPEN_RUN,
        lambda past: past.change("UPDATE run SET outcome = NULL, finished_at = NULL WHERE seq = 1"),
    ),
    "a run ended, and no event says so": (
        Kind.OPEN_RUN,
        lambda past: past.change("DELETE FROM event WHERE seq = 1 AND cause = 'succeeded'"),
    ),
    "a run failed that is said to have succeeded": (
        Kind.WRONG_OUTCOME,
        lambda past: past.change("UPDATE run SET outcome = 'failed' WHERE seq = 1"),
    ),
    "an interruption was counted as a failure": (
        Kind.WRONG_ATTEMPTS,
        lambda past: past.change("UPDATE job SET attempts = 1 WHERE id = 'interrupted'"),
    ),
    "it was given up before its last try": (
        Kind.WRONG_ATTEMPTS,
        lambda past: past.change("UPDATE job SET max_retries = 2 WHERE id = 'hopeless'"),
    ),
    "two runs have one token": (
        Kind.SAME_TOKEN,
        lambda past: past.change("UPDATE run SET token = (SELECT token FROM run WHERE seq = 1) WHERE seq = 3"),
    ),
    "a runner claimed after the next one had begun": (
        Kind.TWO_RUNNERS,
        lambda past: past.change("UPDATE run SET session = 2 WHERE seq = 1"),
    ),
    "one run started twice": (Kind.STARTED_TWICE, start_twice),
    "a run lived on after the next one had started": (Kind.AT_ONCE, speak_late),
    "something ran that nobody claimed": (Kind.UNCLAIMED, lambda past: past.say("S", "fine", 2, "f" * 32)),
    "a job is completed and never ran": (
        Kind.UNWITNESSED,
        lambda past: past.replace(f"E fine 1 {past.token('fine')}\n", ""),
    ),
    "a job failed that ended well": (Kind.UNWITNESSED, lambda past: past.replace("F hopeless", "E hopeless")),
    "a job ran that is said not to have started": (
        Kind.UNWITNESSED,
        lambda past: past.change("UPDATE run SET outcome = 'not_started' WHERE seq = 3"),
    ),
    "a job never ended": (
        Kind.UNSETTLED,
        lambda past: past.change("UPDATE job SET state = 'failed' WHERE id = 'hopeless'"),
    ),
    "a job ended otherwise than it must": (
        Kind.WRONG_END,
        lambda past: past.deeds.ends.update(fine=frozenset({"dead"})),
    ),
    "a part of an output is gone": (
        Kind.WRONG_OUTPUT,
        lambda past: os.truncate(past.home.outputs / "1" / "1.log", 3),
    ),
    "an output is gone": (Kind.WRONG_OUTPUT, lambda past: (past.home.outputs / "1" / "1.log").unlink()),
}


@pytest.mark.parametrize(("kind", "spoil"), BAD.values(), ids=BAD)
def test_it_is_found_that(past, kind, spoil):
    spoil(past)
    assert kind in past.found()


def test_no_kind_of_violation_is_left_untried():
    assert {kind for kind, _ in BAD.values()} == set(Kind)


def test_of_very_many_violations_the_first_are_told(past):
    past.deeds.calls += [Call([f"gone-{number}"], is_in=True) for number in range(100)]
    assert len(check_settled(past.home, past.witness, past.deeds)) == MOST
