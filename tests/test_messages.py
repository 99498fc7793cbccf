"""Sentences for a person."""

from app.messages import KnownError, Message, message


def test_a_message_is_its_template_filled_in():
    told = message("{n} job(s) in '{folder}'", n=3, folder="/x {y}")
    assert str(told) == "3 job(s) in '/x {y}'"
    assert (told.template, told.args) == ("{n} job(s) in '{folder}'", {"n": 3, "folder": "/x {y}"})


def test_a_message_without_places_is_its_template():
    assert str(Message("Queue paused")) == "Queue paused"


def test_a_place_can_have_any_name():
    assert str(message("{template} {self}", template="a", self="b")) == "a b"


def test_a_known_error_reads_as_its_message_and_brings_its_remedy():
    error = KnownError("Job '{id}' not found", id="x", remedy=message("Look again."))
    assert str(error) == "Job 'x' not found"
    assert error.message == message("Job '{id}' not found", id="x")
    assert str(error.remedy) == "Look again."
    assert KnownError("no").remedy is None
