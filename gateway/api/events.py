"""What became of an answer after it was delivered: consumers tell who viewed, printed or exported it."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Request
from pydantic import AfterValidator, Field, model_validator

from contracts.audit import Act, Draft, EntryKind, Event, Outcome, Subject
from contracts.errors import AskMalformed, NoSuchThing
from contracts.exchange import AccountId, KindSlug, Receipt, no_person
from contracts.material import Strict
from contracts.text import text
from contracts.time import Instant, stored
from gateway.api.door import body_of, house_of, read_json
from gateway.api.doors import Admitted
from gateway.api.pages import body, problems
from gateway.audit.search import event_known

if TYPE_CHECKING:
    from gateway.house import House

router = APIRouter(prefix="/v1", tags=["consumers"])

_NOT_YOURS = text(
    "第 {place} 个事件所指的答复不存在，或不是给您的",
    "Event {place}: there is no such answer, or it is not yours",
)
_NOT_IN_IT = text("第 {place} 个事件的材料不在该答复中", "Event {place}: the answer held no such material")
_TOLD_OTHERWISE = text(
    "第 {place} 个事件的编号已用于另一事件", "Event {place}: its id was given to another event before"
)


def _leaf(value: str) -> str:
    if base64.b64encode(base64.b64decode(value, validate=True)).decode() != value:
        raise ValueError("not canonical base64")
    return value


EventId = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._:\-]{0,99}$"), AfterValidator(no_person)]
"""The consumer's own id for an event: telling it again under the same id tells nothing new."""


class AnswerPlace(Strict):
    """Which answer: its place in the log and its leaf hash, as the receipt says them."""

    index: int = Field(ge=0, le=2**53)
    leaf: Annotated[str, Field(min_length=44, max_length=44), AfterValidator(_leaf)]


class EventTold(Strict):
    """One use of one answer, by its place or by the `Landbridge-Receipt` that came with it.

    An attachment came with a receipt of its own; `kinds` names the materials used, all when left out.
    """

    id: EventId
    answer: AnswerPlace | None = None
    receipt: Annotated[str, Field(max_length=500)] | None = Field(
        default=None, examples=['origin="landbridge.local/log", index=42, leaf=:47DEQ…:, size=43']
    )
    event: Act
    operator: AccountId
    at: Instant | None = Field(default=None, description="when, as the consumer knows it")
    kinds: Annotated[tuple[KindSlug, ...], Field(min_length=1, max_length=50)] | None = None
    copies: Annotated[int, Field(ge=1, le=10_000)] | None = None

    @model_validator(mode="after")
    def _names_one_answer(self) -> EventTold:
        if (self.answer is None) == (self.receipt is None):
            raise ValueError("name the answer by `answer` or by `receipt`")
        self.place("")
        return self

    def place(self, origin: str) -> tuple[int, bytes] | None:
        """Index and leaf of the answer; None when the receipt is another log's. Raises ValueError."""
        if self.answer:
            return self.answer.index, base64.b64decode(self.answer.leaf)
        receipt = Receipt.parse(self.receipt or "")
        return (receipt.index, receipt.leaf) if receipt.origin == origin else None


class EventsTold(Strict):
    """Up to a hundred at once; all of them are recorded, or none where one cannot be."""

    events: Annotated[tuple[EventTold, ...], Field(min_length=1, max_length=100)]


class EventRecorded(Strict):
    """Where the log has an event; `repeated` when it had it already."""

    id: str
    index: int
    leaf: str
    repeated: bool


class EventsRecorded(Strict):
    """One for each event told, in the same order."""

    events: tuple[EventRecorded, ...]


@router.post(
    "/events",
    summary="Tell what became of answers",
    responses=problems(400, 401, 403, 404, 429, 503),
    openapi_extra=body(EventsTold),
)
async def tell(request: Request, consumer: Admitted) -> EventsRecorded:
    """Viewed, printed or exported: uses stand on the same record as the answer they are of."""
    told = read_json(EventsTold, await body_of(request))
    return EventsRecorded(events=tuple(await record(house_of(request), consumer.id, told.events)))


