"""What a self-check sees in a job's environment."""

import os

import pytest

from app.check_looks import differences
from tests.wine import windows_only

posix_only = pytest.mark.skipif(os.name != "posix", reason="says it in POSIX' words")

GIVEN = {"HOME": "/h", "LINES": "a\nb=c\n\nd", "EMPTY": "", "ODD-NAME": "x", "LETTERS": "\u00e4"}


def said(*lines):
    return "".join(f"{line}\n" for line in lines).encode()


ALL = [f"{name}={value}" for name, value in GIVEN.items()]


@posix_only
def test_what_is_the_same_besides_a_job_s_own_and_the_shell_s_is_no_difference():
    assert differences(said("PWD=/tmp", *ALL, "QUEUECTL_TOKEN=1", "SHLVL=1"), GIVEN) == set()


@posix_only
@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (ALL[1:], {"HOME"}),
        ([*ALL, "LD_LIBRARY_PATH=/x"], {"LD_LIBRARY_PATH"}),
        (["HOME=/h2", *ALL[1:]], {"HOME"}),
        (["HOME=/h/", *ALL[1:]], {"HOME"}),
        ([line for line in ALL if not line.startswith("EMPTY")], {"EMPTY"}),
        ([line for line in ALL if not line.startswith("ODD")], set()),  # a shell may hand on no such name
    ],
)
def test_what_is_another_is_missing_or_was_added_is_one(lines, names):
    assert differences(said(*lines), GIVEN) == names


@posix_only
def test_the_loader_s_variables_may_be_missing_since_macos_takes_them_from_its_own_programs():
    assert differences(said(*ALL), GIVEN | {"DYLD_LIBRARY_PATH": "/x"}) == set()


@windows_only
def test_windows_writes_names_and_letters_as_it_likes():
    text = b"Path=C:\\x\r\nLetters=\x84\r\nPROMPT=$P$G\r\n"
    assert differences(text, {"PATH": "C:\\x", "LETTERS": "\u00e4"}) == set()
    assert differences(text, {"PATH": "C:\\y", "LETTERS": "\u00e4"}) == {"PATH", "Path"}
