"""Queues of any size, made within seconds: rows go in by one statement, through the same schema and its triggers."""

from app.domain.job import State

NEVER = 9_999_999_999_999

_FILL = """
WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :count)
INSERT INTO job (seq, id, command, cwd, timeout, max_retries, backoff_base, priority, state, attempts, run, claimable,
                 ready_arrival, rank, next_retry_at, retry_delay, error, error_key, created_at, updated_at)
SELECT :after + n, :state || '-' || n, 'echo ' || n, '/', 20, 3, 2, :least + n * 7 % 5, :state, :attempts, :attempts,
       :claimable, :arrival + n % 1000, :least + n * 7 % 5 - (:arrival + n % 1000), :due, :delay,
       :error, :error, :now, :now
FROM number
"""


def fill(store, clock, *, pending=0, failed=0):
    """Put many jobs into a connected store: pending ones, and failed ones of better rank that are not due for ages."""
    database = store.database
    with database.writing():
        database.run("UPDATE queue SET arrivals = arrivals + 100000")
        arrivals, last = database.run("SELECT arrivals, last_seq FROM queue")[0]
        common = {"now": clock()}
        if pending:
            values = _waiting(State.PENDING, pending, last, 1, arrivals - 1000)
            database.run(_FILL, {**common, **values, "claimable": 1, "attempts": 0, "due": None, "delay": None})
        if failed:
            values = _waiting(State.FAILED, failed, last + pending, 6, arrivals - 50_000)
            more = {"claimable": 0, "attempts": 1, "due": NEVER, "delay": 3_600_000, "error": "Exit code 1"}
            database.run(_FILL, {**common, **values, **more})
        database.run("UPDATE queue SET last_seq = ?", (last + pending + failed,))


def _waiting(state, count, after, least, arrival):
    return {"state": state, "count": count, "after": after, "least": least, "arrival": arrival, "error": None}


_FINISHED = """
WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :count)
INSERT INTO job (seq, id, command, cwd, timeout, max_retries, backoff_base, priority, state, run, created_at,
                 updated_at, started_at, finished_at)
SELECT :after + n, 'completed-' || (:after + n), 'echo ' || n, '/', 20, 3, 2, 5, 'completed', 1, :now, :now, :now, :now
FROM number
"""
_FINISHED_RUNS = """
INSERT INTO run (seq, run, token, claimed_at, started_at, finished_at, outcome, exit_code, output_bytes, tail,
                 kept_bytes)
SELECT seq, 1, '', :now, :now, :now, 'succeeded', 0, 100, '', 100 FROM job WHERE seq > :after
"""
_FINISHED_EVENTS = """
INSERT INTO event (seq, run, from_state, to_state, cause, at)
SELECT seq, 1, 'processing', 'completed', 'succeeded', :now FROM job WHERE seq > :after
"""


def fill_finished(store, clock, *, completed):
    """Put many completed jobs into a connected store, each with a run, whose output file is not there, and an event."""
    database = store.database
    with database.writing():
        ((last,),) = database.run("SELECT last_seq FROM queue")
        values = {"after": last, "now": clock()}
        database.run(_FINISHED, {**values, "count": completed})
        database.run(_FINISHED_RUNS, values)
        database.run(_FINISHED_EVENTS, values)
        database.run("UPDATE queue SET last_seq = ?", (last + completed,))
