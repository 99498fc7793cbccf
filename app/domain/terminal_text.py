"""What jobs wrote, made fit for a terminal piece by piece: of all control sequences only colours pass."""

from __future__ import annotations

import re

RESET = "\x1b[0m"
"""Ends all colours."""

# It begins with a plain set of characters, which Python looks for quickly: 100 MB of text take 2 s, and with the cases
# spelled out one beside the other it was a minute.
_SEQUENCE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
    r"(?:(?<=\x1b)(?:(?P<colour>\[[0-9;:]{0,64}m)"
    r"|\[[0-?]{0,99}[ -/]{0,9}[@-~]"
    r"|[\]PX^_][^\x00-\x1f\x7f-\x9f]*"  # titles, links, pictures, reports: up to the next control no text for people
    r"|[ -/]{0,9}[0-~])"
    r"|(?<=\x9b)[0-?]{0,99}[ -/]{0,9}[@-~]"
    r"|(?<=[\x90\x98\x9d-\x9f])[^\x00-\x1f\x7f-\x9f]*"
    r"|(?<=\r)\n)?"
)
_MAY_GO_ON = re.compile(
    r"(?P<text>\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x00-\x1f\x7f-\x9f]*\Z"
    r"|\x1b(?:\[[0-?]{0,99}[ -/]{0,9}|[ -/]{0,9})\Z"
    r"|\x9b[0-?]{0,99}[ -/]{0,9}\Z"
    r"|\r\Z"
)
_BEGINNINGS = "\x1b\x9b\x90\x98\x9d\x9e\x9f\r"
_ENDS_COLOURS = re.compile(r"\x1b\[[0;:]*m")
_LAST_CONTROL = "\x9f"


class TerminalText:
    """Takes the text of one output in pieces, however they are cut, and returns what a terminal may get.

    Lines, tabs and colours (SGR) stay. A lone carriage return begins a new line, so that nothing is written over what
    stood there; marks that turn the reading direction are spelled out; all other controls and sequences are dropped.
    What is kept between two pieces is never longer than one short sequence.
    """

    def __init__(self) -> None:
        self._held = ""
        self._coloured = False

    def __call__(self, piece: str) -> str:
        """Return what of the next piece may be shown now."""
        # terminals take no notice of NULs, and there can be gigabytes of them
        text = self._held + piece.replace("\x00", "")
        self._held = ""
        last = max(map(text.rfind, _BEGINNINGS))
        goes_on = _MAY_GO_ON.match(text, last) if last >= 0 else None
        if goes_on is not None:
            # of a title that goes on, nothing but its beginning has to be remembered
            self._held = goes_on["text"] or goes_on[0]
            text = text[:last]
        return _SEQUENCE.sub(self._replaced, text)

    def end(self) -> str:
        """Return what is to be shown after the last piece; it leaves no colour behind."""
        line = "\n" if self._held == "\r" else ""
        self._held = ""
        return line + (RESET if self._coloured else "")

    def _replaced(self, sequence: re.Match[str]) -> str:
        if sequence["colour"]:
            self._coloured = _ENDS_COLOURS.fullmatch(sequence[0]) is None
            return sequence[0]
        first = sequence[0][0]
        if first == "\r":
            return "\n"
        return f"\\u{ord(first):04x}" if first > _LAST_CONTROL else ""
