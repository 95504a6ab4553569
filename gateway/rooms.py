"""What the path walks through, who knocks, and what leaves."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from gateway.flight import Flights

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from datetime import datetime

    from adapters.base import Adapter, Locator
    from contracts.audit import Draft, Recorded
    from contracts.errors import AgencyFailed
    from contracts.exchange import Grant
    from contracts.material import Drift, Material
    from gateway.access.consumers import Consumers
    from gateway.aliases import Aliases
    from gateway.attachments import Held, Shelf
    from gateway.cache import Kept, MemoryCache
    from gateway.signing import AnswerSigner
    from gateway.standins import StandIns
    from gateway.vault import Vault
    from gateway.verdicts import Verdicts

Q = TypeVar("Q")


DESKS = 32
"""Answers put together at once. A thousand side by side would keep the log's writer from its turn."""


@dataclass(frozen=True, slots=True)
class Catch:
    """What one question brought: evidence by digest, and materials, a kept answer or a failure."""

    evidence: tuple[str, ...] = ()
    materials: tuple[Material, ...] = ()
    locators: tuple[Locator, ...] = ()
    kept: Kept | None = None
    failure: AgencyFailed | None = None

    def failed(self) -> bool:
        """Whether nothing came."""
        return self.failure is not None

    @property
    def good(self) -> bool:
        """Whether there is something in it, and not the word that there is none."""
        return any(material.held for material in (self.kept.materials if self.kept else self.materials))


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the path walks through; `app` builds it. `clock` gives aware UTC."""

    access: Consumers
    grants: Callable[[], Awaitable[tuple[Grant, ...]]]
    agencies: Callable[[], Awaitable[tuple[Adapter, ...]]]
    verdicts: Verdicts
    drifted: Callable[[Adapter, tuple[Drift, ...]], Awaitable[None]]
    cache: MemoryCache
    aliases: Aliases
    shelf: Shelf
    stand_ins: StandIns
    vault: Vault
    record: Callable[[Draft], Awaitable[Recorded]]
    signer: AnswerSigner
    clock: Callable[[], datetime]
    wait_seconds: int
    attachment_limit: int
    flights: Flights[Catch] = field(default_factory=Flights)
    fetches: Flights[Held] = field(default_factory=Flights)
    desks: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(DESKS))


@dataclass(frozen=True, slots=True)
class Knock(Generic[Q]):
    """Someone at the door: a credential, the address asked, and the question.

    `read` gives the question once we know who asks, and raises ConsumerError.
    """

    credential: str | None = field(repr=False)
    remote: str
    method: str
    target_uri: str
    read: Callable[[], Q]


@dataclass(frozen=True, slots=True)
class Answer:
    """What leaves: status, headers, and the octets (or a stream of them)."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)
    stream: AsyncIterator[bytes] | None = None
