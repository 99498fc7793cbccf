"""What tests of process trees share."""

import pytest

from tests.engine.trees import Nursery, adopting_platform


@pytest.fixture
def platform():
    """The platform's trees, with this process as the runner."""
    with adopting_platform() as platform:
        yield platform


@pytest.fixture
def nursery(platform, tmp_path, qapp):  # noqa: ARG001  QProcess needs an application
    """Starts trees, and ends them all afterwards."""
    nursery = Nursery(platform, tmp_path)
    yield nursery
    nursery.close()
