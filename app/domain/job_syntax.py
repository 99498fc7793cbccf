"""What the JSON reader stumbled over, in a person's words."""

from __future__ import annotations

from app.messages import Message, message

_QUOTES = message("Names and texts stand in double quotes. If a shell took the quotes away, put the job into a file.")
_BACKSLASH = message("Write each backslash twice: C:\\\\Users.")

_WORDS: dict[str, tuple[Message, Message | None]] = {
    "Expecting value": (message("a value is missing or is written wrongly"), _QUOTES),
    "Expecting property name": (message("a field name in double quotes is missing"), _QUOTES),
    "Illegal trailing comma": (
        message("a comma stands before the closing bracket"),
        message("Remove the comma."),
    ),
    "Expecting ',' delimiter": (message("a comma or a closing bracket is missing"), None),
    "Expecting ':' delimiter": (message("a colon is missing after the field name"), None),
    "Unterminated string": (message("a text begins that has no closing double quote"), None),
    "Invalid control character": (
        message("a line break or another control character stands inside a text"),
        message("Write \\n for a line break and \\t for a tab."),
    ),
    "Invalid \\escape": (message("a backslash is followed by the wrong character"), _BACKSLASH),
    "Invalid \\uXXXX escape": (message("\\u is not followed by four hexadecimal digits"), _BACKSLASH),
}
"""By the beginning of the reader's own text; Python has changed some of their ends."""


_AFTER_A_COMMA = {
    "}": message("a comma stands before the closing }}"),
    "]": message("a comma stands before the closing ]"),
}


def syntax_words(text: str, document: str = "", position: int = 0) -> tuple[Message, Message | None]:
    """Return what is wrong and what to do about it, for what a JSONDecodeError says of a place in a document."""
    closing = document[position : position + 1]
    if text.startswith("Illegal trailing comma"):  # from Python 3.13 on, and it is the comma's place that is told
        rest = document[position + 1 :].lstrip(" \t\r\n")
        closing, position = rest[:1], len(document) - len(rest)
    if closing in _AFTER_A_COMMA and document[:position].rstrip(" \t\r\n").endswith(","):
        return _AFTER_A_COMMA[closing], message("Remove the comma.")
    for beginning, words in _WORDS.items():
        if text.startswith(beginning):
            return words
    return message("something is written wrongly"), None
