"""What came in, read and validated: files and texts become documents, each with its jobs or with what is wrong.

All of this runs off the GUI thread.
"""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from app.desktop.origin import came_from
from app.domain.errors import InvalidJob
from app.domain.job import FINISHED, Defaults, JobDraft, NewJob, OnDuplicate, State, complete
from app.domain.job_file import MAX_FILE_BYTES, JobFileError, Problem, draft_from_fields, iter_jobs
from app.domain.job_problems import Findings
from app.domain.job_text import decode_text
from app.domain.job_warnings import warnings
from app.messages import Message, message

if TYPE_CHECKING:
    from app.store.store import Store

JOB_FILES = (".json", ".jsonl", ".qjob")
"""How a job file's name ends."""

_STEP = 2**20

# The shell knows { and [ too: JSON goes on with a name or a job there, a command with a space and a word.
_JSON = re.compile(r"""\ufeff?\s*(?:\{\s*(?:["'}]|\w+\s*:)|\[\s*[{\]])""")


class Stopped(Exception):
    """The person does not want it any more."""


class Warned(NamedTuple):
    """What is right by the rules and yet won't do: in a few words, and in full."""

    note: Message
    words: Message


_NO_FOLDER = Warned(
    message("No such folder"), message("The folder does not exist: until it does, the job can't be started.")
)


@dataclass(frozen=True)
class Document:
    """What one file or one text held: good jobs, or what is wrong; never both.

    Attributes:
        path: the file's; None for a text.
        jobs: complete, in their order.
        problems: the first of them. more: how many there are beside these.
        origin: where the file came from on the internet, "" if that is not known; None for anywhere else.
        warned: by a job's position, what to beware of.
        has_env: whether any job sets variables.
        lines: whether it is a text whose lines are commands.
    """

    path: str | None
    jobs: Sequence[NewJob] = ()
    problems: tuple[Problem, ...] = ()
    more: int = 0
    origin: str | None = None
    warned: Mapping[int, tuple[Warned, ...]] = field(default_factory=dict)
    has_env: bool = False
    lines: bool = False


@dataclass(frozen=True)
class Survey:
    """How the jobs of some documents stand to the queue and to each other.

    Attributes:
        taken: by id, the state of the job that has it already.
        unfinished: those of them whose job has not ended.
        repeated: ids that come more than once, and how often.
        surplus: how many jobs would be skipped.
        asks: whether the person wants to see everything first.
    """

    taken: Mapping[str, State]
    unfinished: Sequence[str]
    repeated: Mapping[str, int]
    surplus: int
    asks: bool

    @property
    def can_replace(self) -> bool:
        """Whether all that is in the way has ended, and nothing is in its own way."""
        return not self.repeated and not self.unfinished

    def skipped(self, choice: OnDuplicate | None) -> int:
        """Return how many jobs are left out by a choice."""
        return self.surplus if choice is OnDuplicate.SKIP else 0


def survey(store: Store, documents: Iterable[Document]) -> Survey:
    """Look up which ids of the documents exist already."""
    counts = Counter(job.id for document in documents for job in document.jobs if job.id is not None)
    taken = store.intake.holders(counts)
    surplus = sum(count if id in taken else count - 1 for id, count in counts.items())
    return Survey(
        taken,
        [id for id, state in taken.items() if state not in FINISHED],
        {id: count for id, count in counts.items() if count > 1},
        surplus,
        bool(store.options.values()["review-before-add"]),
    )


@dataclass(frozen=True)
class Reader:
    """Reads documents.

    Attributes:
        defaults: what a job gets where its document says nothing.
        is_stopped: asked now and then; reading ends with Stopped where it is true.
        platform: ``os.name`` of where the jobs will run.
    """

    defaults: Defaults
    is_stopped: Callable[[], bool] = lambda: False
    platform: str = os.name

    def file(self, path: str) -> Document:
        """Read a job file; its jobs run in its folder."""
        place = Path(path)
        try:
            if place.is_dir():
                return _unusable(path, message("is a folder, not a job file"), _NAMES)
            if place.suffix.lower() not in JOB_FILES:
                return _unusable(path, message("is not a job file"), _NAMES)
            data = self._bytes(place)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            return _unusable(path, message("can't be read: {reason}", reason=reason))
        if data is None:
            return _unusable(path, message("is not a file that can be read to its end"), _NAMES)
        origin = came_from(place)
        return self._document(path, origin, iter_jobs(data, path, self.platform), str(place.parent))

    def text(self, text: str, folder: str) -> Document:
        """Read JSON, or else plain lines of which each is a command; the jobs run in the folder."""
        is_json = bool(_JSON.match(text))
        drafts = iter_jobs(text, _PASTE, self.platform) if is_json else self._lines(text)
        return self._document(None, None, drafts, folder, lines=not is_json)

    def _bytes(self, path: Path) -> bytes | None:
        """Return a file's bytes, never more than are taken; None for a pipe or a device, which may have no end."""
        if not stat.S_ISREG(path.stat().st_mode):
            return None
        most = MAX_FILE_BYTES + 1  # by which the reader can tell
        chunks = []
        with path.open("rb") as file:
            while most > 0 and (chunk := file.read(min(most, _STEP))):
                self._look_up()
                chunks.append(chunk)
                most -= len(chunk)
        return b"".join(chunks)

    def _lines(self, text: str) -> Iterator[JobDraft]:
        findings = Findings(_PASTE)
        for number, line in enumerate(decode_text(text, findings).splitlines(), start=1):
            if command := line.strip():
                try:
                    draft = draft_from_fields({"command": command}, self.platform)
                except InvalidJob as error:
                    findings.add(error.message, line=number, field=error.field, remedy=error.remedy)
                else:
                    yield draft
        if findings.problems:
            raise findings.error()

    def _document(
        self, path: str | None, origin: str | None, drafts: Iterator[JobDraft], folder: str, *, lines: bool = False
    ) -> Document:
        jobs: list[NewJob] = []
        warned: dict[int, tuple[Warned, ...]] = {}
        missing: dict[str, bool] = {}
        has_env = False
        try:
            for position, draft in enumerate(drafts):
                self._look_up()
                job = complete(draft, self.defaults, folder)
                jobs.append(job)
                has_env = has_env or bool(job.spec.env)
                if told := self._warnings(job, missing):
                    warned[position] = told
        except JobFileError as error:
            return Document(path, problems=error.problems, more=error.more, origin=origin, lines=lines)
        return Document(path, jobs, origin=origin, warned=warned, has_env=has_env, lines=lines)

    def _warnings(self, job: NewJob, missing: dict[str, bool]) -> tuple[Warned, ...]:
        folder = job.spec.cwd
        if folder not in missing:
            missing[folder] = not os.path.isdir(folder)  # noqa: PTH112  is_dir() raises where it may not look
        told = [Warned(message("Will fail here"), words) for words in warnings(job.spec, self.platform)]
        return (_NO_FOLDER, *told) if missing[folder] else tuple(told)

    def _look_up(self) -> None:
        if self.is_stopped():
            raise Stopped


_PASTE = "paste"
_NAMES = message("The name of a job file ends in .json, .jsonl or .qjob.")


def _unusable(path: str, reason: Message, remedy: Message | None = None) -> Document:
    return Document(path, problems=(Problem(path, None, None, None, reason, remedy),))
