"""What looks secret, and what stands in its place: the one rule, for whoever shows or passes on what a job brought.

It goes by names (TOKEN, --password, Authorization) and by forms (logins in addresses, tokens that are known by how they
begin). So it finds what usually is a secret, and no secret that looks like any other word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from app.domain.errors import InvalidJob
from app.domain.visible_text import visible
from app.messages import message

MASKED: Final = "••••"
"""Stands in the place of a secret."""

_LEAST: Final = 4
"""Characters of a value below which it is no secret by itself, and too common to be taken out everywhere."""

_SECRET = re.compile(
    "KEY|TOKEN|SECRET|PASS|PWD|CREDENTIAL|AUTH|COOKIE|PRIVATE|SIGNATURE|SESSION|DSN|CONNECTION|CERT|WEBHOOK|LICEN[CS]E",
    re.IGNORECASE,
)
_HEADERS: Final = ("x-", "authorization", "proxy-authorization", "cookie", "set-cookie")

# A name is looked for from its first letter alone: an output can be one word of a hundred thousand letters.
_NAME = r"(?<![\w.-])([\w.-]{1,64})"
_QUOTED = re.compile(rf"""(?<=(["'])){_NAME}(=)[^"'\r\n]*(?=\1)""")
_ASSIGNED = re.compile(rf"""{_NAME}(\s{{0,8}}=\s{{0,8}})("[^"\r\n]*"|'[^'\r\n]*'|[^\s"'&;|]+)""")
_OPTION = re.compile(r"""(?<![\w.-])(--?\w[\w-]{0,62})(\s{1,8})("[^"\r\n]*"|'[^'\r\n]*'|[^\s"'&;|-][^\s"'&;|]*)""")
_HEADER = re.compile(rf"""{_NAME}(:\s{{0,8}})([^"'\r\n]+)""")
_STRING = r"""(?:"(?:[^"\\\r\n]|\\.)*"|\\"[^"\r\n]*"|'[^'\r\n]*'|[^\s"'\\,}\]{\[][^\s"',}\]]*)"""
_FIELD = re.compile(rf"""(\\?["'])([\w.-]{{1,64}})(\1\s{{0,8}}:\s{{0,8}}){_STRING}""")
"""What JSON gives to a name, also where its quotes are escaped for a shell."""

_IN_URL = re.compile(r"(?<=://)([^\s:/@]{0,256}:)[^\s/@]{1,256}(?=@)")
_LOGIN = re.compile(r"""(?<![\w-])(-u\s{0,8}|--user[\s=]{1,8}|--proxy-user[\s=]{1,8})(["']?[^\s:"']{1,64}:)[^\s"']+""")
_JOINED = re.compile(r"(?<![\w-])((?:mysql|mysqldump|mariadb|sshpass|7z)\b[^|;&\r\n]{0,200}?\s-p)[^\s-]\S*")
_KNOWN = re.compile(
    r"(?<![\w-])(?:gh[pousr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}|sk-[\w-]{16,}"
    r"|A[KS]IA[A-Z0-9]{12,}|AIza[\w-]{30,}|eyJ[\w-]{6,}\.[\w-]{6,}\.[\w-]+)"
)
"""Tokens that are known by how they begin: GitHub, GitLab, Slack, OpenAI and others, AWS, Google, JSON Web Tokens."""


def looks_secret(name: str) -> bool:
    """Whether a variable, option or field of this name is likely to hold a secret."""
    return _SECRET.search(name) is not None


def mask_secrets(text: str, values: Iterable[str] = ()) -> str:
    """Return a text in which what is given to secret names, and these values wherever they stand, is masked.

    Args:
        text: a command or an output.
        values: known secrets; very short ones are left, since they stand in many words.
    """
    for value in sorted({value for value in values if len(value) >= _LEAST}, key=len, reverse=True):
        text = text.replace(value, MASKED)
    text = _QUOTED.sub(lambda found: _hidden(found, found[2], found[3]), text)
    for pattern in (_ASSIGNED, _OPTION):
        text = pattern.sub(lambda found: _hidden(found, found[1], found[2]), text)
    text = _FIELD.sub(lambda found: _hidden(found, found[2], found[3], before=found[1]), text)
    text = _HEADER.sub(lambda found: _hidden(found, found[1], found[2], _HEADERS), text)
    text = _LOGIN.sub(rf"\1\2{MASKED}", text)
    text = _JOINED.sub(rf"\1{MASKED}", text)
    text = _KNOWN.sub(MASKED, text)
    return _IN_URL.sub(rf"\1{MASKED}", text)


def mask_words(words: Sequence[str], values: Iterable[str] = ()) -> list[str]:
    """Return the words of a command line as ``mask_secrets`` does; what follows a secret option is masked too."""
    known = list(values)
    masked: list[str] = []
    before = ""
    for word in words:
        follows = before.startswith("-") and "=" not in before and looks_secret(before) and not word.startswith("-")
        masked.append(MASKED if follows else mask_secrets(word, known))
        before = word
    return masked


def mask_env(env: Mapping[str, str]) -> dict[str, str]:
    """Return variables, the values of those that look secret masked."""
    return {name: MASKED if looks_secret(name) else mask_secrets(value) for name, value in env.items()}


def is_secret(name: str, value: str) -> bool:
    """Whether a variable's value is likely to be a secret, or to hold one."""
    return bool(value) and (looks_secret(name) or mask_secrets(value) != value)


def hide_env(env: Mapping[str, str]) -> dict[str, str]:
    """Return variables, each value that is a secret or holds one masked as a whole: ``put_back`` knows it again."""
    return {name: MASKED if is_secret(name, value) else value for name, value in env.items()}


def put_back(env: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """Return variables in which no mask is left that ``hide_env`` made.

    Args:
        env: as ``hide_env`` returned them, perhaps edited since.
        before: as they were given to it.

    Raises:
        InvalidJob: a mask stands where there was no secret, so nobody knows which value is meant.
    """
    masked = hide_env(before)
    for name, value in env.items():
        if value == MASKED and before.get(name) != MASKED and masked.get(name) != MASKED:
            raise InvalidJob(
                f"env.{visible(name)}",
                "holds the mask of a secret, and not its value",
                remedy=message("Show the values, and give it the one that is meant."),
            )
    return {name: before[name] if value == MASKED else value for name, value in env.items()}


def _hidden(found: re.Match[str], name: str, between: str, only: tuple[str, ...] = ("",), *, before: str = "") -> str:
    if looks_secret(name) and name.lower().startswith(only):
        return f"{before}{name}{between}{MASKED}"
    return found[0]
