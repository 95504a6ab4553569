"""What the log is searched by: rows made from the entries, in the transaction that writes them.

The index is no evidence. What a search shows is read from the entries; the index only says where to look,
`landbridge audit verify` compares the two, and `landbridge audit reindex` makes the index anew. A blanked
entry keeps its time and kind here and loses everything else, as it does in the log.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, func, select

from gateway.store.rows import add_rows
from gateway.store.tables import entries, entry_agencies, entry_events, entry_index, entry_materials

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Table

PAGE = 1000
BLOCK = 100
"""Entries whose rows are compared as one sum: what is wrong is told to the nearest hundred."""

TABLES = (entry_index, entry_agencies, entry_materials, entry_events)


class Facts(NamedTuple):
    """What one entry is found and counted by; `event` of a use: the consumer's id for it and the answer.

    `act` is what was done with an answer, or the type of the subject; `about` whom or what an act of others
    was about, such as `account:li`.
    """

    at: str
    kind: str
    project: str | None = None
    case: str | None = None
    consumer: str | None = None
    operator: str | None = None
    purpose: str | None = None
    status: int | None = None
    problem: str | None = None
    agencies: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()
    event: tuple[str, int] | None = None
    personal: bool = False
    withheld: int = 0
    act: str | None = None
    about: str | None = None


ABOUT = frozenset({"account", "consumer"})
"""Subjects that are followed by what others did about them; entries about a project name it themselves."""


def facts_of(content: Mapping[str, Any]) -> Facts:
    """What an entry's content says. Raises KeyError, TypeError or AttributeError for what is no entry."""
    outcome, event = content.get("outcome") or {}, content.get("event")
    subject = content.get("subject") or {}
    return Facts(
        at=content["at"],
        kind=content["kind"],
        project=content.get("project"),
        case=content.get("case"),
        consumer=content.get("consumer"),
        operator=content.get("operator"),
        purpose=content.get("purpose"),
        status=outcome.get("status"),
        problem=outcome.get("problem"),
        agencies=tuple(sorted(set(content.get("agencies", ())))),
        materials=tuple(sorted(set(content.get("kinds", ())))),
        event=(event["id"], content["answer"]) if event else None,
        personal=bool(content.get("personal")),
        withheld=sum(status == "withheld" for status in (outcome.get("retrieval") or {}).values()),
        act=event["act"] if event else subject.get("type"),
        about=f"{subject['type']}:{subject['id']}" if subject.get("type") in ABOUT else None,
    )


def facts_in(body: bytes | None, at: str, kind: str) -> Facts:
    """What a stored entry is found by: a blanked or damaged one by its time and kind alone."""
    if body is not None:
        try:
            return facts_of(json.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            pass  # the verification says that it is damaged
    return Facts(at, kind)


def rows(idx: int, facts: Facts) -> Iterator[tuple[Table, dict[str, Any]]]:
    """The rows of one entry, their columns in the order of the table's."""
    at, kind, consumer = facts.at, facts.kind, facts.consumer
    yield (
        entry_index,
        {
            "idx": idx,
            "at": at,
            "kind": kind,
            "project": facts.project,
            "case": facts.case,
            "consumer": consumer,
            "operator": facts.operator,
            "status": facts.status,
            "problem": facts.problem,
            "purpose": facts.purpose,
            "personal": facts.personal,
            "withheld": facts.withheld,
            "act": facts.act,
            "about": facts.about,
        },
    )
    for agency in facts.agencies:
        whose = {"kind": kind, "consumer": consumer, "purpose": facts.purpose}
        yield entry_agencies, {"agency": agency, "at": at, "idx": idx, **whose}
    for material in facts.materials:
        yield entry_materials, {"material": material, "at": at, "idx": idx}
    if facts.event and consumer:
        event, answer = facts.event
        yield entry_events, {"consumer": consumer, "event": event, "idx": idx, "answer": answer}


def add(connection: Connection, found: Iterable[tuple[int, Facts]]) -> None:
    """Write the rows of these entries."""
    filed: dict[Table, list[dict[str, Any]]] = {table: [] for table in TABLES}
    for idx, facts in found:
        for table, row in rows(idx, facts):
            filed[table].append(row)
    for table, several in filed.items():
        add_rows(connection, table, several)


def forget(connection: Connection, indices: Sequence[int]) -> None:
    """Blank the rows of entries about to be blanked, in the same transaction and while their bodies stand."""
    wanted = select(entries.c.idx, entries.c.at, entries.c.kind, entries.c.body).where(
        entries.c.idx.in_(indices)
    )
    for entry in connection.execute(wanted).all():
        for table, row in rows(entry.idx, facts_in(entry.body, entry.at, entry.kind)):
            key = [column == row[column.name] for column in table.primary_key]
            connection.execute(delete(table).where(*key))
        add(connection, [(entry.idx, Facts(entry.at, entry.kind))])


def rebuild(connection: Connection) -> int:
    """Make all rows anew from the entries; gives how many entries there are."""
    for table in TABLES:
        connection.execute(delete(table))
    end = connection.execute(select(func.coalesce(func.max(entries.c.idx) + 1, 0))).scalar_one()
    for start in range(0, end, PAGE):
        within = (entries.c.idx >= start) & (entries.c.idx < start + PAGE)
        page = connection.execute(select(entries).where(within)).all()
        add(connection, ((row.idx, facts_in(row.body, row.at, row.kind)) for row in page))
    return int(end)


class Comparison:
    """Whether the index says what the entries say: both are added up, block by block, and must cancel out."""

    def __init__(self) -> None:
        self._sums: Counter[int] = Counter()

    def expect(self, idx: int, facts: Facts) -> None:
        """An entry is there and says this."""
        for table, row in rows(idx, facts):
            self._sums[idx // BLOCK] += hash((table.name, *row.values()))

    def differences(self, connection: Connection) -> list[range]:
        """The blocks of entries whose rows are missing, altered or too many."""
        for table in TABLES:
            for row in connection.execute(select(table).execution_options(yield_per=PAGE)):
                self._sums[row.idx // BLOCK] -= hash((table.name, *row))
        return [
            range(block * BLOCK, (block + 1) * BLOCK) for block in sorted(self._sums) if self._sums[block]
        ]
