"""Starting at log-in: what holds on every system, tried on each kind of entry that this one can hold."""

import sys
from pathlib import Path

import pytest

from app.desktop.autostart import Autostart, AutostartFailed, Settling, autostart_of, entry_name, settle_option
from app.paths import Home
from tests.desktop.autostart_entries import KINDS, entries_of
from tests.store.jobs import opened

COMMAND = ["/opt/queue ctl/queuectl-desktop", "--tray"]
MOVED = ["/usr/bin/queuectl-desktop", "--tray", "--home", "/data/100% ü"]


@pytest.fixture(params=KINDS)
def entries(request, tmp_path):
    with entries_of(request.param, tmp_path) as entries:
        yield entries


@pytest.fixture
def entry(entries):
    return entries.entry()


@pytest.fixture
def autostart(entry):
    return Autostart(entry)


@pytest.fixture
def store(home):
    with opened(home) as store:
        yield store


def test_nothing_is_started_until_it_is_asked_for(autostart, entry):
    assert not autostart.is_on()
    assert not entry.starts(COMMAND)


def test_what_was_switched_on_is_on_and_starts_the_command(autostart, entry):
    for command in (COMMAND, COMMAND, MOVED):
        autostart.switch_on(command)
        assert autostart.is_on()
        assert entry.starts(command)
    assert not entry.starts(COMMAND)


def test_what_was_switched_off_is_off_and_switching_it_off_again_does_nothing(autostart, entry):
    autostart.switch_on(COMMAND)
    for _ in range(2):
        autostart.switch_off()
        assert not autostart.is_on()
        assert not entry.starts(COMMAND)


def test_what_the_person_switched_off_in_the_system_is_off_and_can_be_switched_on_there(autostart, entries, entry):
    autostart.switch_on(COMMAND)
    entries.person_switches(entry, on=False)
    assert not autostart.is_on()
    entries.person_switches(entry, on=True)
    assert autostart.is_on()


def test_switching_on_takes_back_what_the_person_switched_off_in_the_system(autostart, entries, entry):
    autostart.switch_on(COMMAND)
    entries.person_switches(entry, on=False)
    autostart.switch_on(COMMAND)
    assert autostart.is_on()


def test_switching_off_leaves_no_mark_behind_that_would_keep_the_next_one_off(autostart, entries, entry):
    autostart.switch_on(COMMAND)
    entries.person_switches(entry, on=False)
    autostart.switch_off()
    entry.write(COMMAND)
    assert autostart.is_on()


def test_a_program_that_was_moved_is_corrected(autostart, entry):
    autostart.switch_on(COMMAND)
    autostart.correct(MOVED)
    assert autostart.is_on()
    assert entry.starts(MOVED)


def test_what_is_off_is_not_corrected(autostart, entries, entry):
    autostart.correct(COMMAND)
    assert not autostart.is_on()
    autostart.switch_on(COMMAND)
    entries.person_switches(entry, on=False)
    autostart.correct(MOVED)
    assert not autostart.is_on()
    assert entry.starts(COMMAND)


def test_the_system_follows_a_wish(autostart, entry):
    for wish in (False, True, True, False, True):
        autostart.follow(wish, COMMAND)
        assert autostart.is_on() is wish
    autostart.follow(True, MOVED)
    assert entry.starts(MOVED)


def test_the_entries_of_two_homes_do_not_touch_each_other(entries):
    mine, other = (Autostart(entries.entry(name)) for name in ("queuectl", "queuectl-0123abcd"))
    mine.switch_on(COMMAND)
    other.switch_on(MOVED)
    other.switch_off()
    assert mine.is_on()
    assert entries.entry().starts(COMMAND)
    assert not other.is_on()


def test_each_home_but_the_usual_one_has_a_name_of_its_own(tmp_path):
    usual = entry_name(Home(Path.home() / ".queuectl"))
    names = [entry_name(Home(tmp_path / name)) for name in ("a", "b", "a")]
    assert usual == "queuectl"
    assert names[0] == names[2] != names[1]
    assert all(name.startswith("queuectl-") and name.isascii() and len(name) == 17 for name in names)


