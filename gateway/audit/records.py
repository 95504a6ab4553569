"""The log's rows: what is read from them and the one way they are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, tuple_

from contracts.errors import LogUnavailable
from contracts.text import text
from gateway.audit import index
from gateway.audit.checkpoint import NoteUntrusted
from gateway.audit.merkle import Tree, cover
from gateway.store.guards import missing_guards
from gateway.store.rows import add_rows
from gateway.store.tables import checkpoints, entries, nodes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from gateway.audit.checkpoint import Checkpoint, CheckpointSigner, Verifier
    from gateway.audit.index import Facts
    from gateway.audit.merkle import Node

_DAMAGED = text(
    "审计日志与其最新检查点不一致，已停止写入；请运行 landbridge audit verify",
    "The audit log does not fit its newest checkpoint; writing stopped. Run landbridge audit verify",
)
_UNGUARDED = text(
    "审计日志缺少防篡改触发器：{names}；已停止写入",
    "The audit log's triggers are missing: {names}; writing stopped",
)
_OTHERS = text(
    "数据库中的审计日志由另一把检查点密钥签名。多台机器须使用同一套密钥文件（复制首台机器的 keys 目录）"
    "和相同的 LANDBRIDGE_LOG_ORIGIN",
    "The log in the database is signed by another checkpoint key. All machines need the same key files (copy"
    " the first one's keys folder) and the same LANDBRIDGE_LOG_ORIGIN",
)
_NODES_A_QUERY = 400


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as stored: `body` its canonical octets, None once blanked; `leaf` 32 octets."""

    index: int
    leaf: bytes
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Pending:
    """An entry that has everything but its place; `keep_until` as stored text, `facts` it is found by."""

    leaf: bytes
    body: bytes
    keep_until: str
    facts: Facts


def newest_note(connection: Connection) -> str | None:
    """The newest checkpoint's note, None while the log is empty."""
    newest = select(checkpoints.c.note).order_by(checkpoints.c.size.desc()).limit(1)
    return connection.execute(newest).scalar()


def newest_at(connection: Connection) -> str | None:
    """When the newest checkpoint was made, as stored text; None while the log is empty."""
    newest = select(checkpoints.c.at).order_by(checkpoints.c.size.desc()).limit(1)
    return connection.execute(newest).scalar()


def size(connection: Connection) -> int:
    """How many entries the newest checkpoint covers."""
    return connection.execute(select(func.max(checkpoints.c.size))).scalar() or 0


def next_index(connection: Connection) -> int:
    """One more than the highest index there is."""
    highest: int | None = connection.execute(select(func.max(entries.c.idx))).scalar()
    return 0 if highest is None else highest + 1


def lines(connection: Connection, start: int, stop: int) -> Iterator[Line]:
    """Entries start up to stop, in order."""
    rows = connection.execute(
        select(entries.c.idx, entries.c.leaf, entries.c.body)
        .where(entries.c.idx >= start, entries.c.idx < stop)
        .order_by(entries.c.idx)
    )
    return (Line(row.idx, row.leaf, row.body) for row in rows)


def fetch_nodes(connection: Connection, wanted: list[Node]) -> dict[Node, bytes]:
    """The hashes of these nodes. Raises LogUnavailable when one is not there."""
    found: dict[Node, bytes] = {}
    leaves = [index for level, index in wanted if level == 0]
    for row in connection.execute(select(entries.c.idx, entries.c.leaf).where(entries.c.idx.in_(leaves))):
        found[0, row.idx] = row.leaf
    above = [node for node in wanted if node[0]]
    for first in range(0, len(above), _NODES_A_QUERY):
        among = tuple_(nodes.c.level, nodes.c.idx).in_(above[first : first + _NODES_A_QUERY])
        for row in connection.execute(select(nodes).where(among)):
            found[row.level, row.idx] = row.hash
    if len(found) < len(set(wanted)):
        raise LogUnavailable(_DAMAGED)
    return found


def read_tree(connection: Connection, verifier: Verifier) -> Tree:
    """The tree as stored, once it is shown to be what the newest checkpoint signed and to be guarded.

    Raises LogUnavailable: a log that does not fit its own head must not grow over the damage.
    """
    if missing := missing_guards(connection):
        raise LogUnavailable(_UNGUARDED.fill(names=", ".join(sorted(missing))))
    note = newest_note(connection)
    if note is None:
        if next_index(connection):
            raise LogUnavailable(_DAMAGED)
        return Tree()
    head = _trusted(verifier, note)
    edge = cover((0, head.size))
    found = fetch_nodes(connection, edge)
    tree = Tree(head.size, tuple(found[node] for node in edge))
    if tree.root != head.root or next_index(connection) != head.size:
        raise LogUnavailable(_DAMAGED)
    return tree


def _trusted(verifier: Verifier, note: str) -> Checkpoint:
    try:
        return verifier.checkpoint(note)
    except NoteUntrusted as error:
        raise LogUnavailable(_OTHERS if verifier.is_of_another(note) else _DAMAGED) from error


def add(
    connection: Connection, tree: Tree, batch: Sequence[Pending], signer: CheckpointSigner, now: str
) -> tuple[Tree, str]:
    """Write a batch, what it is found by, the nodes it completes, its checkpoint; gives new tree and note.

    Nothing of it is true before the transaction commits.
    """
    grown, complete = tree.grow(pending.leaf for pending in batch)
    add_rows(
        connection,
        entries,
        [
            {
                "idx": tree.size + place,
                "leaf": pending.leaf,
                "body": pending.body,
                "at": pending.facts.at,
                "kind": pending.facts.kind,
                "keep_until": pending.keep_until,
            }
            for place, pending in enumerate(batch)
        ],
    )
    index.add(connection, enumerate((pending.facts for pending in batch), tree.size))
    if complete:
        rows = [{"level": level, "idx": place, "hash": joined} for (level, place), joined in complete]
        add_rows(connection, nodes, rows)
    note = signer.sign(grown.size, grown.root)
    connection.execute(insert(checkpoints).values(size=grown.size, root=grown.root, note=note, at=now))
    return grown, note
