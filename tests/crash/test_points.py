"""A gateway that dies exactly at a point of no return, and the next one, which makes it good."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest

import httpx2
import pytest
import pytest_asyncio

from gateway.store.migrate import is_empty
from gateway.store.tables import consumers, documents
from tests.crash.load import Memory
from tests.crash.office import ASK, OFFICE
from tests.crash.points import POINTS, Point, Scene, State, state_of
from tests.crash.witness import broken_promises, opened
from tests.waiting import until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(900)]


PATIENCE = 60
"""Seconds after which what must come is taken to be lost, so that a point nobody reaches says its name."""


@pytest_asyncio.fixture(loop_scope="session")
async def asked(site):
    """The installation, asked once: a connection, and the files it was shown."""
    headers = {"authorization": f"Bearer {await site.add_consumer()}"}
    both = ("--role", "agency-admin", "--agency", OFFICE, "--role", "registrar")
    people = {name: await site.add_consumer(name, *both) for name in ("nora", "paul")}
    gateway = await site.serve()
    async with httpx2.AsyncClient(base_url=site.base, headers=headers, timeout=30, trust_env=False) as http:
        answer = await http.post("/v1/dossiers", json=ASK)
        found = [each for material in answer.json()["materials"] for each in material.get("attachments", [])]
        files = [(each["id"], int(each["name"][1:-4])) for each in found]
        assert await gateway.stop() == -signal.SIGTERM
        yield Scene(site, http, files[0], 0, people), files


def armed(name: str, flag) -> list[tuple[str, str]]:
    """How a gateway is altered that is to die there as soon as the flag is up."""
    point = POINTS[name]
    return [("die-at", f"{point.when} 1 {flag} {point.target}")]


async def dead_at(point: Point, scene: Scene, flag) -> None:
    """Brought to the point, and dead."""
    assert (gateway := scene.site.running)
    flag.touch()
    with suppress(httpx2.TransportError):
        await point.act.provoke(scene)
    async with asyncio.timeout(PATIENCE):
        assert await asyncio.shield(gateway.status) == -signal.SIGKILL
    flag.unlink()


def expected(before: State, point: Point) -> State:
    return State(
        [*before.kinds, *point.entries],
        before.held + point.held,
        before.known + point.known,
        before.refused + point.refused,
        point.lying,
        before.version + point.version,
        before.standing_in + point.standing_in,
        before.cases + Counter(point.cases),
    )


async def test_each_point_leaves_what_it_says_and_is_made_good(site, asked, tmp_path):
    """The gateway that makes one point good is the one that dies at the next."""
    scene, files = asked
    flag, names = tmp_path / "flag", list(POINTS)
    await site.serve(alter=armed(names[0], flag))
    for number, (name, next_one) in enumerate(zip_longest(names, names[1:])):
        point = POINTS[name]
        scene = replace(scene, file=files[number], package=number, seen={})
        if point.act.prepare:
            await point.act.prepare(scene)
        before = await state_of(scene)
        await dead_at(point, scene, flag)
        assert await state_of(scene) == expected(before, point), name
        await site.serve(alter=[*point.act.alter, *(armed(next_one, flag) if next_one else ())])
        await until(partial(point.act.healed, scene, before), PATIENCE)
    assert await site.running.stop() == -signal.SIGTERM
    assert await broken_promises(site.home, site.url, Memory(), tmp_path) == []


@dataclass(frozen=True)
class First:
    """How far a first start had come: keys made, then entries by kind, versions in force, consumers."""

    keys: int
    entries: tuple[str, ...] = ()
    versions: int = 0
    consumers: int = 0


START, ADD = ("serve",), ("consumer", "add", "registration")
ANNOUNCED = ("published",)
FIRST = {
    "keys: written, not named": (START, "before 1 - gateway.keys:os.link", First(0)),
    "keys: the first of four": (START, "after 1 - gateway.keys:os.link", First(1)),
    "keys: three of four": (START, "after 2 - gateway.keys:os.link", First(3)),
    "tables: made, not committed": (START, "after 1 - gateway.store.migrate:upgrade", First(4)),
    "publish: announced, not in force": (
        START,
        "before 1 - gateway.registry.life:import_one",
        First(4, ANNOUNCED),
    ),
    "publish: written, not committed": (
        START,
        "after 1 - gateway.registry.life:import_one",
        First(4, ANNOUNCED * 2),
    ),
    "publish: one in force": (
        START,
        "before 2 - gateway.registry.life:import_one",
        First(4, ANNOUNCED * 4, 1),
    ),
    "consumer: announced, no key": (
        ADD,
        "before 1 - gateway.access.consumers:insert",
        First(4, (*ANNOUNCED * 6, "consumer"), 3),
    ),
}
"""A first start that dies again and again, each time a little later, over what the one before it left."""


async def test_a_first_start_dies_again_and_again(site, tmp_path):
    keys: dict[str, bytes] = {}
    for name, (argv, place, due) in FIRST.items():
        died = await site.landbridge(*argv, alter=[("die-at", place)])
        assert await died.status == -signal.SIGKILL, name
        found = keys_of(site)
        assert keys.items() <= found.items(), name  # a key that was made is never made again
        keys = found
        assert await how_far(site, len(keys)) == due, name
    key = await site.add_consumer()
    gateway = await site.serve()
    async with httpx2.AsyncClient(base_url=site.base, trust_env=False, timeout=30) as http:
        answer = await http.post("/v1/dossiers", json=ASK, headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == 200
    assert await gateway.stop() == -signal.SIGTERM
    assert await broken_promises(site.home, site.url, Memory(), tmp_path) == []


def keys_of(site) -> dict[str, bytes]:
    found = (site.home / "keys").iterdir()
    return {path.name: path.read_bytes() for path in found if not path.name.startswith(".")}


async def how_far(site, keys: int) -> First:
    if keys < 4 or is_empty(site.url):
        return First(keys)
    async with opened(site.home, site.url) as stores:
        kinds = tuple(entry["kind"] for entry in await stores.entries())
        return First(keys, kinds, len(await stores.rows(documents)), len(await stores.rows(consumers)))
