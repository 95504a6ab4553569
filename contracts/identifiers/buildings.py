"""Building names: "1#", "1号楼", "0001" and "1幢" are one building; lists and ranges are candidates."""

from __future__ import annotations

import re

from contracts.identifiers.reading import normalise

_BRACKETED = re.compile(r"\([^()]*(?:\)|$)|〔[^〔〕]*(?:〕|$)")
_NUMBERED = re.compile("第?([A-Z]{0,2})0*([0-9]+)(?:-0*([0-9]+))?")
_WORDS = re.compile("号楼|楼|幢|栋|#")
_BETWEEN = re.compile("[、,;，；和及]")
_RANGE = re.compile(
    "([A-Z]{0,2})0*([0-9]{1,4})#?(?:号楼?)?(?:-+|~+|至|到)([A-Z]{0,2})0*([0-9]{1,4})(?=#|号|楼|幢|栋|$)"
)
_TRAILING = re.compile("[A-Z]{0,2}[0-9]+(?:-[0-9]+)?(?:#|号楼|楼|幢|栋).*$")
LONGEST_RANGE = 200


def _unbracketed(norm: str) -> str:
    """Without bracketed words, innermost first."""
    while (bare := _BRACKETED.sub("", norm)) != norm:
        norm = bare
    return norm


def building_no(raw: str) -> str:
    """The name two documents are compared by: `S1号楼（商业）` is S1, `0006` is 6, `地下车库` is itself.

    Half-width, upper-case, without bracketed words; the leading number without zeros, else the text without
    号楼, 楼, 幢, 栋, #.
    """
    norm = normalise(raw)
    bare = _unbracketed(norm) or norm.strip("()〔〕")
    found = _NUMBERED.match(bare)
    if found is None:
        return _WORDS.sub("", bare)
    letters, number, second = found.groups()
    return f"{letters}{number}-{second}" if second else letters + number


def building_range(raw: str) -> tuple[str, ...]:
    """The buildings a free text may mean, in its order, for a person to confirm: developers skip 4.

    `1-8#` gives 1 to 8, `1、2、4#楼` its three; a project's name in front of the first number falls away. A
    range of more than `LONGEST_RANGE` buildings gives its two ends only.
    """
    segments = _BETWEEN.split(_unbracketed(normalise(raw)))
    return tuple(dict.fromkeys(name for part in segments if part for name in _segment(part)))


def _segment(part: str) -> list[str]:
    # "1-3#5-6#" is two ranges: none may be dropped.
    if expanded := [name for span in _RANGE.finditer(part) for name in _expand(*span.groups())]:
        return expanded
    tail = _TRAILING.search(part)
    name = building_no(tail[0] if tail else part)
    return [name] if name else []


def _expand(letters: str, first: str, again: str, last: str) -> list[str]:
    """All from first to last; empty where it is no range, as in building `10-1` or `S1-B3`."""
    start, stop = int(first), int(last)
    if stop <= start or again not in {"", letters}:
        return []
    numbers = range(start, stop + 1) if stop - start < LONGEST_RANGE else (start, stop)
    return [f"{letters}{number}" for number in numbers]
