"""R01: is it one project."""

from __future__ import annotations

from datetime import date

from contracts.identifiers import Verdict, project_code
from contracts.rules.profile import Profile
from contracts.rules.seen import Rule, Seen, skipped, verdict
from contracts.text import text
from contracts.verdicts import Check, Result

_KINDS = (
    "investment-filing",
    "land-transfer-contract",
    "land-use-planning-permit",
    "construction-planning-permit",
    "construction-permit",
    "completion-filing",
    "survey-package",
)
_SOUND = frozenset({Verdict.VALID, Verdict.OLD_FORM})

PASS = text("项目代码一致", "the project codes agree")
OLD = text(
    "项目代码一致，但为旧版代码，无校验码",
    "the project codes agree; they are of the old form without check digit",
)
BAD = text("项目代码不合规", "a project code is not valid")
DIFFER = text("项目代码不一致", "the project codes differ")


def same_project(seen: Seen, _profile: Profile, _today: date) -> Check:
    """R01: every project code is valid and they are equal; a confirmed alias counts as equal.

    Equal after normalisation; the check digit is tested on codes of the new form (GB/T 40058-2021).
    """
    found = list(seen.values("project_code", *_KINDS))
    if not found:
        return skipped("R01", (f"{slug}.project_code" for slug in _KINDS))
    raws = [code for _, code in found] + ([seen.project_code] if seen.project_code else [])
    readings = [project_code(code) for code in raws]
    aliases = {project_code(code).norm for code in seen.aliases}
    codes = sorted({each.norm for each in readings})
    bad = sorted({each.norm for each in readings if each.verdict not in _SOUND})
    compared = {"codes": codes, "bad": bad, "kinds": sorted({slug for slug, _ in found})}
    if bad:
        return verdict("R01", Result.FAIL, BAD, compared)
    if len(set(codes) - aliases) > 1:
        return verdict("R01", Result.FAIL, DIFFER, compared)
    if any(each.verdict is Verdict.OLD_FORM for each in readings):
        return verdict("R01", Result.WARN, OLD, compared)
    return verdict("R01", Result.PASS, PASS, compared)


R01 = Rule("R01", text("项目代码有效且一致", "project code valid and equal"), _KINDS, same_project)
