"""The frame of the benchmarks: what becomes of samples, how the table tells it, and scripts that fail."""

import json
import sys
from types import SimpleNamespace

import pytest

from tests.packaging.test_dev import ROOT, load

bench = load("bench")
figures = sys.modules["figures"]
Figure, Of, at_least, at_most = figures.Figure, figures.Of, figures.at_least, figures.at_most

SCRIPT = """\
"Measures nothing."
import sys
sys.path.insert(0, {root!r})
from tests.bench.figures import Figure, at_most
from tests.bench.script import be_a_script
from dataclasses import dataclass
@dataclass(frozen=True)
class Sizes:
    rounds: int = 9
def measure(sizes):
    {body}
if __name__ == "__main__":
    be_a_script(__doc__, measure, Sizes(), Sizes(rounds=2))
"""


class TestFigure:
    def test_is_the_ratio_of_the_medians_whatever_single_samples_say(self):
        assert Figure("f", "ms", (1.0, 2.0, 900.0), (4.0, 0.001, 4.0), reach=at_most(0.5)).value == 0.5

    @pytest.mark.parametrize(
        ("of", "value"), [(Of.MEDIAN, 50.5), (Of.P99, 99), (Of.MOST, 100), (Of.DIFFERENCE, 40.5), (Of.RATIO, 5.05)]
    )
    def test_is_what_its_reach_is_about(self, of, value):
        samples = tuple(float(number) for number in range(1, 101))
        assert Figure("f", "ms", samples, (10.0,), reach=at_most(1, of)).value == pytest.approx(value)

    def test_takes_the_sample_below_which_so_many_are(self):
        samples = tuple(float(number) for number in range(1, 10_001))
        assert Figure("f", "ms", samples, reach=at_most(1, Of.P999)).value == 9990
        assert figures.percentile((7.0,), 0.99) == 7

    @pytest.mark.parametrize(
        ("reach", "is_reached"),
        [(at_least(2), True), (at_least(2.01), False), (at_most(2), True), (at_most(1.99), False), (None, None)],
    )
    def test_is_reached_at_its_bound_and_missed_beyond_it(self, reach, is_reached):
        assert Figure("f", "jobs/s", (8.0,), (4.0,), reach=reach).reached is is_reached

    def test_that_was_not_measured_is_neither_reached_nor_missed(self):
        figure = Figure("f", "ms", reach=at_most(2), missing="no nq here")
        assert (figure.value, figure.reached) == (None, None)

    def test_without_a_reference_has_no_ratio(self):
        assert Figure("f", "ms", (1.0,), reach=at_most(2)).reached is None

    @pytest.mark.parametrize(
        "figure",
        [
            Figure("f", "ms", (1.0, 2.0), (3.0,), "bare", at_least(0.85), "scaling: claim", 1e6),
            Figure("f", "ms", missing="why", reach=at_most(3, Of.P999)),
            Figure("f", "ms", (1.0,)),
        ],
    )
    def test_comes_back_from_json_as_it_was(self, figure):
        assert figures.from_json(json.loads(json.dumps(figure.as_json()))) == figure


class TestTable:
    def test_tells_median_spread_reference_reach_and_what_came_of_it(self):
        met = Figure("jobs", "jobs/s", (10.0, 20.0, 30.0), (20.0,), "bare loop", at_least(0.85))
        missed = Figure("late", "ms", (1.0, 2000.0), reach=at_most(30, Of.P99))
        lines = figures.table([met, missed]).splitlines()
        cells = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines]
        assert cells[1] == [
            "jobs",
            "20 jobs/s (15-25)",
            "20 jobs/s (20-20) bare loop",
            "ratio 1",
            "ratio >= 0.85",
            "reached",
        ]
        assert cells[2] == ["late", "1,000 ms (501-1,500)", "p99 2,000", "p99 <= 30", "MISSED"]

    def test_says_why_something_was_not_measured(self):
        line = figures.table([Figure("beside nq", "jobs/s", missing="nq is not installed here")]).splitlines()[1]
        assert "nq is not installed here" in line
        assert line.endswith("not measured")

    def test_is_aligned(self):
        lines = figures.table(
            [Figure("a", "ms", (1.0,), (1.0,), "b"), Figure("much longer", "jobs/s", (1e6,), (1.0,), "b")]
        ).splitlines()
        assert lines[1].index(" b") - lines[2].index(" b") == len("1 ms") - len("1 jobs/s")

    def test_counts(self):
        found = [
            Figure("a", "ms", (1.0,), (1.0,), reach=at_most(1)),
            Figure("b", "ms", (2.0,), (1.0,), reach=at_most(1)),
            Figure("c", "ms", missing="why", reach=at_most(1)),
            Figure("d", "ms", (1.0,)),
        ]
        assert figures.count(found) == "1 reached, 1 missed, 1 not measured"


