"""The whole log recomputed, every leaf, node, root and signature: the tables, or exported lines."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select

from contracts.audit import FLOOR_DAYS, PERSONAL_FLOOR_DAYS, leaf_hash
from contracts.text import Text, text
from contracts.time import parse_instant, stored
from gateway.audit import export, records
from gateway.audit.checkpoint import Checkpoint, NoteUntrusted
from gateway.audit.index import Comparison, facts_in
from gateway.audit.merkle import EMPTY_ROOT, Tree
from gateway.audit.records import Line
from gateway.store.guards import missing_guards
from gateway.store.tables import checkpoints, entries, nodes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Connection, Row

    from gateway.audit.checkpoint import Verifier
    from gateway.audit.log import AuditLog
    from gateway.audit.merkle import Node

PAGE = 1000
TOLD = 50
"""Problems told one by one; the rest are counted."""

_SOUND = text("日志完整：共 {size} 条，根 {root}", "The log is sound: {size} entries, root {root}")
_UNSOUND = text("日志核验未通过：共 {count} 处问题", "The log is NOT sound: {count} problems")
_BLANKED = text(
    "其中 {count} 条留存期满已清空内容，仍按叶哈希核验",
    "{count} entries are blanked and verified by leaf hash",
)
_MORE = text("另有 {count} 处问题未列出", "{count} more problems are not listed")
_CONTINUES = text(
    "与此前 {size} 条时的检查点一致", "It continues the checkpoint kept earlier, of {size} entries"
)

_UNREADABLE = text("第 {index} 行无法识别", "Line {index} cannot be read")
_MISSING = text(
    "序号 {index} 处缺条目（出现的是 {found}）", "Entry {index} is missing ({found} stands there)"
)
_CHANGED = text("条目 {index} 的内容与其叶哈希不符", "Entry {index} does not match its leaf hash")
_MISLABELLED = text(
    "条目 {index} 的时间、类型或留存期与内容不符",
    "Entry {index} is filed under a time, kind or period not its own",
)
_TOO_SOON = text("条目 {index} 在留存期满前被清空", "Entry {index} was blanked before its retention ended")
_NODE = text("节点 ({level}, {index}) 与条目不符", "Node ({level}, {index}) does not fit the entries")
_NODES = text("节点共 {found} 个，应为 {due} 个", "There are {found} nodes where {due} are due")
_ROOT = text("{size} 条时的检查点与条目不符", "The checkpoint of {size} entries does not fit the entries")
_UNTRUSTED = text(
    "{size} 条时的检查点签名无效", "The checkpoint of {size} entries is not signed by the log's key"
)
_NO_HEAD = text(
    "最新检查点覆盖 {head} 条，日志有 {found} 条",
    "The newest checkpoint covers {head} entries, the log has {found}",
)
_OLDER_UNTRUSTED = text("此前的检查点签名无效", "The checkpoint kept earlier is not signed by the log's key")
_SHORTER = text(
    "此前的检查点有 {older} 条，现在只有 {found} 条：日志被截断",
    "The checkpoint kept earlier covers {older} entries, now there are {found}: the log was cut short",
)
_REWRITTEN = text(
    "前 {size} 条与此前的检查点不一致：历史被改写",
    "The first {size} entries are not those of the checkpoint kept earlier: history was rewritten",
)
_INDEX = text(
    "检索索引与条目 {first}–{last} 不符；条目为准，请运行 landbridge audit reindex",
    "The search index does not fit entries {first}–{last}; the entries hold: run landbridge audit reindex",
)
_UNGUARDED = text("缺少触发器 {name}", "The trigger {name} is missing")


@dataclass(slots=True)
class Report:
    """What a verification found; `older` is the size of an earlier checkpoint that was compared."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    blanked: int = 0
    older: int | None = None
    count: int = 0
    problems: list[Text] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return self.count == 0

    def wrong(self, problem: Text, **facts: object) -> None:
        """Note a problem."""
        self.count += 1
        if len(self.problems) < TOLD:
            self.problems.append(problem.fill(**facts))

    def sentences(self) -> list[Text]:
        """The verdict, what stands out, and every problem told."""
        told = [
            _SOUND.fill(size=self.size, root=self.root.hex())
            if self.sound
            else _UNSOUND.fill(count=self.count)
        ]
        told += [_BLANKED.fill(count=self.blanked)] if self.blanked else []
        told += [_CONTINUES.fill(size=self.older)] if self.sound and self.older is not None else []
        told += self.problems
        unlisted = self.count - len(self.problems)
        return told + ([_MORE.fill(count=unlisted)] if unlisted else [])


class _Walk:
    """Entries taken in order, the tree grown from them, an earlier head met on the way."""

    def __init__(self, verifier: Verifier, older: str | None) -> None:
        self.report, self.tree, self._verifier = Report(), Tree(), verifier
        self.index = Comparison()
        self._older = self._trusted(older) if older is not None else None
        self._meet()

    def _trusted(self, older: str) -> Checkpoint | None:
        try:
            found = self._verifier.checkpoint(older)
        except NoteUntrusted:
            self.report.wrong(_OLDER_UNTRUSTED)
            return None
        self.report.older = found.size
        return found

    def take(self, line: Line) -> list[tuple[Node, bytes]]:
        """The next entry; gives the nodes it completes."""
        if line.index != self.tree.size:
            self.report.wrong(_MISSING, index=self.tree.size, found=line.index)
        if line.body is None:
            self.report.blanked += 1
        elif leaf_hash(line.body) != line.leaf:
            self.report.wrong(_CHANGED, index=line.index)
        self.tree, complete = self.tree.grow([line.leaf])
        self._meet()
        return complete

    def _meet(self) -> None:
        if self._older and self._older.size == self.tree.size and self._older.root != self.tree.root:
            self.report.wrong(_REWRITTEN, size=self.tree.size)

    def check_head(self, note: str, size: int, root: bytes | None = None) -> None:
        """The checkpoint stored for the size the tree has now."""
        try:
            head = self._verifier.checkpoint(note)
        except NoteUntrusted:
            self.report.wrong(_UNTRUSTED, size=size)
            return
        stated = (head.size, head.root, head.root if root is None else root)
        if stated != (size, self.tree.root, self.tree.root):
            self.report.wrong(_ROOT, size=size)

    def end(self) -> Report:
        """After the last entry."""
        self.report.size, self.report.root = self.tree.size, self.tree.root
        if self._older and self._older.size > self.tree.size:
            self.report.wrong(_SHORTER, older=self._older.size, found=self.tree.size)
        return self.report