@pytest.mark.parametrize(
    ("was_on", "wish", "is_on", "holds"),
    [
        (False, False, False, False),
        (False, True, False, True),  # asked for
        (True, False, True, False),  # called off, by `config set` too
        (True, True, True, True),
        (True, True, False, False),  # switched off in the system
        (False, False, True, True),  # switched on in the system
        (True, False, False, False),
        (False, True, True, True),
    ],
)
def test_of_option_and_system_the_one_counts_that_was_changed(autostart, entry, was_on, wish, is_on, holds):
    autostart.follow(is_on, COMMAND)
    agreed = autostart.settle(wish, entry.name if was_on else "", MOVED)
    assert agreed == (entry.name if holds else "")
    assert autostart.is_on() is holds
    assert entry.starts(MOVED) is holds
    assert autostart.settle(holds, agreed, MOVED) == agreed, "nothing is left to be settled"


def test_what_was_switched_off_in_the_system_can_still_be_switched_on_there(autostart, entries, entry):
    agreed = autostart.settle(True, "", COMMAND)
    entries.person_switches(entry, on=False)
    agreed = autostart.settle(True, agreed, COMMAND)
    assert agreed == ""
    entries.person_switches(entry, on=True)
    assert autostart.settle(False, agreed, COMMAND) == entry.name


def test_a_home_that_was_moved_is_started_from_where_it_is_now(entries):
    before = Autostart(entries.entry("queuectl-00000000")).settle(True, "", COMMAND)
    moved = Autostart(entries.entry("queuectl-11111111"))
    assert moved.settle(True, before, MOVED) == "queuectl-11111111"
    assert moved.is_on()


def test_the_option_says_what_holds(store, autostart, entries, entry):
    assert settle_option(store, autostart, "", COMMAND) == ""
    assert store.options.set_keys() == {}, "what nobody set stays so"
    store.options.set("autostart", "on")
    agreed = settle_option(store, autostart, "", COMMAND)
    assert autostart.is_on()
    entries.person_switches(entry, on=False)
    agreed = settle_option(store, autostart, agreed, COMMAND)
    assert store.options.text("autostart") == "off"
    entries.person_switches(entry, on=True)
    agreed = settle_option(store, autostart, agreed, COMMAND)
    assert store.options.text("autostart") == "on"
    store.options.set("autostart", "off")
    assert settle_option(store, autostart, agreed, COMMAND) == ""
    assert not autostart.is_on()


def test_what_was_just_agreed_on_holds_for_a_change_that_follows_at_once(store, autostart):
    settle = Settling(autostart, "", COMMAND)
    store.options.set("autostart", "on")
    settle(store)
    store.options.set("autostart", "off")
    assert settle(store) == ""
    assert not autostart.is_on()
    assert store.options.text("autostart") == "off"


def test_a_system_that_refuses_is_told_in_words_and_the_option_stays_off(store, entries):
    entries.break_it()
    entry = entries.entry()
    store.options.set("autostart", "on")
    with pytest.raises(AutostartFailed) as refused:
        settle_option(store, Autostart(entry), "", COMMAND)
    assert str(refused.value).startswith(f"Whether QueueCTL starts at log-in can't be changed: {entry.place}: ")
    assert str(refused.value.remedy)
    assert store.options.text("autostart") == "off"


@pytest.mark.skipif(sys.platform == "win32", reason="its registry is the person's own, and no test's")
def test_a_home_finds_the_entry_of_this_system(monkeypatch, tmp_path, home):
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "person" / "config")}
    autostart_of(home, environ).switch_on(COMMAND)
    assert autostart_of(home, environ).is_on()
    assert not autostart_of(Home(tmp_path / "other"), environ).is_on()
    (written,) = [path for path in (tmp_path / "person").rglob("*") if path.is_file()]
    assert entry_name(home) in written.name
