"""An ask without a project code: which project its other keys name, and what to say when several do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from contracts.errors import ProjectAmbiguous
from contracts.exchange import FoundBy
from contracts.identifiers import READERS, parcel_of
from contracts.text import Text, text
from gateway.aliases import ONE_PROJECT_KEYS, norm_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from contracts.exchange import Ask
    from contracts.material import Material
    from gateway.aliases import Aliases, AliasState, Pair

FINDING_KEYS = ONE_PROJECT_KEYS - {"project_code", "unit_code"}
"""Keys that find a project by themselves; parcels and units do too, but may find several."""

TOLD = 20
"""Candidates listed, at most."""

Candidates = dict[str, FoundBy]
"""Projects by code, each with the key that found it."""


class _Clue(NamedTuple):
    """A key of the ask as it was written, and what it is looked up as; an applicant's name needs its code."""

    key: str
    raw: str
    sought: tuple[Pair, ...]


async def find_project(aliases: Aliases, ask: Ask) -> tuple[Ask, FoundBy | None]:
    """The ask with its project's code, where its keys name one, and by which key it was found.

    Keys that agree on one project outweigh a key that many share. Raises ProjectAmbiguous.
    """
    clues = [] if ask.project_code else list(_clues(ask))
    if not clues:
        return ask, None
    bearers = await aliases.bearers({pair for clue in clues for pair in clue.sought})
    found = [candidates for clue in clues if (candidates := _candidates(clue, bearers))]
    agreed = set.intersection(*(set(candidates) for candidates in found)) if found else set()
    several = {code: _surest(code, found) for code in agreed or {code for each in found for code in each}}
    if len(several) > 1:
        raise ProjectAmbiguous(_listed(several))
    for code, by in several.items():
        return ask.model_copy(update={"project_code": code}), by
    return ask, None


def named_by(materials: Iterable[Material]) -> tuple[str, FoundBy] | None:
    """The project agencies' materials name, where all that name one agree; and the key that led there."""
    named: Candidates = {}
    for material in materials:
        code, key = material.fields.get("project_code"), material.provenance and material.provenance.key
        if material.agency and key and isinstance(code, str) and READERS["project_code"](code).usable:
            by = FoundBy(key=key.name, value=key.value, state="confirmed" if key.confirmed else "known")
            named.setdefault(norm_of("project_code", code), by)
    return next(iter(named.items())) if len(named) == 1 else None


def _clues(ask: Ask) -> Iterator[_Clue]:
    known = ask.known
    for key in sorted(FINDING_KEYS.intersection(known)):
        yield from (_Clue(key, raw.strip(), ((key, norm_of(key, raw)),)) for raw in known[key])
    for key in ("unit_code", "parcel_code"):
        parcels = ((raw, parcel_of(raw)) for raw in known.get(key, ()))
        yield from (_Clue(key, raw.strip(), (("parcel_code", parcel),)) for raw, parcel in parcels if parcel)
    for name in known.get("project_name", ()):
        named = ("project_name", norm_of("project_name", name))
        for code in known.get("holder_uscc", ()):
            yield _Clue("project_name", name.strip(), (named, ("holder_uscc", norm_of("holder_uscc", code))))


def _candidates(clue: _Clue, bearers: Mapping[Pair, Mapping[str, AliasState]]) -> Candidates:
    """The projects that bear all the clue looks for; of a key that names one project only, the surest."""
    held = [bearers.get(pair, {}) for pair in clue.sought]
    found: Candidates = {}
    for code in set(held[0]).intersection(*held):
        sure = all(states[code] == "confirmed" for states in held)
        found[code] = FoundBy(key=clue.key, value=clue.raw, state="confirmed" if sure else "learned")
    sure_ones = {code: by for code, by in found.items() if by.state == "confirmed"}
    return sure_ones if sure_ones and clue.key in FINDING_KEYS else found


def _surest(code: str, found: Iterable[Candidates]) -> FoundBy:
    ways = [candidates[code] for candidates in found if code in candidates]
    return min(ways, key=lambda by: by.state != "confirmed")


def _listed(several: Candidates) -> Text:
    """Codes and the keys' names; no value, no name of anybody."""
    told = sorted(several.items(), key=lambda each: (each[1].state != "confirmed", each[0]))
    shown = [f"{code} ({by.key}, {by.state})" for code, by in told[:TOLD]]
    more = len(told) - len(shown)
    rest_zh, rest_en = (f"，另有 {more} 个", f", and {more} more") if more else ("", "")
    return text(f"可能的项目：{'、'.join(shown)}{rest_zh}", f"It may be any of: {', '.join(shown)}{rest_en}")
