"""A dossier as a registrar reads it: gates, materials, what is missing and from whom, checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from contracts.catalogue import GATES, KINDS, Kind
from contracts.kinds import FIELDS, FieldNote, dated, describe, number_of
from contracts.material import Retrieval, Seal
from contracts.rules import RULES
from contracts.text import Text, text
from contracts.verdicts import Result, State
from gateway.console.compared import title_of, words_of
from gateway.console.rendering import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from contracts.exchange import Dossier
    from contracts.material import KeyUsed, Material
    from contracts.verdicts import Check, RequirementState


FULFILLED = frozenset({State.MET, State.DECLARED})
TROUBLED = frozenset({Retrieval.UNAVAILABLE, Retrieval.INVALID})
OUT = TROUBLED | {Retrieval.STALE}
LOOK_FIRST = (Result.FAIL, Result.WARN, Result.PASS, Result.SKIP)
"""Checks in the order a person looks at them."""


@dataclass(frozen=True, slots=True)
class Gate:
    """How far one gate is: of so many kinds so many are there. `state`: done, open, trouble or none."""

    number: int
    title: Text
    have: int
    of: int
    state: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of a material; `rows` where it is a list of things with fields of their own."""

    label: Text
    unit: str | None
    value: str
    columns: tuple[Text, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """One material."""

    kind: Kind
    said: Material
    number: str | None
    day: str | None
    age: Text | None
    seal: Seal
    key: KeyUsed | None
    facts: tuple[Fact, ...]

    @property
    def held(self) -> bool:
        """Whether there is anything to read."""
        return self.said.held

    @property
    def not_connected(self) -> bool:
        """Whether nobody could be asked."""
        return bool(self.said.error and self.said.error.type == "not-connected")


@dataclass(frozen=True, slots=True)
class Need:
    """One requirement; `ways`: what would meet it, each way with the kinds that are still to come."""

    said: RequirementState
    ways: tuple[tuple[Kind, ...], ...]

    @property
    def open(self) -> bool:
        """Whether something is missing."""
        return self.said.state not in FULFILLED


@dataclass(frozen=True, slots=True)
class Compared:
    """One check: `values` by what they are called; `kinds` are what the rule reads."""

    said: Check
    title: Text | None
    kinds: tuple[Kind, ...]
    values: tuple[tuple[Text, Text], ...]


@dataclass(frozen=True, slots=True)
class Read:
    """The whole page."""

    said: Dossier
    name: str | None
    gates: tuple[Gate, ...]
    papers: tuple[Paper, ...]
    needs: tuple[Need, ...]
    checks: tuple[Compared, ...]

    def of_gate(self, number: int) -> list[Paper]:
        """Its materials."""
        return [paper for paper in self.papers if paper.kind.gate == number]

    @property
    def missing(self) -> list[Need]:
        """The requirements that are open."""
        return [need for need in self.needs if need.open]

    def is_out(self, slug: str) -> bool:
        """Whether the agency that has this kind is not to be had: a person may type it in meanwhile."""
        return any(paper.kind.slug == slug and paper.said.retrieval in OUT for paper in self.papers)

    def checked(self, result: str) -> list[Compared]:
        """The checks that ended so."""
        return [check for check in self.checks if check.said.result == result]


def read(dossier: Dossier, now: datetime) -> Read:
    """An answer as a page; ages are counted to `now`."""
    papers = tuple(_paper(material, now) for material in dossier.materials)
    needs = tuple(_need(need) for need in dossier.requirements)
    names = (paper.said.fields.get("project_name") for paper in papers)
    checks = sorted(dossier.checks, key=lambda check: LOOK_FIRST.index(check.result))
    return Read(
        said=dossier,
        name=next((name for name in names if name), None),
        gates=tuple(_gates(papers, dossier.requirements)),
        papers=papers,
        needs=needs,
        checks=tuple(map(_compared, checks)),
    )


def _gates(papers: Sequence[Paper], needs: Sequence[RequirementState]) -> Iterable[Gate]:
    spare, doubted = _spare(needs), _doubted(needs)
    for number, title in GATES.items():
        own = [paper for paper in papers if paper.kind.gate == number]
        held = {paper.kind.slug for paper in own if paper.held}
        wanted = {paper.kind.slug for paper in own} - (spare - held)
        failed = {paper.kind.slug for paper in own if paper.said.retrieval in TROUBLED} - held
        troubled = bool(failed | (doubted & held))
        state = "none" if not wanted else "trouble" if troubled else "done" if held >= wanted else "open"
        yield Gate(number, title, len(held), len(wanted), state)


def _spare(needs: Sequence[RequirementState]) -> set[str]:
    """Kinds that only other ways of what is met already would take: a transfer needs no allocation."""
    met = [need for need in needs if need.state in FULFILLED]
    spare = {slug for need in met for way in need.alternatives for slug in way}
    spare -= {slug for need in met for slug in need.satisfied_by}
    others = (need for need in needs if need.state not in FULFILLED)
    return spare - {slug for need in others for way in need.alternatives for slug in way}


def _doubted(needs: Sequence[RequirementState]) -> set[str]:
    conflicting = (need for need in needs if need.state is State.CONFLICTING)
    return {slug for need in conflicting for way in need.alternatives for slug in way}


def _paper(material: Material, now: datetime) -> Paper:
    kind, fields, provenance = KINDS[material.kind], material.fields, material.provenance
    return Paper(
        kind=kind,
        said=material,
        number=number_of(kind.slug, fields),
        day=dated(kind.slug, fields),
        age=age(provenance.retrieved_at, now) if provenance and fields else None,
        seal=provenance.seal if provenance else Seal(),
        key=provenance.key if provenance else None,
        facts=facts_of(kind.slug, fields),
    )


def age(then: datetime, now: datetime) -> Text:
    """How long ago, in its largest unit."""
    seconds = int(max(now - then, timedelta()).total_seconds())
    for size, zh, en in ((86_400, "天", "d"), (3_600, "小时", "h"), (60, "分钟", "min")):
        if seconds >= size:
            return text(f"{seconds // size} {zh}", f"{seconds // size} {en}")
    return text(f"{seconds} 秒", f"{seconds} s")


def facts_of(slug: str, fields: Mapping[str, Any]) -> tuple[Fact, ...]:
    """What a material of this kind says, in its contract's order. Raises KeyError for an unknown slug."""
    return tuple(_facts(describe(FIELDS[slug]), fields))


def _facts(notes: Iterable[FieldNote], fields: Mapping[str, Any]) -> Iterable[Fact]:
    """The fields that are there, in their contract's order."""
    for note in notes:
        value = fields.get(note.name)
        if value in (None, "", [], {}):
            continue
        label = text(note.zh, note.en)
        rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) and note.of else []
        if not rows:
            yield Fact(label, note.unit, plain(value))
            continue
        shown = [part for part in note.of if any(row.get(part.name) not in (None, "", []) for row in rows)]
        columns = tuple(text(part.zh, part.en) for part in shown)
        cells = tuple(tuple(plain(row.get(part.name)) or "—" for part in shown) for row in rows)
        yield Fact(label, note.unit, "", columns, cells)


def _need(need: RequirementState) -> Need:
    held = set(need.satisfied_by)
    ways = [[KINDS[slug] for slug in way if slug not in held] for way in need.alternatives]
    return Need(need, tuple(tuple(way) for way in ways if way))


def _compared(check: Check) -> Compared:
    rule = RULES.get(check.rule)
    told = ((name, value) for name, value in check.compared.items() if name != "missing")
    values = [(name, value) for name, value in told if value not in (None, [], {})]
    return Compared(
        said=check,
        title=rule.title if rule else None,
        kinds=tuple(KINDS[slug] for slug in rule.kinds) if rule else (),
        values=tuple((title_of(name), words_of(value)) for name, value in values),
    )
