"""A document's life on its pages: drafted, seen beside what is in force, decided on by a second person.

Manifests and the grant sheet live alike; where their pages lie, and what else leads on from them, is theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Request

from contracts.audit import EntryKind, people_of
from contracts.errors import LandbridgeError
from contracts.exchange import Slug
from contracts.text import text
from gateway.api import documents
from gateway.api.documents import Because, Gone, Refusal, Seen, Version, Which, Written
from gateway.api.door import house_of, read_words
from gateway.api.sheets import SHEET
from gateway.api.versions import which_of
from gateway.console.agencies import ROOT, frame_of
from gateway.console.door import Admitted, Expected, Guest, Posted, Visitor, go, may, show, show_soon
from gateway.console.doors import Entrance
from gateway.console.grants import EMPTY
from gateway.registry import DocumentState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from starlette.responses import Response

    from gateway.api.documents import History, VersionShown, VersionText
    from gateway.console.forms import Form
    from gateway.house import House

_OPEN = frozenset({DocumentState.DRAFT, DocumentState.SUBMITTED, DocumentState.REJECTED})
_VERSIONS, _VERSION = "documents/versions.html", "documents/version.html"
_MANIFEST, _SHEET = f"{ROOT}/versions", "/console/grants/versions"


class Step(NamedTuple):
    """What is done with a version, the order it wants, and what is said afterwards."""

    act: Callable[..., Awaitable[VersionShown]]
    order: type[Seen | Gone | Refusal | Because]
    done: str


STEPS = {
    "submission": Step(documents.submit, Seen, "version-submitted"),
    "withdrawal": Step(documents.withdraw, Gone, "version-withdrawn"),
    "rejection": Step(documents.reject, Refusal, "version-rejected"),
    "publication": Step(documents.publish, Seen, "version-published"),
    "rollback": Step(documents.roll_back, Because, "version-rolled-back"),
}
"""By the last word of its address."""


class Pages(NamedTuple):
    """One document and its pages.

    `route` is as the table of doors has it, `address` with the agency in it; `begin` leads to where one is
    drafted by a form, `empty` is the text of one that says nothing.
    """

    which: Which
    route: str
    address: str
    begin: Entrance
    empty: str = ""
    agency: str | None = None

    def at(self, version: int) -> str:
        """A version's page."""
        return f"{self.address}/{version}"

    async def around(self, request: Request, visitor: Visitor) -> dict[str, Any]:
        """What stands round each of them: the frame of its document's other pages."""
        if self.agency is None:
            return {"place": self.address, "frame": "grants/one.html"}
        frame = await frame_of(request, visitor, self.agency)
        return frame | {"place": self.address, "frame": "agencies/one.html"}


class Open(NamedTuple):
    """What this person may do with a version now."""

    edit: bool
    submit: bool
    decide: bool
    roll_back: bool


async def _pages_of(request: Request) -> Pages:
    agency = request.path_params.get("agency")
    if agency is None:
        begin = Entrance("/console/grants/decisions", text("新增授权", "Add a grant"))
        return Pages(SHEET, _SHEET, _SHEET, begin, EMPTY)
    begin = Entrance(f"/console/agencies/{agency}/connect", text("用接入向导", "With the wizard"))
    return Pages(which_of(agency), _MANIFEST, _MANIFEST.replace("{agency}", agency), begin, agency=agency)


AtHand = Annotated[Pages, Depends(_pages_of)]
"""The document that an address is about."""


async def history_page(request: Request, visitor: Expected, pages: AtHand) -> Response:
    """Every version, and who did what to each, when and why."""
    frame = await pages.around(request, visitor)
    return show_soon(request, visitor, _VERSIONS, lambda guest: _history(request, guest, pages), **frame)


async def draft(request: Request, guest: Admitted, form: Posted, pages: AtHand) -> Response:
    """A draft that begins as another version, or as the text that was sent; it need not be right yet."""
    house, written = house_of(request), _text(form)
    try:
        whole = written or (await documents.version_text(house, pages.which, form.whole("like"))).text
        order = read_words(Written, {"text": whole})
        made = await documents.draft(house, pages.which, order, guest.entry(EntryKind.DRAFTED))
    except LandbridgeError as error:
        facts = await _history(request, guest, pages, written) | await pages.around(request, guest)
        return await show(request, guest, _VERSIONS, problem=error, **facts)
    return go(pages.at(made.version.version), "version-drafted")


async def version_page(request: Request, visitor: Expected, pages: AtHand, version: Version) -> Response:
    """What it says, what is wrong with it, where it parts from the one in force, and what may be done."""
    await house_of(request).registry.check_version(*pages.which, version)
    frame = await pages.around(request, visitor)

    async def facts(guest: Guest) -> dict[str, Any]:
        found = await documents.version_text(house_of(request), pages.which, version)
        return await _version(request, guest, pages, found)

    return show_soon(request, visitor, _VERSION, facts, number=version, **frame)


async def edit(request: Request, guest: Admitted, form: Posted, pages: AtHand, version: Version) -> Response:
    """Another text; one that is not valid is kept as well, and every problem named."""
    written = _text(form)
    try:
        order = read_words(Written, {"text": written or None})
        await documents.edit(house_of(request), pages.which, version, order, guest.entry(EntryKind.DRAFTED))
    except LandbridgeError as error:
        return await _again(request, guest, pages, version, error, written)
    return go(pages.at(version), "version-saved")


