"""A newer version is told by a line with a link, where the person wants it, and at most once a day."""

import pytest
from PySide6.QtGui import QDesktopServices

from app import __version__
from app.ui.options_watch import OptionsWatch
from app.ui.settings_dialog import SettingsDialog
from app.ui.update_notice import UpdateNotice
from tests.desktop.test_latest_release import serving

DAY = 86_400


@pytest.fixture
def page():
    with serving("/o/r/releases/tag/v99.1.0") as server:
        yield server


@pytest.fixture
def start(tools, page, qtbot):
    """Starts what a window starts; it has heard of every option."""
    kept = []

    def start(where=page.page):
        options = OptionsWatch(tools.gateway)
        notice = UpdateNotice(tools, options, page=where)
        qtbot.addWidget(notice.bar)
        with qtbot.waitSignal(options.changed):
            tools.gateway.changed.emit()
        kept.extend([options, notice])
        return notice

    yield start
    for thing in kept:
        thing.deleteLater()


@pytest.fixture
def start_and_tell(start, store, qtbot):
    """Starts it where the person wants it, and waits until it tells of a newer version."""

    def start_and_tell():
        store.options.set("check-updates", "on")
        notice = start()
        qtbot.waitUntil(lambda: notice.bar.words() != "")
        return notice

    return start_and_tell


def test_nothing_is_asked_until_the_person_wants_it(start, page, store, qtbot):
    notice = start()
    assert page.asked == []
    assert notice._release._network is None
    store.options.set("check-updates", "on")
    qtbot.waitUntil(lambda: notice.bar.words() != "")
    assert notice.bar.words() == f"There is a newer version: 99.1.0. This is {__version__}."
    assert len(page.asked) == 1


def test_the_link_leads_to_our_own_page_and_nothing_else_happens(start_and_tell, page, monkeypatch):
    page.leads_to = "https://elsewhere.invalid/evil/tag/v99.1.0"
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    notice = start_and_tell()
    notice.bar.accepted.emit()
    assert opened == [f"{page.page}/tag/v99.1.0"]
    assert notice.bar.words() == ""


@pytest.mark.parametrize("version", [__version__, "0.9.12"])
def test_a_version_that_is_not_newer_is_not_told(start, page, store, qtbot, version):
    page.leads_to = f"/tag/v{version}"
    store.options.set("check-updates", "on")
    notice = start()
    with qtbot.waitSignal(notice._release.found):
        pass
    assert notice.bar.words() == ""


def test_it_asks_once_a_day_and_tells_again_at_each_start(start, start_and_tell, page, clock, qtbot):
    first = start_and_tell()
    clock.forward(DAY - 1)
    first._again.timeout.emit()
    second = start()
    assert second.bar.words() == first.bar.words()
    assert len(page.asked) == 1
    clock.forward(1)
    with qtbot.waitSignal(first._release.found):
        first._again.timeout.emit()
    assert len(page.asked) == 2


def test_a_question_that_nobody_answered_is_asked_again_at_the_next_look(start, page, store, clock, qtbot):
    store.options.set("check-updates", "on")
    with serving("/tag/v99.1.0") as gone:
        nowhere = gone.page
    notice = start(nowhere)
    with qtbot.waitSignal(notice._release.ended) as ended:
        pass
    assert ended.args == [False]
    notice._release._page = page.page  # the network is there
    clock.forward(3600)
    notice._again.timeout.emit()
    qtbot.waitUntil(lambda: "99.1.0" in notice.bar.words())
    assert len(page.asked) == 1


def test_while_a_question_is_open_no_other_is_asked(start, page, store, qtbot):
    store.options.set("check-updates", "on")
    notice = start()
    notice._again.timeout.emit()
    with qtbot.waitSignal(notice._release.ended):
        pass
    assert len(page.asked) == 1


def test_a_clock_that_was_set_back_keeps_it_from_nothing(start_and_tell, page, clock, qtbot):
    first = start_and_tell()
    clock.forward(-365 * DAY)
    with qtbot.waitSignal(first._release.found):
        first._again.timeout.emit()
    assert len(page.asked) == 2


def test_a_version_that_was_refused_is_not_told_again_but_the_next_one_is(start, start_and_tell, page, clock, qtbot):
    first = start_and_tell()
    first.bar.dismissed.emit()
    assert first.bar.words() == ""
    clock.forward(DAY)
    second = start()
    with qtbot.waitSignal(second._release.found):
        pass
    assert second.bar.words() == ""
    page.leads_to = "/tag/v99.2.0"
    clock.forward(DAY)
    second._again.timeout.emit()
    qtbot.waitUntil(lambda: "99.2.0" in second.bar.words())


def test_switched_off_it_is_silent_at_once(start_and_tell, page, store, qtbot):
    notice = start_and_tell()
    store.options.set("check-updates", "off")
    qtbot.waitUntil(lambda: notice.bar.words() == "")
    assert not notice._again.isActive()
    assert len(page.asked) == 1


def test_a_build_that_knows_no_page_asks_nobody_and_the_settings_say_so(tools, start, store, qtbot):
    store.options.set("check-updates", "on")
    notice = start(None)
    assert notice.bar.words() == ""
    assert not notice._again.isActive()
    dialog = SettingsDialog(tools, None)
    qtbot.addWidget(dialog)
    assert "asks nobody" in dialog.rows["check-updates"]._note.text()


def test_where_no_https_can_be_spoken_the_settings_say_what_is_missing(tools, qtbot, monkeypatch):
    monkeypatch.setattr("app.ui.settings_dialog.releases_page", lambda: "https://example.invalid/releases")
    for has, said in ((True, False), (False, True)):
        monkeypatch.setattr("app.ui.settings_dialog.has_https", lambda has=has: has)
        dialog = SettingsDialog(tools, None)
        qtbot.addWidget(dialog)
        assert ("no OpenSSL 3" in dialog.rows["check-updates"]._note.text()) is said
