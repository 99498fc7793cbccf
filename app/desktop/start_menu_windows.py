"""What Windows knows this program by: an identity, and the link in the Start menu that bears it.

Windows puts the windows and messages of a process under the link of the same identity: its icon, its name, and where it
is pinned to the taskbar that one button.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path
from typing import Any

if sys.platform != "win32":
    raise ImportError("a Start menu of this kind is Windows'")

APP_ID = "QueueCTL.Desktop"
"""The AppUserModelID. It is never changed: what a person has pinned goes by it."""


def take_identity() -> None:
    """Let what this process shows belong to the link; called before it shows anything."""
    ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID(APP_ID)


def write_link(place: Path, program: Path) -> None:
    """Make the link, or make it again.

    Args:
        place: its file, which ends with .lnk.
        program: what it starts.

    Raises:
        OSError: it can't be written.
    """
    # Only here: for the window's start they are too much.
    import pythoncom
    from win32com.propsys import propsys, pscon
    from win32com.shell import shell

    try:
        link: Any = pythoncom.CoCreateInstance(
            shell.CLSID_ShellLink, None, pythoncom.CLSCTX_INPROC_SERVER, shell.IID_IShellLink
        )
        link.SetPath(str(program))
        link.SetWorkingDirectory(str(program.parent))
        link.SetDescription("A job queue on your desktop")
        properties: Any = link.QueryInterface(propsys.IID_IPropertyStore)
        # [E] Wine 8 takes it, and does not write it into the file.
        properties.SetValue(pscon.PKEY_AppUserModel_ID, propsys.PROPVARIANTType(APP_ID))
        properties.Commit()
        link.QueryInterface(pythoncom.IID_IPersistFile).Save(str(place), True)
    except pythoncom.com_error as error:
        raise OSError(f"{place}: {error}") from error


def tell_shell() -> None:
    """Have Windows look again at what opens which files, and at the icons."""
    from win32com.shell import shell, shellcon

    shell.SHChangeNotify(shellcon.SHCNE_ASSOCCHANGED, shellcon.SHCNF_IDLIST, None, None)
