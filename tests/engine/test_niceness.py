"""Jobs give way to what the person does: for the processor, and for the disk."""

import os
import sys

import psutil
import pytest

from tests.engine.pools import working
from tests.store.jobs import new
from tests.wine import not_under_wine, windows_only

posix = pytest.mark.skipif(sys.platform == "win32", reason="the commands are for /bin/sh")


def enqueue(at_work, **fields):
    at_work.store.intake.enqueue([new("it", **fields)])


@posix
@pytest.mark.parametrize(("niceness", "expected"), [("normal", 0), ("below-normal", 10), ("idle", 19)])
def test_jobs_give_way_as_the_option_says(home, qtbot, niceness, expected):
    with working(home, qtbot, niceness=niceness) as at_work:
        # nice is set right after the start: a shell that has just begun may still see the old one
        enqueue(at_work, command=f"until [ $(nice) = {os.nice(0) + expected} ]; do sleep 0.01; done; nice")
        at_work.wait_for_states(it="completed")
        assert int(at_work.output("it")) == os.nice(0) + expected


def of_the_disk(home, qtbot, tmp_path, niceness):
    """Run a job and return its class for the disk, and that of what it started."""
    gate = tmp_path / "gate"
    with working(home, qtbot, niceness=niceness) as at_work:
        enqueue(at_work, command=f"until [ -e {gate} ]; do sleep 0.01; done; ionice -p $(sh -c 'echo $PPID')")
        at_work.wait_for(lambda: at_work.started)
        found = psutil.Process(at_work.started[0].pid).ionice().ioclass
        gate.touch()
        at_work.wait_for_states(it="completed")
        return found, at_work.output("it").decode().split(":")[0].strip()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own words")
def test_an_idle_job_has_the_disk_when_nobody_else_wants_it(home, qtbot, tmp_path):
    assert of_the_disk(home, qtbot, tmp_path, "idle") == (psutil.IOPRIO_CLASS_IDLE, "idle")


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own words")
def test_below_normal_the_disk_follows_the_processor(home, qtbot, tmp_path):
    """Without a class of its own a process has (nice + 20) / 5, ioprio_set(2): 6 here, where 4 is normal."""
    assert of_the_disk(home, qtbot, tmp_path, "below-normal") == (psutil.IOPRIO_CLASS_NONE, "none")


ON_WINDOWS = [("normal", "NORMAL", "NORMAL"), ("below-normal", "BELOW_NORMAL", "LOW"), ("idle", "IDLE", "VERYLOW")]


def started_on_windows(at_work):
    enqueue(at_work, command="ping -n 60 127.0.0.1 >nul", cwd="C:\\")
    at_work.wait_for(lambda: at_work.started)
    return psutil.Process(at_work.started[0].pid)


@windows_only
@pytest.mark.parametrize(("niceness", "processor", "disk"), ON_WINDOWS)
def test_on_windows_jobs_give_way_too(home, qtbot, niceness, processor, disk):
    del disk
    with working(home, qtbot, niceness=niceness) as at_work:
        assert started_on_windows(at_work).nice() == getattr(psutil, f"{processor}_PRIORITY_CLASS")


@windows_only
@not_under_wine("it knows no priorities for the disk")
@pytest.mark.parametrize(("niceness", "processor", "disk"), ON_WINDOWS)
def test_on_windows_jobs_give_way_at_the_disk_too(home, qtbot, niceness, processor, disk):
    del processor
    with working(home, qtbot, niceness=niceness) as at_work:
        assert started_on_windows(at_work).ionice() == getattr(psutil, f"IOPRIO_{disk}")
