"""Editing changes what is named, checks what is named, and leaves the rest."""

import os

import pytest

from app.domain.errors import InvalidJob
from app.domain.job import Defaults
from app.domain.job_edit import edited
from tests.store.jobs import spec

DEFAULTS = Defaults(timeout=60.0, priority=7)


def changed(before, platform="posix", **fields):
    return edited(before, fields, DEFAULTS, "/here", platform)


def test_only_what_is_named_changes():
    before = spec(command="x", timeout=5.0, env={"A": "1"}, success_codes=(0, 3))
    after = changed(before, priority=9)
    assert after.priority == 9
    assert (after.command, after.timeout, after.env, after.success_codes) == ("x", 5.0, {"A": "1"}, (0, 3))


def test_an_odd_old_value_stays_until_it_is_changed_itself():
    before = spec(command="", priority=99, timeout=-1.0)
    after = changed(before, max_retries=5)
    assert (after.command, after.priority, after.timeout, after.max_retries) == ("", 99, -1.0, 5)
    with pytest.raises(InvalidJob):
        changed(before, priority=98)
    assert changed(before, priority=9).priority == 9


def test_a_command_takes_the_place_of_an_argv_and_the_other_way_round():
    argv = changed(spec(command="x", shell="sh"), argv=["a", "b"])
    assert (argv.command, argv.argv, argv.shell) == (None, ("a", "b"), None)
    command = changed(argv, command="y", shell="bash")
    assert (command.command, command.argv, command.shell) == ("y", None, "bash")


@pytest.mark.parametrize(
    ("before", "fields", "field"),
    [
        (spec(), {"timeout": -1}, "timeout"),
        (spec(), {"priority": "high"}, "priority"),
        (spec(), {"comand": "x"}, "comand"),
        (spec(), {"command": "x", "argv": ["y"]}, "argv"),
        (spec(argv=("a",)), {"shell": "sh"}, "shell"),
        (spec(), {"id": "other"}, "id"),
        (spec(), {"env": {"QUEUECTL_RUN": "1"}}, "env.QUEUECTL_RUN"),
        (spec(), {"max_retries": 2, "max_attempts": 2}, "max_attempts"),
        (spec(), {"command": "  "}, "command"),
        (spec(), {"command": None, "argv": None, "timeout": "soon"}, "timeout"),
    ],
)
def test_a_wrong_field_is_named(before, fields, field):
    with pytest.raises(InvalidJob) as refused:
        changed(before, **fields)
    assert refused.value.field == field


def test_null_gives_what_a_new_job_gets():
    before = spec(shell="sh", timeout=1.0, env={"A": "1"}, success_codes=(3,), priority=1)
    after = changed(before, shell=None, timeout=None, env=None, success_codes=None, priority=None)
    assert (after.shell, after.timeout, after.env, after.success_codes, after.priority) == (None, 60.0, {}, (0,), 7)


def test_max_attempts_is_another_name_for_max_retries():
    assert changed(spec(), max_attempts=9).max_retries == 9


@pytest.mark.skipif(os.name == "nt", reason="paths of POSIX")
def test_a_relative_folder_is_relative_to_where_the_editor_stands():
    assert changed(spec(cwd="/old"), cwd="there/../sub").cwd == "/here/sub"
    assert changed(spec(cwd="/old"), timeout=1).cwd == "/old"
    assert changed(spec(cwd="/old"), cwd=None).cwd == "/here"


def test_a_command_that_is_null_changes_nothing():
    assert changed(spec(command="x"), command=None).command == "x"
