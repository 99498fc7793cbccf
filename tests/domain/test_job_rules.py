import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from app.domain.errors import InvalidJob
from app.domain.job import Defaults, JobDraft, JobSpec, Leftovers, OnInterrupt, complete
from app.domain.job_file import check_draft, draft_from_fields, read_jobs, to_file_form


def fault(platform="posix", **fields):
    """What is wrong with a job of these fields: the field and the reason."""
    with pytest.raises(InvalidJob) as caught:
        draft_from_fields({"command": "x"} | fields, platform)
    return caught.value.field, str(caught.value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("max-retries", "max_retries"),
        ("maxRetries", "max_retries"),
        ("Timeout", "timeout"),
        ("cmd", "command"),
        ("comand", "command"),
        ("args", "argv"),
        ("folder", "cwd"),
        ("exit codes", "success_codes"),
    ],
)
def test_a_near_name_is_offered_for_an_unknown_field(name, meant):
    with pytest.raises(InvalidJob) as caught:
        draft_from_fields({"command": "x", name: 1})

    assert caught.value.field == name
    assert str(caught.value) == "is not a field of a job"
    assert str(caught.value.remedy) == f"Did you mean {meant}?"


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"timeout": "5"}, "timeout", 'must be a number from 0 to 31,536,000, not the text "5"'),
        ({"timeout": True}, "timeout", "must be a number from 0 to 31,536,000, not true"),
        ({"timeout": -0.5}, "timeout", "must be a number from 0 to 31,536,000, not the number -0.5"),
        ({"timeout": 31_536_001}, "timeout", "must be a number from 0 to 31,536,000, not the number 31536001"),
        ({"timeout": math.nan}, "timeout", "must be a number from 0 to 31,536,000, not NaN, which is no number"),
        ({"timeout": 10**5000}, "timeout", "must be a number from 0 to 31,536,000, not a number far beyond that"),
        ({"timeout": None}, "timeout", "must be a number from 0 to 31,536,000, not nothing (null)"),
        ({"timeout": b"5"}, "timeout", "must be a number from 0 to 31,536,000, not a value of the kind bytes"),
        ({"backoff_base": 1000.1}, "backoff_base", "must be a number from 0 to 1,000, not the number 1000.1"),
        ({"max_retries": 1001}, "max_retries", "must be a whole number from 0 to 1,000, not the number 1001"),
        ({"max_attempts": 2.5}, "max_attempts", "must be a whole number from 0 to 1,000, not the number 2.5"),
        ({"priority": 99}, "priority", "must be a whole number from 1 to 10, not the number 99"),
        ({"priority": 5.0}, "priority", "must be a whole number from 1 to 10, not the number 5.0"),
        ({"priority": False}, "priority", "must be a whole number from 1 to 10, not false"),
        ({"command": 5}, "command", "must be text, not the number 5"),
        ({"command": ["a"]}, "command", "must be text, not a list [ ]"),
        ({"command": ""}, "command", "is empty"),
        ({"command": " \n"}, "command", "is empty"),
        ({"command": "a\0b"}, "command", "contains the character NUL, which would cut it off"),
        ({"command": "\ud800"}, "command", "contains half a character (U+D800), which can't be stored"),
        ({"command": "x" * 131_073}, "command", "is too long: 131,073, and at most 131,072 are allowed"),
        ({"command": "ü" * 65_537}, "command", "is 131,074 bytes long; at most 131,072 are allowed"),
        ({"id": ""}, "id", "is empty"),
        ({"id": "x" * 129}, "id", "is too long: 129, and at most 128 are allowed"),
        ({"id": " a"}, "id", "begins or ends with a space"),
        ({"id": "a "}, "id", "begins or ends with a space"),
        ({"id": "a\tb"}, "id", "contains the character U+0009, which can't be seen"),
        ({"id": "a\0"}, "id", "contains the character U+0000, which can't be seen"),
        ({"id": "a\ud800"}, "id", "contains the character U+D800, which can't be seen"),
        ({"cwd": ""}, "cwd", "is empty"),
        ({"cwd": "  "}, "cwd", "is empty"),
        ({"cwd": "a\0"}, "cwd", "contains the character NUL, which would cut it off"),
        ({"env": []}, "env", "must be an object { }, not a list [ ]"),
        ({"env": {"A": 1}}, "env.A", "must be text, not the number 1"),
        ({"env": {"": "x"}}, "env", "has a variable without a name"),
        ({"env": {"A=B": "x"}}, "env.A=B", "has the sign = in its name"),
        ({"env": {"A": "\0"}}, "env.A", "contains the character NUL, which would cut it off"),
        ({"env": {"A\0": ""}}, "env.A<U+0000>", "contains the character NUL, which would cut it off"),
        (
            {"env": {"A\n\ud800": ""}},
            "env.A<U+000A><U+D800>",
            "contains half a character (U+D800), which can't be stored",
        ),
        ({"env": {"QUEUECTL_TOKEN": ""}}, "env.QUEUECTL_TOKEN", "is set by QueueCTL for each run"),
        ({"env": {"A": "x" * 131_070}}, "env", "is 131,073 bytes long; at most 131,072 are allowed"),
        ({"shell": "zsh"}, "shell", 'must be one of bash, cmd, powershell, pwsh, sh, not the text "zsh"'),
        ({"shell": 1}, "shell", "must be one of bash, cmd, powershell, pwsh, sh, not the number 1"),
        ({"leftovers": "End"}, "leftovers", 'must be one of end, leave, not the text "End"'),
        ({"on_interrupt": "keep"}, "on_interrupt", 'must be one of retry, dead, not the text "keep"'),
        ({"success_codes": 0}, "success_codes", "must be a list [ ], not the number 0"),
        ({"success_codes": []}, "success_codes", "is empty"),
        ({"success_codes": [0] * 65}, "success_codes", "is too long: 65, and at most 64 are allowed"),
        (
            {"success_codes": [0, 2**32]},
            "success_codes[1]",
            "must be a whole number from -2,147,483,648 to 4,294,967,295, not the number 4294967296",
        ),
        ({"argv": ["a"]}, "argv", "can't stand beside command"),
        ({"max_retries": 1, "max_attempts": 1}, "max_attempts", "means the same as max_retries"),
    ],
)
def test_a_wrong_value_is_refused_with_what_was_expected(fields, field, reason):
    assert fault(**fields) == (field, reason)


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({}, "command", "is missing"),
        ({"argv": "ls -l"}, "argv", 'must be a list [ ], not the text "ls -l"'),
        ({"argv": []}, "argv", "is empty"),
        ({"argv": [""]}, "argv[0]", "is empty"),
        ({"argv": ["a", 1]}, "argv[1]", "must be text, not the number 1"),
        ({"argv": ["a", "b", "\0"]}, "argv[2]", "contains the character NUL, which would cut it off"),
        ({"argv": ["x" * 131_072]}, "argv", "is 131,073 bytes long; at most 131,072 are allowed"),
        ({"argv": ["a"], "shell": "sh"}, "shell", "can't stand beside argv, which needs no shell"),
    ],
)
def test_a_job_needs_a_command_or_a_right_argv(fields, field, reason):
    with pytest.raises(InvalidJob) as caught:
        draft_from_fields(fields, "posix")

    assert (caught.value.field, str(caught.value)) == (field, reason)


