"""The tray's menu, as it is when it opens."""

import pytest

from app.domain.job import State
from app.locks import ProcessLock
from app.store.runner_state import RunnerState
from app.store.runner_store import Ask
from app.ui.looks import queue_look
from app.ui.tray_jobs import MOST_NAMED, RunningJob, RunningLook, running_look, short_id
from app.ui.tray_menu import TrayMenu
from tests.conftest import BEGINNING
from tests.store.jobs import claim_one, enqueue, put_into


class Opened:
    """A menu, what it asked for, and whether a panel shows it."""

    def __init__(self, clock):
        self.is_exported = False
        self.menu = TrayMenu(clock, lambda: self.is_exported)
        self.heard = []
        for name in ("job_wanted", "cancel_wanted", "workers_wanted", "pause_wanted"):
            getattr(self.menu, name).connect(lambda value, name=name: self.heard.append((name, value)))
        for name in (
            *("open_wanted", "hide_wanted", "add_wanted", "paste_wanted", "runner_start_wanted", "runner_stop_wanted"),
            *("workers_page_wanted", "dead_letters_wanted", "settings_wanted", "quit_wanted"),
        ):
            getattr(self.menu, name).connect(lambda name=name: self.heard.append(name))

    def show(self, store):
        """Give it what there is, and open it."""
        self.menu.take_look(queue_look(store))
        self.menu.take_running(running_look(store))
        self.menu.aboutToShow.emit()


@pytest.fixture
def opened(qapp, clock):  # noqa: ARG001  a menu is a widget
    opened = Opened(clock)
    yield opened
    opened.menu.deleteLater()


@pytest.fixture
def runner(store, home):
    """A runner with three workers."""
    lock = ProcessLock(home.runner_lock)
    assert lock.take()
    store.runner.begin(77, 1.5, "2.0", "boot", 3)
    store.runner.say(RunnerState.RUNNING, 3)
    yield store.runner
    lock.release()


def words(menu):
    """The entries of a menu that can be seen, a line as a dash."""
    return ["-" if action.isSeparator() else action.text() for action in menu.actions() if action.isVisible()]


def usable(menu):
    return [action.text() for action in menu.actions() if action.isVisible() and action.isEnabled() and action.text()]


def run(store, *ids, **fields):
    """Have jobs running; return their seqs."""
    enqueue(store, *ids, **fields)
    return [claim_one(store).job.seq for _ in ids]


def job(id="it", command="echo hi", **fields):
    return RunningJob(**{"seq": 7, "id": id, "command": command, "since": BEGINNING, "is_cancelled": False, **fields})


def shown_job(opened, store, job):
    opened.menu.take_look(queue_look(store))
    opened.menu.take_running(RunningLook(1, (job,)))
    opened.menu.aboutToShow.emit()
    return opened.menu.running.jobs[0]


def test_all_entries_stand_there_in_their_order(opened, store, runner):  # noqa: ARG001
    opened.show(store)
    assert words(opened.menu) == [
        *("Open", "Add job…", "Paste jobs", "-", "Nothing to run", "Pause", "Workers", "Dead letters…", "Running"),
        *("-", "Settings…", "Quit"),
    ]


def test_before_there_is_a_queue_only_opening_and_quitting_are_offered(opened):
    opened.menu.aboutToShow.emit()
    assert usable(opened.menu) == ["Open", "Quit"]
    assert opened.menu.status.text() == "The queue is not open"


def test_a_queue_that_can_be_used_no_more_offers_only_opening_and_quitting(opened, store):
    run(store, "a")
    opened.show(store)
    opened.menu.take_look(None)
    assert usable(opened.menu) == ["Open", "Quit"]


def test_the_entry_for_the_window_says_what_it_does(opened):
    opened.menu.set_window_shown(True)
    assert words(opened.menu)[0] == "Hide"
    opened.menu.hide_window.trigger()
    opened.menu.set_window_shown(False)
    assert words(opened.menu)[0] == "Open"
    opened.menu.open.trigger()
    assert opened.heard == ["hide_wanted", "open_wanted"]


