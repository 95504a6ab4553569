"""How often what happened in a period, counted from the index: for charts and for the access report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Integer, String, case, func, literal_column, select

from contracts.audit import EntryKind
from contracts.catalogue import KINDS
from gateway.audit.search import ENDINGS
from gateway.store.tables import entry_agencies, entry_index, entry_materials, exports

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Table

    from gateway.audit.log import AuditLog

EAST = 8
"""Hours that +08:00 is ahead of what is stored."""

_K = EntryKind

EXCHANGE = (_K.ASKED, _K.ANSWERED, _K.USED, _K.REFUSED, _K.FAILED, _K.STRANGERS)
"""Kinds of entry that tell of consumers' asks and of what became of them."""

UPKEEP = (
    *(_K.SIGNED_IN, _K.SIGNED_OUT, _K.TURNED_AWAY, _K.ACCOUNT, _K.CONSUMER, _K.SECRET),
    *(_K.DRAFTED, _K.SUBMITTED, _K.WITHDRAWN, _K.REJECTED, _K.PUBLISHED, _K.ROLLED_BACK, _K.TRIED),
    *(_K.ALIAS, _K.STAND_IN, _K.REPULLED, _K.PURGED),
    *(_K.PAUSED, _K.RESUMED, _K.NOTED, _K.PUT_BACK),
    *(_K.LOOKED, _K.AUDIT, _K.BACKED_UP, _K.RESTORED),
)
"""Those by which people run the house: accounts, documents, cases, agencies, the log; so they are listed."""

UNBIDDEN = (_K.STARTED, _K.DRIFTED, _K.INGESTED, _K.QUARANTINED)
"""Those that nobody in the house had a hand in."""


class Span(NamedTuple):
    """A period as stored text, its end exclusive."""

    since: str
    until: str

    def of(self, table: Table) -> ColumnElement[bool]:
        """The rows of a table of the index that lie in it."""
        return (table.c.at >= self.since) & (table.c.at < self.until)


class Share(NamedTuple):
    """What became of the asks of one consumer, or for one purpose; `personal`: with personal information."""

    name: str | None
    answered: int
    refused: int
    failed: int
    personal: int
    projects: int

    @property
    def asks(self) -> int:
        """All of them."""
        return self.answered + self.refused + self.failed


class AgencyShare(NamedTuple):
    """How often an agency was asked, given from, and its data used afterwards."""

    name: str
    asked: int
    answered: int
    used: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of one period. `outcomes`: (kind, status, problem) with how often; `hours`: 24 of +08:00."""

    consumers: tuple[Share, ...]
    purposes: tuple[Share, ...]
    agencies: tuple[AgencyShare, ...]
    materials: tuple[tuple[str, int], ...]
    outcomes: tuple[tuple[str, int | None, str | None, int], ...]
    hours: tuple[int, ...]
    uses: tuple[tuple[str, int], ...]
    upkeep: dict[str, int]
    exports: int

    @property
    def asks(self) -> int:
        """How many asks ended in the period."""
        return sum(self.hours)

    def total(self, name: str) -> int:
        """Of one column of the consumers' shares."""
        return sum(getattr(share, name) for share in self.consumers)


async def figures(log: AuditLog, span: Span) -> Figures:
    """Everything counted on one state of the log. Raises LogUnavailable."""
    return await log.survey(lambda connection: counted(connection, span))


def counted(connection: Connection, span: Span) -> Figures:
    """The same, as one transaction sees it."""
    return Figures(
        consumers=_shares(connection, span, "consumer"),
        purposes=_shares(connection, span, "purpose"),
        agencies=_agencies(connection, span),
        materials=_materials(connection, span),
        outcomes=_outcomes(connection, span),
        hours=_hours(connection, span),
        uses=_kinds(connection, span, "act", (EntryKind.USED,)),
        upkeep=dict(_kinds(connection, span, "kind", UPKEEP)),
        exports=_exports(connection, span),
    )


def first(letters: int, start: int = 1) -> ColumnElement[str]:
    """So many letters of the time; numbers stand in the statement, or a server takes two for different."""
    begin, many = (literal_column(str(number), Integer) for number in (start, letters))
    return func.substr(entry_index.c.at, begin, many, type_=String)


