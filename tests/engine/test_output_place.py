"""Where the folder of outputs takes nothing, a job is put back: it has not failed, and uses up no try."""

import logging

import pytest

from app.domain.job import State
from app.domain.outcome import Reason
from app.store.notices import NoticeKind
from tests.engine.pools import working
from tests.store.jobs import new


@pytest.fixture
def at_work(home, qtbot, caplog):
    with caplog.at_level(logging.WARNING), working(home, qtbot, slots=0) as at_work:
        yield at_work


@pytest.fixture
def closed(home):
    """The folder of outputs takes nothing, not even from root: a file stands in its place."""
    aside = home.root / "aside"
    home.outputs.rename(aside)
    home.outputs.write_bytes(b"")

    def reopen():
        home.outputs.unlink()
        aside.rename(home.outputs)

    return reopen


def notices(at_work):
    return [notice for notice in at_work.store.notices.newest(10) if notice.kind is NoticeKind.RUNNER]


def test_while_no_output_can_be_made_nothing_is_started_and_then_it_goes_on_by_itself(at_work, home, closed):
    at_work.store.intake.enqueue([new(f"j{number}", command="echo hi", max_retries=1) for number in range(3)])
    at_work.pool.set_slots(1)
    at_work.wait_for(lambda: notices(at_work))
    for _ in range(3):  # the breather is over, and it still takes nothing
        at_work.wait_for(at_work.pool._breather.isActive)
        at_work.pool._breather.start(0)
    at_work.wait_for(lambda: at_work.job("j0").state is State.PENDING)
    assert len(at_work.runs("j0")) == 1
    closed()
    at_work.pool._breather.start(0)
    at_work.wait_for_states(j0="completed", j1="completed", j2="completed")
    assert at_work.job("j0").attempts == 0
    assert at_work.runs("j0")[0].reason == f"Interrupted: {Reason.NO_OUTPUT}"
    (notice,) = notices(at_work)
    assert str(home.outputs) in str(notice.words)


def test_where_only_one_jobs_own_folder_is_in_the_way_it_fails_like_any_other_and_holds_up_nobody(at_work, home):
    (home.outputs / "1").write_bytes(b"")
    at_work.store.intake.enqueue([new("hindered", command="echo hi", max_retries=1), new("other", command="echo hi")])
    at_work.pool.set_slots(1)
    at_work.wait_for_states(hindered="dead", other="completed")
    assert "Not started" in str(at_work.job("hindered").error)
    assert notices(at_work) == []
