"""A version before it is in force: tried on live projects, and beside another one, field by field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request

from adapters.base import Deadline
from adapters.drafting.targets import Target, targets
from adapters.manifest import load as load_manifest
from contracts.audit import EntryKind
from contracts.catalogue import KINDS
from contracts.errors import AskMalformed, LandbridgeError, ManifestInvalid
from contracts.exchange import Slug
from contracts.text import Text, text
from gateway.api.documents import Version
from gateway.api.door import house_of, read_words
from gateway.api.versions import Beside, beside, compared, which_of
from gateway.console.agencies import frame_of
from gateway.console.connect.mapping import titles
from gateway.console.door import Admitted, Expected, Guest, Posted, show, show_soon
from gateway.console.outcomes import ReadOn, pulled, samples_shown, trials_shown
from gateway.trials import PER_KIND, PROJECTS, Comparison, TrialOrder, Tried, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from starlette.responses import Response

    from gateway.console.forms import Form
    from gateway.house import House
    from gateway.registry import Document

    Shown = Callable[..., Awaitable[Response]]

router = APIRouter(prefix="/console/agencies/{agency}/versions/{version}", include_in_schema=False)

TRYING_SECONDS, BESIDE_SECONDS = 55, 65
"""All projects together, and the reading beside another version with them: the front waits for a page 75 s,
and a page cut off would show none of them."""

HOW_MANY = (10, 50, 200)
"""Recorded replies of each kind, as the page offers them."""

LAST = (10, 20, 50)
"""Projects that the agency was last asked about, as the page offers them."""

VERSIONS = 50
"""Versions that a page offers to compare with; the newest."""

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


@router.get("/trials")
async def trials_page(request: Request, visitor: Expected, agency: Slug, version: Version) -> Response:
    """With which projects, or over recorded replies."""
    await house_of(request).registry.check_version(*which_of(agency), version)
    frame = await frame_of(request, visitor, agency) | {"version": version}
    return show_soon(
        request, visitor, "agencies/trials.html", lambda _: _form(request, agency, version), **frame
    )


@router.post("/trials")
async def trials(request: Request, guest: Admitted, form: Posted, agency: Slug, version: Version) -> Response:
    """On the live agency, a few projects side by side; the same replies then read by another version.

    Whatever comes of that reading, and wherever the run was broken off, what the agency was asked is told.
    """
    house, until, ended = house_of(request), Deadline.after(BESIDE_SECONDS), list[Tried]()
    page = await _begun(request, guest, agency, version)
    try:
        found = await house.registry.version(*which_of(agency), version)
        other, orders = await _other(house, found, form), await _orders(house, agency, form)
        tried = await run(house.trials, found, orders, guest.id, until.sub(TRYING_SECONDS), ended)
    except LandbridgeError as error:
        broken = error.status if ended else None
        return await page(_came(form, ended), None if broken else error, broken)
    try:
        over = await _beside(house, found, other, tried, guest, until)
    except LandbridgeError as error:
        return await page(_came(form, tried), error)
    return await page(_came(form, tried, over))


@router.post("/comparisons")
async def comparisons(
    request: Request, guest: Admitted, form: Posted, agency: Slug, version: Version
) -> Response:
    """Over the newest replies that the vault keeps; nobody is asked."""
    house, entry = house_of(request), guest.entry(EntryKind.TRIED)
    page = await _begun(request, guest, agency, version)
    try:
        over = await compared(house, which_of(agency), version, _beside_of(form), entry)
    except LandbridgeError as error:
        return await page(_came(form), error)
    return await page(_came(form, over=over))


async def _begun(request: Request, guest: Guest, agency: str, version: int) -> Shown:
    """The page with all that it takes from the store, before anybody is asked: it may be out afterwards.

    Given what came of it, and a problem, it is shown; or with which status a run was broken off. Raises
    NoSuchThing, StoreUnavailable.
    """
    stands = await frame_of(request, guest, agency) | await _stands(request, agency, version)

    async def shown(
        outcome: Mapping[str, Any], problem: LandbridgeError | None = None, broken: int | None = None
    ) -> Response:
        said = {"problem": problem, "broken": bool(broken)}
        return await show(request, guest, "agencies/trials.html", broken, **stands, **outcome, **said)

    return shown


async def _form(request: Request, agency: str, version: int) -> dict[str, Any]:
    """What a version can be tried with. Raises NoSuchThing."""
    return await _stands(request, agency, version) | _came() | {"broken": False}


async def _stands(request: Request, agency: str, version: int) -> dict[str, Any]:
    """What the store says of a version, and of those beside it. Raises NoSuchThing, StoreUnavailable."""
    house = house_of(request)
    found = await house.registry.version(*which_of(agency), version)
    standing = await house.registry.in_force(found.kind, found.name)
    kinds, keys = _asked_by(found)
    return {
        "version": version,
        "kinds": kinds,
        "keys": keys,
        "others": await _others(house, found),
        "in_force": standing.version if standing else None,
    }


def _came(
    form: Form | None = None, tried: Sequence[Tried] = (), over: Comparison | None = None
) -> dict[str, Any]:
    """What was typed, and what came of it; nothing is looked for."""
    return {
        "typed": _typed(form),
        "chosen": form.several("kinds") if form else (),
        "tried": tried,
        "details": trials_shown(tried),
        "pulled": pulled(tried),
        "compared": over,
        "samples": samples_shown(over),
        "titled": titled,
        "functions": titles(),
        "offered": {"replies": HOW_MANY, "last": LAST, "projects": PROJECTS},
    }


def _typed(form: Form | None) -> dict[str, str]:
    typed = {name: form.raw(name) if form else "" for name in ("projects", "key", "value", "case")}
    chosen = {"against": "", "replies": str(PER_KIND), "last": ""}
    return typed | {name: form.get(name, absent) if form else absent for name, absent in chosen.items()}


async def _others(house: House, found: Document) -> list[ReadOn]:
    """The newest of the other versions, to be compared with."""
    versions = await house.registry.versions(found.kind, found.name)
    return [ReadOn(each.version, each.state) for each in versions if each.version != found.version][:VERSIONS]


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


def _beside_of(form: Form) -> Beside:
    """Raises AskMalformed."""
    return read_words(Beside, {name: form.get(name) or None for name in ("against", "replies")})


async def _orders(house: House, agency: str, form: Form) -> list[TrialOrder]:
    """One for each project named, and for those last asked about as far as there is room.

    The known key goes with those named, or alone; the others' the house has learned. Raises AskMalformed.
    """
    codes = list(dict.fromkeys(re.findall(r"[^\s,，、;；]+", form.get("projects"))))
    if len(codes) > PROJECTS:
        raise AskMalformed(text(f"一次最多 {PROJECTS} 个项目", f"At most {PROJECTS} projects at once"))
    known = {form.get("key"): (form.get("value"),)} if form.get("key") and form.get("value") else {}
    last = await _last(house, agency, form, codes)
    if form.get("last") and not (codes or last or known):
        raise AskMalformed(
            text("还没有人向该部门查询过项目", "Nobody has asked this agency about a project yet")
        )
    words = {"kinds": form.several("kinds") or None, "case": form.get("case") or "trial"}
    named: list[dict[str, Any]] = [{"project_code": code, "known": known} for code in codes]
    named = named or ([{"known": known}] if known or not last else [])
    return [read_words(TrialOrder, words | each) for each in (*named, *({"project_code": c} for c in last))]


async def _last(house: House, agency: str, form: Form, named: Sequence[str]) -> list[str]:
    """Projects that the agency was last asked about, of those not named yet. Raises AskMalformed."""
    wanted = min(form.whole("last"), PROJECTS - len(named)) if form.get("last") else 0
    found = await house.trials.projects(agency, PROJECTS) if wanted > 0 else []
    return [code for code in found if code not in named][: max(wanted, 0)]


async def _other(house: House, found: Document, form: Form) -> Document | None:
    """Which version reads the replies as well; none where none is in force, or it would be the same.

    Raises AskMalformed, NoSuchThing, and DocumentInvalid for one that was chosen and cannot read anything. A
    version in force that cannot is no choice of whoever tries another, and keeps nobody from trying it.
    """
    order, which = _beside_of(form), which_of(found.name)
    if order.against is None:
        other = await house.registry.in_force(*which)
    else:
        other = await beside(house, which, order.against)
        house.trials.once(other)()
    return None if other is None or other.version == found.version else other


async def _beside(
    house: House,
    found: Document,
    other: Document | None,
    tried: list[Tried],
    guest: Guest,
    until: Deadline,
) -> Comparison | None:
    """The replies that came, read by another version as well; None where there is no other, or no reply."""
    digests = dict.fromkeys(digest for each in tried for digest in each.digests)
    if not digests or other is None:
        return None
    return await house.trials.compare_kept(other, found, digests, guest.entry(EntryKind.TRIED), until)
