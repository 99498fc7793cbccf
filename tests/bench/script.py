"""What turns a module with ``measure(sizes)`` into a script: options for its sizes, the table, and JSON."""

import argparse
import json
import sys
from dataclasses import fields, replace
from pathlib import Path

from tests.bench.figures import table


class NotHereError(Exception):
    """This can't be measured on this machine; the text says why."""


def be_a_script(doc, measure, sizes, quick):
    """Measure with the sizes that the command line asks for, and show the figures.

    Args:
        doc: the module's docstring.
        measure: gives the figures for sizes.
        sizes: a dataclass instance of numbers and texts: each field is an option, with its value as the default.
        quick: the same with values so small that everything is over within seconds, and the figures mean little.
    """
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it works")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures with all samples there too")
    for field in fields(sizes):
        usual = getattr(sizes, field.name)
        name = f"--{field.name.replace('_', '-')}"
        parser.add_argument(name, type=type(usual), metavar="N", help=f"{usual} if not given")
    wish = vars(parser.parse_args())
    chosen = {field.name: wish[field.name] for field in fields(sizes) if wish[field.name] is not None}
    try:
        figures = list(measure(replace(quick if wish["quick"] else sizes, **chosen)))
    except NotHereError as reason:
        sys.exit(f"Not measured: {reason}")
    if wish["json"] is not None:
        wish["json"].write_text(json.dumps([figure.as_json() for figure in figures]), encoding="utf-8")
    print(table(figures), flush=True)
