"""What the gateway says while it runs: one line an event, JSON or text, with secrets and people taken out.

The redaction stands before the one handler of the process, so that nothing any library says passes it by:
messages and their arguments, extra fields, tracebacks, and whatever has been said of stacks.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, TextIO
from urllib.parse import quote, unquote, urlsplit

from contracts.kinds import FIELDS, personal_fields
from contracts.time import stored

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GONE = "[redacted]"

SHORTEST = 4
"""Letters of the shortest secret that is looked for: shorter ones stand in too many words."""

_SECRETIVE = """
applicant holder_name id_number id_no idcard mobile operator_name phone telephone
authorization proxy-authorization cookie set-cookie x-api-key x-app-key api_key apikey
app_secret appsecret access_token token secret password passwd pwd passphrase
"""
_FIELDS = {*_SECRETIVE.split(), *(name for slug in FIELDS for name in personal_fields(slug))}
"""Names of fields whose values are never told, wherever they stand; the contracts' own among them."""

_NAMES = "|".join(sorted(map(re.escape, _FIELDS), key=len, reverse=True))
_FIELD = rf"(?i)(?<![\w-])({_NAMES})(\\?[\"']?\s*[=:]\s*b?|\\?[\"']\s*,\s*b?)"
_DIGIT = "[0-9０-９]"
_SPOKEN = r"[\s\-‐–.]?"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)\b(bearer|basic|digest)\s+[\w.~+/=:,\"-]{4,}"), rf"\1 {GONE}"),
    (re.compile(r"lb_[A-Za-z0-9]+_[A-Za-z0-9_-]+"), GONE),
    (re.compile(r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*KEY-----|\Z)"), GONE),
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^/\s@]+@"), rf"\1{GONE}@"),
    # A field and its value in JSON, Python, a query, a header: quoted ones whole, others up to the next.
    (re.compile(_FIELD + r"(\\?[\"'])(?:(?!\3).)*\3"), rf"\1\2\3{GONE}\3"),
    (re.compile(_FIELD + r"(?![\\\"'])[^\s,;&})\]]+"), rf"\1\2{GONE}"),
    # 居民身份证号: 18 (GB 11643-1999) or 15 digits, the day of birth among them; also written in groups.
    (
        re.compile(
            rf"(?<!{_DIGIT}){_DIGIT}{{6}}{_SPOKEN}(?:1[89]|20|１[８９]|２０){_DIGIT}{{2}}{_SPOKEN}"
            rf"{_DIGIT}{{4}}{_SPOKEN}{_DIGIT}{{3}}[0-9０-９XxＸｘ](?!{_DIGIT})"
        ),
        GONE,
    ),
    (
        re.compile(
            rf"(?<!{_DIGIT}){_DIGIT}{{8}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]){_DIGIT}{{3}}(?!{_DIGIT})"
        ),
        GONE,
    ),
    # Mobile numbers of the mainland: eleven digits from 13 to 19.
    (
        re.compile(
            rf"(?<!{_DIGIT})(?:(?:\+|00)?86{_SPOKEN})?[1１][3-9３-９]{_DIGIT}{_SPOKEN}"
            rf"{_DIGIT}{{4}}{_SPOKEN}{_DIGIT}{{4}}(?!{_DIGIT})"
        ),
        GONE,
    ),
)  # fmt: skip

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class Redaction:
    """Takes out what nobody may read: known secrets, keys, credentials, residents' and mobile numbers."""

    def __init__(self) -> None:
        self._hidden: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None
        self._changing = threading.Lock()

    def hide(self, secret: str) -> None:
        """From here on this value comes out nowhere, however it is written: quoted, escaped, in base64."""
        with self._changing:
            if len(secret) < SHORTEST or secret in self._hidden:
                return
            self._hidden |= _spellings(secret)
            longest_first = sorted(self._hidden, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def hide_password(self, url: str | None) -> None:
        """The one in an address, if it has one."""
        with suppress(ValueError):  # no URL at all: whoever opens it says so
            self.hide(unquote(urlsplit(url or "").password or ""))

    def __call__(self, words: str) -> str:
        """The words without it."""
        if self._pattern:
            words = self._pattern.sub(GONE, words)
        for rule, instead in _RULES:
            words = rule.sub(instead, words)
        return words

    def value(self, found: object, name: str = "") -> Any:
        """The same for what is not text; a field of a known name loses its value whatever it is."""
        if name.lower() in _FIELDS:
            return GONE
        if found is None or (isinstance(found, bool | int | float) and len(str(found)) < 11):
            return found
        if isinstance(found, dict):
            return {self(str(key)): self.value(each, str(key)) for key, each in found.items()}
        if isinstance(found, list | tuple | set | frozenset):
            return [self.value(each) for each in found]
        return self(found.decode(errors="replace") if isinstance(found, bytes) else _said(found))


REDACTION = Redaction()
"""The one of this process, as there is one log of it."""


def _spellings(secret: str) -> frozenset[str]:
    octets = secret.encode()
    ways = {secret, quote(secret, safe=""), quote(secret), repr(secret)[1:-1], ascii(secret)[1:-1]}
    ways |= {json.dumps(secret)[1:-1], base64.b64encode(octets).decode(), octets.hex()}
    return frozenset(way for way in ways if len(way) >= SHORTEST)


def _said(found: object) -> str:
    try:
        return str(found)
    except Exception as error:  # noqa: BLE001  a stranger's object must not end the line it stands in
        return f"{type(found).__name__} that cannot be written: {type(error).__name__}"


class Line(logging.Formatter):
    """One event as one line; `redact` sees every word before it leaves."""

    def __init__(self, form: Literal["json", "text"], redact: Redaction) -> None:
        super().__init__()
        self._write: Callable[[dict[str, Any]], str] = {"json": _json, "text": _text}[form]
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end. Never raises: what cannot be said is told by name."""
        words: dict[str, Any] = {
            "time": stored(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        words |= {name: value for name, value in vars(record).items() if name not in _PLAIN}
        if record.exc_info and record.exc_info[0]:
            words["trace"] = self.formatException(record.exc_info)
        if record.stack_info:
            words["stack"] = record.stack_info
        return self._write(self._redacted(words))

    def _redacted(self, words: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._redact.value(value, name) for name, value in words.items() if value is not None}


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception as error:  # noqa: BLE001  arguments that do not fit must not end the event
        return f"{record.msg} ({type(error).__name__} in its arguments)"


def _json(words: dict[str, Any]) -> str:
    return json.dumps(words, ensure_ascii=False, default=_said)


def _text(words: dict[str, Any]) -> str:
    head = " ".join(str(words.pop(name)) for name in ("time", "level", "logger", "message"))
    below = [str(words.pop(name)) for name in ("trace", "stack") if name in words]
    more = "".join(f" {name}={value}" for name, value in words.items())
    # One event, one line: whoever can put a line feed into a message could write events of their own.
    return "\n".join([(head + more).replace("\r", "\\r").replace("\n", "\\n"), *below])


def speak(form: Literal["json", "text"] | None, level: str, stream: TextIO | None = None) -> logging.Handler:
    """Have everything any logger of this process says leave through one redacted handler.

    `form` None is JSON, except at a terminal. Whatever handlers other people set up are taken away.
    """
    place = stream or sys.stderr
    handler = logging.StreamHandler(place)
    handler.setFormatter(Line(form or ("text" if place.isatty() else "json"), REDACTION))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.captureWarnings(capture=True)
    logging.raiseExceptions = False
    return handler
