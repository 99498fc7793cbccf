"""Numbers of things in words."""

from __future__ import annotations

from app.ui.wording import number, tr


def jobs(count: int) -> str:
    """Return ``1 job`` or ``12 jobs``."""
    return tr("1 job") if count == 1 else tr("{n} jobs").format(n=number(count))


def workers(count: int) -> str:
    """Return ``1 worker`` or ``12 workers``."""
    return tr("1 worker") if count == 1 else tr("{n} workers").format(n=number(count))


def files(count: int) -> str:
    """Return ``1 file`` or ``12 files``."""
    return tr("1 file") if count == 1 else tr("{n} files").format(n=number(count))
