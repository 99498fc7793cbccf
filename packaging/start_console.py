"""What PyInstaller makes ``queuectl`` of: the command line."""

import sys

from app.bootstrap import console

sys.exit(console())
