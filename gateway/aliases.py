"""The other names agencies know a project by: which key opens which agency, and what one material teaches.

No interface in the field is keyed by project code. A key is `known` when an ask brought it, `learned` when
an agency's material taught it, `confirmed` when a second agency or a person agreed, `rejected` when a
person said no. Known and learned keys may be used to pull; the material then says so.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, insert, or_, select, update

from adapters.base import Key
from contracts.errors import NoSuchThing
from contracts.exchange import FREE_KEYS
from contracts.identifiers import READERS, Verdict, normalise
from contracts.text import text
from contracts.time import stored
from contracts.verdicts import Check, Result
from gateway.store.lately import Lately
from gateway.store.tables import aliases

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from contracts.exchange import Ask
    from contracts.material import Material
    from gateway.store.database import Database

REMEMBERED_PROJECTS = 10_000

REMEMBERED_TELLINGS = 50_000

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

ONE_PROJECT_KEYS = frozenset(READERS) - {"holder_uscc", "parcel_code"}
"""Keys that name one project only: a developer has many, a parcel may carry phases coded apart."""


class AliasState(StrEnum):
    """How sure we are that a key names the project."""

    KNOWN = "known"
    LEARNED = "learned"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


NORM_LENGTH = 300  # characters in normal form, at most: what is longer is no name
_NO_SUCH_NAME = text("该项目没有这个别名", "The project has no such name")

_TRUST = {AliasState.CONFIRMED: 0, AliasState.LEARNED: 1, AliasState.KNOWN: 2}


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


class Conflict(NamedTuple):
    """The same key learned for two projects; shown as a Check, never resolved silently."""

    key: str
    value: str
    other_project: str


Pair = tuple[str, str]
"""A key's name and its value in normal form."""

Telling = tuple[str, str, str, tuple[str, str] | None]
"""A reply heard about a project: the project, the kind, the evidence's digest, the key it was asked by."""

Names = dict[str, tuple[Key, ...]]
"""Every name that may open an agency, by key, the surest first."""


