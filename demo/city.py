"""The demo's city opened and closed: the agencies, the gateway over HTTP, and two consumers' clients."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from contracts.project_file import ProjectFile, read_project_file
from demo import nr
from demo.client import Client
from demo.control import Control, House, address_of, reserve
from gateway.app import create
from gateway.settings import Settings

PROJECTS = Path(__file__).with_name("projects.json")
CONFIG = Path(__file__).resolve().parent.parent / "config"
NR = "mdj-nr"
LATER = 3 * 3600
"""Seconds the story jumps once: it begins that long ago, so that no signature comes from the future."""


@dataclass(frozen=True)
class City:
    """Everything that runs: agencies under `control`, `registration` who asks, `auditor` who reads it all."""

    control: Control
    projects: Mapping[str, ProjectFile]
    registration: Client
    auditor: Client


@asynccontextmanager
async def open_city(folder: Path, home: Path) -> AsyncGenerator[City]:
    """Start the agencies and the gateway on ports of the system's choice; stop all of it at the end.

    `folder` takes the copy of the configuration, `home` what the gateway writes.
    """
    control, text = Control(), PROJECTS.read_text("utf-8")
    control.clock.advance(-LATER)
    natives = json.loads(text, parse_float=Decimal)["projects"]
    async with AsyncExitStack() as stack:
        stack.push_async_callback(control.close)
        base = await control.open(NR, lambda desk: nr.create(natives, desk))
        config = configured(folder / "config", {NR: base})
        listening = reserve()
        app = create(_settings(home, config, listening.getsockname()[1]), control.clock)
        await stack.enter_async_context(app.router.lifespan_context(app))
        gateway = House(app, listening)
        stack.push_async_callback(gateway.close)
        await gateway.open()
        consumers = app.state.house.access
        asks = await consumers.add("registration", ("consumer",), by="demo")
        reads = await consumers.add("audit-office", ("auditor",), by="demo")
        projects = {str(project.id): project for project in read_project_file(text)}
        one, other = (Client(gateway.url, key, max_age=timedelta(days=1)) for key in (asks, reads))
        yield City(control, projects, one, other)


def configured(folder: Path, bases: Mapping[str, str]) -> Path:
    """A copy of the configuration in which each agency that runs answers at its address here, at any hour."""
    shutil.copytree(CONFIG, folder)
    for path in (folder / "agencies").glob("*.yaml"):
        if path.stem not in bases:
            path.unlink()
    yaml = YAML()
    for agency, base in bases.items():
        path = folder / "agencies" / f"{agency}.yaml"
        manifest: dict[str, Any] = yaml.load(path)
        manifest["connection"]["base"] = base
        manifest.get("limits", {}).pop("hours", None)
        yaml.dump(manifest, path)
    return folder


def _settings(home: Path, config: Path, port: int) -> Settings:
    """Nothing of the demo comes from, or goes to, an installation that is configured in the environment."""
    database = f"sqlite:///{(home / 'landbridge.sqlite').absolute()}"
    return Settings(home=home, config=config, database_url=database, port=port, public_url=address_of(port))
