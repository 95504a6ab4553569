"""What the stores say after everything that happened, held against what the asker was told.

Every sentence found here is a broken promise; an empty list is the whole point.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from contracts.audit import leaf_hash
from contracts.errors import LandbridgeError, StoreUnavailable
from gateway.audit.checkpoint import CheckpointSigner
from gateway.audit.export import export
from gateway.audit.log import AuditLog
from gateway.audit.verify import verify_log
from gateway.building import utc_now
from gateway.keys import KeyRing
from gateway.store.database import Database
from gateway.store.tables import attachments, deliveries, delivery_files, documents
from gateway.vault import Vault
from tests.crash.load import Memory

STANDALONE = Path(__file__).resolve().parents[2] / "docs" / "verify_log.py"
ORIGIN = "landbridge.local/log"

TAKEN_BACK = ("lost: entry", "fork: entry")
"""An entry is gone, or another one has taken its place."""


class Stores:
    """The stores of one home, opened by nobody's gateway."""

    def __init__(self, home: Path, url: str) -> None:
        self.keys = KeyRing.open(home, create=False)
        self.database = Database(url, readers=1)
        self.log = AuditLog(self.database, CheckpointSigner(ORIGIN, self.keys.checkpoint), utc_now)
        self.vault = Vault(home / "vault", self.keys.vault)

    async def entries(self) -> list[dict[str, Any]]:
        """Every entry, in order."""
        return [json.loads(line.body or b"{}") for line in await self.log.lines(0, 1 << 40)]

    async def rows(self, table: Any) -> list[Any]:
        """All rows of a table."""
        return await self.database.read(lambda connection: list(connection.execute(select(table)).all()))


@asynccontextmanager
async def opened(home: Path, url: str) -> AsyncIterator[Stores]:
    """The stores, and closed again."""
    stores = Stores(home, url)
    try:
        yield stores
    finally:
        await stores.database.close()


async def broken_promises(home: Path, url: str, memory: Memory, folder: Path) -> list[str]:
    """Everything that is not as it must be. `folder` takes the exported log."""
    wrong = [f"answered without an entry: {answer}" for answer in memory.unrecorded]
    try:
        async with opened(home, url) as stores:
            return [
                *wrong,
                *await _log_verifies(stores),
                *await _told_and_recorded(stores, memory),
                *await _heads_continue(stores, memory, folder),
                *await _vault_is_whole(stores),
                *await _in_force_and_announced(stores),
            ]
    except StoreUnavailable as error:
        return [*wrong, f"lost: entry after entry, the stores cannot be read: {error.detail.en}"]


async def _log_verifies(stores: Stores) -> list[str]:
    report = await verify_log(stores.log)
    return [] if report.sound else [f"the log: {sentence.en}" for sentence in report.sentences()]


async def _told_and_recorded(stores: Stores, memory: Memory) -> list[str]:
    """Each answer's entry stands where its receipt says, as it says, and is about that very answer."""
    lines = {line.index: line for line in await stores.log.lines(0, 1 << 40)}
    wrong = []
    for told in memory.told:
        line, index = lines.get(told.receipt.index), told.receipt.index
        if line is None:
            wrong.append(f"lost: entry {index} of an answer {told.status}")
        elif line.leaf != told.receipt.leaf or line.body is None or leaf_hash(line.body) != line.leaf:
            wrong.append(f"fork: entry {index} is not the one in the receipt")
        elif told.digest and json.loads(line.body).get("answer_digest") != told.digest:
            wrong.append(f"entry {index} records another answer")
    twice = [
        index for index, count in Counter(told.receipt.index for told in memory.told).items() if count > 1
    ]
    return wrong + [f"two answers, one entry: {index}" for index in twice]


async def _heads_continue(stores: Stores, memory: Memory, folder: Path) -> list[str]:
    """Every checkpoint ever shown is one the log went through: by the auditors' own script."""
    size = await stores.log.size()
    exported, head = folder / "log.jsonl", folder / "checkpoint"
    exported.write_bytes(b"".join([line async for line in export(stores.log, size)]))
    head.write_text(await stores.log.checkpoint(), "utf-8")
    vkey = stores.log.verifier.vkey
    command = [sys.executable, str(STANDALONE), str(exported), str(head), vkey]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: ASYNC221  nothing else runs
    wrong = [] if ended.returncode == 0 else [f"verify_log.py: {ended.stdout}{ended.stderr}"]
    roots = _roots(exported)
    for note in set(memory.heads):
        stated = stores.log.verifier.checkpoint(note)
        if stated.size >= len(roots) or roots[stated.size] != stated.root:
            wrong.append(f"fork: a checkpoint of {stated.size} entries was shown that the log did not have")
    return wrong


def _roots(exported: Path) -> list[bytes]:
    """The root at every size, as the auditors' script reckons."""
    spec = importlib.util.spec_from_file_location("verify_log", STANDALONE)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    edge: list[tuple[int, bytes]] = []
    roots = [script._root(edge)]
    for index, line in enumerate(exported.read_bytes().splitlines()):
        script._append(edge, script.read_entry(line, index)[0])
        roots.append(script._root(edge))
    return roots


async def _vault_is_whole(stores: Stores) -> list[str]:
    """Whatever an entry or a row says is kept can be read to its last octet."""
    named = {digest for entry in await stores.entries() for digest in entry.get("evidence", ())}
    named |= {row.sha256 for row in await stores.rows(attachments) if row.sha256}
    named |= {row.sha256 for row in await stores.rows(delivery_files)}
    named |= {row.notice for row in await stores.rows(deliveries)}
    wrong = []
    for digest in sorted(named):
        try:
            await stores.vault.get(digest)
        except LandbridgeError as error:
            wrong.append(f"the vault: {error.detail.en}")
    return wrong


async def _in_force_and_announced(stores: Stores) -> list[str]:
    """No version and no delivery stands that the log does not know."""
    subjects = [
        (entry["kind"], entry["subject"]["id"], entry["subject"].get("version"))
        for entry in await stores.entries()
        if "subject" in entry
    ]
    due = [("published", row.name, row.version) for row in await stores.rows(documents)]
    due += [("ingested", row.id, row.version) for row in await stores.rows(deliveries)]
    return [f"not in the log: {each}" for each in due if each not in subjects]
