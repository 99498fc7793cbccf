"""Choosing the pinned versions from the ranges in pyproject.toml.

There are two locks, which have nothing to do with each other: packaging/requirements.lock for the program and its
tests, packaging/bench.lock for what benchmarks alone need.

A lock serves Linux, macOS and Windows, while pip chooses for the machine it runs on. So this asks pip for
what this machine needs, then looks through the requirements of all that was chosen for what the other systems
need beside it, until nothing new comes up.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path

from environment import Environment, pip_command
from processes import tool_environment

_SYSTEMS = ("linux", "darwin", "win32")
_HEADER = """\
# Made by `python3 packaging/dev.py lock` from the ranges in pyproject.toml. One lock for all systems.
"""

# Runs inside a throw-away environment that has the library `packaging`: only it knows how markers are read.
_READER = """
import json, sys
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
PLATFORM = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}
NAMES = {"linux": "posix", "darwin": "posix", "win32": "nt"}
asked = json.load(sys.stdin)
found = []
for text in asked["requirements"]:
    requirement = Requirement(text)
    for system in asked["systems"]:
        values = default_environment() | {
            "extra": "",
            "os_name": NAMES[system],
            "platform_system": PLATFORM[system],
            "sys_platform": system,
        }
        if requirement.marker is None or requirement.marker.evaluate(values):
            wanted = f"{requirement.name}{requirement.specifier}"
            found.append([canonicalize_name(requirement.name), wanted, system])
json.dump(found, sys.stdout)
"""


def write_locks(checkout: Path) -> int:
    """Choose the newest versions that the ranges allow, and write both locks.

    Args:
        checkout: the folder that holds pyproject.toml.

    Returns:
        The exit code: 0.
    """
    pyproject = checkout / "pyproject.toml"
    write_lock(checkout / "packaging" / "requirements.lock", declared_requirements(pyproject))
    write_lock(checkout / "packaging" / "bench.lock", bench_requirements(pyproject))
    return 0


def write_lock(lock: Path, declared: list[str]) -> None:
    """Choose the newest versions of what is declared, and of all that it needs, and write them down."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Environment(Path(folder) / "venv")
        scratch.create()
        subprocess.run([*pip_command(scratch), "install", "-qq", "packaging"], check=True)
        lines = _Chooser(scratch).lines(declared)
    lock.write_text(_HEADER + "".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
    print(f"{len(lines)} packages are pinned in {lock}")


def declared_requirements(pyproject: Path) -> list[str]:
    """What pyproject.toml asks for, to run the program and to develop it."""
    document = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    return [*document["project"]["dependencies"], *document["dependency-groups"]["dev"]]


def bench_requirements(pyproject: Path) -> list[str]:
    """What pyproject.toml asks for, for benchmarks alone."""
    group: list[str] = tomllib.loads(pyproject.read_text(encoding="utf-8"))["dependency-groups"]["bench"]
    return group


def lock_line(name: str, version: str, systems: Iterable[str]) -> str:
    """One line of the lock: the exact version, and where it is needed if that is not everywhere."""
    needed = set(systems)
    if needed.issuperset(_SYSTEMS):
        return f"{name}=={version}"
    return f"{name}=={version} ; " + " or ".join(f'sys_platform == "{system}"' for system in sorted(needed))


class _Chooser:
    """Collects packages until the requirements of each are met on every system."""

    def __init__(self, scratch: Environment) -> None:
        self._scratch = scratch
        self._versions: dict[str, str] = {}
        self._requires: dict[str, list[str]] = {}

    def lines(self, declared: list[str]) -> list[str]:
        self._choose(declared)
        while True:
            systems, missing = self._reach(declared)
            if not missing:
                break
            self._choose(sorted(missing), foreign=True)
        return [lock_line(name, self._versions[name], systems[name]) for name in sorted(systems)]

    def _reach(self, declared: list[str]) -> tuple[dict[str, set[str]], set[str]]:
        """Walk from what is declared: the systems each package is needed on, and what was not chosen yet."""
        systems: dict[str, set[str]] = {}
        missing: set[str] = set()
        ahead = self._read(declared, _SYSTEMS)
        while ahead:
            name, wanted, system = ahead.pop()
            if name not in self._versions:
                missing.add(wanted)
            elif system not in systems.setdefault(name, set()):
                systems[name].add(system)
                ahead += self._read(self._requires[name], [system])
        return systems, missing

    def _read(self, requirements: list[str], systems: Iterable[str]) -> list[tuple[str, str, str]]:
        question = json.dumps({"requirements": requirements, "systems": list(systems)})
        answer = subprocess.run(
            [str(self._scratch.python), "-I", "-c", _READER],
            input=question,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return [(name, wanted, system) for name, wanted, system in json.loads(answer.stdout)]

    def _choose(self, requirements: list[str], *, foreign: bool = False) -> None:
        report = self._scratch.root / "report.json"
        command = [*pip_command(self._scratch), "install", "--dry-run", "-qq", "--ignore-installed"]
        if foreign:
            # The one system beside this that needs packages of its own. pip wants a target to look for it.
            target = str(self._scratch.root / "unused")
            command += ["--no-deps", "--only-binary=:all:", "--platform", "win_amd64", "--target", target]
        subprocess.run(
            [*command, "--report", str(report), *requirements],
            env=tool_environment(),
            check=True,
            stdout=sys.stderr,
        )
        for item in json.loads(report.read_text(encoding="utf-8"))["install"]:
            metadata = item["metadata"]
            name = metadata["name"].lower().replace("_", "-").replace(".", "-")
            self._versions[name] = metadata["version"]
            self._requires[name] = metadata.get("requires_dist", [])
