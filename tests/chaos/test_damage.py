"""Whatever is turned over in a queue's files, it is harmless, or found, said and mended."""

import pytest

from tests.chaos.damage import damage
from tests.chaos.quick_folder import quick_folder


@pytest.fixture
def folder():
    with quick_folder() as folder:
        yield folder


@pytest.mark.slow
def test_random_damage_is_harmless_or_found_said_and_mended(folder):
    counts, violations = damage(50, "ci", folder)
    assert violations == []
    assert counts["damaged"] == 50
    assert counts["found"] > 10
