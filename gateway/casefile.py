"""One ask in hand: which questions are still open, what has come in, what the dossier will say of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from contracts.catalogue import KINDS
from contracts.errors import AgencyFailed, AskMalformed, EvidenceOffContract, Fault, FaultClass
from contracts.kinds import number_of, stated
from contracts.material import (
    KeyUsed,
    LastGood,
    Legal,
    Material,
    Provenance,
    Retrieval,
    Trouble,
)
from contracts.procedures import PROCEDURES, Procedure
from contracts.text import Text, text
from gateway.access.disclose import gives_personal
from gateway.aliases import norm_of
from gateway.cache import Kept
from gateway.finding import named_by
from gateway.inquiry import inquiries_of
from gateway.joining import each_once, joined
from gateway.trail import loggable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from adapters.base import Adapter, Key
    from contracts.exchange import Ask, FoundBy
    from contracts.verdicts import RequirementState
    from gateway.access.grants import Permit
    from gateway.aliases import Names
    from gateway.inquiry import Inquiry
    from gateway.standins import StandIn

DECLARABLE = frozenset(slug for slug, kind in KINDS.items() if kind.share in {"internal", "none"})
"""Facts of the consumer's own registers (and the applicant's papers): it declares them with the ask."""


_OWN_WORD = frozenset({Retrieval.RECEIVED, Retrieval.PARTIAL, Retrieval.NOT_FOUND})
_OUT = frozenset({Retrieval.UNAVAILABLE, Retrieval.STALE, Retrieval.INVALID})


class CaseFile:
    """What is known so far for one ask. `now` is the instant the whole ask is judged at."""

    def __init__(
        self,
        ask: Ask,
        permit: Permit,
        adapters: Iterable[Adapter],
        now: datetime,
        consumer: str,
        found_by: FoundBy | None = None,
    ) -> None:
        self.ask, self.permit, self.now = ask, permit, now
        self.declared = _declared(ask, consumer)
        self.evidence: list[str] = []
        self.ages: list[int] = []
        self._unasked = [
            (adapter, grant)
            for kind, grant in permit.grants.items()
            for adapter in adapters
            if kind in adapter.kinds and kind not in self.declared
        ]
        self._came: dict[str, list[Material]] = {kind: [] for kind in permit.grants}
        self._keys: dict[str, Key] = {}
        self._failures: list[AgencyFailed] = []
        self._stood_in_for: set[str] = set()
        self.found_by = found_by

    @property
    def max_age(self) -> timedelta | None:
        """How old a kept answer may be for this ask."""
        return None if self.ask.max_age is None else timedelta(seconds=self.ask.max_age)

    @property
    def open_kinds(self) -> tuple[str, ...]:
        """Kinds some connected agency has not yet been asked for."""
        return tuple(grant.kind for _, grant in self._unasked)

    @property
    def open_agencies(self) -> tuple[str, ...]:
        """Agencies not yet asked for everything they could give."""
        return tuple(adapter.agency for adapter, _ in self._unasked)

    def openings(self, names: Names) -> list[Inquiry]:
        """The open questions that these names can open; each is handed out once."""
        opened: list[Inquiry] = []
        waiting = []
        for adapter, grant in self._unasked:
            inquiries = inquiries_of(adapter, grant, names)
            opened += inquiries
            if not inquiries:
                waiting.append((adapter, grant))
        self._unasked = waiting
        self._keys |= {inquiry.grant.kind: inquiry.key for inquiry in opened}
        return opened

    def take(self, inquiry: Inquiry, materials: Iterable[Material]) -> list[Material]:
        """File what an agency gave; returns it as filed.

        What turns out to be about another project is filed as invalid, without its fields.
        """
        filed = [self._about_this(_by_key(material, inquiry.key)) for material in materials]
        self._came[inquiry.grant.kind] += filed
        return filed

    def take_kept(self, inquiry: Inquiry, kept: Kept) -> None:
        """File a kept answer, with its age for the log; the key is the one this ask used."""
        self.take(inquiry, (_by_key(material, inquiry.key) for material in kept.materials))
        self._keys[inquiry.grant.kind] = inquiry.key
        self._remember_kept(kept)

    def fail(
        self, inquiry: Inquiry, failure: AgencyFailed, last_good: Kept | None, evidence: str | None
    ) -> None:
        """File an agency's failure: the stale copy where one may serve, otherwise what went wrong."""
        trouble = trouble_of(failure)
        self._failures.append(failure)
        if last_good and failure.row.retrieval is Retrieval.UNAVAILABLE:
            self.take(
                inquiry, (_stale(_by_key(material, inquiry.key), trouble) for material in last_good.materials)
            )
            self._remember_kept(last_good)
        else:
            self._came[inquiry.grant.kind].append(
                self._nothing(inquiry, failure, trouble, last_good, evidence)
            )

    def back(self, stand_in: StandIn) -> list[Material] | None:
        """What the agency itself has said since the stand-in was typed in; None while it has not."""
        came = self._came.get(stand_in.kind, [])
        own = [each for each in came if each.retrieval in _OWN_WORD and _after(each, stand_in.entered_at)]
        same = any(number_of(each.kind, each.fields) == stand_in.number for each in own)
        return own if own and (same or not any(each.retrieval in _OUT for each in came)) else None

    def stand_in(self, stand_in: StandIn) -> bool:
        """File what a person typed in, in the place of what is missing; False where nothing is."""
        came = self._came.get(stand_in.kind)
        if came is None:
            return False
        missing = [each for each in came if each.retrieval in _OUT]
        answered = came and not missing and not any(each.retrieval is Retrieval.MANUAL for each in came)
        if answered or any(each.held and _after(each, stand_in.entered_at) for each in missing):
            return False
        error = next((each.error for each in came if each.error), None)
        others = [each for each in came if each not in missing]
        self._stood_in_for |= {each.agency for each in missing if each.agency}
        self._came[stand_in.kind] = [*others, stand_in.material().model_copy(update={"error": error})]
        self.evidence.append(stand_in.content)
        return True

    def _remember_kept(self, kept: Kept) -> None:
        # Another node's answer may be younger than this ask.
        self.ages.append(max(0, int(kept.age(self.now).total_seconds())))
        self.evidence += [
            m.provenance.evidence for m in kept.materials if m.provenance and m.provenance.evidence
        ]

    def materials(self) -> list[Material]:
        """Everything for the dossier, undisclosed, in the catalogue's order, without withheld kinds."""
        found = [material for kind in self.permit.grants for material in self._of_kind(kind)]
        found += [material for materials in self.declared.values() for material in materials]
        order = list(KINDS)

        def place(material: Material) -> tuple[int, str]:
            return order.index(material.kind), number_of(material.kind, material.fields) or ""

        return sorted(found, key=place)

    def name_project(self) -> None:
        """An ask that named no project is about the one its materials name, where all agree."""
        came = (material for materials in self._came.values() for material in materials)
        if not self.ask.project_code and (named := named_by(came)):
            code, self.found_by = named
            self.ask = self.ask.model_copy(update={"project_code": code})

    @property
    def unopened(self) -> bool:
        """Whether agencies are connected for what is asked and no key opened any of them."""
        return bool(self._unasked) and not any(self._came.values())

    def failure(self) -> AgencyFailed | None:
        """The agency's failure, where nothing at all came in its place."""
        came = [material for materials in self._came.values() for material in materials]
        settled = any(material.held or material.retrieval is Retrieval.NOT_FOUND for material in came)
        return None if settled or not self._failures else self._failures[0]

    def requirements(self, states: Iterable[RequirementState]) -> list[RequirementState]:
        """Of where the procedure stands, what was asked about; an ask for some kinds hears only of those."""
        if self.ask.kinds is None:
            return list(states)
        told = set(self.ask.kinds) | set(self.declared)
        return [state for state in states if any(told.intersection(option) for option in state.alternatives)]

    def keys(self) -> dict[str, str]:
        """Which key opened which kind, as the log may show it."""
        return {kind: loggable(key) for kind, key in sorted(self._keys.items())}

    def account(self, seen: Sequence[Material]) -> dict[str, Any]:
        """What the log says was given: kinds, fields, agencies, evidence, keys, and the oldest copy's age."""
        given = [material for material in seen if material.held or material.retrieval is Retrieval.NOT_FOUND]
        return {
            "kinds": tuple(sorted({material.kind for material in given})),
            "fields": _shown_fields(given),
            "agencies": tuple(sorted({each.agency for each in seen if each.agency} | self._stood_in_for)),
            "evidence": tuple(dict.fromkeys(self.evidence)),
            "keys": self.keys(),
            "age": max(self.ages, default=None),
            "personal": any(gives_personal(material) for material in given),
        }

    def _of_kind(self, kind: str) -> list[Material]:
        """Where one of several agencies has the material, the others' "none" adds nothing."""
        came = self._came[kind]
        if any(material.held for material in came):
            given = (material for material in came if material.retrieval is not Retrieval.NOT_FOUND)
            return joined(each_once(given))
        nothing = [material for material in came if material.retrieval is Retrieval.NOT_FOUND]
        if nothing and len(nothing) == len(came):
            return nothing[:1]
        return came or self._never_asked(kind)

    def _never_asked(self, kind: str) -> list[Material]:
        if kind in DECLARABLE:
            return []
        waiting = [adapter for adapter, grant in self._unasked if grant.kind == kind]
        trouble = _no_key(kind, waiting) if waiting else _NOT_CONNECTED
        return [Material(kind=kind, id=KINDS[kind].id, retrieval=Retrieval.PENDING, error=trouble)]

    def is_others(self, material: Material) -> bool:
        """Whether it names another project than the ask."""
        code, own = material.fields.get("project_code"), self.ask.project_code
        if not code or not own:
            return False
        return norm_of("project_code", code) != norm_of("project_code", own)

    def _about_this(self, material: Material) -> Material:
        """A reply may fit the key that was asked and still name another project: the key was wrong."""
        if not self.is_others(material):
            return material
        failure = EvidenceOffContract(Fault.OTHER_PROJECT)
        self._failures.append(failure)
        trouble = trouble_of(failure)
        cleared = {"fields": {}, "attachments": (), "retrieval": Retrieval.INVALID, "legal": Legal.UNKNOWN}
        return material.model_copy(update={**cleared, "error": trouble})

    def _nothing(
        self,
        inquiry: Inquiry,
        failure: AgencyFailed,
        trouble: Trouble,
        last_good: Kept | None,
        evidence: str | None,
    ) -> Material:
        provenance = Provenance(
            evidence=evidence, retrieved_at=self.now, fresh_until=self.now, key=_key_used(inquiry.key)
        )
        return Material(
            kind=inquiry.grant.kind,
            id=KINDS[inquiry.grant.kind].id,
            retrieval=failure.row.retrieval,
            agency=inquiry.adapter.agency,
            manifest_version=inquiry.adapter.version,
            provenance=provenance,
            error=trouble,
            last_good=_last_good(last_good),
        )


