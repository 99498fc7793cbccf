"""The icon in the tray: one shape for each state, drawn anew for each size on whole pixels.

It brings its own ground and rim, since a panel may be dark while the window is light, and either may change.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QLinearGradient, QPainter, QPainterPath, QPixmap, QPolygonF


class TrayState(StrEnum):
    """What the icon says.

    IDLE: nothing runs. RUNNING: jobs run. PAUSED: nothing is handed out. ATTENTION: something wants to be looked at.
    """

    IDLE = "idle"
    RUNNING = "running"
    PAUSED = "paused"
    ATTENTION = "attention"


SIZES: Final = (16, 18, 20, 22, 24, 28, 30, 32, 33, 36, 40, 44, 48, 64, 72, 96, 128)
"""Pixels: what trays ask for, 16 to 64, at the scales of today's screens. Any other is made from the nearest."""

# Upper and lower end of the ground. White stands out from each of them by 4.5 to 1 at least.
_GROUNDS: Final = {
    TrayState.IDLE: ("#4a6286", "#34486a"),
    TrayState.RUNNING: ("#2b69e2", "#1d50b8"),
    TrayState.PAUSED: ("#6a6f79", "#4c515b"),
    TrayState.ATTENTION: ("#d03447", "#ab1f33"),
}
_RIM: Final = "#f4f6fa"
_GLYPH: Final = "#ffffff"
_ROUND_FROM: Final = 4
"""Pixels; a thinner bar with round ends is a blur."""


@cache
def tray_icon(state: TrayState) -> QIcon:
    """Return the icon of a state, in every size."""
    icon = QIcon()
    for size in SIZES:
        icon.addPixmap(QPixmap.fromImage(drawn(state, size)))
    return icon


def drawn(state: TrayState, size: int) -> QImage:
    """Return the picture of a state, so many pixels wide and high."""
    picture = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    _draw_ground(painter, state, size)
    painter.setBrush(QColor(_GLYPH))
    {
        TrayState.IDLE: _draw_waiting,
        TrayState.RUNNING: _draw_running,
        TrayState.PAUSED: _draw_paused,
        TrayState.ATTENTION: _draw_attention,
    }[state](painter, size)
    painter.end()
    return picture


def _draw_ground(painter: QPainter, state: TrayState, size: int) -> None:
    rim = max(1, round(size / 24))
    upper, lower = _GROUNDS[state]
    colours = QLinearGradient(0, 0, 0, size)
    colours.setColorAt(0, QColor(upper))
    colours.setColorAt(1, QColor(lower))
    painter.setBrush(QColor(_RIM))
    painter.drawPath(_outline(state, QRectF(0, 0, size, size)))
    painter.setBrush(colours)
    painter.drawPath(_outline(state, QRectF(rim, rim, size - 2 * rim, size - 2 * rim)))


def _outline(state: TrayState, place: QRectF) -> QPainterPath:
    path = QPainterPath()
    if state is TrayState.ATTENTION:
        path.addEllipse(place)
    else:
        path.addRoundedRect(place, place.width() * 0.22, place.width() * 0.22)
    return path


def _bar(painter: QPainter, x: int, y: int, width: int, height: int) -> None:
    """Draw a bar on whole pixels, its ends round where there is room for that."""
    thickness = min(width, height)
    round_ = thickness / 2 if thickness >= _ROUND_FROM else 0
    painter.drawRoundedRect(QRectF(x, y, width, height), round_, round_)


def _lines(size: int) -> tuple[int, int, int]:
    """Return where the first of three lines begins, how high each is, and from one to the next."""
    high, gap = round(size * 0.13), round(size * 0.125)
    return (size - 3 * high - 2 * gap) // 2, high, high + gap


def _draw_waiting(painter: QPainter, size: int) -> None:
    top, high, step = _lines(size)
    left = round(size * 0.19)
    for row in range(3):
        _bar(painter, left, top + row * step, size - 2 * left, high)


def _draw_running(painter: QPainter, size: int) -> None:
    top, high, step = _lines(size)
    left, width = round(size * 0.17), round(size * 0.25)
    for row in range(3):
        _bar(painter, left, top + row * step, width, high)
    begin = left + width + max(1, round(size * 0.09))
    end, bottom = size - round(size * 0.14), top + 2 * step + high
    painter.drawPolygon(QPolygonF([QPointF(begin, top), QPointF(end, (top + bottom) / 2), QPointF(begin, bottom)]))


def _draw_paused(painter: QPainter, size: int) -> None:
    width, top = round(size * 0.17), round(size * 0.22)
    gap = 2 * max(1, round(size * 0.07))
    left = (size - 2 * width - gap) // 2
    for x in (left, left + width + gap):
        _bar(painter, x, top, width, size - 2 * top)


def _draw_attention(painter: QPainter, size: int) -> None:
    width = 2 * max(1, round(size * 0.075))
    left, top = (size - width) // 2, round(size * 0.2)
    gap = max(1, round(size * 0.09))
    dot = size - top - width
    _bar(painter, left, top, width, dot - gap - top)
    _bar(painter, left, dot, width, width)
