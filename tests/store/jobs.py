"""Short words for what tests of the store say all the time."""

from contextlib import contextmanager

from app.domain.job import JobSpec, NewJob, State
from app.domain.lifecycle import Policy
from app.domain.outcome import Failed, Interrupted, Reason, Succeeded
from app.store.store import open_store
from app.store.views import View
from app.store.work import End

POLICY = Policy()


def spec(**fields):
    """A complete spec; what is not given is what a 1.0 job would have had."""
    given = {"cwd": "/", "timeout": 20.0, "max_retries": 3, "backoff_base": 2.0, "priority": 5, **fields}
    if "argv" not in given:
        given.setdefault("command", "echo hi")
    return JobSpec(**given)


def new(id=None, **fields):
    """A job about to be enqueued."""
    return NewJob(id, spec(**fields))


def open_now(home, **more):
    """The store of a home, not connected; what is told is dropped, and no process is a worker of 1.0."""
    return open_store(home, **{"told": [].append, "is_old_worker": set().__contains__, **more})


@contextmanager
def opened(home, **more):
    """The store of a home, connected for the length of a block."""
    store = open_now(home, **more)
    with store.connected():
        yield store


def enqueue(store, *ids, **fields):
    """Enqueue one job a call, and return their seqs; a single one bare."""
    seqs = [store.intake.enqueue([new(id, **fields)]).jobs[0][0] for id in ids or [None]]
    return seqs[0] if len(seqs) == 1 else seqs


def claim_one(store, session=None):
    """Claim one job, which there must be."""
    (claim,) = store.work.claim(1, session)
    return claim


def end(claim, outcome, at, **more):
    """The end of a claimed run."""
    return End(seq=claim.job.seq, run=claim.run, outcome=outcome, at=at, **more)


def finish(store, claim, outcome, at, policy=POLICY, **more):
    """Record the end of a claimed run and return its transition, None where it was not its job's run any more."""
    (ended,) = store.work.finish([end(claim, outcome, at, **more)], policy)
    return ended.transition


def put_into(store, state, clock, id="it", **fields):
    """Bring a new job into a state the way jobs get there, with nothing else in the queue; return its seq."""
    seq = enqueue(store, id, **fields)
    if state is State.PENDING:
        return seq
    if state is State.CANCELLED:
        store.changes.cancel(seq)
        return seq
    store.changes.run_next(seq)
    claim = claim_one(store)
    assert claim.job.seq == seq
    if state is State.COMPLETED:
        finish(store, claim, Succeeded(), clock())
    elif state is State.FAILED:
        finish(store, claim, Failed(1), clock())
    elif state is State.DEAD:
        for _ in range(claim.job.spec.max_retries - 1):
            finish(store, claim, Failed(1), clock())
            store.changes.run_next(seq)
            claim = claim_one(store)
        finish(store, claim, Failed(1), clock())
    assert store.reads.by_seq(seq).state is state
    return seq


def interrupt(store, claim, at, *, suspect=False, policy=POLICY):
    """End a claimed run from outside."""
    return finish(store, claim, Interrupted(Reason.RUNNER_DIED, suspect=suspect), at, policy)


def all_jobs(store):
    """Every job, oldest first."""
    return list(store.reads.newest_first())[::-1]


def order_of_claims(store):
    """The ids in the order in which single claims hand them out, until nothing is left."""
    ids = []
    while claims := store.work.claim(1):
        ids += [claim.job.id for claim in claims]
    return ids


def events(store, seq):
    """(run, from, to, cause) of each event of a job, as plain words."""
    return [
        (event.run, None if event.from_state is None else event.from_state.value, event.to_state.value, event.cause)
        for event in store.reads.details(seq).events
    ]


def name_of(value):
    """A name for a view in a test's id that is the same in every process: the text of a set is not."""
    if not isinstance(value, View):
        return ""
    states = "+".join(sorted(value.filter.states)) or "all"
    return "-".join([states, value.filter.error_key or "any", value.by, "down" if value.descending else "up"])
