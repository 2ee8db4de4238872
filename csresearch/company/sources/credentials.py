"""Database URLs: what stands in for credentials, and the one place where they are taken out again.

A URL in company.yml names environment variables ($NAME) where it needs a password or token. What
they hold is known to the connection alone: every text a driver hands back goes through ``hide``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from csresearch.errors import CompanyError

SECRET_WORDS = ("password", "passwd", "pwd", "token", "secret", "key", "credential", "passphrase")
HIDDEN = "***"
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True, repr=False)
class Secrets:
    """Texts nobody is to read, and what stands in their place.

    Parameters
    ----------
    shown_as : dict of str to str
        Secret -> the $NAME it came from, or ``***``.
    """

    shown_as: Mapping[str, str]

    def hide(self, text: str) -> str:
        """The text without the secrets, the longest first."""
        for secret in sorted(self.shown_as, key=len, reverse=True):
            text = text.replace(secret, self.shown_as[secret])
        return text


def expanded(url: str) -> tuple[str, Secrets]:
    """The URL with what its variables hold, and what of it must never be shown.

    Raises
    ------
    CompanyError
        If a password or token stands in the URL itself, or a variable is not set.
    """
    _refuse_literal_secrets(url)
    whole = _VARIABLE.fullmatch(url.strip())
    shown_as: dict[str, str] = {}
    pieces, end = [], 0
    for found in _VARIABLE.finditer(url):
        value = _value_of(found[1] or found[2])
        pieces += [url[end : found.start()], value if whole else _fitted(value, url, found.start())]
        shown_as |= _forms(value, found[0])
        end = found.end()
    text = "".join([*pieces, url[end:]]).strip()
    for secret in _secrets_of(text):
        shown_as = _forms(secret, HIDDEN) | shown_as
    return text, Secrets(shown_as)


def _value_of(variable: str) -> str:
    """What an environment variable holds."""
    value = os.environ.get(variable, "")
    if not value:
        raise CompanyError(
            f"company.yml: database: the environment variable {variable} is not set; set it in the "
            "shell that runs csresearch"
        )
    return value


def _fitted(value: str, url: str, place: int) -> str:
    """A variable's value, quoted where its characters would be taken for the URL's own."""
    before, after = url[:place], url[place:]
    in_user = "://" in before and "@" in after and "/" not in before.split("://", 1)[1]
    return quote(value, safe="") if in_user or "?" in before else value


def _forms(secret: str, shown: str) -> dict[str, str]:
    """The ways a driver may write a secret."""
    forms = {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        unquote(secret),
        repr(secret)[1:-1],
    }
    return dict.fromkeys((form for form in forms if form), shown)


def _secrets_of(url: str) -> list[str]:
    """The password and the secret parameters of a URL."""
    parts = urlsplit(url)
    named = [value for name, value in parse_qsl(parts.query) if _is_secret(name)]
    return [unquote(text) for text in (parts.password, *named) if text]


def _is_secret(name: str) -> bool:
    """Whether a parameter of that name holds something nobody is to read."""
    return any(word in name.casefold() for word in SECRET_WORDS)


def _refuse_literal_secrets(url: str) -> None:
    """A password in company.yml would be copied, committed and mailed with it."""
    for secret in _secrets_of(url):
        if _VARIABLE.sub("", secret):
            raise CompanyError(
                "company.yml: database: a password or token stands in the URL; put it into an "
                "environment variable and write its $NAME in the URL (postgres://ann:$CRM_PASSWORD"
                "@host/crm), or keep it where the driver looks for it (for PostgreSQL ~/.pgpass)"
            )
