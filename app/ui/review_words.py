"""The words that reviewing has in common."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.domain.job import JobSpec
from app.domain.visible_text import visible
from app.ui import counts
from app.ui.review_documents import Document
from app.ui.wording import duration, number, tr

_MOST_NAMED = 3


def name_of(document: Document) -> str:
    """Return what to call a document, short."""
    return tr("Pasted text") if document.path is None else visible(Path(document.path).name)


def place_of(document: Document) -> str:
    """Return where a document lies, in full."""
    return tr("Pasted text") if document.path is None else visible(document.path)


def title(count: int, *, reading: bool) -> str:
    """Return what stands above everything."""
    if count:
        return tr("Review {jobs}").format(jobs=counts.jobs(count))
    return tr("Reading …") if reading else tr("Nothing to add")


def summary(documents: Sequence[Document]) -> str:
    """Return where the documents come from, and that nothing has happened yet."""
    if len(documents) == 1:
        document = documents[0]
        if document.lines and document.jobs:
            return tr("Pasted text, a command a line  ·  Nothing is added before you say so")
        if not document.jobs:
            return place_of(document)
        return tr("{place}  ·  Nothing is added before you say so").format(place=place_of(document))
    return tr("From {n} files and texts  ·  Nothing is added before you say so").format(n=number(len(documents)))


def beware(documents: Sequence[Document]) -> str:
    """Return what to beware of before saying yes; "" for nothing."""
    told = [_from_internet(document) for document in documents if document.origin is not None]
    if len(told) > _MOST_NAMED:
        told = [tr("{n} files came from the internet. Read what they would run.").format(n=number(len(told)))]
    warned = sum(len(document.warned) for document in documents)
    if warned == 1:
        told.append(tr("1 job has a warning: see its note."))
    elif warned:
        told.append(tr("{jobs} have a warning: see their notes.").format(jobs=counts.jobs(warned)))
    return "\n".join(told)


def _from_internet(document: Document) -> str:
    if document.origin:
        words = tr("{file} came from the internet ({place}). Read what it would run.")
        return words.format(file=name_of(document), place=visible(document.origin))
    return tr("{file} came from the internet. Read what it would run.").format(file=name_of(document))


def time_limit(spec: JobSpec) -> str:
    """Return how long a run may take."""
    return duration(spec.timeout) if spec.timeout else tr("no limit")


def runs_at_most(spec: JobSpec) -> int:
    """Return how often a job runs if it keeps failing: 0 and 1 both mean once."""
    return max(1, spec.max_retries)
