"""A gateway with one published agency that answers over HTTP, and the people who look after it."""

import asyncio
import json
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
from starlette.types import ASGIApp, Receive, Scope, Send

from demo.city import PROJECTS
from demo.control import Control, Desk
from tests.gateway.town import CODE, GRANTS, ONE, ROOT, Town

AGENCY = "mdj-nr"
MANIFEST = (ROOT / "config" / "agencies" / f"{AGENCY}.yaml").read_text("utf-8")
SHEET = (
    GRANTS
    + """
  - id: adapter-trials
    consumer: trial
    purposes: [trial]
    valid: {from: 2026-01-01, until: 2026-12-31}
    approval: 演共〔2026〕3号
    kinds: {investment-filing: {}, land-use-planning-permit: {}, land-transfer-contract: {}}
"""
)
PERMIT = "land-use-planning-permit"
VERSIONS = f"/v1/agencies/{AGENCY}/versions"


@dataclass
class Gate:
    """Holds every question until opened, and says when one came; keeps their header lines and queries."""

    open: asyncio.Event = field(default_factory=asyncio.Event)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    heard: list[str] = field(default_factory=list)

    def before(self, app: ASGIApp) -> ASGIApp:
        async def held(scope: Scope, receive: Receive, send: Send) -> None:
            lines = b"\n".join(name + b": " + value for name, value in scope["headers"])
            self.heard.append((scope["path"].encode() + b"\n" + lines).decode("latin-1"))
            self.came.set()
            await self.open.wait()
            await app(scope, receive, send)

        return held


@dataclass
class Counter:
    """The town with its one agency; `manifest` is the text in force at first."""

    town: Town
    control: Control
    gate: Gate
    manifest: str

    @property
    def desk(self) -> Desk:
        return self.control.desks[AGENCY]

    async def call(self, method: str, path: str, who: str, **body: Any) -> httpx2.Response:
        """A request by somebody, its body as JSON."""
        given = body if body or method in ("POST", "PUT") else None
        return await self.town.http.request(method, path, headers=self.town.bearer(who), json=given)

    async def draft(self, text: str, who: str = "nora") -> dict[str, Any]:
        """A new draft's version as shown."""
        answer = await self.call("POST", VERSIONS, who, text=text)
        assert answer.status_code == 201, answer.text
        shown: dict[str, Any] = answer.json()["version"]
        return shown

    async def turn(self, what: str, version: dict[str, Any], who: str, **words: Any) -> httpx2.Response:
        """Submit, publish, reject: what was seen is the version as it was shown."""
        told = {"digest": version["digest"]} | words if what != "rollback" else words
        return await self.call("POST", f"{VERSIONS}/{version['version']}/{what}", who, **told)

    async def published(self, text: str) -> dict[str, Any]:
        """A text put in force by two people."""
        version = await self.draft(text)
        assert (await self.turn("submission", version, "nora")).status_code == 200
        answer = await self.turn("publication", version, "paul")
        assert answer.status_code == 200, answer.text
        return version

    async def in_force(self) -> int:
        found = await self.call("GET", VERSIONS, "audit-office")
        (version,) = [each["version"] for each in found.json()["versions"] if each["state"] == "published"]
        return int(version)

    async def kinds(self) -> list[str]:
        """What the log has of documents and trials since the start."""
        acts = {"drafted", "submitted", "withdrawn", "rejected", "rolled-back", "tried", "secret", "refused"}
        return [entry["kind"] for entry in await self.town.entries() if entry["kind"] in acts | {"published"}]

    async def last(self, kind: str) -> dict[str, Any]:
        return [entry for entry in await self.town.entries() if entry["kind"] == kind][-1]


def about(**changes: Any) -> dict[str, Any]:
    """A trial's order."""
    return {"project_code": CODE, "known": {"project_name": ONE.name}} | changes


def projects() -> list[Any]:
    found: list[Any] = json.loads(PROJECTS.read_text("utf-8"), parse_float=Decimal)["projects"]
    return found


def write(config: Path, manifest: str) -> None:
    (config / "agencies").mkdir(parents=True, exist_ok=True)
    (config / "agencies" / f"{AGENCY}.yaml").write_text(manifest, "utf-8")