def test_every_plain_entry_says_what_is_wanted(opened, store, runner):  # noqa: ARG001
    opened.show(store)
    menu = opened.menu
    for action in (menu.add_job, menu.paste, menu.dead_letters, menu.settings, menu.quit, menu.workers.show_page):
        action.trigger()
    assert opened.heard == [
        *("add_wanted", "paste_wanted", "dead_letters_wanted", "settings_wanted", "quit_wanted"),
        "workers_page_wanted",
    ]


def test_the_status_line_tells_the_queue_in_figures_and_can_not_be_chosen(opened, store, clock, runner):  # noqa: ARG001
    for state in (State.FAILED, State.DEAD, State.COMPLETED):
        put_into(store, state, clock, state.value)
    run(store, "a", "b")
    enqueue(store, "c", "d", "e")
    opened.show(store)
    assert opened.menu.status.text() == "2 running, 3 waiting, 1 retrying, 1 dead letter"
    assert not opened.menu.status.isEnabled()


def test_pausing_and_resuming_are_two_entries_of_which_one_is_shown(opened, store):
    opened.show(store)
    assert "Pause" in words(opened.menu)
    assert "Resume" not in words(opened.menu)
    opened.menu.pause.trigger()
    store.changes.set_paused(True)
    opened.show(store)
    assert "Pause" not in words(opened.menu)
    assert opened.menu.status.text() == "Paused, no runner"
    opened.menu.resume.trigger()
    assert opened.heard == [("pause_wanted", True), ("pause_wanted", False)]


def test_dead_letters_are_counted_and_new_ones_are_named(opened, store, clock):
    for number in range(3):
        put_into(store, State.DEAD, clock, f"d{number}")
    opened.show(store)
    assert opened.menu.dead_letters.text() == "Dead letters (3, 3 new)…"
    store.bulk.mark_seen()
    opened.show(store)
    assert opened.menu.dead_letters.text() == "Dead letters (3)…"


# Workers


def test_workers_are_counted_and_one_more_or_less_is_asked_for(opened, store, runner):  # noqa: ARG001
    opened.show(store)
    assert words(opened.menu.workers) == [
        *("3 workers", "One worker more", "One worker less", "-", "Stop runner", "Show workers")
    ]
    opened.menu.workers.more.trigger()
    opened.menu.workers.less.trigger()
    opened.menu.workers.stop.trigger()
    assert opened.heard == [("workers_wanted", 4), ("workers_wanted", 2), "runner_stop_wanted"]


@pytest.mark.parametrize(("slots", "offered"), [(1, "One worker more"), (256, "One worker less")])
def test_there_is_at_least_one_worker_and_at_most_as_many_as_the_option_allows(opened, store, runner, slots, offered):
    runner.say(RunnerState.RUNNING, slots)
    opened.show(store)
    counting = [text for text in usable(opened.menu.workers) if text.startswith("One worker")]
    assert counting == [offered]


def test_without_a_runner_one_can_be_started_and_there_are_no_workers_to_count(opened, store):
    opened.show(store)
    assert words(opened.menu.workers)[0] == "No runner"
    assert usable(opened.menu.workers) == ["Start runner", "Show workers"]
    opened.menu.workers.start.trigger()
    assert opened.heard == ["runner_start_wanted"]


def test_a_runner_that_is_leaving_can_be_followed_by_another(opened, store, runner):
    runner.say(RunnerState.DRAINING, 3)
    opened.show(store)
    assert usable(opened.menu.workers) == ["Start runner", "Show workers"]
    assert opened.menu.status.text() == "The runner is stopping"


def test_a_runner_that_does_not_answer_is_said_to(opened, store, runner, clock):
    runner.ask(Ask.DRAIN)
    clock.forward(11)
    opened.show(store)
    assert opened.menu.status.text() == "The runner does not answer"


# What runs


