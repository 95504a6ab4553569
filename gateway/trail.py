"""What one ask leaves in the audit log: `asked` if an agency will be asked, and one closing entry."""

from __future__ import annotations

import asyncio
import logging
import re
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from contracts.audit import Draft, EntryKind, Outcome
from contracts.errors import (
    AgencyFailed,
    ConsumerError,
    LandbridgeError,
    LogUnavailable,
    StoreUnavailable,
)
from contracts.identifiers import READERS, building_no, resident_id
from contracts.material import digest_of
from contracts.problems import problem_headers, problem_octets
from contracts.text import text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping

    from adapters.base import Key
    from contracts.audit import Recorded, Subject
    from contracts.exchange import Ask, Reason, Scope

BRIEFLY = 0.4
"""Seconds: with what the store waits for its lock, an ask that cannot be recorded still ends within two."""

log = logging.getLogger(__name__)

_GIVEN_UP = text("请求在处理完之前中止", "The ask was given up before its end")
_NUMBERED = re.compile("[A-Z]{0,2}[0-9]{1,4}(?:-[0-9]{1,4})?")
_PERMITS = tuple(name for name in READERS if name.endswith("_no"))


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that the log already has and nobody has signed yet."""

    recorded: Recorded
    status: int
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)
    stream: AsyncIterator[bytes] | None = None


class Trail:
    """The entries of one ask by one recognised consumer."""

    def __init__(self, record: Callable[[Draft], Awaitable[Recorded]], consumer: str) -> None:
        self._record = record
        self._who: dict[str, Any] = {"consumer": consumer}
        self._asked_at: int | None = None

    def because(self, reason: Reason) -> None:
        """From here on the entries say why."""
        self._who |= {"case": reason.case, "purpose": reason.purpose, "operator": reason.operator}

    def about(self, ask: Ask, project: str | None) -> None:
        """From here on the entries say what about."""
        self.because(ask)
        self._who |= {"project": project, "scope": loggable_scope(ask.scope) if ask.scope else None}

    def trying(self, subject: Subject, person: str) -> None:
        """From here on the entries name the document that is tried, and who tries it."""
        self._who |= {"subject": subject, "operator": person}

    def of(self, project: str | None) -> None:
        """From here on the entries name the project."""
        self._who |= {"project": project}

    async def asked(self, kinds: Iterable[str], agencies: Iterable[str]) -> None:
        """Say, durably and before any agency hears of it, who may be asked for what. Once an ask."""
        if self._asked_at is None:
            draft = Draft(kind=EntryKind.ASKED, kinds=_sorted(kinds), agencies=_sorted(agencies), **self._who)
            self._asked_at = (await self._record(draft)).index

    async def answered(self, outcome: Outcome, digest: str, **details: Any) -> Recorded:
        """Say what is about to be answered; the answer leaves only after this returns."""
        return await self._close(EntryKind.ANSWERED, outcome, digest, details)

    async def ended(self, answer: Callable[[], Awaitable[Reply]]) -> Reply:
        """What `answer` replies, or what became of it instead; either is in the log when this returns.

        Raises LogUnavailable: nothing can be recorded, so nothing but that is answered.
        """
        try:
            return await answer()
        except LogUnavailable:
            raise
        except ConsumerError as error:
            return await self._told(EntryKind.REFUSED, error)
        except AgencyFailed as failure:
            return await self._told(EntryKind.ANSWERED, failure)
        except LandbridgeError as error:
            note_fault(error, self._asked_at)
            return await self._failed(error)
        except asyncio.CancelledError:
            await self._told(EntryKind.FAILED, LandbridgeError(_GIVEN_UP))
            raise
        except Exception as bug:  # noqa: BLE001  a bug of ours ends the ask too, and the log says so
            note_fault(bug, self._asked_at)
            return await self._told(EntryKind.FAILED, LandbridgeError())

    async def _failed(self, error: LandbridgeError) -> Reply:
        """The store may have kept the asker waiting already: then the log, in the same, has little left."""
        left = BRIEFLY if isinstance(error, StoreUnavailable) else None
        try:
            async with asyncio.timeout(left):
                return await self._told(EntryKind.FAILED, error)
        except TimeoutError as late:
            raise LogUnavailable from late

    async def _told(self, kind: EntryKind, error: LandbridgeError) -> Reply:
        octets = problem_octets(error)
        outcome = Outcome(status=error.status, problem=error.type)
        recorded = await self._close(kind, outcome, digest_of(octets), {})
        return Reply(recorded, error.status, problem_headers(error), octets)

    async def _close(
        self, kind: EntryKind, outcome: Outcome, digest: str, details: dict[str, Any]
    ) -> Recorded:
        draft = Draft(
            kind=kind, asked=self._asked_at, outcome=outcome, answer_digest=digest, **self._who, **details
        )
        return await self._record(draft)


def loggable(key: Key) -> str:
    """A key for the audit log: its value only where a grammar vouches that it is an identifier."""
    value = _vouched(key.name, key.value)
    return f"{key.name}={value}" if value else key.name


def loggable_scope(scope: Scope) -> dict[str, Any]:
    """A scope for the audit log: the numbers that a grammar vouches for, and how many others there are."""
    shown = {
        "buildings": [name for raw in scope.buildings if _NUMBERED.fullmatch(name := building_no(raw))],
        "permits": [value for raw in scope.permits if (value := _vouched_permit(raw))],
        "units": [value for raw in scope.units if (value := _vouched("unit_code", raw))],
    }
    named = len(scope.buildings) + len(scope.permits) + len(scope.units)
    others = named - sum(map(len, shown.values()))
    return {name: values for name, values in shown.items() if values} | ({"others": others} if others else {})


def _vouched_permit(raw: str) -> str | None:
    return next((value for name in _PERMITS if (value := _vouched(name, raw))), None)


def _vouched(name: str, raw: str) -> str | None:
    """The normal form of what is surely an identifier, and surely not a person's.

    Loose grammars vouch for nothing: a number of local form may hold any words, an engineering code a name.
    """
    reader = READERS.get(name)
    if reader is None or resident_id(raw):
        return None
    reading = reader(raw)
    loose = reading.parts.get("form") == "local"
    loose |= name == "engineering_code" and "project_code" not in reading.parts
    return reading.norm if reading.usable and not loose else None


def note_fault(error: BaseException, asked: int | None = None) -> None:
    """Tell the operator what broke and where, and no message: that of a stranger's error may quote values.

    `asked` is the entry of the ask, if an agency was to be asked.
    """
    names, frames = [], []
    cause: BaseException | None = error
    while cause is not None:
        names.append(type(cause).__name__)
        frames += traceback.format_tb(cause.__traceback__)
        cause = cause.__cause__ or cause.__context__
    log.error("ask failed: %s\n%s", " from ".join(names), "".join(frames), extra={"asked": asked})


def _sorted(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(words)))
