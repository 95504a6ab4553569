"""A version before it is in force: tried on live projects, and beside the published one, field by field."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from fastapi import APIRouter, Request

from adapters.base import Deadline
from adapters.drafting.targets import Target, targets
from adapters.manifest import load as load_manifest
from contracts.audit import EntryKind
from contracts.catalogue import KINDS
from contracts.errors import AskMalformed, LandbridgeError, ManifestInvalid
from contracts.exchange import Slug
from contracts.problems import Told
from contracts.text import Text, text
from gateway.api.documents import Version
from gateway.api.door import house_of, read_words
from gateway.api.versions import beside, which_of
from gateway.console.agencies import frame_of, page_of
from gateway.console.connect.mapping import titles
from gateway.console.door import Admitted, Guest, Posted, show_soon
from gateway.trials import Comparison, Trial, TrialOrder

if TYPE_CHECKING:
    from starlette.responses import Response

    from gateway.console.forms import Form
    from gateway.house import House
    from gateway.registry import Document

router = APIRouter(prefix="/console/agencies/{agency}/versions/{version}", include_in_schema=False)

PROJECTS = 10
"""Projects that a version is tried on at once: each is a question to the agency."""

SIDE_BY_SIDE = 3
"""Of them at the agency at a time."""

TRYING_SECONDS = 60
"""All of them together: the front waits for a page 75 s, and a page cut off would show none of them."""

_UNTRIED = text(
    "未试：本次试运行的时间已用完，请为该项目单独再试",
    "Not tried: the time for these trials was over; try this project by itself",
)


_FILE = (
    Target("name", "名称", "name", "text"),
    Target("state", "状态", "state", "text"),
    Target("bytes", "大小（字节）", "size in bytes", "whole"),
)

_FACTS = (
    Target("@retrieval", "取得状态", "retrieval", "text"),
    Target("@legal", "效力", "force", "text"),
    Target("@attachments", "附件", "attachment", "rows", of=_FILE),
)
"""What a comparison tells beside the contract's fields."""

_STEP = re.compile(r"([^.\[\]]+)(?:\[(\d+)\])?")


class Tried(NamedTuple):
    """How a version read for one project, or why it did not."""

    project: str
    trial: Trial | None
    problem: Text | None


@router.get("/trials")
async def trials_page(request: Request, guest: Admitted, agency: Slug, version: Version) -> Response:
    """With which projects, or over recorded replies."""
    await house_of(request).registry.check_version(*which_of(agency), version)
    frame = await frame_of(request, guest, agency) | {"version": version}
    return show_soon(request, guest, "agencies/trials.html", _form(request, agency, version), **frame)


@router.post("/trials")
async def trials(request: Request, guest: Admitted, form: Posted, agency: Slug, version: Version) -> Response:
    """On the live agency, a few projects side by side; the same replies then read by the version in force."""
    house, where = house_of(request), (agency, version)
    try:
        found = await house.registry.version(*which_of(agency), version)
        tried = await tried_in_time(house, found, _orders(form), guest.id, Deadline.after(TRYING_SECONDS))
        compared = await _beside(house, found, tried, guest)
    except LandbridgeError as error:
        return await _page(request, guest, where, form=form, problem=error)
    return await _page(request, guest, where, form=form, tried=tried, compared=compared)


@router.post("/comparisons")
async def comparisons(
    request: Request, guest: Admitted, _form: Posted, agency: Slug, version: Version
) -> Response:
    """Over the newest replies that the vault keeps; nobody is asked."""
    house, where, which = house_of(request), (agency, version), which_of(agency)
    try:
        after = await house.registry.version(*which, version)
        before = await beside(house, which, None)
        compared = await house.trials.compare(before, after, guest.entry(EntryKind.TRIED))
    except LandbridgeError as error:
        return await _page(request, guest, where, problem=error)
    return await _page(request, guest, where, compared=compared)


async def _page(  # noqa: PLR0913  what may be said on this page
    request: Request,
    guest: Guest,
    where: tuple[str, int],
    *,
    form: Form | None = None,
    problem: LandbridgeError | None = None,
    tried: list[Tried] | None = None,
    compared: Comparison | None = None,
) -> Response:
    agency, version = where
    facts = await _form(request, agency, version, form) | {"tried": tried or [], "compared": compared}
    return await page_of(request, guest, "agencies/trials.html", agency, problem=problem, **facts)


