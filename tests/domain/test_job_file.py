import codecs
import json

import pytest
from msgspec import UNSET, structs

from app.domain import job_text
from app.domain.job import JobDraft, Leftovers, OnInterrupt
from app.domain.job_file import (
    JobFileError,
    iter_jobs,
    read_jobs,
)

ONE = '{"id": "job1", "command": "echo Hi"}'
TWO = '{"id": "job2", "command": "echo Ho"}'
DRAFTS = [JobDraft(id="job1", command="echo Hi"), JobDraft(id="job2", command="echo Ho")]


def problems(data, source="jobs.json", platform="posix"):
    with pytest.raises(JobFileError) as caught:
        read_jobs(data, source, platform)
    return caught.value.problems


def problem(data, platform="posix"):
    [only] = problems(data, platform=platform)
    return only


# Forms


@pytest.mark.parametrize(
    "text",
    [
        f"[{ONE}, {TWO}]",
        f"\n [\n{ONE}\n,\n{TWO}\n]\n",
        f'{{"jobs": [{ONE}, {TWO}]}}',
        f'{{ "jobs"\n:\n[{ONE}, {TWO}]\n}}\n',
        f"{ONE}\n{TWO}",
        f"\n\n{ONE}\r\n\r\n  {TWO}  \r\n\n",
    ],
)
def test_many_jobs_come_as_a_list_as_an_object_of_jobs_or_one_a_line(text):
    assert read_jobs(text, "paste") == DRAFTS
    assert read_jobs(text.encode(), "jobs.json") == DRAFTS


@pytest.mark.parametrize("text", [ONE, f"\n\t{ONE}\r\n ", ONE.replace(",", ",\n"), f"[{ONE}]", f'{{"jobs":[{ONE}]}}'])
def test_one_job_comes_alone_or_in_a_list(text):
    assert read_jobs(text, "command line") == DRAFTS[:1]


def test_the_line_separators_of_unicode_do_not_end_a_line_of_json_lines():
    text = "\n".join(json.dumps({"command": f"echo a\u2028b\u0085{n}"}, ensure_ascii=False) for n in range(2))

    assert [draft.command for draft in read_jobs(text, "x")] == ["echo a\u2028b\u00850", "echo a\u2028b\u00851"]


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: codecs.BOM_UTF8 + text.encode(),
        lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
        lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        lambda text: "\ufeff" + text,
    ],
    ids=["UTF-8", "UTF-8 with BOM", "UTF-16 LE", "UTF-16 BE", "text with BOM"],
)
def test_every_usual_encoding_is_read(encode):
    command = "echo Grüße \N{SNOWMAN} \N{GRINNING FACE}"

    assert read_jobs(encode(json.dumps({"command": command}, ensure_ascii=False)), "x") == [JobDraft(command=command)]


def test_the_same_id_twice_is_the_stores_business():
    assert [draft.id for draft in read_jobs(f"[{ONE},{ONE}]", "x")] == ["job1", "job1"]


def test_every_field_is_read():
    fields = {
        "id": "nightly backup",
        "argv": ["tar", "-c", ""],
        "timeout": 0.5,
        "max_retries": 0,
        "backoff_base": 1.5,
        "priority": 10,
        "cwd": "data",
        "env": {"A": "", "b c": "d=e"},
        "success_codes": [0, -(2**31), 2**32 - 1],
        "leftovers": "leave",
        "on_interrupt": "dead",
    }
    assert read_jobs(json.dumps(fields), "x") == [
        JobDraft(
            **fields
            | {
                "argv": ("tar", "-c", ""),
                "success_codes": (0, -(2**31), 2**32 - 1),
                "leftovers": Leftovers.LEAVE,
                "on_interrupt": OnInterrupt.DEAD,
            }
        )
    ]
    assert read_jobs('{"command": "x", "shell": "pwsh", "max_attempts": 4}', "x") == [
        JobDraft(command="x", shell="pwsh", max_attempts=4)
    ]


@pytest.mark.parametrize(
    "data", ["", " \r\n\t", b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, "[]", "[ ]", '{"jobs": [\n]}']
)
def test_a_document_without_jobs_is_most_likely_the_wrong_one(data):
    assert str(problem(data).reason) == "holds no jobs"


