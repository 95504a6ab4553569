"""The points of no return by name: where a gateway dies, what gets it there, what the stores then hold."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx2

from gateway.store.tables import attachments, deliveries, quarantine
from tests.crash.load import REASON
from tests.crash.office import ASK, DROPPING, deliver, drawing
from tests.crash.site import Site
from tests.crash.witness import opened


@dataclass
class Scene:
    """One death: the installation, the asker's connection, a file nobody has fetched, a package's number."""

    site: Site
    http: httpx2.AsyncClient
    file: tuple[str, int]
    package: int

    async def ask(self, **changes: object) -> httpx2.Response:
        return await self.http.post("/v1/dossiers", json=ASK | changes)

    async def fetch(self) -> httpx2.Response:
        return await self.http.get(f"/v1/attachments/{self.file[0]}", headers=REASON)

    def lying(self, where: str) -> int:
        """Files below `in`, `done` or `quarantine`."""
        return sum(path.is_file() for path in (self.site.home / "drop" / DROPPING / where).rglob("*"))


@dataclass(frozen=True)
class State:
    """What the stores hold: kinds of entries in order, files held, deliveries known, refused, waiting."""

    kinds: list[str]
    held: int
    known: int
    refused: int
    lying: int


async def state_of(scene: Scene) -> State:
    """As it is on the disk, without a gateway."""
    async with opened(scene.site.home, scene.site.url) as stores:
        return State(
            [entry["kind"] for entry in await stores.entries()],
            sum(row.sha256 is not None for row in await stores.rows(attachments)),
            len(await stores.rows(deliveries)),
            len(await stores.rows(quarantine)),
            scene.lying("in"),
        )


@dataclass(frozen=True)
class Act:
    """What gets a gateway to a point: done to it once, and what is right once it was done to the next one."""

    provoke: Callable[[Scene], Awaitable[object]]
    healed: Callable[[Scene, State], Awaitable[bool]]


async def _without_purpose(scene: Scene) -> object:
    return await scene.ask(purpose="")


async def _afresh(scene: Scene) -> object:
    return await scene.ask(max_age=0)


async def _answered(scene: Scene, _before: State) -> bool:
    return (await scene.ask(max_age=0)).status_code == 200


async def _fetch(scene: Scene) -> object:
    return await scene.fetch()


async def _fetched(scene: Scene, _before: State) -> bool:
    return (await scene.fetch()).content == drawing(scene.file[1])


async def _drop(scene: Scene) -> object:
    return deliver(scene.site.home / "drop", scene.package)


async def _drop_sick(scene: Scene) -> object:
    return deliver(scene.site.home / "drop", scene.package, sick=True)


async def _taken_in_once(scene: Scene, before: State) -> bool:
    return scene.lying("in") == 0 and (await state_of(scene)).known == before.known + 1


async def _refused_once(scene: Scene, before: State) -> bool:
    return scene.lying("in") == 0 and (await state_of(scene)).refused == before.refused + 1


REFUSE = Act(_without_purpose, _answered)
AFRESH = Act(_afresh, _answered)
FETCH = Act(_fetch, _fetched)
DROP = Act(_drop, _taken_in_once)
SICK = Act(_drop_sick, _refused_once)


@dataclass(frozen=True)
class Point:
    """Where it dies, as tests.crash.alter.die_at reads it, and what is new then.

    `entries` by kind, files `held`, deliveries `known`, refusals; `lying` are the files left in the inbox.
    """

    when: str
    target: str
    act: Act
    entries: tuple[str, ...] = ()
    held: int = 0
    known: int = 0
    refused: int = 0
    lying: int = 0


POINTS = {
    # The log. Up to the commit nothing is true; from the commit on the entry is, though nobody was told.
    "append: gathered, no turn yet": Point("before", "gateway.audit.log:AuditLog._take", REFUSE),
    "commit: written, not committed": Point("after", "gateway.audit.records:add", REFUSE),
    "commit: committed, nobody told": Point("before", "gateway.audit.log:_tell", REFUSE, ("refused",)),
    "ask: recorded, no agency asked": Point("after", "gateway.trail:Trail.asked", AFRESH, ("asked",)),
    "answer: recorded, not signed": Point("before", "gateway.exchange:Exchange._sign", REFUSE, ("refused",)),
    # The vault. Until its name is on the disk nobody is told an object's digest.
    "vault: a draft begun": Point("after", "gateway.vault:_Draft.begin", FETCH, ("asked",)),
    "vault: written, not synced": Point("before", "gateway.vault:os.fsync", FETCH, ("asked",)),
    "vault: synced, not visible": Point("after", "gateway.vault:os.fsync", FETCH, ("asked",)),
    "vault: visible, its name not synced": Point("before", "gateway.vault:_sync", FETCH, ("asked",)),
    "attachment: kept, not held": Point("before", "gateway.attachments:Shelf.hold", FETCH, ("asked",)),
    "attachment: held, not answered": Point(
        "after", "gateway.attachments:Shelf.hold", FETCH, ("asked",), held=1
    ),
    # The intake: vault, log, row, move.
    "ingest: kept, not recorded": Point("after", "gateway.intake.sweep:unpack", DROP, lying=2),
    "ingest: recorded, not known": Point(
        "before", "gateway.intake.records:make_known", DROP, ("ingested",), lying=2
    ),
    "ingest: known, not moved": Point(
        "before", "gateway.intake.folder:DropFolder.put_by", DROP, ("ingested",), known=1, lying=2
    ),
    "ingest: the seal moved, the package not": Point(
        "after", "pathlib:Path.replace", DROP, ("ingested",), known=1, lying=1
    ),
    "refusal: recorded, no row": Point(
        "before", "gateway.intake.records:set_aside", SICK, ("quarantined",), lying=2
    ),
    "refusal: a row, not moved": Point(
        "before", "gateway.intake.folder:DropFolder.set_aside", SICK, ("quarantined",), refused=1, lying=2
    ),
    "refusal: the reason laid, not moved": Point(
        "before", "gateway.intake.folder:DropFolder._move", SICK, ("quarantined",), refused=1, lying=2
    ),
}
