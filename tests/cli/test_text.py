"""What jobs brought is fit for a terminal before a person reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cli.text import cut, padded, width
from app.domain.visible_text import visible, visible_block


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"),
        ("größer 語 🙂", "größer 語 🙂"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("two\nlines\r\n\tand a tab", "two\\nlines\\r\\n\\tand a tab"),
        ("\x9b31m", "\\x9b31m"),
        ("abc\u202etxt.exe", "abc\\u202etxt.exe"),
        ("\u2066hidden\u2069", "\\u2066hidden\\u2069"),
        ("line\u2028separator", "line\\u2028separator"),
        ("half \udcff", "half \\udcff"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("wide\u3000space\u00a0kept", "wide\u3000space\u00a0kept"),
        ("می\u200cخو", "می\u200cخو"),
    ],
)
def test_what_controls_or_hides_is_spelled_out_and_the_rest_stays(text, line):
    assert visible(text) == line


@given(st.text())
def test_a_visible_text_is_one_line_without_any_control(text):
    line = visible(text)
    assert line.splitlines() in ([line], [])
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 or "\u202a" <= char <= "\u202e" for char in line)


def test_a_block_keeps_its_lines_and_tabs():
    assert visible_block("a\tb\n\x1b]0;title\x07c\n") == "a\tb\n\\x1b]0;title\\x07c\n"


@pytest.mark.parametrize(("text", "line"), [("12345", "12345"), ("123456789", "12..."), ("\x1b" * 9, "\\x...")])
def test_a_long_text_ends_in_three_dots(text, line):
    assert cut(text, 5) == line


@given(st.text(), st.integers(3, 50))
def test_a_cut_text_is_never_longer_than_asked(text, length):
    assert len(cut(text, length)) <= length


def test_wide_and_combining_characters_are_counted_in_cells():
    assert width("abc") == 3
    assert width("語語") == 4
    assert width("e\u0301") == 1
    assert padded("語", 4) + "|" == "語  |"
