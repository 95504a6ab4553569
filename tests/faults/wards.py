"""One agency behind a socket that may fall ill, in a city whose gateway and other agencies are well."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
from ruamel.yaml import YAML

from demo import drop, hc, nr, tax
from demo.city import HC, NR, PROJECTS, TAX, configured
from demo.control import Control, House, address_of, reserve
from gateway import house as rooms
from gateway.app import create
from gateway.settings import Settings
from tests.adapters.agencies import Behaviour, read_request
from tests.conftest import Clock
from tests.steady import open_steadily

P1, P2 = json.loads(PROJECTS.read_text("utf-8"), parse_float=Decimal)["projects"]
OFFICES = {NR: nr.create, HC: hc.create, TAX: tax.create}
KINDS = {
    NR: "land-transfer-contract",
    TAX: "land-deed-tax",
    HC: "completion-filing",
    drop.SURVEY: "survey-package",
    drop.DEFENCE: "civil-defence",
}
"""What each agency is asked for here: one kind of one agency, so that whose failure it is stays plain."""

REASON = {"case": "202211250018", "purpose": "first-registration", "operator": "reg-017"}
PATIENT = 60
"""Seconds an ask may wait where the agency ends by itself: never what ends it."""


@dataclass
class Ward:
    """An agency's socket. Who asks here hears what `behave` says; None: nobody listens."""

    behave: Behaviour | None = None
    asked: list[bytes] = field(default_factory=list)
    port: int = 0

    def __post_init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return address_of(self.port)

    async def turn(self, behave: Behaviour | None) -> None:
        """From here on the agency behaves so, and every conversation of before is over."""
        await self._hush()
        self.behave = behave
        self.asked.clear()
        if behave is None:
            await self.close()
        elif self._server is None:
            self._server = await asyncio.start_server(self._talk, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        await self._hush()
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _hush(self) -> None:
        for talk in tuple(self._talks):
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        this = asyncio.current_task()
        assert this is not None
        self._talks.add(this)
        try:
            self.asked.append(await read_request(reader))
            assert self.behave
            await self.behave(writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._talks.discard(this)


@dataclass
class City:
    """The gateway over HTTP, the one agency that may fall ill, and who asks."""

    sick: str
    ward: Ward
    house: rooms.House
    http: httpx2.AsyncClient
    clock: Clock
    keys: dict[str, str] = field(repr=False)

    @property
    def kind(self) -> str:
        """What the agency that may fall ill is asked for."""
        return KINDS[self.sick]

    async def dossier(self, wait: int = PATIENT, **more: Any) -> httpx2.Response:
        """Ask for one kind of every agency."""
        ask = REASON | {
            "project_code": P1["project_code"],
            "known": {"project_name": P1["name"]},
            "procedure": "first-registration",
            "kinds": list(KINDS.values()),
            "wait": wait,
        }
        return await self.http.post("/v1/dossiers", json=ask | more, headers=self._bearer("registration"))

    async def single(self, wait: int = PATIENT, max_age: str = "&max_age=0") -> httpx2.Response:
        """Ask for the one kind of the agency that may fall ill: afresh, unless `max_age` is empty."""
        path = f"/v1/projects/{P1['project_code']}/materials/{self.kind}?wait={wait}{max_age}"
        reason = {f"landbridge-{name}": value for name, value in REASON.items()}
        return await self.http.get(path, headers=self._bearer("registration") | reason)

    async def forget(self) -> None:
        """Nothing is kept from before. The names that materials taught are not forgotten with it."""
        answer = await self.http.post(
            "/v1/cache/purge", json={"everything": True}, headers=self._bearer("operations")
        )
        assert answer.status_code == 200, answer.text

    async def sweep(self) -> Any:
        """Look at the drop folders, let what lies there settle, and take it in."""
        await self.house.intake.sweep(self.clock())
        self.clock.advance(15)
        return await self.house.intake.sweep(self.clock())

    def _bearer(self, who: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.keys[who]}"}


@asynccontextmanager
async def open_city(
    folder: Path, sick: str = "", edit: Callable[[dict[str, Any]], None] | None = None
) -> AsyncGenerator[City]:
    """Everything opened: `sick` is the web agency behind the ward; `edit` changes its manifest."""
    ward, control, clock = Ward(), Control(), Clock(datetime(2026, 3, 2, 6, 5, 9, 120_000, tzinfo=UTC))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(control.close)
        stack.push_async_callback(ward.close)
        await ward.turn(_closes)
        makers = {name: make for name, make in OFFICES.items() if name != sick}
        bases = {
            name: await open_steadily(control, name, partial(make, [P1, P2])) for name, make in makers.items()
        }
        bases |= {sick: ward.url} if sick else {}
        config = configured(folder / "config", bases, (drop.SURVEY, drop.DEFENCE))
        if sick:
            _rewrite(config / "agencies" / f"{sick}.yaml", edit)
        listening = reserve()
        app = create(_settings(folder / "home", config, listening.getsockname()[1]), clock)
        await stack.enter_async_context(app.router.lifespan_context(app))
        door = House(app, listening)
        stack.push_async_callback(door.close)
        await door.open()
        house: rooms.House = app.state.house
        keys = {
            "registration": await house.access.add("registration", ("consumer",), by="security"),
            "operations": await house.access.add("operations", ("system-admin",), by="security"),
        }
        # The asker's own patience is never what ends an ask here.
        http = await stack.enter_async_context(httpx2.AsyncClient(base_url=door.url, timeout=4 * PATIENT))
        yield City(sick, ward, house, http, clock, keys)


async def _closes(_: asyncio.StreamWriter) -> None:
    """Hears the question and hangs up."""


def _rewrite(path: Path, edit: Callable[[dict[str, Any]], None] | None) -> None:
    """The breaker and the bulkhead have tests of their own: here every question reaches the agency."""
    yaml = YAML()
    manifest = yaml.load(path)
    manifest.setdefault("limits", {}).update(deadline="300s", breaker={"least": 10_000})
    if edit:
        edit(manifest)
    yaml.dump(manifest, path)


def _settings(home: Path, config: Path, port: int) -> Settings:
    return Settings(
        home=home,
        config=config,
        database_url=f"sqlite:///{(home / 'landbridge.sqlite').absolute()}",
        port=port,
        public_url=address_of(port),
        drop=home / "drop",
        drop_seconds=3600,  # the tests say when to look
    )
