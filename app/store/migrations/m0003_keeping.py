"""The third schema: what is kept of outputs, in bytes and in all, and the indexes by which the oldest is found."""

from __future__ import annotations

import apsw

STATEMENTS = """
ALTER TABLE run ADD COLUMN kept_bytes INTEGER;   -- of its output file; NULL where there is none to be counted
ALTER TABLE run ADD COLUMN freed_by TEXT CHECK (freed_by IN ('keep-outputs', 'prune'));
ALTER TABLE queue ADD COLUMN kept_bytes INTEGER NOT NULL DEFAULT 0;  -- of all runs; kept by the triggers below

CREATE TRIGGER run_kept_in AFTER INSERT ON run WHEN NEW.kept_bytes <> 0
BEGIN
    UPDATE queue SET kept_bytes = kept_bytes + NEW.kept_bytes;
END;
CREATE TRIGGER run_kept_over AFTER UPDATE OF kept_bytes ON run
WHEN coalesce(OLD.kept_bytes, 0) <> coalesce(NEW.kept_bytes, 0)
BEGIN
    UPDATE queue SET kept_bytes = kept_bytes - coalesce(OLD.kept_bytes, 0) + coalesce(NEW.kept_bytes, 0);
END;
CREATE TRIGGER run_kept_out AFTER DELETE ON run WHEN OLD.kept_bytes <> 0
BEGIN
    UPDATE queue SET kept_bytes = kept_bytes - OLD.kept_bytes;
END;

-- What the files really hold is looked up before any is freed; until then what was written counts.
UPDATE run SET kept_bytes = coalesce(output_bytes, 0) WHERE outcome IS NOT NULL;

CREATE INDEX run_kept ON run (finished_at) WHERE kept_bytes IS NOT NULL;
CREATE INDEX job_to_purge ON job (removed_at) WHERE removed_at IS NOT NULL;
-- seq > 0 is always true. It is there to be asked for, as in the second schema: nothing else says these words.
CREATE INDEX job_ended ON job (state, coalesce(finished_at, updated_at))
    WHERE removed_at IS NULL AND state IN ('completed', 'cancelled') AND seq > 0;
"""


def apply(connection: apsw.Connection) -> None:
    """Add them. Among a million jobs that takes some seconds."""
    connection.execute(STATEMENTS)
