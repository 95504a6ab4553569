"""The rooms, built and open: what the API, the command line and the jobs hold in their hands."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from adapters.resilience import Lookout
    from contracts.exchange import Grant
    from gateway.access.consumers import Consumers
    from gateway.access.people import People
    from gateway.access.signon import SignOn
    from gateway.access.sittings import Sittings
    from gateway.aliases import Aliases
    from gateway.attachments import Shelf
    from gateway.audit.log import AuditLog
    from gateway.audit.verifications import Verifications
    from gateway.cache import MemoryCache
    from gateway.callnotes import CallNotes
    from gateway.exchange import Exchange
    from gateway.intake import Intake
    from gateway.keys import KeyRing
    from gateway.metrics import Metrics
    from gateway.observed import Recent
    from gateway.papers import Papers
    from gateway.pauses import Pauses
    from gateway.readiness import Readiness
    from gateway.registry import Agencies, Registry
    from gateway.repulls import Repulls
    from gateway.safe import Safe
    from gateway.settings import Settings
    from gateway.standins import StandIns
    from gateway.store.database import Database
    from gateway.trials import Trials
    from gateway.vault import Vault


@dataclass(frozen=True, slots=True)
class House:
    """The rooms, built and open."""

    settings: Settings
    database: Database
    keys: KeyRing
    log: AuditLog
    verifications: Verifications
    access: Consumers
    people: People
    sittings: Sittings
    sign_on: SignOn | None
    grants: Callable[[], Awaitable[tuple[Grant, ...]]]
    registry: Registry
    aliases: Aliases
    shelf: Shelf
    stand_ins: StandIns
    repulls: Repulls
    cache: MemoryCache
    vault: Vault
    agencies: Agencies
    pauses: Pauses
    recent: Recent
    call_notes: CallNotes
    safe: Safe
    lookout: Lookout
    intake: Intake
    exchange: Exchange
    clock: Callable[[], datetime]
    trials: Trials
    papers: Papers
    jwks: dict[str, Any]
    readiness: Readiness
    metrics: Metrics
    telling: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    """By consumer, of which there are few: whoever tells events has its turn."""

    @property
    def base_url(self) -> str:
        """The address consumers use."""
        return self.settings.base_url
