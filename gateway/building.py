"""The composition root: the only place that builds things."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic, TypeVar

import adapters
from adapters.egress import Egress
from adapters.manifest import load as load_manifest
from adapters.resilience import Lookout, OwnBreaker, OwnFlags
from contracts.errors import ManifestInvalid
from contracts.text import text
from gateway.access.consumers import Consumers
from gateway.access.people import People
from gateway.access.sheets import load_grants
from gateway.access.sittings import Sittings
from gateway.aliases import Aliases
from gateway.attachments import Shelf
from gateway.audit.checkpoint import CheckpointSigner
from gateway.audit.log import AuditLog
from gateway.audit.verifications import Verifications
from gateway.cache import MemoryCache, SharedCache
from gateway.callnotes import CallNotes
from gateway.exchange import Exchange
from gateway.home import make_home
from gateway.house import House
from gateway.intake import Drop, Intake
from gateway.keys import KeyRing, thumbprint
from gateway.logs import REDACTION
from gateway.metrics import Metrics
from gateway.mounted import check_mounted
from gateway.observed import Observed, Recent
from gateway.papers import Papers
from gateway.pauses import Pauses
from gateway.readiness import Readiness
from gateway.registry import Agencies, DocumentKind, Registry
from gateway.repulls import Repulls
from gateway.rooms import Rooms
from gateway.rules import profile_named
from gateway.safe import Safe
from gateway.shared import Link, SharedFlags
from gateway.signing import AnswerSigner
from gateway.standins import StandIns
from gateway.store.database import Database
from gateway.store.migrate import is_empty, migrate
from gateway.trials import Trials
from gateway.vault import Vault
from gateway.verdicts import Verdicts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from adapters.base import Adapter, Flags
    from adapters.manifest import Manifest
    from contracts.audit import Draft, Recorded
    from contracts.exchange import Grant
    from gateway.access.people import Invitation
    from gateway.access.signon import SignOn
    from gateway.registry import Document
    from gateway.settings import Settings

VERSION = "0.1.0"

T = TypeVar("T")


def utc_now() -> datetime:
    """The wall clock, handed to every room as an argument."""
    return datetime.now(UTC)  # noqa: TID251  the one place that reads it


@asynccontextmanager
async def open_house(
    settings: Settings,
    clock: Callable[[], datetime] = utc_now,
    *,
    looking: bool = False,
    prepared: bool = False,
) -> AsyncIterator[House]:
    """Build every room, check the log, import the configuration files, and close all of it again.

    `looking`: only to look at what is there, which must work when the log is damaged or a file is broken.
    `prepared`: somebody else has made the keys and the tables and imported the files.
    Raises SetupIncomplete for missing keys or a vault that is not mounted, ManifestInvalid for a broken file,
    StoreUnavailable.
    """
    make_home(settings.home)
    for url in (settings.database_url, settings.redis_url):
        REDACTION.hide_password(url)
    vault = settings.home / "vault"
    new = not prepared and is_empty(settings.database) and not any(vault.glob("??/*"))
    keys = KeyRing.open(settings.home, create=new)
    if not prepared:
        migrate(settings.database)
    async with AsyncExitStack() as stack:
        database = Database(settings.database)
        stack.push_async_callback(database.close)
        await check_mounted(database, vault)
        egress = await stack.enter_async_context(Egress())
        link = Link(settings.redis_url) if settings.redis_url else None
        if link:
            stack.push_async_callback(link.close)
        house = _furnish(_Ground(settings, clock, keys, database, _Outside(egress, link)))
        if not looking:
            await house.log.open()
        if not looking and not prepared:
            await house.registry.import_files(settings.config)
        stack.push_async_callback(house.access.settle)
        stack.push_async_callback(house.safe.settle)
        stack.push_async_callback(house.verifications.settle)
        await house.safe.refresh()
        yield house


def _check_manifest(document: str, origin: str) -> Manifest:
    """A manifest that can be used, in the file of its agency's name: two files cannot claim one agency."""
    manifest = load_manifest(document, origin)
    if origin != f"{manifest.agency}.yaml":
        named = f"{manifest.agency}.yaml"
        raise ManifestInvalid(text(f"{origin} 应命名为 {named}", f"{origin} must be named {named}"))
    return manifest


