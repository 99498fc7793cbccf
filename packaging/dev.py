r"""The commands of this checkout: run the program, test the program, build what is downloaded.

    python3 packaging/dev.py run                the window; without a screen the demo
    python3 packaging/dev.py run FILE ...       the window, which reviews these job files
    python3 packaging/dev.py run --demo         a file of real jobs, in a throw-away queue
    python3 packaging/dev.py run ARGS ...       queuectl ARGS: the command line
    python3 packaging/dev.py test [--all] [--windows] [--part NAME ...] [-- PYTEST ARGS ...]
    python3 packaging/dev.py build [--windows] [--releases URL]
                                                the executables, in .dist: for this system, or for Windows, under Wine
    python3 packaging/dev.py chaos [--attack NAME ...] [--rounds N] [--soak MINUTES] [--seed S] [--resume] [--list]
                                                attacks on the promise that nothing is lost, in .chaos
    python3 packaging/dev.py bench [--only NAME ...] [--quick] [--json FILE] [--list] [-- OPTIONS OF A SCRIPT ...]
                                                the benchmarks: a table, JSON, and pictures in .bench
    python3 packaging/dev.py lock               choose the pinned versions afresh

On Windows: py packaging\dev.py ... Both make .venv first, once, with the pinned versions.
"""

# Old Pythons must be able to read this file as far as this: it is where they are told to go.
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - who starts this script is not who installed the package
    sys.exit("QueueCTL needs Python 3.11 or newer; this is %d.%d." % sys.version_info[:2])  # noqa: UP031

import os
import subprocess
from pathlib import Path

from environment import make_ready
from processes import run_through_interrupt
from system_libraries import SetupError

CHECKOUT = Path(__file__).resolve().parent.parent
USAGE = (__doc__ or "").strip()
JOB_FILES = {".json", ".jsonl", ".qjob"}
INTERRUPTED = 130  # what shells report for Ctrl+C


def run(args: list[str]) -> int:
    """Start the window, the command line or the demo, whichever the arguments mean.

    Returns:
        The exit code of what ran.
    """
    environment = make_ready(CHECKOUT)
    if args == ["--demo"] or (not args and not _has_screen()):
        import demo

        if not args:
            print("There is no screen for the window: this is the demo.")
        return demo.show(CHECKOUT, environment.script("queuectl"))
    is_window = all(Path(arg).suffix.lower() in JOB_FILES and Path(arg).is_file() for arg in args)
    return _become([str(environment.script("queuectl-desktop" if is_window else "queuectl")), *args])


def test(args: list[str]) -> int:
    """Run the parts that the arguments name, and say how each ended.

    Returns:
        0 when every part passed, else 1.
    """
    import argparse

    import parts

    own, pytest_args = _split_at_dashes(args)
    parser = argparse.ArgumentParser(prog="dev.py test", description="Checks and tests of this checkout.")
    parser.add_argument("--all", action="store_true", help="the slow parts too; what CI runs")
    parser.add_argument("--part", action="append", choices=parts.NAMES, help="this part alone (repeatable)")
    windows = "the Windows code, under Wine (the same as --part windows)"
    parser.add_argument("--windows", action="append_const", dest="part", const="windows", help=windows)
    chosen = parser.parse_args(own)
    names = parts.select(chosen.part, everything=chosen.all)
    environment = make_ready(CHECKOUT)
    return parts.run_all(names, CHECKOUT, environment, pytest_args)


def build(args: list[str]) -> int:
    """Build what is downloaded, for the system this runs on.

    Returns:
        0; where something fails, that is raised.
    """
    import argparse

    import building

    parser = argparse.ArgumentParser(prog="dev.py build", description="The executables of this program.")
    wine = "the Windows executables, on Linux, under Wine"
    parser.add_argument("--windows", action="store_true", help=wine)
    page = "the page on which this build will be published: the program can look there for a newer one"
    parser.add_argument("--releases", metavar="URL", help=page)
    chosen = parser.parse_args(args)
    if chosen.windows:
        import windows_build as building_there
    else:
        import building as building_there
    for path in building_there.build(CHECKOUT, make_ready(CHECKOUT), chosen.releases):
        print(f"{building.megabytes(path):6.1f} MB  {path.relative_to(CHECKOUT)}")
    return 0


def chaos(args: list[str]) -> int:
    """Attack the promise that nothing is lost.

    Returns:
        0 where it held, else 1.
    """
    import chaos as campaign

    return campaign.attack(CHECKOUT, make_ready(CHECKOUT), args)


def bench(args: list[str]) -> int:
    """Run benchmarks, all or some, and show the table.

    Returns:
        0 when each ran to its end, else 1.
    """
    import bench as benchmarks

    own, options = _split_at_dashes(args)
    return benchmarks.main(CHECKOUT, make_ready(CHECKOUT), own, options)


def lock(args: list[str]) -> int:
    """Choose the pinned versions afresh.

    Returns:
        The exit code.
    """
    from pinning import write_locks

    if args:
        raise SetupError("lock takes no arguments.")
    return write_locks(CHECKOUT)


# The modules of one verb are imported in it: each start of `run` would pay for them.
VERBS = {"run": run, "test": test, "build": build, "chaos": chaos, "bench": bench, "lock": lock}


def main(argv: list[str]) -> int:
    """Carry out one sub-command.

    Returns:
        The exit code of the process.
    """
    if not argv or argv[0] not in VERBS:
        asked_for_help = argv[:1] in (["-h"], ["--help"])
        print(USAGE, file=sys.stdout if asked_for_help else sys.stderr)
        return 0 if asked_for_help else 2
    try:
        return VERBS[argv[0]](argv[1:])
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"Exit code {error.returncode}: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return INTERRUPTED


def _has_screen() -> bool:
    """Whether a window could be seen; on Windows and macOS there always is a screen."""
    is_x = os.name == "posix" and sys.platform != "darwin"
    return not is_x or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def _become(command: list[str]) -> int:
    """Let a program take the place of this one, as far as the system can do that."""
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    return run_through_interrupt(command)


def _split_at_dashes(args: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in args:
        return args, []
    place = args.index("--")
    return args[:place], args[place + 1 :]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
