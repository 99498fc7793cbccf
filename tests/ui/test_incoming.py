"""What comes in is read off-thread, and comes out as documents."""

import json
import os
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl

from app.domain.job import Defaults, OnDuplicate, State
from app.ui.incoming import Incoming
from app.ui.review_documents import Reader, survey
from tests.ui.conftest import new_job


@pytest.fixture
def incoming(gateway):
    return Incoming(gateway)


@pytest.fixture
def read(incoming, qtbot):
    """Has something done with the incoming things, and returns the documents that came of it."""

    def read(do, *args):
        with qtbot.waitSignal(incoming.read) as told:
            do(*args)
        return told.args[0]

    return read


def write(folder, name, content):
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return str(path)


def commands(document):
    return [job.spec.command for job in document.jobs]


def mime(*paths, text=None):
    data = QMimeData()
    if paths:
        data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    if text is not None:
        data.setText(text)
    return data


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("one.json", {"command": "a"}),
        ("list.JSON", [{"command": "a"}, {"command": "b"}]),
        ("form.qjob", {"jobs": [{"command": "a"}]}),
        ("lines.jsonl", '{"command": "a"}\n{"command": "b"}\n'),
    ],
)
def test_a_job_file_of_any_form_is_read_and_its_jobs_run_in_its_folder(incoming, read, tmp_path, name, content):
    folder = tmp_path / "Büro files"
    folder.mkdir()
    path = write(folder, name, content)
    (document,) = read(incoming.open_files, [path])
    assert document.path == path
    assert commands(document) in (["a"], ["a", "b"])
    assert {job.spec.cwd for job in document.jobs} == {str(folder)}
    assert document.problems == ()


def test_gaps_are_filled_from_the_options_and_a_relative_folder_is_meant_from_the_file(store, incoming, read, tmp_path):
    store.options.set("timeout", "90")
    (tmp_path / "sub").mkdir()
    path = write(tmp_path, "a.json", {"command": "a", "cwd": "sub"})
    (document,) = read(incoming.open_files, [path])
    assert document.jobs[0].spec.timeout == 90
    assert document.jobs[0].spec.cwd == str(tmp_path / "sub")
    assert document.warned == {}


def test_files_come_in_their_order_and_one_that_is_named_twice_once(incoming, read, tmp_path):
    paths = [write(tmp_path, f"{name}.json", {"command": name}) for name in "ba"]
    documents = read(incoming.open_files, [*paths, paths[0]])
    assert [document.path for document in documents] == paths


def test_a_file_with_an_error_has_no_jobs_and_says_line_field_reason_and_remedy(incoming, read, tmp_path):
    path = write(tmp_path, "a.json", '[\n{"command": "a"},\n{"comand": "b"}\n]')
    (document,) = read(incoming.open_files, [path])
    assert list(document.jobs) == []
    first = document.problems[0]
    assert (first.line, first.index, first.field, str(first.remedy)) == (3, 2, "comand", "Did you mean command?")


