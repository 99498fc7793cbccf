"""Asking the releases page which version is the newest.

The page is asked for its ``latest``, and where it would lead is the answer: GitHub redirects to ``tag/v2.1.0``. That
redirect is not followed and nothing is downloaded. The request says nothing of this computer or this program's version.
"""

from __future__ import annotations

import logging
import re

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkReply, QNetworkRequest, QSslSocket

from app.paths import resource

_log = logging.getLogger(__name__)

_ADDRESS = "releases.txt"
"""The resource with the page's address. The build writes it: only who publishes a build knows where it is published."""

_TAG = re.compile(r"/tag/v?(\d{1,6})\.(\d{1,6})\.(\d{1,6})$", re.ASCII)
_PATIENCE = 20_000
"""Milliseconds."""

Version = tuple[int, int, int]


def releases_page() -> str | None:
    """Return the address of the page on which this build's releases are, without a slash at its end.

    None where the build knows none, or one that is not HTTPS.
    """
    try:
        address = resource(_ADDRESS).read_text(encoding="utf-8").strip().rstrip("/")
    except (FileNotFoundError, ValueError):
        return None
    url = QUrl(address, QUrl.ParsingMode.StrictMode)
    return address if url.isValid() and url.scheme() == "https" and url.host() else None


def has_https() -> bool:
    """Return whether the page can be asked: on Linux Qt uses the system's OpenSSL 3, which may be missing."""
    return QSslSocket.supportsSsl()


class LatestRelease(QObject):
    """Asks one page.

    Signals:
        found(tuple): the newest version, as three numbers; there may be no release yet.
        ended(bool): a question has come to its end; whether anybody answered, which without a network nobody does.

    Args:
        page: its address, as of ``releases_page``.
        parent: its owner.
    """

    found = Signal(tuple)
    ended = Signal(bool)

    def __init__(self, page: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._page = page
        self._network: QNetworkAccessManager | None = None  # a thread of its own, for those alone who want it

    def ask(self) -> None:
        """Ask; the answer comes as a signal."""
        if self._network is None:
            self._network = QNetworkAccessManager(self)
            self._network.finished.connect(self._answered)
        request = QNetworkRequest(QUrl(f"{self._page}/latest"))
        request.setTransferTimeout(_PATIENCE)
        attribute, manual = QNetworkRequest.Attribute, QNetworkRequest.LoadControl.Manual.value
        request.setAttribute(
            attribute.RedirectPolicyAttribute, QNetworkRequest.RedirectPolicy.ManualRedirectPolicy.value
        )
        for control in (attribute.CookieLoadControlAttribute, attribute.CookieSaveControlAttribute):
            request.setAttribute(control, manual)
        request.setRawHeader(b"User-Agent", b"QueueCTL")
        request.setRawHeader(b"Accept-Language", b"en")  # and not the person's
        self._network.head(request)

    def _answered(self, reply: QNetworkReply) -> None:
        reply.deleteLater()
        status = reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
        self.ended.emit(isinstance(status, int))
        target = reply.attribute(QNetworkRequest.Attribute.RedirectionTargetAttribute)
        match = _TAG.search(target.path() if isinstance(target, QUrl) else "")
        if match is None:
            _log.info("no newest version was told: %s", reply.errorString())
            return
        self.found.emit((int(match[1]), int(match[2]), int(match[3])))
