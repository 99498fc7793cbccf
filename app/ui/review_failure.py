"""Why nothing was added, in words."""

from __future__ import annotations

from collections.abc import Iterable

from app.domain.errors import CannotReplace, DuplicateId, DuplicateInCall
from app.messages import KnownError
from app.ui.review_documents import Document
from app.ui.review_words import name_of
from app.ui.wording import number, said, said_error, tr

ABOUT_IDS = (DuplicateId, DuplicateInCall, CannotReplace)
"""What went wrong with an id is asked about in the review; the remedies of these speak of the command line."""


def not_added(error: KnownError, documents: Iterable[Document]) -> str:
    """Return what kept the jobs of some documents from being added, and which job it was where that is known."""
    if not isinstance(error, ABOUT_IDS):
        return "\n".join([tr("Nothing was added."), said_error(error)])
    place = "" if isinstance(error, DuplicateInCall) else _place(error.number, documents)
    return tr("Nothing was added. {place}{error}").format(place=place, error=said(error.message))


def _place(job: int, documents: Iterable[Document]) -> str:
    """Return where the job of this number stands, as it goes before a message."""
    for document in documents:
        if job <= len(document.jobs):
            return tr("{file}, job {n}: ").format(file=name_of(document), n=number(job))
        job -= len(document.jobs)
    return ""
