"""Every command line that README.md and a ``--help`` show is run, by the installed command, in an empty folder."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from app.cli.main import queuectl as root
from app.domain.job import State
from app.domain.outcome import Succeeded, TimedOut
from app.locks import ProcessLock
from tests.runners import CHECKOUT, wait_for
from tests.store.jobs import claim_one, enqueue, finish, opened

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the examples are written for a Unix shell")

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
FROM_A_CHECKOUT = "python3 packaging/dev.py run "
STUBS = {
    "rsync": "exit 0",
    "make": "echo no rule to make thumbs >&2; exit 2",
    "some-program": 'echo \'{"command": "x"}\'',
}


def readme_blocks():
    """The indented blocks of README.md that call the command, as lists of lines without their comments."""
    for block in re.findall(r"(?:^ {4}\S.*\n)+", README, re.MULTILINE):
        lines = [line.strip().partition("  #")[0].strip() for line in block.splitlines()]
        lines = [line.replace(FROM_A_CHECKOUT, "queuectl ") for line in lines]
        calls = [line for line in lines if re.match(r"queuectl ", line)]
        if calls:
            yield calls


def epilogs(command=root, path=()):
    """(words of the command, its example lines) of every command that has examples."""
    lines = (command.epilog or "").replace("\b", "").splitlines()
    yield path, [line.strip() for line in lines if line.startswith("  ")]
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            yield from epilogs(command.get_command(click.Context(command), name), (*path, name))


EXAMPLES = sorted({line for path, lines in epilogs() if path for line in lines})


class Folder:
    """A folder with the files that examples mention, and a home of its own."""

    def __init__(self, home, folder, program):
        self.home, self.folder = home, folder
        (folder / "photos").mkdir(parents=True)
        (folder / ".config" / "fish" / "completions").mkdir(parents=True)
        (folder / "jobs.json").write_text(re.search(r"```json\n(.*?)```", README, re.DOTALL)[1])
        (folder / "jobs.jsonl").write_text('{"id": "other", "command": "x", "state": "dead"}\n')
        stubs = folder / "stubs"
        stubs.mkdir()
        for name, text in STUBS.items():
            (stubs / name).write_text(f"#!/bin/sh\n{text}\n")
            (stubs / name).chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": os.pathsep.join((str(stubs), str(program.parent), os.environ["PATH"])),
            "HOME": str(folder),
            "QUEUECTL_HOME": str(home.root),
        }

    def run(self, line, shell="/bin/sh", answer=""):
        """Run a line, giving an answer where it asks; return its output, after having seen that it succeeded."""
        done = subprocess.run(
            [shell, "-c", line],
            cwd=self.folder,
            env=self.environment,
            input=answer,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, (line, done.returncode, done.stdout, done.stderr)
        assert "--help'." not in done.stderr
        return done.stdout

    def states(self):
        return {job["id"]: job["state"] for job in json.loads(self.run("queuectl list --json"))}


@pytest.fixture
def place(queuectl, home, tmp_path):
    """The folder, whose queue ``queuectl`` looks at too, and whose runner it stops."""
    return Folder(home, tmp_path / "place", queuectl.program)


def test_the_readme_has_examples_and_every_command_too():
    assert [len(block) for block in readme_blocks()] == [3, 8]
    assert [path for path, lines in epilogs() if not lines] == []


def test_the_readmes_commands_do_what_it_says(place):
    for block in readme_blocks():
        for line in block:
            if line == "queuectl dlq list":
                wait_for(lambda: place.states()["thumbnails"] == "dead", "the job that fails")
            out = place.run(line)
            if line.startswith("queuectl dlq"):
                assert "thumbnails" in out
    assert place.states()["hello"] == "completed"
    assert place.states()["backup"] == "completed"


def test_the_examples_of_the_whole_help_are_one_session(place):
    for line in next(lines for path, lines in epilogs() if not path):
        out = place.run(line)
    assert "Job: hello" in out


def prepare(home, line):
    """Bring ``job1``, where an example names it, into the state that the example is about."""
    words = shlex.split(line.partition("|")[0])[1:]
    if not words or words[0] in {"enqueue", "import"}:
        return
    with opened(home) as store:
        for id in ("job1", "job2"):
            seq = enqueue(store, id, max_retries=1, cwd="/")
            if words[0] in {"logs", "wait", "retry", "dlq"}:
                store.changes.run_next(seq)
                claim = claim_one(store)
                store.outputs.create(seq, claim.run).write_text("text\n")
                finish(store, claim, TimedOut(20) if words[0] == "dlq" else Succeeded(), store.clock(), output_bytes=5)
        expected = {"logs": State.COMPLETED, "wait": State.COMPLETED, "retry": State.COMPLETED, "dlq": State.DEAD}.get(
            words[0], State.PENDING
        )
        assert store.reads.by_id("job1").state is expected


@pytest.mark.slow
@pytest.mark.parametrize("line", [line for line in EXAMPLES if not line.startswith(("queuectl worker run", "eval"))])
def test_each_example_of_a_help_works(place, home, line):
    prepare(home, line)
    if line.startswith("queuectl restore"):
        place.run("queuectl backup && queuectl backup queue.db")
    # PowerShell's own part is not for this shell
    place.run(line.partition(" | Out-String")[0], answer="y\n")


@pytest.mark.parametrize("line", [line for line in EXAMPLES if line.startswith("eval")])
def test_each_script_for_a_shell_is_printed_and_read_where_there_is_that_shell(place, line):
    shell = re.search(r"completion (\w+)", line)[1]
    place.run(re.search(r"\$\((.*)\)", line)[1])
    program = next((path for path in (Path("/bin") / shell, Path("/usr/bin") / shell) if path.exists()), None)
    if program is not None and shell != "zsh":  # zsh wants its own set-up first
        place.run(line, str(program))


@pytest.mark.parametrize("line", [line for line in EXAMPLES if line.startswith("queuectl worker run")])
def test_each_example_of_a_worker_in_the_foreground_works(place, home, queuectl, line):
    words = shlex.split(line)[1:]
    run = queuectl.popen(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    if "--until-empty" not in words:
        wait_for(lambda: home.runner_lock.exists() and ProcessLock(home.runner_lock).is_held(), "the runner")
        wait_for(lambda: json.loads(place.run("queuectl status --json"))["runner"]["state"] == "running")
        run.send_signal(signal.SIGINT)
    run.communicate(timeout=60)
    assert run.returncode == 0
