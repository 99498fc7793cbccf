"""Under which licences this program and its parts stand.

The built program brings the full texts along, gathered as it was built. From source the parts are packages of their
own, which bring theirs; here they are named.
"""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata, requires
from typing import Final

from app.paths import resource
from app.ui.wording import tr

GATHERED: Final = "licences.txt"
"""The resource with all texts; there in the built program alone."""

OTHERS: Final = (("Qt", "LGPL-3.0-only"), ("Python", "PSF-2.0"), ("SQLite", "public domain"), ("Lucide icons", "ISC"))
"""What is no package of Python, and the licence of each."""

_DISTRIBUTION: Final = "queuectl"
_UNTOLD: Final = {"peewee": "MIT"}
"""What packages do not say of themselves."""

_NAME: Final = re.compile(r"[\w.-]+")
_LONGEST: Final = 60
_CLASSIFIER: Final = "License :: OSI Approved :: "


def licences() -> str:
    """Return all texts, or from source the names of the licences. It reads files."""
    own = tr("QueueCTL is free software under the MIT licence.")
    try:
        return own + "\n\n" + resource(GATHERED).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        pass
    rows = [(f"{name} {version}", licence) for name, version, licence in packages()]
    rows += OTHERS
    width = max(len(name) for name, _ in rows)
    named = "".join(f"{name:{width}}  {licence}\n" for name, licence in rows).rstrip()
    icons = resource("icons/LICENSE").read_text(encoding="utf-8").strip()
    return "\n\n".join((own, tr("It is put together from:") + "\n" + named, tr("Lucide icons:"), icons))


def packages() -> list[tuple[str, str, str]]:
    """Return name, version and licence of each installed package that this program needs, by name.

    Empty where the program itself is not installed as one.
    """
    found: dict[str, tuple[str, str, str]] = {}
    ahead = [_DISTRIBUTION]
    while ahead:
        name = ahead.pop()
        if name.lower() in found:
            continue
        try:
            told = metadata(name)
        except PackageNotFoundError:  # not needed on this system
            continue
        found[name.lower()] = (told["Name"], told["Version"], _licence(told["Name"]))
        needed = [line for line in requires(name) or [] if "extra ==" not in line]
        ahead += [match[0] for match in map(_NAME.match, needed) if match is not None]
    found.pop(_DISTRIBUTION, None)
    return sorted(found.values(), key=lambda row: row[0].lower())


def _licence(name: str) -> str:
    told = metadata(name)
    for field in ("License-Expression", "License"):
        words = told[field].strip() if field in told else ""
        if words:
            return words.splitlines()[0][:_LONGEST]
    classified = [line.removeprefix(_CLASSIFIER) for line in told.get_all("Classifier") or [] if _CLASSIFIER in line]
    return " or ".join(classified) or _UNTOLD.get(name, "not told")
