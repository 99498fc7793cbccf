"""The options."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.messages import Message
from app.settings import OPTIONS, BadOptionValue, Kind, UnknownOption, describe_range, find, parse

M, G, H, D = 2**20, 2**30, 3600, 86_400
DEFAULTS = {  # contract.md
    "timeout": 20,
    "max-retries": 3,
    "backoff-base": 2,
    "backoff-max": 3600,
    "backoff-jitter": 0,
    "priority": 5,
    "workers": 2,
    "grace": 5,
    "output-cap": 16 * M,
    "disk-floor": 200 * M,
    "niceness": "below-normal",
    "keep-awake": False,
    "interrupted-limit": 3,
    "start-runner": True,
    "autostart": False,
    "close-to-tray": True,
    "review-before-add": True,
    "theme": "system",
    "notify-dead": True,
    "notify-done": True,
    "notify-runner": True,
    "backups-kept": 7,
    "keep-completed": 30 * D,
    "keep-completed-count": 0,
    "keep-cancelled": 30 * D,
    "keep-outputs": G,
    "check-updates": False,
    "language": "system",
}


def test_the_options_are_those_of_the_contract_with_their_defaults():
    assert {key: parse(option, option.default) for key, option in OPTIONS.items()} == DEFAULTS


@pytest.mark.parametrize("key", OPTIONS)
def test_each_option_has_words_for_a_person(key):
    option = find(key)
    assert option.key == key
    assert str(option.label)[0].isupper()
    assert str(option.help).endswith(".")
    assert describe_range(option)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("workers", "a whole number from 1 to 256"),
        ("backoff-jitter", "a number from 0 to 1"),
        ("grace", "a number from 0 to 3600 seconds (20, 2h, 30d)"),
        ("timeout", "a number from 0 to 31536000 seconds (20, 2h, 30d)"),
        ("output-cap", "a number from 4096 bytes (16M, 1G)"),
        ("keep-awake", "on or off"),
        ("theme", "system, light, dark"),
    ],
)
def test_the_values_an_option_takes_are_a_message_that_can_be_translated(key, words):
    told = describe_range(OPTIONS[key])
    assert isinstance(told, Message)
    assert str(told) == words
    assert str(BadOptionValue(OPTIONS[key], "x")) == f"'x' is not a value of {key}: {words}"


def test_an_unknown_key_is_refused_with_the_words_of_1_0():
    with pytest.raises(UnknownOption, match="Config key 'colour' not found") as caught:
        find("colour")
    assert str(caught.value.remedy) == "queuectl config list shows them all."


GOOD = [
    ("timeout", "0", 0),
    ("timeout", "0.5", 0.5),
    ("timeout", "90s", 90),
    ("timeout", "2m", 120),
    ("timeout", "2h", 2 * H),
    ("timeout", " 1.5 h ", 1.5 * H),
    ("timeout", "365d", 365 * D),
    ("keep-completed", "30d", 30 * D),
    ("keep-completed", "2w", 14 * D),
    ("output-cap", "16M", 16 * M),
    ("output-cap", "16m", 16 * M),
    ("output-cap", "16MB", 16 * M),
    ("output-cap", "16 MiB", 16 * M),
    ("output-cap", "4096", 4096),
    ("keep-outputs", "1.5G", 3 * G // 2),
    ("keep-outputs", "2T", 2048 * G),
    ("keep-outputs", "0", 0),
    ("disk-floor", "1k", 1024),
    ("max-retries", "007", 7),
    ("backoff-base", "1.5", 1.5),
    ("backoff-jitter", "1", 1),
    ("priority", "10", 10),
    ("workers", "256", 256),
    ("keep-awake", "ON", True),
    ("keep-awake", "yes", True),
    ("keep-awake", "1", True),
    ("autostart", "false", False),
    ("theme", "Dark", "dark"),
    ("niceness", "idle", "idle"),
]


@pytest.mark.parametrize(("key", "text", "value"), GOOD)
def test_a_value_is_read(key, text, value):
    assert parse(find(key), text) == value


BAD = [
    ("timeout", "31536001", "a number from 0 to 31536000 seconds (20, 2h, 30d)"),
    ("timeout", "366d", "a number from 0 to 31536000 seconds (20, 2h, 30d)"),
    ("timeout", "16M B", "a number from 0 to 31536000 seconds (20, 2h, 30d)"),
    ("timeout", "-1", "a number from 0 to 31536000 seconds (20, 2h, 30d)"),
    ("timeout", "2hb", "a number from 0 to 31536000 seconds (20, 2h, 30d)"),
    ("timeout", "2x", "a number from 0 to 31536000 seconds (20, 2h, 30d)"),
    ("timeout", "1e3", "a number from 0 to 31536000 seconds (20, 2h, 30d)"),
    ("timeout", "nan", "a number from 0 to 31536000 seconds (20, 2h, 30d)"),
    ("timeout", "inf", "a number from 0 to 31536000 seconds (20, 2h, 30d)"),
    ("timeout", "", "a number from 0 to 31536000 seconds (20, 2h, 30d)"),
    ("output-cap", "4095", "a number from 4096 bytes (16M, 1G)"),
    ("output-cap", "16h", "a number from 4096 bytes (16M, 1G)"),
    ("output-cap", "9" * 400, "a number from 4096 bytes (16M, 1G)"),
    ("max-retries", "1001", "a whole number from 0 to 1000"),
    ("max-retries", "2.0", "a whole number from 0 to 1000"),
    ("max-retries", "3x", "a whole number from 0 to 1000"),
    ("priority", "0", "a whole number from 1 to 10"),
    ("priority", "11", "a whole number from 1 to 10"),
    ("workers", "0", "a whole number from 1 to 256"),
    ("workers", "257", "a whole number from 1 to 256"),
    ("backoff-base", "2s", "a number from 0 to 1000"),
    ("backoff-jitter", "1.1", "a number from 0 to 1"),
    ("keep-awake", "maybe", "on or off"),
    ("theme", "pink", "system, light, dark"),
    ("niceness", "", "normal, below-normal, idle"),
]


@pytest.mark.parametrize(("key", "text", "words"), BAD)
def test_a_bad_value_is_refused_and_its_range_is_named(key, text, words):
    with pytest.raises(BadOptionValue) as caught:
        parse(find(key), text)
    assert str(caught.value) == f"'{text}' is not a value of {key}: {words}"


@pytest.mark.parametrize("key", [key for key, option in OPTIONS.items() if option.kind is Kind.WHOLE])
def test_the_ends_of_a_range_belong_to_it(key):
    option = find(key)
    assert parse(option, f"{option.low:g}") == option.low
    assert parse(option, f"{option.high:.15g}") == option.high
    with pytest.raises(BadOptionValue):
        parse(option, f"{option.high + 1:g}")


@given(
    key=st.sampled_from(sorted(OPTIONS)), text=st.text(max_size=12) | st.from_regex(r"\A\d{1,20}[ .]?[a-zA-Z]{0,3}\Z")
)
def test_any_text_is_a_value_within_the_range_or_refused(key, text):
    option = find(key)
    try:
        value = parse(option, text)
    except BadOptionValue:
        return
    if option.kind not in (Kind.SWITCH, Kind.CHOICE):
        assert option.low <= value <= option.high
