"""The table of names: how it is read, written and counted in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, insert, or_, select, update

from gateway.aliases.lessons import NORM_LENGTH, Alias, AliasState, next_state
from gateway.store.tables import aliases

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import ColumnElement, Connection, Select

Pair = tuple[str, str]
"""A key's name and its value in normal form."""

_SUREST = (AliasState.CONFIRMED, AliasState.LEARNED, AliasState.KNOWN)


def read(connection: Connection, project: str) -> tuple[Alias, ...]:
    """Every name of a project, the first heard first."""
    rows = connection.execute(select(aliases).where(aliases.c.project == project).order_by(aliases.c.at))
    return tuple(map(_alias, rows))


def _alias(row: Any) -> Alias:
    state = AliasState(row.state)
    return Alias(row.key, row.norm, row.raw, state, row.source, row.at, row.decided_by, row.decided_at)


def place(project: str, key: str, norm: str) -> ColumnElement[bool]:
    """The row of one name of one project."""
    return and_(aliases.c.project == project, aliases.c.key == key, aliases.c.norm == norm)


def write_all(
    connection: Connection,
    project: str,
    lessons: Iterable[Alias],
    now: str,
) -> None:
    """Another process may have learned the same meanwhile: look again inside the transaction."""
    for lesson in lessons:
        this = place(project, lesson.key, lesson.norm)
        present = connection.execute(select(aliases.c.state, aliases.c.source).where(this)).first()
        row = {"raw": lesson.raw, "state": lesson.state.value, "source": lesson.source, "at": now}
        if present is None:
            connection.execute(
                insert(aliases).values(project=project, key=lesson.key, norm=lesson.norm, **row)
            )
            continue
        state = next_state(AliasState(present.state), present.source, lesson)
        if state is AliasState.LEARNED and present.state == AliasState.KNOWN:
            connection.execute(update(aliases).where(this).values(**row))
        elif state is AliasState.CONFIRMED and present.state == AliasState.LEARNED:
            done = {"state": state.value, "decided_by": lesson.source, "decided_at": now}
            connection.execute(update(aliases).where(this).values(**done))


def counting(connection: Connection, pairs: Collection[Pair]) -> list[tuple[str, Alias]]:
    """The projects, whichever they are, that have learned one of these keys, each with the key."""
    same = or_(*(and_(aliases.c.key == key, aliases.c.norm == norm) for key, norm in pairs))
    counted = aliases.c.state.in_([AliasState.LEARNED.value, AliasState.CONFIRMED.value])
    rows = connection.execute(select(aliases).where(counted, same).order_by(aliases.c.project))
    return [(row.project, _alias(row)) for row in rows]


def called(connection: Connection, projects: Collection[str]) -> dict[str, str]:
    """What each project is called, by its code; no more of a name than `NORM_LENGTH` characters."""
    return {row.project: row.name for row in connection.execute(surest_names(projects))}


def surest_names(projects: Collection[str]) -> Select[tuple[str, str]]:
    """The surest name of each project that has one, the first heard of equally sure ones."""
    surest = case({state.value: place for place, state in enumerate(_SUREST)}, value=aliases.c.state)
    order = (surest, aliases.c.at, aliases.c.norm)
    place = func.row_number().over(partition_by=aliases.c.project, order_by=order).label("place")
    name = func.substr(aliases.c.raw, 1, NORM_LENGTH).label("name")
    own = (aliases.c.key == "project_name") & aliases.c.project.in_(projects)
    usable = own & (aliases.c.state != AliasState.REJECTED.value)
    found = select(aliases.c.project, name, place).where(usable).subquery()
    return select(found.c.project, found.c.name).where(found.c.place == 1)
