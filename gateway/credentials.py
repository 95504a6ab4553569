"""Agencies' secrets and our own passwords: where they come from, and that nobody says them aloud."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from contracts.errors import SetupIncomplete
from contracts.text import text
from gateway.logs import REDACTION

if TYPE_CHECKING:
    from gateway.settings import Settings


class Secrets:
    """Resolves `secret:agency/name`.

    From the variable `LANDBRIDGE_SECRET_AGENCY_NAME`, or the file `$LANDBRIDGE_HOME/secrets/agency/name`.
    """

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.home / "secrets"

    def __call__(self, reference: str) -> str:
        """The secret's value. Raises SetupIncomplete naming the reference, never a value."""
        agency, _, name = reference.removeprefix("secret:").partition("/")
        variable = f"LANDBRIDGE_SECRET_{agency}_{name}".upper().replace("-", "_")
        value = os.environ.get(variable)
        if value is None:
            value = self._in_file(agency, name)
        if value is None:
            raise SetupIncomplete(text(f"未设置凭据 {reference}", f"The secret {reference} is not set"))
        REDACTION.hide(value)  # before anybody can say it
        return value

    def _in_file(self, agency: str, name: str) -> str | None:
        path = self._folder / agency / name
        if path.is_file() and path.resolve().is_relative_to(self._folder.resolve()):
            return path.read_text("utf-8").strip()
        return None


def hide_passwords(settings: Settings) -> None:
    """Those in the addresses of the database and of Redis."""
    for url in filter(None, (settings.database_url, settings.redis_url)):
        with suppress(ValueError):  # no URL at all: whoever opens it says so
            REDACTION.hide(unquote(urlsplit(url).password or ""))