def test_what_is_no_job_file_is_told_by_its_name(incoming, read, tmp_path):
    folder = tmp_path / "folder.json"
    folder.mkdir()
    text = write(tmp_path, "notes.txt", "hello")
    documents = read(incoming.open_files, [str(folder), text, str(tmp_path / "missing.json")])
    reasons = [str(document.problems[0].reason) for document in documents]
    assert reasons[:2] == ["is a folder, not a job file", "is not a job file"]
    assert reasons[2].startswith("can't be read: ")
    assert [document.path for document in documents] == [str(folder), text, str(tmp_path / "missing.json")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name")
def test_a_pipe_is_not_waited_for(incoming, read, tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    (document,) = read(incoming.open_files, [str(tmp_path / "pipe.json")])
    assert document.problems


def test_text_is_json_of_any_form(incoming, read):
    for text in (
        '{"command": "a"}',
        ' [{"command": "a"}]',
        '\ufeff{"jobs": [{"command": "a"}]}',
        '{\n "command": "a"}',
    ):
        (document,) = read(incoming.take_text, text, "/home")
        assert (document.path, commands(document), document.lines) == (None, ["a"], False)
        assert document.jobs[0].spec.cwd == os.path.normpath("/home")


def test_broken_json_is_an_error_and_not_a_command(incoming, read):
    for text in ('{"command": "a"', "{'command': 'a'}", "{command: 1}", '[{"command": "a"}'):
        (document,) = read(incoming.take_text, text, "/")
        assert document.problems, text


def test_any_other_text_is_a_command_a_line(incoming, read):
    text = "echo one\n\n  # a comment is a command too\r\n[ -f x ] && rm x\n"
    (document,) = read(incoming.take_text, text, "/")
    assert commands(document) == ["echo one", "# a comment is a command too", "[ -f x ] && rm x"]
    assert document.lines
    (document,) = read(incoming.take_text, '[ "$a" = b ]\n{ echo a; }', "/")
    assert commands(document) == ['[ "$a" = b ]', "{ echo a; }"]


def test_a_line_that_can_be_no_command_is_named(incoming, read):
    (document,) = read(incoming.take_text, "echo a\n" + "x" * 131_073, "/")
    assert (document.problems[0].line, document.problems[0].field) == (2, "command")
    assert list(document.jobs) == []


def test_text_with_half_a_character_is_refused_in_words(incoming, read):
    (document,) = read(incoming.take_text, "echo \ud800", "/")
    assert "half a character" in str(document.problems[0])


def test_a_job_whose_folder_is_not_there_is_warned_about(incoming, read, tmp_path):
    jobs = [{"command": "a"}, {"command": "b", "cwd": "nowhere"}]
    (document,) = read(incoming.open_files, [write(tmp_path, "a.json", jobs)])
    assert list(document.warned) == [1]
    assert str(document.warned[1][0].note) == "No such folder"


def test_a_command_that_windows_refuses_is_warned_about_there(tmp_path):
    path = write(tmp_path, "a.json", {"command": "timeout 5"})
    assert Reader(Defaults(), platform="posix").file(path).warned == {}
    assert "ping -n 6" in str(Reader(Defaults(), platform="nt").file(path).warned[0][0].words)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the mark of Linux")
def test_a_file_from_the_internet_says_from_where(incoming, read, tmp_path):
    path = write(tmp_path, "a.json", {"command": "a"})
    try:
        os.setxattr(path, "user.xdg.origin.url", b"https://example.com/a.json")
    except OSError as error:
        pytest.skip(f"this file system keeps no attributes: {error}")
    (document,) = read(incoming.open_files, [path])
    assert document.origin == "example.com"


def test_what_a_drag_would_do_is_said_by_the_names_alone(incoming):
    assert incoming.accepts(mime("/nowhere/a.json", "/nowhere/B.QJOB", "/nowhere/c.txt")) == "Add the jobs of 2 files"
    assert incoming.accepts(mime("/nowhere/a.jsonl")) == "Add the jobs of 1 file"
    assert incoming.accepts(mime("/nowhere/c.txt", "/nowhere")) is None
    assert incoming.accepts(mime(text="echo a")) == "Add jobs from text"
    assert incoming.accepts(mime(text="  \n")) is None
    assert incoming.accepts(QMimeData()) is None


def test_a_link_from_a_browser_is_no_command(incoming, qtbot):
    data = mime(text="https://example.com/a.json")
    data.setUrls([QUrl("https://example.com/a.json")])
    assert incoming.accepts(data) is None
    with qtbot.assertNotEmitted(incoming.began):
        incoming.take_mime(data)


def test_what_is_dropped_is_read_and_other_files_among_it_are_told(incoming, read, tmp_path):
    good = write(tmp_path, "a ü.json", {"command": "a"})
    documents = read(incoming.take_mime, mime(good, str(tmp_path / "x.txt")))
    assert [bool(document.problems) for document in documents] == [False, True]


def test_dropped_text_runs_in_the_home_folder(incoming, read):
    (document,) = read(incoming.take_mime, mime(text="echo a"))
    assert document.jobs[0].spec.cwd == str(Path.home())


def test_reading_is_called_off(incoming, qtbot, gateway, tmp_path):
    gate = threading.Event()
    gateway.detail(incoming, lambda _store: gate.wait(10), bool)
    path = write(tmp_path, "a.json", {"command": "a"})
    with qtbot.assertNotEmitted(incoming.read), qtbot.waitSignal(incoming.stopped):
        incoming.open_files([path])
        assert incoming.is_reading
        incoming.stop()
        gate.set()
    assert not incoming.is_reading


def test_the_survey_tells_what_is_taken_and_what_comes_twice(store):
    store.intake.enqueue([new_job("a"), new_job("b")])
    store.changes.cancel(store.reads.by_id("a").seq)
    text = json.dumps([{"id": id, "command": "x"} for id in ("a", "b", "c", "c", "d")] + [{"command": "y"}] * 2)
    found = survey(store, [Reader(Defaults()).text(text, "/")])
    assert found.taken == {"a": State.CANCELLED, "b": State.PENDING}
    assert (list(found.unfinished), found.repeated, found.surplus, found.asks) == (["b"], {"c": 2}, 3, True)
    assert not found.can_replace
    assert [found.skipped(choice) for choice in (OnDuplicate.SKIP, OnDuplicate.RENAME, None)] == [3, 0, 0]
