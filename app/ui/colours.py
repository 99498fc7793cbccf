"""The colours of the window, light and dark, each declared once."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.states import State


@dataclass(frozen=True)
class Colours:
    """One set of colours, as ``#rrggbb``.

    Attributes:
        window: behind everything. surface: lists, fields and text. raised: buttons, headers, cards.
        line: borders. text: words. dim: words of less weight. accent: what is active; on_accent: words on it.
        hover: under the pointer. selected: chosen rows; on_selected: words on them.
        good, busy, warn, bad, idle: of states, always beside an icon or a word.
        good_soft, warn_soft, bad_soft, accent_soft: the same as a background.
    """

    window: str
    surface: str
    raised: str
    line: str
    text: str
    dim: str
    accent: str
    on_accent: str
    hover: str
    selected: str
    on_selected: str
    good: str
    busy: str
    warn: str
    bad: str
    idle: str
    good_soft: str
    warn_soft: str
    bad_soft: str
    accent_soft: str

    def of_state(self, state: State) -> str:
        """Return the colour of a state's icon and word."""
        return {
            State.PENDING: self.idle,
            State.PROCESSING: self.busy,
            State.COMPLETED: self.good,
            State.FAILED: self.warn,
            State.DEAD: self.bad,
            State.CANCELLED: self.dim,
        }[state]


LIGHT = Colours(
    window="#f3f5f8",
    surface="#ffffff",
    raised="#fbfcfd",
    line="#dde2ea",
    text="#1b2330",
    dim="#5d6878",
    accent="#2563d9",
    on_accent="#ffffff",
    hover="#edf1f7",
    selected="#dce8fd",
    on_selected="#12213a",
    good="#15803d",
    busy="#2563d9",
    warn="#a8580a",
    bad="#c22a3a",
    idle="#56657a",
    good_soft="#e3f5e9",
    warn_soft="#fdf1dd",
    bad_soft="#fdeaec",
    accent_soft="#e6effe",
)

DARK = Colours(
    window="#15181e",
    surface="#1b1f27",
    raised="#232833",
    line="#333a47",
    text="#e7eaf0",
    dim="#9aa5b6",
    accent="#6ea0ff",
    on_accent="#0d1526",
    hover="#252b36",
    selected="#2b3d61",
    on_selected="#f2f6ff",
    good="#5fd08b",
    busy="#7fabff",
    warn="#f0b354",
    bad="#ff8088",
    idle="#a9b4c5",
    good_soft="#183526",
    warn_soft="#3a2d16",
    bad_soft="#41212a",
    accent_soft="#22304c",
)
