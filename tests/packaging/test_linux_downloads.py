"""What is downloaded for Linux: the archive and the Debian package that `dev.py build` has made."""

import os
import re
import shutil
import subprocess
import sys
import tarfile

import pytest

from app import __version__
from tests.built import built_folder, download
from tests.lacking import missing
from tests.packaging.scripts import CHECKOUT, load

building = load("building")
linux_binaries = load("linux_binaries")

pytestmark = [
    pytest.mark.built,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="made on Linux"),
]

MOST_OF_FOLDER, MOST_OF_ARCHIVE = 140, 56
"""Millions of bytes."""

TYPE_OF = """
import sys
from PySide6.QtCore import QMimeDatabase
print(QMimeDatabase().mimeTypeForFile(sys.argv[1], QMimeDatabase.MatchMode.MatchExtension).name())
"""


def ask(*command, **environ):
    done = subprocess.run(
        list(map(str, command)),
        env=os.environ | environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def needs(name, package):
    """The program of a package that another part installs."""
    if shutil.which(name) is None:
        missing(f"{name} of {package} is needed: see packaging/desktop_programs.py")
    return name


@pytest.fixture
def archive():
    return download("queuectl-*-linux-*.tar.gz")


@pytest.fixture
def package():
    return download("queuectl_*.deb")


@pytest.fixture
def unpacked(package, tmp_path):
    """What the package would put below /."""
    root = tmp_path / "root"
    ask(needs("dpkg-deb", "dpkg"), "--extract", package, root)
    return root


def largest(folder):
    """The largest of all files, a line each."""
    files = sorted(((building.megabytes(path), path) for path in folder.rglob("*") if path.is_file()), reverse=True)
    return "\n".join(f"{size:6.1f} MB  {path.relative_to(folder)}" for size, path in files[:15])


def test_the_folder_and_its_archive_are_no_larger_than_was_said(archive):
    folder = built_folder()
    assert building.megabytes(folder) <= MOST_OF_FOLDER, f"the largest parts:\n{largest(folder)}"
    assert building.megabytes(archive) <= MOST_OF_ARCHIVE, f"the largest parts, unpacked:\n{largest(folder)}"


def test_the_archive_holds_one_folder_with_the_version_in_its_name_and_all_of_it_is_root_s(archive):
    with tarfile.open(archive) as content:
        entries = content.getmembers()
    assert {entry.name.split("/")[0] for entry in entries} == {f"queuectl-{__version__}"}
    assert {(entry.uid, entry.gid, entry.uname, entry.gname) for entry in entries} == {(0, 0, "root", "root")}
    assert {entry.mode for entry in entries if not entry.issym()} == {0o755, 0o644}
    names = {entry.name.partition("/")[2] for entry in entries if entry.mode == 0o755 and entry.isfile()}
    assert {"queuectl", "queuectl-desktop"} <= names


def test_the_licences_of_the_program_and_of_all_its_parts_are_at_the_archive_s_top(archive):
    with tarfile.open(archive) as content:
        own, others = (
            content.extractfile(f"queuectl-{__version__}/{name}").read().decode()
            for name in ("LICENSE.txt", "THIRD-PARTY-LICENSES.txt")
        )
    assert own == (CHECKOUT / "LICENSE").read_text(encoding="utf-8")
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in others
    about = built_folder() / "_internal" / "app" / "_resources" / "licences.txt"
    assert others == about.read_text(encoding="utf-8"), "About shows the same"


def libraries_of_others(folder):
    """The libraries that something in the folder needs, and the folder does not hold."""
    files = [path for path in folder.rglob("*") if path.is_file() and (".so" in path.name or path.parent == folder)]
    return set().union(*map(linux_binaries.needed, files)) - {path.name for path in folder.rglob("*")}


def test_the_package_depends_on_all_that_the_folder_needs_and_does_not_hold(package):
    linux_binaries.make_ready()
    depends = re.split(r"[,|]", ask("dpkg-deb", "--field", package, "Depends"))
    named = {word.strip().partition(" ")[0] for word in depends}
    lacking = {}
    for library in libraries_of_others(built_folder()):
        found = ask("dpkg-query", "--search", f"*/{library}").splitlines()
        owners = {line.partition(":")[0] for line in found if line.endswith(f"/{library}")}
        if not owners & named:
            lacking[library] = owners
    assert lacking == {}


def test_the_folder_holds_no_library_that_only_the_system_s_own_need():
    held = {path.name.split(".so")[0] for path in built_folder().rglob("*.so*")}
    theirs = {"libsystemd", "libgcrypt", "libgpg-error", "libcap", "liblz4", "libpcre2-8", "libpng16", "libkrb5"}
    assert held & theirs == set()


def test_the_package_s_name_says_version_and_architecture(package):
    architecture = ask("dpkg", "--print-architecture").strip()
    assert package.name == f"queuectl_{__version__}_{architecture}.deb"
    assert ask("dpkg-deb", "--field", package, "Version", "Architecture").split() == [
        *("Version:", __version__, "Architecture:", architecture)
    ]


def test_the_package_s_commands_are_the_two_programs_and_they_work(unpacked, tmp_path):
    commands = unpacked / "usr" / "bin"
    assert {path.name for path in commands.iterdir()} == {"queuectl", "queuectl-desktop"}
    assert ask(commands / "queuectl", "--version").strip() == f"queuectl, version {__version__}"
    report = tmp_path / "report.txt"
    ask(commands / "queuectl-desktop", "--self-check", "--report", report, HOME=str(tmp_path))
    assert report.read_text(encoding="utf-8").splitlines()[-1] == "everything is in order"


def test_the_package_tells_the_desktop_of_a_program_that_can_be_started_and_has_its_icon(unpacked):
    share = unpacked / "usr" / "share"
    entry = share / "applications" / "queuectl.desktop"
    assert ask(needs("desktop-file-validate", "desktop-file-utils"), entry) == ""
    keys = dict(line.split("=", 1) for line in entry.read_text(encoding="utf-8").splitlines() if "=" in line)
    assert (unpacked / "usr" / "bin" / keys["Exec"].split()[0]).exists()
    icons = share / "icons" / "hicolor"
    assert (icons / "scalable" / "apps" / f"{keys['Icon']}.svg").exists()
    for size in (16, 24, 32, 48, 64, 128, 256, 512):
        picture = (icons / f"{size}x{size}" / "apps" / f"{keys['Icon']}.png").read_bytes()
        assert int.from_bytes(picture[16:20]) == int.from_bytes(picture[20:24]) == size


def test_a_job_file_has_the_type_that_the_program_is_said_to_open(unpacked, tmp_path):
    share = unpacked / "usr" / "share"
    ask(needs("update-mime-database", "shared-mime-info"), share / "mime")
    jobs = tmp_path / "jobs.qjob"
    jobs.write_text('{"command": "echo hi"}')
    found = ask(sys.executable, "-c", TYPE_OF, jobs, XDG_DATA_DIRS=f"{share}:/usr/share", XDG_DATA_HOME=str(tmp_path))
    entry = (share / "applications" / "queuectl.desktop").read_text(encoding="utf-8")
    assert f"MimeType={found.strip()};" in entry
    assert found.strip() == "application/x-qjob+json"


def test_the_package_s_copyright_file_says_all_licences(unpacked):
    said = (unpacked / "usr" / "share" / "doc" / "queuectl" / "copyright").read_text(encoding="utf-8")
    assert said.startswith((CHECKOUT / "LICENSE").read_text(encoding="utf-8"))
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in said
    assert "HarfBuzz" in said
    assert not list((unpacked / "usr" / "lib" / "queuectl").glob("*.txt"))
