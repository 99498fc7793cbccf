"""A screen that can't be used is told in words; Qt would abort."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have one")


def start(home, stderr=subprocess.PIPE, **environ):
    own = {name: value for name, value in os.environ.items() if name not in {"QT_QPA_PLATFORM", "WAYLAND_DISPLAY"}}
    return subprocess.run(
        [sys.executable, "-m", "app", "--home", str(home)],
        cwd=CHECKOUT,
        env=own | {"XDG_SESSION_TYPE": "x11"} | environ,
        stdout=subprocess.PIPE,
        stderr=stderr,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


def test_a_display_that_nobody_serves_is_named_and_the_way_out_is_told(home):
    done = start(home, DISPLAY=":4711")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-2:] == [
        "The window can't be shown on this screen: could not connect to display :4711",
        "The command line works without: queuectl",
    ]
    assert "Reinstalling" not in done.stderr


def test_a_platform_that_qt_does_not_have_is_told_in_qt_s_words(home):
    done = start(home, QT_QPA_PLATFORM="nonesuch")
    assert done.returncode == 1
    assert "The window can't be shown on this screen: " in done.stderr
    assert "nonesuch" in done.stderr


def test_where_nobody_reads_what_is_told_the_end_is_the_same(home):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert start(home, stderr=writer, QT_QPA_PLATFORM="nonesuch").returncode == 1
    finally:
        os.close(writer)
