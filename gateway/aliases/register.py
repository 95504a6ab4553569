"""The register of names: what an ask may use, what materials teach, what a person decides."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import update

from adapters.base import Key
from contracts.errors import NoSuchThing
from contracts.exchange import FREE_KEYS
from contracts.identifiers import READERS
from contracts.text import text
from contracts.time import stored
from contracts.verdicts import Check, Result
from gateway.aliases import lessons, rows
from gateway.aliases.lessons import Alias, AliasState, norm_of
from gateway.store.lately import Lately
from gateway.store.tables import aliases

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

    from contracts.exchange import Ask
    from contracts.material import Material
    from gateway.aliases.lessons import Telling
    from gateway.aliases.rows import Pair
    from gateway.store.database import Database

REMEMBERED_PROJECTS = 10_000

REMEMBERED_TELLINGS = 50_000

ONE_PROJECT_KEYS = frozenset(READERS) - {"holder_uscc", "parcel_code"}
"""Keys that name one project only: a developer has many, a parcel may carry phases coded apart."""

_NO_SUCH_NAME = text("该项目没有这个别名", "The project has no such name")

_TRUST = {AliasState.CONFIRMED: 0, AliasState.LEARNED: 1, AliasState.KNOWN: 2}


class Conflict(NamedTuple):
    """The same key learned for two projects; shown as a Check, never resolved silently."""

    key: str
    value: str
    other_project: str


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
        fresh = [material for material in materials if lessons.telling(project, material) not in self._heard]
        learned = await self._take_in(
            project, [each for one in fresh for each in lessons.lessons_in(one, project)]
        )
        self._heard |= {telling: None for one in fresh if (telling := lessons.telling(project, one))}
        while len(self._heard) > REMEMBERED_TELLINGS:
            self._heard.popitem(last=False)
        return learned

    async def _take_in(self, project: str, taught: list[Alias]) -> bool:
        if not taught:
            return False
        held = {(alias.key, alias.norm): alias for alias in await self._held(project)}
        changes = [
            lesson
            for lesson in lessons.distinct(taught)
            if lessons.changes(held.get((lesson.key, lesson.norm)), lesson)
        ]
        if not changes:
            return False
        now = stored(self._clock())
        await self._database.write(lambda connection: rows.write_all(connection, project, changes, now))
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
            taught = ((each.key, each.norm) for each in lessons.taught(material))
            told |= {lessons.asked_by(material), *taught}
        own = [alias for alias in await self._held(project) if (alias.key, alias.norm) in told]
        own = [alias for alias in own if alias.key in ONE_PROJECT_KEYS and lessons.counts(alias)]
        if not own:
            return []
        pairs = {(alias.key, alias.norm) for alias in own}
        found = await self._database.read(lambda connection: rows.counting(connection, pairs))
        return [Conflict(alias.key, alias.raw, other) for other, alias in found if other != project]

    async def bearers(self, pairs: Collection[Pair]) -> dict[Pair, dict[str, AliasState]]:
        """By key and normal form, the projects that learned or confirmed it; a consumer's word counts not."""
        found: dict[Pair, dict[str, AliasState]] = {}
        for project, alias in await self._database.read(lambda connection: rows.counting(connection, pairs)):
            found.setdefault((alias.key, alias.norm), {})[project] = alias.state
        return found

    async def listed(self, project: str) -> tuple[Alias, ...]:
        """Every name the project has now, rejected ones too, by key; `project` in its normal form."""
        held = await self._database.read(lambda connection: rows.read(connection, project))
        return tuple(sorted(held, key=lambda alias: (alias.key, alias.norm)))

    async def called(self, projects: Collection[str]) -> dict[str, str]:
        """What each of these projects is called, as it was written: the surest name that nobody rejected.

        Of equally sure ones the first heard. One read for all of them; who has no name is left out.
        """
        if not projects:
            return {}
        return await self._database.read(lambda connection: rows.called(connection, projects))

    async def decide(self, project: str, key: str, value: str, *, confirm: bool, by: str) -> None:
        """A person's word on one name: it stands against whatever materials teach later.

        The caller has recorded it. Raises NoSuchThing for a name the project does not have.
        """
        state = AliasState.CONFIRMED if confirm else AliasState.REJECTED
        row = {"state": state.value, "decided_by": by, "decided_at": stored(self._clock())}
        this = rows.place(project, key, norm_of(key, value))
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
            lambda: self._database.read(lambda connection: rows.read(connection, project)), self._monotonic
        )
        self._remembered[project] = held
        while len(self._remembered) > REMEMBERED_PROJECTS:
            self._remembered.popitem(last=False)
        return await held()


def project_of(ask: Ask) -> str | None:
    """The ask's project code, normalised, or None when it named none."""
    return norm_of("project_code", ask.project_code) if ask.project_code else None


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
