"""The front door: every way a command can end, in words and as an exit code."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from app import __version__
from app.cli.main import COMMANDS, main
from app.cli.main import queuectl as root
from app.cli.services import Services
from app.messages import KnownError, message
from app.store.errors import NewerDatabase
from tests.store.jobs import enqueue, new

CHECKOUT = Path(__file__).resolve().parents[2]
CONSOLE = "import sys; from app.bootstrap import console; sys.exit(console())"


def every_command(group=root, path=()):
    """(words, command) of every command there is."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from every_command(command, (*path, name))


def test_the_version(queuectl):
    assert queuectl("--version").out == f"queuectl, version {__version__}\n"


def test_no_command_at_all_shows_the_help(queuectl, capsys):
    assert main([], queuectl.services) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Usage: queuectl [OPTIONS] COMMAND")
    assert "  run-next " in err
    assert queuectl().err == "Error: Missing command.\nTry 'queuectl --help'.\n"


@pytest.mark.parametrize("words", [["lst"], ["list", "extra"], ["list", "--colour"], ["worker", "begin"], ["show"]])
def test_wrong_usage_is_told_on_stderr_and_ends_with_2(queuectl, words):
    answer = queuectl(*words)
    assert (answer.code, answer.out) == (2, "")
    said, where = answer.err.splitlines()
    assert said.startswith("Error: ")
    assert re.fullmatch(r"Try 'queuectl( list| worker| show)? --help'\.", where)


def test_a_name_that_is_near_is_offered(queuectl):
    assert "Did you mean 'list'?" in queuectl("lst").err


@pytest.mark.parametrize("words", [words for words, _ in every_command()], ids=" ".join)
def test_every_command_explains_itself_with_an_example(queuectl, words):
    answer = queuectl(*words, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert re.search(r"Examples?:\n(.+\n)* +(.*(\| |\())?queuectl " + words[0], answer.out)
    assert max(map(len, answer.out.splitlines())) <= 80


def test_every_command_of_the_table_is_there():
    assert {words[0] for words, _ in every_command()} == set(COMMANDS)


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["list"],
        ["dlq", "list"],
        ["dlq", "retry", "--all"],
        ["config", "list"],
        ["config", "get", "timeout"],
        ["worker", "stop"],
        ["pause"],
        ["resume"],
        ["clear", "--yes"],
    ],
    ids=" ".join,
)
def test_every_command_works_on_an_empty_home(queuectl, words):
    answer = queuectl(*words)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["list", "--json"],
        ["show", "a"],
        ["dlq", "list"],
        ["config", "list"],
        ["enqueue", "--command", "x"],
        ["worker", "start"],
        ["worker", "stop"],
        ["worker", "run"],
        ["cancel", "a"],
        ["clear", "--yes"],
        ["pause"],
    ],
    ids=" ".join,
)
def test_a_home_that_cannot_be_used_is_told_with_its_remedy(queuectl, home, words):
    def refuse(home):
        raise NewerDatabase(home.database, 9, 1)

    queuectl.open_store = refuse
    answer = queuectl(*words)
    assert (answer.code, answer.out) == (1, "")
    first, second = answer.err.splitlines()
    assert str(home.database) in first
    assert second == "Install the newer QueueCTL, or choose another folder with --home."


def test_no_text_of_an_error_is_obeyed_by_a_terminal(queuectl):
    def refuse(_home):
        raise KnownError("a\x1b[31m{what}", what="\nb", remedy=message("{what}", what="\x07c"))

    queuectl.open_store = refuse
    assert queuectl("status").err == "a\\x1b[31m\\nb\n\\x07c\n"


def test_a_bug_is_called_one_and_shown_whole(queuectl):
    def fail(_home):
        raise ZeroDivisionError("never\x1b[31m")

    queuectl.open_store = fail
    answer = queuectl("status")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("This is a bug in QueueCTL: ZeroDivisionError: never\\x1b[31m\nTraceback ")
    assert "\x1b" not in answer.err


def test_ctrl_c_ends_quietly_with_130(queuectl):
    def press(_home):
        raise KeyboardInterrupt

    queuectl.open_store = press
    answer = queuectl("status")
    assert (answer.code, answer.out, answer.err) == (130, "", "")


@pytest.mark.parametrize(
    "words", [["show"], ["cancel"], ["dequeue"], ["dlq", "retry"], ["config", "get"], ["config", "set", "timeout"]]
)
def test_an_argument_that_is_no_text_is_wrong_usage(queuectl, words):
    answer = queuectl(*words, "a\udcff")
    assert (answer.code, answer.out) == (2, "")
    assert "not in UTF-8" in answer.err


def test_the_home_comes_from_the_option_or_else_from_the_environment(queuectl, tmp_path):
    opened = []

    def see(home):
        opened.append(home.root)
        raise KnownError("seen")

    environ = {"QUEUECTL_HOME": str(tmp_path / "variable")}
    given = queuectl.services
    services = Services(
        open_store=see,
        host_pool=given.host_pool,
        rescue=given.rescue,
        process_lives=given.process_lives,
        environ=environ,
        executable=given.executable,
        frozen=given.frozen,
    )
    main(["status"], services)
    main(["--home", str(tmp_path / "option"), "status"], services)
    assert opened == [tmp_path / "variable", tmp_path / "option"]


def call(home, *words, **more):
    """Call the installed program, as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", CONSOLE, "--home", str(home.root), *words],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **more,
    )


def test_a_reader_that_has_had_enough_is_no_error(home, store):
    store.intake.enqueue([new(f"job-number-{number}") for number in range(1000)])
    with call(home, "list", "--json") as process:
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_code_page_that_lacks_a_character_spells_it_out(home, store):
    enqueue(store, "größer-語")
    with call(home, "list", env={**os.environ, "PYTHONIOENCODING": "latin-1"}) as process:
        out, err = process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert "größer-\\u8a9e".encode("latin-1") in out


def home_of(*words, environ=None):
    """Exit code of a call with this beginning, against no store at all."""
    nothing = Services(None, None, None, None, environ or {}, "/nowhere/queuectl", frozen=False)
    return main([*words, "status"], nothing)


@pytest.mark.skipif(os.name != "posix", reason="paths are bytes on POSIX")
def test_a_home_whose_name_is_not_utf_8_is_refused_in_words(capsys):
    name = os.fsdecode(b"/tmp/by\xfe")
    for words, environ in ((["--home", name], {}), ([], {"QUEUECTL_HOME": name})):
        assert home_of(*words, environ=environ) == 1
        err = capsys.readouterr().err
        assert err.startswith("The folder /tmp/by\\udcfe can't be used: its name is not valid UTF-8\nRename it")


@pytest.mark.parametrize("name", ["", " "])
def test_a_home_without_a_name_is_wrong_usage(capsys, name):
    assert home_of("--home", name) == 2
    assert "--home: name a folder" in capsys.readouterr().err


def test_an_empty_variable_is_refused_and_not_taken_for_the_usual_queue(capsys):
    assert home_of(environ={"QUEUECTL_HOME": ""}) == 1
    assert capsys.readouterr().err.startswith("QUEUECTL_HOME is set, but empty\nLet it name a folder")


def test_a_home_that_is_a_file_is_refused_in_words(queuectl, home):
    home.root.write_text("")
    answer = queuectl("status")
    assert (answer.code, answer.out) == (1, "")
    assert "home can't be used: it is a file, or lies in one\nChoose a folder" in answer.err
