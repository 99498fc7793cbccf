"""The outputs of jobs, as files."""

import os
import stat

import pytest

from app.store.output_reading import OutputReader
from app.store.outputs import TAIL_BYTES, Outputs, Tail, decode, open_output


@pytest.fixture
def outputs(tmp_path):
    (tmp_path / "outputs").mkdir()
    return Outputs(tmp_path / "outputs")


def test_an_output_is_found_by_numbers_alone(outputs, tmp_path):
    assert outputs.path(12, 3) == tmp_path / "outputs" / "12" / "3.log"
    assert not outputs.path(12, 3).parent.exists()


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_an_output_is_for_this_person_only(outputs):
    before = os.umask(0)
    try:
        path = outputs.create(12, 3)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_new_output_is_empty_even_where_one_was(outputs):
    outputs.create(1, 1).write_bytes(b"old")
    assert outputs.create(1, 1).read_bytes() == b""


def test_an_output_that_was_made_ahead_is_made_as_any_other(outputs):
    assert outputs.create_ahead(1, 1)
    assert outputs.path(1, 1).read_bytes() == b""
    assert outputs.create(1, 1) == outputs.path(1, 1)


def test_an_output_that_can_t_be_made_ahead_fails_when_it_is_needed(outputs, tmp_path):
    (tmp_path / "outputs" / "1").write_text("no folder")
    assert not outputs.create_ahead(1, 1)
    with pytest.raises(OSError, match="1"):
        outputs.create(1, 1)


@pytest.mark.skipif(os.name != "posix", reason="pipes and links of POSIX")
@pytest.mark.parametrize("kind", ["pipe", "link"])
def test_what_a_job_has_put_in_the_place_of_its_output_is_neither_waited_for_nor_followed(outputs, tmp_path, kind):
    other = tmp_path / "secret"
    other.write_text("secret")
    path = outputs.create(1, 1)
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(other)
    assert outputs.tail(1, 1).text == ""
    assert list(OutputReader(path).new()) == []
    with pytest.raises(OSError, match="1"):
        open_output(path)
    outputs.create(1, 1)
    assert path.is_file()
    assert not path.is_symlink()
    assert other.read_text() == "secret"


def test_a_short_output_is_its_own_tail(outputs):
    outputs.create(1, 1).write_bytes(b"one\r\ntwo \n\n")
    assert outputs.tail(1, 1) == Tail("one\ntwo \n\n", "two", 11, outputs.kept_bytes(1, 1))


def test_an_output_that_is_not_there_is_empty(outputs):
    assert outputs.tail(9, 9) == Tail("", "", 0, None)


def test_a_long_output_s_tail_begins_with_a_whole_line(outputs):
    lines = [f"line {number} ü" for number in range(5000)]
    content = "\n".join(lines).encode()
    outputs.create(1, 1).write_bytes(content)
    tail = outputs.tail(1, 1)
    assert (tail.size, tail.last_line) == (len(content), lines[-1])
    assert 0 < len(tail.text.encode()) <= TAIL_BYTES
    assert tail.text.splitlines() == lines[-len(tail.text.splitlines()) :]


@pytest.mark.parametrize("shift", range(4))
def test_a_long_line_s_tail_begins_with_a_whole_character(outputs, shift):
    outputs.create(1, 1).write_bytes(("x" * shift + "\U0001f600" * 3000).encode())
    assert set(outputs.tail(1, 1).text) == {"\U0001f600"}


def test_bytes_that_are_no_text_are_shown_as_far_as_can_be(outputs):
    outputs.create(1, 1).write_bytes(b"caf\xff\x00ok")
    tail = outputs.tail(1, 1)
    assert "caf" in tail.text
    assert "\x00" not in tail.text
    assert decode("ü€".encode()) == "ü€"


def test_freed_outputs_are_gone_and_freeing_again_does_nothing(outputs):
    outputs.create(1, 1).write_bytes(b"x")
    outputs.create(1, 2)
    kept = outputs.create(2, 1)
    outputs.free(1)
    outputs.free(1)
    assert not outputs.path(1, 1).parent.exists()
    assert kept.exists()
