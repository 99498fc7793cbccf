"""Clocks of the engine that stand still until a test moves them."""


class Steady:
    """A clock that nobody sets, in seconds."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now
