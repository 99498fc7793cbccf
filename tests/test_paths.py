"""Where things live."""

import os
import stat
import sys
from pathlib import Path

import pytest

from app import paths
from app.paths import (
    NETWORK_FILE_SYSTEMS,
    EmptyHome,
    ForeignHome,
    Home,
    NetworkHome,
    NoHomeFolder,
    UnusableHome,
    find_home,
    is_usual,
    network_file_system,
    resource,
)
from tests.wine import not_under_wine

posix = pytest.mark.skipif(os.name != "posix", reason="paths and modes of POSIX")


def found(argument=None, environ=None, executable="/opt/queuectl/queuectl", *, frozen=False):
    return find_home(argument, environ or {}, str(executable), frozen=frozen).root


@pytest.fixture
def program(tmp_path):
    """A built program with a portable folder beside it."""
    (tmp_path / "portable").mkdir()
    return tmp_path / "queuectl"


def test_the_argument_comes_first(tmp_path, program):
    environ = {"QUEUECTL_HOME": str(tmp_path / "named")}
    assert found(str(tmp_path / "asked"), environ, program, frozen=True) == tmp_path / "asked"


def test_the_environment_comes_second(tmp_path, program):
    assert found(None, {"QUEUECTL_HOME": str(tmp_path / "named")}, program, frozen=True) == tmp_path / "named"


def test_a_portable_folder_beside_the_program_comes_third(program):
    assert found(None, {}, program, frozen=True) == program.parent.resolve() / "portable"


@pytest.mark.parametrize("name", ["", " "])
def test_a_name_that_is_empty_is_refused_and_not_taken_for_the_usual_queue(program, name):
    with pytest.raises(EmptyHome, match=r"^QUEUECTL_HOME is set, but empty"):
        found(None, {"QUEUECTL_HOME": name}, program, frozen=True)
    with pytest.raises(EmptyHome, match=r"^--home is set, but empty"):
        found(name, {"QUEUECTL_HOME": "named"}, program, frozen=True)


@not_under_wine("it makes links that it does not follow")
def test_the_portable_folder_lies_beside_the_program_itself_and_not_beside_a_link_to_it(tmp_path, program):
    program.write_text("")
    link = tmp_path / "bin" / "queuectl"
    link.parent.mkdir()
    link.symlink_to(program)
    assert found(None, {}, link, frozen=True) == program.parent.resolve() / "portable"


def test_on_macos_the_portable_folder_lies_beside_the_bundle_and_not_in_it(tmp_path):
    inside = tmp_path / "QueueCTL.app" / "Contents" / "MacOS"
    (inside / "portable").mkdir(parents=True)
    for name in ("queuectl", "queuectl-desktop"):
        assert found(None, {}, inside / name, frozen=True) == Path.home() / ".queuectl"
    (tmp_path / "portable").mkdir()
    for name in ("queuectl", "queuectl-desktop"):
        assert found(None, {}, inside / name, frozen=True) == tmp_path.resolve() / "portable"


def test_a_checkout_looks_for_no_portable_folder(program):
    assert found(None, {}, program) == Path.home() / ".queuectl"


def test_a_file_called_portable_is_no_home(tmp_path):
    (tmp_path / "portable").write_text("")
    assert found(None, {}, tmp_path / "queuectl", frozen=True) == Path.home() / ".queuectl"


@posix
def test_an_account_without_a_home_folder_is_told_how_to_name_one(tmp_path, monkeypatch):
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("os.getuid", lambda: 2**31 - 7)  # nobody's
    with pytest.raises(NoHomeFolder, match="This account has no home folder") as told:
        found()
    assert "--home or QUEUECTL_HOME" in str(told.value.remedy)
    assert not is_usual(Home(tmp_path), "/opt/queuectl/queuectl", frozen=True)


def test_a_relative_home_is_made_absolute_where_it_was_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert found("here") == tmp_path / "here"
    assert found(None, {"QUEUECTL_HOME": "a/../b"}) == tmp_path / "b"
    assert found("~/q") == Path.home() / "q"


