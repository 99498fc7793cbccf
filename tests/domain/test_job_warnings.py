"""What is right by the rules and yet will fail."""

import pytest

from app.domain.job_warnings import warnings
from tests.store.jobs import spec


@pytest.mark.parametrize(
    ("command", "pings"),
    [
        ("timeout 30", 31),
        ("TIMEOUT /T 5 /nobreak", 6),
        ("timeout.exe /nobreak /t 5 >nul", 6),
        ("echo a & timeout 2", 3),
        ("(timeout 2) && echo b", 3),
    ],
)
def test_timeout_as_a_command_of_windows_is_warned_about(command, pings):
    (line,) = warnings(spec(command=command), "nt")
    assert f"ping -n {pings} 127.0.0.1 >nul" in str(line)


@pytest.mark.parametrize(
    "command",
    ["echo timeout 30", "mytimeout 30", "timeout", "curl --timeout 30 x", "ping -n 31 127.0.0.1 >nul", "timeout /?"],
)
def test_other_commands_are_not(command):
    assert warnings(spec(command=command), "nt") == []


def test_nor_is_timeout_elsewhere_where_it_is_another_program():
    assert warnings(spec(command="timeout 30 make"), "posix") == []
    assert warnings(spec(command="timeout 30 make", shell="bash"), "nt") == []
    assert warnings(spec(argv=("timeout", "30")), "nt") == []
