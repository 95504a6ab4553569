"""Six agencies in one ask: what they cost together, against the slowest of them alone.

`python -m benchmarks.waves`: three agencies are opened by the project code, three by what those teach, so the
ask costs two waves, about twice the slowest agency, and not the sum of six.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import uvloop
from ruamel.yaml import YAML
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from benchmarks.lines import Bounds, NotAnswered, Served, measure, question
from demo.city import configured
from demo.client import Client
from demo.control import Control, Desk, House, address_of, reserve
from gateway.app import create
from gateway.cli.words import pick
from gateway.settings import Settings

DELAY = 0.2
"""Seconds each agency takes."""

LEVELS = 2

ASKS = 10

SUPERVISION, PROJECT, LAND = "2310052020B{:05}", "建字第2310052021{:05}号", "地字第2310052021{:05}号"
"""Identifiers by the ask's number: each is about a project of its own, of which nothing is known or kept."""


@dataclass(frozen=True, slots=True)
class Tiny:
    """An agency of one kind, which one key opens; `fields` are what it tells, by the ask's number."""

    kind: str
    opened_by: str
    fields: Mapping[str, str]


CITY = (
    Tiny("investment-filing", "project_code", {"project_code": "2012-231005-04-01-{:06}"}),
    Tiny("land-transfer-contract", "project_code", {"contract_no": "{}", "supervision_no": SUPERVISION}),
    Tiny("construction-planning-permit", "project_code", {"permit_no": PROJECT, "land_permit_no": LAND}),
    Tiny("land-price-payment", "supervision_no", {"receipt_no": "{}"}),
    Tiny("planning-verification", "project_permit_no", {"cert_no": "{}"}),
    Tiny("land-use-planning-permit", "land_permit_no", {"permit_no": LAND}),
)


@dataclass(frozen=True, slots=True)
class Waves:
    """Milliseconds until half the asks, and half the slowest agency's replies, had come; their ratio."""

    asks: int
    ask_ms: float
    slowest_ms: float
    ratio: float

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


async def waves(folder: Path, asks: int = ASKS) -> Waves:
    """Ask about `asks` projects, one after the other. Raises NotAnswered when an agency was not heard."""
    control = Control()
    try:
        bases = {one.kind: await control.open(one.kind, partial(_office, one)) for one in CITY}
        slowest = max([await _alone(base) for base in bases.values()])
        async with _gateway(folder, bases) as (url, key):
            client = Client(url, key)
            took = [await asyncio.to_thread(_asked, client, number) for number in range(1, asks + 1)]
    finally:
        await control.close()
    ask_ms, slowest_ms = median(took) * 1e3, slowest * 1e3
    return Waves(asks, ask_ms, slowest_ms, ask_ms / slowest_ms)


def say(found: Waves) -> None:
    """Print the one line there is to say."""
    print(
        pick(
            f"\n六个部门各 {DELAY * 1e3:.0f} ms，键分 {LEVELS} 层：请求 p50 {found.ask_ms:.0f} ms，"
            f"最慢部门 {found.slowest_ms:.0f} ms，× {found.ratio:.2f}（逐个相加为 × {len(CITY)}）",
            f"\nSix agencies at {DELAY * 1e3:.0f} ms, {LEVELS} levels of keys: ask p50 "
            f"{found.ask_ms:.0f} ms, slowest agency {found.slowest_ms:.0f} ms, "
            f"× {found.ratio:.2f} (one by one: × {len(CITY)})",
        )
    )


def _office(one: Tiny, _: Desk) -> Starlette:
    async def answer(request: Request) -> JSONResponse:
        await asyncio.sleep(DELAY)
        key = request.path_params["key"]
        number = int("".join(letter for letter in key if letter.isdecimal())[-5:])
        row = {name: form.format(number) for name, form in one.fields.items()}
        return JSONResponse({"rows": [{"key": key, **row}]})

    return Starlette(routes=[Route("/ask/{key}", answer)])


def _manifest(one: Tiny, base: str) -> dict[str, Any]:
    return {
        "agency": one.kind,
        "title": {"zh": "计时用", "en": "For timing"},
        "sharing": {"class": "unconditional"},
        "connection": {"protocol": "rest", "base": base, "allow_private": True},
        "materials": [
            {
                "kind": one.kind,
                "ask_by": [one.opened_by],
                "ask": {"path": f"/ask/{{{one.opened_by}}}"},
                "decode": ["json"],
                "none": {"at": "length(rows)", "in": ["0"]},
                "rows": "rows",
                "about": {one.opened_by: "key"},
                "fields": {name: name for name in one.fields},
            }
        ],
    }


@asynccontextmanager
async def _gateway(folder: Path, bases: Mapping[str, str]) -> AsyncGenerator[tuple[str, str]]:
    """The gateway over these agencies and no others; its address and a consumer's key."""
    config = configured(folder / "config", {})
    for one in CITY:
        YAML().dump(_manifest(one, bases[one.kind]), config / "agencies" / f"{one.kind}.yaml")
    home, listening = folder / "home", reserve()
    url = address_of(listening.getsockname()[1])
    database = f"sqlite:///{home / 'landbridge.sqlite'}"
    app = create(Settings(home=home, config=config, database_url=database, public_url=url))
    async with app.router.lifespan_context(app):
        house = House(app, listening)
        await house.open()
        try:
            yield url, await app.state.house.access.add("registration", ("consumer",), by="benchmark")
        finally:
            await house.close()


async def _alone(base: str) -> float:
    """Seconds the agency takes when it is asked by itself, the median of three."""
    served = Served("agency", os.getpid(), base)
    asking = question("GET", f"{base}/ask/00001", {})
    return median((await measure(served, asking, Bounds(1, 3, 10))).took)


def _asked(client: Client, number: int) -> float:
    """Seconds one ask takes."""
    ask = {
        "project_code": CITY[0].fields["project_code"].format(number),
        "procedure": "first-registration",
        "kinds": [one.kind for one in CITY],
        "case": f"BENCH-{number}",
        "purpose": "first-registration",
        "operator": "benchmark",
    }
    begun = time.perf_counter()
    answer = client.ask(ask)
    took = time.perf_counter() - begun
    retrieved = [one["retrieval"] for one in answer.json().get("materials", ())]
    if retrieved != ["received"] * len(CITY):
        raise NotAnswered(f"{answer.status_code}: {retrieved}")
    return took


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="landbridge-bench-") as name:
        say(uvloop.run(waves(Path(name))))
