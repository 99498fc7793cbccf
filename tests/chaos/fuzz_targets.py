"""What takes in texts that others wrote: fed with any bytes at all, each answers, or refuses them in words."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import islice

from app.cli.transfer import _lines
from app.domain.job import Defaults
from app.domain.job_file import check_draft, read_jobs
from app.domain.job_problems import ENOUGH
from app.domain.job_rules import faults
from app.domain.json_object import read_object
from app.domain.saved_job import Reading, read_saved
from app.messages import KnownError
from app.settings import OPTIONS, normal, parse

_SOURCE = "fuzz"
_PLATFORMS = ("posix", "nt")


def job_file(data: bytes) -> None:
    """Read a job file, in any of its forms, as it would be here and on Windows."""
    for platform in _PLATFORMS:
        for draft in read_jobs(data, _SOURCE, platform):
            # what a good document gives is good when it is looked at again
            assert check_draft(draft, platform) == draft


def pasted(data: bytes) -> None:
    """Read jobs from a text: pasted, or from the command line."""
    read_jobs(data.decode("utf-8", "surrogateescape"), _SOURCE)


def saved(data: bytes) -> None:
    """Read an export, strictly and with odd old values."""
    for as_is in (False, True):
        list(read_saved(_lines(io.BytesIO(data), _SOURCE), _SOURCE, Reading(Defaults(), "/", as_is=as_is)))


def edit_document(data: bytes) -> None:
    """Read the fields that ``edit --json`` is given, and look for what is wrong with each."""
    for fault in islice(faults(read_object(data.decode("utf-8", "surrogateescape")), "posix"), ENOUGH):
        assert str(fault).isprintable()


def option(data: bytes) -> None:
    """Read a value for each option; what is stored means the same."""
    text = data.decode("utf-8", "surrogateescape")
    for one in OPTIONS.values():
        value = _or_refused(lambda one=one: parse(one, text))
        if value is not None:
            assert parse(one, normal(one, text)) == value


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target for target in (job_file, pasted, saved, edit_document, option)
}


def feed(name: str, data: bytes) -> KnownError | None:
    """Feed a target; return what it refused the bytes with, in words that a terminal can show.

    Raises:
        Exception: any other is a violation.
    """
    try:
        TARGETS[name](data)
    except KnownError as error:
        str(error).encode()
        return error
    return None


def _or_refused(read: Callable[[], object]) -> object:
    try:
        return read()
    except KnownError as error:
        str(error).encode("utf-8", "surrogateescape")
        return None
