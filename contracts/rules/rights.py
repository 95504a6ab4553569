"""R17: does anything in the register stand in the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from contracts.rules.profile import Profile
from contracts.rules.seen import Rule, Seen, skipped, verdict
from contracts.text import Text, text
from contracts.verdicts import Check, Result

RIGHT, MORTGAGE = "land-right", "construction-mortgage"
BUILDING_MORTGAGE = "在建建筑物抵押"
_GRAVEST = (Result.FAIL, Result.WARN)

FREE = text("无权利限制", "nothing restricts the right")
NOTICE = text(
    "存在抵押或预告登记，请告知权利人", "there is a mortgage or an advance notice: inform its holder"
)
CONVERT = text(
    "存在在建建筑物抵押，首次登记时须按规定转为现房抵押，请告知抵押权人",
    "there is a mortgage on unfinished buildings: converted at first registration; inform the mortgagee",
)
BARRED = text("存在查封、异议等权利限制，不得自动通过", "a restriction stands in the way of registration")


class _Burden(NamedTuple):
    """One restriction in force, and what it means for the case."""

    words: str
    result: Result


def restrictions(seen: Seen, profile: Profile, today: date) -> Check:
    """R17: restrictions of the land right, mortgages and notices, as the profile weighs them."""
    burdens = list(_burdens(seen, profile, today))
    compared = {"restrictions": [each.words for each in burdens]}
    worst = min(
        (each.result for each in burdens if each.result in _GRAVEST), key=_GRAVEST.index, default=None
    )
    if worst is not None:
        return verdict("R17", worst, _said(worst, burdens, profile), compared)
    if missing := _missing(seen):
        return skipped("R17", missing, compared)
    return verdict("R17", Result.PASS, FREE, compared)


def _said(worst: Result, burdens: list[_Burden], profile: Profile) -> Text:
    if worst is Result.FAIL:
        return BARRED
    converts = profile.construction_mortgage_converts
    return CONVERT if converts and any(BUILDING_MORTGAGE in each.words for each in burdens) else NOTICE


def _burdens(seen: Seen, profile: Profile, today: date) -> Iterator[_Burden]:
    for right in seen.standing(RIGHT):
        for words in right.fields.get("restrictions") or ():
            yield _Burden(words, _weight(words, profile))
    for each in seen.standing(MORTGAGE):
        ended = each.fields.get("cancelled_on")
        if not ended or ended > today.isoformat():
            words = each.fields.get("kind") or BUILDING_MORTGAGE
            yield _Burden(f"{words} {each.fields.get('proof_no') or ''}".strip(), _weight(words, profile))


def _weight(words: str, profile: Profile) -> Result:
    fits = (each.result for each in profile.restrictions if any(word in words for word in each.words))
    return next(fits, profile.other_restriction)


def _missing(seen: Seen) -> list[str]:
    hidden = any(each.fields.get("restrictions") is None for each in seen.standing(RIGHT))
    return [*seen.absent(RIGHT), *([f"{RIGHT}.restrictions"] if hidden else [])]


R17 = Rule("R17", text("权利限制", "restrictions of the right"), (RIGHT, MORTGAGE), restrictions)
