"""A town with two published agencies that answer over HTTP, and somebody of every role at its doors."""

import secrets
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx2

from contracts.audit import Draft, EntryKind
from contracts.standins import Proposal
from contracts.time import stored
from demo import hc, nr
from demo.control import Control
from gateway.api.standins import keep_paper
from gateway.intake.folder import DropFolder
from gateway.intake.records import SetAside, name_of, set_aside
from gateway.registry import Document, DocumentKind
from gateway.repulls import Order
from tests.conftest import Clock
from tests.gateway.town import CODE, ONE, ROOT, Town, open_town, settings_in
from tests.registry.counter import SHEET, projects
from tests.steady import open_steadily

OWN, OTHER, NOWHERE = "mdj-nr", "mdj-hc", "mdj-nowhere"
"""The agency admin's agency, somebody else's, and none at all."""

ROLES = {
    "consumer": "registration",
    "auditor": "audit-office",
    "agency-admin": "nora",
    "security-admin": "sara",
    "system-admin": "system-admin",
    "registrar": "rita",
}
"""Somebody of each role."""

MORE_GRANTS = """
  - id: housing-trials
    consumer: trial
    purposes: [trial]
    valid: {from: 2026-01-01, until: 2026-12-31}
    approval: 演共〔2026〕5号
    kinds: {construction-permit: {}}
  - id: repulls
    consumer: repull
    purposes: [repull]
    valid: {from: 2026-01-01, until: 2026-12-31}
    approval: 演共〔2026〕4号
    kinds: {land-transfer-contract: {}}
"""
PAPER = b"%PDF-1.7 a scan"
STAND_IN_KIND = "company-record"
STATED = {name: value for name, value in ONE.materials[STAND_IN_KIND][0].fields.items() if value is not None}


@dataclass
class Scene:
    """The town, and how to put things before its doors without passing them."""

    town: Town
    control: Control
    manifests: dict[str, str]

    async def send(self, method: str, path: str, who: str | None, **words: Any) -> httpx2.Response:
        """What somebody, or nobody, asks."""
        headers = (self.town.bearer(who) if who else {}) | words.pop("headers", {})
        return await self.town.http.request(method, path, headers=headers, **words)

    async def drafted(self, name: str, by: str, state: str = "draft") -> Document:
        """A version of an agency's manifest, or of the grant sheet, in any state of its life."""
        registry = self.town.house.registry
        kind = DocumentKind.GRANTS if name == "grants" else DocumentKind.AGENCY
        entry = Draft(kind=EntryKind.TRIED, consumer=by)
        count = len(await registry.versions(kind, name))
        found = await registry.draft(kind, name, f"{self.manifests[name]}\n# {count}\n", entry)
        if state in ("submitted", "set-aside"):
            found = await registry.submit(found, found.digest, entry)
        if state == "set-aside":
            second = Draft(kind=EntryKind.TRIED, consumer="second")
            found = await registry.publish(found, found.digest, second)
            last = await self.drafted(name, by, "submitted")
            await registry.publish(last, last.digest, second)
        return found

    async def typed_in(self, by: str) -> tuple[str, str]:
        """A stand-in that waits: its id and what is to be agreed to."""
        house = self.town.house
        order = Proposal.model_validate(await self.proposal(), strict=False)
        made = await house.stand_ins.propose(CODE, order, by=by)
        return made.id, made.content

    async def proposal(self) -> dict[str, Any]:
        """A stand-in's words, its paper uploaded."""
        kept = await keep_paper(self.town.house, _once(PAPER), "rita")
        return {
            "kind": STAND_IN_KIND,
            "fields": STATED,
            "reason": "接口中断，按纸质执照录入",
            "evidence": kept.digest,
            "evidence_name": "营业执照.pdf",
            "expires_at": "2026-03-09T12:00:00+08:00",
        }

    async def repulled(self, agency: str) -> str:
        """A re-pull's id."""
        cases = (("A-1", CODE),)
        order = Order(agency, ("land-transfer-contract",), cases, "nora", "部门恢复后重新取数")
        return await self.town.house.repulls.order(order)

    async def have_paused(self, agency: str, *, paused: bool) -> None:
        """The agency is paused, or is not."""
        pauses, entry = self.town.house.pauses, Draft(kind=EntryKind.TRIED, consumer="nora")
        if paused and agency not in await pauses.current():
            await pauses.pause(agency, "疑似超范围使用", entry)
        if not paused and agency in await pauses.current():
            await pauses.resume(agency, entry)

    async def set_aside(self, agency: str) -> str:
        """A delivery that lies in an agency's quarantine: its id."""
        house, name = self.town.house, name_of("qua", agency, secrets.token_hex(8))
        at = stored(self.town.clock())
        aside = SetAside(name, agency, "成果.zip", None, "not-a-zip", "不是 ZIP", "not a ZIP", at)
        await house.database.write(partial(set_aside, aside=aside))
        folder = DropFolder(house.settings.drops / agency)
        folder.furnish()
        (folder.quarantine / name).mkdir()
        return name

    async def entry_of(self, who: str) -> int:
        """An entry whose consumer is this one."""
        draft = Draft(kind=EntryKind.AUDIT, consumer=who)
        return (await self.town.house.log.append(draft)).index


async def _once(octets: bytes) -> AsyncIterator[bytes]:
    yield octets


@asynccontextmanager
async def open_scene(folder: Path, database_url: str, clock: Clock) -> AsyncGenerator[Scene]:
    """Everything opened, and closed again."""
    control = Control()
    opened = {OWN: nr.create, OTHER: hc.create}
    manifests = {"grants": SHEET + MORE_GRANTS}
    settings = settings_in(folder, database_url, SHEET + MORE_GRANTS)
    settings = settings.model_copy(update={"strangers_per_minute": 1_000_000})
    for agency, create in opened.items():
        base = await open_steadily(control, agency, partial(create, projects()))
        path = ROOT / "config" / "agencies" / f"{agency}.yaml"
        written = {OWN: "http://127.0.0.1:8101", OTHER: "http://127.0.0.1:8102"}[agency]
        manifests[agency] = path.read_text("utf-8").replace(written, base)
        (settings.config / "agencies" / path.name).write_text(manifests[agency], "utf-8")
    try:
        async with open_town(settings, clock, connected=True) as town:
            await town.enrol("agency-admin", OWN, name="nora")
            await town.enrol("agency-admin", OTHER, name="hugo")
            for name, role in (("sara", "security-admin"), ("rita", "registrar"), ("rolf", "registrar")):
                await town.enrol(role, name=name)
            await town.enrol("system-admin")
            await town.enrol("system-admin", name="gone")
            await town.house.access.revoke("gone", by="security")
            yield Scene(town, control, manifests)
    finally:
        await control.close()