@dataclass(frozen=True, slots=True)
class _Outside:
    """What is outside the rooms: the agencies, what nodes share (None: this one is alone), who watches."""

    egress: Egress
    link: Link | None
    metrics: Metrics = field(default_factory=Metrics)

    def flags(self) -> Flags:
        """What nodes agree on about the agencies."""
        return SharedFlags(self.link, OwnFlags()) if self.link else OwnFlags()

    def cache(self, capacity: int, key: bytes) -> MemoryCache:
        """What is kept, for this node or for all."""
        heard = self.metrics.looked_up
        if self.link:
            return SharedCache(capacity, self.link, key, looked_up=heard)
        return MemoryCache(capacity, heard)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What every room stands on."""

    settings: Settings
    clock: Callable[[], datetime]
    keys: KeyRing
    database: Database
    outside: _Outside

    def sign_on(self) -> SignOn | None:
        """The organisation's identity provider, where a setting names one."""
        settings = self.settings
        if settings.oidc_issuer is None:
            return None
        from gateway.access.signon import Provider, SignOn  # noqa: PLC0415  loaded where it is wanted

        secret = settings.oidc_secret.get_secret_value()
        REDACTION.hide(secret)
        provider = Provider(settings.oidc_issuer, settings.oidc_client, secret, settings.oidc_claim)
        return SignOn(provider, self.outside.egress, self.keys.vault, self.clock)

    def log(self) -> AuditLog:
        """The audit log, which whoever opens the house opens."""
        settings = self.settings
        return AuditLog(
            self.database,
            CheckpointSigner(settings.log_origin, self.keys.checkpoint),
            self.clock,
            patience=settings.log_patience_seconds,
            retention_days=settings.retention_days,
            retention_personal_days=settings.retention_personal_days,
            committed=self.outside.metrics.committed,
        )

    def assembling(
        self, safe: Safe, intake: Intake, lookout: Lookout, *, trying: bool = False
    ) -> Callable[[Document], Adapter]:
        """How a version becomes an adapter.

        `trying`: its failures are nobody else's, and its limits neither; but it takes turns with all.
        """

        def build(document: Document) -> Adapter:
            manifest = load_manifest(document.text, f"{document.name}.yaml")
            watched, egress = lookout, self.outside.egress
            if trying:
                watched = Lookout(self.clock, OwnBreaker(lookout.flags))
            return adapters.assemble(
                manifest, document.version, egress, safe, self.clock, watched, deliveries=intake
            )

        return build

    def rooms(
        self,
        record: Callable[[Draft], Awaitable[Recorded]],
        registry: Registry,
        agencies: Agencies,
        connected: Callable[[], Awaitable[tuple[Adapter, ...]]],
        vault: Vault,
    ) -> Rooms:
        """What an exchange needs; `connected` gives the agencies as they may be asked now."""
        settings, clock, database, metrics = self.settings, self.clock, self.database, self.outside.metrics
        answer = self.keys.answer
        grants: _Reading[tuple[Grant, ...]] = _Reading(registry, DocumentKind.GRANTS, load_grants, ())
        return Rooms(
            access=Consumers(database, record, clock, strangers_per_minute=settings.strangers_per_minute),
            grants=grants,
            agencies=connected,
            drifted=agencies.drifted,
            verdicts=Verdicts(profile_named(settings.config, settings.rules_profile)),
            cache=self.outside.cache(settings.cache_materials, self.keys.cache),
            aliases=Aliases(database, clock),
            shelf=Shelf(database, clock),
            stand_ins=StandIns(database, vault, record, clock),
            vault=vault,
            record=metrics.asking(record),
            signer=AnswerSigner(answer, thumbprint(answer.public_key()), clock),
            clock=clock,
            wait_seconds=settings.wait_seconds,
            attachment_limit=settings.attachment_limit_bytes,
        )


_CHECKS: dict[DocumentKind, Callable[[str, str], object]] = {
    DocumentKind.AGENCY: _check_manifest,
    DocumentKind.GRANTS: load_grants,
}


