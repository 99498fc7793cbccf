"""The program's icons in all the forms that systems and installer ask for, drawn from resources/queuectl.svg.

Run by building.py in the checkout's virtual environment: python packaging/make_icons.py FOLDER
"""

import io
import sys
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, QSize, Qt
from PySide6.QtGui import QImageReader

_DRAWING = Path(__file__).resolve().parent.parent / "resources" / "queuectl.svg"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
_WINDOWS = (16, 24, 32, 48, 64, 128, 256)
_MAC = (16, 32, 64, 128, 256, 512, 1024)
# Beside the last page of the Windows installer, at twice the size, for screens that have as many pixels.
_SIDE, _SIDE_GROUND, _SIDE_ICON = (328, 628), "#e9effb", 128


def draw(size: int) -> Image.Image:
    """Draw the icon at one size, in pixels."""
    reader = QImageReader(str(_DRAWING))
    reader.setScaledSize(QSize(size, size))
    reader.setBackgroundColor(Qt.GlobalColor.transparent)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    reader.read().save(buffer, "PNG")
    return Image.open(io.BytesIO(buffer.data().data())).convert("RGBA")


def make(folder: Path) -> None:
    """Write queuectl.ico, queuectl.icns, a queuectl-SIZE.png for each size, and installer.bmp."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {size: draw(size) for size in {*SIZES, *_WINDOWS, *_MAC}}
    for size in SIZES:
        drawn[size].save(folder / f"queuectl-{size}.png", optimize=True)
    for name, sizes in (("queuectl.ico", _WINDOWS), ("queuectl.icns", _MAC)):
        # Else Pillow makes the small ones of the large one: each is drawn for itself.
        pictures = [drawn[size] for size in sizes]
        options = {"sizes": [(size, size) for size in sizes]} if name.endswith(".ico") else {}
        pictures[-1].save(folder / name, append_images=pictures[:-1], **options)
    side = Image.new("RGB", _SIDE, _SIDE_GROUND)
    left = (_SIDE[0] - _SIDE_ICON) // 2
    side.paste(drawn[_SIDE_ICON], (left, left), drawn[_SIDE_ICON])
    side.save(folder / "installer.bmp")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
