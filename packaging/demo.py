"""The demo: a shipped file of jobs goes in, real processes run, and each job ends as its sidecar says."""

import json
import os
import shutil
import subprocess
import textwrap
import time
from pathlib import Path
from typing import Any

import file_lock
from processes import run_through_interrupt, tool_environment
from system_libraries import SetupError

# A job that ends well is shown with its output, and the one that was stopped with its error.
SHOWN = ("sales-report", "stuck-export")
DEFAULT_PRIORITY, DEFAULT_TIMEOUT = 5, 20
_LIMIT = 120.0


def show(checkout: Path, queuectl: Path) -> int:
    """Run the demo in the checkout's .demo folder, which is made afresh.

    Args:
        checkout: the folder that holds resources/.
        queuectl: the installed command.

    Returns:
        0 when each job ended as expected, else 1.
    """
    with file_lock.held(checkout / ".demo.lock", "Another demo is running in this checkout: waiting for it."):
        return _Demo(checkout, queuectl).show()


def differences(expected: dict[str, dict[str, Any]], found: dict[str, dict[str, Any]]) -> list[str]:
    """What is not as it should be, a sentence each.

    Args:
        expected: by job id, the state and the number of runs it should end with.
        found: the same, as it is.

    Returns:
        Nothing when all is as expected.
    """
    sentences = [f"'{name}' is in the queue, but not in the example." for name in found.keys() - expected.keys()]
    for name, wanted in expected.items():
        if name not in found:
            sentences.append(f"'{name}' is not in the queue.")
            continue
        for fact, value in wanted.items():
            if found[name][fact] != value:
                sentences.append(f"'{name}' should end with {fact} {value}, but has {found[name][fact]}.")
    return sorted(sentences)


def job_text(job: dict[str, Any]) -> str:
    """One job of a file, for a person to read before it runs."""
    heading = (
        f"{job['id']:<16} priority {job.get('priority', DEFAULT_PRIORITY)}"
        f"   timeout {job.get('timeout', DEFAULT_TIMEOUT)} s"
    )
    command = "\n".join(textwrap.fill(line, 100, subsequent_indent="  ") for line in job["command"].split("\n"))
    return f"{heading}\n{textwrap.indent(command, '    ')}"


class _Demo:
    def __init__(self, checkout: Path, queuectl: Path) -> None:
        examples = checkout / "resources" / "examples"
        self._file = examples / f"first-jobs.{'windows' if os.name == 'nt' else 'posix'}.json"
        self._sidecar = examples / "first-jobs.expected.json"
        self._folder = checkout / ".demo"
        self._home = self._folder / "home"
        self._queuectl = [str(queuectl), "--home", str(self._home)]

    def show(self) -> int:
        began = time.monotonic()
        work = self._fresh_folders()
        print(f"\nThe jobs of {self._file.name}:\n")
        for job in _read(self._file)["jobs"]:
            print(job_text(job))
        print(f"\nEach command below has --home {self._home} too.")
        self._step("enqueue", "--file", str(self._file), "--cwd", str(work))
        # Exits 1, since a job dies in it on purpose.
        self._step("worker", "run", "--count", "2", "--until-empty", good=(0, 1))
        self._step("list")
        self._step("dlq", "list")
        for job_id in SHOWN:
            self._step("show", job_id)
        wrong = differences(_read(self._sidecar), self._ends())
        for sentence in wrong:
            print(sentence)
        verdict = "Not every job ended as it should" if wrong else "Every job ended as it should"
        print(f"\n{verdict}, after {time.monotonic() - began:.1f} s.", flush=True)
        return 1 if wrong else 0

    def _fresh_folders(self) -> Path:
        if self._folder.exists():
            try:
                shutil.rmtree(self._folder)
            except OSError as error:
                text = f"The last demo's {error.filename} cannot be removed: {error.strerror}."
                raise SetupError(f"{text} End what uses it, then start again.") from None
        work = self._folder / "work"
        work.mkdir(parents=True)
        return work

    def _step(self, *args: str, good: tuple[int, ...] = (0,)) -> None:
        """Run one command on this terminal, as a person would."""
        print(f"\n$ queuectl {' '.join(args)}", flush=True)
        try:
            code = run_through_interrupt([*self._queuectl, *args], env=tool_environment(), limit=_LIMIT)
        except subprocess.TimeoutExpired:
            raise SetupError(f"queuectl {args[0]} did not end within {_LIMIT:.0f} s.") from None
        if code not in good:
            raise SetupError(f"queuectl {args[0]} ended with exit code {code}.")

    def _ends(self) -> dict[str, dict[str, Any]]:
        """How each job in the queue ended."""
        return {
            job["id"]: {"state": job["state"], "runs": len(self._data("show", job["id"])["runs"])}
            for job in self._data("list")
        }

    def _data(self, *args: str) -> Any:
        command = [*self._queuectl, *args, "--json"]
        output = subprocess.run(
            command, env=tool_environment(), stdout=subprocess.PIPE, check=True, timeout=_LIMIT
        ).stdout
        return json.loads(output)


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
