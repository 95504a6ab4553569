"""What the path walks through, who knocks, and what leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from datetime import datetime

    from adapters.base import Adapter
    from contracts.audit import Draft, Recorded
    from contracts.exchange import Grant
    from contracts.material import Drift
    from gateway.access.consumers import Consumers
    from gateway.aliases import Aliases
    from gateway.attachments import Shelf
    from gateway.cache import MemoryCache
    from gateway.signing import AnswerSigner
    from gateway.vault import Vault
    from gateway.verdicts import Verdicts

Q = TypeVar("Q")


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the path walks through; `app` builds it. `clock` gives aware UTC."""

    access: Consumers
    grants: Callable[[], Awaitable[tuple[Grant, ...]]]
    agencies: Callable[[], Awaitable[tuple[Adapter, ...]]]
    verdicts: Verdicts
    drifted: Callable[[str, tuple[Drift, ...]], None]
    cache: MemoryCache
    aliases: Aliases
    shelf: Shelf
    vault: Vault
    record: Callable[[Draft], Awaitable[Recorded]]
    signer: AnswerSigner
    clock: Callable[[], datetime]
    wait_seconds: int
    attachment_limit: int


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
