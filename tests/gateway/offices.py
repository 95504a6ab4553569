"""Two offices in this process: adapters that really pull, read and fetch, and break when told to."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from adapters.base import (
    Adapter,
    Capabilities,
    Deadline,
    Freshness,
    Key,
    Keys,
    Locator,
    Probe,
    ReadOut,
    attachment_id,
    evidence_digest,
    first_usable,
    read_safely,
)
from contracts.catalogue import KINDS
from contracts.exchange import Evidence, Grant
from contracts.material import Attachment, KeyUsed, Legal, Material, Provenance, Retrieval

KEEP, STALE = timedelta(hours=24), timedelta(days=7)


@dataclass(frozen=True)
class Record:
    """One document in an office's drawer, found by any of `by`."""

    kind: str
    by: dict[str, str]
    fields: dict[str, Any]
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass
class Office(Adapter):
    """Answers out of `drawer`. `trouble` is raised by a pull, `half` in the middle of a file."""

    name: str
    ask_by: dict[str, tuple[str, ...]]
    clock: Callable[[], datetime]
    drawer: list[Record] = field(default_factory=list)
    number: int = 1
    trouble: Exception | None = None
    unreadable: Exception | None = None
    half: Exception | None = None
    states_size: bool = True
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gate.set()

    @property
    def agency(self) -> str:
        return self.name

    @property
    def version(self) -> int:
        return self.number

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(self.ask_by)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(attachments=True)

    @property
    def secrets(self) -> tuple[str, ...]:
        return ()

    def opened_by(self, kind: str) -> tuple[str, ...]:
        return self.ask_by[kind]

    def freshness(self, kind: str) -> Freshness:
        return Freshness(KEEP, STALE)

    def key_for(self, kind: str, keys: Keys) -> Key | None:
        return first_usable(self.ask_by[kind], keys)

    async def pull(self, grant: Grant, keys: Keys, deadline: Deadline) -> list[Evidence]:
        key = self.key_for(grant.kind, keys)
        assert key is not None
        self.heard.append(f"{grant.kind} {key.name}={key.value}")
        self.arrived.set()
        await self.gate.wait()
        if self.trouble:
            raise self.trouble
        rows = [
            {"fields": each.fields, "files": {name: len(octets) for name, octets in each.files.items()}}
            for each in self.drawer
            if each.kind == grant.kind and each.by.get(key.name) == key.value
        ]
        return [
            Evidence(
                agency=self.name,
                manifest_version=self.number,
                kind=grant.kind,
                asked={"key": key.name},
                key=KeyUsed(name=key.name, value=key.value, confirmed=key.confirmed),
                received_at=self.clock(),
                status=200,
                headers=(),
                body=json.dumps(rows, ensure_ascii=False).encode(),
            )
        ]

    def read(self, evidence: Evidence) -> ReadOut:
        return read_safely(self._read, evidence)

    def _read(self, evidence: Evidence) -> ReadOut:
        if self.unreadable:
            raise self.unreadable
        rows = json.loads(evidence.body)
        if not rows:
            return ReadOut((self._material(evidence, Retrieval.NOT_FOUND, {}, ()),))
        materials, locators = [], []
        for row in rows:
            found = [self._locator(evidence, name, size) for name, size in row["files"].items()]
            files = tuple(Attachment(id=each.attachment, name=each.name, bytes=each.bytes) for each in found)
            materials.append(self._material(evidence, Retrieval.RECEIVED, row["fields"], files))
            locators += found
        return ReadOut(tuple(materials), locators=tuple(locators))

    def _material(
        self, evidence: Evidence, retrieval: Retrieval, fields: dict[str, Any], files: tuple[Attachment, ...]
    ) -> Material:
        return Material(
            kind=evidence.kind,
            id=KINDS[evidence.kind].id,
            retrieval=retrieval,
            legal=Legal.IN_FORCE if fields else Legal.UNKNOWN,
            agency=self.name,
            manifest_version=evidence.manifest_version,
            fields=fields,
            attachments=files,
            provenance=Provenance(
                evidence=evidence_digest(evidence),
                retrieved_at=evidence.received_at,
                fresh_until=evidence.received_at + KEEP,
                key=evidence.key,
            ),
        )

    def _locator(self, evidence: Evidence, name: str, size: int) -> Locator:
        where = {"path": name}
        return Locator(
            attachment=attachment_id(self.name, evidence.kind, where),
            agency=self.name,
            kind=evidence.kind,
            manifest_version=self.number,
            where=where,
            name=name,
            media_type="application/pdf",
            bytes=size if self.states_size else None,
        )

    async def fetch(self, grant: Grant, locator: Locator, deadline: Deadline) -> AsyncGenerator[bytes, None]:
        self.heard.append(f"file {locator.name}")
        self.arrived.set()
        await self.gate.wait()
        octets = next(each.files[locator.name] for each in self.drawer if locator.name in each.files)
        yield octets[: len(octets) // 2]
        if self.half:
            raise self.half
        yield octets[len(octets) // 2 :]

    async def probe(self, deadline: Deadline) -> Probe:
        return Probe(self.name, ())
