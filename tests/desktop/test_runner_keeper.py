"""When the window starts a runner again, and when it lets be."""

import pytest

from app.desktop.runner_keeper import (
    COURTESY,
    MOST_STARTS,
    WITHIN,
    GiveUp,
    LeaveDead,
    LookAgain,
    Rest,
    RunnerKeeper,
    Seen,
    StartAgain,
)


class Seconds:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def seconds():
    return Seconds()


@pytest.fixture
def keeper(seconds):
    return RunnerKeeper(seconds)


ALIVE = Seen(lives=True, slots=2)
DEAD = Seen(lives=False, slots=2)
GONE = Seen(lives=False, said_goodbye=True)


def dies(keeper):
    """A runner lives, and then does not."""
    assert keeper.saw(ALIVE) == Rest()
    return keeper.saw(DEAD)


def test_where_none_was_seen_to_live_none_is_missed(keeper):
    assert not keeper.is_expected
    assert keeper.saw(DEAD) == Rest()
    assert keeper.saw(GONE) == Rest()


def test_a_dead_runner_is_followed_by_one_with_as_many_workers_as_it_said_it_had(keeper):
    keeper.saw(Seen(lives=True, slots=2))
    assert keeper.saw(Seen(lives=False, slots=5)) == StartAgain(slots=5, died=True)


def test_one_that_said_good_bye_is_followed_by_one_with_as_many_workers_as_were_seen(keeper, seconds):
    keeper.saw(Seen(lives=True, slots=4))
    assert keeper.saw(GONE) == LookAgain()
    seconds.now += COURTESY
    assert keeper.saw(GONE) == StartAgain(slots=4, died=False)


def test_where_nobody_knows_how_many_workers_there_were_the_option_says_it(keeper):
    keeper.saw(Seen(lives=True))
    assert keeper.saw(Seen(lives=False)) == StartAgain(slots=None, died=True)


def test_after_a_good_bye_a_runner_of_somebody_else_has_time_to_come(keeper, seconds):
    keeper.saw(ALIVE)
    assert keeper.saw(GONE) == LookAgain()
    seconds.now += COURTESY / 2
    assert keeper.saw(ALIVE) == Rest()
    assert keeper.saw(GONE) == LookAgain(), "the next good-bye has its own time"


def test_while_one_that_was_started_comes_up_no_other_is_started(keeper):
    assert dies(keeper) == StartAgain(2, died=True)
    assert keeper.saw(Seen(lives=False, is_coming=True)) == LookAgain()
    assert keeper.saw(ALIVE) == Rest()


def test_one_that_was_started_and_never_lived_counts_as_one_that_died(keeper):
    assert dies(keeper) == StartAgain(2, died=True)
    assert keeper.saw(DEAD) == StartAgain(2, died=True)
    assert keeper.saw(DEAD) == StartAgain(2, died=True)
    assert keeper.saw(DEAD) == GiveUp(4, died=True)


def test_it_is_started_again_three_times_in_ten_minutes_and_then_no_more(keeper, seconds):
    for _ in range(MOST_STARTS):
        assert dies(keeper) == StartAgain(2, died=True)
        seconds.now += WITHIN / (MOST_STARTS + 1)
    assert dies(keeper) == GiveUp(MOST_STARTS + 1, died=True)
    seconds.now += WITHIN
    assert keeper.saw(DEAD) == Rest()
    assert not keeper.is_expected


def test_ends_that_are_longer_ago_do_not_count(keeper, seconds):
    for _ in range(10):
        assert isinstance(dies(keeper), StartAgain)
        seconds.now += WITHIN / MOST_STARTS


def test_good_byes_count_as_well_but_are_no_deaths(keeper, seconds):
    verdicts = []
    for _ in range(MOST_STARTS + 1):
        keeper.saw(ALIVE)
        keeper.saw(GONE)
        seconds.now += COURTESY
        verdicts.append(keeper.saw(GONE))
    assert verdicts == [StartAgain(2, died=False)] * 3 + [GiveUp(4, died=False)]


def test_a_runner_that_lives_after_it_gave_up_was_started_by_a_person_and_forgives(keeper):
    for _ in range(MOST_STARTS + 1):
        verdict = dies(keeper)
    assert verdict == GiveUp(MOST_STARTS + 1, died=True)
    assert dies(keeper) == StartAgain(2, died=True)
    assert dies(keeper) == StartAgain(2, died=True)


@pytest.mark.parametrize("seen", [DEAD, GONE])
def test_a_stop_is_obeyed_and_forgives(keeper, seen):
    for _ in range(MOST_STARTS):
        dies(keeper)
    keeper.saw(ALIVE)
    stopped = Seen(lives=False, said_goodbye=seen.said_goodbye, is_wanted=False)
    assert keeper.saw(stopped) == Rest()
    assert not keeper.is_expected
    assert keeper.saw(DEAD) == Rest(), "wanted again, but none was seen to live since"
    assert dies(keeper) == StartAgain(2, died=True)
    assert dies(keeper) == StartAgain(2, died=True)


def test_where_the_option_is_off_a_death_is_told_once_and_nothing_is_started(keeper, seconds):
    keeper.saw(ALIVE)
    unkept = Seen(lives=False, slots=2, is_kept=False)
    assert keeper.saw(unkept) == LeaveDead()
    assert keeper.saw(unkept) == Rest()
    keeper.saw(ALIVE)
    goodbye = Seen(lives=False, said_goodbye=True, is_kept=False)
    keeper.saw(goodbye)
    seconds.now += COURTESY
    assert keeper.saw(goodbye) == Rest()


def test_while_the_program_leaves_nothing_is_started_and_if_it_stays_after_all_it_is(keeper):
    keeper.saw(ALIVE)
    assert keeper.saw(Seen(lives=False, slots=2, is_leaving=True)) == Rest()
    assert keeper.saw(DEAD) == StartAgain(2, died=True)


def test_ends_that_had_to_do_with_something_that_is_over_are_forgiven(keeper):
    for _ in range(MOST_STARTS):
        dies(keeper)
    keeper.forgive()
    for _ in range(MOST_STARTS):
        assert dies(keeper) == StartAgain(2, died=True)
    assert dies(keeper) == GiveUp(MOST_STARTS + 1, died=True)
