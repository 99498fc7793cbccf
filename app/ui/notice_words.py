"""What a notice says: made into a message when it is raised, and into words and a picture when it is shown.

A message is a title and, after a line end, the rest. What jobs brought is made harmless only when it is shown.
"""

from __future__ import annotations

from app.domain.job import State
from app.domain.visible_text import visible
from app.messages import Message, message
from app.store.happenings import DeadJob
from app.store.notices import Notice, NoticeKind
from app.ui.colours import Colours
from app.ui.icons import OF_STATE
from app.ui.wording import number, said


def one_died(job: DeadJob) -> Message:
    """Return the message of a job that died."""
    if job.error is None:
        return message("Job '{id}' died", id=job.id)
    return message("Job '{id}' died\n{error}", id=job.id, error=job.error)


def many_died(count: int, last: DeadJob) -> Message:
    """Return the message of jobs that died, and of the last of them."""
    if last.error is None:
        return message("{n} jobs died\nThe last was '{id}'", n=number(count), id=last.id)
    return message("{n} jobs died\nThe last was '{id}': {error}", n=number(count), id=last.id, error=last.error)


def queue_done(completed: int, died: int) -> Message:
    """Return the message of a queue in which nothing is left to do."""
    dead = message("1 job died") if died == 1 else message("{n} jobs died", n=number(died))
    if not completed:
        return message("Queue done\n{dead}", dead=dead)
    done = message("1 job completed") if completed == 1 else message("{n} jobs completed", n=number(completed))
    if not died:
        return message("Queue done\n{completed}", completed=done)
    return message("Queue done\n{completed}, {n} died", completed=done, n=number(died))


def runner_failed(words: Message) -> Message:
    """Return the message of a runner that failed."""
    return message("Runner failed\n{words}", words=words)


def disk_full() -> Message:
    """Return the message of a disk with too little free space for jobs to be started."""
    return message("Disk full\nNo job is started until more of it is free. Jobs go on by themselves then.")


def title_and_words(notice: Notice) -> tuple[str, str]:
    """Return what a notice says, in the person's language and with nothing hidden; the second may be empty."""
    title, _, words = said(_shown(notice.words)).partition("\n")
    return title, words


def icon_name(notice: Notice) -> str:
    """Return the name of a notice's icon."""
    match notice.kind:
        case NoticeKind.DIED:
            return "mail-x" if notice.seq is None else OF_STATE[State.DEAD]
        case NoticeKind.DONE:
            return OF_STATE[State.COMPLETED]
        case NoticeKind.RUNNER:
            return "cpu"
        case NoticeKind.RECOVERED:
            return "history"
        case NoticeKind.KEPT:
            return "trash-2"


def icon_colour(notice: Notice, colours: Colours) -> str:
    """Return the colour of a notice's icon."""
    match notice.kind:
        case NoticeKind.DONE:
            return colours.good
        case NoticeKind.KEPT:
            return colours.dim
        case _:
            return colours.bad


def _shown(words: Message) -> Message:
    return Message(words.template, {name: _shown_value(value) for name, value in words.args.items()})


def _shown_value(value: object) -> object:
    if isinstance(value, Message):
        return _shown(value)
    return visible(value) if isinstance(value, str) else value