@pytest.mark.parametrize("code", [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x7F, 0xAD, 0xA0])
def test_an_id_has_no_characters_that_deceive_the_eye(code):
    assert fault(id=f"a{chr(code)}b") == ("id", f"contains the character U+{code:04X}, which can't be seen")


@pytest.mark.parametrize("program", ["build.bat", "C:\\x\\Build.CMD", "a.cmd. ", " a.bat"])
def test_a_batch_file_is_no_program_for_argv_on_windows(program):
    with pytest.raises(InvalidJob) as caught:
        draft_from_fields({"argv": [program]}, "nt")

    assert caught.value.field == "argv[0]"
    assert draft_from_fields({"argv": [program]}, "posix").argv == (program,)


def test_windows_takes_small_letters_and_capitals_in_variable_names_for_the_same():
    assert fault("nt", env={"Path": "a", "PATH": "b"}) == ("env.PATH", "is the same variable as Path on Windows")
    assert fault("nt", env={"queuectl_run": "a"}) == ("env.queuectl_run", "is set by QueueCTL for each run")
    assert draft_from_fields({"command": "x", "env": {"Path": "a", "PATH": "b"}}, "posix").env == {
        "Path": "a",
        "PATH": "b",
    }


def test_the_largest_and_smallest_values_are_taken():
    draft_from_fields({"id": "x" * 128, "command": "x" * 131_072, "timeout": 31_536_000, "max_retries": 1_000})
    draft_from_fields({"command": "ü" * 65_536, "backoff_base": 1_000, "priority": 10, "cwd": "."})
    draft_from_fields({"argv": ["x" * 131_071], "env": {"A": "x" * 131_069}, "success_codes": list(range(64))})
    draft_from_fields({"command": "x", "timeout": 0, "max_retries": 0, "backoff_base": 0, "priority": 1})


