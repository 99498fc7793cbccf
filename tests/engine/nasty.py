"""Programs whose processes are hard to find or to end. `python nasty.py PROGRAM LINE [ARGUMENT…]`.

LINE is the path of a FIFO. Every process opens it, writes `name pid` when it is in place, and keeps it open:
when the reader sees the end of the file, all of them are dead.
"""

import os
import signal
import sys
import time

LINE = ""


def say(name):
    os.write(os.open(LINE, os.O_WRONLY), f"{name} {os.getpid()}\n".encode())


def hold(name):
    say(name)
    while True:
        signal.pause()


def deaf():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def child(action, *arguments):
    if os.fork() == 0:
        action(*arguments)
        os._exit(0)


def daemon(action, *arguments):
    """Fork twice with a session in between, the way that a daemon does."""
    first = os.fork()
    if first:
        os.waitpid(first, 0)
        return
    os.setsid()
    child(action, *arguments)
    os._exit(0)


def nameless(program, *arguments):
    """Become a program whose environment is empty."""
    os.execve(sys.executable, [sys.executable, "-S", "-E", __file__, program, LINE, *arguments], {})


def in_session(name):
    os.setsid()
    hold(name)


def six():
    """A tree that ignores SIGTERM: a child, a session, a daemon, and two without an environment."""
    deaf()
    child(hold, "child")
    child(in_session, "session")
    daemon(hold, "daemon")
    child(nameless, "deaf", "nameless")
    daemon(nameless, "deaf", "nameless-daemon")
    hold("root")


def escape():
    """A child in another session and without an environment."""

    def away():
        os.setsid()
        nameless("hold", "escaped")

    child(away)
    hold("root")


def deaf_hold(name):
    deaf()
    hold(name)


def polite():
    """Two processes, of which the first ends with 3 when it is asked, and the second at once."""
    child(hold, "child")
    signal.signal(signal.SIGTERM, lambda *_: os._exit(3))
    hold("root")


def stopped():
    """A process that was stopped, and can end only when it is continued."""
    child(hold, "child")
    say("root")
    os.kill(os.getpid(), signal.SIGSTOP)


def tidying():
    """Asked to end, it starts somebody else to tidy up, and ends."""

    def tidy(*_):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        child(hold, "tidier")
        os._exit(0)

    signal.signal(signal.SIGTERM, tidy)
    hold("root")


def leave(*names):
    """End at once, and leave one daemon for each name; `nameless…` ones without an environment."""
    for name in names:
        if name.startswith("nameless"):
            daemon(nameless, "hold", name)
        else:
            daemon(hold, name)


def leave_and_hold(*names):
    """Leave such daemons, and stay."""
    leave(*names)
    hold("root")


def background():
    """End at once, and leave a child in the session."""
    child(hold, "background")


def leave_in_turn(name):
    """Leave a child in the session, and end when a byte comes on standard input."""
    child(hold, name)
    in_turn("root", 0)


def fork_in_turn(name):
    """Start a child when a byte comes on standard input, and stay."""
    say("root")
    os.read(0, 1)
    child(hold, name)
    signal.pause()


def in_turn(name, code):
    """End with a code when a byte comes on standard input."""
    say(name)
    os.read(0, 1)
    os._exit(int(code))


def runner(token, *program):
    """Start a job the way the runner does, and stay."""

    def job():
        os.setsid()
        command = [sys.executable, "-S", "-E", __file__, program[0], LINE, *program[1:]]
        os.execve(sys.executable, command, {"QUEUECTL_TOKEN": token})

    child(job)
    hold("runner")


def chain():
    """A process that forks and ends, again and again: each lives for less than a millisecond.

    It ends by itself after a minute: one that got away took a core of the machine for as long as that ran.
    """
    say("chain")
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if os.fork():
            os._exit(0)


def wander():
    """A chain that takes some milliseconds for each step, in a session of its own each time. It ends like `chain`."""
    deaf()
    say("wander")
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if os.fork():
            os._exit(0)
        os.setsid()
        time.sleep(0.003)


def bomb(bound):
    """Fork from every process, until there were `bound` forks, and go on forking while being killed."""
    ours, theirs = os.pipe()
    os.write(theirs, b"." * int(bound))
    os.close(theirs)
    deaf()
    say("bomb")
    while os.read(ours, 1):
        if os.fork() == 0:
            os.setsid()
    while True:
        signal.pause()


def without_main_thread():
    """A process whose first thread ends: /proc calls it a zombie, and it lives."""
    import ctypes
    import threading

    threading.Thread(target=hold, args=("thread",)).start()
    ctypes.CDLL(None).pthread_exit(None)


PROGRAMS = {
    "six": six,
    "escape": escape,
    "deaf": deaf_hold,
    "hold": hold,
    "polite": polite,
    "stopped": stopped,
    "tidying": tidying,
    "leave": leave,
    "leave_and_hold": leave_and_hold,
    "background": background,
    "leave_in_turn": leave_in_turn,
    "fork_in_turn": fork_in_turn,
    "in_turn": in_turn,
    "runner": runner,
    "chain": chain,
    "wander": wander,
    "bomb": bomb,
    "without_main_thread": without_main_thread,
}

if __name__ == "__main__":
    LINE = sys.argv[2]
    PROGRAMS[sys.argv[1]](*sys.argv[3:])