def _after(material: Material, instant: datetime) -> bool:
    return material.provenance is not None and material.provenance.retrieved_at > instant


def statuses(seen: Iterable[Material]) -> dict[str, str]:
    """Retrieval statuses by kind; where a kind's materials differ, each of them: the log hides none."""
    found: dict[str, dict[str, None]] = {}
    for material in seen:
        found.setdefault(material.kind, {})[material.retrieval.value] = None
    return {kind: ",".join(several) for kind, several in found.items()}


def _shown_fields(given: Iterable[Material]) -> dict[str, tuple[str, ...]]:
    """By kind, every field that any of its materials shows."""
    found: dict[str, set[str]] = {}
    for material in given:
        found.setdefault(material.kind, set()).update(material.fields)
    return {kind: tuple(sorted(names)) for kind, names in found.items() if names}


def procedure_of(ask: Ask) -> Procedure:
    """The procedure asked about. Raises AskMalformed."""
    if ask.procedure not in PROCEDURES:
        known = "、".join(PROCEDURES)
        raise AskMalformed(
            text(
                f"没有登记事项 {ask.procedure}；可用：{known}",
                f"There is no procedure {ask.procedure}; known: {known}",
            )
        )
    return PROCEDURES[ask.procedure]


def _declared(ask: Ask, consumer: str) -> dict[str, tuple[Material, ...]]:
    """The consumer's own facts, held to the same contract as an agency's. Raises AskMalformed."""
    return {
        kind: tuple(_declare(kind, fields, consumer) for fields in several)
        for kind, several in ask.declared.items()
    }


