"""Where things live: the home folder of one queue, and the files that come with the program."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.messages import KnownError, Message, message

NETWORK_FILE_SYSTEMS = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afs", "afpfs", "9p", "ceph", "glusterfs"),
        *("fuse.sshfs", "fuse.rclone", "fuse.glusterfs", "fuse.gvfsd-fuse", "davfs", "fuse.davfs2", "webdav", "ncpfs"),
    }
)
"""File systems on which WAL's shared memory does not hold what SQLite needs."""


class NetworkHome(KnownError):
    """The home folder lies on a network drive."""

    def __init__(self, folder: Path, kind: str) -> None:
        super().__init__(
            "{folder} is on a network drive ({kind}), and a queue kept there would be damaged sooner or later",
            folder=folder,
            kind=kind,
            remedy=message("Choose a folder on a local disk with --home or QUEUECTL_HOME."),
        )


class UnusableHome(KnownError):
    """The home folder can't be made or written to."""

    def __init__(self, folder: Path, error: OSError) -> None:
        reason: Message | str = error.strerror or str(error)
        remedy = message("Make it writable for you, or choose another folder with --home or QUEUECTL_HOME.")
        if isinstance(error, FileExistsError | NotADirectoryError):
            reason = message("it is a file, or lies in one")
            remedy = message("Choose a folder with --home or QUEUECTL_HOME.")
        super().__init__("The folder {folder} can't be used: {reason}", folder=folder, reason=reason, remedy=remedy)


class ForeignHome(KnownError):
    """A folder of the home belongs to another user, who can read and change what is in it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            "The folder {folder} belongs to another user, who could read and change the queue",
            folder=folder,
            remedy=message(
                "Run it as the user it belongs to, or choose a folder of your own with --home or QUEUECTL_HOME."
            ),
        )


class NoRoomForDatabase(KnownError):
    """A folder stands where the database belongs."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            "{path} is a folder, but the queue's database belongs there",
            path=path,
            remedy=message("Move it away, or choose another folder with --home or QUEUECTL_HOME."),
        )


class EmptyHome(KnownError):
    """What should name the home names nothing: whoever set it did not mean the usual queue."""

    def __init__(self, where: str) -> None:
        super().__init__(
            "{where} is set, but empty",
            where=where,
            remedy=message("Let it name a folder, or unset it for the usual queue, ~/.queuectl."),
        )


class NoHomeFolder(KnownError):
    """The system says no home folder of whoever runs this, in which the queue would lie."""

    def __init__(self) -> None:
        super().__init__(
            "This account has no home folder for the queue to lie in",
            remedy=message("Name a folder for it with --home or QUEUECTL_HOME."),
        )


class UnreadableName(KnownError):
    """The home's path is not text, and SQLite takes no other."""

    def __init__(self, path: str) -> None:
        super().__init__(
            "The folder {path} can't be used: its name is not valid UTF-8",
            path=path.encode(errors="backslashreplace").decode(),
            remedy=message("Rename it, or choose another folder with --home or QUEUECTL_HOME."),
        )


@dataclass(frozen=True)
class Home:
    """The places of one queue; all below ``root``. Nothing is made until ``make``."""

    root: Path

    @property
    def data(self) -> Path:
        """Folder of the database."""
        return self.root / "data"

    @property
    def database(self) -> Path:
        """The database, the only truth."""
        return self.data / "queuectl.db"

    @property
    def progress(self) -> Path:
        """Says how far the database had come at its last commit."""
        return self.data / "progress"

    @property
    def bell(self) -> Path:
        """Folder of the ring alone: on Windows a watcher sees the whole folder."""
        return self.data / "bell"

    @property
    def ring(self) -> Path:
        """The file whose time says that the database changed."""
        return self.bell / "ring"

    @property
    def runner_lock(self) -> Path:
        """Held by the one runner of this database."""
        return self.data / "runner.lock"

    @property
    def window_lock(self) -> Path:
        """Held by the one window of this home."""
        return self.data / "window.lock"

    @property
    def window_ini(self) -> Path:
        """How the person left the window: its geometry, columns and theme."""
        return self.data / "window.ini"

    @property
    def outputs(self) -> Path:
        """What jobs wrote: ``<seq>/<run>.log``."""
        return self.root / "outputs"

    @property
    def logs(self) -> Path:
        """The program's own log lines."""
        return self.root / "logs"

    @property
    def backups(self) -> Path:
        """Copies of the database."""
        return self.root / "backups"

    def make(self) -> None:
        """Make the folders, for this person only.

        Raises:
            NetworkHome: the place is on a network drive.
            UnusableHome: a folder can't be made or written to.
            ForeignHome: a folder, or what a link in its place leads to, is another user's.
            NoRoomForDatabase: a folder stands where the database belongs.
        """
        kind = network_file_system(self.root)
        if kind is not None:
            raise NetworkHome(self.root, kind)
        for folder in (self.root, self.data, self.bell, self.outputs, self.logs, self.backups):
            try:
                folder.mkdir(mode=0o700, parents=folder is self.root, exist_ok=True)
            except OSError as error:
                raise UnusableHome(folder, error) from error
            if not _is_own(folder):
                raise ForeignHome(folder)
        if self.database.is_dir():
            raise NoRoomForDatabase(self.database)
        for folder in (self.root, self.data):
            if not os.access(folder, os.W_OK | os.X_OK):
                raise UnusableHome(folder, PermissionError(13, "it can't be written to"))
        for folder in (self.data, self.bell, self.outputs, self.logs, self.backups):
            _tighten(folder, 0o077)  # 1.0 let everybody read it
        if not self.root.stat().st_mode & stat.S_ISVTX:  # where all may write, as in /tmp, none may move what is mine
            _tighten(self.root, 0o022)  # it may be there for other things, which others read


