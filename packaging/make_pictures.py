"""Draw the README's pictures: the demo from what it really prints, the window from a real one over a real queue.

Run: .venv/bin/python packaging/make_pictures.py
"""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

CHECKOUT = Path(__file__).resolve().parent.parent
PICTURES = CHECKOUT / "resources" / "pictures"
WIDTH = 128
_STYLES = {
    r"^\$ .*": "bold bright_white",
    r"\bcompleted\b": "green",
    r"\b(dead|Timeout exceeded \(1s\))": "bold red",
    r"\bfailed\b": "yellow",
    r"\bstarted\b": "cyan",
    r"^(ID  .*|-{2}.*)": "bright_black",
}


def main() -> int:
    """Draw them all."""
    _draw_demo()
    unseen = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    # a process each: an application of Qt is made once in a process
    for theme in ("light", "dark"):
        picture = PICTURES / f"window-{theme}.png"
        script = CHECKOUT / "packaging" / "window_picture.py"
        subprocess.run([sys.executable, script, theme, picture], env=unseen, check=True)
        print(f"Drawn: {picture.relative_to(CHECKOUT)}")
    return 0


def _draw_demo() -> None:
    """Run the demo and draw its middle: the jobs go in, are worked, and are listed."""
    done = subprocess.run(
        [sys.executable, CHECKOUT / "packaging" / "dev.py", "run", "--demo"], capture_output=True, text=True, check=True
    )
    start, end = done.stdout.index("$ queuectl enqueue"), done.stdout.index("$ queuectl show")
    # the checkout's own place is nobody's business
    text = done.stdout[start:end].replace(f"{CHECKOUT}/", "").rstrip()
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    for line in text.splitlines():
        drawn = Text(line, no_wrap=True)
        for pattern, style in _STYLES.items():
            drawn.highlight_regex(pattern, style)
        console.print(drawn, soft_wrap=True)
    svg = console.export_svg(title="QueueCTL", theme=DIMMED_MONOKAI, unique_id="demo")
    svg = svg.replace("<svg ", '<svg xml:space="preserve" ', 1)  # columns stay columns in every viewer
    # a picture fetches nothing: whatever fixed-width font the reader has will do
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL).replace("Fira Code", "DejaVu Sans Mono")
    picture = PICTURES / "demo.svg"
    picture.write_text(re.sub(r"[ \t]+\n", "\n", svg), encoding="utf-8")
    print(f"Drawn: {picture.relative_to(CHECKOUT)}")


if __name__ == "__main__":
    sys.exit(main())