def test_running_jobs_are_listed_with_their_time_the_oldest_first(opened, store, clock):
    run(store, "first")
    clock.forward(65)
    run(store, "second")
    clock.forward(5)
    opened.show(store)
    assert opened.menu.running.title() == "Running (2)"
    assert words(opened.menu.running) == ["first · 1:10", "second · 0:05"]


def test_a_running_job_can_be_shown_and_cancelled(opened, store):
    _, second = run(store, "a", "b")
    opened.show(store)
    entry = opened.menu.running.jobs[1]
    assert words(entry) == ["echo hi", "Show", "Cancel"]
    assert usable(entry) == ["Show", "Cancel"]
    entry.show_job.trigger()
    entry.cancel.trigger()
    assert opened.heard == [("job_wanted", second), ("cancel_wanted", second)]


def test_a_job_that_is_being_cancelled_is_not_cancelled_again(opened, store):
    (seq,) = run(store, "a")
    store.changes.cancel(seq)
    opened.show(store)
    assert words(opened.menu.running.jobs[0])[-1] == "Is being cancelled"
    assert usable(opened.menu.running.jobs[0]) == ["Show"]


def test_ten_jobs_are_named_and_the_others_counted(opened, store):
    run(store, *(f"j{number}" for number in range(15)))
    opened.show(store)
    shown = words(opened.menu.running)
    assert len(shown) == MOST_NAMED + 1
    assert shown[-1] == "… and 5 more"
    assert not opened.menu.running.more.isEnabled()


def test_jobs_that_ended_are_listed_no_more(opened, store):
    run(store, *(f"j{number}" for number in range(12)))
    opened.show(store)
    opened.menu.take_running(RunningLook())
    opened.menu.aboutToShow.emit()
    assert words(opened.menu.running) == []
    assert not opened.menu.running.menuAction().isEnabled()


def test_an_open_menu_does_not_change_under_the_hand(opened, store):
    opened.show(store)
    before = words(opened.menu)
    run(store, "a")
    opened.menu.take_look(queue_look(store))
    opened.menu.take_running(running_look(store))
    assert words(opened.menu) == before


def test_entries_stay_the_same_objects_so_that_a_copy_of_the_menu_stays_true(opened, store):
    before = [action for menu in (opened.menu, opened.menu.running) for action in menu.actions()]
    run(store, *(f"j{number}" for number in range(12)))
    opened.show(store)
    assert [action for menu in (opened.menu, opened.menu.running) for action in menu.actions()] == before


# Text that jobs bring


@pytest.mark.parametrize(
    ("text", "native", "exported"),
    [
        ("my_backup_job", "my_backup_job", "my__backup__job"),
        ("R&D_x && y", "R&&D_x &&&& y", "&\u2060R&D__x && y"),
        ("evil\u202etxt", "evil\\u202etxt", "evil\\u202etxt"),
        ("two\nlines\x07", "two\\nlines\\x07", "two\\nlines\\x07"),
        ("<b>fat</b>", "<b>fat</b>", "<b>fat</b>"),
    ],
)
def test_an_id_is_shown_as_it_is_whoever_draws_the_menu(opened, store, text, native, exported):
    assert shown_job(opened, store, job(text)).title() == f"{native} · 0:00"
    assert shown_job(opened, store, job(command=text)).command.text() == native
    opened.is_exported = True
    assert shown_job(opened, store, job(text)).title() == f"{exported} · 0:00"
    assert shown_job(opened, store, job(command=text)).command.text() == exported


def test_what_is_too_long_for_a_menu_is_shortened(opened, store):
    assert short_id("backup-" + "x" * 100 + "-2026-11-24") == "backup-" + "x" * 19 + "…" + "xx-2026-11-24"
    entry = shown_job(opened, store, job("i" * 500, "c" * 500))
    assert len(entry.title()) == 40 + len(" · 0:00")
    assert len(entry.command.text()) == 61


def test_a_clock_that_was_set_back_shows_no_time_below_zero(opened, store):
    assert shown_job(opened, store, job(since=BEGINNING + 5000)).title() == "it · 0:00"