def _furnish(ground: _Ground) -> House:
    settings, clock, keys, database = ground.settings, ground.clock, ground.keys, ground.database
    metrics = ground.outside.metrics
    log = ground.log()
    record = metrics.recording(log.append)
    registry = Registry(database, record, clock, _CHECKS)
    vault = Vault(settings.home / "vault", keys.vault)
    safe = Safe(database, keys.vault, settings.home / "secrets", record, clock)
    intake = Intake(settings.drops, settings.home / "spool", database, vault, record, _Dropping(registry))
    lookout = Lookout(clock, ground.outside.flags())
    build = ground.assembling(safe, intake, lookout)
    recent, pauses = Recent(clock), Pauses(database, record, clock)
    agencies = Agencies(registry, lambda document: Observed(build(document), metrics, recent), record)
    rooms = ground.rooms(record, registry, agencies, _connected(agencies, safe, pauses), vault)
    people = People(database, keys.vault, record, clock)
    return House(
        settings=settings,
        database=database,
        keys=keys,
        log=log,
        verifications=Verifications(log, record),
        access=rooms.access,
        people=people,
        sittings=Sittings(
            database,
            people,
            record,
            clock,
            strange=rooms.access.strange,
            idle_minutes=settings.idle_minutes,
        ),
        sign_on=ground.sign_on(),
        grants=rooms.grants,
        registry=registry,
        aliases=rooms.aliases,
        shelf=rooms.shelf,
        stand_ins=rooms.stand_ins,
        repulls=Repulls(database, record, clock),
        clock=clock,
        cache=rooms.cache,
        vault=vault,
        agencies=agencies,
        pauses=pauses,
        recent=recent,
        call_notes=CallNotes(database, record, clock),
        safe=safe,
        lookout=lookout,
        intake=intake,
        exchange=Exchange(rooms),
        trials=Trials(rooms, log, registry, safe, ground.assembling(safe, intake, lookout, trying=True)),
        papers=Papers(database, vault, clock),
        jwks=keys.jwks(settings.log_origin),
        readiness=Readiness(settings, database, log, vault, agencies, ground.outside.link, clock),
        metrics=metrics,
    )


def _connected(
    agencies: Agencies, safe: Safe, pauses: Pauses
) -> Callable[[], Awaitable[tuple[Adapter, ...]]]:
    async def connected() -> tuple[Adapter, ...]:
        """The adapters of the versions in force, the secrets they go by, and which of them are paused."""
        await safe.refresh()
        return await pauses.over(await agencies.all())

    return connected


class _Reading(Generic[T]):
    """The one document of a kind, read once a version."""

    def __init__(
        self, registry: Registry, kind: DocumentKind, read: Callable[[str, str], T], absent: T
    ) -> None:
        self._registry, self._kind, self._read, self._absent = registry, kind, read, absent
        self._digest, self._value = "", absent

    async def __call__(self) -> T:
        """What the version in force says; when there is none, the default."""
        document = await self._registry.in_force(self._kind, self._kind.value)
        if document is None:
            return self._absent
        if document.digest != self._digest:
            self._value = self._read(document.text, f"{document.name}.yaml")
            self._digest = document.digest
        return self._value


class _Dropping:
    """The agencies that drop files, as they are published now; a manifest is read once a version."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._read: dict[str, tuple[str, Drop]] = {}

    async def __call__(self) -> list[Drop]:
        """Their manifests in force."""
        published = await self._registry.current(DocumentKind.AGENCY)
        self._read = {name: self._fitting(document) for name, document in published.items()}
        return [drop for _, drop in self._read.values() if drop.manifest.connection.drop]

    def _fitting(self, document: Document) -> tuple[str, Drop]:
        read = self._read.get(document.name)
        if read and read[0] == document.digest and read[1].version == document.version:
            return read
        manifest = load_manifest(document.text, f"{document.name}.yaml")
        return document.digest, Drop(manifest, document.version)


async def prepare(
    settings: Settings, clock: Callable[[], datetime] = utc_now, *, by: str
) -> tuple[Invitation, ...]:
    """Keys, tables, configuration files and first accounts as serving needs them, once for all workers.

    `by` begins it; gives the links of the first three accounts, where nobody had one. Raises as `open_house`
    does, and LogUnavailable.
    """
    async with open_house(settings, clock) as house:
        house.registry.check_files(settings.config)
        return await house.people.begin(by=by)
