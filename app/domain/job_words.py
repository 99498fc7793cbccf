"""What the declaration of a field asks for, in a person's words: the type, the range, the right name.

All of it is read off ``JobDraft``, so a new field or another range needs no change here.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Collection, Iterator, Mapping, Sized
from typing import cast

from msgspec import inspect

from app.domain.errors import InvalidJob
from app.domain.job import JobDraft
from app.messages import Message, message

_OTHER_NAMES = {
    "args": "argv",
    "arguments": "argv",
    "attempts": "max_attempts",
    "backoff": "backoff_base",
    "cmd": "command",
    "dir": "cwd",
    "directory": "cwd",
    "environment": "env",
    "exit_codes": "success_codes",
    "folder": "cwd",
    "job_id": "id",
    "name": "id",
    "prio": "priority",
    "retries": "max_retries",
    "working_directory": "cwd",
}
"""Names of fields that people may bring from other programs."""

_SHOWN_LENGTH = 60


def field_faults(name: str, value: object) -> Iterator[InvalidJob]:
    """Yield what is wrong with one field's name or with the type or range of its value."""
    kind = _kinds().get(name)
    if kind is not None:
        yield from _value_faults(name, value, kind)
        return
    near = _near_name(name, _kinds(), _OTHER_NAMES)
    remedy = (
        message("Did you mean {name}?", name=near)
        if near
        else message("The fields are {names}.", names=", ".join(_kinds()))
    )
    yield InvalidJob(visible(name) or '""', "is not a field of a job", remedy=remedy)


def visible(text: str) -> str:
    """Return text fit for a message: not too long, and with characters that can't be seen spelled out."""
    cut = text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 1] + "…"
    return "".join(char if char.isprintable() else f"<{code_point(char)}>" for char in cut)


def code_point(char: str) -> str:
    """Return a character's number as Unicode writes it: ``U+202E``."""
    return f"U+{ord(char):04X}"


def size(text: str) -> int:
    """Return how many bytes text takes in UTF-8; half a character counts too, it is refused elsewhere."""
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))


def found(value: object) -> Message:
    """Return the words for a value that stands where it should not."""
    match value:
        case None:
            words = message("nothing (null)")
        case bool():
            words = message("{value}", value=str(value).lower())
        case str():
            words = message('the text "{text}"', text=visible(value))
        case float() if math.isnan(value):
            words = message("NaN, which is no number")
        case int() | float() if abs(value) >= 10**15:
            # an int of more than 4,300 digits can't even be written as text
            words = message("a number far beyond that")
        case int() | float():
            words = message("the number {number}", number=value)
        case list() | tuple():
            words = message("a list [ ]")
        case Mapping():
            words = message("an object {{ }}")
        case _:
            words = message("a value of the kind {kind}", kind=type(value).__name__)
    return words


@functools.cache
def _kinds() -> dict[str, inspect.Type]:
    """Return the declared type of each field; not made before something is wrong, since it takes its time."""
    declared = cast(inspect.StructType, inspect.type_info(JobDraft))
    return {
        field.name: field.type.type if isinstance(field.type, inspect.Metadata) else field.type
        for field in declared.fields
    }


def _value_faults(place: str, value: object, kind: inspect.Type) -> Iterator[InvalidJob]:
    match kind:
        case inspect.IntType() | inspect.FloatType():
            yield from _number_faults(place, value, kind)
        case inspect.StrType():
            yield from _text_faults(place, value, kind)
        case inspect.VarTupleType():
            yield from _list_faults(place, value, kind)
        case inspect.DictType():
            yield from _object_faults(place, value, kind)
        case inspect.EnumType(cls=cls):
            yield from _choice_faults(place, value, [member.value for member in cls])
        case inspect.LiteralType(values=values):
            yield from _choice_faults(place, value, [str(choice) for choice in values])


