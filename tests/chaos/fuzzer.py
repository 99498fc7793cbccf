"""Be the coverage-guided fuzzer, which never returns: ``python -m tests.chaos.fuzzer CORPUS OPTIONS``.

Nothing of the program may be imported before it is watched.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["app"]):
    from tests.chaos.fuzz_targets import TARGETS, feed

_NAMES = list(TARGETS)


def feed_one(data: bytes) -> None:
    """Feed a document to the target that its first byte chooses."""
    if data:
        feed(_NAMES[data[0] % len(_NAMES)], data[1:])


if __name__ == "__main__":
    atheris.Setup(sys.argv, feed_one)
    atheris.Fuzz()
