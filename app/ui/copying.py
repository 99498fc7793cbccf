"""What is put on the clipboard of chosen jobs."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Callable, Sequence

from app.domain.job import Job
from app.domain.job_schema import to_file_form
from app.store.exports import listed_jobs
from app.store.store import Store
from app.ui.output_source import OutputSource

MOST = 10_000
"""So many jobs are copied at most: a clipboard is no file."""

MOST_OUTPUT = 16 * 2**20
"""Bytes of an output that are copied at most."""


def ids(jobs: Sequence[Job]) -> str:
    """Return their ids, one a line."""
    return "\n".join(job.id for job in jobs)


def commands(jobs: Sequence[Job]) -> str:
    """Return their commands, one a line."""
    return "\n".join(job.spec.command_line for job in jobs)


def as_json(jobs: Sequence[Job]) -> str:
    """Return them as a job file: one as an object, several as a list."""
    forms = [to_file_form(job.id, job.spec) for job in jobs]
    return json.dumps(forms[0] if len(forms) == 1 else forms, indent=2, ensure_ascii=False)


def command_lines(jobs: Sequence[Job], platform: str = os.name) -> str:
    """Return for each job the command line that adds it again.

    Args:
        jobs: the jobs.
        platform: ``os.name`` of where it will be typed.
    """
    return "\n".join(_command_line(job, platform) for job in jobs)


def chosen(seqs: Sequence[int], text: Callable[[Sequence[Job]], str]) -> Callable[[Store], str]:
    """Return what reads the jobs and makes the text of them, on a thread of the store."""

    def read(store: Store) -> str:
        return text(list(listed_jobs(store.database, seqs[:MOST])))

    return read


def output(seq: int) -> Callable[[Store], str]:
    """Return what reads the output of a job's last run: all of it up to MOST_OUTPUT, else what is kept of its end."""

    def read(store: Store) -> str:
        details = store.reads.details(seq)
        path = store.outputs.path(seq, details.job.run)
        tail = (details.runs[-1].tail if details.runs else None) or ""
        try:
            return tail if path.stat().st_size > MOST_OUTPUT else OutputSource(path).whole() or tail
        except OSError:  # it never ran, or its output has been freed
            return tail

    return read


def _command_line(job: Job, platform: str) -> str:
    # without its name: that is taken, unless the job is removed
    form = {name: value for name, value in to_file_form(job.id, job.spec).items() if name != "id"}
    words = ["queuectl", "enqueue", json.dumps(form, ensure_ascii=False)]
    return subprocess.list2cmdline(words) if platform == "nt" else shlex.join(words)
