"""Outputs are read in pieces, each byte once, while they grow, with holes in them, and after they were shortened."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.output_cap import gap_line, kept
from app.store import output_reading
from app.store.output_reading import PIECE, Gap, OutputDecoder, OutputReader
from app.store.outputs import decode


@pytest.fixture
def path(tmp_path):
    return tmp_path / "1.log"


def joined(pieces):
    return b"".join(piece for piece in pieces if not isinstance(piece, Gap))


def test_an_output_that_is_not_there_is_empty(path):
    reader = OutputReader(path)
    assert (list(reader.new()), reader.size()) == ([], 0)
    path.write_bytes(b"now")
    assert (list(reader.new()), reader.size()) == ([b"now"], 3)


def test_a_large_output_comes_in_pieces(path):
    data = os.urandom(3 * PIECE + 7)
    path.write_bytes(data)
    pieces = list(OutputReader(path).new())
    assert [len(piece) for piece in pieces] == [PIECE, PIECE, PIECE, 7]
    assert joined(pieces) == data


def test_only_what_is_new_is_read(path, monkeypatch):
    reader = OutputReader(path)
    path.write_bytes(b"x" * 10_000_000)
    list(reader.new())
    read = []
    real = OutputReader._skip_hole
    monkeypatch.setattr(OutputReader, "_skip_hole", lambda self, file: read.append(self._offset) or real(self, file))
    with path.open("ab") as file:
        file.write(b"new")
    assert list(reader.new()) == [b"new"]
    assert list(reader.new()) == []
    assert min(read) == 10_000_000


@pytest.mark.skipif(not hasattr(os, "SEEK_DATA"), reason="this system does not tell where holes are")
def test_a_part_that_was_freed_is_skipped_and_said(path):
    with path.open("wb") as file:
        file.write(b"head" * 1024)
        file.seek(3 * 2**30)
        file.write(b"tail")
    pieces = list(OutputReader(path).new())
    if sum(isinstance(piece, Gap) for piece in pieces) == 0:
        pytest.skip("this file system knows no holes")
    assert pieces == [b"head" * 1024, Gap(3 * 2**30 - 4096), b"tail"]


def shorten(path, cap):
    """What the runner makes of an output that is over the cap, at the end of its run."""
    data = path.read_bytes()
    start, end = kept(len(data), cap)
    path.write_bytes(data[:start] + gap_line(end - start) + data[end:])


@pytest.mark.parametrize("seen", [0, 100, 3_000, 9_000, 99_000, 99_999, 100_000])
def test_after_an_output_was_shortened_what_is_new_is_found_at_its_end(path, seen):
    data = bytes(i * 7 % 251 for i in range(100_000))
    reader = OutputReader(path)
    path.write_bytes(data[:seen])
    first = joined(reader.new())
    path.write_bytes(data)
    shorten(path, 8_000)
    rest = joined(reader.new(total=len(data)))
    if seen >= 94_000:  # in the part that stayed: each byte exactly once
        assert first + rest == data
    else:
        assert (first + rest).startswith(data[: max(seen, 2_000)])
        assert rest.endswith(data[94_000:])
        assert len(rest) <= 8_000 + len(gap_line(92_000))


def test_an_output_that_was_not_shortened_goes_on_where_it_was(path):
    reader = OutputReader(path)
    path.write_bytes(b"abc")
    list(reader.new())
    path.write_bytes(b"abcdef")
    assert joined(reader.new(total=6)) == b"def"


def decoded(*pieces):
    decoder = OutputDecoder()
    return "".join(map(decoder, pieces)) + decoder(b"", final=True)


@given(st.text())
def test_utf_8_is_read_however_it_is_cut(text):
    data = text.encode()
    assert decoded(*(data[place : place + 1] for place in range(len(data)))) == text


@given(st.lists(st.binary(max_size=6)))
def test_nothing_is_an_error_and_what_is_ascii_stays(pieces):
    text = decoded(*pieces)
    assert [char for char in text if "\x01" <= char <= "\x7f"] == [
        chr(byte) for byte in b"".join(pieces) if 1 <= byte <= 0x7F
    ]


def test_what_is_not_utf_8_is_in_the_code_page_of_consoles(monkeypatch):
    monkeypatch.setattr(output_reading, "console_encoding", lambda: "cp850")
    assert decoded(b"gr\x94", b"\xe1er\n", b"m\x94rder") == "größer\nmörder"
    monkeypatch.setattr(output_reading, "console_encoding", lambda: "cp932")
    assert decoded(b"\x83", b"e\x83X", b"\x83g") == "テスト"


def test_a_character_cut_by_a_gap_does_not_change_the_encoding(monkeypatch):
    monkeypatch.setattr(output_reading, "console_encoding", lambda: "cp850")
    data = "größer".encode()
    assert decoded(data, b"\xc3", b"\n[gap]\n\xbf", data) == "größer\ufffd\n[gap]\n\ufffdgrößer"


@pytest.mark.parametrize("encoding", ["no-such-encoding", "ascii"])
def test_what_is_in_no_encoding_is_replaced(monkeypatch, encoding):
    monkeypatch.setattr(output_reading, "console_encoding", lambda: encoding)
    assert decoded(b"a\xff", b"b") == "a\ufffdb"


@pytest.mark.parametrize("data", [b"plain", "größer 語".encode(), b"", b"\xff\xfe"])
def test_a_whole_output_is_read_as_its_tail_is(data):
    assert decoded(data) == decode(data)
