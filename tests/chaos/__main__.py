"""python -m tests.chaos: carries a campaign out. ``packaging/dev.py chaos`` starts it."""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
from pathlib import Path

from tests.chaos.attacks import ATTACKS
from tests.chaos.campaign import PROGRESS, Campaign
from tests.chaos.leftovers import end_leftovers
from tests.chaos.progress import Progress, read
from tests.desktop.real import targets

CHECKOUT = Path(__file__).resolve().parents[2]
SOAK = "soak"
AT_ONCE, AT_ONCE_LONG = 10, 50
INTERRUPTED = 130


def main(argv: list[str]) -> int:
    """Carry out what the arguments say; return 0 where the promise held, else 1."""
    asked = parser_of_arguments().parse_args(argv)
    if asked.list:
        for attack in ATTACKS.values():
            a_round = f"; a round is {attack.a_round}" if attack.a_round else ""
            print(f"{attack.name:<12} {attack.does}")
            print(f"{'':<12} rounds: {attack.rounds}, with --long {attack.campaign}{a_round}")
        return 0
    folder = asked.folder.absolute()
    folder.mkdir(exist_ok=True)
    end_leftovers(folder)
    if asked.end:
        return INTERRUPTED
    target = targets.chosen()
    if target.is_windows or sys.platform == "win32":
        print("The jobs of these attacks speak a POSIX shell's language; Windows is not attacked.", file=sys.stderr)
        return 2
    if not asked.resume:
        progress = fresh(asked, target.name)
    elif (folder / PROGRESS).exists():
        progress = read(folder / PROGRESS)
    else:
        print("There is no campaign to go on with.", file=sys.stderr)
        return 2
    if progress.target != target.name:
        print(f"That campaign attacks the target {progress.target}.", file=sys.stderr)
        return 2
    attacks = [ATTACKS[name] for name in progress.wanted]
    print(f"target {progress.target}, seed {progress.seed}", flush=True)
    try:
        return 0 if Campaign(folder, attacks, progress, target).go_on() else 1
    except KeyboardInterrupt:
        print("Stopped; go on with --resume.", file=sys.stderr, flush=True)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # the attacks are on threads, and go on: with the program they end at once, and start nothing more
        os.execv(sys.executable, [sys.executable, "-m", "tests.chaos", "--end", "--folder", str(folder)])


def fresh(asked: argparse.Namespace, target: str) -> Progress:
    """The campaign that the arguments ask for."""
    names = asked.attack or ([SOAK] if asked.soak else list(ATTACKS))
    wanted = {name: ATTACKS[name].campaign if asked.long else ATTACKS[name].rounds for name in names}
    if asked.rounds is not None:
        wanted = dict.fromkeys(wanted, asked.rounds)
    if asked.soak is not None:
        wanted[SOAK] = asked.soak
    seed = random.SystemRandom().randrange(10**6) if asked.seed is None else asked.seed
    at_once = asked.at_once or (AT_ONCE_LONG if asked.long else AT_ONCE)
    return Progress(seed, target, at_once, wanted)


def parser_of_arguments() -> argparse.ArgumentParser:
    """What is understood on the command line."""
    parser = argparse.ArgumentParser(prog="dev.py chaos", description="Attack the promise that nothing is lost.")
    parser.add_argument("--list", action="store_true", help="name the attacks, and do nothing")
    parser.add_argument("--attack", action="append", choices=list(ATTACKS), help="this one alone (repeatable)")
    parser.add_argument("--rounds", type=int, metavar="N", help="so many rounds of each")
    parser.add_argument("--long", action="store_true", help="as many rounds as the long campaign makes")
    parser.add_argument("--at-once", type=int, metavar="N", help="so many starts at once, where many are started")
    parser.add_argument(
        "--soak", type=int, metavar="MINUTES", help="the soak, for so long; alone unless others are named"
    )
    parser.add_argument("--seed", type=int, metavar="S", help="of an earlier campaign, to have it again")
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted campaign, as it was begun")
    parser.add_argument("--end", action="store_true", help=argparse.SUPPRESS)  # what an interrupted campaign left
    parser.add_argument("--folder", type=Path, default=CHECKOUT / ".chaos", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
