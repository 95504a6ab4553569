"""An agency's manifest by its versions: written, seen beside the one in force, published, rolled back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from fastapi import APIRouter, Path, Request

from contracts.audit import EntryKind, people_of
from contracts.errors import LandbridgeError
from gateway.api import documents
from gateway.api.documents import Because, Gone, Refusal, Seen, Which, Written
from gateway.api.door import house_of, read_words
from gateway.console.agencies import ROOT, Agency, page_of
from gateway.console.door import Admitted, Guest, Posted, go, may
from gateway.registry import DocumentKind, DocumentState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.responses import Response

    from gateway.api.documents import History, VersionShown, VersionText
    from gateway.console.forms import Form
    from gateway.house import House

router = APIRouter(prefix="/console/agencies/{agency}/versions", include_in_schema=False)

Version = Annotated[int, Path(ge=1, le=2**31 - 1)]

_OPEN = frozenset({DocumentState.DRAFT, DocumentState.SUBMITTED, DocumentState.REJECTED})
_HERE = f"{ROOT}/versions/{{version}}"


class Line(NamedTuple):
    """A line of a unified diff: `+`, `-`, `@` or a blank, and the rest of it."""

    mark: str
    text: str


class Open(NamedTuple):
    """What this person may do with a version now."""

    edit: bool
    submit: bool
    decide: bool
    roll_back: bool
    try_out: bool
    connect: bool


class _Step(NamedTuple):
    """What is done with a version, the order it wants, its entry, and what is said afterwards."""

    act: Callable[..., Awaitable[VersionShown]]
    order: type[Seen | Gone | Refusal]
    kind: EntryKind
    done: str


@router.get("")
async def history_page(request: Request, guest: Admitted, agency: Agency) -> Response:
    """Every version, and what was done to each."""
    return await _history(request, guest, agency)


@router.post("")
async def draft(request: Request, guest: Admitted, form: Posted, agency: Agency) -> Response:
    """A draft that begins as another version, or as the text that was sent."""
    house, which = house_of(request), which_of(agency)
    try:
        text = _text(form) or (await documents.version_text(house, which, form.whole("like"))).text
        order = read_words(Written, {"text": text})
        made = await documents.draft(house, which, order, guest.entry(EntryKind.DRAFTED))
    except LandbridgeError as error:
        return await _history(request, guest, agency, error, _text(form))
    return go(_at(agency, made.version.version), "version-drafted")


@router.get("/{version}")
async def version_page(request: Request, guest: Admitted, agency: Agency, version: Version) -> Response:
    """A version's text, what is wrong with it, and where it parts from the one in force."""
    return await _version(request, guest, agency, version)


@router.post("/{version}")
async def edit(request: Request, guest: Admitted, form: Posted, agency: Agency, version: Version) -> Response:
    """Another text; one that is not valid is kept as well, and every problem named."""
    house, which, entry = house_of(request), which_of(agency), guest.entry(EntryKind.DRAFTED)
    try:
        order = read_words(Written, {"text": _text(form) or None})
        await documents.edit(house, which, version, order, entry)
    except LandbridgeError as error:
        return await _version(request, guest, agency, version, error, _text(form))
    return go(_at(agency, version), "version-saved")


@router.post("/{version}/submission")
async def submit(
    request: Request, guest: Admitted, form: Posted, agency: Agency, version: Version
) -> Response:
    """A second person is asked to look."""
    step = _Step(documents.submit, Seen, EntryKind.SUBMITTED, "version-submitted")
    return await _turned(request, guest, (agency, version), step, _words(form))


@router.post("/{version}/withdrawal")
async def withdraw(
    request: Request, guest: Admitted, form: Posted, agency: Agency, version: Version
) -> Response:
    """Its author gives it up."""
    step = _Step(documents.withdraw, Gone, EntryKind.WITHDRAWN, "version-withdrawn")
    return await _turned(request, guest, (agency, version), step, {"reason": form.get("reason") or None})


@router.post("/{version}/rejection")
async def reject(
    request: Request, guest: Admitted, form: Posted, agency: Agency, version: Version
) -> Response:
    """A second person says no, and why."""
    step = _Step(documents.reject, Refusal, EntryKind.REJECTED, "version-rejected")
    return await _turned(request, guest, (agency, version), step, _words(form))


@router.post("/{version}/publication")
async def publish(
    request: Request, guest: Admitted, form: Posted, agency: Agency, version: Version
) -> Response:
    """A second person puts in force what this page showed them, by its digest."""
    step = _Step(documents.publish, Seen, EntryKind.PUBLISHED, "version-published")
    return await _turned(request, guest, (agency, version), step, _words(form))


