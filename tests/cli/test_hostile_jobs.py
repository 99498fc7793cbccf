"""What a job brought never reaches a terminal as anything but text: not by any command, and not in what is wrong.

A terminal obeys what it is sent: it can be made to hide lines, to set its title, to answer as if the person typed.
"""

import re

import pytest

from app.domain.job import State
from app.domain.outcome import Failed
from app.messages import KnownError
from tests.cli.test_every_command import ON_AN_EMPTY_HOME, as_ids
from tests.store.jobs import claim_one, enqueue, finish, put_into

EVIL = "evil\x1b[2J\x1b]0;title\x07\x9b31m\r\x08\x00\u202etxt\u2066\x7f\x85\u2028\U000e0001"
NUL_FREE = EVIL.replace("\x00", "")
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\U000e0001]")

READS = [words for words in ON_AN_EMPTY_HOME if words[0] not in {"worker", "import", "config", "clear", "logs"}]


@pytest.fixture
def hostile(store, clock):
    """Jobs of every state in whose every text something is hidden; 1.0 let such ids in."""
    for number, state in enumerate(sorted(set(State) - {State.PROCESSING})):
        put_into(store, state, clock, f"s{number}", command=NUL_FREE)
    seq = enqueue(store, "j", command=NUL_FREE, env={NUL_FREE: NUL_FREE}, cwd=f"/{NUL_FREE}", max_retries=1)
    store.changes.run_next(seq)
    finish(store, claim_one(store), Failed(1), clock(), last_line=EVIL, tail=EVIL, left_behind=EVIL)
    with store.database.writing():
        store.database.run("UPDATE job SET id = ? || seq", (NUL_FREE,))
        store.database.run("UPDATE run SET reason = ?, tail = ?, left_behind = ?", (NUL_FREE, NUL_FREE, NUL_FREE))
        store.database.run("UPDATE job SET error = ?, error_key = ? WHERE error IS NOT NULL", (NUL_FREE, NUL_FREE))
    return f"{NUL_FREE}{seq}"


@pytest.mark.parametrize("words", READS, ids=as_ids)
def test_no_command_passes_on_what_a_terminal_would_obey(queuectl, hostile, words):
    named = [hostile if word == "j" and words[0] != "enqueue" else word for word in words]
    answer = queuectl(*named, *(["--timeout", "0.1"] if words == ("wait",) else []))
    wrong = CONTROLS if "--json" in words or words[0] in {"export", "completion"} else UNSEEN
    assert not wrong.search(answer.out), answer.out
    assert not UNSEEN.search(answer.err), answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    "words",
    [
        *(("show", EVIL), ("why", EVIL), ("events", EVIL), ("cancel", EVIL), ("retry", EVIL), ("dequeue", EVIL)),
        *(("config", "get", EVIL), ("config", "set", EVIL, "1"), ("config", "set", "timeout", EVIL)),
        *(("enqueue", "--id", EVIL, "--command", "x"), ("enqueue", "--command", "x", "--env", f"{EVIL}=1")),
        *(("enqueue", f'{{"{NUL_FREE}": 1}}'), ("enqueue", "--file", NUL_FREE), ("import", NUL_FREE)),
        *(("export", f"/{NUL_FREE}/x"), ("dlq", "retry", "--error", EVIL), (EVIL,), ("list", "--state", EVIL)),
        *(("list", f"--{NUL_FREE}")),
    ],
    ids=lambda words: " ".join(words)[:18].encode("ascii", "replace").decode().replace("\x1b", ""),
)
def test_what_is_wrong_is_told_without_it(queuectl, store, words):  # noqa: ARG001  there is a queue
    answer = queuectl(*words)
    assert answer.code
    assert answer.err
    assert not UNSEEN.search(answer.err), repr(answer.err)
    assert not UNSEEN.search(answer.out), repr(answer.out)


def test_the_words_of_an_error_are_looked_at_and_not_only_its_parts(queuectl, monkeypatch):
    def fail(_home):
        raise KnownError("{what}", what=EVIL)

    monkeypatch.setattr(queuectl, "open_store", fail)
    assert not UNSEEN.search(queuectl("list").err)
