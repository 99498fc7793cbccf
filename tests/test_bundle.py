"""Nothing of the built program's folder reaches the processes that are started from it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.bundle import folder, restore_environment, take_out
from tests.wine import windows_only

BUNDLE = os.path.join(os.path.abspath(os.sep), "opt", "queuectl", "_internal")


def listed(*folders):
    return os.pathsep.join(folders)


def inside(*names):
    return os.path.join(BUNDLE, *names)


def left(**environ):
    """What is left of an environment."""
    take_out(BUNDLE, environ)
    return environ


def test_what_the_bootloader_sets_for_itself_is_taken_out():
    own = {"_PYI_ARCHIVE_FILE": "a", "_PYI_PARENT_PROCESS_LEVEL": "1", "_PYI_LINUX_PROCESS_NAME": "queuectl"}
    assert left(HOME="/h", _MEIPASS2="x", **own) == {"HOME": "/h"}


def test_a_path_of_libraries_that_nobody_had_set_is_gone():
    assert left(LD_LIBRARY_PATH=BUNDLE) == {}


@pytest.mark.parametrize("own", ["/opt/cuda/lib", listed("/a", "", "/b with blank"), os.pathsep])
def test_a_path_of_libraries_is_as_the_person_set_it(own):
    assert left(LD_LIBRARY_PATH=listed(BUNDLE, own), LD_LIBRARY_PATH_ORIG=own) == {"LD_LIBRARY_PATH": own}


def test_a_person_s_own_variable_of_the_name_that_the_bootloader_keeps_the_path_in_survives():
    assert left(LD_LIBRARY_PATH=BUNDLE, LD_LIBRARY_PATH_ORIG="mine") == {"LD_LIBRARY_PATH_ORIG": "mine"}
    assert left(LD_LIBRARY_PATH="/a", LD_LIBRARY_PATH_ORIG="/a") == {
        "LD_LIBRARY_PATH": "/a",
        "LD_LIBRARY_PATH_ORIG": "/a",
    }


@pytest.mark.parametrize("name", ["QT_PLUGIN_PATH", "QML2_IMPORT_PATH", "QML_IMPORT_PATH", "DYLD_LIBRARY_PATH"])
def test_a_folder_of_qt_is_taken_out_where_it_is_ours_and_stays_where_it_is_the_person_s(name):
    assert left(**{name: inside("PySide6", "Qt", "plugins")}) == {}
    assert left(**{name: listed(inside("PySide6", "qml"), inside("qml"), "/mine")}) == {name: "/mine"}
    assert left(**{name: "/mine"}) == {name: "/mine"}
    assert left(**{name: ""}) == {name: ""}


def test_folders_are_taken_off_the_front_of_path_and_the_rest_of_it_stays_as_it_is():
    own = listed("/usr/bin", "", "/usr/bin", "relative", "")
    assert left(PATH=listed(inside("PySide6"), inside("pywin32_system32"), BUNDLE, own)) == {"PATH": own}
    beside = listed(BUNDLE + "-mine", str(Path(BUNDLE).parent), "/usr/bin")
    assert left(PATH=beside) == {"PATH": beside}
    mine = listed("/usr/bin", inside("tools"))
    assert left(PATH=mine) == {"PATH": mine}, "what stands behind a folder of the person's they put there themselves"


def test_everything_else_stays():
    environ = {"QT_SCALE_FACTOR": "2", "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": BUNDLE, "PYI": "1", "EMPTY": ""}
    assert left(**environ) == environ


def test_from_source_there_is_no_bundle_and_nothing_is_changed(monkeypatch):
    monkeypatch.setenv("_PYI_MINE", "1")
    assert folder() is None
    restore_environment()
    assert os.environ["_PYI_MINE"] == "1"


@pytest.mark.parametrize("before", [None, "/opt/mine", "/opt/mine:/opt/too"])
def test_a_bundle_in_a_folder_whose_name_holds_the_separator_is_taken_out_too(before):
    bundle = f"{BUNDLE}{os.pathsep}odd"
    environ = {"LD_LIBRARY_PATH": bundle}
    if before is not None:
        environ = {"LD_LIBRARY_PATH": f"{bundle}{os.pathsep}{before}", "LD_LIBRARY_PATH_ORIG": before}
    take_out(bundle, environ)
    assert environ == ({} if before is None else {"LD_LIBRARY_PATH": before})


BUILT = """
import os, subprocess, sys
sys._MEIPASS = sys.argv[1]
os.environ.update(_PYI_ARCHIVE_FILE="x", LD_LIBRARY_PATH=sys.argv[1] + os.pathsep + "mine", LD_LIBRARY_PATH_ORIG="mine")
from app.bundle import restore_environment
restore_environment()
told = "import os; print(sorted(name for name in os.environ if '_PYI' in name or 'ORIG' in name))"
told += "; print(os.environ['LD_LIBRARY_PATH'])"
print(subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout)
"""


def test_a_built_program_s_children_have_the_person_s_environment_by_themselves(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", BUILT, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["[]", "mine"]


SEARCHED = """
import ctypes, sys
from app.bundle import restore_environment
kernel = ctypes.windll.kernel32
kernel.SetDllDirectoryW(sys.argv[1])  # as the bootloader does
sys._MEIPASS = sys.argv[1]
restore_environment()
text = ctypes.create_unicode_buffer(1000)
print(kernel.GetDllDirectoryW(1000, text), repr(text.value))
"""


@windows_only
def test_children_search_no_library_in_the_bundle(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SEARCHED, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["0", "''"]


PLANTED = """
import ctypes, os, sys
from app.bundle import restore_environment
sys._MEIPASS = sys.argv[1]
restore_environment()
os.chdir(sys.argv[2])
kernel = ctypes.windll.kernel32
kernel.LoadLibraryW.restype = ctypes.c_void_p
print(kernel.LoadLibraryW("planted.dll"), bool(kernel.LoadLibraryW("of_the_bundle.dll")))
"""


@windows_only
def test_libraries_are_searched_in_the_bundle_and_not_in_the_folder_it_was_started_in(tmp_path):
    bundle, elsewhere = tmp_path / "bundle", tmp_path / "downloads"
    some_library = next(Path(sys.base_prefix).glob("vcruntime140*.dll"))
    for place, name in ((bundle, "of_the_bundle.dll"), (elsewhere, "planted.dll")):
        place.mkdir()
        shutil.copy(some_library, place / name)
    done = subprocess.run(
        [sys.executable, "-c", PLANTED, str(bundle), str(elsewhere)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split() == ["None", "True"]
