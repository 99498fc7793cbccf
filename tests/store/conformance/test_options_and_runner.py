"""Options as they are stored, and what a runner and the others tell each other."""

import pytest

from app.domain.job import Defaults
from app.domain.lifecycle import Policy
from app.settings import OPTIONS, BadOptionValue, UnknownOption, parse
from app.store.option_store import policy
from app.store.runner_state import RunnerState
from app.store.runner_store import Ask, Asked


def test_an_option_that_was_never_set_is_its_default(store):
    assert {key: store.options.text(key) for key in OPTIONS} == {key: each.default for key, each in OPTIONS.items()}
    assert store.options.set_keys() == {}
    assert store.options.values() == {key: parse(each, each.default) for key, each in OPTIONS.items()}
    assert store.options.defaults() == Defaults()


def test_an_option_is_what_it_was_set_to_last(store):
    store.options.set("timeout", " 2h ")
    store.options.set("max-retries", "7")
    store.options.set("max-retries", "5")
    store.options.set("backoff-base", "1.5")
    store.options.set("priority", "9")
    assert store.options.text("timeout") == "2h"
    assert store.options.set_keys() == {"timeout": "2h", "max-retries": "5", "backoff-base": "1.5", "priority": "9"}
    assert store.options.defaults() == Defaults(timeout=7200.0, max_retries=5, backoff_base=1.5, priority=9)


def test_an_option_that_is_unset_is_its_default_again_and_the_others_stay(store):
    store.options.set("workers", "4")
    store.options.set("timeout", "2h")
    store.options.unset("workers")
    store.options.unset("priority")
    assert store.options.set_keys() == {"timeout": "2h"}
    assert store.options.values()["workers"] == 2


def test_an_unknown_key_is_refused_at_each_door(store):
    for use in (store.options.text, lambda key: store.options.set(key, "1"), store.options.unset):
        with pytest.raises(UnknownOption, match="Config key 'max_retries' not found"):
            use("max_retries")


def test_a_bad_value_is_refused_and_the_old_one_stays(store):
    store.options.set("workers", "4")
    with pytest.raises(BadOptionValue, match="'0' is not a value of workers: a whole number from 1 to 256"):
        store.options.set("workers", "0")
    assert store.options.text("workers") == "4"


def test_a_value_is_stored_in_its_usual_form_whoever_sets_it(store):
    for key, text in (("keep-awake", "YES"), ("output-cap", "16 mib"), ("theme", " Dark"), ("timeout", "2 h")):
        store.options.set(key, text)
    assert store.options.set_keys() == {"keep-awake": "on", "output-cap": "16M", "theme": "dark", "timeout": "2h"}


def test_options_make_the_policy_of_retries(store):
    store.options.set("backoff-max", "2m")
    store.options.set("backoff-jitter", "0.25")
    store.options.set("interrupted-limit", "0")
    assert policy(store.options.values(), 0.5) == Policy(120.0, 0.25, 0.5, 0)


def test_a_new_queue_has_no_runner(store):
    row = store.runner.row()
    assert (row.state, row.wanted, row.slots, row.pid) == (RunnerState.STOPPED, "running", 0, None)


def test_a_runner_says_what_it_does(store, clock):
    session = store.runner.begin(123, 4.5, "2.0.0", "boot", 3)
    row = store.runner.row()
    assert (row.pid, row.pid_created, row.version, row.started_at) == (123, 4.5, "2.0.0", clock())
    assert (row.state, row.wanted, row.slots) == (RunnerState.STARTING, "running", 3)
    for state in (RunnerState.RUNNING, RunnerState.DRAINING):
        store.runner.say(state, 5)
        assert (store.runner.row().state, store.runner.row().slots) == (state, 5)
    store.runner.end(session, None)
    row = store.runner.row()
    assert (row.state, row.wanted, row.slots) == (RunnerState.STOPPED, "running", 0)


def test_each_life_of_a_runner_is_a_session_of_its_own(store):
    assert len({store.runner.begin(1, None, "2.0.0", "boot", 1) for _ in range(3)}) == 3


def test_whether_a_runner_is_wanted_is_kept(store):
    store.runner.want(True)
    assert store.runner.row().wanted == "running"
    store.runner.want(False)
    assert store.runner.row().wanted == "stopped"


def test_what_is_asked_is_seen_in_order_and_answered_once(store):
    first = store.runner.ask(Ask.ADD_SLOTS, 2)
    second = store.runner.ask(Ask.DRAIN)
    assert store.runner.open_asks() == [Asked(first, Ask.ADD_SLOTS, 2), Asked(second, Ask.DRAIN, None)]
    assert store.runner.answer_to(first) is None
    store.runner.answer(first, "done")
    store.runner.answer(first, "done again")
    assert store.runner.answer_to(first) == "done"
    assert store.runner.open_asks() == [Asked(second, Ask.DRAIN, None)]
    assert store.runner.answer_to(999) is None


def test_what_was_asked_of_a_runner_that_is_gone_is_answered_so(store):
    asked = store.runner.ask(Ask.STOP_NOW)
    store.runner.begin(1, None, "2.0.0", "boot", 1)
    assert store.runner.answer_to(asked) == "the runner was gone"
    assert store.runner.open_asks() == []
