"""Handing jobs to workers and taking their ends: what the runner does to the queue.

Every statement here is hot and stands as prepared text: built by the query builder the claim alone cost 0.5 ms. Their
plans are fixed by index names and kept by a test.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from app.domain.ageing import rank, ready_arrival
from app.domain.job import WAITING, Claim, Job, Millis, State
from app.domain.lifecycle import Cause, Policy, Transition, decide
from app.domain.outcome import Interrupted, Outcome, Reason, error_key, exit_code, reason, word
from app.store.database import Database, by_index
from app.store.errors import Damaged
from app.store.tables import JOB_COLUMNS, job_from_row

STOPPED = "stopped"
"""What a session says of its end where nothing but a stop ended it."""

LOG_OFF: Millis = 120_000
"""So long the end of a session may take from its announcement on. What a runner claims later shows that it went on."""

SUSPECT_RUN: Millis = 600_000
"""A run longer than this did not take the runner down by itself."""

DUE = (
    f"UPDATE job {by_index('job_to_retry')} SET claimable = 1"
    " WHERE state = 'failed' AND claimable = 0 AND removed_at IS NULL AND next_retry_at <= ?"
)
NEXT = (
    f"SELECT seq, run + 1, state FROM job {by_index('job_to_claim')}"
    " WHERE claimable = 1 AND NOT (SELECT paused FROM queue) ORDER BY expedited DESC, rank DESC, seq LIMIT ?"
)
CLAIM = (
    "UPDATE job SET state = 'processing', run = run + 1, claimable = 0, expedited = 0,"
    " waited = (SELECT arrivals FROM queue) - ready_arrival, ready_arrival = NULL, rank = NULL,"
    " next_retry_at = NULL, retry_delay = NULL, exit_code = NULL, started_at = ?, finished_at = NULL, updated_at = ?"
    f" WHERE seq = ? AND claimable = 1 RETURNING {JOB_COLUMNS}"
)
CLAIM_RUN = (
    "INSERT INTO run (seq, run, session, token, claimed_at) SELECT seq, run, ?, ?, ? FROM job WHERE seq = ? AND run = ?"
)
EVENT = "INSERT INTO event (seq, run, from_state, to_state, cause, at) VALUES (?, ?, ?, ?, ?, ?)"
OF_RUN = f"SELECT {JOB_COLUMNS} FROM job WHERE seq = ? AND state = 'processing' AND run = ?"
FINISH = (
    "UPDATE job SET state = ?, attempts = ?, interruptions = ?, error = ?, error_key = ?, seen = 0, exit_code = ?,"
    " claimable = ?, ready_arrival = ?, rank = ?, next_retry_at = ?, retry_delay = ?, cancel_requested = 0,"
    " started_at = coalesce(?, started_at), finished_at = ?, updated_at = ?"
    " WHERE seq = ? AND state = 'processing' AND run = ?"
)
FINISH_RUN = (
    "UPDATE run SET pid = coalesce(?, pid), pid_created = coalesce(?, pid_created),"
    " started_at = coalesce(?, started_at), finished_at = ?, outcome = ?, exit_code = ?, reason = ?, left_behind = ?,"
    " output_bytes = ?, tail = ?, kept_bytes = ? WHERE seq = ? AND run = ? AND outcome IS NULL"
)
STARTED_RUN = "UPDATE run SET pid = ?, pid_created = ?, started_at = ? WHERE seq = ? AND run = ? AND outcome IS NULL"
NEXT_DUE = (
    f"SELECT min(next_retry_at) FROM job {by_index('job_to_retry')}"
    " WHERE state = 'failed' AND claimable = 0 AND removed_at IS NULL"
)
CANCELS = (
    f"SELECT seq FROM job {by_index('job_by_state')}"
    " WHERE state = 'processing' AND removed_at IS NULL AND cancel_requested = 1"
)
REWIND = (
    f"UPDATE job {by_index('job_to_retry')} SET next_retry_at = min(next_retry_at - ?, ? + retry_delay)"
    " WHERE state = 'failed' AND claimable = 0 AND removed_at IS NULL AND (? > 0 OR next_retry_at > ? + retry_delay)"
)


class Started(Struct, frozen=True, kw_only=True):
    """A run's process is there. ``pid_created``, as ``process_facts`` told it, is with ``pid`` its identity."""

    seq: int
    run: int
    pid: int
    pid_created: float | None
    at: Millis


