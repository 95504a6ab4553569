"""An agency with a large file, the gateway before it, and a consumer who believes what it has verified."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver, algorithms

from demo.proofs import TAG, Answer, Asked, Trust
from tests.streaming.agency import Agency, open_agency

CODE = "2012-231005-04-01-735188"
ASK: dict[str, Any] = {
    "project_code": CODE,
    "procedure": "first-registration",
    "kinds": ["investment-filing"],
    "case": "DEMO-0001",
    "purpose": "first-registration",
    "operator": "demo.clerk",
}
REASON = {f"Landbridge-{name.title()}": ASK[name] for name in ("case", "purpose", "operator")}

MANIFEST = """
agency: drawings
title: {{zh: 图档部门（虚构）, en: Drawings office (invented)}}
sharing: {{class: conditional, approval: 测试}}
connection: {{protocol: rest, base: "http://127.0.0.1:{port}", allow_private: true}}
materials:
  - kind: investment-filing
    ask_by: [project_code]
    ask: {{path: /filings, query: {{xmdm: "{{project_code}}"}}}}
    decode: [json]
    none: {{at: length(rows), in: ["0"]}}
    rows: rows
    about: {{project_code: xmdm}}
    fields:
      project_code: {{at: xmdm, as: identifier, key: project_code}}
    attachments: {{rows: fj, name: name, at: path, bytes: {{at: size, as: integer}}}}
    fresh: {{for: 24h}}
"""
GRANTS = """
grants:
  - id: test
    consumer: registration
    purposes: [first-registration]
    valid: {from: 2026-01-01, until: 2099-12-31}
    approval: 测试
    kinds: {investment-filing: {}}
"""


@dataclass(frozen=True)
class Memory:
    """A process's resident memory in octets, as Linux counts it (proc_pid_status(5))."""

    pid: int

    def now(self) -> int:
        return self._line("VmRSS")

    def peak(self) -> int:
        return self._line("VmHWM")

    def forget_peak(self) -> None:
        """From here the peak is what is resident now: a high tide at start would hide a later one."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5", "ascii")

    def _line(self, name: str) -> int:
        lines = Path(f"/proc/{self.pid}/status").read_text("ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


@dataclass(frozen=True)
class Fetched:
    """An answer's head, and its body's size and SHA-256; `body` only where it was small enough to keep."""

    head: Answer
    size: int
    sha256: str


@dataclass(frozen=True)
class Scene:
    """Everything that runs, and the attachment's address."""

    agency: Agency
    memory: Memory
    client: httpx2.AsyncClient
    trust: Trust
    url: str

    async def fetch(self, span: str | None = None, *, stall: float = 0) -> Fetched:
        """GET the attachment, or the part that a Range header names; `stall` seconds without reading."""
        headers = REASON | ({"Range": span} if span else {})
        taken, size = hashlib.sha256(), 0
        async with self.client.stream("GET", self.url, headers=headers) as answer:
            head = Answer(Asked("GET", self.url), answer.status_code, dict(answer.headers), b"")
            async for chunk in answer.aiter_raw():
                if size == 0:
                    await asyncio.sleep(stall)
                taken.update(chunk)
                size += len(chunk)
        return Fetched(head, size, taken.hexdigest())

    def verify(self, head: Answer, *covered: str) -> None:
        """Raises InvalidSignature unless our key signed this head, these components included."""
        verifier = HTTPMessageVerifier(
            signature_algorithm=algorithms.ED25519, key_resolver=_Keys(self.trust.answers)
        )
        assert len(verifier.verify(head, expect_tag=TAG, require_components=covered)) == 1


class _Keys(HTTPSignatureKeyResolver):
    def __init__(self, keys: Mapping[str, object]) -> None:
        self._keys = keys

    def resolve_public_key(self, key_id: str) -> object:
        return self._keys[key_id]


@asynccontextmanager
async def open_scene(folder: Path, size: int, *mutants: str) -> AsyncGenerator[Scene]:
    """Start agency and gateway, and ask for the dossier that lists the file. Nothing is left on the disk."""
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        agency = await stack.enter_async_context(open_agency(size))
        config = configured(folder / "config", agency.port)
        pid, card = await stack.enter_async_context(_gateway(folder / "home", config, *mutants))
        client = httpx2.AsyncClient(
            base_url=card["url"],
            headers={"Authorization": f"Bearer {card['key']}"},
            timeout=60,
            trust_env=False,
        )
        await stack.enter_async_context(client)
        trust = Trust.from_jwks((await client.get("/.well-known/jwks.json")).json())
        listed = await _listed(client)
        yield Scene(agency, Memory(pid), client, trust, f"{card['url']}/v1/attachments/{listed}")


async def _listed(client: httpx2.AsyncClient) -> str:
    answer = await client.post("/v1/dossiers", json=ASK)
    assert answer.status_code == 200, answer.text
    (material,) = answer.json()["materials"]
    (attachment,) = material["attachments"]
    assert attachment["state"] == "listed"
    return attachment["id"]


@asynccontextmanager
async def _gateway(home: Path, config: Path, *mutants: str) -> AsyncGenerator[tuple[int, dict[str, str]]]:
    command = (sys.executable, "-m", "tests.streaming.house", str(home), str(config), *mutants)
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    try:
        line = await process.stdout.readline() if process.stdout else b""
        yield process.pid, json.loads(line)
    finally:
        await process.communicate(b"")  # closes its standard input, which ends it


def configured(config: Path, port: int) -> Path:
    (config / "agencies").mkdir(parents=True)
    (config / "agencies" / "drawings.yaml").write_text(MANIFEST.format(port=port), "utf-8")
    (config / "grants.yaml").write_text(GRANTS, "utf-8")
    return config
