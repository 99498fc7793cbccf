"""Holding off sleep while jobs run."""

import os
import stat
import sys

import psutil
import pytest
from PySide6.QtCore import QProcess

from app.engine.keep_awake import KeepAwake, helper_command
from tests.runners import running, wait_for, wait_for_states
from tests.store.jobs import new, opened

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has a call and no helper")


@pytest.fixture
def inhibitor(tmp_path, monkeypatch):
    """A program of the same name and arguments as the system's, which may be missing here: it runs its command."""
    for name in ("systemd-inhibit", "caffeinate"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\nexec cat\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")


@pytest.mark.usefixtures("inhibitor")
def test_the_helper_lives_while_it_is_on_and_ends_when_it_is_off(qtbot):
    live = set()
    awake = KeepAwake(live)
    awake.set(True)
    awake.set(True)
    assert len(live) == 1
    (helper,) = awake.findChildren(QProcess)
    assert helper.waitForStarted()
    assert helper.state() is QProcess.ProcessState.Running
    awake.set(False)
    qtbot.waitUntil(lambda: live == set())
    awake.set(True)
    assert len(live) == 1
    awake.set(False)
    qtbot.waitUntil(lambda: live == set())


def test_without_a_helper_it_says_so_once_and_does_nothing(qapp, monkeypatch, caplog):  # noqa: ARG001
    monkeypatch.setenv("PATH", "/nowhere")
    live = set()
    awake = KeepAwake(live)
    for on in (True, False, True):
        awake.set(on)
    assert live == set()
    assert caplog.messages == ["this system offers no way to keep it awake"]


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells who lives")
def test_a_runner_holds_off_sleep_only_while_jobs_run_and_as_the_option_says_now(home, tmp_path):
    helper, gate = tmp_path / "helper", tmp_path / "gate"
    program = tmp_path / "systemd-inhibit"
    program.write_text(f"#!/bin/sh\necho $$ > {helper}.new\nmv {helper}.new {helper}\nexec cat\n")
    program.chmod(0o755)

    def holds_off():
        return helper.exists() and psutil.pid_exists(int(helper.read_text()))

    with opened(home) as store, running(home, PATH=f"{tmp_path}:{os.environ['PATH']}"):
        store.intake.enqueue([new("first", command=f"until [ -e {gate} ]; do sleep 0.02; done")])
        wait_for_states(store, first="processing")
        assert not helper.exists()
        store.options.set("keep-awake", "on")
        wait_for(holds_off, "the helper")
        store.options.set("keep-awake", "off")
        wait_for(lambda: not holds_off(), "the helper's end")
        store.options.set("keep-awake", "on")
        wait_for(holds_off, "the helper")
        gate.touch()
        wait_for_states(store, first="completed")
        wait_for(lambda: not holds_off(), "the helper's end")
        helper.unlink()
        store.intake.enqueue([new("second", command="true")])
        wait_for_states(store, second="completed")
        wait_for(helper.exists, "the helper")
        wait_for(lambda: not holds_off(), "the helper's end")


@pytest.mark.usefixtures("inhibitor")
def test_each_platform_is_asked_for_what_it_understands():
    assert helper_command("darwin")[1:] == ["-i", "cat"]
    assert helper_command("linux")[1:3] == ["--what=sleep:idle", "--who=QueueCTL"]
