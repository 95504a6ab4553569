"""Do the materials agree: one pure function a rule, and the profile of tolerances they read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType

from contracts.exchange import Scope
from contracts.material import Material
from contracts.rules.areas import R07, R07B, R08
from contracts.rules.buildings import R09, R10, R11, R12
from contracts.rules.chain import R13
from contracts.rules.dates import R14, R15
from contracts.rules.drawings import R19
from contracts.rules.freshness import R24
from contracts.rules.holder import R02
from contracts.rules.land import R05, R06
from contracts.rules.money import R16
from contracts.rules.parcel import R03, R04
from contracts.rules.place import R18, R22
from contracts.rules.presale import R23
from contracts.rules.profile import BANDS_A, BANDS_B, AreaBand, ParcelArea, Profile
from contracts.rules.project import R01
from contracts.rules.rights import R17
from contracts.rules.seen import Rule, Seen, with_declared
from contracts.rules.shared_parts import R21
from contracts.rules.units import R20
from contracts.scope import extent_of, narrow
from contracts.verdicts import Check

_APPROVAL = (R01, R02, R03, R04, R05, R06)
_BUILT = (R07, R07B, R08, R09, R10, R11, R12)
_PAPERS = (R13, R14, R15, R16, R17, R18)
_REGISTER = (R19, R20, R21, R22, R23, R24)

RULES: Mapping[str, Rule] = MappingProxyType(
    {rule.id: rule for rule in (*_APPROVAL, *_BUILT, *_PAPERS, *_REGISTER)}
)
"""Every rule by its number; R07b, the same by building, is one of its own."""


def run(  # noqa: PLR0913  all that a project is judged by
    materials: Iterable[Material],
    profile: Profile,
    today: date,
    *,
    project_code: str | None = None,
    aliases: Collection[str] = (),
    scope: Scope | None = None,
    now: datetime | None = None,
) -> list[Check]:
    """Every rule's verdict over the materials as disclosed, in the order of their numbers.

    `today` is the day at +08:00; `project_code` the one asked about; `aliases` other project codes that a
    person has confirmed to name the same project; `scope` the part that is asked about, outside which
    buildings, units and documents do not count; `now` the instant ages are judged at.
    """
    everything = tuple(materials)
    extent = extent_of(scope, everything)
    inside = narrow(everything, extent)
    seen = Seen(inside, project_code, frozenset(aliases), everything, extent, now)
    return [with_declared(rule.check(seen, profile, today), rule, seen) for rule in RULES.values()]


__all__ = [
    "BANDS_A",
    "BANDS_B",
    "RULES",
    "AreaBand",
    "Check",
    "ParcelArea",
    "Profile",
    "Rule",
    "Seen",
    "run",
]