# Places


def test_a_problem_names_file_line_job_field_reason_and_remedy():
    found = problem(f'{ONE}\n\n{{"command": "x", "timeout": "5"}}\n'.encode())

    assert (found.source, found.line, found.index, found.field) == ("jobs.json", 3, 2, "timeout")
    assert str(found) == (
        'jobs.json, line 3, job 2, field timeout: must be a number from 0 to 31,536,000, not the text "5"'
    )
    assert str(found.remedy) == "Write the number without quotes."


def test_the_line_is_where_the_job_stands_in_a_list():
    text = f'[\n  {ONE},\n\n  {{"command": "x",\n   "priority": 11}},\n  {TWO}\n]'
    found = problem(text.encode())

    assert (found.line, found.index, found.field) == (4, 2, "priority")


def test_text_of_one_line_has_no_line_numbers():
    assert str(problem('{"command": "x", "priority": 0}')) == (
        "jobs.json, job 1, field priority: must be a whole number from 1 to 10, not the number 0"
    )


def test_all_problems_of_all_jobs_are_told():
    found = problems('[{"priority": 0, "timeout": -1}, 5, {"command": "x", "shel": "sh"}]')

    assert [(each.index, each.field) for each in found] == [
        (1, "priority"),
        (1, "timeout"),
        (1, "command"),
        (2, None),
        (3, "shel"),
    ]


def test_twenty_problems_are_told_and_the_rest_is_counted():
    with pytest.raises(JobFileError) as caught:
        read_jobs("\n".join(["{}"] * 30), "jobs.jsonl")

    assert len(caught.value.problems) == 20
    assert caught.value.more == 10
    assert str(caught.value) == "jobs.jsonl, line 1, job 1, field command: is missing (and 29 more)"
    assert str(caught.value.remedy) == "Say what to run: give it a command, or an argv."


def test_reading_stops_where_it_is_plain_that_this_is_no_job_file():
    with pytest.raises(JobFileError) as caught:
        read_jobs("[" + "1," * 5_000 + "1]", "numbers.json")

    assert caught.value.stopped
    assert str(caught.value).endswith("(and 999 more, and the rest was not read)")


def test_no_job_is_handed_on_after_the_first_problem():
    taken = []
    with pytest.raises(JobFileError):
        taken.extend(draft.id for draft in iter_jobs(f"{ONE}\n{{}}\n{TWO}", "x"))

    assert taken == ["job1"]


def test_a_problem_at_the_end_of_many_jobs_is_found():
    lines = [json.dumps({"command": f"echo {n}"}) for n in range(20_000)]

    assert problem("\n".join([*lines, '{"command": 5}'])).line == 20_001


# What is refused


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("hello", "is no job file: it begins with hello"),
        ("PK\x03\x04", "is no job file: it begins with PK<U+0003><U+0004>"),
        ("5", "is no job file: it begins with 5"),
        ("[1]", "must be an object { }, not the number 1"),
        ("[[]]", "must be an object { }, not a list [ ]"),
        ('["x"]', 'must be an object { }, not the text "x"'),
        ("[null]", "must be an object { }, not nothing (null)"),
        ('{"jobs": 5}', "must be a list [ ] of jobs"),
        (f'{{"jobs": [{ONE}], "x": 1}}', "holds the jobs, and no other field may stand beside it"),
        (f'{{"x": 1, "jobs": [{ONE}]}}', "holds the jobs, and no other field may stand beside it"),
        (f'{{"jobs": [{ONE}], "jobs": [{ONE}]}}', "holds the jobs, and no other field may stand beside it"),
        (f'{{"jobs": [{ONE}]', "is not valid JSON: at column 48 the closing } is missing"),
        (f"[{ONE}", "is not valid JSON: at column 38 a comma between two jobs, or the closing ] is missing"),
        (f"[{ONE} {TWO}]", "is not valid JSON: at column 39 a comma between two jobs, or the closing ] is missing"),
        (f"[{ONE},]", "is not valid JSON: at column 39 a comma stands before the closing ]"),
        (f"[{ONE}] {ONE[:5]}", 'goes on after its end with "{"id""'),
        (f"{ONE} {TWO}", f'goes on after its end with "{TWO[:20]}"'),
        (f"{ONE},\n{TWO}", 'goes on after its end with ",<U+000A>{"id": "job2", "co"'),
        (f"{ONE}]", 'goes on after its end with "]"'),
        (f"{ONE}\0", 'goes on after its end with "<U+0000>"'),
        ("{'id': 'a'}", "is not valid JSON: at column 2 a field name in double quotes is missing"),
        ("{id:job1}", "is not valid JSON: at column 2 a field name in double quotes is missing"),
        ('{"id" "a"}', "is not valid JSON: at column 7 a colon is missing after the field name"),
        ('{"id": "a" "b"}', "is not valid JSON: at column 12 a comma or a closing bracket is missing"),
        ('{"id": }', "is not valid JSON: at column 8 a value is missing or is written wrongly"),
        ('{"id": "a}', "is not valid JSON: at column 8 a text begins that has no closing double quote"),
        (r'{"cwd": "C:\Users"}', "is not valid JSON: at column 12 a backslash is followed by the wrong character"),
        (r'{"cwd": "C:\u"}', "is not valid JSON: at column 13 \\u is not followed by four hexadecimal digits"),
        ("[" * 100_000, "is nested too deeply"),
        ('{"env": ' * 100_000, "is nested too deeply"),
    ],
)
def test_what_is_no_job_file_is_refused_in_words(text, reason):
    assert str(problem(text).reason) == reason


