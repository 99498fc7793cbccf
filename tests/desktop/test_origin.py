"""Whether a file came from the internet."""

import os
import sys
from pathlib import Path

import pytest

from app.desktop.origin import came_from, read_quarantine, read_url, read_zone


@pytest.mark.parametrize(
    ("mark", "place"),
    [
        (b"[ZoneTransfer]\r\nZoneId=3\r\nHostUrl=https://u:secret@example.com/a?token=1\r\n", "example.com"),
        (b"[ZoneTransfer]\r\nZoneId=3\r\nReferrerUrl=https://mail.example.org/\r\n", "mail.example.org"),
        (b"[ZoneTransfer]\r\nZoneId=4\r\n", ""),
        ("[ZoneTransfer]\r\nZoneId=3\r\n".encode("utf-16"), ""),
        (b"\xef\xbb\xbf[ZoneTransfer]\nZoneId = 3", None),
        (b"[ZoneTransfer]\r\nZoneId=3\r\nHostUrl=about:internet\r\n", ""),
        (b"[ZoneTransfer]\r\nZoneId=2\r\nHostUrl=https://intranet/\r\n", None),
        (b"[ZoneTransfer]\r\nZoneId=x\r\n", None),
        (b"\xff\x00\x81 rubbish", None),
        (b"", None),
    ],
)
def test_the_stream_of_windows_is_read(mark, place):
    assert read_zone(mark) == place


def test_the_attribute_of_macos_names_the_program():
    assert read_quarantine(b"0083;5f5e1000;Safari;A1B2\0") == "Safari"
    assert read_quarantine(b"0083") == ""


def test_the_attribute_of_linux_names_the_host_and_a_copy_of_a_local_file_is_local():
    assert read_url(b"https://user:secret@example.com:8080/jobs.json?token=1") == "example.com"
    assert read_url(b"https://[broken") == ""
    assert read_url(b"file:///home/ann/jobs.json") is None


def test_a_file_without_a_mark_or_without_existence_came_from_nowhere(tmp_path):
    (tmp_path / "jobs.json").write_text("[]")
    assert came_from(tmp_path / "jobs.json") is None
    assert came_from(tmp_path / "missing.json") is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the attribute of Linux")
def test_a_real_mark_is_found(tmp_path):
    path = tmp_path / "jobs äö.json"
    path.write_text("[]")
    try:
        os.setxattr(path, "user.xdg.origin.url", b"https://example.com/jobs.json")
    except OSError as error:
        pytest.skip(f"this file system keeps no attributes: {error}")
    assert came_from(path) == "example.com"


@pytest.mark.skipif(sys.platform != "win32", reason="a stream of a file")
def test_a_real_stream_is_found(tmp_path):
    path = tmp_path / "jobs.json"
    path.write_text("[]")
    Path(f"{path}:Zone.Identifier").write_text("[ZoneTransfer]\nZoneId=3\nHostUrl=https://example.com/\n")
    assert came_from(path) == "example.com"
