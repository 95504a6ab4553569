"""A gateway with its application, two offices, a registration system and an auditor."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI
from sqlalchemy import select

from contracts.project_file import ProjectFile, read_project_file
from gateway.app import create
from gateway.house import House
from gateway.rooms import Rooms
from gateway.settings import Settings
from gateway.store.tables import entries
from tests.conftest import Clock
from tests.gateway.offices import Office, Record

ROOT = Path(__file__).resolve().parents[2]
BASE = "http://gateway.test"
LAND, MARKET = "demo-land", "demo-market"
CONTRACT_FILE = b"%PDF-1.7 " + bytes(range(256)) * 40

GRANTS = """
grants:
  - id: registration-first
    consumer: registration
    purposes: [first-registration]
    valid: {from: 2026-01-01, until: 2026-12-31}
    approval: 演共〔2026〕1号
    kinds:
      investment-filing: {}
      land-transfer-contract: {}
      land-use-planning-permit: {}
      company-record: {}
  - id: hall-narrow
    consumer: hall
    purposes: [pre-acceptance]
    valid: {from: 2026-01-01, until: 2026-12-31}
    approval: 演共〔2026〕2号
    kinds:
      land-transfer-contract: {fields: [contract_no], attachments: false}
"""


def projects() -> dict[str, ProjectFile]:
    found = read_project_file((ROOT / "demo" / "projects.json").read_text("utf-8"))
    return {str(each.id): each for each in found}


ONE, TWO = projects()["P1"], projects()["P2"]
CODE = ONE.project_code
DEVELOPER = str(ONE.developer["uscc"])
FULL = ("investment-filing", "land-transfer-contract", "company-record")


def record_of(project: ProjectFile, kind: str, *keys: str, files: dict[str, bytes] | None = None) -> Record:
    """A document of the project, to be found by these keys."""
    known = {
        "project_code": project.project_code,
        "project_name": str(project.name),
        "holder_uscc": str(project.developer["uscc"]),
    }
    known |= {alias["key"]: alias["value"] for alias in project.aliases if isinstance(alias["value"], str)}
    fields = {name: value for name, value in project.materials[kind][0].fields.items() if value is not None}
    return Record(kind, {key: known[key] for key in keys}, fields, files or {})


def land_office(clock: Clock) -> Office:
    ask_by = {
        "investment-filing": ("project_code",),
        "land-transfer-contract": ("supervision_no", "project_name"),
        "land-use-planning-permit": ("land_permit_no",),
    }
    drawer = [
        record_of(ONE, "investment-filing", "project_code"),
        record_of(
            ONE,
            "land-transfer-contract",
            "project_name",
            "supervision_no",
            files={"出让合同.pdf": CONTRACT_FILE},
        ),
    ]
    return Office(LAND, ask_by, clock, drawer)


def market_office(clock: Clock) -> Office:
    drawer = [record_of(ONE, "company-record", "holder_uscc")]
    return Office(MARKET, {"company-record": ("holder_uscc",)}, clock, drawer)


@dataclass
class Town:
    """The application under test and everybody around it."""

    app: FastAPI
    house: House
    http: httpx2.AsyncClient
    land: Office
    market: Office
    clock: Clock
    keys: dict[str, str] = field(repr=False)

    @property
    def rooms(self) -> Rooms:
        return self.house.exchange._rooms

    def change(self, **rooms: Any) -> None:
        """Put other rooms behind the exchange's doors."""
        self.house.exchange._rooms = replace(self.rooms, **rooms)

    async def enrol(self, role: str, *agencies: str, name: str | None = None) -> None:
        """Somebody of this role, known by its name or the role's."""
        who = name or role
        self.keys[who] = await self.house.access.add(who, (role,), by="security", agencies=agencies)

    def bearer(self, who: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.keys[who]}"}

    async def ask(self, who: str = "registration", **changes: Any) -> httpx2.Response:
        """POST /v1/dossiers; a change to None leaves the word out."""
        return await self.http.post("/v1/dossiers", json=ask(**changes), headers=self.bearer(who))

    async def get(self, path: str, who: str = "registration", **headers: str) -> httpx2.Response:
        """GET with case, purpose and operator."""
        purpose = {"hall": "pre-acceptance"}.get(who, "first-registration")
        reason = {
            "landbridge-case": "202211250018",
            "landbridge-purpose": purpose,
            "landbridge-operator": "reg-017",
        }
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.get(path, headers=self.bearer(who) | reason | named)

    async def entries(self) -> list[dict[str, Any]]:
        """Every entry there is, read past the API."""
        rows = await self.house.database.read(
            lambda connection: connection.execute(select(entries.c.body).order_by(entries.c.idx)).all()
        )
        return [json.loads(row.body) for row in rows]

    async def asks(self) -> list[dict[str, Any]]:
        """The entries of asks, with their place in the log."""
        kinds = {"asked", "answered", "refused", "failed"}
        found = [entry | {"index": place} for place, entry in enumerate(await self.entries())]
        return [entry for entry in found if entry["kind"] in kinds]

    async def listed(self) -> str:
        """The id of the contract's file, once it is listed."""
        answer = await self.ask()
        contract = material(answer, "land-transfer-contract")
        return str(contract["attachments"][0]["id"])


def ask(**changes: Any) -> dict[str, Any]:
    words: dict[str, Any] = {
        "project_code": CODE,
        "known": {"project_name": ONE.name},
        "procedure": "first-registration",
        "kinds": list(FULL),
        "case": "202211250018",
        "purpose": "first-registration",
        "operator": "reg-017",
    }
    return {name: value for name, value in (words | changes).items() if value is not None}


def materials(answer: httpx2.Response) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.json()["materials"]
    return found


def material(answer: httpx2.Response, kind: str) -> dict[str, Any]:
    """The one material of the kind."""
    (found,) = [each for each in materials(answer) if each["kind"] == kind]
    return found


def on_file(folder: Path) -> str:
    """SQLite where an installation that says nothing else has it."""
    return f"sqlite:///{folder / 'home' / 'landbridge.sqlite'}"


def settings_in(folder: Path, database_url: str, grants: str = GRANTS) -> Settings:
    config = folder / "config"
    (config / "agencies").mkdir(parents=True, exist_ok=True)
    (config / "grants.yaml").write_text(grants, "utf-8")
    return Settings(home=folder / "home", config=config, database_url=database_url, public_url=BASE)


@asynccontextmanager
async def open_town(settings: Settings, clock: Clock, *, connected: bool = False) -> AsyncGenerator[Town]:
    """Everything opened, and closed again. `connected`: the agencies are those its manifests name."""
    app = create(settings, clock)
    async with app.router.lifespan_context(app):
        house: House = app.state.house
        keys = {
            name: await house.access.add(name, (role,), by="security")
            for name, role in (
                ("registration", "consumer"),
                ("hall", "consumer"),
                ("stranger-kin", "consumer"),
                ("audit-office", "auditor"),
            )
        }
        transport = httpx2.ASGITransport(app=app, client=("10.0.0.1", 4000))
        async with httpx2.AsyncClient(transport=transport, base_url=BASE) as http:
            town = Town(app, house, http, land_office(clock), market_office(clock), clock, keys)

            async def agencies() -> tuple[Office, ...]:
                return town.land, town.market

            if not connected:
                town.change(agencies=agencies)
            yield town


def noon(day: int) -> datetime:
    """Noon at +08:00 on a day of March 2026."""
    return datetime.fromisoformat(f"2026-03-{day:02d}T12:00:00+08:00")
