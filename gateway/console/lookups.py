"""A registrar asks: as the built-in consumer `console`, in the person's own name, on the way of every Ask."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from contracts.audit import EntryKind, Outcome, Subject
from contracts.errors import NotGranted
from contracts.exchange import Ask, Reason
from contracts.text import text
from contracts.time import day_of, parse_instant
from gateway.api.door import read_words, walked
from gateway.audit import search
from gateway.rooms import Knock

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.console.door import Guest
    from gateway.house import House
    from gateway.rooms import Answer

R = TypeVar("R", bound=Reason)

CONSUMER = "console"

LASTS = timedelta(hours=24)
"""So long after a look-up its attachments can be opened; then the project is looked up again."""

_NONE = timedelta()

SHOWN = 20
"""Look-ups of one's own that are listed."""

_NOT_LATELY = text(
    "补录须从您本人 24 小时内查询的材料包开始；请重新查询",
    "A material is typed in from a dossier that you looked up within 24 hours; look it up again",
)
_NOT_YOURS = text(
    "附件只能从您本人 24 小时内查询的材料包中打开；请重新查询",
    "Attachments open only from a dossier that you looked up within 24 hours; look it up again",
)


def ask_of(words: dict[str, Any], guest: Guest) -> Ask:
    """The question as a contract. Raises AskIncomplete, AskMalformed."""
    return _in_the_name_of(guest, read_words(Ask, words | {"operator": guest.person.account}))


def _in_the_name_of(guest: Guest, asked: R) -> R:
    """The log says `person:…`, which no consumer can say over HTTP: an account id holds no colon there."""
    return asked.model_copy(update={"operator": guest.id})


async def look_up(house: House, ask: Ask) -> Answer:
    """The dossier, or a problem; either signed, and in the log by now. Raises LogUnavailable."""
    with house.access.lent(CONSUMER) as credential:
        address = f"{house.base_url}/v1/dossiers"
        knock = Knock(credential, CONSUMER, "POST", address, lambda: ask)
        return await walked(house.exchange.dossier(knock))


async def fetch(
    house: House, guest: Guest, entry: int, attachment: str, part: Callable[[int], range | None]
) -> Answer:
    """A file of a dossier that this person was given in that entry. Raises NotGranted, NoSuchThing."""
    found = await _own(house, guest, entry, attachment)
    words = {"case": found["case"], "purpose": found["purpose"], "operator": guest.person.account}
    reason = _in_the_name_of(guest, read_words(Reason, words))
    with house.access.lent(CONSUMER) as credential:
        address = f"{house.base_url}/v1/attachments/{attachment}"
        knock = Knock(credential, CONSUMER, "GET", address, lambda: reason)
        return await walked(house.exchange.attachment(knock, attachment, part))


async def named(house: House, guest: Guest, entry: int, attachment: str) -> str:
    """What such a file is called. Raises NotGranted, NoSuchThing."""
    await _own(house, guest, entry, attachment)
    return (await house.shelf.find(attachment)).locator.name


async def own_look_up(
    house: House, guest: Guest, index: int, place: str, grace: timedelta = _NONE
) -> dict[str, Any]:
    """The entry, if by it this person was answered lately or a `grace` longer ago; `place` was opened.

    Raises NotGranted, once the log has it.
    """
    entry = await _entry(house, index)
    if not _theirs(house, guest, entry, grace):
        await _refuse(house, guest, Subject(type="address", id=place))
        raise NotGranted(_NOT_LATELY)
    return entry


async def _own(house: House, guest: Guest, index: int, attachment: str) -> dict[str, Any]:
    """The entry, if it gave this person what the attachment belongs to. Raises NotGranted, NoSuchThing."""
    shelved = await house.shelf.find(attachment)
    entry = await _entry(house, index)
    fits = shelved.project == entry.get("project") and shelved.locator.kind in entry.get("kinds", ())
    if shelved.project is None:  # nobody knows whose it is: at least its agency was asked then
        fits = fits and shelved.locator.agency in entry.get("agencies", ())
    if not (_theirs(house, guest, entry) and fits):
        await _refuse(house, guest, Subject(type="attachment", id=attachment))
        raise NotGranted(_NOT_YOURS)
    return entry


async def _entry(house: House, index: int) -> dict[str, Any]:
    body = await house.log.entry(index)
    return dict(json.loads(body)) if body else {}


def _theirs(house: House, guest: Guest, entry: dict[str, Any], grace: timedelta = _NONE) -> bool:
    """Whether this person was answered by it, and not too long ago."""
    given = (entry.get("kind"), entry.get("consumer"), entry.get("operator"))
    own = given == (EntryKind.ANSWERED.value, CONSUMER, guest.id)
    return own and house.clock() - parse_instant(entry["at"]) <= LASTS + grace


async def _refuse(house: House, guest: Guest, subject: Subject) -> None:
    outcome = Outcome(status=NotGranted.status, problem=NotGranted.type)
    await house.log.append(guest.entry(EntryKind.REFUSED, outcome=outcome, subject=subject))


@dataclass(frozen=True, slots=True)
class Lookup:
    """A look-up of one's own, as the log has it."""

    index: int
    at: str
    project: str | None
    case: str
    purpose: str
    given: int


async def recent(house: House, guest: Guest) -> list[Lookup]:
    """This person's own last look-ups, newest first; files that were opened are none."""
    query = search.Query(operator=guest.id, consumer=CONSUMER, kind=EntryKind.ANSWERED.value)
    finds = (await search.search(house.log, query, SHOWN * 5, alone=True)).finds
    entries = [(found.index, found.entry) for found in finds if found.entry]
    looked = [(index, entry) for index, entry in entries if (entry.get("outcome") or {}).get("retrieval")]
    return [
        Lookup(
            index,
            entry["at"],
            entry.get("project"),
            entry["case"],
            entry["purpose"],
            len(entry.get("kinds", ())),
        )
        for index, entry in looked[:SHOWN]
    ]


async def purposes(house: House) -> tuple[str, ...]:
    """What the console may ask for today, in the sheet's order; empty: somebody must grant it first."""
    today = day_of(house.clock())
    own = (each for each in await house.grants() if each.consumer == CONSUMER and each.covers(today))
    return tuple(dict.fromkeys(each.purpose for each in own))
