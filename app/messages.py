"""What a person reads, before it has a language: an English template with named arguments.

The command line fills the template in; the window translates it first. It stands on the lowest floor because
options, paths and locks have something to say too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Message:
    """A sentence for a person.

    Attributes:
        template: English text with ``{name}`` places.
        args: a value for each place; whatever ``format`` can print.
    """

    template: str
    args: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format_map(self.args)


def message(template: str, /, **args: object) -> Message:
    """Return the message made of a template and the values of its places."""
    return Message(template, args)


class KnownError(Exception):
    """Something a person can understand and mend; the work of everything else goes on.

    Any other exception is a bug and is reported as one.

    Attributes:
        message: what happened, in the person's words.
        remedy: what to do about it, where there is something to do.
        is_damage: whether the queue itself is damaged or gone, so that bringing it back is the way out.
    """

    is_damage = False

    def __init__(self, template: str, /, *, remedy: Message | None = None, **args: Any) -> None:
        self.message = Message(template, args)
        self.remedy = remedy
        super().__init__(template, args)

    def __str__(self) -> str:
        return str(self.message)
