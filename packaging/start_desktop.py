"""What PyInstaller makes ``queuectl-desktop`` of: the window, the tray and the runner."""

import sys

from app.bootstrap import desktop

sys.exit(desktop())