async def record(house: House, consumer: str, told: tuple[EventTold, ...]) -> list[EventRecorded]:
    """All or none. Raises NoSuchThing (once the log has the refusal), AskMalformed, LogUnavailable."""
    async with house.telling[consumer]:  # an event told twice at once is recorded once
        drafts: dict[str, Draft] = {}
        for place, event in enumerate(told, 1):
            draft = await _draft(house, consumer, event, place)
            if drafts.setdefault(event.id, draft) != draft:
                raise AskMalformed(_TOLD_OTHERWISE.fill(place=place))
        known = {
            name: await _known(house, draft, place) for place, (name, draft) in enumerate(drafts.items(), 1)
        }
        new = [name for name, before in known.items() if before is None]
        recorded = await asyncio.gather(*(house.log.append(drafts[name]) for name in new))
    fresh = {
        name: EventRecorded(id=name, index=each.index, leaf=_b64(each.leaf), repeated=False)
        for name, each in zip(new, recorded, strict=True)
    }
    return [fresh.get(event.id) or known[event.id] for event in told]  # type: ignore[misc]  # one of them is


async def _draft(house: House, consumer: str, event: EventTold, place: int) -> Draft:
    """The entry of an event: it says of the answer what the answer's own entry says. Raises as `record`."""
    where = event.place(house.log.origin)
    answer = await _answer(house, consumer, *where) if where else None
    if where is None or answer is None:
        await _refused(house, consumer)
        raise NoSuchThing(_NOT_YOURS.fill(place=place))
    kinds = event.kinds or tuple(answer.get("kinds", ()))
    if not set(kinds) <= set(answer.get("kinds", ())):
        raise AskMalformed(_NOT_IN_IT.fill(place=place))
    return Draft(
        kind=EntryKind.USED,
        answer=where[0],
        event=Event(
            id=event.id, act=event.event, at=stored(event.at) if event.at else None, copies=event.copies
        ),
        consumer=consumer,
        operator=event.operator,
        kinds=tuple(sorted(set(kinds))),
        agencies=tuple(answer.get("agencies", ())),
        personal=bool(answer.get("personal")),
        case=answer.get("case"),
        purpose=answer.get("purpose"),
        project=answer.get("project"),
    )


async def _answer(house: House, consumer: str, index: int, leaf: bytes) -> dict[str, Any] | None:
    """The answer's entry, if it was this consumer's: anything else looks as if it were not there."""
    found = await house.log.lines(index, 1)
    if not found or found[0].body is None or found[0].leaf != leaf:
        return None
    entry: dict[str, Any] = json.loads(found[0].body)
    own = entry.get("consumer") == consumer and entry.get("kind") == EntryKind.ANSWERED.value
    return entry if own else None


async def _known(house: House, draft: Draft, place: int) -> EventRecorded | None:
    """Where the log has the event already. Raises AskMalformed when it was another one."""
    if draft.event is None or draft.consumer is None:
        raise AssertionError("a draft of an event")
    before = await event_known(house.log, draft.consumer, draft.event.id)
    if before is None:
        return None
    same = draft.model_dump(mode="json", include={"answer", "event", "operator"}, exclude_none=True)
    if before.entry is not None and any(before.entry.get(name) != value for name, value in same.items()):
        raise AskMalformed(_TOLD_OTHERWISE.fill(place=place))
    return EventRecorded(id=draft.event.id, index=before.index, leaf=_b64(before.leaf), repeated=True)


async def _refused(house: House, consumer: str) -> None:
    refusal = NoSuchThing()
    outcome = Outcome(status=refusal.status, problem=refusal.type)
    place = Subject(type="address", id="/v1/events")
    await house.log.append(Draft(kind=EntryKind.REFUSED, consumer=consumer, outcome=outcome, subject=place))


def _b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
