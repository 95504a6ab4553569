"""A backup made while the gateway runs."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from contracts.audit import Draft, EntryKind, Subject
from contracts.errors import SetupIncomplete, StoreUnavailable
from contracts.text import text
from contracts.time import stored
from gateway.audit.records import newest_note
from gateway.audit.records import size as log_size
from gateway.backup.folder import CHUNK, MANIFEST, SUMS, LogHead, Manifest, Sums, chunks_of, files_of, sync
from gateway.backup.private import keep_private, private_files
from gateway.backup.rows import write_tables
from gateway.store.migrate import revision_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from gateway.house import House

_TAKEN = text(
    "{folder} 已存在；备份只写入新目录", "{folder} exists; a backup is written to a new folder only"
)
_UNWRITABLE = text("无法写入备份：{why}", "The backup cannot be written: {why}")


async def create(house: House, folder: Path, operator: str, passphrase: str | None, version: str) -> Manifest:
    """Make the backup in the new folder `folder`; without a passphrase its keys lie there in plain.

    The entry comes first. Raises SetupIncomplete (the folder exists), LogUnavailable, StoreUnavailable.
    """
    if await asyncio.to_thread(folder.exists):
        raise SetupIncomplete(_TAKEN.fill(folder=folder))
    note = "plain" if passphrase is None else "sealed"
    subject = Subject(type="backup", id=folder.name[:100], note=note)
    await house.log.append(Draft(kind=EntryKind.BACKED_UP, operator=operator, subject=subject))
    # From here the log says that a copy of everything is about to be made, and so does the copy itself.
    making = folder.with_name(f".{folder.name}-{secrets.token_hex(8)}")
    try:
        with _disk():
            making.mkdir(mode=0o700, parents=True)
            manifest = await _made(house, making, passphrase, version)
            await asyncio.to_thread(making.rename, folder)
            sync(folder.parent)
            # From here the backup has its name. Before, a crash leaves a folder beginning with a dot.
    finally:
        await asyncio.to_thread(shutil.rmtree, making, ignore_errors=True)
    return manifest


async def _made(house: House, root: Path, passphrase: str | None, version: str) -> Manifest:
    sums = Sums()
    revision, head, tables = await house.database.survey(
        lambda connection: _rows(house, connection, root, sums)
    )
    # Only now the vault: an object is there before the row that names it, and never changes.
    objects, octets = await asyncio.to_thread(
        copy_objects, house.settings.home / "vault", root / "vault", sums
    )
    await asyncio.to_thread(keep_private, root, sums, private_files(house.settings.home), passphrase)
    config = house.settings.config
    for name in files_of(config):
        sums.keep(root, f"config/{name}", chunks_of(config / name))
    manifest = Manifest(
        made_at=stored(house.log.clock()),
        landbridge=version,
        revision=revision,
        log=head,
        private="plain" if passphrase is None else "sealed",
        tables=tables,
        objects=objects,
        bytes=octets,
    )
    sums.keep(root, MANIFEST, iter([manifest.model_dump_json(indent=2).encode() + b"\n"]))
    Sums().keep(root, SUMS, iter([sums.written_out()]))
    return manifest


def _rows(
    house: House, connection: Connection, root: Path, sums: Sums
) -> tuple[str, LogHead, dict[str, int]]:
    """In one transaction: the schema, the log's head, every table."""
    verifier = house.log.verifier
    head = LogHead(
        origin=house.log.origin,
        size=log_size(connection),
        checkpoint=newest_note(connection),
        vkey=verifier.vkey,
    )
    return revision_of(connection) or "", head, write_tables(connection, root, sums)


def copy_objects(vault: Path, to: Path, sums: Sums) -> tuple[int, int]:
    """Every whole object; gives how many and how many octets. Drafts are nobody's yet. Raises OSError.

    One that is gone meanwhile was named by no row for a day.
    """
    count = octets = 0
    for path in sorted(vault.glob("[0-9a-f][0-9a-f]/*")):
        try:
            file = path.open("rb")
        except FileNotFoundError:
            continue
        with file:
            chunks = iter(partial(file.read, CHUNK), b"")
            octets += sums.keep(to.parent, f"{to.name}/{path.parent.name}/{path.name}", chunks)
        count += 1
    return count, octets


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(_UNWRITABLE.fill(why=error.strerror or "?")) from error
