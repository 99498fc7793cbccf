"""What the program has to do with the desktop and with other programs of its own kind."""