class Aliases:
    """The alias table. `clock` gives aware UTC, `monotonic` seconds for what is remembered of it."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._clock, self._monotonic = database, clock, monotonic
        self._remembered: OrderedDict[str, Lately[tuple[Alias, ...]]] = OrderedDict()
        self._heard: OrderedDict[Telling, None] = OrderedDict()

    async def names(self, ask: Ask) -> Names:
        """The project's names: what the table holds and what the ask brought, rejected ones left out."""
        project = project_of(ask)
        held = await self._held(project) if project else ()
        rejected = {(alias.key, alias.norm) for alias in held if alias.state is AliasState.REJECTED}
        brought = [
            Alias(key, norm_of(key, raw), raw.strip(), AliasState.KNOWN, "ask")
            for key, values in ask.known.items()
            for raw in values
        ]
        usable = [alias for alias in (*held, *brought) if (alias.key, alias.norm) not in rejected]
        names = _by_key(usable)
        if project:
            names["project_code"] = (Key("project_code", project, confirmed=True),)
        return names

    async def learn(self, ask: Ask, materials: Iterable[Material]) -> bool:
        """Take in the keys that materials about the project teach. Returns whether any name is new.

        What was learned from once teaches nothing new: states only ever rise, whoever hears it again.
        """
        project = project_of(ask)
        if not project:
            return False
        fresh = [material for material in materials if _telling(project, material) not in self._heard]
        learned = await self._take_in(project, [each for one in fresh for each in _lessons(one, project)])
        self._heard |= {telling: None for one in fresh if (telling := _telling(project, one))}
        while len(self._heard) > REMEMBERED_TELLINGS:
            self._heard.popitem(last=False)
        return learned

    async def _take_in(self, project: str, taught: list[Alias]) -> bool:
        if not taught:
            return False
        held = {(alias.key, alias.norm): alias for alias in await self._held(project)}
        changes = [
            lesson for lesson in _distinct(taught) if _changes(held.get((lesson.key, lesson.norm)), lesson)
        ]
        if not changes:
            return False
        now = stored(self._clock())
        await self._database.write(lambda connection: _write_all(connection, project, changes, now))
        self._remembered.pop(project, None)
        return any((lesson.key, lesson.norm) not in held for lesson in changes)

    async def conflicts(self, ask: Ask, disclosed: Iterable[Material]) -> list[Conflict]:
        """Keys of this project that another has learned too, among those the asker brought or is shown."""
        project = project_of(ask)
        if not project:
            return []
        told: set[tuple[str, str] | None] = {
            (key, norm_of(key, raw)) for key, values in ask.known.items() for raw in values
        }
        for material in disclosed:
            told |= {_asked_by(material), *((taught.key, taught.norm) for taught in _taught(material))}
        own = [alias for alias in await self._held(project) if (alias.key, alias.norm) in told]
        own = [alias for alias in own if alias.key in ONE_PROJECT_KEYS and _counts(alias)]
        if not own:
            return []
        pairs = {(alias.key, alias.norm) for alias in own}
        rows = await self._database.read(lambda connection: _counting(connection, pairs))
        return [Conflict(alias.key, alias.raw, other) for other, alias in rows if other != project]

    async def bearers(self, pairs: Collection[Pair]) -> dict[Pair, dict[str, AliasState]]:
        """By key and normal form, the projects that learned or confirmed it; a consumer's word counts not."""
        found: dict[Pair, dict[str, AliasState]] = {}
        for project, alias in await self._database.read(lambda connection: _counting(connection, pairs)):
            found.setdefault((alias.key, alias.norm), {})[project] = alias.state
        return found

    async def listed(self, project: str) -> tuple[Alias, ...]:
        """Every name the project has now, rejected ones too, by key; `project` in its normal form."""
        held = await self._database.read(lambda connection: _read(connection, project))
        return tuple(sorted(held, key=lambda alias: (alias.key, alias.norm)))

    async def decide(self, project: str, key: str, value: str, *, confirm: bool, by: str) -> None:
        """A person's word on one name: it stands against whatever materials teach later.

        The caller has recorded it. Raises NoSuchThing for a name the project does not have.
        """
        state = AliasState.CONFIRMED if confirm else AliasState.REJECTED
        row = {"state": state.value, "decided_by": by, "decided_at": stored(self._clock())}
        this = _place(project, key, norm_of(key, value))
        change = update(aliases).where(this).values(**row)
        changed = await self._database.write(lambda connection: connection.execute(change).rowcount)
        self._remembered.pop(project, None)
        if not changed:
            raise NoSuchThing(_NO_SUCH_NAME)

    async def known(self, project: str, key: str, value: str) -> Alias:
        """One name of a project, as the table has it now. Raises NoSuchThing."""
        norm = norm_of(key, value)
        for alias in await self.listed(project):
            if (alias.key, alias.norm) == (key, norm):
                return alias
        raise NoSuchThing(_NO_SUCH_NAME)

    async def _held(self, project: str) -> tuple[Alias, ...]:
        held = self._remembered.pop(project, None) or Lately(
            lambda: self._database.read(lambda connection: _read(connection, project)), self._monotonic
        )
        self._remembered[project] = held
        while len(self._remembered) > REMEMBERED_PROJECTS:
            self._remembered.popitem(last=False)
        return await held()


def project_of(ask: Ask) -> str | None:
    """The ask's project code, normalised, or None when it named none."""
    return norm_of("project_code", ask.project_code) if ask.project_code else None


def norm_of(key: str, raw: str) -> str:
    """The form in which values of this key are compared."""
    reader = READERS.get(key)
    return reader(raw).norm if reader else normalise(raw)


def conflict_check(conflict: Conflict) -> Check:
    """A key that two projects have learned, as the registrar sees it: a WARN, decided by a person."""
    message = text(
        f"{conflict.key} 同时出现在项目 {conflict.other_project} 的材料中，请人工核对",
        f"{conflict.key} also stands in materials of project {conflict.other_project}; a person decides",
    )
    compared = {"key": conflict.key, "value": conflict.value, "other_project": conflict.other_project}
    return Check(rule="KEYS", result=Result.WARN, message=message, compared=compared)


def _rank(alias: Alias) -> float:
    """The surest first; of names in words, what the asker calls the project comes before what others do."""
    spoken = alias.source == "ask" and alias.key in FREE_KEYS
    return 0.5 if spoken else _TRUST[alias.state]


def _by_key(found: Iterable[Alias]) -> Names:
    ordered = sorted(found, key=_rank)
    names: dict[str, dict[str, Key]] = {}
    for alias in ordered:
        confirmed = alias.state is AliasState.CONFIRMED
        names.setdefault(alias.key, {}).setdefault(alias.norm, Key(alias.key, alias.raw, confirmed=confirmed))
    return {key: tuple(values.values()) for key, values in names.items()}


