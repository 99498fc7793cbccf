"""Following an output of a gigabyte: what was read once is never read again."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.runners import wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="/proc says how much a process has read"),
]

GIGABYTE = 2**30
NOTES = 20
JOB = f"head -c {GIGABYTE} /dev/zero; while read -r note; do echo $note; done < notes"
# bytes: the looks at the database, which come with each ring and four times a second
OTHER_READS = 100_000


class Follower:
    """A ``logs --follow`` at work, whose output is counted and thrown away."""

    def __init__(self, process):
        self.process = process
        self.received = 0
        self.last = b""
        self._thread = threading.Thread(target=self._drain)
        self._thread.start()

    def _drain(self):
        with self.process.stdout as stream:
            while piece := stream.read1(2**20):
                self.received += len(piece)
                self.last = piece[-200:]

    def has_read(self):
        """Bytes that the process asked the system for since its start."""
        return int(self._fact("io", "rchar:"))

    def most_memory(self):
        """Bytes."""
        return int(self._fact("status", "VmHWM:")) * 1024

    def _fact(self, file, name):
        lines = Path(f"/proc/{self.process.pid}/{file}").read_text().splitlines()
        return next(line for line in lines if line.startswith(name)).split()[1]

    def join(self):
        self.process.wait(60)
        self._thread.join(60)


def test_following_an_output_of_a_gigabyte_reads_only_what_is_new(queuectl):
    notes = queuectl.folder / "notes"
    subprocess.run(["mkfifo", str(notes)], check=True)
    queuectl("config", "set", "output-cap", "2G")
    queuectl("enqueue", "--id", "it", "--timeout", "0", "--command", JOB)
    queuectl("worker", "start")
    follower = Follower(queuectl.popen("logs", "it", "--follow", stdout=subprocess.PIPE))
    try:
        with notes.open("w") as pen:
            wait_for(lambda: follower.received == GIGABYTE, "the first gigabyte")
            before = follower.has_read()
            for number in range(NOTES):
                pen.write(f"note {number:03}\n")
                pen.flush()
                wait_for(lambda number=number: follower.last.endswith(b"note %03d\n" % number), "what is new")
            assert queuectl.states() == {"it": "processing"}
            assert follower.received == GIGABYTE + NOTES * len("note 000\n")
            assert follower.has_read() - before < OTHER_READS
            assert before < GIGABYTE * 1.1
            assert follower.most_memory() < 100 * 2**20
        follower.join()
    finally:
        follower.process.kill()
        follower.join()
    assert follower.process.returncode == 0
    assert queuectl.states() == {"it": "completed"}
