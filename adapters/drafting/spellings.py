"""Every way a label of the contract may be said: words exchanged, left out or put before, each at a price."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

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
    for words, price in _told(label, 0):
        _keep(found, words, price)
    for words, price in list(found.items()):
        for more in ADDED_ZH:
            if not words.startswith(more):
                _keep(found, more + words, price + ADDED)
        for end in UNITS_ZH.get(unit or "", ()):
            _keep(found, words + end, price + EXCHANGED)
    found.pop("", None)
    return found


@cache
def letters(label: str, unit: str | None = None, most: int = DEAREST) -> Mapping[str, int]:
    """The initials of the same; where several phrases share theirs, the cheapest counts."""
    found: dict[str, int] = {}
    for words, price in phrases(label, unit, most).items():
        _keep(found, initials(words), price)
    found.pop("", None)
    return found


def _keep(found: dict[str, int], words: str, price: int) -> None:
    if price <= DEAREST and price < found.get(words, DEAREST + 1):
        found[words] = price


def _told(rest: str, spent: int) -> Iterator[tuple[str, int]]:
    """The rest of a label in every way that does not cost too much."""
    if spent > DEAREST:
        return
    if not rest:
        yield "", spent
        return
    for taken, instead, price in _ways(rest):
        for words, total in _told(rest[taken:], spent + price):
            yield instead + words, total


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
