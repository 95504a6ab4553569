"""Which attachment is where: listed at its agency, or held in the vault."""

from __future__ import annotations

import asyncio
import json
import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import and_, insert, select, update

from adapters.base import Locator
from contracts.errors import AgencyUnavailable, EvidenceUntrusted, Fault, NoSuchThing
from contracts.material import Attachment, AttachmentState, Material
from contracts.text import text
from contracts.time import stored
from gateway.store.tables import attachments

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from gateway.store.database import Database

REMEMBERED = 50_000

_MEDIA_TYPE = re.compile("[A-Za-z0-9!#$&^_.+-]{1,60}/[A-Za-z0-9!#$&^_.+-]{1,60}")
"""RFC 6838 §4.2. An agency's word goes into a header of ours only in this form."""


@dataclass(frozen=True, slots=True)
class Held:
    """An attachment the vault holds: its digest (`sha256:…`) and size in octets."""

    digest: str
    bytes: int


def check_arrived(locator: Locator, held: Held) -> None:
    """Whether what came is the file its agency listed, as far as it said. Raises AgencyFailed.

    A file cut short would otherwise be held, and answered, for good.
    """
    if locator.bytes is not None and held.bytes < locator.bytes:
        raise AgencyUnavailable(Fault.TRUNCATED)
    if locator.sha256 is not None and held.digest != f"sha256:{locator.sha256.lower()}":
        raise EvidenceUntrusted


