"""Every agency of `config/agencies` with its demo office open, behind the adapter made of its manifest."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters import assemble
from adapters.base import Adapter, Deadline, Key, Keys, ReadOut
from adapters.egress import Egress
from adapters.manifest import Manifest, load
from adapters.resilience import Lookout
from contracts.exchange import Evidence, Grant
from demo import drop, hc, nr, tax
from demo.city import CONFIG, PROJECTS
from demo.control import Control, Desk
from tests.conftest import Clock
from tests.intake.conftest import Harbour
from tests.steady import open_steadily

AGENCIES = {path.stem: path.read_text("utf-8") for path in sorted((CONFIG / "agencies").glob("*.yaml"))}
"""An agency is asked every question here because its file exists."""

MANIFESTS = {name: load(text, f"{name}.yaml") for name, text in AGENCIES.items()}
KINDS = [(name, kind) for name, manifest in MANIFESTS.items() for kind in manifest.kinds]
WEB = [name for name, manifest in MANIFESTS.items() if manifest.connection.drop is None]
DROPS = [name for name in MANIFESTS if name not in WEB]

OFFICES = {"mdj-nr": nr.create, "mdj-hc": hc.create, "mdj-tax": tax.create}
DELIVERS: Mapping[str, Callable[[Path, Any], Any]] = {
    "mdj-survey": drop.deliver_package,
    "mdj-defence": drop.deliver_document,
    "mdj-archive": lambda root, project: drop.deliver_drawings(root, project, present=True),
}
P1, P2 = json.loads(PROJECTS.read_text("utf-8"), parse_float=Decimal)["projects"]

Edit = Callable[[dict[str, Any]], None]
"""Changes a manifest as it stands in its file."""


@dataclass
class Tongue:
    """What stands between an office and the wire: `change` the body, `head` adds header lines to it.

    `heard` are the header lines and the query of every question, as one text.
    """

    change: Callable[[bytes], bytes] | None = None
    head: Callable[[bytes], dict[str, str]] | None = None
    heard: list[str] = field(default_factory=list)


@dataclass
class Office:
    """One agency at work, and `adapter` asking it; whatever it dropped lies in `harbour`."""

    agency: str
    manifest: Manifest
    adapter: Adapter
    control: Control
    harbour: Harbour
    egress: Egress
    lookout: Lookout
    tongue: Tongue

    @property
    def desk(self) -> Desk:
        """What a web office was asked, and its replies."""
        return self.control.desks[self.agency]

    async def pull(self, kind: str, project: Any = P1, seconds: float = 5) -> list[Evidence]:
        return await self.adapter.pull(grant_for(kind), keys_of(project), Deadline.after(seconds))

    async def read(self, kind: str, project: Any = P1, seconds: float = 5) -> ReadOut:
        """What the office says of a project, in one."""
        outs = [self.adapter.read(one) for one in await self.pull(kind, project, seconds)]
        return ReadOut(
            tuple(material for out in outs for material in out.materials),
            tuple(signal for out in outs for signal in out.drift),
            tuple(place for out in outs for place in out.locators),
        )

    async def deliver(self, project: Any = P1) -> None:
        """What this office drops of a project is dropped and taken in; on the web it is there already."""
        if self.agency in DELIVERS:
            DELIVERS[self.agency](self.harbour.root, project)
            await self.harbour.take_in()


Opener = Callable[..., Awaitable[Office]]


@cache
def _read(agency: str) -> dict[str, Any]:
    raw: dict[str, Any] = YAML(typ="safe").load(AGENCIES[agency])
    return raw


def values_of(agency: str) -> dict[str, Any]:
    """A manifest of config/agencies as plain values of one's own."""
    return deepcopy(_read(agency))


@dataclass
class Street:
    """Where offices are opened; they close with it."""

    control: Control
    harbour: Harbour
    egress: Egress
    clock: Clock
    secrets: Callable[[str], str] = str

    async def open(self, agency: str, edit: Edit | None = None, base: str | None = None) -> Office:
        """Open an office, its manifest edited, or its adapter pointed at another base address."""
        tongue, raw = Tongue(), values_of(agency)
        if agency in OFFICES:
            make = OFFICES[agency]
            own = await open_steadily(self.control, agency, lambda desk: spoken(make([P1, P2], desk), tongue))
            raw["connection"]["base"] = base or own
        if edit:
            edit(raw)
        manifest = load(json.dumps(raw, default=str), f"{agency}.yaml")
        lookout = Lookout(self.clock, sleep=lambda _: asyncio.sleep(0))
        adapter = assemble(
            manifest, 1, self.egress, self.secrets, self.clock, lookout, deliveries=self.harbour.intake
        )
        self.harbour.drops = [
            replace(each, manifest=manifest) if each.manifest.agency == agency else each
            for each in self.harbour.drops
        ]
        if agency not in OFFICES:
            self.harbour.inbox(agency)
        return Office(agency, manifest, adapter, self.control, self.harbour, self.egress, lookout, tongue)


def spoken(app: ASGIApp, tongue: Tongue) -> ASGIApp:
    """An office whose replies pass the tongue, in whole where it has something to change."""

    async def heard(scope: Scope, receive: Receive, send: Send) -> None:
        lines = b"\n".join(name + b": " + value for name, value in scope["headers"])
        tongue.heard.append((lines + b"\n" + scope["query_string"]).decode("latin-1"))
        held: list[Message] = []

        async def sent(message: Message) -> None:
            held.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                body = b"".join(one.get("body", b"") for one in held)
                for one in _changed(held[0], body, tongue):
                    await send(one)

        changing = tongue.change is not None or tongue.head is not None
        await app(scope, receive, sent if changing else send)

    return heard


def _changed(start: Message, body: bytes, tongue: Tongue) -> list[Message]:
    head = tongue.head(body) if tongue.head else {}
    said = tongue.change(body) if tongue.change else body
    lines = [line for line in start["headers"] if line[0] != b"content-length"]
    lines += [(name.encode(), value.encode()) for name, value in head.items()]
    lines.append((b"content-length", str(len(said)).encode()))
    return [{**start, "headers": lines}, {"type": "http.response.body", "body": said}]


def grant_for(kind: str, *, attachments: bool = True) -> Grant:
    return Grant(
        id="g1",
        consumer="registration",
        purpose="first-registration",
        kind=kind,
        attachments=attachments,
        valid_from=date(2026, 1, 1),
        valid_until=date(2026, 12, 31),
    )


def keys_of(project: Any) -> Keys:
    """Every name the project goes by."""
    values = {each["key"]: each["value"] for each in project["aliases"]}
    values |= {
        "project_code": project["project_code"],
        "project_name": project["name"],
        "holder_uscc": project["developer"]["uscc"],
    }
    one = {name: value if isinstance(value, str) else value[0] for name, value in values.items()}
    return {name: (Key(name, value, confirmed=True),) for name, value in one.items()}
