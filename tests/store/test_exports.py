"""Files that jobs are written to, as a spreadsheet and an import read them."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.saved_job import Reading, read_saved
from app.store.exports import write_lines, write_table
from tests.store.jobs import all_jobs, enqueue, opened

FORMULAS = [
    *(
        "=cmd|' /C calc'!A0",
        "+1+1",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(1+1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\uff1d1",
        "\uff20x",
    ),
    *("a;=1", "a; =1", 'a";=1', "a;\t=1", "x;;@y", ";=1", ';"=', 'a; "" =1'),
]
STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
CELLS = st.lists(st.text("=+-@;,\"' \t\r\nab1\uff1d", max_size=12) | st.sampled_from(FORMULAS), min_size=1, max_size=4)


def written(cells):
    out = io.StringIO()
    write_table([cells], [(f"c{place}", lambda row, place=place: row[place]) for place in range(len(cells))], out)
    return out.getvalue()


def read(text, delimiter):
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))[1:]


@given(cells=CELLS)
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_no_spreadsheet_of_any_language_finds_a_formula(delimiter, cells):
    for row in read(written(cells), delimiter):
        for cell in row:
            assert not cell.lstrip().startswith(STARTS), cell


@given(cells=st.lists(st.text("abc ,\"'1.", max_size=12), min_size=1, max_size=4))
def test_other_texts_are_written_as_they_are(cells):
    assert read(written(cells), ",") in ([cells], [[]] if cells == [""] else [cells])


def test_numbers_stay_numbers():
    assert written([-1, 0.5, None]) == "c0,c1,c2\r\n-1,0.5,\r\n"


@pytest.mark.parametrize("text", FORMULAS)
def test_json_lines_hold_the_very_text_and_come_back_as_it_was(home, clock, text):
    with opened(home, clock=clock) as store:
        enqueue(store, "it", command=f"x{text}", env={"A": text})
        (job,) = all_jobs(store)
        out = io.StringIO()
        write_lines([job], out, with_env=True)
        assert json.loads(out.getvalue())["command"] == f"x{text}"
        (back,) = read_saved(
            iter(out.getvalue().splitlines()), "x", Reading(store.options.defaults(), "/", as_is=False)
        )
        assert (back.spec.command, back.spec.env) == (f"x{text}", {"A": text})
