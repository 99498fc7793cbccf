"""The command line: short-lived, and without Qt unless it hosts the pool itself."""
