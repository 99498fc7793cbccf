"""What is put on the clipboard can be used as it is."""

import json
import shlex
import subprocess
import sys

import pytest

from app.ui import copying
from tests.runners import environment
from tests.store.jobs import opened
from tests.ui.conftest import new_job


@pytest.fixture
def jobs(store):
    store.intake.enqueue([new_job("a", command="echo 'one two'"), new_job("b", command='say "x" $HOME')])
    return copying.chosen([1, 2], lambda jobs: jobs)(store)


def test_ids_and_commands_are_one_a_line(jobs):
    assert copying.ids(jobs) == "a\nb"
    assert copying.commands(jobs) == "echo 'one two'\nsay \"x\" $HOME"


def test_json_of_one_job_is_an_object_and_of_several_a_list(jobs):
    assert json.loads(copying.as_json(jobs[:1]))["command"] == "echo 'one two'"
    assert [job["id"] for job in json.loads(copying.as_json(jobs))] == ["a", "b"]


@pytest.mark.skipif(sys.platform == "win32", reason="typed into a POSIX shell")
def test_the_command_line_adds_the_same_job_again(jobs, tmp_path):
    from app.paths import Home

    home = Home(tmp_path / "other")
    words = shlex.split(copying.command_lines(jobs[1:], "posix"))
    program = [sys.executable, "-c", "import sys; from app.bootstrap import console; sys.exit(console())"]
    subprocess.run([*program, "--home", str(home.root), *words[1:]], env=environment(), check=True, capture_output=True)
    with opened(home) as store:
        assert store.reads.by_seq(1).spec == jobs[1].spec


def test_for_windows_quotes_are_written_as_windows_reads_them(jobs):
    assert copying.command_lines(jobs[:1], "nt").startswith('queuectl enqueue "{\\"command\\"')


def test_jobs_that_are_gone_are_left_out(store, jobs):
    store.changes.remove([1])
    assert copying.chosen([1, 2], copying.ids)(store) == "b"
    assert len(jobs) == 2
