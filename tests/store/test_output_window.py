"""Parts of an output, from anywhere in it."""

import errno
import os

import pytest

from app.engine.output_cap import gap_line, shorten
from app.store.output_reading import Gap
from app.store.output_window import OutputWindow, split_at_gaps

LINES = b"".join(b"line %06d\n" % number for number in range(100_000))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "1.log"


def text(stretch):
    return b"".join(part for part in stretch.parts if isinstance(part, bytes))


def sparse(path, *pieces, size):
    """A file that holds only these (offset, bytes)."""
    with path.open("wb") as file:
        file.truncate(size)
        for offset, data in pieces:
            file.seek(offset)
            file.write(data)
    return OutputWindow(path)


def test_the_end_begins_with_a_whole_line(path):
    path.write_bytes(LINES)
    last = OutputWindow(path).last(100)
    assert text(last) == b"".join(b"line %06d\n" % number for number in range(99_992, 100_000))
    assert (last.end, last.size) == (len(LINES), len(LINES))


def test_pieces_before_and_after_fit_together_without_a_seam(path):
    path.write_bytes(LINES)
    window = OutputWindow(path)
    middle = window.around(500_003, 1000)
    before = window.before(middle.start, 1000)
    after = window.after(middle.end, 1000)
    assert middle.start <= 500_003 < middle.end
    assert before.end == middle.start
    assert after.start == middle.end
    joined = text(before) + text(middle) + text(after)
    assert joined == LINES[before.start : after.end]
    assert joined.startswith(b"line")
    assert joined.endswith(b"\n")


def test_all_of_a_file_is_read_by_walking_back(path):
    path.write_bytes(LINES)
    window = OutputWindow(path)
    stretch = window.last(300_000)
    whole = text(stretch)
    while stretch.start:
        stretch = window.before(stretch.start, 300_000)
        whole = text(stretch) + whole
    assert whole == LINES


def test_a_line_without_end_is_cut_between_characters(path):
    path.write_bytes("ä€😀".encode() * 100_000)
    window = OutputWindow(path)
    for offset in range(500_000, 500_009):
        stretch = window.around(offset, 4000)
        text(stretch).decode()
    assert text(window.last(1001)).decode().endswith("😀")


@pytest.mark.skipif(not hasattr(os, "SEEK_DATA"), reason="the system does not tell what was freed")
def test_a_gigabyte_of_nothing_is_one_gap(path):
    window = sparse(path, (0, b"head\n"), (2**30 - 4, b"end\n"), size=2**30)
    last = window.last(10_000)
    kinds = [type(part) for part in last.parts]
    assert kinds == [bytes, Gap, bytes]
    assert text(last).endswith(b"end\n")
    assert last.start == 0


def test_a_file_that_is_all_gap_is_read(path):
    last = sparse(path, size=2**20).last(8192)
    assert last.parts == (Gap(last.end - last.start),)


def test_many_zeros_count_as_a_gap_where_the_system_does_not_tell(path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EINVAL, "no holes here")

    monkeypatch.setattr(os, "lseek", refuse)
    path.write_bytes(b"\0" * 100_000)
    assert OutputWindow(path).last(50_000).parts == (Gap(50_000),)


def test_a_shortened_output_states_its_gap(path):
    path.write_bytes(LINES)
    shorten(path, 100_000)
    parts = list(split_at_gaps(path.read_bytes()))
    assert [part for part in parts if isinstance(part, Gap)] == [Gap(len(LINES) - 100_000)]
    assert list(split_at_gaps(gap_line(1234)))[1:] == [Gap(1234)]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_byte_order_mark_tells_the_encoding_and_lines_are_found_in_it(path, encoding):
    lines = [f"Zeile {number} ä਀\n" for number in range(1000)]
    path.write_bytes("\ufeff".encode(encoding) + "".join(lines).encode(encoding))
    window = OutputWindow(path)
    middle = window.around(9001, 400)
    assert middle.encoding == encoding
    shown = text(middle).decode(encoding)
    assert shown.startswith("Zeile")
    assert shown.endswith("\n")


def test_what_is_not_there_is_said(path):
    window = OutputWindow(path)
    assert window.size() is None
    with pytest.raises(FileNotFoundError):
        window.last(10)


def test_nothing_is_read_beyond_the_end(path):
    path.write_bytes(b"abc")
    window = OutputWindow(path)
    assert window.after(10, 10).parts == ()
    assert window.between(1, 99).parts == (b"bc",)
    assert window.before(99, 10).parts == (b"abc",)
