"""Reading what ``export`` wrote, strictly, and whatever else comes in its place."""

import json
import os
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidJob
from app.domain.job import Defaults, State
from app.domain.job_problems import JobFileError
from app.domain.json_object import read_object
from app.domain.saved_job import MAX_LINE, Reading, read_saved

DEFAULTS = Defaults(timeout=60.0)


def read(*lines, **more):
    return list(read_saved(lines, "jobs.jsonl", Reading(DEFAULTS, "/here", platform="posix", **more)))


def refused(*lines, **more):
    with pytest.raises(JobFileError) as error:
        read(*lines, **more)
    return error.value


def line(**fields):
    return json.dumps({"command": "x", **fields})


def test_a_line_holds_a_job_and_where_it_stood():
    (job,) = read(line(id="a", state="dead", attempts=3, waited=7, created_at="2023-11-14T22:13:20.500Z") + "\r\n")
    assert (job.id, job.state, job.attempts, job.waited) == ("a", State.DEAD, 3, 7)
    assert job.created_at == 1_700_000_000_500
    assert (job.spec.command, job.spec.timeout, job.spec.cwd) == ("x", 60.0, os.path.normpath("/here"))


def test_what_is_left_out_is_what_a_new_job_has():
    (job,) = read(line())
    assert (job.id, job.state, job.attempts, job.waited, job.created_at) == (None, State.PENDING, 0, 0, None)


def test_empty_lines_hold_no_job_and_an_empty_file_none_either():
    assert read() == []
    assert len(read("\n", line(), "  \r\n", line(), "")) == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "line 1, job 1: is not valid JSON"),
        ("[1]", "line 1, job 1: must be an object { }, not a list [ ]"),
        ("[" * 100_000, "line 1, job 1: is "),
        ('{"command": "x", "command": "y"}', "line 1, job 1, field command: is given more than once"),
        ('{"command": "x", "timeout": ' + "9" * 5000 + "}", "line 1, job 1: holds a number that is far too long"),
        (line(state="lost"), "line 1, job 1, field state: must be one of pending, processing"),
        (line(state=["dead"]), "field state: must be one of"),
        (line(attempts=-1), "field attempts: must be a whole number from 0 on, not the number -1"),
        (line(waited=True), "field waited: must be a whole number"),
        (line(waited=2**60), "field waited: must be"),
        (line(created_at="yesterday"), "field created_at: must be a time such as"),
        (line(created_at=1_700_000_000), "field created_at: must be a time such as"),
        (line(created_at="1900-01-01T00:00:00Z"), "field created_at: must be a time such as"),
        (line(created_at="9999-12-31T23:59:59Z"), "field created_at: must be a time such as"),
        (line(priority=99), "field priority: must be a whole number from 1 to 10, not the number 99"),
        (line(runs=[]), "field runs: is not a field of a job"),
        ('{"timeout": NaN, "command": "x"}', "field timeout: must be a number"),
        (line(command="\ud800"), "field command: contains half a character"),
        ("{}" + " " * MAX_LINE, "is longer than a job can be"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, says):
    assert says in str(refused(text))


def test_all_that_is_wrong_is_told_and_no_job_comes_after_the_first_problem():
    jobs = read_saved([line(id="a"), "{", line(id="b"), line(priority=0, state="lost")], "f", Reading(DEFAULTS, "/"))
    assert next(jobs).id == "a"
    with pytest.raises(JobFileError) as error:
        next(jobs)
    assert [(problem.line, problem.field) for problem in error.value.problems] == [
        (2, None),
        (4, "priority"),
        (4, "state"),
    ]


def test_as_is_lets_odd_old_values_through_and_nothing_that_is_no_value():
    odd = {"id": "x" * 200, "command": "", "timeout": -3, "max_retries": -1, "backoff_base": -2.5, "priority": 99}
    (job,) = read(line(**odd), as_is=True)
    spec = job.spec
    assert (job.id, spec.command, spec.timeout, spec.max_retries) == ("x" * 200, "", -3, -1)
    assert (spec.backoff_base, spec.priority) == (-2.5, 99)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"priority": "high"}, "priority"),
        ({"priority": 2**70}, "priority"),
        ({"priority": 1.5}, "priority"),
        ({"max_retries": True}, "max_retries"),
        ({"timeout": float("nan")}, "timeout"),
        ({"timeout": float("inf")}, "timeout"),
        ({"id": ""}, "id"),
        ({"id": 7}, "id"),
        ({"command": "a\0b"}, "command"),
        ({"command": "\ud800"}, "command"),
        ({"env": {"A": "\ud800"}}, "env"),
        ({"argv": ["x"]}, "argv"),
        ({"leftovers": "keep"}, "leftovers"),
        ({"state": "lost"}, "state"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_as_is_is_no_way_in_for_what_cannot_be_stored(fields, field):
    (problem,) = refused(line(**fields), as_is=True).problems
    assert problem.field == field


@given(st.text(max_size=40) | st.binary(max_size=40).map(lambda data: data.decode("latin-1")))
def test_no_line_is_a_bug(text):
    for as_is in (False, True):
        with suppress(JobFileError):
            read(text, as_is=as_is)


def test_a_million_wrong_lines_are_not_read_to_their_end():
    lines = iter(["{"] * 1_000_000)
    with pytest.raises(JobFileError) as error:
        list(read_saved(lines, "f", Reading(DEFAULTS, "/")))
    assert error.value.stopped
    assert sum(1 for _ in lines) > 900_000


def test_an_object_is_read_by_itself():
    assert read_object(' {"a": {"b": [1]}} ') == {"a": {"b": [1]}}
    with pytest.raises(InvalidJob):
        read_object('{"a": 1} {}')