def test_the_places_of_a_home():
    home = Home(Path("/h"))
    places = {name: getattr(home, name).as_posix() for name in dir(Home) if isinstance(getattr(Home, name), property)}
    assert places == {
        "data": "/h/data",
        "database": "/h/data/queuectl.db",
        "progress": "/h/data/progress",
        "bell": "/h/data/bell",
        "ring": "/h/data/bell/ring",
        "runner_lock": "/h/data/runner.lock",
        "window_lock": "/h/data/window.lock",
        "window_ini": "/h/data/window.ini",
        "outputs": "/h/outputs",
        "logs": "/h/logs",
        "backups": "/h/backups",
    }


def test_nothing_is_made_before_it_is_asked_for(home):
    assert home.database.parent == home.data
    assert not home.root.exists()


@posix
def test_the_folders_are_made_for_this_person_only_whatever_the_umask_says(tmp_path):
    home = Home(tmp_path / "deep" / "home")
    before = os.umask(0)
    try:
        home.make()
    finally:
        os.umask(before)
    made = [home.root, *home.root.rglob("*")]
    assert {path.name for path in made} == {"home", "data", "bell", "outputs", "logs", "backups"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o700}


@posix
@pytest.mark.parametrize("name", ["data", "data/bell", "outputs", "logs", "backups"])
def test_a_folder_that_others_can_read_is_tightened(home, name):
    home.make()
    (home.root / name).chmod(0o777)
    home.make()
    assert stat.S_IMODE((home.root / name).stat().st_mode) == 0o700


@posix
@pytest.mark.parametrize(("before", "after"), [(0o777, 0o755), (0o770, 0o750), (0o755, 0o755), (0o1777, 0o1777)])
def test_of_a_home_that_was_there_is_taken_that_others_write_into_it(home, before, after):
    home.root.mkdir()
    home.root.chmod(before)
    home.make()
    assert stat.S_IMODE(home.root.stat().st_mode) == after


@posix
def test_a_disk_without_modes_is_used_as_it_is(home, monkeypatch):
    home.make()
    home.data.chmod(0o777)

    def refuse(*_what):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    home.make()


@posix
@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="needs another user")
@pytest.mark.parametrize("name", ["", "data", "data/bell", "outputs", "logs", "backups"])
def test_a_home_of_another_user_is_refused_and_nothing_is_made(home, name):
    place = home.root / name
    place.mkdir(parents=True)
    os.chown(place, 4321, 4321)
    with pytest.raises(ForeignHome, match="belongs to another user"):
        home.make()
    assert not home.database.exists()
    assert list(place.iterdir()) == []


@posix
@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="needs another user")
@pytest.mark.parametrize("name", ["data", "outputs", "logs", "backups"])
def test_a_link_into_another_user_s_folder_is_refused(home, tmp_path, name):
    theirs = tmp_path / "theirs"
    theirs.mkdir(mode=0o777)
    theirs.chmod(0o777)
    os.chown(theirs, 4321, 4321)
    home.root.mkdir()
    (home.root / name).symlink_to(theirs)
    with pytest.raises(ForeignHome, match="belongs to another user"):
        home.make()
    assert list(theirs.iterdir()) == []


@not_under_wine("it makes links that it does not follow")
@posix
def test_a_link_to_a_folder_of_one_s_own_is_a_way_to_a_larger_disk(home, tmp_path):
    (tmp_path / "large").mkdir()
    home.root.mkdir()
    home.outputs.symlink_to(tmp_path / "large")
    home.make()
    assert home.outputs.is_dir()


def test_making_a_home_again_changes_nothing(home):
    home.make()
    (home.data / "x").write_text("x")
    home.make()
    assert (home.data / "x").read_text() == "x"


def test_a_file_in_the_way_is_told_in_words(home):
    home.root.write_text("")
    with pytest.raises(UnusableHome, match=r"The folder .*home can't be used: ") as caught:
        home.make()
    assert "it is a file, or lies in one" in str(caught.value)
    assert str(caught.value.remedy).startswith("Choose a folder with --home")


