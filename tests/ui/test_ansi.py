"""Colours in what jobs wrote."""

import pytest

from app.ui.ansi import PLAIN, Formats, Style, styled, without_colours
from app.ui.colours import DARK, LIGHT


def after(sequences):
    return list(styled(sequences, PLAIN))[-1][1]


@pytest.mark.parametrize(
    ("sequence", "style"),
    [
        ("31", Style(front=1)),
        ("94", Style(front=12)),
        ("107", Style(back=15)),
        ("1;3;4;7;8;2", Style(bold=True, italic=True, underline=True, reverse=True, hidden=True, dim=True)),
        ("1;22", PLAIN),
        ("31;1;0", PLAIN),
        ("31;39;42;49", PLAIN),
        ("", PLAIN),
        ("38;5;9", Style(front=9)),
        ("38;5;196", Style(front="#ff0000")),
        ("48:5:255", Style(back="#ededed")),
        ("38;2;255;0;51", Style(front="#ff0033")),
        ("38:2::255:0:51", Style(front="#ff0033")),
        ("4:3", Style(underline=True)),
        ("4;4:0", PLAIN),
        ("58;5;3;31", Style(front=1)),
        ("58:2::1:2:3;1", Style(bold=True)),
        ("38;5;300", PLAIN),
        ("38;2;999;0;0", Style(front="#ff0000")),
        ("38", PLAIN),
        ("38;5", PLAIN),
        ("9" * 60, PLAIN),
        (";;;", PLAIN),
    ],
)
def test_each_sequence_makes_a_style(sequence, style):
    assert after(f"\x1b[{sequence}m") == style


def test_text_keeps_its_style_over_pieces():
    *parts, (_, style) = styled("a\x1b[31mb", PLAIN)
    assert parts == [("a", PLAIN), ("b", Style(front=1))]
    assert next(iter(styled("c", style))) == ("c", Style(front=1))


def test_without_colours_only_text_is_left():
    assert without_colours("\x1b[1;31mfatal\x1b[0m: \x1b]0;title\x07no space") == "fatal: no space"


def light(colour):
    def part(value):
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4

    return 0.2126 * part(colour.redF()) + 0.7152 * part(colour.greenF()) + 0.0722 * part(colour.blueF())


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("front", [*range(16), "#ffff00", "#000000", "#ffffff", "#808080"])
def test_every_colour_can_be_read_on_the_theme_s_background(tools, theme, front):
    from PySide6.QtGui import QColor

    tools.theme.choose(theme)
    surface = QColor((DARK if theme == "dark" else LIGHT).surface)
    for style, behind in ((Style(front=front), surface), (Style(front=front, back=front), None)):
        made = Formats(tools.theme).of(style)
        lighter, darker = sorted(
            (light(made.foreground().color()), light(behind or made.background().color())), reverse=True
        )
        assert (lighter + 0.05) / (darker + 0.05) >= 2.9