def _number_faults(place: str, value: object, kind: inspect.IntType | inspect.FloatType) -> Iterator[InvalidJob]:
    low, high = cast(float, kind.ge), cast(float, kind.le)
    # true and false are numbers in Python, but not here
    number = None if isinstance(value, bool) or not isinstance(value, int | float) else value
    if isinstance(kind, inspect.IntType):
        if not isinstance(number, int) or not low <= number <= high:
            yield InvalidJob(
                place,
                "must be a whole number from {low:,} to {high:,}, not {found}",
                low=low,
                high=high,
                found=found(value),
                remedy=_whole_remedy(value),
            )
    elif number is None or not low <= number <= high:
        yield InvalidJob(
            place,
            "must be a number from {low:,} to {high:,}, not {found}",
            low=low,
            high=high,
            found=found(value),
            remedy=_number_remedy(value),
        )


def _text_faults(place: str, value: object, kind: inspect.StrType) -> Iterator[InvalidJob]:
    if isinstance(value, str):
        yield from _length_faults(place, value, kind)
    else:
        yield InvalidJob(place, "must be text, not {found}", found=found(value), remedy=_text_remedy(value))


def _list_faults(place: str, value: object, kind: inspect.VarTupleType) -> Iterator[InvalidJob]:
    if not isinstance(value, list | tuple):
        yield InvalidJob(place, "must be a list [ ], not {found}", found=found(value), remedy=_list_remedy(value))
        return
    yield from _length_faults(place, value, kind)
    for number, item in enumerate(value):
        yield from _value_faults(f"{place}[{number}]", item, kind.item_type)


def _object_faults(place: str, value: object, kind: inspect.DictType) -> Iterator[InvalidJob]:
    if not isinstance(value, Mapping):
        yield InvalidJob(
            place,
            "must be an object {{ }}, not {found}",
            found=found(value),
            remedy=message('Write it as {{"NAME": "value"}}.'),
        )
        return
    for name, item in value.items():
        yield from _value_faults(f"{place}.{visible(name)}", item, kind.value_type)


def _length_faults(place: str, value: Sized, kind: inspect.StrType | inspect.VarTupleType) -> Iterator[InvalidJob]:
    length, most = len(value), kind.max_length
    if kind.min_length and not length:
        yield InvalidJob(place, "is empty", remedy=message("Fill it in, or leave the field out."))
    elif most is not None and length > most:
        yield InvalidJob(place, "is too long: {length:,}, and at most {most:,} are allowed", length=length, most=most)


def _choice_faults(place: str, value: object, choices: Collection[str]) -> Iterator[InvalidJob]:
    if isinstance(value, str) and value in choices:
        return
    near = _near_name(value, choices, {}) if isinstance(value, str) else None
    yield InvalidJob(
        place,
        "must be one of {choices}, not {found}",
        choices=", ".join(choices),
        found=found(value),
        remedy=message("Did you mean {name}?", name=near) if near else _text_remedy(value),
    )


def _near_name(name: str, names: Collection[str], others: Mapping[str, str]) -> str | None:
    # imported here because only a mistake needs it, and each command pays for what stands at the top
    from difflib import get_close_matches

    plain = name[:_SHOWN_LENGTH].strip().lower().replace("-", "_").replace(" ", "_")
    if plain in others:
        return others[plain]
    return next(iter(get_close_matches(plain, names, n=1)), None)


def _whole_remedy(value: object) -> Message | None:
    if isinstance(value, float) and value.is_integer():
        return message("Write it without a decimal point.")
    return _number_remedy(value)


def _number_remedy(value: object) -> Message | None:
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return None
        return message("Write the number without quotes.")
    return _null_remedy(value)


def _text_remedy(value: object) -> Message | None:
    if isinstance(value, bool | int | float):
        return message("Put it in double quotes.")
    return _null_remedy(value)


def _list_remedy(value: object) -> Message | None:
    if isinstance(value, str):
        return message('Write each entry by itself: ["program", "first argument"].')
    if isinstance(value, int):
        return message("Put it in brackets: [0].")
    return _null_remedy(value)


def _null_remedy(value: object) -> Message | None:
    return message("Leave the field out instead.") if value is None else None
