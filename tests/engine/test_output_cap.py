"""Outputs stay below their cap, and say what is missing."""

import os
import sys

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine import output_cap
from app.engine.output_cap import OutputCap, gap_line, kept, shorten
from app.engine.punch_hole import punch_hole
from tests.engine.pools import working
from tests.runners import running, wait_for
from tests.store.jobs import new, opened


@given(size=st.integers(0, 2**40), cap=st.integers(4096, 2**34))
def test_what_is_kept_is_the_cap_and_never_more_than_there_is(size, cap):
    start, end = kept(size, cap)
    assert 0 <= start <= end <= size
    assert start + (size - end) == min(size, cap)


def test_a_long_output_becomes_head_gap_and_tail(tmp_path):
    path = tmp_path / "1.log"
    data = bytes(range(256)) * 400
    path.write_bytes(data)
    shorten(path, 8192)
    assert path.read_bytes() == data[:2048] + gap_line(len(data) - 8192) + data[-6144:]
    assert [one.name for one in tmp_path.iterdir()] == ["1.log"]
    assert os.name != "posix" or path.stat().st_mode & 0o777 == 0o600


def test_an_output_within_the_cap_is_not_touched(tmp_path):
    path = tmp_path / "1.log"
    path.write_bytes(b"x" * 8192)
    before = path.stat()
    shorten(path, 8192)
    assert path.stat().st_ino == before.st_ino
    assert path.read_bytes() == b"x" * 8192


def test_the_gap_says_how_much_is_missing():
    assert gap_line(2_983_222_784) == b"\n[QueueCTL: 2,983,222,784 bytes are left out here]\n"


@pytest.mark.skipif(sys.platform != "linux", reason="allocated blocks are read as Linux tells them")
def test_a_hole_frees_blocks_under_somebody_who_appends(tmp_path):
    path = tmp_path / "1.log"
    with path.open("ab", buffering=0) as writer:
        writer.write(b"x" * (1 << 20))
        assert punch_hole(path, 4096, (1 << 20) - 8192)
        assert path.stat().st_blocks * 512 <= 16_384
        writer.write(b"y" * 10)
    data = path.read_bytes()
    assert len(data) == (1 << 20) + 10
    assert data[:4096] == b"x" * 4096
    assert data[8192:16_384] == bytes(8192)
    assert data[-10:] == b"y" * 10


def test_a_hole_smaller_than_a_block_frees_nothing(tmp_path):
    path = tmp_path / "1.log"
    path.write_bytes(b"x" * 8192)
    assert punch_hole(path, 100, 4000)
    assert path.read_bytes() == b"x" * 8192


@pytest.mark.skipif(sys.platform != "linux", reason="allocated blocks are read as Linux tells them")
def test_while_it_grows_the_middle_of_a_watched_output_is_given_back(tmp_path, qtbot):
    path = tmp_path / "1.log"
    cap = OutputCap(lambda: 65_536)
    try:
        with path.open("ab", buffering=0) as writer:
            cap.watch(path)
            writer.write(b"x" * (4 << 20))
            qtbot.waitUntil(lambda: path.stat().st_blocks * 512 <= 65_536 + 8192)
            writer.write(b"y" * (4 << 20))
            qtbot.waitUntil(lambda: path.stat().st_blocks * 512 <= 65_536 + 8192)
        with qtbot.waitSignal(cap.finished):
            cap.finish(path)
        data = path.read_bytes()
        assert data.startswith(b"x" * 16_384 + b"\n[QueueCTL: ")
        assert data.endswith(b"y" * 49_152)
        assert len(data) < 65_536 + 100
    finally:
        cap.close()


def test_a_file_system_that_frees_nothing_is_told_once_however_many_jobs_write_to_it(
    tmp_path, qtbot, caplog, monkeypatch
):
    tried = []
    monkeypatch.setattr(output_cap, "punch_hole", lambda path, *_: tried.append(path))
    paths = [tmp_path / str(seq) / "1.log" for seq in range(3)]
    cap = OutputCap(lambda: 4096)
    try:
        for path in paths:
            path.parent.mkdir()
            path.write_bytes(b"x" * 8192)
            cap.watch(path)
        qtbot.waitUntil(lambda: set(tried) == set(paths))
    finally:
        cap.close()
    assert caplog.messages == ["this file system frees no parts of files: outputs are shortened when their runs end"]


def test_what_was_asked_to_be_finished_is_finished_before_it_closes(tmp_path, qapp):  # noqa: ARG001
    path = tmp_path / "1.log"
    path.write_bytes(b"x" * 100_000)
    cap = OutputCap(lambda: 4096)
    cap.watch(path)
    cap.finish(path)
    cap.close()
    assert path.stat().st_size < 4200


@pytest.mark.skipif(sys.platform == "win32", reason="the command here is for /bin/sh")
def test_the_run_knows_the_whole_size_and_its_error_the_last_line(home, qtbot):
    with working(home, qtbot, output_cap=8192) as at_work:
        command = "head -c 100000 /dev/zero; echo; echo the end; exit 3"
        at_work.store.intake.enqueue([new("it", command=command, max_retries=1)])
        at_work.wait_for_states(it="dead")
        assert at_work.job("it").error == "Exit code 3: the end"
        assert at_work.runs("it")[0].output_bytes == 100_009
        assert len(at_work.output("it")) < 8300
        assert at_work.output("it").endswith(b"the end\n")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="allocated blocks are read as Linux tells them")
def test_three_gigabytes_of_output_never_take_more_than_the_cap_and_a_second_of_writing(home):
    cap, total = 16 << 20, 3_000_000_000
    with opened(home) as store, running(home) as runner:
        store.intake.enqueue([new("first", command="echo hi")])
        wait_for(lambda: store.reads.by_id("first").state == "completed")  # all is imported by then
        memory = psutil.Process(runner.pid).memory_info().rss
        store.intake.enqueue([new("it", command=f"head -c {total} /dev/zero | tr '\\0' x; echo; echo end", timeout=0)])
        path = store.outputs.path(2, 1)
        sizes, blocks = [0], []

        def look():
            if path.exists():
                found = path.stat()
                sizes.append(found.st_size)
                # once the run is over the file is written anew, and small
                written = max(0, sizes[-1] - sizes[max(0, len(sizes) - 50)])
                blocks.append((found.st_blocks * 512, written))
            return store.reads.by_seq(2).state == "completed"

        wait_for(look)  # 50 looks are a second, or more
        assert len(blocks) > 20
        assert max(allocated - written for allocated, written in blocks) <= cap + (1 << 16)
        data = path.read_bytes()
        assert data.startswith(b"x" * (cap // 4) + b"\n[QueueCTL: ")
        assert data.endswith(b"x\nend\n")
        assert len(data) < cap + 100
        assert store.reads.details(2).runs[0].output_bytes == total + 5
        assert psutil.Process(runner.pid).memory_info().rss - memory <= 20 << 20