@dataclass(frozen=True, slots=True)
class Shelved:
    """An attachment we know: how its agency finds it, which project's it is, and whether we hold it."""

    locator: Locator
    project: str | None
    held: Held | None

    def headers(self, size: int, part: range | None) -> dict[str, str]:
        """How the file, or a part of it, is described as it leaves (RFC 9110 §8, §14; RFC 6266)."""
        name = quote(self.locator.name, safe="")
        stated = self.locator.media_type or ""
        media_type = stated if _MEDIA_TYPE.fullmatch(stated) else "application/octet-stream"
        headers = {
            "content-type": media_type,
            "content-length": str(size if part is None else len(part)),
            "content-disposition": f"attachment; filename*=UTF-8''{name}",
            "accept-ranges": "bytes",
        }
        if part is not None:
            headers["content-range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
        return headers


class Shelf:
    """The register of attachments. `clock` gives aware UTC."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock
        self._holdings: OrderedDict[str, Held | None] = OrderedDict()
        self._listed: dict[str, Locator] = {}
        self._homed: OrderedDict[str, None] = OrderedDict()
        self._turn = asyncio.Lock()

    async def put_up(self, project: str | None, locators: Collection[Locator]) -> None:
        """List attachments as their agency named them; one whose size or digest changed is listed anew."""
        if not self._strange(locators):
            return
        async with self._turn:
            # A thousand asks hear of the same files at once: the first writes, the others look again.
            if strange := self._strange(locators):
                now = self._clock()
                held = await self._database.write(lambda line: _put_up(line, project, strange, now))
                self._listed |= {locator.attachment: locator for locator in strange}
                self._remember(held)
                self._home(held if project else ())

    def _strange(self, locators: Collection[Locator]) -> list[Locator]:
        return [locator for locator in locators if self._listed.get(locator.attachment) != locator]

    async def belong(self, project: str | None, materials: Iterable[Material]) -> None:
        """The materials' attachments are the project's, also those listed before anybody knew whose."""
        own = [attachment.id for material in materials for attachment in material.attachments]
        if project is None or self._homed.keys() >= set(own):
            return
        async with self._turn:
            if strange := [attachment for attachment in own if attachment not in self._homed]:
                await self._database.write(lambda line: _belong(line, project, strange))
                self._home(strange)

    async def find(self, attachment: str) -> Shelved:
        """An attachment by its id. Raises NoSuchThing."""
        found = await self._database.read(lambda connection: _find(connection, attachment))
        if found is None:
            raise NoSuchThing(
                text("没有此附件；请先查询材料包", "There is no such attachment; ask for the dossier first")
            )
        return found

    async def hold(self, attachment: str, held: Held) -> None:
        """The vault holds it from now on."""
        row = {"sha256": held.digest, "bytes": held.bytes, "held_at": stored(self._clock())}
        this = attachments.c.id == attachment
        await self._database.write(
            lambda connection: connection.execute(update(attachments).where(this).values(**row))
        )
        self._remember({attachment: held})

    def show(self, material: Material) -> Material:
        """The material with each attachment in the state it is in now."""
        if not any(self._holdings.get(attachment.id) for attachment in material.attachments):
            return material
        shown = tuple(
            _as_held(attachment, self._holdings.get(attachment.id)) for attachment in material.attachments
        )
        return material.model_copy(update={"attachments": shown})

    def _home(self, several: Iterable[str]) -> None:
        """Whose these are is known from here on, and written down."""
        self._homed |= dict.fromkeys(several)
        while len(self._homed) > REMEMBERED:
            self._homed.popitem(last=False)

    def _remember(self, holdings: dict[str, Held | None] | dict[str, Held]) -> None:
        self._holdings.update(holdings)
        while len(self._holdings) > REMEMBERED:
            forgotten, _ = self._holdings.popitem(last=False)
            self._listed.pop(forgotten, None)


def _as_held(attachment: Attachment, held: Held | None) -> Attachment:
    if held is None:
        return attachment
    sha256 = held.digest.removeprefix("sha256:")
    return attachment.model_copy(
        update={"state": AttachmentState.HELD, "bytes": held.bytes, "sha256": sha256}
    )


def _put_up(
    connection: Connection, project: str | None, locators: list[Locator], now: datetime
) -> dict[str, Held | None]:
    return {locator.attachment: _put_up_one(connection, project, locator, now) for locator in locators}


def _put_up_one(connection: Connection, project: str | None, locator: Locator, now: datetime) -> Held | None:
    present = _find(connection, locator.attachment)
    row: dict[str, object] = {
        "agency": locator.agency,
        "kind": locator.kind,
        "manifest_version": locator.manifest_version,
        "locator": json.dumps(
            {"where": locator.where, "bytes": locator.bytes, "sha256": locator.sha256}, ensure_ascii=False
        ),
        "name": locator.name,
        "media_type": locator.media_type,
    }
    held = None
    if locator.held and locator.sha256 and locator.bytes is not None:
        # It came in by itself and is in the vault: there is nothing to fetch, now or later.
        held = Held(f"sha256:{locator.sha256}", locator.bytes)
        row |= {"sha256": held.digest, "bytes": held.bytes, "held_at": stored(now)}
    if present is None:
        connection.execute(insert(attachments).values(id=locator.attachment, project=project, **row))
        return held
    changed = (present.locator.bytes, present.locator.sha256) != (locator.bytes, locator.sha256)
    row["project"] = present.project or project
    if changed and held is None:
        row |= {"sha256": None, "bytes": None, "held_at": None}
    connection.execute(update(attachments).where(attachments.c.id == locator.attachment).values(**row))
    return held or (None if changed else present.held)


def _belong(connection: Connection, project: str, several: list[str]) -> None:
    for attachment in several:
        homeless = and_(attachments.c.id == attachment, attachments.c.project.is_(None))
        connection.execute(update(attachments).where(homeless).values(project=project))


def _find(connection: Connection, attachment: str) -> Shelved | None:
    row = connection.execute(select(attachments).where(attachments.c.id == attachment)).first()
    if row is None:
        return None
    place = json.loads(row.locator)
    locator = Locator(
        attachment=row.id,
        agency=row.agency,
        kind=row.kind,
        manifest_version=row.manifest_version,
        where=place["where"],
        name=row.name,
        media_type=row.media_type,
        bytes=place["bytes"],
        sha256=place["sha256"],
    )
    return Shelved(locator, row.project, Held(row.sha256, row.bytes) if row.sha256 else None)
