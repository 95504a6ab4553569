"""Searching a large log: the first page of each form of search, against `SELECT 1` in the same database."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, text

from contracts.audit import leaf_hash
from contracts.catalogue import KINDS
from contracts.time import stored
from gateway.audit import records
from gateway.audit.checkpoint import CheckpointSigner
from gateway.audit.index import facts_of
from gateway.audit.merkle import Tree
from gateway.audit.records import Pending
from gateway.audit.search import Query, counting, page_of
from gateway.store.database import transaction
from gateway.store.engine import open_engine
from gateway.store.migrate import migrate

BATCH = 5_000
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
AGENCIES = ("mdj-hc", "mdj-nr", "mdj-tax", "mdj-survey", "mdj-archive", "mdj-defence")
WEIGHTS = (30, 25, 15, 15, 10, 5)
SLUGS = tuple(KINDS)[:12]


@dataclass(frozen=True, slots=True)
class Searched:
    """One form of search: median and 95th percentile in milliseconds, and the median's ratio to SELECT 1."""

    name: str
    finds: int
    p50_ms: float
    p95_ms: float
    ratio: float

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def on_file(folder: Path, entries: int) -> tuple[list[Searched], float]:
    """Every form, on a log of so many entries that is made in `folder` if need be; and seconds to make it."""
    place, begun = folder / f"log-{entries}.sqlite", time.perf_counter()
    if not place.exists():
        unfinished = place.with_suffix(".part")
        fill(f"sqlite:///{unfinished}", entries)
        unfinished.rename(place)
    took = time.perf_counter() - begun
    return _searched(f"sqlite:///{place}"), took


def on_server(url: str, entries: int) -> tuple[list[Searched], float]:
    """The same on an empty PostgreSQL database."""
    begun = time.perf_counter()
    fill(url, entries)
    took = time.perf_counter() - begun
    return _searched(url), took


def _searched(url: str, rounds: int = 20) -> list[Searched]:
    engine = open_engine(url, writes=False, unhurried=True)
    try:
        with transaction(engine) as reading:
            return _measured(reading, rounds)
    finally:
        engine.dispose()


def fill(url: str, entries: int, signer: CheckpointSigner | None = None) -> None:
    """The log's own writing of entries, nodes, index and checkpoints, in large batches and unhurried.

    Without a `signer` nobody's house goes on with it.
    """
    migrate(url)
    engine = open_engine(url, writes=True, unhurried=True)
    signer = signer or CheckpointSigner("landbridge.bench/log", Ed25519PrivateKey.generate())
    tree, years = Tree(), _entries(entries)
    while batch := list(islice(years, BATCH)):
        with transaction(engine) as writing:
            tree = records.add(writing, tree, batch, signer, batch[-1].facts.at)[0]
    engine.dispose()


def _entries(count: int) -> Iterator[Pending]:
    """Three years of a city: asks in pairs with their answers, few projects busy, most of them quiet."""
    dice = random.Random(2026)
    step = timedelta(days=3 * 365) / count
    for index in range(count):
        content = _content(dice, index)
        content |= {"at": stored(FIRST + step * index), "salt": f"{dice.getrandbits(128):032x}", "v": 1}
        body = rfc8785.dumps(content)
        yield Pending(leaf_hash(body), body, "2030-01-01T00:00:00.000Z", facts_of(content))


def _content(dice: random.Random, index: int) -> dict[str, Any]:
    project = int(5000 * dice.random() ** 3)
    consumer = dice.choices(("registration", "hall", "archive"), (80, 18, 2))[0]
    who: dict[str, Any] = {
        "consumer": consumer,
        "operator": f"{consumer[:3]}-{dice.randrange(200):03}",
        "case": f"DJ-{index // 4}",
        "purpose": dice.choices(("first-registration", "pre-acceptance", "transfer"), (70, 20, 10))[0],
        "project": f"2012-231005-04-01-{project:06}",
    }
    turn = dice.random()
    if turn < 0.03:
        return {**who, "kind": "refused", "outcome": {"status": 403, "problem": "not-granted", "cached": 0}}
    if turn < 0.04:
        return {"kind": "audit", "consumer": "audit-office", "subject": {"type": "search", "id": "case=DJ-1"}}
    agencies = sorted(set(dice.choices(AGENCIES, WEIGHTS, k=3)))
    kinds = sorted(dice.sample(SLUGS, 4))
    if turn < 0.45:
        return {**who, "kind": "asked", "agencies": agencies, "kinds": kinds}
    held = {"status": 200, "cached": 1, "retrieval": dict.fromkeys(kinds, "received")}
    digest = "sha256:" + "5a" * 32
    told = {"outcome": held, "answer_digest": digest, "evidence": [digest] * 3, "asked": index - 1}
    return {**who, "kind": "answered", "agencies": agencies, "kinds": kinds, **told}


YEAR: dict[str, Any] = {"since": "2025-01-01T00:00:00.000Z", "until": "2026-01-01T00:00:00.000Z"}
FORMS: dict[str, Query] = {
    "everything": Query(),
    "a month long ago": Query(since="2024-02-01T00:00:00.000Z", until="2024-03-01T00:00:00.000Z"),
    "project, busy": Query(project="2012-231005-04-01-000000"),
    "project, quiet": Query(project="2012-231005-04-01-004999"),
    "case": Query(case="DJ-12345"),
    "consumer": Query(consumer="hall"),
    "operator": Query(operator="reg-017"),
    "agency": Query(agency="mdj-tax"),
    "kind": Query(kind="refused"),
    "material": Query(material=SLUGS[0]),
    "status": Query(status=403),
    "problem": Query(problem="not-granted"),
    "agency, year": Query(agency="mdj-tax", **YEAR),
    "consumer, kind, year": Query(consumer="registration", kind="refused", **YEAR),
    "project, operator, year": Query(project="2012-231005-04-01-000100", operator="reg-017", **YEAR),
    "agency, material, consumer": Query(agency="mdj-defence", material=SLUGS[3], consumer="archive"),
    "nothing in two crowds": Query(kind="answered", status=403),
    "nothing in two large crowds": Query(consumer="hall", kind="strangers", agency="mdj-hc"),
    "crowds that never meet": Query(agency="mdj-hc", kind="refused"),
    "crowds that cannot meet": Query(kind="asked", status=200),
}


def _measured(connection: Connection, rounds: int) -> list[Searched]:
    one = _timed(lambda: connection.execute(text("SELECT 1")).scalar(), rounds * 5)
    base = median(one)
    found = []
    for name, query in FORMS.items():
        finds = len(page_of(connection, query, 50, None).finds)
        took = _timed(lambda query=query: page_of(connection, query, 50, None), rounds)  # type: ignore[misc]
        found.append(_against(name, finds, took, base))
    counted = counting(Query(agency="mdj-hc"))
    rows = len(connection.execute(counted).all())
    took = _timed(lambda: connection.execute(counted).all(), max(3, rounds // 4))
    return [*found, _against("uses of an agency, counted", rows, took, base)]


def _timed(work: Callable[[], object], rounds: int) -> list[float]:
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return sorted(took)


def _against(name: str, finds: int, took: list[float], base: float) -> Searched:
    p95 = took[min(len(took) - 1, round(len(took) * 0.95))]
    return Searched(name, finds, median(took) * 1e3, p95 * 1e3, median(took) / base)
