"""Every way a label of the contract may be said: words exchanged, left out or put before, each at a price."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from adapters.drafting.initials import initials
from adapters.drafting.words import ADDED_ZH, LEFT_OUT_ZH, SAME_ZH, UNITS_ZH

EXCHANGED, ADDED, LEFT_OUT = 3, 5, 6
"""What a change of a label costs, in hundredths of confidence."""

DEAREST = 20
"""What all changes of one label may cost together."""

LITTLE = 6
"""What changes of a label may cost together for what comes of them to be near it."""

_LONGEST = max(len(word) for group in SAME_ZH for word in group)


@cache
def phrases(label: str, unit: str | None = None, most: int = DEAREST) -> Mapping[str, int]:
    """The label and what else it may be called, each with what that costs: the label itself nothing."""
    if most < DEAREST:
        return {words: price for words, price in phrases(label, unit).items() if price <= most}
    found: dict[str, int] = {}
    for parts, price in _dressed(label, unit):
        _keep(found, "".join(parts), price)
    found.pop("", None)
    return found


@cache
def letters(label: str, unit: str | None = None, most: int = DEAREST) -> Mapping[str, int]:
    """The initials of the same; where several phrases share theirs, the cheapest counts."""
    found: dict[str, int] = {}
    for parts, price in _dressed(label, unit):
        if price <= most:
            _keep(found, "".join(map(_spelt, parts)), price)
    found.pop("", None)
    return found


_spelt = lru_cache(maxsize=50_000)(initials)


def _keep(found: dict[str, int], words: str, price: int) -> None:
    if price <= DEAREST and price < found.get(words, DEAREST + 1):
        found[words] = price


def _dressed(label: str, unit: str | None) -> Iterator[tuple[tuple[str, ...], int]]:
    """Every way of saying a label, in the parts it is made of: words before it, itself, its unit."""
    said = _said(label)
    yield from (((words,), price) for words, price in said.items())
    for words, price in said.items():
        if price + EXCHANGED > DEAREST:
            continue
        for more in ADDED_ZH:
            if not words.startswith(more):
                yield (more, words), price + ADDED
        for end in UNITS_ZH.get(unit or "", ()):
            yield (words, end), price + EXCHANGED


@cache
def _said(rest: str) -> Mapping[str, int]:
    """The rest of a label in every way that does not cost too much."""
    if not rest:
        return {"": 0}
    found: dict[str, int] = {}
    for taken, instead, price in _ways(rest):
        for words, more in _said(rest[taken:]).items():
            _keep(found, instead + words, price + more)
    return found


def _ways(rest: str) -> Iterator[tuple[int, str, int]]:
    """How many characters are taken, what stands instead of them, and its price."""
    yield 1, rest[0], 0
    for length in range(1, min(_LONGEST, len(rest)) + 1):
        for other in _OTHERS.get(rest[:length], ()):
            yield length, other, EXCHANGED
    for word in LEFT_OUT_ZH:
        if rest.startswith(word):
            yield len(word), "", LEFT_OUT


def _others() -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for first, *others in SAME_ZH:
        for other in others:
            found.setdefault(first, {})[other] = None
            found.setdefault(other, {})[first] = None
    return {word: tuple(others) for word, others in found.items()}


_OTHERS = _others()
