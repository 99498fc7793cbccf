"""A campaign can be interrupted, keeps what a violation is shown by, and goes on with the other attacks."""

import os
import subprocess
import sys
from collections import Counter

import pytest

from tests.chaos.__main__ import fresh, parser_of_arguments
from tests.chaos.attack import Attack, Result, rounds_of
from tests.chaos.attacks import ATTACKS
from tests.chaos.campaign import MEMORY, PROGRESS, Campaign
from tests.chaos.leftovers import end_leftovers, processes_of
from tests.chaos.progress import Progress, read
from tests.desktop.real.targets import Target
from tests.runners import environment, wait_for

TARGET = Target("source", window=(), console=())


@pytest.fixture
def folder(tmp_path):
    it = tmp_path / "chaos"
    it.mkdir()
    return it


class Tried:
    """An attack that does nothing but to note that it was called."""

    def __init__(self, name="tried", finds=(), season=5, **more):
        self.calls, self.places = [], []
        self._finds = finds
        self.attack = Attack(name, "does nothing", self._run, rounds=3, campaign=30, season=season, **more)

    def _run(self, rounds, seed, place):
        self.calls.append((rounds, seed))
        self.places.append(place.folder)
        (place.folder / "history").write_text("what was done")
        if self._finds == "a bug":
            raise RuntimeError("the attack is wrong")
        return Result(Counter(kills=rounds), list(self._finds), [f"{rounds} rounds"])


def campaign(folder, *tried, wanted=12, progress=None):
    progress = progress or Progress(7, "source", 10, {one.attack.name: wanted for one in tried})
    return Campaign(folder, [one.attack for one in tried], progress, TARGET)


def test_all_rounds_are_made_season_by_season_each_with_its_own_seed(folder):
    tried = Tried()
    assert campaign(folder, tried).go_on()
    assert tried.calls == [(5, 7), (5, 12), (2, 17)]
    assert read(folder / PROGRESS).done == {"tried": 12}
    assert read(folder / PROGRESS).result("tried").counts == {"kills": 12}


def test_an_interrupted_one_goes_on_where_it_stopped(folder):
    tried = Tried()
    stopped = Progress(7, "source", 10, {"tried": 12}, {"tried": 5}, {"tried": Result(Counter(kills=5))})
    stopped.write(folder / PROGRESS)
    assert campaign(folder, tried, progress=read(folder / PROGRESS)).go_on()
    assert tried.calls == [(5, 12), (2, 17)]
    assert read(folder / PROGRESS).result("tried").counts == {"kills": 12}


def test_an_attack_that_finds_something_ends_and_its_place_is_kept(folder, capsys):
    tried, other = Tried(finds=["lost: a job"]), Tried("other")
    assert not campaign(folder, tried, other).go_on()
    assert tried.calls == [(5, 7)]
    assert len(other.calls) == 3
    kept = folder / "kept" / "tried-7"
    assert (kept / "history").read_text() == "what was done"
    assert (kept / "violations.txt").read_text() == "seed 7\nlost: a job\n"
    said = capsys.readouterr().out
    assert "tried: VIOLATION: lost: a job" in said
    assert f"kept in {kept}" in said
    assert {path.name for path in folder.iterdir()} == {PROGRESS, "kept"}


@pytest.mark.skipif(not os.access(MEMORY, os.W_OK), reason="no folder of this system lies in memory")
def test_what_is_attacked_in_memory_is_kept_on_the_disk(folder):
    tried = Tried(finds=["lost: a job"], in_memory=True)
    assert not campaign(folder, tried).go_on()
    assert tried.places[0].parent.parent == MEMORY
    assert not tried.places[0].parent.exists()
    assert (folder / "kept" / "tried-7" / "history").exists()


def test_what_was_found_before_an_interruption_is_not_forgotten(folder):
    found = Progress(7, "source", 10, {"tried": 12}, {"tried": 5}, {"tried": Result(violations=["lost: a job"])})
    tried = Tried()
    assert not campaign(folder, tried, progress=found).go_on()
    assert tried.calls == []


def test_an_attack_that_cannot_go_on_counts_as_a_violation(folder, capsys):
    assert not campaign(folder, Tried(finds="a bug")).go_on()
    assert "RuntimeError: the attack is wrong" in capsys.readouterr().out
    assert read(folder / PROGRESS).kept == {"tried": [str(folder / "kept" / "tried-7")]}


def test_what_a_target_lacks_is_skipped_and_told(folder, capsys):
    tried = Tried(lacks={"source": "it has none"})
    assert campaign(folder, tried).go_on()
    assert tried.calls == []
    assert "tried: skipped: it has none" in capsys.readouterr().out


def test_a_round_has_the_same_chance_however_many_there_are():
    short, long = ([chance.random() for _, chance in rounds_of(rounds, 3)] for rounds in (2, 4))
    assert long[:2] == short
    assert len(set(long)) == 4


def test_processes_of_a_place_are_ended_and_no_others(folder):
    sleep = [sys.executable, "-c", "import time; print(flush=True); time.sleep(600)"]
    homes = [folder / "places" / "home", folder.with_name("chaos-2") / "home"]
    mine, other = (
        subprocess.Popen(sleep, env=environment(QUEUECTL_HOME=str(home)), stdout=subprocess.PIPE) for home in homes
    )
    try:
        for process in (mine, other):
            process.stdout.readline()
        assert [found.pid for found in processes_of(folder)] == [mine.pid]
        assert end_leftovers(folder) == 1
        wait_for(lambda: mine.poll() is not None, "its end")
        assert other.poll() is None
    finally:
        for process in (mine, other):
            process.kill()
            process.communicate()


def asked(*words):
    return fresh(parser_of_arguments().parse_args(words), "source")


def test_ci_makes_a_few_rounds_of_every_attack():
    assert asked().wanted == {name: attack.rounds for name, attack in ATTACKS.items()}


def test_the_long_campaign_has_the_sizes_that_were_promised():
    progress = asked("--long")
    promised = {"soak": 60, "claims": 100, "kills": 1000, "kill-points": 20, "starts": 20}
    assert {name: progress.wanted[name] for name in promised} == promised
    assert progress.at_once == 50


def test_attacks_rounds_and_seed_can_be_chosen():
    progress = asked("--attack", "kills", "--attack", "starts", "--rounds", "4", "--at-once", "3", "--seed", "5")
    assert (progress.wanted, progress.at_once, progress.seed) == ({"kills": 4, "starts": 4}, 3, 5)


def test_a_soak_is_made_alone_unless_others_are_named():
    assert asked("--soak", "9").wanted == {"soak": 9}
    assert asked("--soak", "9", "--attack", "claims").wanted == {"claims": 1, "soak": 9}


def test_seeds_differ_where_none_is_given():
    assert len({asked().seed for _ in range(20)}) > 1


def test_each_attack_is_named_and_described_once():
    command = [sys.executable, "-m", "tests.chaos", "--list"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": "."})
    assert [line.split()[0] for line in done.stdout.splitlines()[::2]] == list(ATTACKS)
