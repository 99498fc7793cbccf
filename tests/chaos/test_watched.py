"""What a window says is noted, and one that ends when it should not, or not well, is found out."""

import json
from pathlib import Path

import pytest

from tests.chaos.fault_lock import waited_in_vain
from tests.chaos.history import Deeds
from tests.chaos.load import COMPLETED
from tests.chaos.watched import Watched
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


def answer(added=None, **shows):
    return {"shows": shows, "added": added, "turns": 1}


def test_a_window_that_answers_and_ends_well_has_nothing_wrong(tmp_path):
    window = Watched(Victim(tmp_path, [answer(runner="Runner works, 3 workers")] * 2))
    window.wait_until_works()
    assert window.end() == []


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


@pytest.mark.parametrize(
    ("turns", "added", "refused", "wrong"),
    [
        (100, False, "Another process holds the queue and does not let go", []),
        (1, False, "Another process holds the queue and does not let go", ["made 1 turns while it waited"]),
        (100, False, "No", ["waited in vain says"]),
        (100, True, "", ["waited in vain says"]),
    ],
)
def test_a_window_that_waits_for_the_lock_on_its_loop_or_does_not_say_so_is_found_out(
    tmp_path, turns, added, refused, wrong
):
    said = {**answer(added=added, refused=refused), "turns": turns}
    window = Watched(Victim(tmp_path, [said] * 3))
    found = waited_in_vain(window, window.add(([{"id": "a", "command": "true"}], [COMPLETED])))
    assert len(found) == len(wrong)
    assert all(words in line for words, line in zip(wrong, found, strict=True))


def test_a_built_window_is_asked_nothing(tmp_path):
    window = Watched(Victim(tmp_path, [], name="built"))
    window.wait_until_works()
    assert window.added(window.add(([{"id": "a"}], [COMPLETED]))) is None
    assert window.end() == []
