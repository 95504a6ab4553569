"""What a difference from the planning permit weighs once the planning verification is there."""

from __future__ import annotations

import re

from contracts.identifiers import permit_core
from contracts.material import Retrieval
from contracts.rules.profile import Profile
from contracts.rules.seen import Seen
from contracts.scope import PLANNED, VERIFIED
from contracts.verdicts import Result

_SEVERAL = re.compile("[、,，;；]")
_REFUSED = re.compile("不符合|不合格|不予|未通过|不通过")


def parts_of(field: str | None) -> list[str]:
    """The document numbers in a field that may hold several, as written."""
    return [part for part in _SEVERAL.split(field or "") if part.strip()]


def numbers_in(field: str | None) -> list[str]:
    """The same, as they are compared."""
    return [permit_core(part) for part in parts_of(field)]


def verified(seen: Seen) -> bool:
    """Whether every construction planning permit in scope has its planning verification, and none refuses."""
    certificates = [each for each in seen.standing(VERIFIED) if each.retrieval is not Retrieval.DECLARED]
    if any(_REFUSED.search(each.fields.get("conclusion") or "") for each in certificates):
        return False
    cited = {number for each in certificates for number in numbers_in(each.fields.get("project_permit_no"))}
    permits = {permit_core(each.fields.get("permit_no") or "") for each in seen.standing(PLANNED)}
    return bool(certificates) and permits <= cited


def softened(seen: Seen, profile: Profile) -> Result:
    """FAIL; WARN where the profile lets the planning verification decide, as conformity was its verdict."""
    decided = profile.planning_verification_decides and verified(seen)
    return Result.WARN if decided else Result.FAIL
