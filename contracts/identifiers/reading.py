"""How an identifier is read: normalised for comparing, judged, never repaired in silence."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from contracts.text import Text, text

LONGEST = 200
"""No identifier read here is longer, in characters; longer input is not looked at."""

REMEMBERED = 4096
"""Readings kept by each reader: one project's numbers are read again and again."""

_UNIFIED = str.maketrans(
    {
        **dict.fromkeys("【［[", "〔"),
        **dict.fromkeys("】］]", "〕"),
        **dict.fromkeys("－—–‐‑‒―−_", "-"),
        **{chr(small): chr(small - 32) for small in range(ord("a"), ord("z") + 1)},
    }
)


class Verdict(StrEnum):
    """What an identifier turned out to be."""

    VALID = "valid"
    CHECK_DIGIT_WRONG = "check-digit-wrong"
    OLD_FORM = "old-form"
    ACCEPTED_WITH_WARNING = "accepted-with-warning"
    NOT_ONE = "not-one"


@dataclass(frozen=True, slots=True)
class Reading:
    """One identifier as read: show `raw`, compare `norm`.

    `parts` are its segments by name; `suggestion` is what it may have been meant to be, for a person to
    confirm; `note` says what is odd about it.
    """

    kind: str
    raw: str
    norm: str
    verdict: Verdict
    parts: MappingProxyType[str, str] = field(default_factory=lambda: MappingProxyType({}))
    suggestion: str | None = None
    note: Text | None = None

    @property
    def usable(self) -> bool:
        """Whether it may be sent to an agency; a wrong check digit must not stop a query."""
        return self.verdict is not Verdict.NOT_ONE


class Finding(NamedTuple):
    """What one identifier's grammar says of a normalised text."""

    verdict: Verdict
    parts: dict[str, str]
    suggestion: str | None = None
    note: Text | None = None
    norm: str | None = None  # when the normal form is more than N0, such as restored hyphens


Reader = Callable[[str], Reading]

_TOO_LONG = text("过长，不是编号", "too long for an identifier")
_EMPTY = text("为空", "empty")


def normalise(raw: str) -> str:
    """The form two identifiers are compared in; idempotent.

    Unicode NFKC, brackets and dashes unified, ASCII letters upper-case, blanks and invisible characters
    removed; full-width letters, digits and brackets become half-width by NFKC.
    """
    return _normalise(raw) if len(raw) <= LONGEST else _normalise.__wrapped__(raw)


@functools.lru_cache(maxsize=REMEMBERED)
def _normalise(raw: str) -> str:
    unified = unicodedata.normalize("NFKC", raw).translate(_UNIFIED)
    visible = "".join(c for c in unified if not c.isspace() and unicodedata.category(c) != "Cf")
    # Once more: characters that a removed blank kept apart may now compose.
    return unicodedata.normalize("NFKC", visible)


def reads(kind: str) -> Callable[[Callable[[str], Finding]], Reader]:
    """Turn a grammar over normalised text into a reader of raw text."""

    def wrap(grammar: Callable[[str], Finding]) -> Reader:
        @functools.lru_cache(maxsize=REMEMBERED)
        def judge(raw: str) -> Reading:
            norm = normalise(raw)
            found = grammar(norm) if norm else Finding(Verdict.NOT_ONE, {}, note=_EMPTY)
            parts = MappingProxyType(found.parts)
            return Reading(kind, raw, found.norm or norm, found.verdict, parts, found.suggestion, found.note)

        @functools.wraps(grammar)
        def read(raw: str) -> Reading:
            if len(raw) > LONGEST:
                return Reading(kind, raw, raw, Verdict.NOT_ONE, note=_TOO_LONG)
            return judge(raw)

        return read

    return wrap


def valid(norm: str | None = None, /, **parts: str) -> Finding:
    """It is one."""
    return Finding(Verdict.VALID, parts, norm=norm)


def accepted(zh: str, en: str, suggestion: str | None = None, /, **parts: str) -> Finding:
    """It passes, and somebody should know what is odd about it."""
    return Finding(Verdict.ACCEPTED_WITH_WARNING, parts, suggestion, text(zh, en))


def not_one(zh: str, en: str, suggestion: str | None = None, /) -> Finding:
    """It is not one."""
    return Finding(Verdict.NOT_ONE, {}, suggestion, text(zh, en))


def wrong_digit(suggestion: str, norm: str | None = None, /, **parts: str) -> Finding:
    """Its form is right and its check character is not; `suggestion` has the right one."""
    note = text("校验码不符，请核对是否录错", "the check character does not fit; a character may be mistyped")
    return Finding(Verdict.CHECK_DIGIT_WRONG, parts, suggestion, note, norm)


def is_day(digits: str) -> bool:
    """Whether eight digits are a calendar day, `yyyymmdd`."""
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return True