@router.post("/{version}/rollback")
async def roll_back(
    request: Request, guest: Admitted, form: Posted, agency: Agency, version: Version
) -> Response:
    """An earlier version is in force again."""
    house, which, entry = house_of(request), which_of(agency), guest.entry(EntryKind.ROLLED_BACK)
    try:
        order = read_words(Because, {"reason": form.get("reason") or None})
        await documents.roll_back(house, which, version, order, entry)
    except LandbridgeError as error:
        return await _history(request, guest, agency, error)
    return go(f"/console/agencies/{agency}/versions", "version-rolled-back")


async def _turned(
    request: Request, guest: Guest, where: tuple[str, int], step: _Step, words: dict[str, str | None]
) -> Response:
    """A step on, or the page again with why not."""
    (agency, version), house = where, house_of(request)
    try:
        order = read_words(step.order, words)
        await step.act(house, which_of(agency), version, order, guest.entry(step.kind))
    except LandbridgeError as error:
        return await _version(request, guest, agency, version, error)
    return go(_at(agency, version), step.done)


async def _history(
    request: Request, guest: Guest, agency: str, problem: LandbridgeError | None = None, typed: str = ""
) -> Response:
    found = await documents.history(house_of(request), which_of(agency))
    return await page_of(
        request,
        guest,
        "agencies/versions.html",
        agency,
        status=problem.status if problem else 200,
        problem=problem,
        history=found,
        typed=typed,
        in_force=in_force(found),
        drafts=may(guest, f"{ROOT}/versions", "POST"),
        decides=may(guest, f"{_HERE}/rollback", "POST"),
        connects=may(guest, f"{ROOT}/connect"),
    )


async def _version(
    request: Request,
    guest: Guest,
    agency: str,
    version: int,
    problem: LandbridgeError | None = None,
    typed: str | None = None,
) -> Response:
    house, which = house_of(request), which_of(agency)
    found = await documents.version_text(house, which, version)
    history = await documents.history(house, which)
    beside = in_force(history)
    return await page_of(
        request,
        guest,
        "agencies/version.html",
        agency,
        status=problem.status if problem else 200,
        problem=problem,
        found=found,
        lines=found.text.splitlines(),
        wrong={each.line for each in found.problems},
        acts=[act for act in history.acts if act.version == version],
        beside=beside,
        diff=await _diff(house, which, beside, found),
        open=_open(guest, found.version),
        typed=found.text if typed is None else typed,
        unsaved=typed is not None,
    )


async def _diff(house: House, which: Which, beside: int | None, found: VersionText) -> list[Line] | None:
    """Where it parts from the version in force; None where there is nothing to compare it with."""
    if beside is None or beside == found.version.version:
        return None
    diff = (await documents.diff(house, which, beside, found.version.version)).diff
    return [Line(line[:1], line[1:]) for line in diff.splitlines()[2:]]  # the first two are the names


def in_force(history: History) -> int | None:
    """The version in force, if one is."""
    return next((each.version for each in history.versions if each.state is DocumentState.PUBLISHED), None)


def which_of(agency: str) -> Which:
    """An agency's manifest."""
    return Which(DocumentKind.AGENCY, agency)


def _open(guest: Guest, version: VersionShown) -> Open:
    """The registry decides; this keeps from the page what it would refuse."""
    own, open_still = guest.id == version.author, version.state in _OPEN
    is_submitted = version.state is DocumentState.SUBMITTED
    hands = people_of(version.author, version.submitted_by)
    second = guest.person.account not in hands
    return Open(
        edit=own and open_still and may(guest, _HERE, "POST"),
        submit=own and version.state is DocumentState.DRAFT and may(guest, f"{_HERE}/submission", "POST"),
        decide=is_submitted and second and may(guest, f"{_HERE}/publication", "POST"),
        roll_back=version.state is DocumentState.SET_ASIDE and may(guest, f"{_HERE}/rollback", "POST"),
        try_out=may(guest, f"{_HERE}/trials"),
        connect=own and open_still and may(guest, f"{ROOT}/connect/{{version}}"),
    )


def _text(form: Form) -> str:
    return form.text("text")


def _words(form: Form) -> dict[str, str | None]:
    return {"digest": form.get("digest"), "reason": form.get("reason") or None}


def _at(agency: str, version: int) -> str:
    return f"/console/agencies/{agency}/versions/{version}"
