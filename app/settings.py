"""The options: each declared once, for the command line, the settings window and the validation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from app.messages import KnownError, Message, message

Value = int | float | bool | str


class Kind(Enum):
    """What an option's text stands for."""

    NUMBER = "number"
    WHOLE = "whole number"
    DURATION = "duration"
    SIZE = "size"
    SWITCH = "on or off"
    CHOICE = "one of"


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes:
        key: its name for ever; stored under it.
        kind: how its text is read. A duration is seconds, a size bytes.
        default: as text, as a person would write it.
        low: the least value, of numbers.
        high: the greatest value, of numbers.
        choices: of a CHOICE.
        label: its name in the settings window.
        help: one sentence.
    """

    key: str
    kind: Kind
    default: str
    label: Message
    help: Message
    low: float = 0
    high: float = float("inf")
    choices: tuple[str, ...] = ()


class UnknownOption(KnownError):
    """No option has this key."""

    def __init__(self, key: str) -> None:
        super().__init__(
            "Config key '{key}' not found", key=key, remedy=message("queuectl config list shows them all.")
        )


class BadOptionValue(KnownError):
    """The text is not a value of the option."""

    def __init__(self, option: Option, text: str) -> None:
        super().__init__(
            "'{text}' is not a value of {key}: {range}", text=text, key=option.key, range=describe_range(option)
        )


_SIZES = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_DURATIONS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_PATTERNS = {
    kind: re.compile(rf"{digits}\s*{unit}", re.ASCII)
    for kind, digits, unit in (
        (Kind.WHOLE, r"(\d{1,18})", "()"),
        (Kind.NUMBER, r"(\d{1,18}(?:\.\d{1,9})?)", "()"),
        (Kind.DURATION, r"(\d{1,18}(?:\.\d{1,9})?)", "([smhdw]?)"),
        (Kind.SIZE, r"(\d{1,18}(?:\.\d{1,9})?)", "(|[kmgtKMGT](?=$|i?[bB]$))(?:(?<=[kmgtKMGT])i?[bB])?"),
    )
}
_SWITCH = {**dict.fromkeys(("on", "yes", "true", "1"), True), **dict.fromkeys(("off", "no", "false", "0"), False)}
_RANGES = {
    Kind.WHOLE: ("a whole number from {low} to {high}", "a whole number from {low}"),
    Kind.NUMBER: ("a number from {low} to {high}", "a number from {low}"),
    Kind.DURATION: (
        "a number from {low} to {high} seconds (20, 2h, 30d)",
        "a number from {low} seconds (20, 2h, 30d)",
    ),
    Kind.SIZE: ("a number from {low} to {high} bytes (16M, 1G)", "a number from {low} bytes (16M, 1G)"),
}
"""What a value is between two bounds, and with no upper one."""

_DAY = 86_400.0


def _option(
    key: str,
    kind: Kind,
    default: str,
    label: str,
    help: str,
    low: float = 0,
    high: float = float("inf"),
    choices: tuple[str, ...] = (),
) -> Option:
    return Option(key, kind, default, message(label), message(help), low, high, choices)


OPTIONS: dict[str, Option] = {
    option.key: option
    for option in (
        _option("timeout", Kind.DURATION, "20", "Timeout", "How long a run may take; 0 = no limit.", 0, 31_536_000),
        _option("max-retries", Kind.WHOLE, "3", "Run at most", "The most runs of a job in all.", 0, 1000),
        _option(
            "backoff-base", Kind.NUMBER, "2", "Backoff base", "After failure n a job waits base^n seconds.", 0, 1000
        ),
        _option("backoff-max", Kind.DURATION, "3600", "Longest wait", "A retry never waits longer.", 0, 365 * _DAY),
        _option("backoff-jitter", Kind.NUMBER, "0", "Spread", "The part of a wait that chance may take away.", 0, 1),
        _option("priority", Kind.WHOLE, "5", "Priority", "Of jobs that name none; higher runs earlier.", 1, 10),
        _option("workers", Kind.WHOLE, "2", "Workers", "How many jobs run at once.", 1, 256),
        _option("grace", Kind.DURATION, "5", "Grace", "From asking a job to end to killing it.", 0, 3600),
        _option("output-cap", Kind.SIZE, "16M", "Output kept", "Of a longer output the middle is left out.", 4096),
        _option("disk-floor", Kind.SIZE, "200M", "Free space", "With less, nothing new is started."),
        _option(
            "niceness",
            Kind.CHOICE,
            "below-normal",
            "Priority of processes",
            "Whether jobs give way to what you do.",
            choices=("normal", "below-normal", "idle"),
        ),
        _option("keep-awake", Kind.SWITCH, "off", "Keep awake", "No sleep while jobs run."),
        _option(
            "interrupted-limit",
            Kind.WHOLE,
            "3",
            "Interruptions",
            "A job that takes the runner down so many times in a row is dead; 0 = never.",
            0,
            1000,
        ),
        _option("start-runner", Kind.SWITCH, "on", "Start the runner", "Together with the window."),
        _option("autostart", Kind.SWITCH, "off", "Start at log-in", "In the tray."),
        _option("close-to-tray", Kind.SWITCH, "on", "Close to the tray", "Closing the window keeps the program."),
        _option("review-before-add", Kind.SWITCH, "on", "Review", "Show what a file would run before it is added."),
        _option(
            "theme",
            Kind.CHOICE,
            "system",
            "Theme",
            "Colours of the window.",
            choices=("system", "light", "dark"),
        ),
        _option("notify-dead", Kind.SWITCH, "on", "A job died", "Tell me when a job goes to the dead letters."),
        _option("notify-done", Kind.SWITCH, "on", "Queue done", "Tell me when nothing is left to run."),
        _option("notify-runner", Kind.SWITCH, "on", "Runner failed", "Tell me when the runner dies."),
        _option(
            "backups-kept", Kind.WHOLE, "7", "Backups", "How many of the daily ones are kept; 0 makes none.", 0, 1000
        ),
        _option("keep-completed", Kind.DURATION, "30d", "Keep completed jobs", "0 = for ever.", 0, 36_500 * _DAY),
        _option("keep-completed-count", Kind.WHOLE, "0", "Keep so many completed", "The newest; 0 = all.", 0, 10**9),
        _option("keep-cancelled", Kind.DURATION, "30d", "Keep cancelled jobs", "0 = for ever.", 0, 36_500 * _DAY),
        _option("keep-outputs", Kind.SIZE, "1G", "Keep outputs", "Total size; 0 = no limit."),
        _option(
            "check-updates",
            Kind.SWITCH,
            "off",
            "Updates",
            "Ask once a day whether there is a newer version; only a link is shown.",
        ),
        _option("language", Kind.CHOICE, "system", "Language", "Of the window.", choices=("system", "en")),
    )
}
"""Every option by its key, in the order of contract.md."""


def find(key: str) -> Option:
    """Return the option of this key.

    Raises:
        UnknownOption: there is none.
    """
    try:
        return OPTIONS[key]
    except KeyError:
        raise UnknownOption(key) from None


def parse(option: Option, text: str) -> Value:
    """Return the value an option's text stands for: seconds, bytes, a number, True or False, or the choice.

    Raises:
        BadOptionValue: the text means nothing, or lies outside the range.
    """
    word = text.strip()
    if option.kind is Kind.SWITCH:
        if word.lower() in _SWITCH:
            return _SWITCH[word.lower()]
        raise BadOptionValue(option, text)
    if option.kind is Kind.CHOICE:
        if word.lower() in option.choices:
            return word.lower()
        raise BadOptionValue(option, text)
    value = _number(option.kind, word)
    if value is None or not option.low <= value <= option.high:
        raise BadOptionValue(option, text)
    return value


def normal(option: Option, text: str) -> str:
    """Return a value's text as it is stored: 'on' for 'YES', '16M' for '16 mb', '2h' for ' 2 h '.

    Raises:
        BadOptionValue: as ``parse``.
    """
    value = parse(option, text)
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str):
        return value
    word = "".join(text.split())
    return word.upper().removesuffix("B").removesuffix("I") if option.kind is Kind.SIZE else word


def _number(kind: Kind, word: str) -> float | None:
    """Return what a number stands for, or None: an M is 2**20 bytes and never minutes, an m is either."""
    match = _PATTERNS[kind].fullmatch(word)
    if match is None:
        return None
    digits, unit = match[1], match[2]
    if kind is Kind.WHOLE:
        return int(digits)
    if kind is Kind.SIZE:
        return int(float(digits) * _SIZES[unit.lower()])
    return float(digits) * _DURATIONS[unit]


def describe_range(option: Option) -> Message:
    """Return in words what values an option takes."""
    if option.kind is Kind.SWITCH:
        return message("on or off")
    if option.kind is Kind.CHOICE:
        return message("{choices}", choices=", ".join(option.choices))
    bounded, open_ended = _RANGES[option.kind]
    is_open = option.high == float("inf")
    return message(open_ended if is_open else bounded, low=f"{option.low:g}", high=f"{option.high:.15g}")
