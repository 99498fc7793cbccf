"""Write resources/job-file.schema.json from the declaration of a job; with ``--check``, only compare.

Exit code 0: it is current. 1: with ``--check``, it is not.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "resources" / "job-file.schema.json"


def text() -> str:
    """Return the schema as the file holds it."""
    sys.path.insert(0, str(ROOT))
    from app.domain.job_schema import schema

    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Do what the arguments ask for and return the exit code."""
    current = text()
    if arguments == ["--check"]:
        if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == current:
            return 0
        print(f"{TARGET.name} is not current. Run: python packaging/make_schema.py", file=sys.stderr)
        return 1
    TARGET.write_text(current, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
