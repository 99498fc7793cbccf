"""The launch agent of macOS, as far as a system that is none can tell."""

import plistlib
from pathlib import Path

import pytest

from app.desktop.autostart_darwin import LaunchAgent

COMMAND = ["/Applications/Queue CTL.app/Contents/MacOS/queuectl-desktop", "--tray", "--home", "/data/<ü> & co"]


@pytest.fixture
def agent(tmp_path):
    return LaunchAgent("queuectl", tmp_path / "Library" / "LaunchAgents")


def read(agent):
    return plistlib.loads(Path(agent.place).read_bytes())


def test_the_agent_says_what_launchd_needs(agent):
    agent.write(COMMAND)
    assert agent.place.endswith("org.queuectl.queuectl.plist")
    assert read(agent) == {
        "Label": "org.queuectl.queuectl",
        "ProgramArguments": COMMAND,
        "RunAtLoad": True,
        "LimitLoadToSessionType": "Aqua",
        "ProcessType": "Interactive",
        "AbandonProcessGroup": True,
    }


def test_without_a_folder_it_is_the_person_s_own(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    place = tmp_path / "Library" / "LaunchAgents" / "org.queuectl.queuectl.plist"
    assert LaunchAgent("queuectl").place == str(place)


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", b"<plist", plistlib.dumps([]), plistlib.dumps({}), plistlib.dumps({"ProgramArguments": ["x"]})],
)
def test_a_file_that_launchd_would_not_start_is_off(agent, content):
    agent.write(COMMAND)
    Path(agent.place).write_bytes(content)
    assert not agent.is_on()
    assert not agent.starts(COMMAND)