class TestRun:
    @pytest.fixture
    def scripts(self, tmp_path, monkeypatch):
        """Makes scripts, and runs the verb on them."""
        folder = tmp_path / "scripts"
        folder.mkdir()
        monkeypatch.setattr(bench, "SCRIPTS", folder)
        monkeypatch.setattr(bench, "_extras", lambda _checkout: None)

        def write(**bodies):
            for name, body in bodies.items():
                text = SCRIPT.format(root=str(ROOT), body=body)
                (folder / f"{name}.py").write_text(text, encoding="utf-8")

        def run(*args, options=()):
            # a script is a process, so what the environment is does not matter
            return bench.main(tmp_path, SimpleNamespace(python=sys.executable), list(args), options)

        return SimpleNamespace(write=write, run=run, found=tmp_path / ".bench" / "figures.json")

    def test_a_script_that_fails_is_said_and_does_not_stop_the_others(self, scripts, capfd):
        scripts.write(
            a="raise RuntimeError('broken')", b="sys.exit(3)", c="return [Figure('of c', 'ms', (1.0,) * sizes.rounds)]"
        )
        assert scripts.run() == 1
        told = capfd.readouterr().out
        assert "a FAILED: exit code 1" in told
        assert "b FAILED: exit code 3" in told
        assert "of c" in told
        assert "2 scripts failed" in told
        written = json.loads(scripts.found.read_text())["scripts"]
        assert [bool(script["failure"]) for script in written] == [True, True, False]

    def test_what_misses_its_reach_is_told_and_is_no_failure(self, scripts, capfd):
        scripts.write(a="return [Figure('f', 'ms', (3.0,), (1.0,), reach=at_most(2))]")
        assert scripts.run() == 0
        assert "0 reached, 1 missed, 0 not measured" in capfd.readouterr().out

    @pytest.mark.parametrize(
        ("args", "options", "rounds"), [([], [], 9), (["--quick"], [], 2), ([], ["--rounds=4"], 4)]
    )
    def test_its_sizes_are_the_usual_ones_tiny_ones_or_those_that_were_given(self, scripts, args, options, rounds):
        scripts.write(a="return [Figure('f', 'ms', (1.0,) * sizes.rounds)]")
        assert scripts.run(*args, options=options) == 0
        (script,) = json.loads(scripts.found.read_text())["scripts"]
        assert len(script["figures"][0]["ours"]) == rounds

    def test_only_what_was_named_is_run_and_written_where_it_was_asked_for(self, scripts, tmp_path, capfd):
        scripts.write(a="return []", b="sys.exit(1)")
        assert scripts.run("--only", "a", "--json", str(tmp_path / "own.json")) == 0
        assert json.loads((tmp_path / "own.json").read_text()) == json.loads(scripts.found.read_text())
        assert "== b" not in capfd.readouterr().out

    def test_the_list_names_each_with_what_it_measures_and_runs_none(self, scripts, capfd):
        scripts.write(a="sys.exit(1)")
        assert scripts.run("--list") == 0
        assert capfd.readouterr().out.split(None, 1) == ["a", "Measures nothing.\n"]

    def test_the_machine_is_told_by_its_kind_and_not_by_its_name(self):
        assert set(bench.machine()) == {"system", "processor", "cores", "python"}


def test_the_scripts_of_this_checkout_are_all_found():
    frame = {"figures", "script", "filling", "foreign", "filled_window", "frozen_start"}
    assert set(bench.names()) == {path.stem for path in (ROOT / "tests" / "bench").glob("*.py")} - frame