def test_a_line_break_inside_a_text_is_refused_with_what_to_write_instead():
    found = problem('{"command": "a\nb"}')

    assert "a line break or another control character stands inside a text" in str(found)
    assert str(found.remedy) == "Write \\n for a line break and \\t for a tab."


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b'{\n"command": "\xe9"}', 2, "is not text in UTF-8: byte 14 belongs to no character"),
        (b'\xff\xfe{\0\n\0"', 2, "is not text in UTF-16-LE: byte 6 belongs to no character"),
        (b"\xef\xbb\xbf\n\n\xff", 3, "is not text in UTF-8: byte 5 belongs to no character"),
        (ONE.encode("utf-16-le"), None, "seems to be written in UTF-16 without a byte order mark"),
        (ONE.encode("utf-16-be"), None, "seems to be written in UTF-16 without a byte order mark"),
        (codecs.BOM_UTF32_LE + ONE.encode("utf-32-le"), None, "is written in UTF-32"),
        ('{\n"command": "\udc80"}', 2, "contains half a character (U+DC80), which can't be stored"),
    ],
)
def test_what_is_not_text_is_refused_with_its_place(data, line, reason):
    found = problem(data)

    assert (found.line, str(found.reason)) == (line, reason)
    assert "UTF-8" in str(found.remedy)


@pytest.mark.parametrize("data", [b"x" * 101, "x" * 101])
def test_a_file_that_is_too_large_is_refused_before_it_is_read(data, monkeypatch):
    monkeypatch.setattr(job_text, "MAX_FILE_BYTES", 100)

    assert "is larger than" in str(problem(data).reason)


def test_a_name_given_twice_is_refused_at_any_depth():
    assert str(problem('{"command": "a", "command": "b"}')) == (
        "jobs.json, job 1, field command: is given more than once"
    )
    assert problem('{"command": "a", "env": {"A": "1", "B": "2", "A": "1"}}').field == "env.A"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5_000, str(2**70)])
@pytest.mark.parametrize("field", ["timeout", "max_retries", "backoff_base", "priority"])
def test_numbers_beyond_all_bounds_are_refused(field, number):
    found = problem(f'{{"command": "x", "{field}": {number}}}')

    assert found.field == field
    assert "must be a" in str(found.reason)


def test_what_is_left_out_of_a_file_is_unset():
    [draft] = read_jobs(ONE, "x")

    assert {name for name, value in structs.asdict(draft).items() if value is not UNSET} == {"id", "command"}


def test_a_name_like_no_other_gets_the_list_of_all_fields():
    found = problem('{"command": "x", "\\u202ezz": 1}')

    assert found.field == "<U+202E>zz"
    assert str(found.remedy).startswith("The fields are id, command, argv, ")