def test_messages_are_short_and_show_what_can_not_be_seen():
    _, reason = fault(timeout="\x1b[2J\u202e" + "x" * 500)

    assert reason.isprintable()
    assert len(reason) < 150
    assert "<U+001B>[2J<U+202E>xxx" in reason


def test_a_draft_from_options_or_a_form_keeps_the_same_rules():
    draft = JobDraft(command="x", leftovers=Leftovers.LEAVE, success_codes=(0, 3), env={"A": "b"})

    assert check_draft(draft) == draft
    for wrong in (JobDraft(), JobDraft(command="x", priority=99), JobDraft(command="x", id="\n")):
        with pytest.raises(InvalidJob):
            check_draft(wrong)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
seconds = st.floats(0, 1_000) | st.integers(0, 1_000)
specs = st.builds(
    JobSpec,
    command=texts.filter(lambda text: not text.isspace()),
    cwd=st.just("/somewhere"),
    env=st.dictionaries(texts.filter(lambda text: "=" not in text), texts, max_size=3),
    shell=st.sampled_from([None, "sh", "pwsh"]),
    timeout=seconds,
    max_retries=st.integers(0, 1_000),
    backoff_base=seconds,
    priority=st.integers(1, 10),
    success_codes=st.lists(st.integers(-(2**31), 2**32 - 1), min_size=1, max_size=5).map(tuple),
    leftovers=st.sampled_from(Leftovers),
    on_interrupt=st.sampled_from(OnInterrupt),
)


@given(specs)
def test_a_stored_job_written_as_a_file_is_read_back_the_same(spec):
    fields = to_file_form("job1", spec)
    [draft] = read_jobs(json.dumps(fields), "x", "posix")

    assert None not in fields.values()
    assert draft.id == "job1"
    # the folder: os.path.normpath writes it differently on Windows
    assert structs.replace(complete(draft, Defaults(), "/").spec, cwd=spec.cwd) == spec


def test_a_stored_argv_is_written_without_what_it_does_not_have():
    spec = complete(JobDraft(argv=("ls", "-l")), Defaults(), "/").spec

    assert to_file_form("job1", structs.replace(spec, cwd="/")) == {
        "id": "job1",
        "argv": ["ls", "-l"],
        "cwd": "/",
        "timeout": 20,
        "max_retries": 3,
        "backoff_base": 2,
        "priority": 5,
        "success_codes": [0],
        "leftovers": "end",
        "on_interrupt": "retry",
    }
    assert isinstance(to_file_form("job1", spec)["timeout"], int)
