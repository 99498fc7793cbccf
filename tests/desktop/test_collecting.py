"""Cycles are looked for on one thread."""

import gc
import threading

import pytest
from PySide6.QtCore import QObject, QThread

from app.desktop.collecting import Collector


@pytest.fixture
def collector(qapp):
    was = gc.isenabled()
    collector = Collector(qapp)
    yield collector
    collector.setParent(None)
    gc.unfreeze()
    if was:
        gc.enable()


class Ring(QObject):
    """Refers to itself, and notes on which thread it went."""

    def __init__(self, gone):
        super().__init__()
        self.itself = self
        self._gone = gone

    def __del__(self):
        self._gone.append(QThread.currentThread())


def test_garbage_is_collected_here_however_much_another_thread_allocates(collector):
    gone = []
    for _ in range(1000):
        Ring(gone)
    thread = threading.Thread(target=lambda: [[] for _ in range(100_000)])
    thread.start()
    thread.join()
    assert gone == []
    collector.collect()
    assert len(gone) == 1000
    assert set(gone) == {QThread.currentThread()}
