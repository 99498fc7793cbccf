"""20,000 malformed documents: each is refused in words, and none of them with any other exception.

12,000 are good documents with one known fault, so that place and field are known too; 8,000 are good documents whose
bytes were damaged. The seeds are fixed: a failure can be repeated.
"""

import codecs
import json
import random

import pytest

from app.domain.job_file import JobFileError, check_draft, read_jobs
from tests.domain.documents import SOURCE, as_given, refusal

# Good documents by chance


def good_job(rng):
    fields = {"command": rng.choice(["echo hi", "échö \u2028", "x" * 300, 'say "a\\b"\n\t', "\U0001f600"])}
    if rng.random() < 0.3:
        fields = {"argv": rng.choice([["ls"], ["a", "", "b c"], ["ü"] * 5])}
    chances = {
        "id": lambda: rng.choice(["job1", "nightly backup", "a", "日本", "x" * 128]),
        "timeout": lambda: rng.choice([0, 0.5, 20, 31_536_000, 1e-9]),
        "max_retries": lambda: rng.randint(0, 1_000),
        "backoff_base": lambda: rng.uniform(0, 1_000),
        "priority": lambda: rng.randint(1, 10),
        "cwd": lambda: rng.choice([".", "C:\\Users", "/tmp/ü", "~"]),
        "env": lambda: {rng.choice(["A", "PATH", "ü b"]): rng.choice(["", "1", "=", "日本\n"])},
        "success_codes": lambda: rng.choices([0, 1, -1, -(2**31), 2**32 - 1], k=3),
        "leftovers": lambda: rng.choice(["end", "leave"]),
        "on_interrupt": lambda: rng.choice(["retry", "dead"]),
    }
    fields |= {name: chance() for name, chance in chances.items() if rng.random() < 0.3}
    return fields


FORMS = {
    "list": ("[\n", ",\n", "\n]"),
    "jobs": ('{"jobs": [\n', ",\n", "\n]}\n"),
    "lines": ("\n", "\n", "\n\n"),
}


def encode(rng, text):
    return rng.choice(
        [
            text.encode(),
            codecs.BOM_UTF8 + text.encode(),
            codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
            codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        ]
    )


def document(form, texts):
    before, between, after = FORMS[form]
    return before + between.join(texts) + after


# One known fault in a job. Each returns the job's JSON text and the field that must be named.


def text_of(fields, **raw):
    """The JSON of a job; a raw value goes in as it is, and takes the place of the job's own."""
    parts = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in fields.items() if name not in raw]
    return "{" + ", ".join([*parts, *(f'"{name}": {value}' for name, value in raw.items())]) + "}"


NO_NUMBER = ["null", "true", "false", '"5"', "[5]", '{"a": 1}', "NaN", "Infinity", "-Infinity", "1e999", "9" * 5_000]
NO_TEXT = ["null", "true", "5", "1.5", '["a"]', "{}", "NaN", '""', '"a\\u0000"', '"\\ud800x"']
NO_LIST = ["null", "true", "5", '"a"', '{"0": "a"}', "[]", "[null]", "[[]]", "[1.5]", "[true]"]

WRONG_VALUES = {
    "id": [*NO_TEXT, '" a"', '"a "', '"a\\nb"', '"\\u202ea"', '"\\u200f"', json.dumps("x" * 129)],
    "command": [*NO_TEXT, '" "', '"\\n\\t"', json.dumps("x" * 131_073), json.dumps("ü" * 65_537)],
    "cwd": [*NO_TEXT, '"  "'],
    "argv": [*NO_LIST, '[""]', '["a", 5]', '["a\\u0000"]', '["\\udfff"]', json.dumps(["x" * 70_000] * 2)],
    "timeout": [*NO_NUMBER, "-1", "-0.001", "31536000.1", str(2**70)],
    "backoff_base": [*NO_NUMBER, "-1", "1000.5", str(2**70)],
    "max_retries": [*NO_NUMBER, "-1", "1001", "1.0", "2.5", str(2**70)],
    "max_attempts": [*NO_NUMBER, "-1", "1001", "1.0", "1e2", str(-(2**70))],
    "priority": [*NO_NUMBER, "0", "11", "99", "-3", "5.0", str(2**70)],
    "env": [
        *["null", "5", '"A=1"', "[]", '{"A": 1}', '{"A": null}', '{"": "a"}', '{"A=": ""}', '{"QUEUECTL_RUN": "1"}'],
        *['{"A": "\\u0000"}', '{"A\\u0000": ""}', '{"\\ud800": ""}', '{"A": "1", "A": "1"}', '{"A": {"B": "C"}}'],
    ],
    "shell": ["null", "5", '"zsh"', '"SH"', '["sh"]', '""'],
    "success_codes": [*NO_LIST, '["0"]', "[-2147483649]", "[4294967296]", "[1e999]", json.dumps([0] * 65), "[NaN]"],
    "leftovers": ["null", "true", '"End"', '""', '["end"]'],
    "on_interrupt": ["null", "0", '"Retry"', '"never"', "{}"],
}

UNKNOWN = ["max-retries", "Timeout", "cmd", "comand", "ID", "x", "Befehl", "state", "attempts", "zażółć", "a b"]


def wrong_value(rng, fields):
    name = rng.choice(list(WRONG_VALUES))
    return text_of(fields, **{name: rng.choice(WRONG_VALUES[name])}), name