def _tighten(folder: Path, rights: int) -> None:
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & rights:
        with suppress(OSError):  # a disk without modes, as a memory stick; doctor says so
            folder.chmod((mode | 0o700) & ~rights)


def _is_own(folder: Path) -> bool:
    """Whether a folder is the person's own, wherever a link in its place leads; on Windows its place says so."""
    return sys.platform == "win32" or folder.stat().st_uid == os.geteuid()


def find_home(argument: str | None, environ: Mapping[str, str], executable: str, *, frozen: bool) -> Home:
    """Return the home: ``--home``, else QUEUECTL_HOME, else ``portable/`` beside the executable, else ~/.queuectl.

    Args:
        argument: the value of ``--home``.
        environ: the environment.
        executable: the running program; its folder is looked at only when ``frozen``.
        frozen: whether this is the built program and not a checkout.

    Raises:
        EmptyHome: the argument, or else QUEUECTL_HOME, is there and empty.
        NoHomeFolder: none of these is there.
        UnreadableName: the home's path is not valid UTF-8.
    """
    where = "QUEUECTL_HOME" if argument is None else "--home"
    named = environ.get(where) if argument is None else argument
    if named is not None and not named.strip():
        raise EmptyHome(where)
    root = _find_root(named, executable, frozen=frozen)
    try:
        str(root).encode()
    except UnicodeEncodeError:
        raise UnreadableName(str(root)) from None
    return Home(root)


def is_usual(home: Home, executable: str, *, frozen: bool) -> bool:
    """Return whether this is the home that is found where nothing names one; an account may have none.

    Args:
        home: the home in question.
        executable: as for ``find_home``.
        frozen: as for ``find_home``.
    """
    try:
        return home.root == find_home(None, {}, executable, frozen=frozen).root
    except NoHomeFolder:
        return False


def own_folder() -> Path:
    """Return the folder in which a person's own files are; an account may have none, and then it is the root."""
    try:
        return Path.home()
    except RuntimeError:
        return Path(os.path.abspath(os.sep))


def _find_root(named: str | None, executable: str, *, frozen: bool) -> Path:
    if named:
        return Path(os.path.abspath(os.path.expanduser(named)))
    portable = _folder_of_program(Path(executable).resolve()) / "portable"
    if frozen and portable.is_dir():
        return portable
    try:
        return Path.home() / ".queuectl"
    except RuntimeError:
        raise NoHomeFolder from None


def _folder_of_program(executable: Path) -> Path:
    """Return the folder that a person sees the program in: on macOS a bundle is one thing, sealed by its signature."""
    folder = executable.parent
    bundle = folder.parent.parent
    return bundle.parent if folder.parts[-2:] == ("Contents", "MacOS") and bundle.suffix == ".app" else folder


def resource(name: str) -> Path:
    """Return the path of a file that comes with the program, in a checkout or installed.

    Raises:
        FileNotFoundError: there is no such file; the installation is not whole.
    """
    for folder in _resource_folders(__file__):
        path = folder / name
        if path.exists():
            return path
    raise FileNotFoundError(f"{name} did not come with this installation")


@cache
def _resource_folders(file: str) -> tuple[Path, Path]:
    here = Path(file).resolve().parent
    return here / "_resources", here.parent / "resources"


def network_file_system(folder: Path, mounts: Callable[[], str] | None = None) -> str | None:
    """Return the kind of network drive ``folder`` lies on, or None where it is local or can't be told.

    Args:
        folder: absolute; need not exist.
        mounts: gives the text of the mount table (as in /proc/self/mountinfo, or as ``mount`` prints it on macOS).
    """
    if sys.platform == "win32":
        return _windows_network_drive(folder)
    if mounts is None:
        mounts = _mac_mounts if sys.platform == "darwin" else _linux_mounts
    best, kind = -1, None
    target = os.path.realpath(folder)
    for point, name in _parsed_mounts(mounts()):
        inside = target == point or target.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= best:
            best, kind = len(point), name
    return kind if kind in NETWORK_FILE_SYSTEMS else None


_MOUNTINFO_FIELDS = 6


def _parsed_mounts(text: str) -> list[tuple[str, str]]:
    """Return (mount point, file system) of each line, of either kind of table, in the order of mounting."""
    found = []
    for line in text.splitlines():
        if " - " in line:  # mountinfo: id parent dev root POINT options … - KIND source options
            before, _, after = line.partition(" - ")
            fields = before.split()
            if len(fields) >= _MOUNTINFO_FIELDS and after:
                point = re.sub(r"\\([0-7]{3})", lambda escape: chr(int(escape[1], 8)), fields[4])
                found.append((point, after.split()[0]))
        elif " on " in line and " (" in line:  # macOS: //server/share on POINT (KIND, …)
            point, _, rest = line.partition(" on ")[2].rpartition(" (")
            found.append((point, rest.split(",")[0].rstrip(")")))
    return found


def _linux_mounts() -> str:
    try:
        return Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _mac_mounts() -> str:
    import subprocess

    try:
        return subprocess.run(["/sbin/mount"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


def _windows_network_drive(folder: Path) -> str | None:
    if sys.platform != "win32":
        return None
    import ctypes

    drive = os.path.splitdrive(os.path.abspath(folder))[0]
    if drive.startswith("\\\\"):
        return "network share"
    remote = 4  # DRIVE_REMOTE
    return "network drive" if ctypes.windll.kernel32.GetDriveTypeW(drive + "\\") == remote else None