class End(Struct, frozen=True, kw_only=True):
    """The one end of a run, as the engine reports it.

    ``tail`` is the last part of the output as text, ``last_line`` its last line that is not empty, ``kept_bytes`` the
    size of its file, None where there is none.
    """

    seq: int
    run: int
    outcome: Outcome
    at: Millis
    started: Started | None = None
    left_behind: str | None = None
    output_bytes: int | None = None
    tail: str | None = None
    kept_bytes: int | None = None
    last_line: str = ""


class Ended(Struct, frozen=True):
    """What became of an end that was reported: the job's transition, or None where the run was no longer its run."""

    end: End
    transition: Transition | None


class OpenRun(Struct, frozen=True, kw_only=True):
    """A run without an end, and what is known of the runner that claimed it.

    ``session_ended_by`` is what ended that runner's session, None where nothing says that it ended during this run.
    """

    seq: int
    run: int
    token: str
    pid: int | None
    pid_created: float | None
    claimed_at: Millis
    boot: str | None
    session_ended_by: str | None


class Work:
    """Claims, ends and rescues in one database."""

    # One text each: that costs half of what its statements cost one by one, and lets go of the interpreter less often.
    _DUE_AND_NEXT = f"{DUE}; {NEXT}"
    _CLAIM = f"{CLAIM}; {CLAIM_RUN}; {EVENT}"
    _FINISH = f"{FINISH}; {FINISH_RUN}; {EVENT}"

    def __init__(
        self,
        database: Database,
        clock: Callable[[], Millis],
        make_token: Callable[[], str] = lambda: os.urandom(16).hex(),
    ) -> None:
        self._database = database
        self._clock = clock
        self._make_token = make_token

    def claim(self, count: int, session: int | None = None) -> list[Claim]:
        """Hand out up to ``count`` jobs, best first; none while the queue is paused."""
        return self.turn((), count, Policy(), session)[1]

    def finish(self, ends: Sequence[End], policy: Policy) -> list[Ended]:
        """Record ends; see ``turn``."""
        return self.turn(ends, 0, policy)[0]

    def turn(
        self,
        ends: Sequence[End],
        free: int,
        policy: Policy,
        session: int | None = None,
        chance: Callable[[], float] | None = None,
    ) -> tuple[list[Ended], list[Claim]]:
        """Record ends and hand out new jobs, in one transaction.

        Args:
            ends: each is recorded only if the job is still processing that run: a lost race is a value.
            free: how many workers could take a job.
            policy: what options say about retries.
            session: of the runner that claims.
            chance: gives a random number for each end; None where the policy's own serves all.

        Returns:
            What became of each end, and the claims in the order in which they are to start.
        """
        with self._database.writing():
            now = self._clock()
            ended = [
                Ended(end, self._finish(end, policy if chance is None else replace(policy, chance=chance())))
                for end in ends
            ]
            # also when nothing is handed out: what is due stays due, and no alarm rings for it again
            following = self._database.run(self._DUE_AND_NEXT, (now, max(0, free)))
            return ended, [self._claim(seq, run, before, now, session) for seq, run, before in following]

    def started(self, runs: Sequence[Started]) -> None:
        """Note the processes of runs that go on."""
        with self._database.writing():
            self._database.run_many(STARTED_RUN, [(run.pid, run.pid_created, run.at, run.seq, run.run) for run in runs])

    def next_due(self) -> Millis | None:
        """Return the moment at which the next job that waits for its retry is due, or None."""
        due: Millis | None = self._database.run(NEXT_DUE)[0][0]
        return due

    def clock_was_set_back(self, slip: Millis = 0) -> None:
        """Let no retry wait longer than its own delay.

        Args:
            slip: by how much; 0 where it is not known, and a retry waits for at most its delay from now on.
        """
        now = self._clock()
        with self._database.writing():
            self._database.run(REWIND, (slip, now, slip, now))

    def cancels_asked(self) -> list[int]:
        """Return the seqs of processing jobs that a person called off."""
        return [seq for (seq,) in self._database.run(CANCELS)]

    def open_runs(self) -> list[OpenRun]:
        """Return every run that has no end; without a runner these were interrupted."""
        rows = self._database.run(
            "SELECT job.seq, job.run, coalesce(run.token, ''), run.pid, run.pid_created,"
            " coalesce(run.claimed_at, job.updated_at), session.boot,"
            " CASE WHEN session.ended + ? >= coalesce(run.claimed_at, job.updated_at) THEN session.ended_by END"
            " FROM job LEFT JOIN run ON run.seq = job.seq AND run.run = job.run"
            " LEFT JOIN session ON session.session = run.session"
            " WHERE job.state = 'processing' AND job.removed_at IS NULL ORDER BY job.seq",
            (LOG_OFF,),
        )
        return [OpenRun(**dict(zip(OpenRun.__struct_fields__, row, strict=True))) for row in rows]

    def rescue(
        self,
        runs: Sequence[OpenRun],
        boot: str,
        policy: Policy,
        left: dict[int, str],
        kept_bytes: Callable[[int, int], int | None] = lambda _seq, _run: None,
    ) -> list[Ended]:
        """Put back what a dead runner left, after its processes were ended.

        Args:
            runs: from ``open_runs``.
            boot: names the present start of the computer.
            policy: what options say about interruptions.
            left: by seq, what was found running and was ended.
            kept_bytes: gives the size of the output file of a job's run.
        """
        now = self._clock()
        return self.finish(
            [
                End(
                    seq=run.seq,
                    run=run.run,
                    outcome=interruption(run, boot, now),
                    at=now,
                    left_behind=left.get(run.seq),
                    kept_bytes=kept_bytes(run.seq, run.run),
                )
                for run in runs
            ],
            policy,
        )

    def _claim(self, seq: int, run: int, before: str, now: Millis, session: int | None) -> Claim:
        token = self._make_token()
        rows = self._database.run(
            self._CLAIM,
            (
                *(now, now, seq),
                *(session, token, now, seq, run),
                *(seq, run, before, State.PROCESSING, Cause.CLAIMED, now),
            ),
        )
        if not rows:
            raise Damaged(self._database.path, f"job {seq} stands in an index, but not in its table")
        return Claim(job=job_from_row(rows[0]), run=run, token=token)

    def _finish(self, end: End, policy: Policy) -> Transition | None:
        rows = self._database.run(OF_RUN, (end.seq, end.run))
        if not rows:
            return None
        job = job_from_row(rows[0])
        transition = decide(job, end.outcome, policy, end.at, end.last_line)
        started, code = end.started, exit_code(end.outcome)
        self._database.run(
            self._FINISH,
            (
                *(transition.state, transition.attempts, transition.interruptions, transition.error),
                None if transition.error is None else error_key(transition.error),
                code,
                int(transition.state is State.PENDING),
                *self._place(job, transition),
                *(transition.next_retry_at, transition.retry_delay),
                None if started is None else started.at,
                *(end.at, end.at, end.seq, end.run),
                *((None, None, None) if started is None else (started.pid, started.pid_created, started.at)),
                *(end.at, word(end.outcome), code, reason(end.outcome, end.last_line), end.left_behind),
                *(end.output_bytes, end.tail, end.kept_bytes, end.seq, end.run),
                *(end.seq, end.run, State.PROCESSING, transition.state, transition.cause, end.at),
            ),
        )
        return transition

    def _place(self, job: Job, transition: Transition) -> tuple[int | None, int | None]:
        """Return (ready_arrival, rank) of a job that comes back to wait: running did not age it."""
        if transition.state not in WAITING:
            return None, None
        (arrivals,), *_ = self._database.run("SELECT arrivals FROM queue")
        ready = ready_arrival(arrivals, job.waited)
        return ready, rank(job.spec.priority, ready)


def interruption(run: OpenRun, boot: str, now: Millis) -> Interrupted:
    """Return how a run ended whose runner is gone.

    It is suspect, that is the job may have taken the runner down, where the computer has not been started anew, nothing
    says that the session ended, and the run was short.
    """
    if run.session_ended_by is not None:
        return Interrupted(Reason.QUIT if run.session_ended_by == STOPPED else Reason.SESSION_END)
    if run.boot is not None and run.boot != boot:
        return Interrupted(Reason.POWER_OFF)
    return Interrupted(Reason.RUNNER_DIED, suspect=0 <= now - run.claimed_at < SUSPECT_RUN)