ASKS = entry_index.c.kind.in_(ENDINGS) & entry_index.c.consumer.is_not(None)
"""The endings of consumers' asks; whoever was refused a page of the console asked for nothing."""


def is_ask(span: Span) -> ColumnElement[bool]:
    """Those of a period."""
    return span.of(entry_index) & ASKS


def _shares(connection: Connection, span: Span, name: str) -> tuple[Share, ...]:
    by, kind = entry_index.c[name], entry_index.c.kind
    ended = [func.sum(case((kind == each, 1), else_=0)) for each in ENDINGS]
    with_personal = (kind == EntryKind.ANSWERED.value) & entry_index.c.personal.is_(True)
    personal = func.sum(case((with_personal, 1), else_=0))
    projects = func.count(entry_index.c.project.distinct())
    rows = connection.execute(
        select(by, *ended, personal, projects)
        .where(is_ask(span))
        .group_by(by)
        .order_by(func.count().desc(), by)
    )
    return tuple(Share(*tuple(row)) for row in rows)


def _agencies(connection: Connection, span: Span) -> tuple[AgencyShare, ...]:
    agency, kind = entry_agencies.c.agency, entry_agencies.c.kind
    sums = [func.sum(case((kind == each, 1), else_=0)) for each in ("asked", "answered", "used")]
    these = span.of(entry_agencies) & agency.in_(list(_names(connection)))
    rows = connection.execute(select(agency, *sums).where(these).group_by(agency))
    return tuple(
        sorted((AgencyShare(*tuple(row)) for row in rows), key=lambda each: (-each.answered, each.name))
    )


def _names(connection: Connection) -> Iterator[str]:
    """Every agency there was, one after the other: by their names each one's span is walked alone."""
    name: str | None = ""
    while True:
        following = select(func.min(entry_agencies.c.agency)).where(entry_agencies.c.agency > name)
        name = connection.execute(following).scalar()
        if name is None:
            return
        yield name


def given(since: str) -> ColumnElement[bool]:
    """Materials given since then; by their names, so that each one's span is walked alone."""
    known = entry_materials.c.material.in_(list(KINDS))
    return known & (entry_materials.c.at >= since) & (entry_index.c.kind == EntryKind.ANSWERED.value)


def _materials(connection: Connection, span: Span) -> tuple[tuple[str, int], ...]:
    """In how many answers each kind of material was."""
    these = given(span.since) & (entry_materials.c.at < span.until)
    joined = entry_materials.join(entry_index, entry_index.c.idx == entry_materials.c.idx)
    material, count = entry_materials.c.material, func.count()
    found = select(material, count).select_from(joined).where(these).group_by(material)
    return _pairs(connection.execute(found.order_by(count.desc(), material)).all())


def _outcomes(connection: Connection, span: Span) -> tuple[tuple[str, int | None, str | None, int], ...]:
    by = (entry_index.c.kind, entry_index.c.status, entry_index.c.problem)
    rows = connection.execute(select(*by, func.count()).where(is_ask(span)).group_by(*by))
    return tuple(sorted((tuple(row) for row in rows), key=lambda row: (-row[3], str(row))))


def _hours(connection: Connection, span: Span) -> tuple[int, ...]:
    hour = first(2, 12)
    found: Counter[int] = Counter()
    for stated, count in connection.execute(select(hour, func.count()).where(is_ask(span)).group_by(hour)):
        found[(int(stated) + EAST) % 24] += count
    return tuple(found[each] for each in range(24))


def _kinds(
    connection: Connection, span: Span, name: str, kinds: Iterable[EntryKind]
) -> tuple[tuple[str, int], ...]:
    by, count = entry_index.c[name], func.count()
    these = span.of(entry_index) & entry_index.c.kind.in_([each.value for each in kinds])
    found = select(by, count).where(these).group_by(by).order_by(count.desc(), by)
    return _pairs(connection.execute(found).all())


def _exports(connection: Connection, span: Span) -> int:
    """Signed exports of the log that were made; each was fetched as often as other entries say."""
    joined = exports.join(entry_index, entry_index.c.idx == exports.c.entry)
    made = select(func.count()).select_from(joined).where(span.of(entry_index))
    return int(connection.execute(made).scalar_one())


def _pairs(rows: Sequence[Any]) -> tuple[tuple[str, int], ...]:
    return tuple((str(name), int(count)) for name, count in rows)
