"""The points of no return by name: where a gateway dies, what gets it there, what the stores then hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2

from gateway.building import utc_now
from gateway.store.tables import attachments, deliveries, documents, quarantine, repull_cases, stand_ins
from tests.crash.load import REASON
from tests.crash.office import ASK, DROPPING, OFFICE, deliver, drawing
from tests.crash.site import Site
from tests.crash.witness import opened
from tests.streaming.scene import CODE


@dataclass
class Scene:
    """One death: the installation, the asker's connection, a file nobody has fetched, a package's number."""

    site: Site
    http: httpx2.AsyncClient
    file: tuple[str, int]
    package: int
    people: dict[str, str]
    seen: dict[str, Any] = field(default_factory=dict)

    async def do(self, who: str, method: str, path: str, **words: Any) -> httpx2.Response:
        """What one of two people is told."""
        headers = {"authorization": f"Bearer {self.people[who]}"}
        return await self.http.request(method, path, headers=headers, **words)

    async def ask(self, **changes: object) -> httpx2.Response:
        return await self.http.post("/v1/dossiers", json=ASK | changes)

    async def fetch(self) -> httpx2.Response:
        return await self.http.get(f"/v1/attachments/{self.file[0]}", headers=REASON)

    def lying(self, where: str) -> int:
        """Files below `in`, `done` or `quarantine`."""
        return sum(path.is_file() for path in (self.site.home / "drop" / DROPPING / where).rglob("*"))


@dataclass(frozen=True)
class State:
    """What the stores hold: kinds of entries in order, files held, deliveries known, refused, waiting.

    And the office's version in force, stand-ins in force, and how the cases of re-pulls stand.
    """

    kinds: list[str]
    held: int
    known: int
    refused: int
    lying: int
    version: int
    standing_in: int
    cases: Counter[str]


async def state_of(scene: Scene) -> State:
    """As it is on the disk, without a gateway."""
    async with opened(scene.site.home, scene.site.url) as stores:
        return State(
            [entry["kind"] for entry in await stores.entries()],
            sum(row.sha256 is not None for row in await stores.rows(attachments)),
            len(await stores.rows(deliveries)),
            len(await stores.rows(quarantine)),
            scene.lying("in"),
            max(row.version for row in await stores.rows(documents) if _in_force(row)),
            sum(row.state == "in-force" for row in await stores.rows(stand_ins)),
            Counter(row.state for row in await stores.rows(repull_cases)),
        )


def _in_force(row: Any) -> bool:
    return bool(row.name == OFFICE and row.state == "published")


@dataclass(frozen=True)
class Act:
    """What gets a gateway to a point: done to it once, and what is right once it was done to the next one.

    `prepare` comes before; `alter` is what the next gateway needs so that nobody waits for minutes.
    """

    provoke: Callable[[Scene], Awaitable[object]]
    healed: Callable[[Scene, State], Awaitable[bool]]
    prepare: Callable[[Scene], Awaitable[None]] | None = None
    alter: tuple[tuple[str, str], ...] = ()


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


VERSIONS = f"/v1/agencies/{OFFICE}/versions"


async def _submit(scene: Scene) -> None:
    """A version that waits for a second person."""
    manifest = (scene.site.config / "agencies" / f"{OFFICE}.yaml").read_text("utf-8")
    text = {"text": f"{manifest}# {scene.package}\n"}
    draft = (await scene.do("nora", "POST", VERSIONS, json=text)).json()["version"]
    scene.seen = {"at": f"{VERSIONS}/{draft['version']}", "digest": {"digest": draft["digest"]}}
    at = f"{scene.seen['at']}/submission"
    assert (await scene.do("nora", "POST", at, json=scene.seen["digest"])).status_code == 200


async def _publish(scene: Scene) -> httpx2.Response:
    return await scene.do("paul", "POST", f"{scene.seen['at']}/publication", json=scene.seen["digest"])


async def _published(scene: Scene, before: State) -> bool:
    """Whoever saw no answer repeats, and does it now or hears that it is done."""
    assert (await _publish(scene)).status_code in {200, 409}
    in_force = (await state_of(scene)).version == before.version + 1
    return in_force and await _answered(scene, before)


async def _type_in(scene: Scene) -> None:
    """A stand-in that waits for a second person."""
    paper = (await scene.do("nora", "POST", "/v1/stand-ins/papers", content=b"%PDF-1.7 a scan")).json()
    order = {
        "kind": "investment-filing",
        "fields": {"project_code": CODE},
        "reason": "接口中断，按纸质文件录入",
        "evidence": paper["digest"],
        "evidence_name": "备案证.pdf",
        "expires_at": (utc_now() + timedelta(days=7)).isoformat(),
    }
    made = await scene.do("nora", "POST", f"/v1/projects/{CODE}/stand-ins", json=order)
    assert made.status_code == 201, made.text
    scene.seen = made.json()


async def _approve(scene: Scene) -> httpx2.Response:
    word = {"content": scene.seen["content"], "decision": "approve"}
    return await scene.do("paul", "POST", f"/v1/stand-ins/{scene.seen['id']}/decisions", json=word)


async def _approved(scene: Scene, before: State) -> bool:
    assert (await _approve(scene)).status_code in {200, 409}
    return (await state_of(scene)).standing_in == before.standing_in + 1


async def _repull(scene: Scene) -> object:
    order = {"cases": [{"case": "DEMO-0001", "project_code": CODE}], "reason": "部门已恢复"}
    return await scene.do("paul", "POST", f"/v1/agencies/{OFFICE}/repulls", json=order)


async def _repulled(scene: Scene, before: State) -> bool:
    """The case that was noted is taken again, and ended; without an order there is none."""
    left = (await state_of(scene)).cases
    return left == before.cases + Counter(done=left.total() - before.cases.total())


REFUSE = Act(_without_purpose, _answered)
AFRESH = Act(_afresh, _answered)
FETCH = Act(_fetch, _fetched)
DROP = Act(_drop, _taken_in_once)
SICK = Act(_drop_sick, _refused_once)
PUBLISH = Act(_publish, _published, _submit)
APPROVE = Act(_approve, _approved, _type_in)
REPULL = Act(_repull, _repulled, alter=(("impatient", ""),))


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
    version: int = 0
    standing_in: int = 0
    cases: tuple[str, ...] = ()


POINTS = {
    # The log. Up to the commit nothing is true; from the commit on the entry is, though nobody was told.
    "append: gathered, no turn yet": Point("before", "gateway.audit.log:AuditLog._take", REFUSE),
    "commit: written, not committed": Point("after", "gateway.audit.records:add", REFUSE),
    "commit: committed, nobody told": Point("before", "gateway.audit.log:_tell", REFUSE, ("refused",)),
    "ask: recorded, no agency asked": Point("after", "gateway.trail:Trail.asked", AFRESH, ("asked",)),
    "answer: recorded, not signed": Point("before", "gateway.exchange:Exchange._sign", REFUSE, ("refused",)),
    # The vault. Until its name is on the disk nobody is told an object's digest.
    "vault: a draft begun": Point("after", "gateway.vault.objects:Draft.begin", FETCH, ("asked",)),
    "vault: written, not synced": Point("before", "gateway.vault.objects:os.fsync", FETCH, ("asked",)),
    "vault: synced, not visible": Point("after", "gateway.vault.objects:os.fsync", FETCH, ("asked",)),
    "vault: visible, its name not synced": Point("before", "gateway.vault.objects:sync", FETCH, ("asked",)),
    "attachment: kept, not held": Point("before", "gateway.attachments:Shelf.hold", FETCH, ("asked",)),
    "attachment: held, not answered": Point(
        "after", "gateway.attachments:Shelf.hold", FETCH, ("asked",), held=1
    ),
    # Acts of people: the entry, then the effect. Whoever saw no answer repeats.
    "publish: announced, not turned": Point("before", "gateway.registry.life:turn", PUBLISH, ("published",)),
    "publish: turned, not committed": Point("after", "gateway.registry.life:turn", PUBLISH, ("published",)),
    "publish: in force, nobody told": Point(
        "after", "gateway.registry.record:Registry._change", PUBLISH, ("published",), version=1
    ),
    "stand-in: approval announced, not in force": Point(
        "before", "gateway.standins:StandIns._change", APPROVE, ("stand-in",)
    ),
    "stand-in: in force, nobody told": Point(
        "after", "gateway.standins:StandIns._change", APPROVE, ("stand-in",), standing_in=1
    ),
    # Re-pulls: the order's entry and rows, then case by case taken, asked, ended.
    "re-pull: announced, no case": Point("before", "gateway.repulls:_note", REPULL, ("repulled",)),
    "re-pull: a case taken, nobody asked": Point(
        "before", "gateway.jobs.repull:_ask", REPULL, ("repulled",), cases=("running",)
    ),
    "re-pull: asked, the case not ended": Point(
        "before",
        "gateway.repulls:Repulls.end",
        REPULL,
        ("repulled", "asked", "answered"),
        cases=("running",),
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
        "after", "gateway.intake.folder:os.replace", DROP, ("ingested",), known=1, lying=1
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
