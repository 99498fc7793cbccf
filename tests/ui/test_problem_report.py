"""What goes into a report of a problem, and above all what does not."""

import json
import logging
import os
import stat
import traceback
import zipfile
from datetime import date
from pathlib import Path

import pytest

from app.domain.job import State
from app.domain.masks import MASKED, looks_secret, mask_env, mask_secrets, mask_words
from app.logs import log_to
from app.paths import Home
from app.ui import problem_report
from app.ui.problem_report import Piece, ReportNotSaved, default_name, make_report, save_report
from app.ui.report_jobs import JobWish
from app.ui.report_logs import log_end, safe_line
from app.ui.report_masks import PlaceMask
from tests.store.jobs import put_into
from tests.ui.conftest import new_job

ALWAYS = ["versions.txt", "checks.txt", "queue.txt", "options.txt"]
SECRETS = {
    "id": "client-zorg",
    "command": "/opt/zorg/invoice --for wobble",
    "cwd": "/srv/plinth",
    "output": "gribble was printed",
    "env name": "FRAMBLE",
    "env value": "snarkish",
    "file": "quibble.json",
}


def report(home, wish=JobWish(), told=None):  # noqa: B008  a frozen value
    pieces = make_report(home, [("Tray", "none")], wish, told or (lambda _done, _total: None))
    return {piece.name: piece.text for piece in pieces}


@pytest.fixture
def full(store, home, clock):
    """A queue in which each kind of secret stands somewhere, and a log that quotes some in an error."""
    env = {SECRETS["env name"]: SECRETS["env value"], "API_TOKEN": "tok-12345"}
    secret = {"command": SECRETS["command"], "cwd": SECRETS["cwd"], "env": env}
    for id, fields in ((SECRETS["id"], secret), ("other", {})):
        seq = put_into(store, State.DEAD, clock, id, max_retries=1, **fields)
        store.database.run("UPDATE job SET error = ? WHERE seq = ?", (SECRETS["output"], seq))
        store.outputs.create(seq, 1).write_text(f"{SECRETS['output']}\n\x1b[31mred\x1b[0m tok-12345 snarkish\n")
    log = [
        {"event": "runner started", "level": "info", "logger": "app.engine.runner", "pid": 7, "timestamp": "t"},
        {"event": f"Killed 5 s ago and still alive: {SECRETS['id']} (pid 4).", "level": "warning"},
        {"event": "a bug", "exception": trace(f"no {SECRETS['command']}\nin {SECRETS['cwd']}")},
        {"event": "x", "command": SECRETS["command"], "outcome": "Failed"},
    ]
    text = "".join(json.dumps(line) + "\n" for line in log) + f"Traceback: {SECRETS['file']}\n"
    (home.logs / "window.log").write_text(text)
    (home.logs / SECRETS["file"]).write_text("{}")
    return home


def trace(words):
    """What a log keeps of an error that quotes these words, and of the one it came from."""
    error = ValueError(words)
    error.__cause__ = KeyError(words)
    error.__cause__.__traceback__ = error.__traceback__ = frames()
    return "".join(traceback.format_exception(error))


def frames():
    """A real traceback."""
    try:
        1 // 0  # noqa: B018
    except ZeroDivisionError as error:
        return error.__traceback__


def test_unticked_nothing_of_any_job_is_in_it_not_even_in_a_log(full):
    found = report(full)
    assert list(found) == [*ALWAYS, "logs/window.log"]
    text = "\n".join(found.values())
    assert [name for name, secret in SECRETS.items() if secret in text] == []
    assert "tok-12345" not in text
    assert "API_TOKEN" not in text


def test_what_the_program_knows_of_itself_is_always_in_it(full, store):
    store.options.set("timeout", "33")
    found = report(full)
    assert "SQLite" in found["versions.txt"]
    assert "Tray      none" in found["versions.txt"]
    assert "33 (set)" in found["options.txt"]
    assert "2 (default)" in found["options.txt"]
    assert "dead             2" in found["queue.txt"]
    assert "runner lives     no" in found["queue.txt"]
    assert "database" in found["checks.txt"]
    assert "runner started" in found["logs/window.log"]
    assert "ValueError" in found["logs/window.log"]


@pytest.mark.parametrize(
    ("ticked", "shown"),
    [
        ("commands", {"id", "command", "cwd"}),
        ("outputs", {"output"}),
        ("environment", {"env name", "env value"}),
    ],
)
def test_each_box_brings_what_it_says_and_nothing_else(full, ticked, shown):
    text = "\n".join(report(full, JobWish(**{ticked: True})).values())
    assert {name for name, secret in SECRETS.items() if secret in text} == shown
    assert "tok-12345" not in text


def test_values_that_look_secret_stay_masked_in_commands_outputs_and_environment(full):
    found = report(full, JobWish(commands=True, outputs=True, environment=True))
    text = "\n".join(found.values())
    assert "tok-12345" not in text
    assert f'"API_TOKEN": "{MASKED}"' in text
    assert f"red {MASKED} snarkish" in found["outputs/job-1-run-1.txt"]