def test_what_comes_with_the_program_is_found():
    assert resource("job-file.schema.json").is_file()
    assert resource("examples").is_dir()
    with pytest.raises(FileNotFoundError, match=r"no-such\.thing did not come with this installation"):
        resource("no-such.thing")


LINUX = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:5 / /dev rw,nosuid - devtmpfs udev rw
40 22 0:50 / /mnt/share rw,relatime - nfs4 server:/share rw
41 22 0:51 / /mnt/B\u00fcro\\040Nord rw - cifs //server/x rw
42 40 8:2 / /mnt/share/local rw - ext4 /dev/sdb1 rw
43 22 0:53 / /mnt/twice rw - ext4 /dev/sdc1 rw
44 43 0:54 / /mnt/twice rw - fuse.sshfs me@host: rw
45 22 0:55 / /mnt/back rw - 9p host rw
46 45 8:3 / /mnt/back rw - ext4 /dev/sdd1 rw
this line means nothing
- - - - -
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the mount table of Linux")
@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/me/.queuectl", None),
        ("/mnt/share", "nfs4"),
        ("/mnt/share/deep/q", "nfs4"),
        ("/mnt/shared", None),
        ("/mnt/share/local/q", None),
        ("/mnt/Büro Nord/q", "cifs"),
        ("/mnt/twice/q", "fuse.sshfs"),
        ("/mnt/back/q", None),
    ],
)
def test_a_network_drive_is_known_by_the_mount_that_lies_nearest(folder, kind):
    assert network_file_system(Path(folder), lambda: LINUX) == kind


@pytest.mark.skipif(sys.platform != "linux", reason="the mount table of Linux")
@pytest.mark.parametrize("kind", sorted(NETWORK_FILE_SYSTEMS))
def test_each_kind_of_network_drive_is_known(kind):
    assert network_file_system(Path("/net/q"), lambda: f"40 22 0:50 / /net rw - {kind} server rw\n") == kind


@posix
@pytest.mark.parametrize("text", ["", "rubbish", "/dev/disk1 on / (apfs, local)"])
def test_a_table_that_names_no_network_drive_refuses_nothing(text):
    assert network_file_system(Path("/home/me"), lambda: text) is None


@posix
def test_a_table_of_macos_is_read_too():
    text = "/dev/disk3s1 on / (apfs, local)\n//me@nas/data on /Volumes/My Data (v2) (smbfs, nodev)\n"
    assert network_file_system(Path("/Volumes/My Data (v2)/q"), lambda: text) == "smbfs"
    assert network_file_system(Path("/Users/me"), lambda: text) is None


@posix
def test_a_link_onto_a_network_drive_is_followed(tmp_path):
    far = tmp_path / "far"
    far.mkdir()
    (tmp_path / "near").symlink_to(far)
    table = f"22 1 8:1 / / rw - ext4 x rw\n40 22 0:50 / {far} rw - nfs server rw\n"
    assert network_file_system(tmp_path / "near" / "q", lambda: table) == "nfs"


@pytest.mark.skipif(sys.platform != "linux", reason="the mount table of Linux")
def test_this_machine_s_own_table_can_be_read(tmp_path):
    assert network_file_system(tmp_path) is None
    assert "/proc" in paths._linux_mounts()


@pytest.mark.skipif(sys.platform != "linux", reason="the mount table of Linux")
def test_a_home_on_a_network_drive_is_not_made(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "_linux_mounts", lambda: f"40 22 0:50 / {tmp_path} rw - nfs server rw\n")
    with pytest.raises(NetworkHome, match=r"is on a network drive \(nfs\), and a queue kept there") as caught:
        Home(tmp_path / "home").make()
    assert str(caught.value.remedy) == "Choose a folder on a local disk with --home or QUEUECTL_HOME."
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="the modes are POSIX's")
def test_a_folder_that_1_0_made_for_everybody_to_read_becomes_private(home):
    home.data.mkdir(mode=0o755, parents=True)
    home.root.chmod(0o755)
    home.make()
    assert home.data.stat().st_mode & 0o777 == 0o700
    assert home.root.stat().st_mode & 0o777 == 0o755
