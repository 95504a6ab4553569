"""Trying a version of a manifest: on its agency, over recorded replies, beside another version.

The way is the exchange's: a grant first, an entry before any agency hears of it, evidence into the vault, an
entry before anything is shown. Nothing is cached, no alias is learned, no attachment listed for anybody.
"""

from __future__ import annotations

import asyncio
import json
from functools import cache, partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from adapters.base import Deadline, evidence_octets
from adapters.manifest import load as load_manifest
from contracts.audit import Draft, EntryKind, Outcome, Subject, person_of
from contracts.conflicts import DocumentInvalid, SecondPerson
from contracts.errors import (
    AgencyFailed,
    AskMalformed,
    LandbridgeError,
    ManifestInvalid,
    NotGranted,
    SetupIncomplete,
    StoreUnavailable,
)
from contracts.kinds import personal_fields
from contracts.material import digest_of
from contracts.text import text
from contracts.time import day_of
from gateway.access.grants import permit
from gateway.aliases import project_of
from gateway.casefile import trouble_of
from gateway.flight import side_by_side
from gateway.inquiry import inquiries_of
from gateway.registry import DocumentKind, DocumentState
from gateway.trail import Reply, Trail, loggable
from gateway.trials import samples
from gateway.trials.comparing import Comparison, Tally, compare_over
from gateway.trials.results import (
    PURPOSE,
    TRIAL,
    KindTried,
    Mask,
    ReplyTried,
    Trial,
    TrialOrder,
    Way,
    in_turn,
    keys_of,
    read_reply,
    retrieval_of,
    shown_of,
    unkept,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Iterable
    from datetime import datetime

    from adapters.base import Adapter
    from adapters.manifest import Connection, Manifest
    from contracts.exchange import Evidence, Grant
    from gateway.aliases import Names
    from gateway.audit.log import AuditLog
    from gateway.inquiry import Inquiry
    from gateway.registry import Document, Registry
    from gateway.rooms import Rooms
    from gateway.safe import Safe

    Making = Callable[[], tuple[Adapter, Manifest]]

MASKED = "•••"
"""Stands where a value is about persons, or a secret."""

_SHORTEST = 6
"""Characters of a secret below which masking it would mask everything."""

_NEW_ADDRESS = text(
    "草稿指向从未发布过的地址，须由作者以外的人测试：测试会把部门凭据发往该地址",
    "The draft names an address that was never published: a trial sends the agency's secrets there, so "
    "somebody other than its author tries it",
)


class Trials:
    """`build` makes the adapter of a version, under a watch of its own: a trial opens nobody's breaker.

    It waits its turn among those who ask in earnest.
    """

    def __init__(
        self,
        rooms: Rooms,
        log: AuditLog,
        registry: Registry,
        safe: Safe,
        build: Callable[[Document], Adapter],
    ) -> None:
        self._rooms, self._log, self._registry, self._safe = rooms, log, registry, safe
        self._build = build

    def now(self) -> datetime:
        """The present instant."""
        return self._rooms.clock()

    def once(self, document: Document) -> Making:
        """Makes the version's adapter when it is first wanted, and gives the same again.

        Pulls of one run go by it: they share the agency's places, and a breaker of their own.
        """
        return cache(partial(self._made, document))

    async def pull(
        self,
        document: Document,
        order: TrialOrder,
        person: str,
        until: Deadline | None = None,
        making: Making | None = None,
    ) -> Reply:
        """Ask the agency for a project's materials as this version says; the reply is a Trial, or a problem.

        No longer than an ask may wait, nor beyond `until`; with what `making` of the version makes. Whatever
        comes of it is in the log when this returns. Raises LogUnavailable.
        """
        trail, wait = Trail(self._rooms.record, TRIAL), self._rooms.wait_seconds
        deadline, making = until.sub(wait) if until else Deadline.after(wait), making or self.once(document)
        return await trail.ended(lambda: self._pulled(trail, document, order, person, deadline, making))

    async def _pulled(
        self,
        trail: Trail,
        document: Document,
        order: TrialOrder,
        person: str,
        deadline: Deadline,
        making: Making,
    ) -> Reply:
        rooms, ask = self._rooms, order.ask(PURPOSE)
        trail.about(ask, project_of(ask))
        trail.trying(_subject(document, "trial"), person)
        adapter, manifest = making()
        await self.check_address(document, manifest.connection, manifest.secrets, person)
        await self._safe.refresh()
        permitted = permit(
            await rooms.grants(), TRIAL, PURPOSE, _kinds(order, adapter), day_of(self._rooms.clock())
        )
        names = await rooms.aliases.names(ask)
        if not adapter.capabilities.local:
            await trail.asked(permitted.grants, (adapter.agency,))
            # From here the agency may hear the question; a crash leaves `asked` without an end.
        heard = await in_turn(
            permitted.grants.values(),
            lambda grant: self._kind(adapter, manifest, grant, names, deadline),
        )
        trial = self._trial(document, [each for ways in heard for each in shown_of(ways)], permitted.withheld)
        came = [reply.evidence for ways in heard for way in ways for reply in way.tried.replies]
        return await self._shown(trail, trial, self._without_secrets(_octets(trial), manifest), came)

    async def _kind(
        self, adapter: Adapter, manifest: Manifest, grant: Grant, names: Names, deadline: Deadline
    ) -> list[Way]:
        """One kind by each of a project's numbers; where one finds nothing, key after key until one does.

        What came by each, at least that nobody was asked. What else opens the kind opens it whatever the
        number: it is asked by once.
        """
        mask, opened = Mask.of(manifest, grant.kind, grant), inquiries_of(adapter, grant, names)
        heard: dict[int, Way] = {}

        async def by(number: int, inquiry: Inquiry) -> None:
            heard[number] = await self._way(inquiry, mask, deadline, number)

        await side_by_side(by(*each) for each in enumerate(opened))
        ways = [heard[number] for number in range(len(opened))]
        if any(way.nothing for way in ways) and not any(way.out for way in ways):
            beside = len(opened) if len(opened) > 1 else 0
            for other in list(opened[0].every_way())[1:]:
                ways.append(await self._way(other, mask, deadline, beside))
                if not ways[-1].nothing:
                    break
        return ways or [Way(KindTried(kind=grant.kind))]

    async def _way(self, way: Inquiry, mask: Mask, deadline: Deadline, number: int) -> Way:
        """What came by one key; where the store goes out, what was kept before."""
        replies: list[ReplyTried] = []
        trouble, octets, out = None, 0, None
        try:
            for evidence in await way.adapter.pull(way.grant, {way.key.name: (way.key,)}, deadline):
                await self._rooms.vault.put(evidence_octets(evidence))
                octets += len(evidence.body)
                replies.append(await asyncio.to_thread(read_reply, way.adapter, evidence, mask))
        except AgencyFailed as failure:
            trouble = trouble_of(failure)
        except StoreUnavailable as error:
            trouble, out = unkept(error), error
        asked_by = loggable(way.key)
        return Way(
            KindTried(kind=mask.kind, key=asked_by, replies=tuple(replies), error=trouble),
            octets,
            out,
            number,
        )

    async def _shown(self, trail: Trail, trial: Trial, octets: bytes, came: Iterable[str]) -> Reply:
        """The entry that says what is about to be shown, and all that `came`; then what is shown."""
        replies = [reply for kind in trial.kinds for reply in kind.replies]
        materials = [material for reply in replies for material in reply.materials if material.held]
        fields = {
            kind: tuple(sorted({name for m in materials if m.kind == kind for name in m.fields}))
            for kind in sorted({material.kind for material in materials})
        }
        recorded = await trail.answered(
            Outcome(status=200, retrieval=retrieval_of(trial.kinds)),
            digest_of(octets),
            kinds=tuple(sorted({reply.kind for reply in replies})),
            fields=fields,
            agencies=(trial.agency,),
            evidence=tuple(dict.fromkeys(came)),
            keys=keys_of(trial.kinds),
            personal=any(set(names) & set(personal_fields(kind)) for kind, names in fields.items()),
        )
        return Reply(recorded, 200, {"content-type": "application/json"}, octets)

    async def read_recorded(self, document: Document, digest: str, entry: Draft) -> Trial:
        """What a version makes of one reply kept in the vault. Raises NoSuchThing, DocumentInvalid."""
        evidence = await samples.one(self._rooms.vault, document.name, digest)
        return await self.read_sample(document, evidence, entry)

    async def read_sample(self, document: Document, evidence: Evidence, entry: Draft) -> Trial:
        """The same for a reply at hand; nobody is asked. The entry comes first. Raises DocumentInvalid."""
        adapter, manifest = self._made(document)
        await self._say(document, entry, "over a recorded reply")
        mask = Mask.of(manifest, evidence.kind, (await self._granted((evidence.kind,))).get(evidence.kind))
        tried = KindTried(kind=evidence.kind, replies=(read_reply(adapter, evidence, mask),))
        return self._trial(document, [tried], () if mask.grant else (evidence.kind,))

    async def compare(
        self,
        before: Document,
        after: Document,
        entry: Draft,
        *,
        given: AsyncIterable[Evidence] | None = None,
        per_kind: int = samples.PER_KIND,
        until: Deadline | None = None,
    ) -> Comparison:
        """One version beside another over those given, or so many of the agency's newest recorded replies.

        One after another; none is looked for or begun after `until`. The entry comes first. Raises
        DocumentInvalid, LogUnavailable, StoreUnavailable, NoSuchThing.
        """
        (old, _), (new, manifest) = self._made(before), self._made(after)
        await self._say(after, entry, f"beside version {before.version}")
        kinds = tuple(dict.fromkeys((*old.kinds, *new.kinds)))
        grants, tally = await self._granted(kinds), Tally()
        if given is None:
            given = samples.recorded(self._log, self._rooms.vault, after.name, kinds, per_kind, until=until)
        cut = False
        try:
            async for evidence in samples.in_time(given, until):
                mask = Mask.of(manifest, evidence.kind, grants.get(evidence.kind))
                tally.add(await asyncio.to_thread(compare_over, old, new, evidence, mask))
        except samples.TimeOver:
            cut = True
        return tally.made(after.name, before.version, after.version, cut=cut)

    async def compare_kept(
        self,
        before: Document,
        after: Document,
        digests: Iterable[str],
        entry: Draft,
        until: Deadline | None = None,
    ) -> Comparison:
        """The same over replies of the agency that the vault keeps."""
        given = samples.kept(self._rooms.vault, after.name, digests)
        return await self.compare(before, after, entry, given=given, until=until)

    async def projects(self, agency: str, count: int) -> list[str]:
        """The codes of the projects that an agency was last asked about. Raises LogUnavailable."""
        return await samples.projects(self._log, agency, count)

    def _made(self, document: Document) -> tuple[Adapter, Manifest]:
        """A version's adapter and manifest. Raises DocumentInvalid, AskMalformed for a grant sheet."""
        if document.kind is not DocumentKind.AGENCY:
            raise AskMalformed(text("授权表无法测试", "A grant sheet cannot be tried"))
        try:
            self._registry.check(document.kind, document.name, document.text)
            manifest = load_manifest(document.text, f"{document.name}.yaml")
            return self._build(document), manifest
        except ManifestInvalid as error:
            raise DocumentInvalid(error.detail) from None

    async def check_address(
        self, document: Document, connection: Connection, secrets: Iterable[str], person: str
    ) -> None:
        """Who may edit a manifest must not, alone, have the agency's secrets sent where they like.

        An agency that was never connected has no secrets but those its admin set, who knows them. Whoever
        has an account on this machine holds its keys already. Raises SecondPerson.
        """
        if person.startswith("os:") or person_of(person) != person_of(document.origin):
            return
        in_force = {DocumentState.PUBLISHED, DocumentState.SET_ASIDE}
        earlier = await self._registry.versions(document.kind, document.name)
        known = {_address(one.text) for one in earlier if one.state in in_force}
        if not known and await self._set_alone(set(secrets), person):
            return
        if document.state not in in_force and _address_of(connection) not in known:
            raise SecondPerson(_NEW_ADDRESS)

    async def _set_alone(self, named: set[str], person: str) -> bool:
        """Whether nobody but this person gave any of these secrets."""
        kept = [
            each
            for each in await self._safe.listed(named)
            if f"secret:{each.agency}/{each.name}" in named and each.source != "missing"
        ]
        return all(
            each.source == "database" and person_of(each.by or "") == person_of(person) for each in kept
        )

    async def _granted(self, kinds: Iterable[str]) -> dict[str, Grant]:
        """What trials may see; nothing where no grant covers any of it."""
        try:
            grants = await self._rooms.grants()
            return permit(grants, TRIAL, PURPOSE, kinds, day_of(self._rooms.clock())).grants
        except NotGranted:
            return {}

    async def _say(self, document: Document, entry: Draft, note: str) -> None:
        what = {"kind": EntryKind.TRIED, "agencies": (document.name,), "subject": _subject(document, note)}
        await self._rooms.record(entry.model_copy(update=what))

    def _trial(self, document: Document, tried: list[KindTried], withheld: tuple[str, ...]) -> Trial:
        return Trial(
            agency=document.name,
            version=document.version,
            digest=document.digest,
            tried_at=self._rooms.clock(),
            kinds=tuple(tried),
            withheld=withheld,
        )

    def _without_secrets(self, octets: bytes, manifest: Manifest) -> bytes:
        """An agency that echoes what it was sent must not show its secret to whoever tries."""
        for reference in manifest.secrets:
            try:
                value = self._safe(reference)
            except SetupIncomplete:
                continue
            if len(value) >= _SHORTEST:
                written = json.dumps(value, ensure_ascii=False)[1:-1].encode()
                octets = octets.replace(written, MASKED.encode())
        return octets


def _subject(document: Document, note: str) -> Subject:
    return Subject(
        type=document.kind.value,
        id=document.name,
        version=document.version,
        digest=document.digest,
        note=note,
    )


def _kinds(order: TrialOrder, adapter: Adapter) -> tuple[str, ...]:
    if strange := sorted(set(order.kinds or ()) - set(adapter.kinds)):
        raise AskMalformed(
            text(f"清单中没有材料 {strange[0]}", f"The manifest does not know the kind {strange[0]}")
        )
    return order.kinds or adapter.kinds


def _address(document: str) -> tuple[object, ...] | None:
    try:
        return _address_of(load_manifest(document, "earlier").connection)
    except LandbridgeError:
        return None


def _address_of(connection: Connection) -> tuple[object, ...]:
    parts = urlsplit(connection.base)
    # A line that anybody may read, or stand in the middle of, is another address for a password; what is sent
    # as an account's name is read by whoever answers.
    sent = connection.table and (connection.table.tls, connection.table.user)
    return parts.scheme, parts.hostname, parts.port, connection.allow_private, bool(connection.drop), sent


def _octets(trial: Trial) -> bytes:
    return trial.model_dump_json(by_alias=True, exclude_none=True).encode()
