"""One run of a job: one QProcess, its deadline, its process tree, and exactly one end.

Whatever Qt emits, and in whatever order, a run reports one End: when its command has ended *and* nothing that it
started lives any more.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace
from PySide6.QtCore import QIODevice, QProcess, QProcessEnvironment

from app.desktop.process_facts import created
from app.domain.job import Claim, Leftovers
from app.domain.outcome import (
    Cancelled,
    Crashed,
    Failed,
    Interrupted,
    NotStarted,
    Outcome,
    Reason,
    Succeeded,
    TimedOut,
)
from app.engine.child import Child
from app.engine.ending import Ended
from app.engine.niceness import give_way
from app.engine.process_tree import Tree, before_start
from app.engine.scarcity import is_for_want_of_resources, lacking, occupied
from app.engine.shell import NoShell, program_of
from app.engine.surroundings import Surroundings
from app.launch import RUNNER_VARIABLE
from app.store.work import End, Started

_log = logging.getLogger(__name__)

# On Windows a job can't leave its runner's Job Object, which ends all that is in it together with the runner.
LEFT_RUNNING = "left running" if sys.platform != "win32" else "left running until the runner ends"
"""What a run says of leftovers that its job wants to be left."""

_NTSTATUS_ERROR = 0xC0000000

# Names of Qt's enumerations are looked up in its own way, which takes as long as a call.
_CRASHED = QProcess.ExitStatus.CrashExit
_FAILED_TO_START = QProcess.ProcessError.FailedToStart
_NOT_RUNNING = QProcess.ProcessState.NotRunning
_RUNNING = QProcess.ProcessState.Running
_READ_ONLY = QIODevice.OpenModeFlag.ReadOnly
_APPEND = QIODevice.OpenModeFlag.Append

_KEPT_OF_A_FULL_DISK = 64 * 1024
"""Bytes that are kept of the output of a run that ended because the disk was full."""


class JobRun:
    """One run on its way from claim to end.

    Args:
        claim: which run of which job.
        has_output: whether its output file was made already.
        worker: the number of the worker it occupies.
        child: the worker's process, which is this run's until its end.
        around: see ``Surroundings``.
        started: called when its process is there.
        ended: called with its one end.

    Attributes:
        process_started: its process; None where there was none so far.
        goes_on: whether it has lived so long that its start was recorded before its end.
    """

    def __init__(
        self,
        claim: Claim,
        has_output: bool,
        worker: int,
        child: Child,
        around: Surroundings,
        started: Callable[[JobRun], None],
        ended: Callable[[JobRun, End], None],
    ) -> None:
        self.claim = claim
        self.worker = worker
        self.child = child
        self.process_started: Started | None = None
        self.goes_on = False
        self._around = around
        self._tree: Tree | None = None
        self._natural: Outcome | None = None  # how the command ended, once it has
        self._verdict: Outcome | None = None  # why we ended it, if we did
        self._ending = False
        self._tree_ended: Ended | None = None
        self._left: str | None = None
        self._concluded = False
        self._end: End | None = None
        self._tell_started = started
        self._tell_ended = ended
        self._has_output = has_output
        self._began = 0.0
        self._process = child.process
        child.run = self

    def start(self) -> None:
        """Start the command. What goes wrong is an end like any other: NotStarted."""
        try:
            self._prepare()
        except (OSError, NoShell) as error:
            lacked = lacking(error) or (None if self._around.outputs.takes_any() else Reason.NO_OUTPUT)
            if lacked is not None:
                self.refuse(lacked)
            else:
                self._conclude_unstarted(_reason(error))
            return
        self._around.kill_point("before_start")
        with self._around.trees.starting():
            moment = before_start()
            self._process.start(_READ_ONLY)
            pid = self._process.processId()
            if pid:
                self._around.live.add(pid)
                self._tree = Tree(self.claim.token, pid, created(pid) if moment is None else moment)
                self._around.trees.started(self._tree)
        if pid and self._process.state() is _RUNNING:
            # on Windows its signal came in the middle of start(), before there was a tree
            self.on_started()

    def refuse(self, reason: Reason) -> None:
        """Put it back without starting anything."""
        self._natural = Interrupted(reason)
        self._conclude(self._natural)

    def cancel(self) -> None:
        """End it because a person called it off."""
        self._end_as(Cancelled())

    def interrupt(self, reason: Reason, *, at_once: bool = False) -> None:
        """End it because of something outside, without asking first where it must be ``at_once``; it is put back."""
        self._end_as(Interrupted(reason), 0.0 if at_once else None)

    def go_on(self) -> None:
        """Take notice that it is no short one: its output is kept below its cap from now on, not only at its end."""
        self.goes_on = True
        if not self._concluded:
            self._around.cap.watch(self._output())
        if self._natural is None and self.process_started is not None:  # who is not buried has its pid still
            self.process_started = replace(self.process_started, pid_created=created(self.process_started.pid))

    def hurry(self) -> None:
        """Kill at once what was asked to end."""
        if self._tree is not None:
            self._around.endings.hurry(self._tree)

    def abandon(self) -> None:
        """Kill it; nobody will hear of its end."""
        if self._tree is not None:
            self._around.endings.end(self._tree, 0)

    @property
    def seconds(self) -> float:
        """How long its process has lived, 0 where there was none."""
        return self._around.awake() - self._began if self._began else 0.0

    def _prepare(self) -> None:
        spec = self.claim.job.spec
        if not os.path.isdir(spec.cwd):  # noqa: PTH112  a text, and the answer is only for the sentence below
            raise FileNotFoundError(_no_folder(spec.cwd))
        program = program_of(spec)
        outputs = self._around.outputs
        if not self._has_output:
            outputs.create(self.claim.job.seq, self.claim.run)
        process = self._process
        process.setProgram(program.path)
        process.setArguments(list(program.arguments))
        if sys.platform == "win32":
            # also where there are none: the run before may have had some
            process.setNativeArguments(program.native or "")  # type: ignore[attr-defined,unused-ignore]
        process.setWorkingDirectory(spec.cwd)
        process.setProcessEnvironment(self._environment())
        process.setStandardOutputFile(outputs.file(self.claim.job.seq, self.claim.run), _APPEND)
        self._around.trees.configure(process)

    def _environment(self) -> QProcessEnvironment:
        environment = QProcessEnvironment(self._around.environment)
        if self.claim.job.spec.env:
            for name, value in self.claim.job.spec.env.items():
                environment.insert(name, value)
            environment.remove(RUNNER_VARIABLE)  # with it the job would pass for a runner, and nobody would end it
        environment.insert("QUEUECTL_JOB_ID", self.claim.job.id)
        environment.insert("QUEUECTL_RUN", str(self.claim.run))
        environment.insert("QUEUECTL_TOKEN", self.claim.token)
        return environment

    def on_started(self) -> None:
        """Take notice that the process is there."""
        tree = self._tree
        if tree is None or tree.pid is None or self.process_started is not None:
            return
        self._began = self._around.awake()
        self.process_started = Started(
            seq=self.claim.job.seq, run=self.claim.run, pid=tree.pid, pid_created=tree.created, at=self._around.now()
        )
        give_way(tree.pid, self._around.niceness())
        self._around.kill_point("after_start")
        timeout = self.claim.job.spec.timeout
        if timeout > 0 and self._verdict is None:
            self._around.deadlines.set(self._on_deadline, self._began + timeout)
        self._tell_started(self)

    def _on_deadline(self) -> None:
        self._end_as(TimedOut(self.claim.job.spec.timeout))

    def _end_as(self, verdict: Outcome, grace: float | None = None) -> None:
        """End the tree, unless the command has ended already; the first verdict stays."""
        if self._natural is not None or self._verdict is not None or self._concluded:
            return
        self._verdict = verdict
        self._around.deadlines.drop(self._on_deadline)  # foreseen, it would have the ends of others wait for this one
        self._end_tree(self._around.grace() if grace is None else grace)

    def _end_tree(self, grace: float) -> None:
        if self._tree is not None and not self._ending:
            self._ending = True
            command_ended = self._natural is not None
            if not command_ended:  # it is not buried: that happens on this thread, and is told at once
                self._around.trees.hold(self._tree)
            self._around.endings.end(self._tree, grace, command_ended=command_ended)

    def on_error(self, error: QProcess.ProcessError) -> None:
        """Take notice of an error of the process; only one that can't be started has no other end."""
        if error is _FAILED_TO_START:
            self._lost_child()
            # the only case in which no `finished` follows
            text = self._process.errorString()
            if is_for_want_of_resources(text):
                self.refuse(Reason.NO_RESOURCES)
                return
            why = text.rpartition(": ")[2]
            self._conclude_unstarted(f"{self._process.program()} can't be started: {why}")

    def on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        """Take notice that the command has ended."""
        self._lost_child()
        self._around.deadlines.drop(self._on_deadline)
        self._natural = self._outcome_of(code, status)
        try:
            self._look_for_leftovers()
        except Exception:  # noqa: BLE001
            # whatever is wrong, the run must end: by the sweep, which needs nothing of what failed
            _log.exception("Looking for what job %s left behind failed; it is swept instead", self.claim.job.seq)
            self._end_tree(0)
        self._conclude_if_over()

    def _look_for_leftovers(self) -> None:
        tree = self._tree
        if tree is None:
            return
        if self._ending:
            self._around.endings.look(tree)
        elif not self._around.trees.quiet(tree, self._around.live):
            if self.claim.job.spec.leftovers is Leftovers.LEAVE:
                self._left = LEFT_RUNNING
            else:
                self._end_tree(self._around.grace())

    def _outcome_of(self, code: int, status: QProcess.ExitStatus) -> Outcome:
        if sys.platform == "win32":
            # Qt takes every negative code for a crash; those of Windows itself begin with C
            status = _CRASHED if (code & 0xF0000000) == _NTSTATUS_ERROR else QProcess.ExitStatus.NormalExit
            if (code & 0xFFFFFFFF) in self.claim.job.spec.success_codes:
                return Succeeded(code)
        if status is _CRASHED:
            return Crashed(code)
        if code in self.claim.job.spec.success_codes:
            return Succeeded(code)
        return Failed(code)

    def _lost_child(self) -> None:
        if self._tree is not None and self._tree.pid is not None:
            self._around.live.discard(self._tree.pid)

    def on_tree_ended(self, ended: Ended) -> None:
        """Take notice that its tree has ended."""
        self._tree_ended = ended
        if self._natural is None and self._process.state() is not _NOT_RUNNING:
            # its end is on its way; but a command that hid from the sweep would never come to it
            self._process.kill()
        if ended.found:
            self._left = ended.told
        self._conclude_if_over()

    def _conclude_if_over(self) -> None:
        """Report the end once the command has ended and, if its tree is being ended, that is over too."""
        if self._natural is None or (self._ending and self._tree_ended is None):
            return
        self._conclude(self._verdict or self._natural)

    def _conclude_unstarted(self, reason: str) -> None:
        self._natural = NotStarted(reason)
        self._conclude(self._verdict or self._natural)

    def _conclude(self, outcome: Outcome) -> None:
        if self._concluded:
            return
        self._concluded = True
        if self._tree is not None:
            self._around.trees.forget(self._tree)
        tail = self._around.outputs.tail(self.claim.job.seq, self.claim.run)
        outcome = self._for_want_of_space(outcome)
        self._end = End(
            seq=self.claim.job.seq,
            run=self.claim.run,
            outcome=outcome,
            at=self._around.now(),
            started=self.process_started,
            left_behind=self._left,
            output_bytes=tail.size,
            tail=tail.text,
            last_line=tail.last_line,
            kept_bytes=tail.kept_bytes,
        )
        is_for_space = isinstance(outcome, Interrupted) and outcome.reason is Reason.DISK_FULL
        if self.goes_on:
            self._around.cap.forget(self._output())
        if self._left == LEFT_RUNNING:
            # somebody may write on, and must find the file that it has open
            self._report()
        elif is_for_space and tail.size > _KEPT_OF_A_FULL_DISK:
            # it will all be written again, and here room is what is wanted
            self._around.cap.finish(self._output(), _KEPT_OF_A_FULL_DISK)
        elif self._around.cap.is_over(tail.size):
            self._around.cap.finish(self._output())
        else:
            self._report()

    def _for_want_of_space(self, outcome: Outcome) -> Outcome:
        """Return what an outcome is on a full disk: no failure of the job's, and perhaps of its making.

        A failure there uses up no try: a moment later the run would have been put back. And a job that took, with its
        output, all that is missing would take it again and again: it is suspect.
        """
        is_of_space = isinstance(outcome, Interrupted) and outcome.reason is Reason.DISK_FULL
        if not is_of_space and not isinstance(outcome, Failed | Crashed | NotStarted):
            return outcome
        space = self._around.space
        if not is_of_space and space.look():
            return outcome
        return Interrupted(Reason.DISK_FULL, suspect=0 < space.missing() <= occupied(self._output()))

    def on_output_finished(self, path: Path) -> None:
        """Take notice that some output is below its cap for good, which may be this run's."""
        if self._end is not None and path == self._output():
            self._end = replace(
                self._end, kept_bytes=self._around.outputs.kept_bytes(self.claim.job.seq, self.claim.run)
            )
            self._report()

    def _report(self) -> None:
        self._around.kill_point("before_finish")
        assert self._end is not None  # noqa: S101  it is made before anything is reported
        self._tell_ended(self, self._end)

    def _output(self) -> Path:
        return self._around.outputs.path(self.claim.job.seq, self.claim.run)


def _no_folder(path: str) -> str:
    return f"{path} is not a folder" if os.path.lexists(path) else f"there is no folder {path}"


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}"
    return str(error)
