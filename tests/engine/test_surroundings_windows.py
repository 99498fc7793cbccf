"""What jobs inherit on Windows."""

import ctypes

import pytest

from app.engine.surroundings import environment_of_jobs
from tests.wine import windows_only

pytestmark = windows_only


@pytest.fixture
def set_by_a_library():
    """The name of a variable that was set in this process, and not by Python."""
    name = "Set_By_A_Library"
    ctypes.windll.kernel32.SetEnvironmentVariableW(name, "1")
    yield name
    ctypes.windll.kernel32.SetEnvironmentVariableW(name, None)


def test_what_a_library_has_set_for_itself_is_not_theirs(set_by_a_library):
    assert not environment_of_jobs(None).contains(set_by_a_library)


def test_what_the_person_has_set_is_theirs_however_it_is_written(monkeypatch, set_by_a_library):
    monkeypatch.setenv("MyOwn", "Grüße")
    environment = environment_of_jobs(None)
    assert environment.value("MYOWN") == environment.value("myown") == "Grüße"
    assert environment.contains("PATH")
    assert not environment.contains(set_by_a_library)
