"""A backup opened again: in a home of its own, or not at all."""

from __future__ import annotations

import secrets
import shutil
from typing import TYPE_CHECKING

from contracts.errors import SetupIncomplete, StoreUnavailable
from contracts.text import text
from gateway.backup.folder import Manifest, Sums, chunks_of, files_of, sync
from gateway.backup.making import copy_objects
from gateway.backup.private import open_private
from gateway.backup.proving import write_private
from gateway.backup.rows import load_tables
from gateway.store.database import transaction
from gateway.store.engine import open_engine
from gateway.store.migrate import is_empty

if TYPE_CHECKING:
    from pathlib import Path

_NOT_EMPTY = text(
    "{place} 不是空的；恢复只写入空的位置",
    "{place} is not empty; a backup is restored to an empty place only",
)
_DAMAGED = text("备份已损坏，未恢复：{what}", "The backup is damaged and was not restored: {what}")
_UNWRITABLE = text("无法写入 {place}：{why}", "{place} cannot be written: {why}")


def restore(folder: Path, home: Path, database_url: str | None, passphrase: str | None) -> Manifest:
    """Everything in the backup under `home`, its configuration in `home`/config, migrated to this version.

    `database_url` is an empty database, None for SQLite in `home`. Either all of it is there in the end or
    `home` is as it was. Raises SetupIncomplete (not empty, damaged, wrong passphrase), StoreUnavailable.
    """
    manifest = Manifest.read(folder)
    if home.exists() and any(home.iterdir()):
        raise SetupIncomplete(_NOT_EMPTY.fill(place=home))
    if database_url and not is_empty(database_url):
        raise SetupIncomplete(_NOT_EMPTY.fill(place="database"))
    if problems := Sums.problems(folder):
        raise SetupIncomplete(_DAMAGED.fill(what=problems[0].en))
    private = open_private(folder, manifest, passphrase)
    making = home.with_name(f".{home.name}-{secrets.token_hex(8)}")
    try:
        making.mkdir(mode=0o700, parents=True)
        _fill(folder, making, manifest, private, database_url)
        making.rename(home)
        sync(home.parent)
        # From here the home is whole. A crash before leaves a folder beginning with a dot and no home.
    except OSError as error:
        raise StoreUnavailable(_UNWRITABLE.fill(place=home, why=error.strerror or "?")) from error
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return manifest


def _fill(
    folder: Path, home: Path, manifest: Manifest, private: dict[str, bytes], database_url: str | None
) -> None:
    sums = Sums()
    write_private(home, private)
    (home / "vault" / "drafts").mkdir(mode=0o700, parents=True)  # a vault, though it may be empty
    copy_objects(folder / "vault", home / "vault", sums)
    for name in files_of(folder / "config"):
        sums.keep(home, f"config/{name}", chunks_of(folder / "config" / name))
    url = database_url or f"sqlite:///{(home / 'landbridge.sqlite').absolute()}"
    engine = open_engine(url, writes=True, unhurried=True)
    try:
        with transaction(engine) as connection:
            load_tables(connection, folder, manifest.revision)
    finally:
        engine.dispose()
