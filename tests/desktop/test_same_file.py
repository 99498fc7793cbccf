"""One file, by more than one name."""

import os
import sys

import pytest

from app.desktop.same_file import is_same_file


def test_a_folder_is_the_same_by_whatever_way_one_comes_to_it(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    assert is_same_file(tmp_path / "two" / ".." / "one", tmp_path / "one")
    assert not is_same_file(tmp_path / "two", tmp_path / "one")


@pytest.mark.skipif(
    sys.platform == "win32", reason="a link takes rights there; short names and drives are tried instead"
)
def test_a_link_leads_to_the_same_folder(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "one", target_is_directory=True)
    assert is_same_file(tmp_path / "one", tmp_path / "link")
    assert not is_same_file(tmp_path, tmp_path / "link")


def test_of_what_is_not_there_the_text_counts(tmp_path):
    gone = tmp_path / "gone"
    assert is_same_file(gone, tmp_path / "." / "gone")
    assert not is_same_file(gone, tmp_path)
    assert not is_same_file(tmp_path, gone)
    assert is_same_file(gone, tmp_path / "GONE") is (os.path.normcase("A") == "a")


def test_what_can_be_no_path_is_no_file(tmp_path):
    assert not is_same_file(tmp_path, tmp_path / "a\0b")
