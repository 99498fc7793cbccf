"""Asking the releases page, here a real HTTP server on this computer."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.desktop.latest_release import LatestRelease, releases_page


class Page(BaseHTTPRequestHandler):
    """Leads to what the server's ``leads_to`` says, and keeps what it was asked."""

    def do_HEAD(self):
        self.server.asked.append(
            (self.command, self.path, {name.lower(): value for name, value in self.headers.items()})
        )
        if self.server.leads_to is None:
            self.send_error(404)
        else:
            self.send_response(302)
            self.send_header("Location", self.server.leads_to)
            self.send_header("Set-Cookie", "who=you")
            self.end_headers()

    def log_message(self, *_words):
        pass


@contextmanager
def serving(leads_to):
    """A page; it is called by its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        server.asked, server.leads_to = [], leads_to
        server.page = f"http://127.0.0.1:{server.server_port}/o/r/releases"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("leads_to", "version"),
    [
        ("/o/r/releases/tag/v2.1.0", (2, 1, 0)),
        ("https://elsewhere.invalid/o/r/releases/tag/10.0.12", (10, 0, 12)),
    ],
)
def test_where_the_page_leads_is_the_newest_version_and_nobody_goes_there(qtbot, leads_to, version):
    with serving(leads_to) as server:
        release = LatestRelease(server.page)
        with qtbot.waitSignal(release.found) as told:
            release.ask()
        with qtbot.waitSignal(release.found):
            release.ask()
    assert told.args == [version]
    assert [path for _, path, _ in server.asked] == ["/o/r/releases/latest"] * 2


def test_the_question_says_nothing_of_who_asks(qtbot):
    with serving("/tag/v1.2.3") as server:
        release = LatestRelease(server.page)
        for _ in range(2):
            with qtbot.waitSignal(release.found):
                release.ask()
    for command, _, headers in server.asked:
        assert command == "HEAD"
        assert headers["user-agent"] == "QueueCTL"
        assert headers["accept-language"] == "en"
        assert headers.keys() <= {"host", "user-agent", "accept-language", "accept-encoding", "connection"}


def found_at(page, qtbot, *, answered=True):
    """The versions that one question brings."""
    release = LatestRelease(page)
    found = []
    release.found.connect(found.append)
    release.ask()
    with qtbot.waitSignal(release.ended) as ended:
        pass
    assert ended.args == [answered]
    return found


@pytest.mark.parametrize(
    "leads_to", [None, "/o/r/releases", "/tag/v2.1.0-rc1", "/tag/v2.1", "/tag/v2.1.0/../x", "/tag/v٢.1.0"]
)
def test_what_is_no_version_is_no_answer(qtbot, leads_to):
    if leads_to is not None:
        leads_to = leads_to.encode().decode("latin-1")
    with serving(leads_to) as server:
        assert found_at(server.page, qtbot) == []
    assert len(server.asked) == 1


def test_without_a_network_nothing_is_said(qtbot):
    with serving("/tag/v2.1.0") as server:
        page = server.page
    assert found_at(page, qtbot, answered=False) == []


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("https://example.invalid/o/r/releases/\n", "https://example.invalid/o/r/releases"),
        ("http://example.invalid/o/r/releases", None),
        ("file:///etc/passwd", None),
        ("https://", None),
        ("https://[", None),
        ("", None),
        (None, None),
    ],
)
def test_a_build_knows_its_page_by_a_file_and_asks_by_https_alone(text, page, tmp_path, monkeypatch):
    (tmp_path / "_resources").mkdir()
    if text is not None:
        (tmp_path / "_resources" / "releases.txt").write_text(text, encoding="utf-8")
    monkeypatch.setattr("app.paths.__file__", str(tmp_path / "paths.py"))
    assert releases_page() == page


def test_from_source_there_is_no_page():
    assert releases_page() is None
