"""``queuectl prune``: what has ended long ago goes, and what has not stays."""

import pytest

from app.domain.job import State
from tests.store.jobs import all_jobs, put_into

DAY = 86_400


@pytest.fixture
def ages(store, clock):
    """Jobs of every state that are 40 days, 10 days and no time old, with an output each."""
    for age in (40, 10, 0):
        for state in State:
            seq = put_into(store, state, clock, f"{state}-{age}")
            store.outputs.create(seq, 1).write_bytes(b"x")
        clock.forward((age - {40: 10, 10: 0, 0: 0}[age]) * DAY)


def gone(store):
    left = {job.id for job in all_jobs(store)}
    return {f"{state}-{age}" for state in State for age in (40, 10, 0)} - left


@pytest.mark.usefixtures("ages")
def test_completed_and_cancelled_jobs_go_after_the_options_time(queuectl, store):
    answer = queuectl("prune")
    assert (answer.code, answer.out, answer.err) == (0, "2 job(s) removed from queue\n", "")
    assert gone(store) == {"completed-40", "cancelled-40"}


@pytest.mark.usefixtures("ages")
def test_each_option_holds_for_its_own_state_and_0_is_for_ever(queuectl, store):
    queuectl("config", "set", "keep-completed", "5d")
    queuectl("config", "set", "keep-cancelled", "0")
    queuectl("prune")
    assert gone(store) == {"completed-40", "completed-10"}


@pytest.mark.usefixtures("ages")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--completed"], {"completed-40"}),
        (["--older-than", "7d"], {"completed-40", "completed-10", "cancelled-40", "cancelled-10"}),
        (["--cancelled", "--older-than", "0"], {"cancelled-40", "cancelled-10", "cancelled-0"}),
        (["--dead", "--older-than", "30d"], {"dead-40"}),
        (["--older-than", "41d"], set()),
    ],
)
def test_what_is_named_goes(queuectl, store, words, expected):
    assert queuectl("prune", *words).out == f"{len(expected)} job(s) removed from queue\n"
    assert gone(store) == expected


@pytest.mark.usefixtures("ages")
def test_undo_brings_back_what_one_call_removed(queuectl, store):
    queuectl("prune", "--older-than", "0")
    out = queuectl("undo").out.splitlines()
    assert (out[-1], len(out)) == ("6 job(s) brought back", 7)
    assert gone(store) == set()


@pytest.mark.usefixtures("ages")
def test_outputs_alone_go_and_the_jobs_stay(queuectl, store):
    assert queuectl("prune", "--outputs", "--older-than", "30d").out == "Outputs of 2 job(s) deleted\n"
    assert gone(store) == set()
    without = {job.id for job in all_jobs(store) if not store.outputs.holds(job.seq)}
    assert without == {"completed-40", "cancelled-40"}
    assert queuectl("prune", "--outputs", "--older-than", "30d").out == "Outputs of 0 job(s) deleted\n"


@pytest.mark.usefixtures("ages")
def test_jobs_and_their_outputs_go_together_when_both_are_asked_for(queuectl, store):
    answer = queuectl("prune", "--completed", "--outputs", "--older-than", "30d")
    assert answer.out == "1 job(s) removed from queue\nOutputs of 1 job(s) deleted\n"
    assert gone(store) == {"completed-40"}


def test_dead_letters_go_only_with_an_age(queuectl, store, clock):
    put_into(store, State.DEAD, clock, "d")
    answer = queuectl("prune", "--dead")
    assert (answer.code, answer.out) == (2, "")
    assert len(all_jobs(store)) == 1


@pytest.mark.parametrize("words", [[], ["--outputs"], ["--completed", "--outputs"]])
def test_an_empty_queue_has_nothing_to_prune(queuectl, words):
    answer = queuectl("prune", *words)
    assert (answer.code, answer.err) == (0, "")
    assert "0 job(s)" in answer.out