def test_the_newest_jobs_that_failed_are_told_of_or_those_in_any_state(full, store):
    store.intake.enqueue([new_job("fresh")])

    def ids(**wish):
        return [job["id"] for job in json.loads(report(full, JobWish(commands=True, **wish))["jobs.json"])]

    assert ids() == ["other", SECRETS["id"]]
    assert ids(newest=1) == ["other"]
    assert ids(failed_only=False) == ["fresh", "other", SECRETS["id"]]


def test_it_is_told_how_far_it_is(full):
    told = []
    report(full, JobWish(outputs=True), lambda done, total: told.append((done, total)))
    assert told == [(0, 2), (1, 2)]


def test_the_folder_of_the_person_and_of_the_queue_are_not_named(full, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: full.root.parent)
    text = "\n".join(report(full).values())
    assert str(full.root.parent) not in text
    assert "(queue)/data/queuectl.db" in text.replace("\\", "/")
    usual = Home(full.root.parent / ".queuectl")
    assert "~" in report(usual)["checks.txt"]


def test_where_there_is_no_queue_the_rest_is_told_and_nothing_is_made(home):
    found = report(home, JobWish(commands=True))
    assert not home.root.exists()
    assert list(found) == [*ALWAYS, "jobs.txt"]
    for name in ("queue.txt", "options.txt", "jobs.txt"):
        assert found[name] == "Can't be told: There is no queue that can be read: there is none yet\n"


@pytest.mark.parametrize("damage", [b"this is no database at all" * 100, b""])
def test_a_database_that_can_not_be_opened_is_what_the_checks_say(home, damage):
    home.make()
    home.database.write_bytes(damage)
    (home.logs / "window.log").write_text('{"event": "hello"}\n')
    found = report(home, JobWish(outputs=True))
    assert "WRONG  database" in found["checks.txt"]
    assert "Can't be told" in found["queue.txt"]
    assert "hello" in found["logs/window.log"]


def test_a_part_that_fails_says_where_and_never_what_it_said(full, monkeypatch):
    def broken(_home):
        raise ValueError("gribble")

    monkeypatch.setattr(problem_report, "_queue", broken)
    text = report(full)["queue.txt"]
    assert text.startswith("Can't be told: ValueError\n")
    assert "in broken" in text
    assert "gribble" not in text.replace('raise ValueError("gribble")', "")


def test_it_is_saved_whole_and_for_this_person_alone(tmp_path):
    path = tmp_path / "r.zip"
    path.write_text("what stood there")
    save_report([Piece("a.txt", "über"), Piece("logs/b.log", "half \ud800")], path)
    with zipfile.ZipFile(path) as bundle:
        assert bundle.testzip() is None
        assert bundle.read("a.txt").decode() == "über"
        assert bundle.read("logs/b.log") == b"half \\ud800"
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_where_it_can_not_be_saved_that_is_said_and_nothing_is_left(tmp_path):
    with pytest.raises(ReportNotSaved, match=r"can't be saved to .*r\.zip"):
        save_report([Piece("a", "b")], tmp_path / "no such folder" / "r.zip")
    (tmp_path / "taken").mkdir()
    with pytest.raises(ReportNotSaved):
        save_report([Piece("a", "b")], tmp_path / "taken")
    assert list(tmp_path.iterdir()) == [tmp_path / "taken"]


def test_it_is_named_after_the_day():
    assert default_name(date(2026, 3, 9)) == "queuectl-report-2026-03-09.zip"


# Logs


def test_the_last_500_lines_are_told_across_rotated_files(tmp_path):
    for file, lines in (
        ("window.log.2", range(100)),
        ("window.log.1", range(100, 550)),
        ("window.log", range(550, 700)),
    ):
        (tmp_path / file).write_text("".join(f'{{"event": "line {n}"}}\n' for n in lines))
    lines = log_end(tmp_path, "window").splitlines()
    assert [json.loads(line)["event"] for line in lines] == [f"line {n}" for n in range(200, 700)]


def test_a_line_as_the_program_writes_it_is_told(tmp_path):
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    log_to(tmp_path, "window")
    (handler,) = [one for one in root.handlers if one not in before]
    try:
        try:
            Path("/srv/plinth/gribble").read_bytes()
        except OSError:
            logging.getLogger("app.x").exception("it went wrong", extra={"seq": 4, "outcome": "Failed", "why": "quit"})
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        handler.close()
    (line,) = log_end(tmp_path, "window").splitlines()
    told = json.loads(line)
    assert (told["event"], told["level"], told["logger"]) == ("it went wrong", "error", "app.x")
    assert (told["seq"], told["outcome"], told["why"]) == (4, "Failed", "quit")
    assert told["exception"].splitlines()[0] == "Traceback (most recent call last):"
    assert told["exception"].splitlines()[-1] == "FileNotFoundError"
    assert "test_problem_report.py" in told["exception"]
    assert "gribble" not in line
    assert "plinth" not in line


