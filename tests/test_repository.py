"""The checkout is as the design says: its folders, its pinned packages, the size of its modules."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
TOP_LEVEL = {
    *(".ci", ".github", "app", "packaging", "resources", "tests"),
    *(".editorconfig", ".gitignore", "CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml"),
}
PIN = re.compile(r"(?P<name>[a-z0-9][a-z0-9-]*)==(?P<version>[0-9][0-9a-z.]*)( ; (?P<marker>[a-z0-9_ ='\"]+))?")
# One idea a module needs about 300 lines; with some more it still is one idea.
LONGEST_MODULE = 400


def pinned(lock):
    lines = (ROOT / "packaging" / lock).read_text(encoding="utf-8").splitlines()
    matches = {line: PIN.fullmatch(line) for line in lines if line and not line.startswith("#")}
    assert [line for line, match in matches.items() if match is None] == []
    return {match["name"]: match["version"] for match in matches.values()}


@pytest.fixture(scope="module")
def pins():
    return pinned("requirements.lock")


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def tracked_files():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("this is not a git checkout")
    return [Path(name) for name in listed.stdout.split("\0") if name]


def test_the_top_level_holds_nothing_unexpected():
    assert {path.parts[0] for path in tracked_files()} - TOP_LEVEL == set()


def test_nothing_made_here_is_tracked():
    made = {
        ".venv",
        ".chaos",
        ".bench",
        ".demo",
        "__pycache__",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".hypothesis",
        "dist",
    }
    assert [path for path in tracked_files() if made & set(path.parts)] == []


def test_packaging_is_no_package():
    # It would hide the library of that name from everything that starts in this folder.
    assert not (ROOT / "packaging" / "__init__.py").exists()


def test_the_lock_names_each_package_once_in_order(pins):
    text = (ROOT / "packaging" / "requirements.lock").read_text(encoding="utf-8")
    names = [line.split("==")[0] for line in text.splitlines() if not line.startswith("#")]
    assert names == sorted(pins)


@pytest.mark.parametrize("lock", ["requirements.lock", "bench.lock"])
def test_the_lock_names_no_address(lock):
    text = (ROOT / "packaging" / lock).read_text(encoding="utf-8")
    assert not re.search(r"://|--index|--extra|--find|@|\.(org|com|io)\b", text)


def test_every_declared_dependency_is_pinned_within_its_range(pins, project):
    declared = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    assert not_within(declared, pins) == []


def not_within(declared, pins):
    return [
        text
        for text in declared
        if (version := pins.get(canonicalize_name(Requirement(text).name))) is None
        or not Requirement(text).specifier.contains(version)
    ]


def test_what_benchmarks_alone_need_has_a_lock_of_its_own(pins, project):
    declared = project["dependency-groups"]["bench"]
    assert not_within(declared, pinned("bench.lock")) == []
    assert {canonicalize_name(Requirement(text).name) for text in declared} & set(pins) == set()


def test_the_broken_qt_is_refused(project):
    (qt,) = (Requirement(text) for text in project["project"]["dependencies"] if text.startswith("PySide6"))
    assert not qt.specifier.contains("6.12.0")
    assert qt.specifier.contains("6.11.3")


def test_no_module_is_too_long():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "app").rglob("*.py")}
    assert {str(path): lines for path, lines in lengths.items() if lines > LONGEST_MODULE} == {}


def test_the_example_files_say_how_each_job_ends():
    examples = ROOT / "resources" / "examples"
    expected = json.loads((examples / "first-jobs.expected.json").read_text(encoding="utf-8"))
    for system in ("posix", "windows"):
        jobs = json.loads((examples / f"first-jobs.{system}.json").read_text(encoding="utf-8"))["jobs"]
        assert {job["id"] for job in jobs} == set(expected)
