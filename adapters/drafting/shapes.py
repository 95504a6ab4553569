"""What values look like, and which functions make of them what the contract wants."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adapters.drafting.targets import Target
from adapters.functions import NULL_TOKENS, Options, Unfit, bound, nothing, token, written
from contracts.identifiers import READERS, Verdict
from contracts.text import Text, text

SEPARATORS = ("、", "，", ",", "；", ";", "|")
"""What lists in one text are cut at, best first."""

TELLING = frozenset(
    {"project_code", "parcel_code", "unit_code", "supervision_no", "construction_permit_no", "filing_no"}
    | {
        "drawing_review_no",
        "land_permit_no",
        "project_permit_no",
        "presale_permit_no",
        "holder_uscc",
        "cert_no",
    }
)
"""Identifiers whose form tells them from other numbers."""

_UNITS = {"m²": ("area", "m2"), "ha": ("area", "ha"), "元": ("money", "yuan"), "万元": ("money", "wan")}
_CODE = re.compile(r"\d{1,2}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What makes a field of a value: functions of the catalogue and what they are told."""

    functions: tuple[str, ...] = ("text",)
    unit: str | None = None
    by: str | None = None
    key: str | None = None
    null: tuple[str, ...] | None = None

    @property
    def options(self) -> Options:
        """As functions take them."""
        return Options(unit=self.unit, by=self.by, key=self.key)


TEXT = Recipe()
"""A text as it stands."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How well values suit a field, in hundredths; `why` where their form says something."""

    points: int
    why: Text | None = None


def recipe(target: Target, values: Sequence[Any]) -> Recipe | None:
    """The functions for a field; None where the catalogue has none for it."""
    if target.form == "quantity":
        return _quantity(target)
    if target.form == "text":
        return Recipe(("identifier",), key=target.key) if target.key else Recipe()
    if target.form == "texts":
        return _texts(target, values)
    zero = any(token(value) == "0" for value in values)
    names = {"day": "date", "days": "date", "whole": "integer", "truth": "boolean"}
    keep = target.form == "truth" or (target.form == "whole" and zero)
    return Recipe((names[target.form],), null=("", "/") if keep else None)


def _quantity(target: Target) -> Recipe | None:
    if target.unit in _UNITS:
        name, unit = _UNITS[target.unit]
        return Recipe((name,), unit=unit)
    return {"1": Recipe(("ratio",)), "%": Recipe(("percent",))}.get(target.unit or "")


def _texts(target: Target, values: Sequence[Any]) -> Recipe:
    said = [value for value in values if isinstance(value, str)]
    by = next((sign for sign in SEPARATORS if any(sign in value for value in said)), SEPARATORS[0])
    if not said or len(values) > len(said):
        return Recipe()
    return Recipe(("split",), by=by, key=target.key)


def fit(target: Target, values: Sequence[Any]) -> Fit | None:
    """How the values suit a field; None where they cannot be read as it."""
    some = [value for value in values if not nothing(value, NULL_TOKENS)]
    how = recipe(target, values)
    if how is None:
        return None
    if not some:
        return Fit(-5 if values else 0)
    try:
        made = [bound(how.functions, how.options)(value) for value in some]
    except Unfit:
        return None
    if target.key:
        return _identified(target.key, made)
    return _plain(target, list(map(written, filter(_single, some))))


def _single(value: Any) -> bool:
    return isinstance(value, str | int | Decimal)


def _identified(key: str, made: Sequence[Any]) -> Fit:
    words = [word for value in made for word in (value if isinstance(value, list) else [value])]
    verdicts = {READERS[key](str(word)).verdict for word in words}
    if Verdict.NOT_ONE in verdicts:
        return Fit(-35)
    if verdicts <= {Verdict.VALID} and key in TELLING:
        zh, en = "值符合该编号的格式", "its values have this identifier's form"
        return Fit(25, text(zh, en))
    return Fit(8)


def _plain(target: Target, said: Sequence[str]) -> Fit:
    """Texts that are plainly something else suit a field of words less."""
    if target.form in ("day", "days"):
        return Fit(10, text("值为日期", "its values are days"))
    if target.form == "quantity":
        return Fit(_scaled(target, said))
    if target.form in ("whole", "truth"):
        return Fit(5)
    numbers = all(_NUMBER.fullmatch(word) for word in said) and any("." in word for word in said)
    return Fit(-30 if numbers or any(map(identifiers_in, said)) or all(map(_is_day, said)) else 0)


def _scaled(target: Target, said: Sequence[str]) -> int:
    """Hectares are few and have four places; square metres are many."""
    if target.unit in ("1", "%"):
        return _bounded(target, said)
    if target.unit not in ("ha", "m²") or not all(map(_NUMBER.fullmatch, said)):
        return 3
    hectares = all(float(word) < 1000 and len(word.partition(".")[2]) > 2 for word in said)
    return 12 if hectares == (target.unit == "ha") else -10


def _bounded(target: Target, said: Sequence[str]) -> int:
    """A bound sign before a ratio says whether it is the lowest or the highest."""
    for mark, signs in (
        ("_max", ("≤", "<", "不大于", "不高于", "不超过")),
        ("_min", ("≥", ">", "不小于", "不低于")),
    ):
        if any(word.strip().startswith(signs) for word in said):
            return 12 if mark in target.name else -12
    return 3


def _is_day(word: str) -> bool:
    try:
        bound(("date",), Options())(word)
    except Unfit:
        return False
    return not re.fullmatch(r"\d{13}", word)


def identifiers_in(word: str) -> tuple[str, ...]:
    """Which identifiers, of those that can be told by their form, a word is."""
    return tuple(_identifiers(word))


def _identifiers(word: str) -> Iterator[str]:
    for name in sorted(TELLING):
        if READERS[name](word).verdict is Verdict.VALID:
            yield name


def coded(target: Target, values: Sequence[Any]) -> bool:
    """Whether a field of words is given as codes, for which a person must know the table."""
    said = [value for value in map(token, values) if value and value not in NULL_TOKENS]
    wants_code = target.name.endswith(("code", "_no")) or target.key is not None
    return target.form == "text" and not wants_code and bool(said) and all(map(_CODE.fullmatch, said))
