"""What no person should see is found, on the streams and in the log, and what they may see is not."""

import json

import pytest

from tests.chaos.said import Said


@pytest.fixture
def said(tmp_path):
    (tmp_path / "logs").mkdir()
    return Said(tmp_path / "said", tmp_path / "logs", harmless=["a harmless Traceback"])


def write(said, text):
    with said.streams("enqueue") as (_, err):
        err.write(text.encode())


def log(tmp_path, **line):
    with (tmp_path / "logs" / "runner.log").open("a") as file:
        file.write(f"{json.dumps({'event': 'it happened', 'level': 'info', **line})}\n")


def test_ordinary_words_are_no_trouble(said, tmp_path):
    write(said, "Failed to enqueue job 'a': there is one already\n")
    log(tmp_path)
    log(tmp_path, level="warning", event="job 1, run 1, lost its runner and is pending now")
    log(tmp_path, level="error", event="runner refused: A runner is already running (PID: 1)")
    assert said.trouble() == []


def test_what_a_target_may_write_is_no_trouble(said):
    write(said, "a harmless Traceback (most recent call last)\n")
    assert said.trouble() == []


@pytest.mark.parametrize(
    "words",
    [
        "Traceback (most recent call last):",
        "This is a bug in QueueCTL: KeyError",
        "QObject::~QObject: Timers cannot be",
    ],
)
def test_a_traceback_on_a_stream_is_trouble(said, words):
    write(said, f"first\n{words}\n")
    assert said.trouble() == [f"1-enqueue.err: {words}"]


@pytest.mark.parametrize(
    "line",
    [
        {"level": "critical", "event": "a bug in the runner"},
        {"level": "error", "event": "the runner leaves: disk image is malformed"},
        {"level": "warning", "exception": "Traceback (most recent call last):"},
    ],
)
def test_a_bug_or_an_unknown_error_in_the_log_is_trouble(said, tmp_path, line):
    log(tmp_path, **line)
    assert len(said.trouble()) == 1


def test_half_a_line_in_the_log_is_trouble(said, tmp_path):
    (tmp_path / "logs" / "window.log").write_text('{"event": "it hap\n')
    assert said.trouble() == ['window.log: {"event": "it hap']


def test_each_process_has_its_own_words(said):
    for pid, words in ((7, b"one"), (8, b"two")):
        with said.streams("list") as (out, _):
            out.write(words)
            said.belongs_to(pid)
    assert (said.output_of(7), said.output_of(8)) == ("one", "two")
