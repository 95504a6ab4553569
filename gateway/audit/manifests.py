"""Manifests of exports, kept so that an export can be handed out again as it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from contracts.errors import LogUnavailable, NoSuchThing
from contracts.text import text
from gateway.audit.checkpoint import NoteUntrusted
from gateway.audit.extract import read_manifest
from gateway.audit.search import Query
from gateway.store.tables import exports

if TYPE_CHECKING:
    from gateway.audit.extract import Manifest
    from gateway.audit.log import AuditLog

TOLD = 50
"""Exports that are listed."""

ALTERED = text(
    "保存的导出清单不是该日志签署的，可能被改动；请保留现场并告知系统管理员",
    "A manifest kept here is not signed by the log and may have been altered; tell the system administrator",
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A manifest and the signed note that says it."""

    manifest: Manifest
    note: str

    def query(self) -> Query:
        """The search whose finds the file holds."""
        return Query(**self.manifest.query)


async def keep(log: AuditLog, manifest: Manifest, note: str) -> None:
    """Keep it under the index of the export's entry. Raises StoreUnavailable."""
    row = insert(exports).values(entry=manifest.entry, note=note)
    await log.database.write(lambda connection: connection.execute(row))


async def listed(log: AuditLog) -> dict[int, Kept | None]:
    """The last ones by their entries, newest first; None for one that was altered. Raises LogUnavailable."""
    newest = select(exports).order_by(exports.c.entry.desc()).limit(TOLD)
    rows = await log.read(lambda connection: connection.execute(newest).all())
    return {row.entry: _read(log, row.entry, row.note) for row in rows}


async def one(log: AuditLog, entry: int) -> Kept:
    """The one of this entry. Raises NoSuchThing, LogUnavailable: also for one that was altered."""
    this = select(exports.c.note).where(exports.c.entry == entry)
    note = await log.read(lambda connection: connection.execute(this).scalar())
    if note is None:
        raise NoSuchThing(text("没有此导出", "There is no such export"))
    kept = _read(log, entry, note)
    if kept is None:
        raise LogUnavailable(ALTERED)
    return kept


def _read(log: AuditLog, entry: int, note: str) -> Kept | None:
    """A signed note, where it is the log's own and this entry's."""
    try:
        manifest = read_manifest(log.verifier.open(note), log.verifier.name)
    except NoteUntrusted:
        return None
    return Kept(manifest, note) if manifest.entry == entry else None
