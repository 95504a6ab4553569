"""R19: are the drawings and documents there that a case is decided on."""

from __future__ import annotations

from datetime import date

from contracts.catalogue import KINDS
from contracts.kinds import number_of
from contracts.material import Attachment, AttachmentState, Material
from contracts.rules.profile import DRAWINGS, Drawing, Profile
from contracts.rules.seen import Rule, Seen, skipped, verdict
from contracts.text import text
from contracts.verdicts import Check, Result


def drawings(seen: Seen, profile: Profile, _today: date) -> Check:
    """R19: every document carries the files the profile asks of its kind: there, and not empty.

    A document of which no file at all is disclosed says nothing: the check is skipped, naming it.
    """
    gaps = [(each, wanted) for wanted in profile.drawings for each in _lacking(seen, wanted)]
    missing = [[KINDS[each.kind].id, wanted.doc_types[0], _number(each)] for each, wanted in gaps]
    if gaps:
        worst = min((wanted.result for _, wanted in gaps), key=lambda result: result is not Result.FAIL)
        kinds = list(dict.fromkeys(each.kind for each, _ in gaps))
        return verdict(
            "R19", worst, text("图件缺失", "drawings are missing"), {"missing": missing, "kinds": kinds}
        )
    if unread := _unread(seen, profile):
        return skipped("R19", unread)
    return verdict("R19", Result.PASS, text("图件齐全", "all drawings are there"), {"missing": []})


def _lacking(seen: Seen, wanted: Drawing) -> list[Material]:
    return [
        each
        for each in seen.standing(wanted.kind)
        if each.attachments and not any(_is(file, wanted) for file in each.attachments)
    ]


def _is(file: Attachment, wanted: Drawing) -> bool:
    """Whether the file is there and is one of the types; untyped files are known by their names."""
    if file.state is AttachmentState.ABSENT or file.bytes == 0:
        return False
    if file.doc_type:
        return file.doc_type in wanted.doc_types
    return any(each in file.name for each in wanted.doc_types)


def _number(material: Material) -> str:
    return number_of(material.kind, material.fields) or ""


def _unread(seen: Seen, profile: Profile) -> list[str]:
    kinds = list(dict.fromkeys(wanted.kind for wanted in profile.drawings))
    bare = [
        f"{slug}.attachments" for slug in kinds if any(not each.attachments for each in seen.standing(slug))
    ]
    return [*seen.absent(*kinds), *bare]


R19 = Rule(
    "R19", text("图件齐全", "drawings"), tuple(dict.fromkeys(each.kind for each in DRAWINGS)), drawings
)
