"""Outputs that are large or no text, as ``logs`` shows them: without error, delay, or much memory."""

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.runners import wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="/proc says how much a process has read"),
]

MEGABYTE = 2**20
GIGABYTE = 2**30
NOTES = 20
JOB = f"head -c {GIGABYTE} /dev/zero; while read -r note; do echo $note; done < notes"
# bytes: the looks at the database, which come with each ring and four times a second
OTHER_READS = 100_000


class Reader:
    """A ``logs`` at work, whose output is counted and thrown away."""

    def __init__(self, process, stream):
        self.process = process
        self.received = 0
        self.last = b""
        self.first_after = None
        self.most_memory = 0
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._drain, args=[stream])
        self._thread.start()

    def _drain(self, stream):
        # the end of a terminal is an error
        with stream, suppress(OSError):
            while piece := stream.read(MEGABYTE):
                self.first_after = self.first_after or time.monotonic() - self._began
                self.received += len(piece)
                self.last = (self.last + piece)[-200:]
                with suppress(OSError, StopIteration):
                    self.most_memory = int(self._fact("status", "VmHWM:")) * 1024

    def has_read(self):
        """Bytes that the process asked the system for since its start."""
        return int(self._fact("io", "rchar:"))

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
    follow = queuectl.popen("logs", "it", "--follow", stdout=subprocess.PIPE, bufsize=0)
    follower = Reader(follow, follow.stdout)
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
            assert follower.most_memory < 100 * MEGABYTE
        follower.join()
    finally:
        follower.process.kill()
        follower.join()
    assert follower.process.returncode == 0
    assert queuectl.states() == {"it": "completed"}


OUTPUTS = {
    "a line of 100 MB": f"head -c {100 * MEGABYTE} /dev/zero | tr '\\0' x",
    "bytes of chance": f"head -c {20 * MEGABYTE} /dev/urandom",
    "100 MB of NULs": f"head -c {100 * MEGABYTE} /dev/zero",
    "invalid UTF-8": f"yes $(printf 'gr\\303\\266\\303 \\377') | head -c {20 * MEGABYTE}",
    "UTF-16": f"printf '\\377\\376'; yes | head -c {10 * MEGABYTE} | sed 's/y/h\\x00i\\x00/'",
}


@pytest.mark.parametrize("command", OUTPUTS.values(), ids=OUTPUTS.keys())
def test_what_is_no_text_for_people_is_shown_on_a_terminal_without_error_or_delay(queuectl, command):
    queuectl("config", "set", "output-cap", "2G")
    queuectl("enqueue", "--id", "it", "--timeout", "0", "--command", f"{command}; echo; echo the end")
    queuectl("worker", "run", "--until-empty")
    ours, theirs = os.openpty()
    process = queuectl.popen("logs", "it", stdout=theirs, stderr=subprocess.PIPE)
    os.close(theirs)
    reader = Reader(process, os.fdopen(ours, "rb", buffering=0))
    said = process.communicate(timeout=120)[1]
    reader.join()
    assert (process.returncode, said) == (0, b"")
    assert reader.last.endswith(b"the end\r\n")
    assert reader.first_after < 5
    assert reader.most_memory < 100 * MEGABYTE
