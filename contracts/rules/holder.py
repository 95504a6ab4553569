"""R02: is it one right holder."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from contracts.identifiers import normalise, uscc
from contracts.rules.profile import Profile
from contracts.rules.seen import Rule, Seen, skipped, verdict
from contracts.text import text
from contracts.verdicts import Check, Result

_FIELDS = {
    "land-transfer-contract": ("transferee_name", "transferee_uscc"),
    "land-allocation-decision": ("transferee_name", "transferee_uscc"),
    "land-right": ("holder_name", "holder_uscc"),
    "land-use-planning-permit": ("holder_name", "holder_uscc"),
    "construction-planning-permit": ("holder_name", "holder_uscc"),
    "construction-permit": ("holder_name", "holder_uscc"),
    "planning-verification": ("holder_name", "holder_uscc"),
    "completion-filing": ("holder_name", "holder_uscc"),
    "application": ("applicant_name", "applicant_uscc"),
}

_SHORT = 9

PASS = text("权利主体一致", "the right holder is the same")
RENAMED = text(
    "主体名称不一致，信用代码一致（核对更名材料）",
    "names differ, the credit code is the same: check the change of name",
)
CODES = text("统一社会信用代码不一致", "the credit codes differ")
NAMES = text("主体名称不一致，且更名记录不能说明", "names differ and the company record does not explain it")
UNEXPLAINED = text(
    "主体名称不一致，未取得主体信息，无法核对更名",
    "names differ and there is no company record to explain it",
)


class _Holder(NamedTuple):
    name: str
    code: str  # credit code or nine-character organisation code, normalised


def same_holder(seen: Seen, _profile: Profile, _today: date) -> Check:
    """R02: by credit code, else by name; a change of name must be in the company record and is a warning."""
    holders = list(_holders(seen))
    if len(holders) < 2:
        return skipped(
            "R02", seen.absent(*_FIELDS) or tuple(f"{slug}.{_FIELDS[slug][0]}" for slug in _FIELDS)
        )
    codes = _distinct({each.code for each in holders if each.code})
    names = sorted({each.name for each in holders if each.name})
    compared: dict[str, object] = {"codes": codes, "names": names}
    if len(codes) > 1:
        return verdict("R02", Result.FAIL, CODES, compared)
    if not _comparable(holders):
        return skipped("R02", _partial(seen), compared)
    if len(names) < 2:
        return verdict("R02", Result.PASS, PASS, compared | {"name": names[0] if names else ""})
    if not seen.of("company-record"):
        return verdict("R02", Result.FAIL, UNEXPLAINED, compared)
    current, former = _names(seen, codes)
    explained = bool(codes) and set(names) <= current | former
    compared["former"] = sorted(former)
    return verdict(
        "R02", Result.WARN if explained else Result.FAIL, RENAMED if explained else NAMES, compared
    )


def _holders(seen: Seen) -> list[_Holder]:
    found = [
        _Holder(normalise(each.fields.get(name) or ""), _code(each.fields.get(code) or ""))
        for slug, (name, code) in _FIELDS.items()
        for each in seen.of(slug)
    ]
    return [holder for holder in found if any(holder)]


def _comparable(holders: list[_Holder]) -> bool:
    """Whether all have a name, or all a code, or one has both and so joins the two."""
    return all(h.name for h in holders) or all(h.code for h in holders) or any(all(h) for h in holders)


def _partial(seen: Seen) -> list[str]:
    """The fields that would make the holders comparable."""
    return [
        f"{slug}.{field}"
        for slug, fields in _FIELDS.items()
        for each in seen.of(slug)
        for field in fields
        if not each.fields.get(field)
    ]


def _code(raw: str) -> str:
    reading = uscc(raw)
    return reading.norm if reading.usable else normalise(raw)


def _distinct(codes: set[str]) -> list[str]:
    """The codes of different bodies: an organisation code is its body's credit code, characters 9 to 17."""
    full = {code for code in codes if len(code) != _SHORT}
    return sorted(full | (codes - full - {code[8:17] for code in full}))


def _names(seen: Seen, codes: list[str]) -> tuple[set[str], set[str]]:
    """The present and former names in the company records of this very body."""
    records = [each.fields for each in seen.of("company-record") if each.fields.get("uscc")]
    ours = [record for record in records if len(_distinct({*codes, _code(record["uscc"])})) == 1]
    current = {normalise(record.get("name") or "") for record in ours}
    former = {normalise(row["name"]) for record in ours for row in record.get("former_names") or ()}
    return current, former


R02 = Rule("R02", text("权利主体一致", "same right holder"), (*_FIELDS, "company-record"), same_holder)
