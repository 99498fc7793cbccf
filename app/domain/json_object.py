"""One object of JSON, read strictly: nothing that JSON readers let pass in silence is let pass."""

from __future__ import annotations

import json
from collections import Counter

from app.domain.errors import InvalidJob
from app.domain.job_syntax import syntax_words
from app.domain.job_words import found, visible
from app.messages import message


def read_object(text: str) -> dict[str, object]:
    """Return the object that a text holds.

    Raises:
        InvalidJob: it holds none, or more, or a name twice. Its field is "" where the text as a whole is meant.
    """
    try:
        value = json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        what, remedy = syntax_words(error.msg, text, error.pos)
        raise InvalidJob(
            "", "is not valid JSON: at column {column} {what}", column=error.pos + 1, what=what, remedy=remedy
        ) from None
    except RecursionError:
        raise InvalidJob("", "is nested too deeply") from None
    except ValueError:  # Python makes no int of more than 4,300 digits
        raise InvalidJob("", "holds a number that is far too long") from None
    if not isinstance(value, dict):
        raise InvalidJob("", "must be an object {{ }}, not {found}", found=found(value))
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise InvalidJob(visible(twice), "is given more than once", remedy=message("Keep one of them."))
    return fields
