"""Looking after an agency: its connection tested, its data paused, and what is noted of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Request
from pydantic import AfterValidator, Field

from adapters.base import Deadline
from contracts.audit import EntryKind, Subject
from contracts.errors import Fault
from contracts.exchange import Slug
from contracts.material import Strict
from contracts.remedies import REMEDIES
from contracts.text import Text, text
from contracts.time import Instant, parse_instant
from gateway.api.agencies import in_force, known
from gateway.api.documents import Why
from gateway.api.door import body_of, house_of, read_json
from gateway.api.doors import Admitted
from gateway.api.operations import PauseShown, pause_shown
from gateway.api.pages import body, problems
from gateway.api.versions import entry_of
from gateway.callnotes import About

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.base import ProbeStep
    from contracts.audit import Draft
    from gateway.callnotes import CallNote
    from gateway.house import House

router = APIRouter(prefix="/v1/agencies/{agency}", tags=["operations"])

PROBE_SECONDS = 15.0
STEPS = ("settings", "connection", "credentials")
LOOKING = problems(400, 401, 403, 404, 429, 503)
TURNING = problems(400, 401, 403, 404, 409, 429, 503)


def _readable(words: str) -> str:
    if not words.strip() or any(ord(each) < 32 and each not in "\n\t" for each in words):
        raise ValueError("not a text to be read")
    return words


class Noted(Strict):
    """A note: the contact card, of which the newest holds, or what was said in a call."""

    about: About = Field(strict=False)
    text: Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_readable)]


class NoteShown(Strict):
    """A note, by whom and when."""

    about: About
    text: str
    by: str
    at: Instant


class NotesShown(Strict):
    """An agency's notes, newest first."""

    notes: tuple[NoteShown, ...]


class StepShown(Strict):
    """One of three steps; `passed` is null where it could not be tried. `remedy`: what to do about it."""

    name: str
    passed: bool | None
    detail: Text
    remedy: Text | None


class Tested(Strict):
    """How far one gets at an agency, without asking about any project."""

    agency: str
    passed: bool
    steps: tuple[StepShown, ...]


class PauseOrder(Strict):
    """Why the agency's data is not to be used for now."""

    reason: Why


@router.get("/notes", summary="What is noted about an agency", responses=LOOKING)
async def notes(request: Request, keeper: Admitted, agency: Slug) -> NotesShown:
    """Whom to call there, and what was said."""
    del keeper
    return NotesShown(notes=await noted(house_of(request), agency))


@router.post(
    "/notes",
    summary="Note something about an agency",
    status_code=201,
    responses=LOOKING,
    openapi_extra=body(Noted),
)
async def note(request: Request, keeper: Admitted, agency: Slug) -> NoteShown:
    """The log says that something was noted, and not what."""
    order = read_json(Noted, await body_of(request))
    return await add_note(house_of(request), agency, order, entry_of(keeper))


@router.post("/probe", summary="Test the connection", responses=LOOKING)
async def probe(request: Request, keeper: Admitted, agency: Slug) -> Tested:
    """Settings, connection, credentials; no project is asked about."""
    return await tested(house_of(request), agency, entry_of(keeper))


@router.post(
    "/pause",
    summary="Stop using an agency's data",
    status_code=201,
    responses=TURNING,
    openapi_extra=body(PauseOrder),
)
async def pause(request: Request, keeper: Admitted, agency: Slug) -> PauseShown:
    """On every node within two seconds: it is not asked, and its kinds come out as unavailable."""
    order = read_json(PauseOrder, await body_of(request))
    return await paused(house_of(request), agency, order, entry_of(keeper))


@router.post("/resumption", summary="Use an agency's data again", status_code=204, responses=TURNING)
async def resume(request: Request, keeper: Admitted, agency: Slug) -> None:
    """On every node within two seconds."""
    await resumed(house_of(request), agency, entry_of(keeper))


async def noted(house: House, agency: str) -> tuple[NoteShown, ...]:
    """An agency's notes, newest first. Raises NoSuchThing, StoreUnavailable."""
    await known(house, agency)
    return tuple(_note_shown(each) for each in await house.call_notes.of(agency))


async def add_note(house: House, agency: str, order: Noted, entry: Draft) -> NoteShown:
    """Note something, the entry first. Raises NoSuchThing, LogUnavailable, StoreUnavailable."""
    await known(house, agency)
    return _note_shown(await house.call_notes.add(agency, order.about, order.text.strip(), entry))


async def tested(house: House, agency: str, entry: Draft) -> Tested:
    """Try the version in force, the entry first: its secrets are about to be sent. Raises NoSuchThing."""
    adapter = await in_force(house, agency)
    await house.safe.refresh()
    subject = Subject(type="agency", id=agency, version=adapter.version, note="connection")
    what = {"kind": EntryKind.TRIED, "agencies": (agency,), "subject": subject}
    await house.log.append(entry.model_copy(update=what))
    found = await adapter.probe(Deadline.after(PROBE_SECONDS))
    steps = steps_shown(found.steps, drops=adapter.capabilities.local)
    return Tested(agency=agency, passed=found.passed, steps=steps)


def steps_shown(found: Iterable[ProbeStep], *, drops: bool = False) -> tuple[StepShown, ...]:
    """All three steps, those that were not tried too; `drops`: the agency leaves files."""
    tried = {step.name: _step(step) for step in found}
    return tuple(tried.get(name) or _untried(name, drops=drops) for name in STEPS)


async def paused(house: House, agency: str, order: PauseOrder, entry: Draft) -> PauseShown:
    """Pause it. Raises NoSuchThing, WrongState, LogUnavailable, StoreUnavailable."""
    await in_force(house, agency)
    return pause_shown(await house.pauses.pause(agency, order.reason, entry))


async def resumed(house: House, agency: str, entry: Draft) -> None:
    """Resume it. Raises NoSuchThing, WrongState, LogUnavailable, StoreUnavailable."""
    await known(house, agency)
    await house.pauses.resume(agency, entry)


def _note_shown(found: CallNote) -> NoteShown:
    return NoteShown(about=found.about, text=found.text, by=found.by, at=parse_instant(found.at))


def _step(step: ProbeStep) -> StepShown:
    remedy = REMEDIES[step.fault or Fault.BROKEN] if step.passed is False else None
    return StepShown(name=step.name, passed=step.passed, detail=step.detail, remedy=remedy)


_NOT_REACHED = text("前一步未通过，未测试", "Not tried: the step before it failed")
_NONE_NEEDED = text("以文件投递，不需要凭据", "Files are dropped; no credentials are needed")


def _untried(name: str, *, drops: bool) -> StepShown:
    none_needed = drops and name == "credentials"
    return StepShown(
        name=name, passed=None, detail=_NONE_NEEDED if none_needed else _NOT_REACHED, remedy=None
    )
