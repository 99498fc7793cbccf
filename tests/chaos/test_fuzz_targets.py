"""What a fuzzer found once is not found again, and very large documents take no more time than their size asks for."""

import json

import pytest

from tests.chaos.fuzz_targets import TARGETS, feed

MANY = 100_000


def names(count):
    return [f"a{number}" for number in range(count)]


def an_object(names):
    return "{" + ",".join(f'"{name}":1' for name in names) + "}"


LARGE = {
    # each name was counted among all others: 48 s for 30,000 of them
    "a name twice": an_object([*names(MANY), f"a{MANY - 1}"]),
    "a name twice, inside": '{"command": "a", "env": ' + an_object([*names(MANY), f"a{MANY - 1}"]) + "}",
    # what is wrong with each was worked out, and a thousand are told
    "unknown names": an_object(names(MANY)),
    "wrong words": json.dumps({"argv": [1] * MANY}),
    "wrong variables": json.dumps({"command": "a", "env": dict.fromkeys(names(MANY), 1)}),
    "deep lists": "[" * MANY,
    "deep objects": '{"a":' * MANY,
    "digits": '{"command": "a", "timeout": ' + "9" * MANY + "}",
    "an exponent": '{"command": "a", "timeout": 1e' + "9" * MANY + "}",
    "jobs without a command": json.dumps({"jobs": [{}] * MANY}),
    "lines that are none": "x\n" * MANY,
}


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE.keys())
def test_a_very_large_document_is_refused(name, text):
    if name == "edit_document" and text[0] == "{" and '"a":' not in text:
        feed(name, text.encode())  # what is wrong with its fields is asked for one by one
    else:
        assert feed(name, text.encode()) is not None or name == "option"
