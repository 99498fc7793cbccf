"""The benchmarks of `dev.py bench`: each script of tests/bench on its own, one table, JSON, and curves as pictures.

A script measures ours and its reference in turns, within one run; nothing here compares one run with another. What a
benchmark alone needs has an environment of its own, and the other queues come as Debian's packages: where one can't be
had, its line says so.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import bench_programs
from environment import Environment, make_from_lock
from processes import run_through_interrupt, tool_environment
from system_libraries import SetupError

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests" / "bench"))

from figures import Figure, count, from_json, table

SCRIPTS = Path(__file__).resolve().parent.parent / "tests" / "bench"
LOCK = "bench.lock"
PYTHON_VARIABLE = "QUEUECTL_BENCH_PYTHON"
"""Tells a script where the Python with the bench-only packages is; it is not set where there is none."""
_MARK = "be_a_script("


@dataclass(frozen=True)
class Result:
    """What one script came to.

    Attributes:
        name: the script.
        seconds: how long it took.
        figures: what it found, in its order.
        failure: why it found nothing; empty where it did.
    """

    name: str
    seconds: float
    figures: Sequence[Figure] = ()
    failure: str = ""


def main(checkout: Path, environment: Environment, args: list[str], options: Sequence[str]) -> int:
    """Run benchmarks, one after the other; one that fails does not keep the next from running.

    Args:
        checkout: the folder that holds pyproject.toml.
        environment: its virtual environment, ready.
        args: of the verb.
        options: for the scripts themselves, such as their sizes.

    Returns:
        1 where a script failed, else 0: a figure that misses its reach is told, and is no failure.
    """
    known = names()
    parser = argparse.ArgumentParser(prog="dev.py bench", description="The benchmarks of this checkout.")
    parser.add_argument("--only", action="append", choices=known, metavar="NAME", help="this one (repeatable)")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: shows that it works, and no figures of worth")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures with their samples there")
    parser.add_argument("--list", action="store_true", help="name the benchmarks, and run none")
    wish = parser.parse_args(args)
    if wish.list:
        print("\n".join(f"{name:<20} {purpose(name)}" for name in known))
        return 0
    folder = checkout / ".bench"
    folder.mkdir(exist_ok=True)
    extra = _extras(checkout)
    quick = ["--quick"] if wish.quick else []
    variables = {PYTHON_VARIABLE: str(extra.python)} if extra is not None else {}
    chosen = [name for name in known if wish.only is None or name in wish.only]
    results = [run_one(environment.python, name, [*quick, *options], variables) for name in chosen]
    document = report(results, quick=wish.quick)
    for path in (folder / "figures.json", *([wish.json] if wish.json else [])):
        path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    print("\n" + told(results))
    _draw(extra, folder)
    return 1 if any(result.failure for result in results) else 0


def names() -> list[str]:
    """The scripts that there are."""
    return sorted(path.stem for path in SCRIPTS.glob("*.py") if f"    {_MARK}" in path.read_text(encoding="utf-8"))


def purpose(name: str) -> str:
    """The first line of a script, which says what it measures."""
    with (SCRIPTS / f"{name}.py").open(encoding="utf-8") as script:
        return script.readline().strip().strip('"')


def run_one(python: Path, name: str, options: Sequence[str], variables: Mapping[str, str]) -> Result:
    """Run one script; whatever becomes of it is a result."""
    print(f"\n== {name}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "figures.json"
        command = [python, SCRIPTS / f"{name}.py", "--json", found, *options]
        code = run_through_interrupt(command, env=tool_environment() | dict(variables))
        seconds = time.monotonic() - began
        if code != 0:
            return Result(name, seconds, failure=f"exit code {code}; what it said stands above")
        figures = [from_json(each) for each in json.loads(found.read_text(encoding="utf-8"))]
    return Result(name, seconds, figures)


def report(results: Sequence[Result], *, quick: bool) -> dict[str, object]:
    """Everything that was found, and on what kind of machine, as plain values."""
    return {
        "machine": machine(),
        "quick": quick,
        "scripts": [
            {
                "name": result.name,
                "seconds": round(result.seconds, 1),
                "failure": result.failure,
                "figures": [figure.as_json() for figure in result.figures],
            }
            for result in results
        ],
    }


def told(results: Sequence[Result]) -> str:
    """The table of all figures, what failed, and the machine: without it no absolute figure says anything."""
    figures = [figure for result in results for figure in result.figures]
    failures = [f"{result.name} FAILED: {result.failure}" for result in results if result.failure]
    facts = machine()
    kind = f"{facts['system']}, {facts['cores']} cores ({facts['processor']}), Python {facts['python']}"
    failed = f", {len(failures)} scripts failed" if failures else ""
    return "\n".join([table(figures), *failures, f"{count(figures)}{failed}", f"measured on: {kind}"])


def machine() -> dict[str, object]:
    """The kind of this machine; nothing that names it."""
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def _processor() -> str:
    if sys.platform.startswith("linux"):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _extras(checkout: Path) -> Environment | None:
    """The other queues and the bench-only packages; None where the latter can't be had, which is told."""
    bench_programs.install()
    try:
        return make_from_lock(checkout / ".bench" / "venv", checkout / "packaging" / LOCK)
    except SetupError as error:
        print(f"{error}\nWithout the bench-only packages there are no pictures, and no huey to compare with.")
        return None


def _draw(extra: Environment | None, folder: Path) -> None:
    if extra is not None:
        script = Path(__file__).with_name("bench_pictures.py")
        run_through_interrupt([extra.python, script, folder / "figures.json", folder], env=tool_environment())
