"""Of what jobs write, a terminal gets text and colours, however the pieces are cut."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.terminal_text import RESET, TerminalText

HARMFUL = re.compile(r"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
COLOUR = re.compile(r"\x1b\[[0-9;:]*m")


def shown(*pieces):
    """What a terminal gets of an output in these pieces."""
    text = TerminalText()
    return "".join(map(text, pieces)) + text.end()


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("plain\ttext\nof two lines\n", "plain\ttext\nof two lines\n"),
        ("größer 語 🙂 e\u0301 می\u200cخو", "größer 語 🙂 e\u0301 می\u200cخو"),
        ("\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m"),
        ("\x1b[38;2;1;2;3mtrue\x1b[m", "\x1b[38;2;1;2;3mtrue\x1b[m"),
        ("\x1b[38:5:9mcolons\x1b[0m", "\x1b[38:5:9mcolons\x1b[0m"),
        ("a\x1b[2Jb\x1b[Hc\x1b[?25ld\x1b[10;20He", "abcde"),
        ("a\x1b[>4;2mb\x1b[?4mc", "abc"),
        ("a\x1b]0;title\x07b\x1b]8;;http://x\x1b\\c", "abc"),
        ("a\x1bPq#0;2;0\x1b\\b\x1b_Gf=100\x1b\\c\x1b^p\x1b\\d\x1bXs\x1b\\e", "abcde"),
        ("a\x9b31mb\x9d0;t\x9cc\x90q\x9cd", "abcd"),
        ("a\x1b(0b\x1bcc\x1b7d\x1b=e", "abcde"),
        ("bell\x07 back\x08 del\x7f nul\x00 form\x0c", "bell back del nul form"),
        ("10%\r50%\rdone\r\nnext\r\n", "10%\n50%\ndone\nnext\n"),
        ("abc\u202etxt.exe\u2066x\u2069", "abc\\u202etxt.exe\\u2066x\\u2069"),
        ("\x1b[31", ""),
        ("\x1b[" + "1;" * 99 + "mtext", "1;" * 99 + "mtext"),
        ("an end in a return\r", "an end in a return\n"),
        ("an open title \x1b]0;and then\na line", "an open title \na line"),
        ("a\x1b\nb", "a\nb"),
        ("\x1b\x1b[31mtwo escapes\x1b[0m", "\x1b[31mtwo escapes\x1b[0m"),
    ],
)
def test_only_text_lines_tabs_and_colours_pass(written, seen):
    assert shown(written) == seen
    assert shown(*written) == seen


def test_no_colour_is_left_behind():
    assert shown("\x1b[31mred") == "\x1b[31mred" + RESET
    assert shown("\x1b[31mred\x1b[0m") == "\x1b[31mred\x1b[0m"
    assert shown("plain") == "plain"


WRITTEN = st.lists(
    st.sampled_from(
        [
            "\x1b",
            "[",
            "]",
            "P",
            "m",
            "31",
            ";",
            "\\",
            "\x07",
            "\x9b",
            "\x9d",
            "\x9c",
            "\r",
            "\n",
            "a",
            "ö",
            "\u202e",
            "\x00",
        ]
    )
    | st.text(max_size=3)
).map("".join)


@given(WRITTEN, st.data())
def test_the_cuts_between_pieces_change_nothing_and_nothing_harmful_passes(written, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(written)), max_size=5)))
    pieces = [written[a:b] for a, b in zip([0, *cuts], [*cuts, len(written)], strict=True)]
    whole = shown(written)
    assert shown(*pieces) == whole
    assert not HARMFUL.search(whole)
    assert "\x1b" not in COLOUR.sub("", whole)


@pytest.mark.parametrize("unit", ["\x9d", "\x1b", "\x1b]", "\x1b[", "\x1b[31", "\r", "\x9b1;", "\u202e", "\x00", "a"])
def test_no_output_makes_it_slow_or_remember_much(unit):
    text = TerminalText()
    piece = unit * (2**16 // len(unit))
    began = time.process_time()
    for _ in range(4):
        text(piece)
        assert len(text._held) < 200
    assert time.process_time() - began < 10