async def turn(request: Request, guest: Admitted, form: Posted, pages: AtHand, version: Version) -> Response:
    """One step on; what is decided on is the content with the digest that the page showed."""
    step = STEPS[request.scope["route"].path.rpartition("/")[2]]
    try:
        order = read_words(step.order, {name: form.get(name) or None for name in step.order.model_fields})
        entry = guest.entry(EntryKind.TRIED)  # the registry says of what kind it is
        await step.act(house_of(request), pages.which, version, order, entry)
    except LandbridgeError as error:
        return await _again(request, guest, pages, version, error)
    return go(pages.at(version), step.done)


async def _named(agency: Slug) -> None:
    """An agency's name is read as one before anything is looked for by it."""


router = APIRouter(include_in_schema=False)
for _at, _asks in ((_MANIFEST, [Depends(_named)]), (_SHEET, [])):
    router.add_api_route(_at, history_page, methods=["GET"], dependencies=_asks)
    router.add_api_route(_at, draft, methods=["POST"], dependencies=_asks)
    router.add_api_route(f"{_at}/{{version}}", version_page, methods=["GET"], dependencies=_asks)
    router.add_api_route(f"{_at}/{{version}}", edit, methods=["POST"], dependencies=_asks)
    for _step in STEPS:
        router.add_api_route(f"{_at}/{{version}}/{_step}", turn, methods=["POST"], dependencies=_asks)


async def _history(request: Request, guest: Guest, pages: Pages, typed: str = "") -> dict[str, Any]:
    found = await documents.history(house_of(request), pages.which)
    return {
        "history": found,
        "typed": typed or ("" if found.versions else pages.empty),
        "in_force": _in_force(found),
        "drafts": may(guest, pages.route, "POST"),
        "decides": may(guest, f"{pages.route}/{{version}}/rollback", "POST"),
        "begin": pages.begin,
    }


async def _again(
    request: Request,
    guest: Guest,
    pages: Pages,
    version: int,
    problem: LandbridgeError,
    typed: str | None = None,
) -> Response:
    found = await documents.version_text(house_of(request), pages.which, version)
    facts = await _version(request, guest, pages, found, typed) | await pages.around(request, guest)
    return await show(request, guest, _VERSION, number=found.version.version, problem=problem, **facts)


async def _version(
    request: Request, guest: Guest, pages: Pages, found: VersionText, typed: str | None = None
) -> dict[str, Any]:
    house, version = house_of(request), found.version.version
    history = await documents.history(house, pages.which)
    beside, may_do = _beside(request, history), _open(guest, pages, found.version)
    return {
        "found": found,
        "lines": found.text.splitlines(),
        "wrong": {each.line for each in found.problems},
        "acts": [act for act in history.acts if act.version == version],
        "beside": beside,
        "in_force": _in_force(history),
        "others": [each for each in history.versions if each.version != version],
        "diff": await _diff(house, pages.which, beside, version),
        "open": may_do,
        "ways": tuple(_ways(guest, pages, found, edit=may_do.edit)),
        "typed": found.text if typed is None else typed,
        "unsaved": typed is not None,
    }


def _in_force(history: History) -> int | None:
    """The version in force, if one is."""
    return next((each.version for each in history.versions if each.state is DocumentState.PUBLISHED), None)


def _beside(request: Request, history: History) -> int | None:
    """The version to compare with that an address names: the one in force unless it names one that is."""
    named = request.query_params.get("beside", "")
    found = (each.version for each in history.versions if str(each.version) == named)
    return next(found, _in_force(history))


async def _diff(house: House, which: Which, beside: int | None, version: int) -> list[str] | None:
    """Where it parts from another version; None where there is nothing to compare it with."""
    if beside is None or beside == version:
        return None
    return (await documents.diff(house, which, beside, version)).diff.splitlines()[2:]  # after the names


def _open(guest: Guest, pages: Pages, version: VersionShown) -> Open:
    """The registry decides; this keeps from the page what it would refuse."""

    def theirs(step: str = "") -> bool:
        return may(guest, f"{pages.route}/{{version}}{step}", "POST")

    own, state = guest.id == version.author, version.state
    hands = people_of(version.author, version.submitted_by)
    second = guest.person.account not in hands
    return Open(
        edit=own and state in _OPEN and theirs(),
        submit=own and state is DocumentState.DRAFT and theirs("/submission"),
        decide=second and state is DocumentState.SUBMITTED and theirs("/publication"),
        roll_back=state is DocumentState.SET_ASIDE and theirs("/rollback"),
    )


def _ways(guest: Guest, pages: Pages, found: VersionText, *, edit: bool) -> Iterator[Entrance]:
    """What leads on from a version, as far as it is this person's."""
    number = found.version.version
    if pages.agency is None:
        if edit:
            title = text("再加一项授权", "Add a grant to it")
            yield Entrance(f"/console/grants/decisions?version={number}", title)
        return
    if edit:
        title = text("用向导修改", "Edit it with the wizard")
        yield Entrance(f"/console/agencies/{pages.agency}/connect/{number}", title)
    if not found.problems and may(guest, f"{pages.route}/{{version}}/trials"):
        yield Entrance(f"{pages.at(number)}/trials", text("试运行与对比", "Try it, and compare"))


def _text(form: Form) -> str:
    return form.text("text")
