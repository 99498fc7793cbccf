"""What is downloaded on Linux: the built folder as a .tar.gz, and as a package for Debian and what is made from it."""

import gzip
import os
import platform
import shutil
import subprocess
import tarfile
from collections.abc import Iterable
from pathlib import Path

import linux_binaries
from building import NAME, Places, remove_old
from system_libraries import SetupError

_ICON_SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
# Libraries that are left to the system (see bundle_contents.py; PyInstaller leaves those of drivers and screens), with
# the names that Ubuntu 24.04 and Debian 13 have given some. A test looks whether it is all of them.
_DEPENDS = (
    *("libdbus-1-3", "libegl1", "libfontconfig1", "libfreetype6", "libgl1", "libglib2.0-0t64 | libglib2.0-0"),
    *("libgssapi-krb5-2", "libwayland-client0", "libwayland-cursor0", "libx11-6", "libx11-xcb1", "libxcb1"),
)
_RECOMMENDS = ("libssl3t64 | libssl3",)
_CONTROL = """\
Package: queuectl
Version: {version}
Architecture: {architecture}
Maintainer: QueueCTL contributors <queuectl@localhost>
Installed-Size: {kilobytes}
Depends: {depends}
Recommends: {recommends}
Section: utils
Priority: optional
Description: desktop job queue with priorities, timeouts and retries
 QueueCTL lives in the tray and runs commands one after the other or beside each
 other: with priorities, timeouts, retries, and a place for what failed for good.
 The window and the command line work on the same queue.
"""
_DAY_ONE = 1_577_836_800  # 2020: where nothing says otherwise, since before 1980 some tools refuse


def make(places: Places, version: str) -> list[Path]:
    """Pack the built folder.

    Args:
        places: where it lies, and where to.
        version: of the program.

    Returns:
        The archive and the package.

    Raises:
        SetupError: dpkg-deb failed.
    """
    for pattern in (f"{NAME}-*-linux-*.tar.gz", f"{NAME}_*.deb"):
        remove_old(places, pattern)
    made = [_archive(places, version)]
    if shutil.which("dpkg-deb") is None:
        print("No .deb is made: this system has no dpkg-deb.")
        return made
    return [*made, _package(places, version)]


def slim(folder: Path) -> None:
    """Take the debug symbols out of Python's own libraries, where its builder left them in: three quarters of them.

    No other library: those of the wheels are known to break.
    """
    inside = folder / "_internal"
    own = [*inside.glob("libpython3*.so*"), *inside.glob("python3*/lib-dynload/*.so")]
    subprocess.run(["strip", "--strip-unneeded", *own], check=True)


def _archive(places: Places, version: str) -> Path:
    """One folder, with the version in its name."""
    path = places.results / f"{NAME}-{version}-linux-{platform.machine()}.tar.gz"
    inside = f"{NAME}-{version}"
    with (
        path.open("wb") as file,
        # Without a name and a time of its own, so that the same content gives the same archive.
        gzip.GzipFile("", "wb", compresslevel=9, fileobj=file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        archive.add(places.folder, inside, filter=_as_root)
    return path


def _as_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    entry.mtime = _now()
    entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
    return entry


def _package(places: Places, version: str) -> Path:
    root = places.work / "deb"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(places.folder, root / "usr" / "lib" / NAME, symlinks=True)
    commands = root / "usr" / "bin"
    commands.mkdir(parents=True)
    for name in (NAME, f"{NAME}-desktop"):
        (commands / name).symlink_to(f"../lib/{NAME}/{name}")
    for source, place in _desktop_files(places):
        target = root / "usr" / "share" / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    _write_copyright(root)
    kilobytes = sum(path.lstat().st_size for path in root.rglob("*")) // 1024
    control = root / "DEBIAN" / "control"
    control.parent.mkdir()
    architecture = _output(["dpkg", "--print-architecture"]).strip()
    text = _CONTROL.format(
        version=version,
        architecture=architecture,
        kilobytes=kilobytes,
        depends=", ".join([f"libc6 (>= {linux_binaries.oldest_glibc(_binaries(places.folder))})", *_DEPENDS]),
        recommends=", ".join(_RECOMMENDS),
    )
    control.write_text(text, encoding="utf-8")
    _set_modes(root)
    path = places.results / f"{NAME}_{version}_{architecture}.deb"
    _output(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(root), str(path)])
    shutil.rmtree(root)
    return path


def _desktop_files(places: Places) -> Iterable[tuple[Path, str]]:
    """What tells a desktop of the program, and the places in /usr/share."""
    resources = places.checkout / "resources"
    yield resources / "linux" / "queuectl.desktop", "applications/queuectl.desktop"
    yield resources / "linux" / "queuectl.xml", "mime/packages/queuectl.xml"
    yield resources / "queuectl.svg", "icons/hicolor/scalable/apps/queuectl.svg"
    for size in _ICON_SIZES:
        yield places.icons / f"queuectl-{size}.png", f"icons/hicolor/{size}x{size}/apps/queuectl.png"


def _set_modes(root: Path) -> None:
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _write_copyright(root: Path) -> None:
    """Say where Debian looks for it what the folder says of its licences at its top, and leave that out there."""
    program, documents = root / "usr" / "lib" / NAME, root / "usr" / "share" / "doc" / NAME
    own, others = program / "LICENSE.txt", program / "THIRD-PARTY-LICENSES.txt"
    documents.mkdir(parents=True)
    said = f"{own.read_text(encoding='utf-8')}\n\n{others.read_text(encoding='utf-8')}"
    (documents / "copyright").write_text(said, encoding="utf-8")
    for file in (own, others):
        file.unlink()


def _binaries(folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if ".so" in path.name or path.parent == folder]
    return [path for path in files if path.is_file() and not path.is_symlink()]


def _output(command: list[str]) -> str:
    """What a tool of Debian says.

    Raises:
        SetupError: it failed.
    """
    environ = os.environ | {"SOURCE_DATE_EPOCH": str(_now())}
    done = subprocess.run(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode != 0:
        raise SetupError(f"{done.stdout.rstrip()}\n{command[0]} failed with exit code {done.returncode}.")
    return done.stdout


def _now() -> int:
    return int(os.environ.get("SOURCE_DATE_EPOCH", _DAY_ONE))
