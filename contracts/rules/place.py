"""R18 and R22: is it the same place, in words and on the map."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher

from contracts.identifiers import normalise
from contracts.quantities import plain
from contracts.rules.profile import Profile
from contracts.rules.seen import Rule, Seen, skipped, verdict
from contracts.text import text
from contracts.verdicts import Check, Result

_FIELDS = {
    "land-transfer-contract": "location",
    "land-allocation-decision": "location",
    "land-use-planning-permit": "location",
    "construction-planning-permit": "location",
    "completion-filing": "location",
    "standard-address": "address",
}
_PUNCTUATION = re.compile(r"[\W_]")


def similarity(one: str, other: str) -> Decimal:
    """How alike two texts are, 0 to 1, by Ratcliff and Obershelp.

    Twice the characters in matching blocks by the characters of both. Compared without
    punctuation, the better of both directions.
    """
    pair = [_PUNCTUATION.sub("", normalise(each)) for each in (one, other)]
    total = sum(map(len, pair))
    if not total:
        return Decimal(1)
    return Decimal(2 * max(_matching(*pair), _matching(*reversed(pair)))) / total


def _matching(one: str, other: str) -> int:
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks)


def same_place(seen: Seen, profile: Profile, _today: date) -> Check:
    """R18: the location in supply, permits, filing and standard address against the first of them, in words.

    As alike as the profile asks, exactly that much suffices; below it, a warning.
    """
    found = [(slug, where) for slug, field in _FIELDS.items() for _, where in seen.values(field, slug)]
    if len(found) < 2:
        return skipped("R18", seen.absent(*_FIELDS) or (f"{slug}.{field}" for slug, field in _FIELDS.items()))
    (first, reference), *others = found
    shares = [(slug, where, similarity(reference, where)) for slug, where in others]
    least = min(share for _, _, share in shares)
    unlike = [[slug, where] for slug, where, share in shares if share < profile.location_similarity]
    compared = {first: reference, "least": plain(least), "unlike": unlike}
    tolerance = f"≥ {plain(profile.location_similarity)}"
    if unlike:
        said = text(
            "坐落表述差异较大，请核对是否同一地点",
            "the locations differ in words: check that they are one place",
        )
        return verdict("R18", Result.WARN, said, compared, tolerance)
    return verdict("R18", Result.PASS, text("坐落一致", "the locations agree"), compared, tolerance)


def same_outline(_seen: Seen, _profile: Profile, _today: date) -> Check:
    """R22: the surveyed outline against the red line. No kind carries coordinates, so never compared."""
    said = text("未核验，缺少：界址点坐标", "not checked, missing: coordinates of the outline")
    return verdict("R22", Result.SKIP, said, {"missing": ["survey-package.coordinates"]})


R18 = Rule("R18", text("坐落一致", "same location"), tuple(_FIELDS), same_place)
R22 = Rule(
    "R22", text("图形一致", "same outline"), ("survey-package", "land-use-planning-permit"), same_outline
)
