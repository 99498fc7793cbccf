"""``queuectl config``: getting, setting and listing options."""

import pytest

from app.settings import OPTIONS


def test_an_option_that_was_never_set_has_its_default(queuectl):
    answer = queuectl("config", "get", "max-retries")
    assert (answer.code, answer.out) == (0, "max-retries = 3\n")


def test_an_option_is_set_and_got(queuectl):
    answer = queuectl("config", "set", "max-retries", "5")
    assert (answer.code, answer.out) == (0, "Set max-retries = 5\n")
    assert queuectl("config", "get", "max-retries").out == "max-retries = 5\n"


@pytest.mark.parametrize("words", [["get", "colour"], ["set", "colour", "blue"]])
def test_a_key_that_nobody_knows_is_refused(queuectl, words):
    answer = queuectl("config", *words)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("Config key 'colour' not found\n")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("priority", "11", "a whole number from 1 to 10"),
        ("timeout", "-5", "a number from 0 to 31536000 seconds"),
        ("theme", "blue", "system, light, dark"),
        ("keep-awake", "maybe", "on or off"),
        ("priority", "\x1b[31m", "a whole number"),
    ],
)
def test_a_bad_value_names_its_range(queuectl, key, value, words):
    answer = queuectl("config", "set", key, value)
    assert (answer.code, answer.out) == (1, "")
    assert words in answer.err
    assert "\x1b" not in answer.err


def test_every_option_is_listed_with_what_it_is_for(queuectl):
    queuectl("config", "set", "timeout", "2m")
    out = queuectl("config", "list").out
    assert [line.split()[0] for line in out.splitlines()[2:]] == list(OPTIONS)
    assert "timeout               2m            set      20            How long a run may take; 0 = no limit.\n" in out


def test_options_as_json_have_typed_values(queuectl):
    queuectl("config", "set", "timeout", "2m")
    queuectl("config", "set", "keep-awake", "on")
    options = {option["key"]: option for option in queuectl("config", "list", "--json").json}
    assert list(options) == list(OPTIONS)
    assert options["timeout"] == {
        "key": "timeout",
        "value": 120,
        "default": 20,
        "origin": "set",
        "help": "How long a run may take; 0 = no limit.",
    }
    assert (options["keep-awake"]["value"], options["keep-awake"]["default"]) == (True, False)
    assert (options["output-cap"]["value"], options["output-cap"]["origin"]) == (16 * 2**20, "default")
    assert options["theme"]["value"] == "system"


def test_one_option_as_json_is_as_in_the_list(queuectl):
    queuectl("config", "set", "timeout", "2m")
    listed = {option["key"]: option for option in queuectl("config", "list", "--json").json}
    for key in ("timeout", "keep-awake", "theme"):
        assert queuectl("config", "get", key, "--json").json == listed[key]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("timeout", "16M", "seconds (20, 2h, 30d)"),
        ("timeout", "2H", "seconds (20, 2h, 30d)"),
        ("timeout", "\u0663", "seconds (20, 2h, 30d)"),
        ("output-cap", "\u0663M", "bytes (16M, 1G)"),
        ("output-cap", "16h", "bytes (16M, 1G)"),
        ("output-cap", "8192b", "bytes (16M, 1G)"),
        ("priority", "\u0665", "a whole number from 1 to 10"),
    ],
)
def test_a_size_is_no_duration_and_digits_are_those_of_ascii(queuectl, key, value, words):
    answer = queuectl("config", "set", key, value)
    assert (answer.code, answer.out) == (1, "")
    assert words in answer.err
    assert queuectl("config", "get", key, "--json").json["origin"] == "default"


@pytest.mark.parametrize(
    ("key", "value", "stored"),
    [
        ("keep-awake", " YES ", "on"),
        ("keep-awake", "1", "on"),
        ("start-runner", "0", "off"),
        ("theme", " Dark", "dark"),
        ("timeout", " 2 h ", "2h"),
        ("output-cap", "16 mib", "16M"),
        ("output-cap", "64KB", "64K"),
        ("workers", " 3 ", "3"),
    ],
)
def test_a_value_is_stored_in_its_usual_form(queuectl, store, key, value, stored):
    assert queuectl("config", "set", key, value).out == f"Set {key} = {stored}\n"
    assert store.options.set_keys() == {key: stored}
