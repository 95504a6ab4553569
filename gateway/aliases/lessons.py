"""What one material teaches about a project's other names, and how sure one is of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from contracts.exchange import FREE_KEYS
from contracts.identifiers import READERS, Verdict, normalise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from contracts.material import Material

TEACHES: dict[str, dict[str, str]] = {
    "investment-filing": {
        "project_name": "project_name",
        "holder_uscc": "holder_uscc",
        "holder_name": "holder_name",
    },
    "land-transfer-contract": {
        "supervision_no": "supervision_no",
        "parcel_code": "parcel_code",
        "contract_no": "contract_no",
        "transferee_uscc": "holder_uscc",
        "transferee_name": "holder_name",
    },
    "land-allocation-decision": {"supervision_no": "supervision_no", "parcel_code": "parcel_code"},
    "land-right": {"parcel_code": "parcel_code", "holder_uscc": "holder_uscc"},
    "land-use-planning-permit": {
        "permit_no": "land_permit_no",
        "project_name": "project_name",
        "holder_uscc": "holder_uscc",
    },
    "construction-planning-permit": {
        "permit_no": "project_permit_no",
        "land_permit_no": "land_permit_no",
        "project_name": "project_name",
        "holder_uscc": "holder_uscc",
    },
    "construction-permit": {
        "permit_no": "construction_permit_no",
        "prj_num": "prj_num",
        "engineering_code": "engineering_code",
        "project_permit_no": "project_permit_no",
    },
    "completion-filing": {"filing_no": "filing_no", "engineering_code": "engineering_code"},
    "survey-package": {"package_no": "package_no", "parcel_code": "parcel_code"},
    "cadastral-import": {"parcel_code": "parcel_code"},
}
"""Which field of which kind is which key."""


class AliasState(StrEnum):
    """How sure we are that a key names the project."""

    KNOWN = "known"
    LEARNED = "learned"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


NORM_LENGTH = 300  # characters in normal form, at most: what is longer is no name


@dataclass(frozen=True, slots=True)
class Alias:
    """One other name of one project; `norm` is compared, `raw` is shown and sent.

    `at` is when it was first heard, `decided_by` and `decided_at` who agreed or refused, and when.
    """

    key: str
    norm: str
    raw: str
    state: AliasState
    source: str
    at: str = ""
    decided_by: str | None = None
    decided_at: str | None = None


Telling = tuple[str, str, str, tuple[str, str] | None]
"""A reply heard about a project: the project, the kind, the evidence's digest, the key it was asked by."""


def norm_of(key: str, raw: str) -> str:
    """The form in which values of this key are compared."""
    reader = READERS.get(key)
    return reader(raw).norm if reader else normalise(raw)


def lessons_in(material: Material, project: str) -> Iterable[Alias]:
    """What one material teaches about the project.

    An agency that repeats the key it was asked by agrees with nobody, unless it names the project too.
    """
    echoed = None if _names(material, project) else asked_by(material)
    return (each for each in taught(material) if (each.key, each.norm) != echoed)


def taught(material: Material) -> Iterable[Alias]:
    """The keys in one material; free text is one only where the table above says so."""
    for field, key in TEACHES.get(material.kind, {}).items():
        raw = material.fields.get(field)
        if isinstance(raw, str) and raw and (key in FREE_KEYS or _well_formed(key, raw)):
            state, norm = AliasState.LEARNED if material.agency else AliasState.KNOWN, norm_of(key, raw)
            if len(norm) <= NORM_LENGTH:
                yield Alias(key, norm, raw, state, material.agency or material.declared_by or "")


def telling(project: str, material: Material) -> Telling | None:
    """What a material was told by; None where there is no reply, so that nothing can be told again."""
    evidence = material.provenance.evidence if material.provenance else None
    return (project, material.kind, evidence, asked_by(material)) if evidence else None


def _names(material: Material, project: str) -> bool:
    code = material.fields.get("project_code")
    return isinstance(code, str) and norm_of("project_code", code) == project


def asked_by(material: Material) -> tuple[str, str] | None:
    """The key a material was asked by, in normal form."""
    key = material.provenance.key if material.provenance else None
    return (key.name, norm_of(key.name, key.value)) if key else None


def _well_formed(key: str, raw: str) -> bool:
    return READERS[key](raw).verdict is not Verdict.NOT_ONE


def distinct(taught: Iterable[Alias]) -> Iterable[Alias]:
    """Each lesson of each source once."""
    return {(lesson.key, lesson.norm, lesson.source): lesson for lesson in taught}.values()


def changes(held: Alias | None, lesson: Alias) -> bool:
    """Whether a lesson says more than what is held."""
    return held is None or next_state(held.state, held.source, lesson) is not held.state


def next_state(state: AliasState, source: str, lesson: Alias) -> AliasState:
    """An agency's word outweighs a consumer's; a second agency's agreement confirms; people's word stands."""
    if lesson.state is not AliasState.LEARNED:
        return state
    if state is AliasState.KNOWN:
        return AliasState.LEARNED
    if state is AliasState.LEARNED and source != lesson.source:
        return AliasState.CONFIRMED
    return state


def counts(alias: Alias) -> bool:
    """Whether an agency or a person stands behind it; a consumer's word counts not."""
    return alias.state in {AliasState.LEARNED, AliasState.CONFIRMED}
