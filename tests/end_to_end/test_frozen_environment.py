"""A job of the built program has the person's own environment, what contract.md names, and nothing else.

Run against a built folder: QUEUECTL_BUILT names it.
"""

import os
import shlex
import subprocess
import sys

import pytest

from app.paths import Home
from tests.built import SUFFIX, built_folder
from tests.runners import wait_for

OF_THE_JOB = {b"QUEUECTL_JOB_ID", b"QUEUECTL_RUN", b"QUEUECTL_TOKEN"}

pytestmark = [
    pytest.mark.built,
    pytest.mark.skipif(sys.platform == "win32", reason="says it in POSIX' words"),
]

PLAIN = {b"PATH": b"/usr/bin:/bin", b"LANG": b"C.UTF-8"}
ODD = {
    b"LD_LIBRARY_PATH": b"/opt/cuda/lib::/with blank",
    b"QT_PLUGIN_PATH": b"/mine/plugins",
    b"QT_SCALE_FACTOR": b"1.5",
    b"QML2_IMPORT_PATH": b"",
    b"EMPTY": b"",
    b"BYTES": b"\xff\xfe=\n'\"$x \\ \xc3\xa4",
    b"BASH_FUNC_greet%%": b"() {  echo hi\n}",
    b"N\xc3\x84ME": b"x=y=z",
    b"PYTHONHOME": b"/nowhere",
    b"PYTHONPATH": b"/nowhere",
}


class Program:
    """The two built executables, started with an environment that holds nothing but what is given."""

    def __init__(self, environ, folder):
        self.environ = environ
        self.folder = folder

    def __call__(self, *words):
        command = [str(built_folder() / f"queuectl{SUFFIX}"), *words]
        return subprocess.run(
            command, cwd=self.folder, env=self.environ, capture_output=True, text=True, check=True, timeout=60
        )

    def start(self, *words):
        """Start the windowed one."""
        command = [str(built_folder() / f"queuectl-desktop{SUFFIX}"), *words]
        return subprocess.Popen(command, cwd=self.folder, env=self.environ)

    def told(self, home):
        """What the first job's run said of its environment."""
        entries = (home.outputs / "1" / "1.log").read_bytes().removesuffix(b"\0").split(b"\0")
        pairs = [entry.partition(b"=")[::2] for entry in entries]
        told = dict(pairs)
        assert len(told) == len(pairs), "a name twice"
        assert told.keys() >= OF_THE_JOB
        return {name: value for name, value in told.items() if name not in OF_THE_JOB}


def started_by_worker_start(program, home):  # noqa: ARG001
    program("worker", "start", "--count", "1")
    program("wait", "--timeout", "50")
    program("worker", "stop")


def worked_by_the_command_line(program, home):  # noqa: ARG001
    program("worker", "run", "--until-empty")


def worked_by_a_runner_that_was_started_by_itself(program, home):
    runner = program.start("--runner", "--home", str(home.root))
    try:
        program("wait", "--timeout", "50")
        program("worker", "stop")
        assert runner.wait(50) == 0
    finally:
        runner.kill()
        runner.wait()


HOSTS = [started_by_worker_start, worked_by_the_command_line, worked_by_a_runner_that_was_started_by_itself]


@pytest.mark.parametrize("given", [PLAIN, PLAIN | ODD, {}], ids=["plain", "odd", "empty"])
@pytest.mark.parametrize("host", HOSTS)
def test_a_job_s_environment_is_the_person_s_byte_for_byte(tmp_path, host, given):
    environ = {**given, b"HOME": os.fsencode(tmp_path)}
    program = Program(environ, tmp_path)
    home = Home(tmp_path / ".queuectl")
    program("enqueue", "--", "/usr/bin/env", "-0")
    host(program, home)
    assert program.told(home) == environ


def test_another_home_is_named_to_jobs_and_nothing_else_is(tmp_path):
    environ = PLAIN | ODD | {b"HOME": os.fsencode(tmp_path), b"QUEUECTL_HOME": os.fsencode(tmp_path / "other")}
    program = Program(environ, tmp_path)
    program("enqueue", "--", "/usr/bin/env", "-0")
    worked_by_the_command_line(program, None)
    assert program.told(Home(tmp_path / "other")) == environ


def test_the_program_started_by_a_job_of_its_own_begins_afresh(tmp_path):
    names = {name for name in ODD if name.replace(b"_", b"").isalnum()}  # a shell may hand on no others
    environ = PLAIN | {name: ODD[name] for name in names} | {b"HOME": os.fsencode(tmp_path)}
    program = Program(environ, tmp_path)
    inner = tmp_path / "inner"
    queuectl = shlex.quote(str(built_folder() / f"queuectl{SUFFIX}"))
    script = f"{queuectl} --home {inner} enqueue -- /usr/bin/env -0 && {queuectl} --home {inner} worker start"
    program("enqueue", "--id", "starts", "--command", script)
    program("worker", "run", "--until-empty")
    program("--home", str(inner), "wait", "--timeout", "50")
    program("--home", str(inner), "worker", "stop")
    wait_for((inner / "outputs" / "1" / "1.log").exists, "the inner job")
    told = program.told(Home(inner))
    of_the_shell = {b"PWD": os.fsencode(tmp_path), b"QUEUECTL_HOME": os.fsencode(inner)}
    assert told == environ | of_the_shell
