"""The link in the Start menu, and the identity it shares with the program's windows."""

import sys
from pathlib import Path

import pytest

from tests.wine import not_under_wine, windows_only

pytestmark = windows_only

if sys.platform == "win32":
    import ctypes

    import pythoncom
    from win32com.propsys import propsys, pscon
    from win32com.shell import shell

    from app.desktop.start_menu_windows import APP_ID, take_identity, tell_shell, write_link


def read(place):
    link = pythoncom.CoCreateInstance(shell.CLSID_ShellLink, None, pythoncom.CLSCTX_INPROC_SERVER, shell.IID_IShellLink)
    link.QueryInterface(pythoncom.IID_IPersistFile).Load(str(place))
    return link


def test_the_link_starts_the_program_in_its_folder(tmp_path):
    place, program = tmp_path / "QueueCTL.lnk", Path(sys.executable)
    write_link(place, program)
    write_link(place, program)
    link = read(place)
    assert Path(link.GetPath(0)[0]) == program
    assert Path(link.GetWorkingDirectory()) == program.parent


@not_under_wine("it does not keep a link's identity")
def test_the_link_bears_the_identity(tmp_path):
    place = tmp_path / "QueueCTL.lnk"
    write_link(place, Path(sys.executable))
    properties = read(place).QueryInterface(propsys.IID_IPropertyStore)
    assert properties.GetValue(pscon.PKEY_AppUserModel_ID).GetValue() == APP_ID


@not_under_wine("it does not tell a process's identity")
def test_the_process_has_the_same_identity():
    take_identity()
    words = ctypes.c_wchar_p()
    assert ctypes.windll.shell32.GetCurrentProcessExplicitAppUserModelID(ctypes.byref(words)) == 0
    assert words.value == APP_ID


def test_a_link_that_can_not_be_written_is_told(tmp_path):
    with pytest.raises(OSError, match=r"QueueCTL\.lnk"):
        write_link(tmp_path / "no folder" / "QueueCTL.lnk", Path(sys.executable))


def test_windows_can_be_told_that_something_changed():
    tell_shell()
