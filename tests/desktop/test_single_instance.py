"""One window for each home, and what a second start tells the first."""

import contextlib
import json
import logging
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtNetwork import QLocalSocket

from app.desktop import single_instance
from app.desktop.single_instance import MOST, MOST_CALLERS, SingleInstance, Start, _asked, _Caller
from app.locks import ProcessLock
from app.paths import Home

CHECKOUT = Path(__file__).resolve().parent.parent.parent
posix = pytest.mark.skipif(os.name == "nt", reason="sockets with a path, other users and kill -9")

PIECE = """
import json, sys
import tempfile
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from app.desktop.single_instance import SingleInstance, Start
from app.locks import ProcessLock
from app.paths import Home
application = QCoreApplication([])
instance = SingleInstance(Home(Path(sys.argv[1])))
def say(words):
    print(words, flush=True)
def asked(files):
    say("asked " + repr(files))
instance.files_asked.connect(asked)
instance.leave_asked.connect(application.quit)
print("ready", flush=True)
start = instance.start(json.loads(sys.stdin.readline()), patience=60)
if start is Start.FIRST:
    instance.listen()
say(start.value)
if start is Start.FIRST:
    application.exec()
"""


class Process:
    """A real start, which goes once it is let go."""

    def __init__(self, home, *files, cwd=CHECKOUT):
        self.files = files
        self.popen = subprocess.Popen(
            [sys.executable, "-c", PIECE, str(home.root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONUTF8": "1"},
        )

    def line(self):
        return self.popen.stdout.readline().rstrip("\n")

    def go(self):
        self.popen.stdin.write(json.dumps(self.files) + "\n")
        self.popen.stdin.flush()

    def kill(self):
        self.popen.kill()
        self.popen.communicate()


@pytest.fixture
def start(home):
    """Starts processes, and ends them with the test."""
    home.make()
    with contextlib.ExitStack() as all_of_them:

        def one(*files, cwd=CHECKOUT, at=home):
            process = Process(at, *files, cwd=cwd)
            all_of_them.callback(process.kill)
            assert process.line() == "ready"
            return process

        yield one


@pytest.fixture
def first(home, qtbot):  # noqa: ARG001  its event loop
    home.make()
    instance = SingleInstance(home)
    assert instance.start([]) is Start.FIRST
    instance.listen()
    yield instance
    instance.close()


def ask(first, line, qtbot):
    """Send a line of bytes as a stranger would, and return the answer."""
    stranger = QLocalSocket()
    stranger.connectToServer(first._address)
    stranger.write(line)
    qtbot.waitUntil(stranger.canReadLine)
    return stranger.readLine().data()


def test_of_ten_that_start_at_once_exactly_one_is_the_first_and_all_others_hand_over(start):
    processes = [start(f"jobs {number}.json") for number in range(10)]
    for process in processes:
        process.go()
    said = [process.line() for process in processes]
    # the first may have been told files before it says what it is
    assert sorted(word for word in said if not word.startswith("asked")).count("handed over") == 9
    leader = processes[[word == "handed over" for word in said].index(False)]
    told = [said[processes.index(leader)], *(leader.line() for _ in range(9))]
    assert told.count("first") == 1
    assert len({word for word in told if word.startswith("asked")}) == 9


def test_after_kill_9_of_the_first_the_next_takes_over(start, home):
    one = start()
    one.go()
    assert one.line() == "first"
    one.kill()
    if os.name == "posix":
        assert Path(SingleInstance(home)._address).exists(), "its socket is stale now"
    two, three = start(), start("a.json")
    two.go()
    assert two.line() == "first"
    three.go()
    assert three.line() == "handed over"
    assert two.line() == repr_of([str(CHECKOUT / "a.json")])


def repr_of(files):
    return f"asked {files!r}"


def test_files_arrive_as_they_are_called_and_absolute_from_the_folder_of_the_second_start(start, tmp_path):
    folder = tmp_path / "a folder"
    folder.mkdir()
    leader = start()
    leader.go()
    assert leader.line() == "first"
    names = ["Büro Größe.json", "日本.jsonl", 'quo"te.qjob', str(tmp_path / "absolute.json")]
    other = start(*names, cwd=folder)
    other.go()
    assert other.line() == "handed over"
    assert leader.line() == repr_of([*(str(folder / name) for name in names[:3]), names[3]])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there a file's name need not be text")
def test_a_name_that_is_no_text_arrives(start, tmp_path):
    leader = start()
    leader.go()
    assert leader.line() == "first"
    name = os.fsdecode(b"\xff\xfe.json")
    other = start(name, cwd=tmp_path)
    other.go()
    assert other.line() == "handed over"
    assert leader.line() == repr_of([str(tmp_path / name)])


def test_more_files_than_one_message_holds_arrive_in_several(first, start, qtbot):
    files = [f"/{number:04}{'x' * 200}.json" for number in range(500)]
    files = [os.path.abspath(file) for file in files]
    heard = []
    first.files_asked.connect(heard.extend)
    other = start(*files)
    other.go()
    qtbot.waitUntil(lambda: len(heard) == 500)
    assert heard == files
    assert other.line() == "handed over"


def test_a_start_without_files_has_the_window_shown(first, start, qtbot):
    other = start()
    with qtbot.assertNotEmitted(first.files_asked), qtbot.waitSignal(first.shown_asked):
        other.go()
    assert other.line() == "handed over"


def test_one_that_is_asked_to_leave_leaves_and_nothing_is_shown(start, home):
    other = start()
    other.go()
    assert other.line() == "first"
    SingleInstance(home).ask_to_leave()
    assert other.popen.wait(60) == 0
    assert other.popen.stdout.read() == ""


def test_where_no_window_is_nobody_is_asked_to_leave(home):
    home.make()
    SingleInstance(home).ask_to_leave(patience=0)
    assert SingleInstance(home).start([]) is Start.FIRST


@pytest.mark.parametrize(
    "line",
    [
        b"rubbish\n",
        b"\xff\x00\n",
        b"[]\n",
        b"{}\n",
        b"\n",
        b'{"show": 1}\n',
        b'{"leave": 1}\n',
        b'{"leave": true, "show": true}\n',
        b'{"show": true, "open": ["/a.json"]}\n',
        b'{"open": []}\n',
        b'{"open": "/a.json"}\n',
        b'{"open": [1]}\n',
        b'{"open": ["relative.json"]}\n',
        b'{"run": "rm -rf /"}\n',
        b"[" * 60_000 + b"\n",
        b"x" * 66_560,
        json.dumps({"open": ["/" + "x" * 66_560]}).encode() + b"\n",
    ],
    ids=lambda line: line[:24].decode("latin-1").strip(),
)
def test_any_other_message_is_refused_and_logged_without_its_content_and_the_first_lives_on(first, qtbot, caplog, line):
    with qtbot.assertNotEmitted(first.shown_asked), qtbot.assertNotEmitted(first.files_asked):
        assert ask(first, line, qtbot) == b"refused\n"
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "rubbish" not in caplog.text
    assert "relative" not in caplog.text
    assert "xxxx" not in caplog.text
    with qtbot.waitSignal(first.shown_asked):
        assert ask(first, b'{"show": true}\n', qtbot) == b"done\n"


def test_the_largest_message_is_taken(first, qtbot):
    room = MOST - len(json.dumps({"open": [os.path.abspath("/")]})) - 1
    path = os.path.abspath("/") + "x" * room
    line = json.dumps({"open": [path]}).encode() + b"\n"
    assert len(line) == MOST
    with qtbot.waitSignal(first.files_asked) as told:
        assert ask(first, line, qtbot) == b"done\n"
    assert told.args == [[path]]


def test_a_message_in_pieces_is_put_together(first, qtbot):
    stranger = QLocalSocket()
    stranger.connectToServer(first._address)
    stranger.write(b'{"sho')
    stranger.flush()
    qtbot.wait(0)
    with qtbot.waitSignal(first.shown_asked):
        stranger.write(b'w": true}\n')


def test_a_caller_that_goes_away_at_once_does_no_harm(first, qtbot):
    stranger = QLocalSocket()
    stranger.connectToServer(first._address)
    stranger.abort()
    with qtbot.waitSignal(first.shown_asked):
        assert ask(first, b'{"show": true}\n', qtbot) == b"done\n"


@given(line=st.binary(max_size=300))
def test_no_bytes_at_all_are_taken_for_another_message(line):
    files = _asked(line)
    assert files in (None, []) or all(Path(file).is_absolute() for file in files)


def test_callers_that_say_nothing_are_not_listened_to_without_end(first, qtbot, caplog):
    strangers = []
    for _ in range(MOST_CALLERS + 40):
        stranger = QLocalSocket()
        stranger.connectToServer(first._address)
        strangers.append(stranger)
        qtbot.wait(0)
        assert len(first._server.findChildren(_Caller)) <= MOST_CALLERS
    qtbot.waitUntil(lambda: "there are 32 already" in caplog.text)
    for stranger in strangers:
        stranger.abort()
    qtbot.waitUntil(lambda: first._server.findChildren(_Caller) == [])
    with qtbot.waitSignal(first.shown_asked):
        assert ask(first, b'{"show": true}\n', qtbot) == b"done\n"


def test_a_caller_that_does_not_come_to_an_end_is_put_off(first, qtbot, monkeypatch):
    monkeypatch.setattr(single_instance, "_SENDS_WITHIN", 20)
    stranger = QLocalSocket()
    stranger.connectToServer(first._address)
    stranger.write(b'{"sho')
    qtbot.waitUntil(lambda: stranger.state() is QLocalSocket.LocalSocketState.UnconnectedState)
    qtbot.waitUntil(lambda: first._server.findChildren(_Caller) == [])


def test_a_first_that_does_not_answer_is_given_up(first, home):
    # its event loop stands still, since this test blocks it
    assert SingleInstance(home).start(["/a.json"], patience=0.3) is Start.UNANSWERED
    first.close()


def test_once_the_first_is_closed_the_next_is_the_first(first, home):
    first.close()
    second = SingleInstance(home)
    assert second.start([]) is Start.FIRST
    second.close()


def test_two_homes_have_two_firsts(first, tmp_path):
    other = Home(tmp_path / "other")
    other.make()
    second = SingleInstance(other)
    assert second.start([]) is Start.FIRST
    assert first._address != second._address
    second.close()


@posix
def test_a_home_whose_path_is_too_long_for_a_socket_works_too(tmp_path, start):
    home = Home(tmp_path / ("deep" * 30))
    home.make()
    assert not SingleInstance(home)._address.startswith(str(home.root))
    leader, other = start(at=home), start("a.json", at=home)
    leader.go()
    assert leader.line() == "first"
    other.go()
    assert other.line() == "handed over"
    assert leader.line() == repr_of([str(CHECKOUT / "a.json")])
    Path(SingleInstance(home)._address).unlink()


@posix
@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="needs another user")
def test_another_user_is_not_let_in():
    """The person is uid 1234 in a process of its own, the other 4321; the folders around are open to everybody."""
    piece = """
import os, sys, socket
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from app.desktop.single_instance import SingleInstance
from app.locks import ProcessLock
from app.paths import Home
import getpass, hashlib, PySide6.QtNetwork  # by and by it could not: where they lie may be closed to others
os.setuid(1234)
application = QCoreApplication([])
import getpass
getpass.getuser = lambda: "ann"
home = Home(Path(sys.argv[1]))
home.make()
home.root.chmod(0o755)
home.data.chmod(0o755)
instance = SingleInstance(home)
instance.start([])
instance.listen()
print(instance._address, flush=True)
sys.stdin.readline()
"""
    with tempfile.TemporaryDirectory() as root:
        Path(root).chmod(0o777)
        person = subprocess.Popen(
            [sys.executable, "-c", piece, f"{root}/home"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=CHECKOUT,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        )
        address = person.stdout.readline().strip()
        child = os.fork()
        if child == 0:
            os.setuid(4321)
            try:
                socket.socket(socket.AF_UNIX).connect(address)
            except PermissionError:
                os._exit(7)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        with socket.socket(socket.AF_UNIX) as root_may:
            root_may.connect(address)
        person.communicate("\n")


def test_a_start_that_wants_nothing_shown_leaves_the_first_alone(home):
    home.make()
    lock = ProcessLock(home.window_lock)
    assert lock.take()
    assert SingleInstance(home).start([], patience=0, show=False) is Start.HANDED_OVER
    assert SingleInstance(home).start([], patience=0) is Start.UNANSWERED
    lock.release()
