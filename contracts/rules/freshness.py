"""R24: are the materials still good, and do their issuers stand by them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from contracts.catalogue import KINDS
from contracts.kinds import number_of
from contracts.material import Legal, Material, Retrieval, SealVerdict
from contracts.rules.profile import Profile
from contracts.rules.seen import Rule, Seen, skipped, verdict
from contracts.text import text
from contracts.time import day_of
from contracts.verdicts import Check, Result

_ENDED = frozenset({Legal.EXPIRED, Legal.SUPERSEDED, Legal.REVOKED, Legal.CANCELLED})


def fresh_and_valid(seen: Seen, _profile: Profile, today: date) -> Check:
    """R24: nothing held is older than it may be, without force by its issuer's word, or badly sealed.

    Age is judged at the instant the dossier is assembled; where that is not known, by the day.
    """
    held = [each for each in seen.materials if each.held]
    doubts = [f"{_name(each)}: {why}" for each in held for why in _doubts(each, seen, today)]
    if doubts:
        said = text("有材料过期、失效或签名不符", "a material is stale, without force or badly sealed")
        return verdict("R24", Result.WARN, said, {"items": doubts})
    if not any(each.provenance or each.legal is not Legal.UNKNOWN for each in held):
        return skipped("R24", ("provenance",))
    return verdict(
        "R24", Result.PASS, text("材料在有效期内", "the materials are fresh and in force"), {"items": []}
    )


def _doubts(material: Material, seen: Seen, today: date) -> Iterator[str]:
    if material.legal in _ENDED:
        yield material.legal.value
    if material.retrieval is Retrieval.MANUAL:
        yield "manual"
    if material.retrieval is Retrieval.STALE or _overdue(material, seen, today):
        yield "stale"
    if material.provenance and material.provenance.seal.verified is SealVerdict.NO:
        yield "seal"


def _overdue(material: Material, seen: Seen, today: date) -> bool:
    if material.provenance is None:
        return False
    until = material.provenance.fresh_until
    return until < seen.now if seen.now else day_of(until) < today


def _name(material: Material) -> str:
    return f"{KINDS[material.kind].id} {number_of(material.kind, material.fields) or ''}".strip()


R24 = Rule("R24", text("时效与来源状态", "freshness and state at the source"), (), fresh_and_valid)