def _nobody(_walked: int) -> None:
    """Nobody wants to know how far it is."""


async def verify_log(
    log: AuditLog, *, older: str | None = None, walked: Callable[[int], None] = _nobody
) -> Report:
    """Verify the stored log, against an earlier checkpoint's note if given. Raises StoreUnavailable.

    `walked` hears, on another thread, how many entries are behind; what it raises ends the verification.
    """
    now = stored(log.clock())
    return await log.database.survey(
        lambda connection: verify_rows(connection, log.verifier, now, older, walked)
    )


def verify_rows(
    connection: Connection,
    verifier: Verifier,
    now: str,
    older: str | None = None,
    walked: Callable[[int], None] = _nobody,
) -> Report:
    """Verify the tables as one transaction sees them; `now` as stored text."""
    walk = _Walk(verifier, older)
    end = records.next_index(connection)
    for start in range(0, end, PAGE):
        _page(connection, walk, start, min(start + PAGE, end), now)
        walked(walk.tree.size)
    for name in sorted(missing_guards(connection)):
        walk.report.wrong(_UNGUARDED, name=name)
    _count_nodes(connection, walk)
    for block in walk.index.differences(connection):
        walk.report.wrong(_INDEX, first=block.start, last=block.stop - 1)
    head = records.size(connection)
    if head != walk.tree.size:
        walk.report.wrong(_NO_HEAD, head=head, found=walk.tree.size)
    return walk.end()


def verify_lines(lines: Iterable[bytes], note: str, verifier: Verifier, older: str | None = None) -> Report:
    """Verify exported lines against the checkpoint they were exported with."""
    walk = _Walk(verifier, older)
    for index, octets in enumerate(lines):
        try:
            walk.take(export.read(octets))
        except export.LineUnreadable:
            walk.report.wrong(_UNREADABLE, index=index)
    walk.check_head(note, walk.tree.size)
    return walk.end()


def _page(connection: Connection, walk: _Walk, start: int, stop: int, now: str) -> None:
    heads = connection.execute(
        select(checkpoints).where(checkpoints.c.size > start, checkpoints.c.size <= stop)
    )
    due = {head.size: head for head in heads}
    complete: list[tuple[Node, bytes]] = []
    within = (entries.c.idx >= start) & (entries.c.idx < stop)
    for row in connection.execute(select(entries).where(within).order_by(entries.c.idx)):
        complete += walk.take(Line(row.idx, row.leaf, row.body))
        _check_labels(walk.report, row, now)
        walk.index.expect(row.idx, facts_in(row.body, row.at, row.kind))
        if head := due.get(walk.tree.size):
            walk.check_head(head.note, head.size, head.root)
    _check_nodes(connection, walk.report, complete, (start, stop))


def _check_labels(report: Report, row: Row[tuple[object, ...]], now: str) -> None:
    """The columns beside the body are not hashed, so they must say what the body says."""
    if row.body is None:
        if row.keep_until > now:
            report.wrong(_TOO_SOON, index=row.idx)
    elif leaf_hash(row.body) == row.leaf and not _labels_fit(row):
        report.wrong(_MISLABELLED, index=row.idx)


def _labels_fit(row: Row[tuple[object, ...]]) -> bool:
    try:
        entry = json.loads(row.body)
        floor = timedelta(days=PERSONAL_FLOOR_DAYS if entry.get("personal") else FLOOR_DAYS)
        earliest = stored(parse_instant(entry["at"]) + floor)
        return (row.at, row.kind) == (entry["at"], entry["kind"]) and row.keep_until >= earliest
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return False  # whoever wrote this body and its leaf was not the log


def _check_nodes(
    connection: Connection, report: Report, complete: Sequence[tuple[Node, bytes]], span: tuple[int, int]
) -> None:
    """The nodes that entries start up to stop complete are, on each level, one run of neighbours."""
    start, stop = span
    runs = [
        and_(nodes.c.level == level, nodes.c.idx >= start >> level, nodes.c.idx < stop >> level)
        for level in range(1, stop.bit_length())
    ]
    found: dict[Node, bytes] = {}
    if runs:
        found = {
            (row.level, row.idx): row.hash for row in connection.execute(select(nodes).where(or_(*runs)))
        }
    for (level, index), joined in complete:
        if found.get((level, index)) != joined:
            report.wrong(_NODE, level=level, index=index)


def _count_nodes(connection: Connection, walk: _Walk) -> None:
    found = connection.execute(select(func.count()).select_from(nodes)).scalar()
    due = walk.tree.size - walk.tree.size.bit_count()
    if found != due:
        walk.report.wrong(_NODES, found=found, due=due)
