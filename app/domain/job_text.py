"""From bytes to text: UTF-8 with or without a byte order mark, and UTF-16 with one, as PowerShell writes it."""

from __future__ import annotations

import codecs

from app.domain.job_problems import Findings, JobFileError
from app.domain.job_words import code_point
from app.messages import Message, message

MAX_FILE_BYTES = 256 * 2**20
"""A job file beyond this is refused before it is read; whoever opens the file looks at its size first."""


def decode_text(data: bytes | str, findings: Findings) -> str:
    """Return the text of a document, without a byte order mark.

    Raises:
        JobFileError: it is too large, or not in one of the encodings.
    """
    if len(data) > MAX_FILE_BYTES:
        raise _refused(
            findings,
            message("is larger than {limit} MiB, the most that is read at once", limit=MAX_FILE_BYTES // 2**20),
            message("Divide it into several files, for example of JSON Lines."),
        )
    if isinstance(data, str):
        return _checked(data, findings)
    encoding, skip = _encoding(data, findings)
    try:
        return data[skip:].decode(encoding)
    except UnicodeDecodeError as error:
        before = data[skip : skip + error.start].decode(encoding)
        raise _refused(
            findings,
            message(
                "is not text in {encoding}: byte {offset:,} belongs to no character",
                encoding=encoding.upper(),
                offset=skip + error.start,
            ),
            message("Save it as UTF-8."),
            line=before.count("\n") + 1,
        ) from None


def _encoding(data: bytes, findings: Findings) -> tuple[str, int]:
    """Return the encoding and the length of the byte order mark."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise _refused(findings, message("is written in UTF-32"), message("Save it as UTF-8."))
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8", len(codecs.BOM_UTF8)
    if data.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le", len(codecs.BOM_UTF16_LE)
    if data.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be", len(codecs.BOM_UTF16_BE)
    if 0 in data[:2]:
        # the first character of a job file is ASCII, and half of its UTF-16 is a zero byte
        raise _refused(
            findings,
            message("seems to be written in UTF-16 without a byte order mark"),
            message("Save it as UTF-8, or as UTF-16 with a byte order mark."),
        )
    return "utf-8", 0


def _checked(text: str, findings: Findings) -> str:
    """Return text that came as text; a command line can carry bytes that are no characters."""
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError as error:
        raise _refused(
            findings,
            message(
                "contains half a character ({code}), which can't be stored",
                code=code_point(text[error.start]),
            ),
            message("Write the character itself, in UTF-8."),
            line=text.count("\n", 0, error.start) + 1,
        ) from None
    return text.removeprefix("\ufeff")


def _refused(findings: Findings, reason: Message, remedy: Message, *, line: int | None = None) -> JobFileError:
    findings.add(reason, line=line, remedy=remedy)
    return findings.error()
