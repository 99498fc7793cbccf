"""What a test needs and a machine lacks."""

import os

import pytest


def missing(words):
    """End this test; in CI as a failure, since there it should not be missing."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(words)
