"""The demo's city opened and closed: six agencies, the gateway over HTTP, and two consumers' clients."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from contracts.project_file import ProjectFile, read_project_file
from demo import drop, hc, nr, tax
from demo.client import Client
from demo.control import Control, House, address_of, reserve
from gateway.app import create
from gateway.house import House as Rooms
from gateway.intake.sweep import Swept
from gateway.settings import Settings

PROJECTS = Path(__file__).with_name("projects.json")
DEFECTIVE = Path(__file__).with_name("defective.json")
CONFIG = Path(__file__).resolve().parent.parent / "config"
_BASE = re.compile("(?<=^  base: ).+$", re.MULTILINE)
NR, HC, TAX = "mdj-nr", "mdj-hc", "mdj-tax"
LATER = 3 * 3600
"""Seconds the story jumps once: it begins that long ago, so that no signature comes from the future."""

SETTLING = 15
"""Seconds after which what was dropped counts as whole; longer than any manifest here asks."""

DROPS = 8
"""Times the story lets something settle, at most."""


@dataclass(frozen=True)
class City:
    """Everything that runs: agencies under `control`, `registration` who asks, `auditor` who reads it all.

    `app` is the gateway, which answers at `url`.
    """

    control: Control
    projects: Mapping[str, ProjectFile]
    registration: Client
    auditor: Client
    app: FastAPI
    url: str
    natives: Mapping[str, Mapping[str, Any]]

    async def collect(self) -> Swept:
        """Let what was dropped settle, and take it in."""
        await self.house.intake.sweep(self.control.clock())
        self.control.clock.advance(SETTLING)
        return await self.house.intake.sweep(self.control.clock())

    @property
    def house(self) -> Rooms:
        """The gateway's rooms."""
        rooms: Rooms = self.app.state.house
        return rooms

    @property
    def drops(self) -> Path:
        """Where agencies drop files."""
        return self.house.settings.drops


@asynccontextmanager
async def open_city(folder: Path, home: Path, database_url: str = "") -> AsyncGenerator[City]:
    """Start the agencies and the gateway on ports of the system's choice; stop all of it at the end.

    `folder` takes the copy of the configuration, `home` what the gateway writes; without `database_url` the
    database, too.
    """
    control, texts = Control(), [path.read_text("utf-8") for path in (PROJECTS, DEFECTIVE)]
    control.clock.advance(-LATER - DROPS * SETTLING)
    natives = [one for text in texts for one in json.loads(text, parse_float=Decimal)["projects"]]
    async with AsyncExitStack() as stack:
        stack.push_async_callback(control.close)
        makers = {NR: nr.create, HC: hc.create, TAX: tax.create}
        bases = {name: await control.open(name, partial(make, natives)) for name, make in makers.items()}
        config = configured(folder / "config", bases, (drop.SURVEY, drop.DEFENCE, drop.ARCHIVE))
        listening = reserve()
        settings = _settings(home, config, listening.getsockname()[1], database_url)
        app = create(settings, control.clock)
        await stack.enter_async_context(app.router.lifespan_context(app))
        gateway = House(app, listening)
        stack.push_async_callback(gateway.close)
        await gateway.open()
        house = app.state.house
        consumers = house.access
        asks = await consumers.add("registration", ("consumer",), by="os:demo", title="登记系统")
        reads = await consumers.add("audit-office", ("auditor",), by="os:demo", title="审计办公室")
        projects = {str(one.id): one for text in texts for one in read_project_file(text)}
        one, other = (Client(gateway.url, key, max_age=timedelta(days=1)) for key in (asks, reads))
        known = {str(native["id"]): native for native in natives}
        yield City(control, projects, one, other, app, gateway.url, known)


def configured(folder: Path, bases: Mapping[str, str], dropping: Collection[str] = ()) -> Path:
    """A copy of the configuration in which each agency that runs answers at its address here.

    Of those without an address only the ones that are `dropping` files stay.
    """
    shutil.copytree(CONFIG, folder)
    for path in (folder / "agencies").glob("*.yaml"):
        if path.stem not in {*bases, *dropping}:
            path.unlink()
    for agency, base in bases.items():
        path = folder / "agencies" / f"{agency}.yaml"
        path.write_text(_BASE.sub(base, path.read_text("utf-8"), count=1), "utf-8")
    return folder


def _settings(home: Path, config: Path, port: int, database_url: str) -> Settings:
    """Nothing of the demo comes from, or goes to, an installation that is configured in the environment."""
    database = database_url or f"sqlite:///{(home / 'landbridge.sqlite').absolute()}"
    return Settings(
        home=home,
        config=config,
        database_url=database,
        port=port,
        public_url=address_of(port),
        rules_profile="demo-default",
        drop=home / "drop",
        drop_seconds=3600,  # the story says itself when to look
    )