def _declare(kind: str, fields: Mapping[str, object], consumer: str) -> Material:
    if kind not in DECLARABLE:
        raise AskMalformed(
            text(
                f"declared：{kind} 由数据提供部门提供，不能申报",
                f"declared: {kind} comes from its agency and cannot be declared",
            )
        )
    kept = stated(kind, fields, f"declared.{kind}")
    return Material(
        kind=kind, id=KINDS[kind].id, retrieval=Retrieval.DECLARED, declared_by=consumer, fields=kept
    )


def _by_key(material: Material, key: Key) -> Material:
    """The same fact reached by this ask's key: whether that is confirmed is not the cache's business."""
    if material.provenance is None:
        return material
    provenance = material.provenance.model_copy(update={"key": _key_used(key)})
    return material.model_copy(update={"provenance": provenance})


def _stale(material: Material, trouble: Trouble) -> Material:
    """A kept copy standing in for an agency that is out, with what is wrong and how old the copy is."""
    provenance = material.provenance
    last = (
        LastGood(retrieved_at=provenance.retrieved_at, evidence=provenance.evidence) if provenance else None
    )
    return material.model_copy(update={"retrieval": Retrieval.STALE, "error": trouble, "last_good": last})


def _last_good(kept: Kept | None) -> LastGood | None:
    if kept is None:
        return None
    provenance = kept.materials[0].provenance
    return LastGood(retrieved_at=kept.retrieved_at, evidence=provenance.evidence if provenance else None)


def trouble_of(failure: AgencyFailed) -> Trouble:
    """What a material says of an agency's failure."""
    return Trouble.model_validate(
        {
            "type": failure.type,
            "class": failure.row.cls.value,
            "detail": failure.detail,
            "next_try": failure.next_try,
        }
    )


def _configuration(kind: str, detail: Text) -> Trouble:
    return Trouble.model_validate({"type": kind, "class": FaultClass.CONFIGURATION.value, "detail": detail})


def _no_key(kind: str, adapters: list[Adapter]) -> Trouble:
    keys = "、".join(sorted({key for adapter in adapters for key in adapter.opened_by(kind)}))
    detail = text(
        f"现有信息无法据以查询该部门；请在 known 中补充其一：{keys}",
        f"Nothing here opens this agency; add one of these to known: {keys.replace('、', ', ')}",
    )
    return _configuration("no-key", detail)


_NOT_CONNECTED = _configuration(
    "not-connected", text("尚未接入提供该材料的部门", "No agency that issues this material is connected yet")
)


def _key_used(key: Key) -> KeyUsed:
    return KeyUsed(name=key.name, value=key.value, confirmed=key.confirmed)
