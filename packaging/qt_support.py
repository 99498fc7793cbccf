"""The modules of Qt for Python that are written in Python, compiled once and not at each start.

They lie zipped in shiboken's library, as sources, and `import PySide6` compiles them anew each time: a quarter of what
it takes. Where there is a folder files.dir beside shiboken6, it imports them from there instead (that is what its
variable SBK_EMBED makes and removes).
"""

import compileall
import shutil
import subprocess
import sys
from pathlib import Path

PLACE = "shiboken6/files.dir"
_UNZIP = """
import sys
import PySide6.QtCore
archive = sys.modules["shibokensupport.signature.loader"].__loader__.zfile
archive.extractall(sys.argv[1], [name for name in archive.namelist() if name.startswith("shibokensupport/")])
"""
_LIMIT = 120
"""Seconds."""


def compiled(folder: Path) -> list[tuple[str, str, str]]:
    """Compile them into a folder, for the Python that runs this.

    Args:
        folder: it is made anew.

    Returns:
        Entries as PyInstaller has them: the place in the built folder, the file, and the kind.

    Raises:
        subprocess.SubprocessError: they could not be taken out of shiboken's library.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run([sys.executable, "-c", _UNZIP, str(folder)], check=True, timeout=_LIMIT)
    compileall.compile_dir(folder, quiet=1, legacy=True, stripdir=str(folder))
    files = sorted(folder.rglob("*.pyc"))
    return [(f"{PLACE}/{file.relative_to(folder).as_posix()}", str(file), "DATA") for file in files]
