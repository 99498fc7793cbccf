"""What the window does with a million jobs: how soon rows are there, and how late its event loop is under full load.

A real window, a real store, a real runner. The event loop's delay is that of a timer of 5 ms, beyond its interval; its
reference is the same window in the same run while nothing happens.
"""

import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.domain.job import MAX_PRIORITY, State
from app.paths import Home
from app.store.views import Column, Filter, View
from tests.bench.figures import Figure, Of, at_most
from tests.bench.filled_window import Late, has_rows, shown, spin, until
from tests.bench.filling import fill_home
from tests.bench.script import be_a_script
from tests.runners import running
from tests.store.jobs import opened


@dataclass(frozen=True)
class Sizes:
    many: int = 1_000_000
    tries: int = 5
    seconds: int = 60
    workers: int = 4


def measure(sizes):
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        fill_home(home, sizes.many)
        began = time.monotonic()
        with shown(home) as window:
            table = window.jobs.table
            until(lambda: table.total == sizes.many and has_rows(table))
            first = ((time.monotonic() - began) * 1000,)
            spin(500)
            yield Figure(f"first rows of {sizes.many:,} after the window is made", "ms", first)
            yield from look_around(table, sizes)
            yield from change_by_others(table, home, sizes.tries)
            sort(table, View())
            yield from loop_delay(home, sizes)


def timed(name, samples, most):
    return Figure(f"window, {name}", "ms", tuple(samples), reach=at_most(most, Of.MEDIAN))


def look_around(table, sizes):
    many, tries = sizes.many, sizes.tries
    yield timed("bar dragged far: rows after", [drag(table, many) for _ in range(tries)], 300)
    for by in (Column.CREATED, Column.STATE, Column.ID, Column.PRIORITY):
        yield timed(f"first rows by {by}", [sort(table, View(by=by, descending=d)) for d in (False, True) * tries], 100)
        yield timed(f"scrolled by {by}", [scroll(table, row) for row in places(many)], 50)
    for by in (Column.COMMAND, Column.DURATION, Column.EFFECTIVE):
        sort(table, View())
        yield timed(f"first rows by {by}", [sort(table, View(by=by, descending=d)) for d in (False, True, False)], 2500)
        yield timed(f"scrolled by {by}", [scroll(table, row) for row in places(many)], 50)
    sort(table, View())
    yield timed("first rows of a search", [sort(table, View(filter=Filter(text="77")))], 2500)
    sort(table, View())


def scroll(table, row):
    table.rows.verticalScrollBar().setValue(row * table.rows.verticalHeader().defaultSectionSize())
    last = table.total - 1
    return until(lambda: has_rows(table) and min(row, last) <= table.rows.rows_in_sight()[1])


def sort(table, view):
    table.set_view(view)
    return until(lambda: table.view == view and has_rows(table))


def drag(table, many):
    sort(table, View(descending=not table.view.descending))  # so that nothing is here yet
    return scroll(table, many * 777_777 // 1_000_000)


def places(many):
    return [many * part // 11 for part in (3, 8, 1, 5, 10, 2)]


def change_by_others(table, home, tries):
    samples = []
    for by in (Column.CREATED, Column.STATE, Column.ID, Column.PRIORITY):
        sort(table, View(by=by))
        with opened(home) as store:
            for _ in range(tries):
                line = table.model.line(2)
                began = time.monotonic()
                store.bulk.change_priority([line.seq], 1 if line.priority < MAX_PRIORITY else -1)
                until(partial(changed, table, line))
                samples.append((time.monotonic() - began) * 1000)
                spin(150)
    yield timed("a change by another process is on screen after", samples, 250)


def changed(table, before):
    row = table.model.row_of(before.seq)
    return row is None or table.model.line(row).priority != before.priority


def loop_delay(home, sizes):
    late = Late()
    spin(2000)
    late.start()
    spin(sizes.seconds * 1000)
    idle = late.stop()
    with opened(home) as store:
        before = store.reads.counts()[State.COMPLETED]
        with running(home, slots=sizes.workers):
            until(lambda: store.reads.counts()[State.COMPLETED] > before)
            late.start()
            spin(sizes.seconds * 1000)
            busy = late.stop()
            done = store.reads.counts()[State.COMPLETED] - before
    name = f"window's event loop late, full load, {sizes.many:,} rows, {sizes.seconds} s"
    yield Figure(name, "ms", busy, idle, "idle window", at_most(50, Of.P999))
    yield Figure("jobs finished meanwhile", "jobs/s", (done / sizes.seconds,))


if __name__ == "__main__":
    be_a_script(__doc__, measure, Sizes(), Sizes(many=3000, tries=1, seconds=2))
