"""The icon in the tray, as pixels."""

from itertools import combinations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage, QPainter

from app.ui.tray_icon import _GROUNDS, SIZES, TrayState, drawn, tray_icon

pytestmark = pytest.mark.usefixtures("qapp")

PANELS = ("#f0f0f0", "#202020", "#808080")


def pixels(picture):
    return [[picture.pixelColor(x, y) for x in range(picture.width())] for y in range(picture.height())]


def brightness(colour):
    """Relative luminance, as contrast is reckoned from it."""
    parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.getRgbF()[:3]]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def contrast(one, other):
    light, dark = sorted((brightness(one), brightness(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def shape(state, size):
    """What is left of the picture for who sees no colours: what is light in it, and what is dark."""
    return [
        [colour.alphaF() > 0.5 and brightness(colour) > 0.5 for colour in row] for row in pixels(drawn(state, size))
    ]


def on_panel(state, size, panel):
    picture = QImage(size, size, QImage.Format.Format_RGB32)
    picture.fill(QColor(panel))
    painter = QPainter(picture)
    painter.drawImage(0, 0, drawn(state, size))
    painter.end()
    return picture


@pytest.mark.parametrize("size", [size for size in SIZES if size <= 64])
def test_every_state_is_told_from_every_other_by_shape_alone(size):
    for one, other in combinations(TrayState, 2):
        differing = sum(
            a != b
            for mine, theirs in zip(shape(one, size), shape(other, size), strict=True)
            for a, b in zip(mine, theirs, strict=True)
        )
        assert differing > size * size * 0.08, (one, other)


@pytest.mark.parametrize("state", TrayState)
def test_the_sign_stands_out_from_its_ground(state):
    assert all(contrast(QColor("#ffffff"), QColor(ground)) >= 4.5 for ground in _GROUNDS[state])


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("state", TrayState)
def test_the_icon_stands_out_from_light_and_dark_panels(state, panel):
    size = 16
    picture = on_panel(state, size, panel)
    # from the left edge inwards, at half height: rim and ground, one of which differs from the panel
    edge = [picture.pixelColor(x, size // 2) for x in range(3)]
    assert max(contrast(colour, QColor(panel)) for colour in edge) >= 3


@pytest.mark.parametrize("size", [16, 20, 22, 24, 32])
@pytest.mark.parametrize("state", [TrayState.IDLE, TrayState.PAUSED])
def test_bars_lie_on_whole_pixels(state, size):
    picture = drawn(state, size)
    middle, along = size // 2, range(3, size - 3)
    is_lying = state is TrayState.IDLE
    line = [picture.pixelColor(middle, at) if is_lying else picture.pixelColor(at, middle) for at in along]
    white = QColor("#ffffff")
    assert all(colour == white or brightness(colour) < 0.25 for colour in line), "half covered pixels blur"
    assert sum(colour == white for colour in line) >= 6


@pytest.mark.parametrize("state", TrayState)
@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
@pytest.mark.parametrize("size", [16, 22, 24, 32, 48, 64])
def test_a_tray_gets_a_picture_drawn_for_its_size_and_scale(state, ratio, size):
    wanted = round(size * ratio)
    got = tray_icon(state).pixmap(QSize(size, size), ratio).toImage()
    if wanted in SIZES:
        expected = drawn(state, wanted)
        expected.setDevicePixelRatio(got.devicePixelRatio())
        assert got.convertToFormat(expected.format()) == expected
    else:
        assert abs(got.width() - wanted) <= wanted * 0.1


def test_the_icon_of_a_state_is_drawn_once():
    assert tray_icon(TrayState.IDLE) is tray_icon(TrayState.IDLE)