async def _form(request: Request, agency: str, version: int, form: Form | None = None) -> dict[str, Any]:
    """What a version can be tried with. Raises NoSuchThing."""
    found = await house_of(request).registry.version(*which_of(agency), version)
    kinds, keys = _asked_by(found)
    return {
        "version": version,
        "kinds": kinds,
        "keys": keys,
        "typed": {name: form.raw(name) if form else "" for name in ("projects", "key", "value", "case")},
        "chosen": form.several("kinds") if form else (),
        "tried": [],
        "compared": None,
        "titled": titled,
        "functions": titles(),
    }


def titled(kind: str, place: str) -> Text:
    """What a place of a material is called, `buildings[0].name` with its number; one unknown is itself."""
    below, said = (*(targets(kind) if kind in KINDS else ()), *_FACTS), []
    for name, number in _STEP.findall(place):
        found = next((each for each in below if each.name == name), None)
        if found is None:
            return Text(zh=place, en=place)
        counted = f" {int(number) + 1}" if number else ""  # people count rows from 1
        said.append((found.zh + counted, found.en + counted))
        below = found.of
    return text(" · ".join(zh for zh, _ in said), " · ".join(en for _, en in said))


def _asked_by(found: Document) -> tuple[tuple[str, ...], list[str]]:
    """What a version knows to ask for, and by which keys; nothing where it cannot be read."""
    try:
        manifest = load_manifest(found.text, f"{found.name}.yaml")
    except ManifestInvalid:
        return (), []
    keys = dict.fromkeys(key for rule in manifest.materials for key in rule.ask_by)
    return manifest.kinds, [key for key in keys if key != "project_code"]


def _orders(form: Form) -> list[TrialOrder]:
    """One for each project named; one by the known key alone where none is. Raises AskMalformed."""
    codes = re.split(r"[\s,，、;；]+", form.get("projects").strip()) if form.get("projects") else []
    if len(codes) > PROJECTS:
        raise AskMalformed(text(f"一次最多 {PROJECTS} 个项目", f"At most {PROJECTS} projects at once"))
    known = {form.get("key"): (form.get("value"),)} if form.get("key") and form.get("value") else {}
    words: dict[str, Any] = {"known": known, "kinds": form.several("kinds") or None}
    words["case"] = form.get("case") or "trial"
    return [read_words(TrialOrder, words | {"project_code": code}) for code in (codes or [None])]


async def tried_in_time(
    house: House, found: Document, orders: list[TrialOrder], person: str, deadline: Deadline
) -> list[Tried]:
    """How the version read for each, in their order; whoever's turn comes too late is not asked about."""
    places = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(order: TrialOrder) -> Tried:
        async with places:
            if deadline.spent:
                return Tried(order.project_code or "", None, _UNTRIED)
            return await _tried(house, found, order, person, deadline)

    return await asyncio.gather(*map(one, orders))


async def _tried(house: House, found: Document, order: TrialOrder, person: str, deadline: Deadline) -> Tried:
    reply = await house.trials.pull(found, order, person, deadline)
    named = order.project_code or ""
    if reply.status == 200:
        return Tried(named, Trial.model_validate_json(reply.body), None)
    told = Told.of(reply.body)
    zh, en = f"{told.detail.zh}。{told.todo.zh}", f"{told.detail.en}. {told.todo.en}"
    return Tried(named, None, text(zh, en))


async def _beside(house: House, found: Document, tried: list[Tried], guest: Guest) -> Comparison | None:
    """The replies that came, read by the version in force as well; None where it is this one, or none is."""
    current = await house.registry.in_force(found.kind, found.name)
    digests = [
        reply.evidence for each in tried if each.trial for kind in each.trial.kinds for reply in kind.replies
    ]
    if current is None or current.version == found.version or not digests:
        return None
    entry = guest.entry(EntryKind.TRIED)
    return await house.trials.compare_kept(current, found, dict.fromkeys(digests), entry)
