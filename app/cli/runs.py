"""The table of a job's runs, below the block that ``show`` prints."""

from __future__ import annotations

from collections.abc import Sequence

import click

from app.cli.table import Column, write_table
from app.cli.times import local
from app.domain.job import Run
from app.domain.visible_text import visible

_SHOWN = 20


def write_runs(runs: Sequence[Run]) -> None:
    """Write the last runs of a job to stdout, oldest first; nothing where it has none."""
    if runs:
        click.echo("\nRuns:" if len(runs) <= _SHOWN else f"\nRuns (the last {_SHOWN} of {len(runs)}):")
        write_table(_COLUMNS, runs[-_SHOWN:])


def _took(run: Run) -> str:
    if run.started_at is None or run.finished_at is None:
        return ""
    return f"{max(0, run.finished_at - run.started_at) / 1000:.2f}s"


def _reason(run: Run) -> str:
    left = f"left behind: {run.left_behind}" if run.left_behind else ""
    return visible("; ".join(part for part in (run.reason, left) if part))


_COLUMNS: tuple[Column[Run], ...] = (
    Column("Run", 3, lambda run: str(run.run)),
    Column("Started At", 19, lambda run: local(run.claimed_at if run.started_at is None else run.started_at)),
    Column("Took", 8, _took),
    Column("Outcome", 11, lambda run: run.outcome or "running"),
    Column("Exit", 4, lambda run: "" if run.exit_code is None else str(run.exit_code)),
    Column("Bytes", 5, lambda run: "" if run.output_bytes is None else str(run.output_bytes)),
    Column("Reason", 6, _reason),
)
