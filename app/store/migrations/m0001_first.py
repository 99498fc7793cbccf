"""The first schema: everything that design.md decides. Moments are UTC milliseconds, durations seconds unless said."""

from __future__ import annotations

import apsw

STATEMENTS = """
CREATE TABLE queue (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    arrivals INTEGER NOT NULL DEFAULT 0,   -- enqueue calls so far: what waiting jobs age by
    last_seq INTEGER NOT NULL DEFAULT 0,   -- the highest seq ever given out; a seq is never used again
    expedites INTEGER NOT NULL DEFAULT 0,  -- "run next" calls so far
    removals INTEGER NOT NULL DEFAULT 0,   -- remove calls so far: what one Undo brings back
    paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1))
) STRICT;
INSERT INTO queue (only_row) VALUES (1);

CREATE TABLE job (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL CHECK (length(id) > 0),
    command TEXT,
    argv TEXT,                             -- JSON array
    shell TEXT,
    cwd TEXT NOT NULL,
    env TEXT NOT NULL DEFAULT '{}',        -- JSON object
    timeout REAL NOT NULL,
    max_retries INTEGER NOT NULL,
    backoff_base REAL NOT NULL,
    priority INTEGER NOT NULL,
    success_codes TEXT NOT NULL DEFAULT '[0]',
    leftovers TEXT NOT NULL DEFAULT 'end' CHECK (leftovers IN ('end', 'leave')),
    on_interrupt TEXT NOT NULL DEFAULT 'retry' CHECK (on_interrupt IN ('retry', 'dead')),
    state TEXT NOT NULL
        CHECK (state IN ('pending', 'processing', 'completed', 'failed', 'dead', 'cancelled')),
    attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    run INTEGER NOT NULL DEFAULT 0 CHECK (run >= 0),
    interruptions INTEGER NOT NULL DEFAULT 0 CHECK (interruptions >= 0),
    claimable INTEGER NOT NULL DEFAULT 0 CHECK (claimable IN (0, 1)),
    expedited INTEGER NOT NULL DEFAULT 0 CHECK (expedited >= 0),
    ready_arrival INTEGER,
    waited INTEGER NOT NULL DEFAULT 0,     -- frozen while the job does not wait
    rank INTEGER,
    next_retry_at INTEGER,
    retry_delay INTEGER,                   -- milliseconds
    cancel_requested INTEGER NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1)),
    error TEXT,
    error_key TEXT,
    seen INTEGER NOT NULL DEFAULT 0 CHECK (seen IN (0, 1)),
    exit_code INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    removed_at INTEGER,
    removal INTEGER,
    CHECK ((command IS NULL) <> (argv IS NULL)),
    CHECK ((removed_at IS NULL) = (removal IS NULL)),
    CHECK (removed_at IS NULL OR state <> 'processing'),
    CHECK ((ready_arrival IS NOT NULL) = (state IN ('pending', 'failed') AND removed_at IS NULL)),
    CHECK ((rank IS NOT NULL) = (ready_arrival IS NOT NULL)),
    CHECK (rank IS NULL OR rank = priority - ready_arrival),
    CHECK (claimable = 0 OR ready_arrival IS NOT NULL),
    CHECK (claimable = 1 OR state <> 'pending' OR removed_at IS NOT NULL),
    CHECK ((state = 'failed') = (next_retry_at IS NOT NULL)),
    CHECK ((next_retry_at IS NULL) = (retry_delay IS NULL)),
    CHECK (expedited = 0 OR claimable = 1),
    CHECK (cancel_requested = 0 OR state = 'processing')
) STRICT;
CREATE UNIQUE INDEX job_by_id ON job (id) WHERE removed_at IS NULL;
CREATE INDEX job_to_claim ON job (expedited DESC, rank DESC, seq) WHERE claimable = 1;
CREATE INDEX job_to_retry ON job (next_retry_at) WHERE state = 'failed' AND claimable = 0 AND removed_at IS NULL;
CREATE INDEX job_by_state ON job (state, seq) WHERE removed_at IS NULL;
CREATE INDEX job_by_error ON job (error_key, seq) WHERE state = 'dead' AND removed_at IS NULL;
CREATE INDEX job_removed ON job (removal) WHERE removal IS NOT NULL;
CREATE INDEX job_unseen ON job (seq) WHERE state = 'dead' AND seen = 0 AND removed_at IS NULL;

CREATE TABLE session (                     -- one life of a runner
    session INTEGER PRIMARY KEY,
    boot TEXT NOT NULL,
    pid INTEGER NOT NULL,
    version TEXT NOT NULL,
    began INTEGER NOT NULL,
    ended INTEGER,
    ended_by TEXT,
    CHECK ((ended IS NULL) = (ended_by IS NULL))
) STRICT;

CREATE TABLE run (
    seq INTEGER NOT NULL REFERENCES job (seq) ON DELETE CASCADE,
    run INTEGER NOT NULL CHECK (run >= 0), -- 0: what 1.0 left of a job that had not failed
    session INTEGER REFERENCES session (session),
    token TEXT NOT NULL,
    claimed_at INTEGER NOT NULL,
    pid INTEGER,
    pid_created REAL,                      -- seconds since 1970; with pid the identity of the process
    started_at INTEGER,
    finished_at INTEGER,
    outcome TEXT CHECK (outcome IN
        ('succeeded', 'failed', 'timed_out', 'crashed', 'not_started', 'cancelled', 'interrupted')),
    exit_code INTEGER,
    reason TEXT,
    left_behind TEXT,
    output_bytes INTEGER,
    tail TEXT,
    PRIMARY KEY (seq, run),
    CHECK ((outcome IS NULL) = (finished_at IS NULL))
) STRICT;
CREATE UNIQUE INDEX run_open ON run (seq) WHERE outcome IS NULL;

CREATE TABLE event (
    event INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL REFERENCES job (seq) ON DELETE CASCADE,
    run INTEGER NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    cause TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX event_of_job ON event (seq, event);
CREATE TRIGGER event_is_append_only BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'an event never changes'); END;

CREATE TABLE option (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE runner (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    pid INTEGER,
    pid_created REAL,
    version TEXT,
    started_at INTEGER,
    state TEXT NOT NULL DEFAULT 'stopped' CHECK (state IN ('starting', 'running', 'draining', 'stopped')),
    wanted TEXT NOT NULL DEFAULT 'running' CHECK (wanted IN ('running', 'stopped')),
    slots INTEGER NOT NULL DEFAULT 0 CHECK (slots BETWEEN 0 AND 256)
) STRICT;
INSERT INTO runner (only_row) VALUES (1);

CREATE TABLE command (                     -- what others ask of the runner, and its answer
    command INTEGER PRIMARY KEY,
    verb TEXT NOT NULL,
    amount INTEGER,
    asked_at INTEGER NOT NULL,
    answered_at INTEGER,
    answer TEXT
) STRICT;
CREATE INDEX command_open ON command (command) WHERE answered_at IS NULL;

CREATE TABLE notice (
    notice INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    seq INTEGER,
    template TEXT NOT NULL,
    args TEXT NOT NULL DEFAULT '{}',
    seen INTEGER NOT NULL DEFAULT 0 CHECK (seen IN (0, 1))
) STRICT;

CREATE TABLE state_count (                 -- jobs in each state, removed ones left out; kept by the triggers below
    state TEXT PRIMARY KEY,
    jobs INTEGER NOT NULL DEFAULT 0 CHECK (jobs >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO state_count (state)
    VALUES ('pending'), ('processing'), ('completed'), ('failed'), ('dead'), ('cancelled');
CREATE TRIGGER job_counted_in AFTER INSERT ON job WHEN NEW.removed_at IS NULL
BEGIN
    UPDATE state_count SET jobs = jobs + 1 WHERE state = NEW.state;
END;
CREATE TRIGGER job_counted_over AFTER UPDATE OF state, removed_at ON job
WHEN OLD.state <> NEW.state OR (OLD.removed_at IS NULL) <> (NEW.removed_at IS NULL)
BEGIN
    UPDATE state_count SET jobs = jobs - 1 WHERE state = OLD.state AND OLD.removed_at IS NULL;
    UPDATE state_count SET jobs = jobs + 1 WHERE state = NEW.state AND NEW.removed_at IS NULL;
END;
CREATE TRIGGER job_counted_out AFTER DELETE ON job WHEN OLD.removed_at IS NULL
BEGIN
    UPDATE state_count SET jobs = jobs - 1 WHERE state = OLD.state;
END;
"""


def apply(connection: apsw.Connection) -> None:
    """Make the tables in a database that has none."""
    connection.execute(STATEMENTS)