def unknown_field(rng, fields):
    name = rng.choice(UNKNOWN)
    return text_of(fields | {name: rng.choice([None, 1, "x", [], {"a": []}])}), name


def repeated_field(rng, fields):
    name = rng.choice(list(fields))
    return "{" + f"{json.dumps(name)}: {json.dumps(fields[name])}, " + text_of(fields)[1:], name


def nothing_to_run(_rng, fields):
    return text_of({name: value for name, value in fields.items() if name not in {"command", "argv"}}), "command"


def command_and_argv(_rng, fields):
    return text_of(fields | {"command": "a", "argv": ["a"]}), "argv"


def two_limits(_rng, fields):
    return text_of(fields | {"max_retries": 1, "max_attempts": 1}), "max_attempts"


def argv_in_a_shell(_rng, _fields):
    return text_of({"argv": ["a"], "shell": "sh"}), "shell"


def no_object(rng, _fields):
    return rng.choice(["null", "5", "true", '"echo hi"', "[]", '[{"command": "a"}]', "NaN", "9" * 5_000]), None


def too_deep(rng, fields):
    return text_of(fields, timeout=rng.choice(["[", '{"a":']) * 100_000), None


def broken_json(rng, fields):
    text = text_of(fields)
    return (
        rng.choice(
            [
                text.replace('": ', '" ', 1),
                text.replace('": ', '": ,', 1),
                text.replace('"', "'", 2),
                text.replace("{", '{"\\x": 1, ', 1),
                text.replace("{", '{"id": "a\tb", ', 1),
                text.replace("{", '{"id": "\\u12", ', 1),
                text.replace("{", "{,", 1),
                text[:-1] + ",}",
                text[:-1] + " 5}",
                text + text,
                text + " x",
            ]
        ),
        None,
    )


FAULTS = [wrong_value] * 8 + [unknown_field, repeated_field, nothing_to_run, command_and_argv, two_limits]
FAULTS += [argv_in_a_shell, no_object, too_deep, broken_json, broken_json]


@pytest.mark.parametrize("seed", range(12))
def test_a_document_with_one_known_fault_is_refused_with_its_place_and_field(seed):
    rng = random.Random(seed)
    for _ in range(1_000):
        form = rng.choice(list(FORMS))
        jobs = [good_job(rng) for _ in range(rng.randint(2, 4))]
        fault = rng.choice(FAULTS)
        # a first line that is no object makes it another kind of document
        first = 1 if fault is no_object and form == "lines" else 0
        place = rng.randrange(first, len(jobs))
        wrong, field = fault(rng, jobs[place])
        texts = [json.dumps(job) for job in jobs]
        texts[place] = wrong
        error = refusal(encode(rng, document(form, texts)))

        found = {(problem.line, problem.field) for problem in error.problems}
        fields = {name.split(".")[0].split("[")[0] for _, name in found if name}
        # before the first job stands one line in each form
        assert {line for line, _ in found} == {place + 2}, (wrong, error)
        # between two jobs of a list broken JSON belongs to none of them
        if fault is not broken_json:
            assert {problem.index for problem in error.problems} == {place + 1}, (wrong, error)
        assert field is None or field in fields, (wrong, error)


def damaged(rng, data):
    """The data after one to three random injuries."""
    for _ in range(rng.randint(1, 3)):
        at, length = rng.randrange(len(data) + 1), rng.choice([1, 1, 1, 2, 5, 30])
        piece = rng.choice(
            [b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\\u", b"\0", b"\n", b"\xff", b"\xef\xbb\xbf"]
        )
        data = rng.choice(
            [
                data[:at],
                data[at:],
                data[:at] + data[at + length :],
                data[:at] + data[at : at + length] + data[at:],
                data[:at] + piece + data[at:],
                data[:at] + piece + data[at + 1 :],
                data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :],
                data[:at] + rng.randbytes(length) + data[at:],
                data + data[:at],
            ]
        )
    return data


@pytest.mark.parametrize("seed", range(8))
def test_a_document_with_damaged_bytes_is_refused_in_words_or_is_still_good(seed):
    rng = random.Random(1_000 + seed)
    refused = 0
    while refused < 1_000:
        form = rng.choice(list(FORMS))
        text = document(form, [json.dumps(good_job(rng), ensure_ascii=False) for _ in range(rng.randint(1, 3))])
        data = damaged(rng, encode(rng, text))
        try:
            drafts = read_jobs(data, SOURCE, "posix")
        except JobFileError:
            refusal(data)
            refused += 1
        else:
            # an injury inside a text leaves another text
            assert drafts
            assert [check_draft(draft, "posix") for draft in drafts] == drafts


def test_the_good_documents_of_these_tests_are_good():
    rng = random.Random(0)
    for _ in range(500):
        jobs = [good_job(rng) for _ in range(3)]
        for form in FORMS:
            data = encode(rng, document(form, [json.dumps(job) for job in jobs]))
            assert [as_given(draft) for draft in read_jobs(data, SOURCE, "posix")] == jobs


@pytest.mark.parametrize(
    ("text", "closing"),
    [('{"command":"a",}', "}"), ('{"command":"a",\n}', "}"), ('[{"command":"a", }]', "}"), ('{"argv":["a",]}', "]")],
)
def test_a_comma_before_a_closing_bracket_is_called_that(text, closing):
    with pytest.raises(JobFileError) as caught:
        read_jobs(text, "F")
    assert f"a comma stands before the closing {closing}" in str(caught.value)
    assert "Remove the comma." in str(caught.value.remedy)
