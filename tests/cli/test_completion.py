"""``queuectl completion``: scripts for four shells, and the answers to what they ask."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.completion import SHELLS
from tests.store.jobs import enqueue, new

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def complete(queuectl, monkeypatch):
    """What a shell is offered for a line that stands like this, cursor at its end."""

    def ask(shell, *words):
        queuectl.environ["_QUEUECTL_COMPLETE"] = f"{shell}_complete"
        home = queuectl.home.root
        whole = ["queuectl", "--home", str(home) if shell == "powershell" else home.as_posix(), *words]
        if shell == "powershell":
            monkeypatch.setenv("COMP_WORDS", "\n".join(whole[:-1]))
            monkeypatch.setenv("COMP_CWORD", whole[-1])
        else:
            monkeypatch.setenv("COMP_WORDS", " ".join(whole))
            monkeypatch.setenv("COMP_CWORD", whole[-1] if shell == "fish" else str(len(whole) - 1))
        answer = queuectl()
        del queuectl.environ["_QUEUECTL_COMPLETE"]
        assert (answer.code, answer.err) == (0, "")
        return answer.out.split("\n")[:-1] if answer.out != "\n" else []

    return ask


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_printed_for_each_shell(queuectl, shell):
    if shell == "bash" and not shutil.which("bash"):
        pytest.skip("there is no bash, whose version click looks at")
    answer = queuectl("completion", shell)
    assert (answer.code, answer.err) == (0, "")
    assert "_QUEUECTL_COMPLETE" in answer.out
    assert "queuectl" in answer.out
    assert "%(" not in answer.out


def test_another_shell_is_wrong_usage(queuectl):
    assert queuectl("completion", "tcsh").code == 2


@pytest.mark.parametrize("shell", [shell for shell in SHELLS if shell != "powershell" and shutil.which(shell)])
def test_the_shell_understands_its_script(queuectl, shell):
    script = queuectl("completion", shell).out
    subprocess.run([shutil.which(shell), "-n"], input=script, text=True, check=True, capture_output=True)


def test_commands_and_options_are_offered(complete):
    assert complete("bash", "pr") == ["plain,prune"]
    assert complete("bash", "dlq", "re") == ["plain,retry"]
    assert complete("bash", "list", "--st") == ["plain,--state"]
    assert complete("bash", "list", "--state", "de") == ["plain,dead"]
    assert complete("bash", "config", "get", "max-") == ["plain,max-retries"]
    assert complete("powershell", "config", "se") == ["plain\tset\tSet an option; it holds for jobs enqueued..."]


@pytest.mark.parametrize("command", ["show", "logs", "cancel", "edit", "wait", "why", "run-next"])
def test_ids_are_offered_with_their_states(complete, store, command):
    enqueue(store, "thumbs-1", "backup", "thumbs-2")
    assert complete("bash", command, "thu") == ["plain,thumbs-2", "plain,thumbs-1"]
    assert complete("fish", command, "b") == ["plain,backup\tpending"]
    assert complete("zsh", command, "b") == ["plain", "backup", "pending"]
    assert complete("powershell", command, "b") == ["plain\tbackup\tpending"]


def test_an_id_that_would_control_the_terminal_is_not_offered(complete, store):
    enqueue(store, "a\x1b[31m", "a-b")
    assert complete("bash", "show", "a") == ["plain,a-b"]


def test_no_more_ids_are_offered_than_one_can_read(complete, store):
    store.intake.enqueue([new(f"j{number}") for number in range(200)])
    assert len(complete("bash", "show", "j")) == 50


def test_asking_makes_no_queue_and_tells_no_error(complete, home):
    assert complete("bash", "show", "a") == []
    assert not home.root.exists()
    home.make()
    home.database.write_bytes(b"no database" * 50)
    assert complete("bash", "show", "a") == []


def test_a_question_of_no_known_shell_is_not_answered(queuectl):
    for question in ("tcsh_complete", "bash", "bash_eat", "bash_complete"):
        queuectl.environ["_QUEUECTL_COMPLETE"] = question
        answer = queuectl("status")
        assert (answer.code, answer.out, answer.err) == (1, "", "")


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_a_command(tmp_path):
    program = Path(sys.executable).with_name("queuectl")
    if not program.exists():
        pytest.skip("the command is not installed")
    script = (
        'eval "$(queuectl completion bash)"\n'
        "COMP_WORDS=(queuectl pru); COMP_CWORD=1\n"
        "_queuectl_completion queuectl 2>/dev/null\n"
        'echo "${COMPREPLY[@]}"\n'
    )
    environ = {
        **os.environ,
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "QUEUECTL_HOME": str(tmp_path),
    }
    done = subprocess.run(["bash", "-c", script], env=environ, text=True, capture_output=True, check=True)
    assert done.stdout == "prune\n"
