"""A real process holds the write lock for as long as it says, and nothing is lost for it."""

from random import Random

import pytest

from tests.chaos.fault_lock import SLOTS, hold_once
from tests.chaos.load import Load
from tests.chaos.victim import attacked
from tests.chaos.watched import Watched
from tests.desktop.real import targets

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seconds", [1, 10, 60])
def test_while_another_process_holds_the_lock_runs_go_on_and_their_ends_are_kept(tmp_path, seconds):
    with attacked(tmp_path, targets.source()) as victim:
        victim.ask("config", "set", "grace", "0.3")
        victim.start_runner(SLOTS)
        victim.ask("config", "set", "review-before-add", "off")
        window = Watched(victim)
        window.wait_until_works()
        wrong = hold_once(victim, window, Load(victim.witness, Random(seconds)), 1, seconds)
        assert [*wrong, *window.end(), *victim.check()] == []
