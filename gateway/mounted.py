"""Whether the vault's disk is mounted at a start: in the bare place of one that is not, none is made."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sqlalchemy import select

from contracts.audit import EntryKind
from contracts.errors import SetupIncomplete
from contracts.text import text
from gateway.store.tables import entry_index, vault_columns
from gateway.vault import is_furnished

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from gateway.store.database import Database

_BARE = text(
    "留存文件目录 {place} 中没有任何内容，而数据库中已有留存文件的记录：其所在磁盘可能未挂载",
    "There is nothing in the vault's directory {place}, and the database knows of objects in it: "
    "its disk may not be mounted",
)

_MOUNT = text(
    "请挂载该磁盘，或从备份恢复，然后再启动。若留存文件确已丢失且没有备份，请在该目录中新建名为 drafts 的"
    "空文件夹，系统将从空目录开始。",
    "Mount the disk, or restore a backup, and start again. If the objects are lost and there is no backup, "
    "make an empty folder named drafts in the directory: the vault then begins anew.",
)


async def check_mounted(database: Database, directory: Path) -> None:
    """Raises SetupIncomplete where no vault is and the database knows of one; StoreUnavailable.

    Were one made there, all that lies on the disk would be told as lost, and what is due to go forgotten.
    """
    if await asyncio.to_thread(is_furnished, directory) or not await database.read(_knows):
        return
    if not await asyncio.to_thread(is_furnished, directory):  # another process may have made it just now
        raise SetupIncomplete(_BARE.fill(place=directory), _MOUNT)


def _knows(connection: Connection) -> bool:
    """Whether any row names an object, or anybody was answered, with evidence then."""
    named = [select(column).where(column.is_not(None)) for column in vault_columns()]
    answered = select(entry_index.c.idx).where(entry_index.c.kind == EntryKind.ANSWERED.value)
    return any(connection.execute(each.limit(1)).first() is not None for each in (*named, answered))
