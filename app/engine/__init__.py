"""Runs jobs: the pool, its runs, their deadlines, and the processes they start."""
