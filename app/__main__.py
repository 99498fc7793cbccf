"""``python -m app``: the desktop program, or with ``--runner`` the runner."""

import sys

from app.bootstrap import desktop

if __name__ == "__main__":
    sys.exit(desktop())
