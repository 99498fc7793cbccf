"""What is taken out of a report beside its secrets: where the person's folders are."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

from app.paths import own_folder


class PlaceMask:
    """Puts short names in the place of folders that say who the person is.

    Args:
        places: absolute folders, and what stands for each.
        windows: whether case and the kind of slash make no difference.
    """

    def __init__(self, places: Mapping[str, str], *, windows: bool = os.name == "nt") -> None:
        flags = re.IGNORECASE if windows else re.NOFLAG
        kind = PureWindowsPath if windows else PurePosixPath
        self._places = [
            (_pattern(place, flags, windows=windows), name)
            for place, name in sorted(places.items(), key=lambda item: len(item[0]), reverse=True)
            if len(kind(place).parts) > 1  # a root stands in every path
        ]

    def __call__(self, text: str) -> str:
        """Return a text without them."""
        for pattern, name in self._places:
            text = pattern.sub(name, text)
        return text


def personal_places(home: Path) -> dict[str, str]:
    """Return what to mask here: the person's own folder, and the queue's where it lies elsewhere.

    Args:
        home: the queue's folder.
    """
    own = own_folder()
    # an account without a folder of its own has all of them
    places = {} if own == own.parent else {str(own): "~", os.path.realpath(own): "~"}
    if home != own / ".queuectl":
        places |= {str(home): "(queue)", os.path.realpath(home): "(queue)"}
    return places


def _pattern(place: str, flags: int, *, windows: bool) -> re.Pattern[str]:
    slash = r"[\\/]+" if windows else "/"  # in JSON a backslash is doubled
    whole = place.rstrip("\\/") if windows else place.rstrip("/")
    parts = (re.escape(part) for part in re.split(slash, whole))
    return re.compile(slash.join(parts) + r"(?![\w@+-]|\.\w)", flags)
