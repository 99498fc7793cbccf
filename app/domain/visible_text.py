"""Text that somebody else wrote, fit to be read: ids, commands, errors and file names can hold anything.

Whatever a job brought goes through here before a person reads it, so that no text moves the cursor, changes colours,
begins a line of its own or turns the reading direction around.
"""

from __future__ import annotations

import unicodedata

_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_MAX_X, _MAX_U = 0xFF, 0xFFFF
"""The last characters that Python's two shorter escapes reach."""

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of Unicode: controls, marks of format and direction, halves of characters, separators of lines."""

_JOINERS = frozenset("\u200c\u200d")
"""Marks of format without which Persian and many emoji are not readable; they do no harm."""


def visible(text: str) -> str:
    """Return text as one line, in which every character that controls or can't be seen is spelled out."""
    return text if text.isprintable() else "".join(map(_spelled, text))


def visible_block(text: str) -> str:
    """Return text of several lines; line ends and tabs stay, all else is as in ``visible``."""
    return "\n".join("\t".join(map(visible, line.split("\t"))) for line in text.split("\n"))


def _spelled(char: str) -> str:
    if char.isprintable() or char in _JOINERS or unicodedata.category(char) not in _UNSEEN:
        return char
    number = ord(char)
    if char in _NAMED:
        return _NAMED[char]
    if number <= _MAX_X:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= _MAX_U else f"\\U{number:08x}"
