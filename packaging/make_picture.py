"""Draw the README's picture from what the demo really prints: resources/pictures/demo.svg.

Run: .venv/bin/python packaging/make_picture.py
"""

import io
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

CHECKOUT = Path(__file__).resolve().parent.parent
PICTURE = CHECKOUT / "resources" / "pictures" / "demo.svg"
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
    """Run the demo and draw its middle: the jobs go in, are worked, and are listed."""
    done = subprocess.run(
        [sys.executable, CHECKOUT / "packaging" / "dev.py", "run"], capture_output=True, text=True, check=True
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
    PICTURE.write_text(re.sub(r"[ \t]+\n", "\n", svg), encoding="utf-8")
    print(f"Drawn: {PICTURE.relative_to(CHECKOUT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
