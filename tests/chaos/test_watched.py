"""A window that stands still, ends or does not do what it is asked for is found out."""

import json
from pathlib import Path

import pytest

from tests.chaos.history import Deeds
from tests.chaos.load import COMPLETED
from tests.chaos.watched import LONGEST_PAUSE, Watched
from tests.chaos.watched_window import ANSWERS, QUESTIONS, VARIABLE
from tests.desktop.real.targets import Target


class Window:
    """A process that has answered already, and ends with what it is given."""

    def __init__(self, folder, answers, code):
        self.returncode = None
        self._code = code
        (folder / ANSWERS).write_text("".join(f"{json.dumps(answer)}\n" for answer in answers))

    def poll(self):
        return self.returncode

    def send_signal(self, _number):
        self.returncode = self._code

    def wait(self, _seconds):
        return self.returncode


class Victim:
    """Whose window it is."""

    def __init__(self, folder, answers, code=0, name="source"):
        self.folder = folder
        self.deeds = Deeds()
        self.target = Target(name, window=(), console=())
        self._answers, self._code = answers, code

    def start_window(self, *, module, **variables):
        assert (module is not None) == (self.target.name == "source")
        return Window(Path(variables[VARIABLE]), self._answers, self._code)

    def file_of(self, _jobs):
        return self.folder / "jobs.json"


def answer(pause=0.05, added=None, **shows):
    return {"shows": shows, "pause": pause, "added": added}


def test_a_window_that_answers_and_ends_well_has_nothing_wrong(tmp_path):
    window = Watched(Victim(tmp_path, [answer(runner="Runner works, 3 workers")] * 2))
    window.wait_until_works()
    assert window.end() == []


def test_a_window_whose_loop_stood_still_is_found_out_though_it_answers_in_the_end(tmp_path):
    window = Watched(Victim(tmp_path, [answer(pause=LONGEST_PAUSE + 1)] * 2))
    window.ask()
    assert window.wrong == [f"the window's event loop stood still for {LONGEST_PAUSE + 1:.1f} s"]


def test_a_window_that_ends_when_nobody_asked_it_to_is_found_out(tmp_path):
    window = Watched(Victim(tmp_path, []))
    window.process.returncode = -7
    with pytest.raises(AssertionError, match="has ended with -7"):
        window.ask()


def test_a_window_that_does_not_end_well_is_found_out(tmp_path):
    window = Watched(Victim(tmp_path, [answer()], code=1))
    assert window.end() == ["the window ended with 1 when it was asked to end"]


def test_what_it_says_of_jobs_that_it_was_to_add_is_noted(tmp_path):
    answers = [
        answer(),
        answer(added=False, refused="The disk is full"),
        answer(added=False, refused="The disk is full"),
    ]
    victim = Victim(tmp_path, answers)
    window = Watched(victim)
    call = window.add(([{"id": "a", "command": "true"}], [COMPLETED]))
    said = window.added(call)
    assert victim.deeds.calls == [call]
    assert (call.is_in, said.shows["refused"]) == (False, "The disk is full")
    (folder,) = tmp_path.glob("watched-*")
    first = (folder / QUESTIONS).read_text().splitlines()[0]
    assert json.loads(first) == ["add", str(tmp_path / "jobs.json")]


def test_a_built_window_is_asked_nothing(tmp_path):
    window = Watched(Victim(tmp_path, [], name="built"))
    window.wait_until_works()
    assert window.added(window.add(([{"id": "a"}], [COMPLETED]))) is None
    assert window.end() == []
