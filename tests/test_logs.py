"""The program's own log: a JSON line an event, in files that stay small and private."""

import json
import logging
import os
import sys
from pathlib import Path

import pytest

from app.logs import _Rotating, log_to

LONG = "x" * 1000


@pytest.fixture
def log(tmp_path):
    """A log of this process's own, taken down afterwards."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    log_to(tmp_path, "runner")
    yield logging.getLogger("app.somewhere")
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def test_an_event_is_a_line_of_json(log, tmp_path):
    log.info("run %s", "ended", extra={"seq": 7})
    (line,) = (tmp_path / "runner.log").read_text(encoding="utf-8").splitlines()
    event = json.loads(line)
    assert event.pop("timestamp").endswith("Z")
    event.pop("message", None)  # pytest, which looks at the record too, has written it into it
    assert event == {"event": "run ended", "level": "info", "logger": "app.somewhere", "seq": 7}


def test_a_log_that_has_grown_begins_anew_and_a_few_old_ones_are_kept(log, tmp_path):
    old_mask = os.umask(0)
    try:
        for _ in range(8000):
            log.info(LONG)
    finally:
        os.umask(old_mask)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["runner.log", *(f"runner.log.{number}" for number in range(1, 6))]
    assert all(file.stat().st_size < 1_010_000 for file in files)
    assert all(json.loads(line)["event"] == LONG for line in files[-1].read_text(encoding="utf-8").splitlines())
    if sys.platform != "win32":
        assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is needed")
@pytest.mark.parametrize("place", ["full", "gone"])
def test_a_line_that_there_is_no_room_for_is_left_out_and_nobody_is_shown_a_traceback(tmp_path, capfd, place):
    folder = tmp_path / place
    if place == "full":
        folder.mkdir()
        (folder / "runner.log").symlink_to("/dev/full")
    root = logging.getLogger()
    before = list(root.handlers)
    log_to(folder, "runner")
    try:
        logging.getLogger("app.somewhere").warning(LONG)
        folder.mkdir(exist_ok=True)
        logging.getLogger("app.somewhere").warning("there is room again")
    finally:
        for handler in set(root.handlers) - set(before):
            root.removeHandler(handler)
            handler.close()
    assert capfd.readouterr().err == ""
    if place == "gone":
        assert "there is room again" in (folder / "runner.log").read_text(encoding="utf-8")


def test_half_a_line_that_a_full_disk_took_is_cut_off_again(tmp_path):
    file = tmp_path / "runner.log"
    file.write_bytes(b'{"event": "whole"}\n{"event": "ha')
    handler = _Rotating(file, encoding="utf-8", delay=True)
    try:
        os.open(tmp_path / "none" / "none", os.O_RDONLY)
    except OSError:
        handler.handleError(logging.makeLogRecord({}))
    handler.close()
    assert file.read_bytes() == b'{"event": "whole"}\n'