@pytest.mark.parametrize(
    "line", ["no json: gribble", '{"event": "half', "[1]", '"gribble"', "{}", '{"command": "gribble"}']
)
def test_what_is_no_line_of_the_log_is_left_out(line):
    assert "gribble" not in safe_line(line)
    assert "half" not in safe_line(line)


@pytest.mark.parametrize(
    "event",
    [
        "Killed 30 s ago and still alive: gribble (pid 4), a, b: c (pid 5). Its run stays open.",
        "left by a dead runner: cannot be ended: gribble (12)",
    ],
)
def test_names_of_programs_that_jobs_started_are_left_out(event):
    told = json.loads(safe_line(json.dumps({"event": event})))
    assert "gribble" not in told["event"]
    assert told["event"].endswith("(names left out)")


# Masks


@pytest.mark.parametrize("name", ["API_KEY", "token", "MY_SECRET_2", "PGPASSWORD", "PWD", "AWS_CREDENTIALS", "Cookie"])
def test_a_name_tells_a_secret(name):
    assert looks_secret(name)


def test_plain_variables_are_no_secret():
    assert not any(map(looks_secret, ["LANG", "HOME", "MODE", "N"]))


@pytest.mark.parametrize(
    "text",
    [
        "API_KEY=gribble run",
        "set API_KEY=gribble&& run",
        'set "API_KEY=gribble" && run',
        'set "API_KEY=a gribble b" && run',
        "$env:API_KEY = 'gribble'",
        "run --password=gribble --fast",
        "run --password gribble --fast",
        "run --token 'a gribble b'",
        'curl -H "Authorization: Bearer gribble" https://x',
        "curl -H 'X-Api-Key: gribble' https://x",
        "git clone https://me:gribble@example.org/x",
        '{"user": "me", "password": "gribble"}',
        r'{"password": "a\"gribble"}',
        "{'token': 'gribble', 'n': 1}",
        r'curl -d "{\"api_key\":\"gribble\"}" https://x',
        "known gribble value",
        "curl -u bob:gribble https://x",
        "curl --user 'bob:gribble' https://x",
        "mysql -h db -pgribble mydb",
        "git push https://x ghp_gribble0123456789abcdef",
        "aws --id AKIAGRIBBLE012345",
        "call eyJhbGciOi.eyJgribbleJ9.c2lnbmF0dXJl",
    ],
)
def test_what_is_given_to_a_secret_name_is_masked(text):
    masked = mask_secrets(text, ["gribble"] if text.startswith("known") else [])
    assert "gribble" not in masked.lower()
    assert MASKED in masked


@pytest.mark.parametrize(
    "text",
    [
        "run --no-auth --fast",
        "a = b",
        "PASS: 3 tests",
        '{"tokens": {"n": 1}, "id": "a"}',
        "echo hi",
        "x https://example.org/a@b",
        "mysql -p",
        "mkdir -p a && sk-learn",
    ],
)
def test_what_is_no_secret_is_left_as_it_is(text):
    assert mask_secrets(text) == text


def test_in_a_list_of_words_what_follows_a_secret_option_is_masked():
    assert mask_words(["run", "--password", "x", "--fast", "--token=y"]) == [
        *("run", "--password", MASKED, "--fast", f"--token={MASKED}")
    ]


def test_variables_keep_their_names():
    assert mask_env({"TOKEN": "x", "URL": "https://a:b@c", "MODE": "m"}) == {
        "TOKEN": MASKED,
        "URL": f"https://a:{MASKED}@c",
        "MODE": "m",
    }


def test_a_long_word_is_masked_in_no_time():
    for text in ("a" * 1_000_000, '"a' * 200_000):
        assert mask_secrets(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("/home/al/x", "~/x"),
        ('"/home/al"', '"~"'),
        ("in /home/al.", "in ~."),
        ("/home/alice/x", "/home/alice/x"),
        ("/home/al-old", "/home/al-old"),
        ("file:///home/al/x", "file://~/x"),
        ("/home/al/.queue/data", "(queue)/data"),
    ],
)
def test_folders_get_short_names(text, masked):
    assert PlaceMask({"/home/al": "~", "/home/al/.queue": "(queue)"}, windows=False)(text) == masked


@pytest.mark.parametrize("text", [r"C:\Users\Al\x", r"c:\users\al\x", "C:/Users/Al/x", r"C:\\Users\\Al\\x"])
def test_on_windows_a_folder_is_found_however_it_is_written(text):
    assert PlaceMask({r"C:\Users\Al": "~"}, windows=True)(text).lstrip("~").strip("\\/") == "x"


def test_a_root_is_no_folder_to_be_masked():
    assert PlaceMask({"/": "~"})("/a/b") == "/a/b"
