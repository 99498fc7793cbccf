"""What several tests of job files look at in a document: why it is refused, and what was read from it."""

import pytest
from msgspec import UNSET, structs

from app.domain.job_file import JobFileError, read_jobs

SOURCE = "jobs.json"


def refusal(data):
    """The error a document is refused with, checked for all that each error owes to the person."""
    with pytest.raises(JobFileError) as caught:
        read_jobs(data, SOURCE, "posix")
    error = caught.value
    assert str(error).startswith(SOURCE)
    assert str(error).isprintable()
    assert 1 <= len(error.problems) <= 20
    for problem in error.problems:
        assert problem.source == SOURCE
        assert problem.line is None or problem.line >= 1
        assert problem.index is None or problem.index >= 1
        assert problem.field is None or problem.field.isprintable()
        assert str(problem.reason)
        assert str(problem).isprintable()
        assert problem.remedy is None or str(problem.remedy)
    return error


def as_given(draft):
    """The fields of a draft as a document would give them."""
    fields = {name: value for name, value in structs.asdict(draft).items() if value is not UNSET}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()}
