"""What the job form is about, without widgets: which fields have changed, what is wrong, what a save does."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.domain.errors import InvalidJob
from app.domain.job import Defaults, Job, JobDraft, JobSpec, NewJob, complete
from app.domain.job_edit import edited
from app.domain.job_rules import draft_from_fields, faults
from app.settings import Value
from app.store.store import Store
from app.ui.job_json import plain
from app.ui.job_texts import root

Fields = Mapping[str, object]
"""Fields of a job by their names in a job file; one that is left out is empty."""

Work = Callable[[Store], list[int]]
"""Done with the store on another thread; returns the seqs of what was added or changed."""


@dataclass(frozen=True)
class Ground:
    """What the form stands on.

    Attributes:
        defaults: what a job gets where it says nothing.
        options: all options' values.
    """

    defaults: Defaults
    options: Mapping[str, Value]


def read_ground(store: Store) -> Ground:
    """Return what the form needs before it can be filled."""
    return Ground(store.options.defaults(), store.options.values())


class Saving:
    """Turns what stands in the form into what the store is asked to do.

    Args:
        ground: what the form stands on.
        job: the one that is edited; None where one is added.
        retry: whether the edited one shall run again once it is saved.
        like: what a new one begins with; None for the defaults.
    """

    def __init__(self, ground: Ground, job: Job | None, *, retry: bool, like: JobSpec | None) -> None:
        self.ground = ground
        self._job = job
        self._retry = retry
        self._like = like
        self._folder = os.path.expanduser("~")
        self.before: Fields = {}
        """What the form held at first."""

    @property
    def beginning(self) -> JobSpec:
        """What the form is filled with at first."""
        if self._job is not None:
            return self._job.spec
        return self._like or complete(JobDraft(command=""), self.ground.defaults, self._folder).spec

    @property
    def kept(self) -> Fields:
        """Fields that may stay as they are, however odd."""
        return {} if self._job is None else self.before

    def changed(self, values: Fields) -> dict[str, object]:
        """Return the fields that differ from those at first, one that is gone as None."""
        old, new = plain(self.before), plain(values)
        return {name: values.get(name) for name in {**old, **new} if old.get(name) != new.get(name)}

    def faults(self, values: Fields, others: Sequence[InvalidJob]) -> list[InvalidJob]:
        """Return what is wrong; of a job that is edited, only with what has changed.

        Args:
            values: what stands in the form.
            others: what is wrong and can't be seen in them.
        """
        found = [*others, *faults(values)]
        if self._job is None:
            return found
        changed = self.changed(values)
        return [fault for fault in found if root(fault.field) in changed]

    def completed(self, values: Fields) -> NewJob:
        """Return the job that the fields make.

        Raises:
            InvalidJob: names the first field that is wrong.
        """
        if self._job is None:
            return complete(draft_from_fields(values), self.ground.defaults, self._folder)
        return NewJob(None, self._edit(self._job, values).applied(self._job.spec))

    def work(self, values: Fields) -> Work:
        """Return what saving does.

        Raises:
            InvalidJob: names the first field that is wrong.
        """
        return _Add(self.completed(values)) if self._job is None else self._edit(self._job, values)

    def work_as_new(self, values: Fields) -> Work:
        """Return what saving as a new job does; it is called ``job-<number>``."""
        return _Add(self.completed(values))

    def _edit(self, job: Job, values: Fields) -> _Edit:
        return _Edit(job.seq, self.changed(values), self.ground.defaults, self._folder, self._retry)


@dataclass(frozen=True)
class _Add:
    """Adds a new job."""

    new: NewJob

    def __call__(self, store: Store) -> list[int]:
        return [seq for seq, _ in store.intake.enqueue([self.new]).jobs]


@dataclass(frozen=True)
class _Edit:
    """Changes a job that exists, and perhaps lets it run again, in one step."""

    seq: int
    changed: Fields
    defaults: Defaults
    folder: str
    retry: bool

    def __call__(self, store: Store) -> list[int]:
        with store.database.writing():
            store.changes.edit(self.seq, self.applied)
            if self.retry:
                store.changes.retry([self.seq])
        return [self.seq]

    def applied(self, spec: JobSpec) -> JobSpec:
        return edited(spec, self.changed, self.defaults, self.folder)
