"""Draws the curves of a benchmark's figures. Runs in the environment of the bench-only packages, which has matplotlib.

Run: python packaging/bench_pictures.py FIGURES.json FOLDER
"""

import json
import statistics
import sys
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt

Point = tuple[float, tuple[float, ...]]
_MIDDLE_HALF = 0.2  # how much of a line's colour its spread has


def draw(document: dict[str, Any], folder: Path) -> list[Path]:
    """Draw a picture for each curve, and return the files."""
    figures = [figure for script in document["scripts"] for figure in script["figures"] if figure["curve"]]
    curves: dict[str, list[dict[str, Any]]] = {}
    for figure in figures:
        curves.setdefault(figure["curve"].partition(": ")[0], []).append(figure)
    return [_draw_one(title, group, folder) for title, group in curves.items()]


def _draw_one(title: str, figures: list[dict[str, Any]], folder: Path) -> Path:
    plt.switch_backend("svg")  # no window is wanted, whatever this machine's settings say
    picture, axes = plt.subplots(figsize=(7.5, 4.5), layout="constrained")
    lines: dict[str, list[Point]] = {}
    for figure in figures:
        lines.setdefault(figure["curve"].partition(": ")[2], []).append((figure["at"], tuple(figure["ours"])))
    for name, points in lines.items():
        points.sort()
        places = [at for at, _ in points]
        (line,) = axes.plot(places, [statistics.median(samples) for _, samples in points], marker="o", label=name)
        quarters = [statistics.quantiles(samples, n=4, method="inclusive") for _, samples in points]
        low, high = [cuts[0] for cuts in quarters], [cuts[2] for cuts in quarters]
        axes.fill_between(places, low, high, color=line.get_color(), alpha=_MIDDLE_HALF)
    axes.set(title=title, xscale="log", xlabel="jobs in the queue", ylabel=figures[0]["unit"])
    axes.set_ylim(bottom=0)
    axes.legend(title="median and middle half")
    path = folder / f"{title.replace(' ', '-')}.svg"
    picture.savefig(path)
    plt.close(picture)
    return path


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    for drawn in draw(json.loads(source.read_text(encoding="utf-8")), target):
        print(f"drawn: {drawn}")
