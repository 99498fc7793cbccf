"""The pure parts of the two commands: what they decide, without a network and without a new environment."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.scripts import CHECKOUT as ROOT
from tests.packaging.scripts import load

ONE_JOB = {"a": {"state": "completed", "runs": 2}}

chaos = load("chaos")
demo = load("demo")
desktop_programs = load("desktop_programs")
dev = load("dev")
environment = load("environment")
file_lock = load("file_lock")
parts = load("parts")
pinning = load("pinning")
processes = load("processes")
system_libraries = load("system_libraries")
windows_python = load("windows_python")


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "packaging").mkdir()
    (tmp_path / "packaging" / "requirements.lock").write_text("click==8.5.1\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    return tmp_path


@pytest.fixture
def made(checkout):
    """The environment of that checkout, as it looks when it was made to the end."""
    it = environment.Environment(checkout / ".venv")
    it.python.parent.mkdir(parents=True)
    it.python.touch()
    environment.write_stamp(it, environment.stamp_for(checkout))
    return it


@pytest.fixture
def steps(monkeypatch):
    """What a set-up would do, told instead of done."""
    taken = []
    monkeypatch.setattr(system_libraries, "ensure_qt_libraries", lambda: taken.append("libraries"))
    monkeypatch.setattr(environment.Environment, "create", lambda _: taken.append("create"))
    monkeypatch.setattr(environment, "_pip", lambda _, *args: taken.append(f"pip {args[0]}"))
    monkeypatch.setattr(environment, "_ensure_pip", lambda: None)
    return taken


class TestEnvironment:
    def test_is_taken_as_it_is_while_nothing_has_changed(self, checkout, made, steps):
        assert environment.make_ready(checkout) == made
        assert steps == []

    @pytest.mark.usefixtures("made")
    def test_is_made_again_when_the_lock_has_changed(self, checkout, steps):
        (checkout / "packaging" / "requirements.lock").write_text("click==8.5.2\n")
        environment.make_ready(checkout)
        assert steps == ["libraries", "create", "pip install", "pip check", "pip install"]

    @pytest.mark.usefixtures("made")
    def test_is_made_again_when_python_has_changed(self, checkout, steps, monkeypatch):
        monkeypatch.setattr(sys, "version", "3.99.0")
        environment.make_ready(checkout)
        assert "create" in steps

    @pytest.mark.usefixtures("made")
    def test_is_made_again_when_the_checkout_was_moved(self, checkout, steps):
        moved = checkout.rename(checkout.with_name("moved"))
        environment.make_ready(moved)
        assert "create" in steps

    @pytest.mark.usefixtures("made")
    def test_only_takes_the_program_in_again_when_pyproject_has_changed(self, checkout, steps):
        (checkout / "pyproject.toml").write_text("[project]\nname = 'other'\n")
        environment.make_ready(checkout)
        assert steps == ["libraries", "pip install"]

    @pytest.mark.usefixtures("made")
    def test_is_not_taken_for_whole_after_an_interruption(self, checkout, steps, monkeypatch):
        def interrupted(_pip, *_args):
            raise KeyboardInterrupt

        (checkout / "pyproject.toml").write_text("[project]\nname = 'other'\n")
        with monkeypatch.context() as patch:
            patch.setattr(environment, "_pip", interrupted)
            with pytest.raises(KeyboardInterrupt):
                environment.make_ready(checkout)
        environment.make_ready(checkout)
        assert "create" in steps

    @pytest.mark.parametrize("text", ["", "{", "[]", '"x"'])
    def test_with_an_unreadable_stamp_is_no_environment(self, made, text):
        (made.root / "queuectl-stamp.json").write_text(text)
        assert environment.read_stamp(made) is None

    def test_without_its_python_is_no_environment(self, made):
        made.python.unlink()
        assert environment.read_stamp(made) is None

    def test_needs_a_lock_file(self, checkout):
        (checkout / "packaging" / "requirements.lock").unlink()
        with pytest.raises(system_libraries.SetupError, match=r"requirements\.lock cannot be read"):
            environment.make_ready(checkout)

    def test_is_not_made_by_a_python_that_cannot_bring_pip(self, monkeypatch):
        monkeypatch.setattr(environment, "_pip_runner", lambda: None)
        monkeypatch.setattr(environment, "_has_ensurepip", lambda: False)
        monkeypatch.setattr(system_libraries, "on_debian", lambda: False)
        with pytest.raises(system_libraries.SetupError, match="neither pip nor ensurepip"):
            environment._ensure_pip()

    def test_uses_its_own_pip_where_this_python_has_none(self, made, monkeypatch):
        monkeypatch.setattr(environment, "_pip_runner", lambda: None)
        (made.site_packages / "pip").mkdir(parents=True)
        assert environment.pip_command(made)[:3] == [str(made.python), "-m", "pip"]

    def test_without_a_pip_says_what_to_do(self, made, monkeypatch):
        monkeypatch.setattr(environment, "_pip_runner", lambda: None)
        with pytest.raises(system_libraries.SetupError, match=r"There is no pip for .*\.venv: delete that folder"):
            environment.pip_command(made)

    def test_is_served_by_the_pip_of_the_python_that_it_was_made_from(self, made, monkeypatch):
        """Whoever starts dev.py with its python has no pip there."""
        runner = made.root / "pip" / "__pip-runner__.py"
        runner.parent.mkdir()
        runner.touch()
        monkeypatch.setattr(sys, "prefix", str(made.root))
        monkeypatch.setattr(environment, "_pip_of", lambda _python: str(runner.with_name("__init__.py")))
        with monkeypatch.context() as patch:
            patch.setattr(importlib.util, "find_spec", lambda _name: None)
            command = environment.pip_command(made)
        assert command[:2] == [str(made.python), str(runner)]

    def test_finds_where_another_python_has_its_pip(self):
        assert environment._pip_of(sys.executable) == getattr(importlib.util.find_spec("pip"), "origin", None)


class TestEnvironmentOfALock:
    @pytest.fixture
    def made(self, tmp_path, steps):
        """The lock of an environment that was made to the end."""
        it = environment.Environment(tmp_path / "venv")
        it.python.parent.mkdir(parents=True)
        it.python.touch()
        lock = tmp_path / "bench.lock"
        lock.write_text("huey==3.5.4\n")
        environment.make_from_lock(it.root, lock)
        steps.clear()
        return lock

    def test_is_taken_as_it_is_while_nothing_has_changed(self, tmp_path, made, steps):
        environment.make_from_lock(tmp_path / "venv", made)
        assert steps == []

    def test_is_made_again_with_nothing_but_the_lock_when_that_has_changed(self, tmp_path, made, steps):
        made.write_text("huey==3.5.5\n")
        environment.make_from_lock(tmp_path / "venv", made)
        assert steps == ["create", "pip install", "pip check"]


class TestSystemLibraries:
    @pytest.fixture(autouse=True)
    def on_linux(self, monkeypatch):
        monkeypatch.setattr(sys, "platform", "linux")

    def missing(self, monkeypatch, *names):
        monkeypatch.setattr(system_libraries, "_loads", lambda library: library not in names)

    def test_are_left_alone_when_all_are_there(self, monkeypatch):
        self.missing(monkeypatch)
        system_libraries.ensure_qt_libraries()

    def test_that_may_not_be_installed_are_told_with_the_one_command(self, monkeypatch):
        self.missing(monkeypatch, "libxcb-cursor.so.0", "libEGL.so.1")
        monkeypatch.setattr(system_libraries, "on_debian", lambda: True)
        monkeypatch.setattr(system_libraries, "_privilege", lambda: None)
        monkeypatch.setattr(system_libraries, "_is_root", lambda: False)
        with pytest.raises(system_libraries.SetupError) as told:
            system_libraries.ensure_qt_libraries()
        command = "sudo apt-get update && sudo apt-get install --yes libegl1 libxcb-cursor0"
        assert str(told.value).splitlines()[-1].strip() == command

    def test_on_another_linux_are_named_without_a_guess(self, monkeypatch):
        self.missing(monkeypatch, "libEGL.so.1")
        monkeypatch.setattr(system_libraries, "on_debian", lambda: False)
        with pytest.raises(system_libraries.SetupError, match=r"libEGL\.so\.1$"):
            system_libraries.ensure_qt_libraries()

    def test_do_not_matter_elsewhere(self, monkeypatch):
        self.missing(monkeypatch, "libEGL.so.1")
        monkeypatch.setattr(sys, "platform", "darwin")
        system_libraries.ensure_qt_libraries()


class TestDesktopPrograms:
    def missing(self, monkeypatch, *names):
        monkeypatch.setattr(desktop_programs.sys, "platform", "linux")
        monkeypatch.setattr(
            desktop_programs.shutil, "which", lambda name: None if name in names else f"/usr/bin/{name}"
        )

    def test_are_left_alone_when_all_are_there(self, monkeypatch):
        self.missing(monkeypatch)
        monkeypatch.setattr(system_libraries, "install_packages", lambda *_: pytest.fail("installed"))
        desktop_programs.make_ready()
        assert desktop_programs.what_a_person_must_bring() is None

    def test_are_installed_where_that_is_allowed(self, monkeypatch):
        self.missing(monkeypatch, "tint2", "xprop")
        installed = []

        def install(packages, _purpose):
            installed.extend(packages)
            self.missing(monkeypatch)

        monkeypatch.setattr(system_libraries, "on_debian", lambda: True)
        monkeypatch.setattr(system_libraries, "install_packages", install)
        desktop_programs.make_ready()
        assert installed == ["tint2", "x11-utils"]

    def test_that_may_not_be_installed_skip_the_part_and_are_told_with_the_one_command(self, monkeypatch, capsys):
        self.missing(monkeypatch, "tint2")
        monkeypatch.delenv("CI", raising=False)
        monkeypatch.setattr(system_libraries, "may_install", lambda: False)
        monkeypatch.setattr(system_libraries, "on_debian", lambda: True)
        assert parts.run_all(["desktop"], ROOT, None, []) == 0
        assert "apt-get install --yes tint2" in capsys.readouterr().out

    def test_that_are_missing_in_ci_fail_the_part(self, monkeypatch, capsys):
        self.missing(monkeypatch, "tint2")
        monkeypatch.setenv("CI", "true")
        monkeypatch.setattr(system_libraries, "on_debian", lambda: False)
        assert parts.run_all(["desktop"], ROOT, None, []) == 1
        assert "tint2" in capsys.readouterr().out


class TestChaos:
    @pytest.fixture
    def started(self, monkeypatch):
        """What is started, told instead of done; a campaign takes longer than it may."""
        commands = []

        def campaign(command, **more):
            commands.append(command)
            raise subprocess.TimeoutExpired(command, more["limit"])

        monkeypatch.setattr(chaos.fuzzer, "variables", lambda *_: {})
        monkeypatch.setattr(chaos, "run_through_interrupt", campaign)
        monkeypatch.setattr(chaos.subprocess, "run", lambda command, **_: commands.append(command))
        return commands

    def test_ends_what_a_campaign_has_started_that_takes_too_long(self, checkout, made, started):
        with pytest.raises(subprocess.TimeoutExpired):
            chaos.attack(checkout, made, ["--rounds", "1"], limit=5)
        assert [command[3:] for command in started] == [["--rounds", "1"], ["--end"]]

    def test_is_skipped_on_windows_and_says_why(self, monkeypatch):
        monkeypatch.setattr(parts.os, "name", "nt")
        checkout = parts.Checkout(ROOT, None, ())
        with pytest.raises(parts.SkippedError, match="POSIX shell"):
            parts._chaos(checkout)


class TestParts:
    def test_are_the_quick_ones_unless_others_are_asked_for(self):
        assert parts.select(None, everything=False) == ["checks", "tests"]

    def test_are_all_when_all_are_asked_for(self):
        in_order = "checks, tests, slow, desktop, chaos, executable, windows, windows-executable, demo, wheel"
        assert ", ".join(parts.select(None, everything=True)) == in_order

    def test_that_show_nothing_new_run_by_name_only(self):
        assert "windows-desktop" not in parts.select(None, everything=True)
        assert parts.select(["windows-desktop"], everything=False) == ["windows-desktop"]

    def test_run_in_their_fixed_order_and_once(self):
        assert parts.select(["wheel", "checks", "wheel"], everything=False) == ["checks", "wheel"]

    @pytest.mark.parametrize(("second", "code"), [(True, 0), (False, 1)])
    def test_all_run_though_one_failed_and_each_is_told(self, second, code, monkeypatch, capsys):
        ran = []

        def part(name, passes):
            return lambda _checkout: ran.append(name) or passes

        monkeypatch.setitem(parts._PARTS, "checks", part("checks", second))
        monkeypatch.setitem(parts._PARTS, "tests", part("tests", True))
        assert parts.run_all(["checks", "tests"], ROOT, None, []) == code
        assert ran == ["checks", "tests"]
        assert f"parts: {2 - code} passed, {code} failed" in capsys.readouterr().out

    def test_that_collect_no_test_have_failed(self, monkeypatch, capsys):
        monkeypatch.setattr(parts, "run_through_interrupt", lambda *_args, **_named: 5)
        assert parts.run_all(["slow"], ROOT, environment.Environment(ROOT / ".venv"), []) == 1
        assert "No test is marked as: slow" in capsys.readouterr().out

    def test_that_this_machine_cannot_run_are_skipped_and_counted(self, monkeypatch, capsys):
        monkeypatch.setattr(windows_python.sys, "platform", "darwin")
        assert parts.run_all(["windows"], ROOT, None, []) == 0
        told = capsys.readouterr().out
        assert "windows            skipped: Windows programs run under Wine on Linux x86-64 only" in told
        assert "parts: 0 passed, 0 failed, 1 skipped" in told

    def test_that_cannot_start_have_failed(self, monkeypatch, capsys):
        def broken(_checkout):
            raise system_libraries.SetupError("the reason")

        monkeypatch.setitem(parts._PARTS, "demo", broken)
        assert parts.run_all(["demo"], ROOT, None, []) == 1
        assert "the reason" in capsys.readouterr().out


class TestWindowsPython:
    def test_has_the_pins_that_count_there_without_their_conditions(self):
        lock = '# x\nclick==8.5.1\ncolorama==0.4.6 ; sys_platform == "win32"\nx==1 ; sys_platform == "linux"\nruff==1\n'
        assert windows_python.windows_requirements(lock) == ["click==8.5.1", "colorama==0.4.6"]

    def test_has_all_that_the_program_and_its_tests_need(self):
        lock = (ROOT / "packaging" / "requirements.lock").read_text(encoding="utf-8")
        names = {pin.partition("==")[0] for pin in windows_python.windows_requirements(lock)}
        assert {"pywin32", "pyside6-essentials", "apsw", "pytest", "hypothesis"} <= names

    def test_knows_the_files_of_this_system_as_drive_z(self):
        assert windows_python.windows_path(Path("/a/b c")) == "Z:\\a\\b c"

    def test_is_made_again_when_the_lock_or_the_place_has_changed(self, checkout):
        (checkout / "packaging" / "icuuc.c").touch()
        before = windows_python.stamp_for(checkout)
        (checkout / "packaging" / "requirements.lock").write_text("click==8.5.2\n")
        assert windows_python.stamp_for(checkout) != before
        moved = checkout.rename(checkout.with_name("elsewhere"))
        assert windows_python.stamp_for(moved)["place"] != before["place"]

    @pytest.fixture
    def no_wine(self, monkeypatch):
        """A Debian without Wine; where this account may not install it."""
        monkeypatch.setattr(windows_python, "why_not", lambda: None)
        monkeypatch.setattr(windows_python.shutil, "which", lambda _: None)
        monkeypatch.setattr(system_libraries, "on_debian", lambda: True)
        monkeypatch.setattr(system_libraries, "_privilege", lambda: None)
        monkeypatch.setattr(system_libraries, "_is_root", lambda: False)
        return "apt-get install --yes gcc-mingw-w64-x86-64 wine wine64 xvfb"

    def test_without_wine_is_told_with_the_one_command(self, checkout, no_wine):
        (checkout / "packaging" / "icuuc.c").touch()
        with pytest.raises(system_libraries.SetupError) as told:
            windows_python.make_ready(checkout, None)
        assert str(told.value).splitlines()[-1].strip().endswith(no_wine)

    def test_that_a_person_must_bring_is_skipped_with_the_one_command(self, no_wine, monkeypatch, capsys):
        monkeypatch.delenv("CI", raising=False)
        assert parts.run_all(["windows"], ROOT, None, []) == 0
        told = capsys.readouterr().out
        assert "windows            skipped: to run the Windows code wine, wineserver, Xvfb" in told
        assert no_wine in told.splitlines()[-2]

    def test_that_is_missing_in_ci_is_a_failure(self, checkout, no_wine, monkeypatch, capsys):
        monkeypatch.setenv("CI", "true")
        (checkout / "packaging" / "icuuc.c").touch()
        assert parts.run_all(["windows"], checkout, None, []) == 1
        told = capsys.readouterr().out
        assert no_wine in told
        assert "windows            FAILED" in told

    @pytest.mark.usefixtures("no_wine")
    def test_that_may_be_installed_is_no_reason_to_skip(self, monkeypatch):
        monkeypatch.setattr(system_libraries, "_privilege", list)
        assert windows_python.what_a_person_must_bring() is None


class TestCommandLine:
    def test_without_a_verb_says_how_to_use_it(self, capsys):
        assert dev.main([]) == 2
        assert "packaging/dev.py test" in capsys.readouterr().err

    def test_hands_everything_behind_run_to_queuectl(self, monkeypatch):
        started = []
        monkeypatch.setattr(dev, "make_ready", lambda _: environment.Environment(Path("venv")))
        monkeypatch.setattr(dev, "_become", lambda command: started.append(command) or 7)
        assert dev.main(["run", "list", "--json", "--", "x"]) == 7
        assert started[0][1:] == ["list", "--json", "--", "x"]

    @pytest.mark.parametrize(
        ("display", "args", "program"),
        [(":0", [], "queuectl-desktop"), (":0", ["FILE"], "queuectl-desktop"), ("", ["FILE"], "queuectl-desktop")],
    )
    def test_opens_the_window_where_there_is_a_screen_or_a_job_file(
        self, monkeypatch, tmp_path, display, args, program
    ):
        file = tmp_path / "jobs.json"
        file.write_text("[]", encoding="utf-8")
        started = []
        monkeypatch.setenv("DISPLAY", display)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        monkeypatch.setattr(dev, "make_ready", lambda _: environment.Environment(Path("venv")))
        monkeypatch.setattr(dev, "_become", lambda command: started.append(command) or 0)
        given = [str(file) if arg == "FILE" else arg for arg in args]
        assert dev.main(["run", *given]) == 0
        assert Path(started[0][0]).stem == program
        assert started[0][1:] == given

    @pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there always is a screen")
    @pytest.mark.parametrize(("display", "args"), [("", []), ("", ["--demo"]), (":0", ["--demo"])])
    def test_shows_the_demo_when_asked_or_where_there_is_no_screen(self, monkeypatch, display, args):
        shown = []
        monkeypatch.setenv("DISPLAY", display)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        monkeypatch.setattr(dev, "make_ready", lambda _: environment.Environment(Path("venv")))
        monkeypatch.setattr(demo, "show", lambda *given: shown.append(given) or 0)
        assert dev.main(["run", *args]) == 0
        assert len(shown) == 1

    def test_has_a_short_word_for_the_windows_part(self, monkeypatch):
        asked = []
        monkeypatch.setattr(dev, "make_ready", lambda _: None)
        monkeypatch.setattr(parts, "run_all", lambda names, *_: asked.append(names) or 0)
        assert dev.main(["test", "--windows"]) == 0
        assert asked == [["windows"]]

    def test_hands_everything_behind_the_dashes_to_pytest(self):
        assert dev._split_at_dashes(["--all", "--", "-k", "one", "--"]) == (["--all"], ["-k", "one", "--"])

    def test_tells_an_interruption_without_a_traceback(self, monkeypatch, capsys):
        def interrupted(_args):
            raise KeyboardInterrupt

        monkeypatch.setitem(dev.VERBS, "run", interrupted)
        assert dev.main(["run"]) == 130
        assert capsys.readouterr().err == "\nStopped.\n"


class TestLock:
    def test_names_the_systems_only_where_not_all_need_the_package(self):
        assert pinning.lock_line("click", "8.5.1", ["win32", "linux", "darwin"]) == "click==8.5.1"
        assert pinning.lock_line("pywin32", "312", ["win32"]) == 'pywin32==312 ; sys_platform == "win32"'

    def test_covers_the_program_and_its_development(self):
        declared = pinning.declared_requirements(ROOT / "pyproject.toml")
        assert "peewee==4.5.3" in declared
        assert any(text.startswith("pytest-qt") for text in declared)


class TestDemo:
    def test_is_content_when_each_job_ended_as_expected(self):
        assert demo.differences(ONE_JOB, {"a": {"state": "completed", "runs": 2}}) == []

    def test_says_what_differs(self):
        found = {"a": {"state": "dead", "runs": 2}, "b": {"state": "pending", "runs": 0}}
        assert demo.differences(ONE_JOB, found) == [
            "'a' should end with state completed, but has dead.",
            "'b' is in the queue, but not in the example.",
        ]
        assert demo.differences(ONE_JOB, {}) == ["'a' is not in the queue."]

    def test_starts_in_fresh_folders_whatever_lies_there(self, tmp_path):
        old = tmp_path / ".demo" / "home" / "data" / "queuectl.db"
        old.parent.mkdir(parents=True)
        old.touch()
        work = demo._Demo(tmp_path, Path("queuectl"))._fresh_folders()
        assert list(work.parent.iterdir()) == [work]


def test_a_lock_is_waited_for_while_another_process_holds_it(tmp_path, monkeypatch, capsys):
    tries = iter([False, False, True])
    monkeypatch.setattr(file_lock, "_try_lock", lambda _: next(tries))
    monkeypatch.setattr(file_lock.time, "sleep", lambda _: None)
    with file_lock.held(tmp_path / "lock", "Waiting."):
        assert capsys.readouterr().out == "Waiting.\n"


def test_a_tool_sees_no_other_python_and_no_other_queue(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("QUEUECTL_HOME", "elsewhere")
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    seen = processes.tool_environment(QT_QPA_PLATFORM="offscreen", ADDED="1")
    assert "elsewhere" not in seen.values()
    assert (seen["QT_QPA_PLATFORM"], seen["ADDED"]) == ("xcb", "1")
