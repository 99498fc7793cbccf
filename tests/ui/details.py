"""Jobs with a past, for tests of what is shown of them."""

from app.domain.lifecycle import Policy
from app.domain.outcome import Failed
from app.store.work import Started
from tests.store.jobs import claim_one, end
from tests.ui.conftest import new_job


def add(store, id="job", **fields):
    """Enqueue a job and return its seq."""
    return store.intake.enqueue([new_job(id, **fields)]).jobs[0][0]


def begin(store, seq, output=None):
    """Begin a run of a job, which writes so far what is given; return its claim."""
    store.changes.run_next(seq)
    claim = claim_one(store)
    assert claim.job.seq == seq
    store.work.started([Started(seq=seq, run=claim.run, pid=1, pid_created=1.0, at=store.clock())])
    if output is not None:
        store.outputs.create(seq, claim.run).write_bytes(output)
    return claim


def finish(store, claim, outcome=None, **more):
    """End a run the way the engine does."""
    tail = store.outputs.tail(claim.job.seq, claim.run)
    given = {"tail": tail.text, "last_line": tail.last_line, "output_bytes": tail.size, **more}
    ended = end(claim, outcome or Failed(1), store.clock(), **given)
    store.work.finish([ended], Policy())


def run(store, seq, output=None, outcome=None, **more):
    """A whole run of a job."""
    finish(store, begin(store, seq, output), outcome, **more)
