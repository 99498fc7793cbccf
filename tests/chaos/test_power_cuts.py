"""No power cut loses what was acknowledged; and where the disk or SQLite does not sync, this finds that it does."""

import logging

import pytest

from app.paths import Home
from tests.chaos.power_cuts import cut
from tests.chaos.quick_folder import quick_folder
from tests.chaos.recording_vfs import recording
from tests.store.jobs import opened

STATES = 200


@pytest.fixture(autouse=True)
def quiet(caplog):
    caplog.set_level(logging.ERROR, "app.engine.rescue")  # it says of each job that it lost its runner


@pytest.fixture
def folder():
    with quick_folder() as folder:
        yield folder


@pytest.mark.slow
def test_nothing_acknowledged_is_lost(folder):
    counts, losses = cut(STATES, "ci", folder)
    assert losses == []
    assert counts["states"] == STATES
    assert counts["held more than was acknowledged"] > 0  # the moments are between a commit and its acknowledgement too
    assert counts["runs rescued"] > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "how", [{"synchronous": "off"}, {"ignores_syncs": True}], ids=["synchronous off", "a disk that lies"]
)
def test_what_is_not_synced_is_lost_and_the_loss_is_found(folder, how):
    counts, losses = cut(20, "ci", folder, **how)
    assert counts["states"] == 20
    assert losses


def test_what_another_attack_does_at_the_same_time_is_not_recorded(folder):
    with recording(folder / "attacked") as disk, opened(Home(folder / "another")):
        assert disk.log == []
        with opened(Home(folder / "attacked")):
            assert disk.log
