"""R13: does each document cite one that is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from contracts.identifiers import permit_core
from contracts.kinds import number_of
from contracts.material import Material
from contracts.rules.profile import Profile
from contracts.rules.seen import Rule, Seen, skipped, verdict
from contracts.rules.verified import numbers_in, parts_of
from contracts.text import text
from contracts.verdicts import Check, Result


class Link(NamedTuple):
    """Documents of one kind cite, in one field, the numbers of another's."""

    citing: str
    by: str
    cited: str


LAND = Link("construction-planning-permit", "land_permit_no", "land-use-planning-permit")
BUILD = Link("construction-permit", "project_permit_no", "construction-planning-permit")
FILE = Link("completion-filing", "construction_permit_no", "construction-permit")
VERIFY = Link("planning-verification", "project_permit_no", "construction-planning-permit")
_LINKS = (LAND, BUILD, FILE, VERIFY)

WHOLE = text("审批文号引用链完整", "every document cited is there")
BROKEN = text("审批文号引用链断裂", "a document cites one that is not there")


@dataclass(slots=True)
class _Walk:
    """What following the links brought to light."""

    broken: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def cited_documents(seen: Seen, _profile: Profile, _today: date) -> Check:
    """R13: each permit, verification and filing cites a document of the kind before it.

    Equal after normalisation without 地字第, 建字第 and 号. A link with an end that cannot be read leaves
    the chain unproven: SKIP, unless another link is broken.
    """
    walk = _Walk()
    for link in _LINKS:
        _follow(link, seen, walk)
    if walk.broken:
        return verdict("R13", Result.FAIL, BROKEN, {"broken": walk.broken})
    if walk.missing:
        return skipped("R13", walk.missing, {"broken": []})
    return verdict("R13", Result.PASS, WHOLE, {"broken": []})


def _follow(link: Link, seen: Seen, walk: _Walk) -> None:
    cited_there = [each for each in seen.everything if each.kind == link.cited and each.held]
    absent = [*seen.absent(link.citing), *(() if cited_there else (link.cited,))]
    walk.missing.extend(absent)
    there = {permit_core(each.fields["permit_no"]) for each in cited_there if each.fields.get("permit_no")}
    if absent or not there:
        walk.missing.extend(() if absent else (f"{link.cited}.permit_no",))
        return
    for each in seen.of(link.citing):
        cited = parts_of(each.fields.get(link.by))
        if not cited:
            walk.missing.append(f"{link.citing}.{link.by}")
        number = number_of(link.citing, each.fields) or link.citing
        walk.broken.extend(f"{number} → {part}" for part in cited if permit_core(part) not in there)


def cited(seen: Seen, link: Link, material: Material) -> list[Material]:
    """The documents a material cites; where it cites none and there is only one, that."""
    there = seen.of(link.cited)
    numbers = numbers_in(material.fields.get(link.by))
    if not numbers:
        return list(there) if len(there) == 1 else []
    return [each for each in there if permit_core(each.fields.get("permit_no") or "") in numbers]


R13 = Rule(
    "R13",
    text("审批文号引用链", "chain of documents"),
    tuple(dict.fromkeys(slug for link in _LINKS for slug in (link.cited, link.citing))),
    cited_documents,
    {"broken": tuple(dict.fromkeys(link.citing for link in _LINKS))},
)
