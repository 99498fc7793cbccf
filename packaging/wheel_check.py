"""Whether what is shipped works: the wheel, built from the source archive, away from the checkout."""

import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

from environment import Environment, pip_command
from processes import tool_environment

_LIMIT = 300
_JOB = "from-the-wheel"
_SENTENCE = "the installed program ran this"
_PROBE = """
import pathlib, app, app.paths
print(pathlib.Path(app.__file__).resolve())
print(app.paths.resource("examples").resolve())
"""


class WheelError(Exception):
    """The wheel cannot be built, or does not do what it should; the text says which."""


def check(root: Path, environment: Environment) -> None:
    """Build, install and use the wheel in a temporary folder.

    Args:
        root: the checkout.
        environment: its virtual environment, which has the builder and the dependencies.

    Raises:
        WheelError: something is not as it should be.
    """
    with tempfile.TemporaryDirectory(prefix="queuectl-wheel-") as name:
        folder = Path(name).resolve()
        wheel = _build(root, environment, folder)
        installed = _install(wheel, environment, folder)
        _check_version(installed, folder)
        _check_resources(installed, folder)
        _check_job(installed, folder)


def _build(root: Path, environment: Environment, folder: Path) -> Path:
    """Build the source archive, and the wheel out of that, which shows that nothing is missing in it."""
    builder = [str(environment.python), "-m", "hatchling", "build", "--directory", str(folder)]
    _output([*builder, "--target", "sdist"], cwd=root)
    archive = _only(folder, "*.tar.gz")
    with tarfile.open(archive) as content:
        content.extractall(folder, filter="data")
    _output([*builder, "--target", "wheel"], cwd=folder / archive.name.removesuffix(".tar.gz"))
    wheel = _only(folder, "*.whl")
    print(f"Built {archive.name} and {wheel.name}", flush=True)
    return wheel


def _install(wheel: Path, environment: Environment, folder: Path) -> Environment:
    installed = Environment(folder / "venv")
    installed.create()
    _output([*pip_command(installed), "install", "-qq", "--no-deps", "--no-index", str(wheel)], cwd=folder)
    # The dependencies are the checkout's own. A path in a .pth file is taken without the .pth files that lie
    # there: so the editable program stays out, and pywin32's folders must be named.
    shared = environment.site_packages
    lines = [str(shared)]
    if (shared / "pywin32.pth").exists():
        lines += [str(shared / "win32"), str(shared / "win32" / "lib"), "import pywin32_bootstrap"]
    (installed.site_packages / "shared-dependencies.pth").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return installed


def _check_version(installed: Environment, folder: Path) -> None:
    said = _output([str(installed.script("queuectl")), "--version"], cwd=folder).strip()
    version = _only(folder, "*.whl").name.split("-")[1]
    _expect(said == f"queuectl, version {version}", f"queuectl --version says: {said}")
    _expect(installed.script("queuectl-desktop").exists(), "The command queuectl-desktop is not installed.")


def _check_resources(installed: Environment, folder: Path) -> None:
    module, examples = (
        Path(line) for line in _output([str(installed.python), "-c", _PROBE], cwd=folder).split("\n")[:2]
    )
    _expect(module.is_relative_to(installed.root), f"The program was taken from {module}, not from the wheel.")
    _expect(examples.is_relative_to(installed.root), f"Resources were taken from {examples}, not from the wheel.")
    _expect(any(examples.glob("first-jobs.*.json")), f"The examples are not in {examples}.")


def _check_job(installed: Environment, folder: Path) -> None:
    """One job, from the command line to its output."""
    queuectl = [str(installed.script("queuectl")), "--home", str(folder / "home")]
    _output([*queuectl, "enqueue", "--id", _JOB, "--command", f"echo {_SENTENCE}"], cwd=folder)
    _output([*queuectl, "worker", "run", "--count", "1", "--until-empty"], cwd=folder)
    job = json.loads(_output([*queuectl, "show", _JOB, "--json"], cwd=folder))
    _expect(job["state"] == "completed", f"The job is {job['state']}: {job['error']}")
    _expect(_SENTENCE in job["output_tail"], f"The job's output is: {job['output_tail']!r}")
    print(f"Installed it, and its job says: {job['output_tail'].strip()}", flush=True)


def _output(command: list[str], cwd: Path) -> str:
    """What a command says on its standard output; what it says on the other is shown where it fails."""
    ended = subprocess.run(
        command,
        cwd=cwd,
        env=tool_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        timeout=_LIMIT,
    )
    if ended.returncode != 0:
        said = (ended.stdout + ended.stderr).rstrip()
        raise WheelError(f"{said}\nExit code {ended.returncode}: {' '.join(command)}")
    return ended.stdout


def _only(folder: Path, pattern: str) -> Path:
    found = list(folder.glob(pattern))
    _expect(len(found) == 1, f"{len(found)} files are called {pattern} in {folder}, not one.")
    return found[0]


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise WheelError(otherwise)