def _lessons(material: Material, project: str) -> Iterable[Alias]:
    """What one material teaches about the project.

    An agency that repeats the key it was asked by agrees with nobody, unless it names the project too.
    """
    echoed = None if _names(material, project) else _asked_by(material)
    return (taught for taught in _taught(material) if (taught.key, taught.norm) != echoed)


def _taught(material: Material) -> Iterable[Alias]:
    """The keys in one material; free text is one only where the table above says so."""
    for field, key in TEACHES.get(material.kind, {}).items():
        raw = material.fields.get(field)
        if isinstance(raw, str) and raw and (key in FREE_KEYS or _well_formed(key, raw)):
            state, norm = AliasState.LEARNED if material.agency else AliasState.KNOWN, norm_of(key, raw)
            if len(norm) <= NORM_LENGTH:
                yield Alias(key, norm, raw, state, material.agency or material.declared_by or "")


def _telling(project: str, material: Material) -> Telling | None:
    """What a material was told by; None where there is no reply, so that nothing can be told again."""
    evidence = material.provenance.evidence if material.provenance else None
    return (project, material.kind, evidence, _asked_by(material)) if evidence else None


def _names(material: Material, project: str) -> bool:
    code = material.fields.get("project_code")
    return isinstance(code, str) and norm_of("project_code", code) == project


def _asked_by(material: Material) -> tuple[str, str] | None:
    key = material.provenance.key if material.provenance else None
    return (key.name, norm_of(key.name, key.value)) if key else None


def _well_formed(key: str, raw: str) -> bool:
    return READERS[key](raw).verdict is not Verdict.NOT_ONE


def _distinct(lessons: Iterable[Alias]) -> Iterable[Alias]:
    return {(lesson.key, lesson.norm, lesson.source): lesson for lesson in lessons}.values()


def _changes(held: Alias | None, lesson: Alias) -> bool:
    return held is None or _next_state(held.state, held.source, lesson) is not held.state


def _next_state(state: AliasState, source: str, lesson: Alias) -> AliasState:
    """An agency's word outweighs a consumer's; a second agency's agreement confirms; people's word stands."""
    if lesson.state is not AliasState.LEARNED:
        return state
    if state is AliasState.KNOWN:
        return AliasState.LEARNED
    if state is AliasState.LEARNED and source != lesson.source:
        return AliasState.CONFIRMED
    return state


def _counts(alias: Alias) -> bool:
    return alias.state in {AliasState.LEARNED, AliasState.CONFIRMED}


def _read(connection: Connection, project: str) -> tuple[Alias, ...]:
    rows = connection.execute(select(aliases).where(aliases.c.project == project).order_by(aliases.c.at))
    return tuple(map(_alias, rows))


def _alias(row: Any) -> Alias:
    state = AliasState(row.state)
    return Alias(row.key, row.norm, row.raw, state, row.source, row.at, row.decided_by, row.decided_at)


def _place(project: str, key: str, norm: str) -> ColumnElement[bool]:
    return and_(aliases.c.project == project, aliases.c.key == key, aliases.c.norm == norm)


def _write_all(
    connection: Connection,
    project: str,
    lessons: Iterable[Alias],
    now: str,
) -> None:
    """Another process may have learned the same meanwhile: look again inside the transaction."""
    for lesson in lessons:
        this = _place(project, lesson.key, lesson.norm)
        present = connection.execute(select(aliases.c.state, aliases.c.source).where(this)).first()
        row = {"raw": lesson.raw, "state": lesson.state.value, "source": lesson.source, "at": now}
        if present is None:
            connection.execute(
                insert(aliases).values(project=project, key=lesson.key, norm=lesson.norm, **row)
            )
            continue
        state = _next_state(AliasState(present.state), present.source, lesson)
        if state is AliasState.LEARNED and present.state == AliasState.KNOWN:
            connection.execute(update(aliases).where(this).values(**row))
        elif state is AliasState.CONFIRMED and present.state == AliasState.LEARNED:
            done = {"state": state.value, "decided_by": lesson.source, "decided_at": now}
            connection.execute(update(aliases).where(this).values(**done))


def _counting(connection: Connection, pairs: Collection[Pair]) -> list[tuple[str, Alias]]:
    """The projects, whichever they are, that have learned one of these keys, each with the key."""
    same = or_(*(and_(aliases.c.key == key, aliases.c.norm == norm) for key, norm in pairs))
    counted = aliases.c.state.in_([AliasState.LEARNED.value, AliasState.CONFIRMED.value])
    rows = connection.execute(select(aliases).where(counted, same).order_by(aliases.c.project))
    return [(row.project, _alias(row)) for row in rows]
