"""Do the materials agree: one pure function a rule, and the profile of tolerances they read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from types import MappingProxyType

from contracts.material import Material
from contracts.rules.chain import R13
from contracts.rules.holder import R02
from contracts.rules.parcel import R03, R04
from contracts.rules.profile import BANDS_A, BANDS_B, AreaBand, ParcelArea, Profile
from contracts.rules.project import R01
from contracts.rules.seen import Rule, Seen
from contracts.verdicts import Check

RULES: Mapping[str, Rule] = MappingProxyType({rule.id: rule for rule in (R01, R02, R03, R04, R13)})
"""Every rule by its number."""


def run(
    materials: Iterable[Material],
    profile: Profile,
    today: date,
    *,
    project_code: str | None = None,
    aliases: Collection[str] = (),
) -> list[Check]:
    """Every rule's verdict over the materials as disclosed, in the order of their numbers.

    `today` is the day at +08:00; `project_code` the one asked about; `aliases` other project codes that a
    person has confirmed to name the same project.
    """
    seen = Seen(tuple(materials), project_code, frozenset(aliases))
    return [rule.check(seen, profile, today) for rule in RULES.values()]


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
