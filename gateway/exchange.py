"""The way of one Ask.

    0  the registration system asks                                            api
    1  who asks                                UnknownConsumer                 access
    2  may they, and what of it                NotGranted -> grants            access
    3  what do we still know                                                   cache
    4  which key opens the rest                                                aliases
    5  append `asked`, durable                 only if an agency will be asked audit
    6  pull; evidence into the vault, whatever it says                         adapters, vault
    7  is it theirs (seals, on the raw octets) EvidenceUntrusted               adapters
    8  read; is it about this project          EvidenceOffContract             adapters, contracts
    9  keep the material; learn keys           (3, 4, 6-9 repeat, wave by wave) cache, aliases
   10  disclose what is granted; do the materials agree; what is missing       access, contracts
   11  append `answered | refused | failed`, durable                           audit
   12  sign answer and receipt                                                 signing
   13  answer

Nothing leaves the house before the log has it: no question to an agency (5), no answer to a consumer (11).
An agency's failure becomes a material that says so; only a fault of ours fails the ask.
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import quote

from adapters.base import Deadline, evidence_octets
from contracts import rules
from contracts.audit import Outcome
from contracts.catalogue import KINDS
from contracts.errors import (
    AskMalformed,
    AgencyDeclined,
    AgencyFailed,
    ConsumerError,
    Fault,
    LandbridgeError,
    LogUnavailable,
    ProjectNotOpened,
)
from contracts.exchange import Ask, Dossier, Materials, Reason, Receipt
from contracts.material import Material, Retrieval, digest_of
from contracts.problems import MEDIA_TYPE as PROBLEM_JSON
from contracts.problems import problem_octets, retry_after
from contracts.time import BEIJING
from contracts.verdicts import State
from gateway.access.disclose import disclose, gives_personal, withheld
from gateway.access.grants import permit, permit_attachments
from gateway.aliases import conflict_check, project_of
from gateway.attachments import Held, Shelved
from gateway.cache import Kept, worth_keeping
from gateway.casefile import DECLARABLE, CaseFile, Inquiry, procedure_of
from gateway.signing import content_digest, repr_digest
from gateway.trail import Trail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
    from datetime import date, datetime

    from adapters.base import Adapter
    from contracts.audit import Draft, Recorded
    from contracts.exchange import Grant
    from contracts.material import Drift
    from contracts.rules import Profile
    from gateway.access.consumers import Consumer, Consumers
    from gateway.aliases import Aliases, Names
    from gateway.attachments import Shelf
    from gateway.cache import MemoryCache
    from gateway.signing import AnswerSigner
    from gateway.vault import Vault, VaultObject

log = logging.getLogger(__name__)

ATTACHMENT_SECONDS = 900.0
"""How long one attachment may take from its agency into the vault."""

_ADDRESS = re.compile(r"https?://[!-~]{1,8000}")

Q = TypeVar("Q")


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the path walks through; `app` builds it. `clock` gives aware UTC."""

    access: Consumers
    grants: Callable[[], Awaitable[tuple[Grant, ...]]]
    agencies: Callable[[], Awaitable[tuple[Adapter, ...]]]
    profile: Profile
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


@dataclass(frozen=True, slots=True)
class _Reply:
    """An answer that the log already has and nobody has signed yet."""

    recorded: Recorded
    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    stream: AsyncIterator[bytes] | None = None


class Exchange:
    """Reads as the product: who asks, what they may see, who is asked, what is logged, what is answered."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def dossier(self, knock: Knock[Ask]) -> Answer:
        """All materials of one procedure for one project. 200 once one kind is granted."""
        return await self._walk(knock, self._dossier)

    async def material(self, knock: Knock[Ask], kind: str) -> Answer:
        """The materials of one kind; 503 or 502 with a problem where the agency failed and nothing can stand in."""

        async def one_kind(consumer: Consumer, trail: Trail, ask: Ask) -> _Reply:
            return await self._material(consumer, trail, ask.model_copy(update={"kinds": (kind,)}), kind)

        return await self._walk(knock, one_kind)

    async def attachment(
        self, knock: Knock[Reason], attachment: str, part: Callable[[int], range | None]
    ) -> Answer:
        """An attachment's octets, or the part of them that `part(size)` picks (None: all of it)."""

        async def one_file(consumer: Consumer, trail: Trail, reason: Reason) -> _Reply:
            return await self._attachment(consumer, trail, reason, attachment, part)

        return await self._walk(knock, one_file)

    async def _walk(
        self, knock: Knock[Q], answer: Callable[[Consumer, Trail, Q], Awaitable[_Reply]]
    ) -> Answer:
        """Steps 1 and 11 to 13 are the same for every question; only our own errors come out of the house."""
        consumer = await self._rooms.access.recognise(knock.credential, knock.remote)  # 1
        if not _ADDRESS.fullmatch(knock.target_uri):
            raise AskMalformed  # nothing that could not be signed is answered
        trail = Trail(self._rooms.record, consumer.id)
        try:
            reply = await answer(consumer, trail, knock.read())  # 0, 2-11
        except LogUnavailable:
            raise  # nothing can be recorded, so nothing but this is answered
        except ConsumerError as error:
            reply = await _told(trail.refused, error)  # 11
        except AgencyFailed as failure:
            reply = await _told(trail.let_down, failure)  # 11
        except LandbridgeError as error:
            log.exception("ask failed: %s", error.type)
            reply = await _told(trail.failed, error)  # 11
        except Exception as bug:
            log.exception("ask failed: %s", type(bug).__name__)
            reply = await _told(trail.failed, LandbridgeError())  # 11
        # From here the log says what was answered. A crash before the octets leave overstates what the
        # consumer saw, never understates it; it asks again and the log shows both.
        return self._sign(knock, reply)  # 12, 13

    async def _dossier(self, consumer: Consumer, trail: Trail, ask: Ask) -> _Reply:
        file, seen = await self._gather(consumer, trail, ask)
        octets = await self._assemble(file, seen)
        return await self._answered(trail, file, seen, octets, 200)

    async def _material(self, consumer: Consumer, trail: Trail, ask: Ask, kind: str) -> _Reply:
        file, seen = await self._gather(consumer, trail, ask)
        if file.unopened:
            raise ProjectNotOpened
        if failure := file.failure():
            octets = problem_octets(failure)
            headers = retry_after(failure) | {"content-type": PROBLEM_JSON}
            return await self._answered(trail, file, seen, octets, failure.status, headers)
        alone = Materials(
            project_code=project_of(ask), kind=kind, assembled_at=file.now, materials=tuple(seen)
        )
        return await self._answered(trail, file, seen, _octets(alone), 200)

    async def _gather(self, consumer: Consumer, trail: Trail, ask: Ask) -> tuple[CaseFile, list[Material]]:
        """Steps 2 to 10: everything this consumer may see for this ask, from the cache and from the agencies."""
        rooms, now = self._rooms, self._rooms.clock()
        trail.about(ask, project_of(ask))
        wanted = ask.kinds or tuple(kind for kind in procedure_of(ask).kinds if kind not in DECLARABLE)
        permitted = permit(await rooms.grants(), consumer.id, ask.purpose, wanted, _today(now))  # 2
        file = CaseFile(ask, permitted, await rooms.agencies(), now, consumer.id)
        deadline = Deadline.after(ask.wait or rooms.wait_seconds)
        names = await rooms.aliases.names(ask)  # 4
        while opened := file.openings(names):
            unanswered = [inquiry for inquiry in opened if not self._recalled(file, inquiry)]  # 3
            if any(not inquiry.adapter.capabilities.local for inquiry in unanswered):
                agencies = {inquiry.adapter.agency for inquiry in unanswered} | set(file.open_agencies)
                kinds = {inquiry.grant.kind for inquiry in unanswered} | set(file.open_kinds)
                await trail.asked(kinds, agencies)  # 5
                # From here every agency named may hear the question; a crash leaves an `asked` without an end.
            await _side_by_side(
                self._consult(file, inquiry, names, deadline) for inquiry in unanswered
            )  # 6-9
            await rooms.aliases.learn(ask, file.materials())  # 9
            names = await rooms.aliases.names(ask)  # 4
        return file, self._disclosed(file)  # 10

    def _recalled(self, file: CaseFile, inquiry: Inquiry) -> bool:
        """3: whether a kept answer serves, fresh and no older than the ask allows."""
        cache, version = self._rooms.cache, inquiry.adapter.version
        kept = cache.recall(inquiry.question, version, file.now, file.max_age)
        if kept:
            file.take_kept(inquiry, kept)
        return kept is not None

    async def _consult(self, file: CaseFile, inquiry: Inquiry, names: Names, deadline: Deadline) -> None:
        """6 to 9 for one question to one agency. Whatever goes wrong there is filed, not raised."""
        rooms, adapter, digest = self._rooms, inquiry.adapter, None
        try:
            materials: list[Material] = []
            for evidence in await adapter.pull(inquiry.grant, names, deadline):  # 6
                digest = await rooms.vault.put(evidence_octets(evidence))  # 6
                file.evidence.append(digest)
                found = adapter.read(evidence)  # 7, 8
                materials += found.materials
                rooms.drifted(adapter.agency, found.drift)
                await rooms.shelf.put_up(project_of(file.ask), found.locators)
        except AgencyFailed as failure:
            file.fail(inquiry, failure, rooms.cache.last_good(inquiry.question, file.now), digest)
        else:
            file.take(inquiry, materials)  # 8
            self._keep(inquiry, tuple(materials), file.now)  # 9

    def _keep(self, inquiry: Inquiry, materials: tuple[Material, ...], now: datetime) -> None:
        if worth_keeping(materials):
            fresh = inquiry.adapter.freshness(inquiry.grant.kind)
            version = inquiry.adapter.version
            kept = Kept(materials, version, now, now + fresh.keep, now + fresh.keep + fresh.stale_if_error)
            self._rooms.cache.keep(inquiry.question, kept)

    def _disclosed(self, file: CaseFile) -> list[Material]:
        """10: only what is granted; the consumer's own declarations come back as they came."""
        seen = [self._disclose(file, self._rooms.shelf.show(material)) for material in file.materials()]
        return seen + [withheld(kind, KINDS[kind].id) for kind in file.permit.withheld]

    def _disclose(self, file: CaseFile, material: Material) -> Material:
        if material.retrieval is Retrieval.DECLARED:
            return material
        return disclose(material, file.permit.grants[material.kind])

    async def _assemble(self, file: CaseFile, seen: list[Material]) -> bytes:
        """10: do the materials agree, what is still missing. The octets hold facts only."""
        ask, rooms = file.ask, self._rooms
        checks = rules.run(seen, rooms.profile, _today(file.now), project_code=project_of(ask))
        conflicts = [conflict_check(conflict) for conflict in await rooms.aliases.conflicts(ask)]
        requirements = file.requirements(seen)
        dossier = Dossier(
            project_code=project_of(ask),
            procedure=ask.procedure,
            scope=ask.scope,
            assembled_at=file.now,
            complete=all(requirement.state in {State.MET, State.DECLARED} for requirement in requirements),
            requirements=tuple(requirements),
            materials=tuple(seen),
            checks=(*checks, *conflicts),
        )
        return _octets(dossier)

    async def _answered(
        self,
        trail: Trail,
        file: CaseFile,
        seen: list[Material],
        octets: bytes,
        status: int,
        headers: Mapping[str, str] | None = None,
    ) -> _Reply:
        given = [material for material in seen if material.held or material.retrieval is Retrieval.NOT_FOUND]
        retrieval = {material.kind: material.retrieval.value for material in seen}
        recorded = await trail.answered(  # 11
            Outcome(status=status, retrieval=retrieval, cached=len(file.ages)),
            digest_of(octets),
            kinds=tuple(sorted({material.kind for material in given})),
            fields={material.kind: tuple(sorted(material.fields)) for material in given if material.fields},
            agencies=tuple(sorted({material.agency for material in seen if material.agency})),
            evidence=tuple(dict.fromkeys(file.evidence)),
            keys=file.keys(),
            age=max(file.ages, default=None),
            personal=any(gives_personal(material) for material in seen),
        )
        return _Reply(recorded, status, headers or {"content-type": "application/json"}, octets)

    async def _attachment(
        self,
        consumer: Consumer,
        trail: Trail,
        reason: Reason,
        attachment: str,
        part: Callable[[int], range | None],
    ) -> _Reply:
        rooms, now = self._rooms, self._rooms.clock()
        trail.because(reason)
        shelved = await rooms.shelf.find(attachment)
        trail.of(shelved.project)
        kind = shelved.locator.kind
        grant = permit_attachments(await rooms.grants(), consumer.id, reason.purpose, kind, _today(now))  # 2
        held = shelved.held or await self._fetch(trail, grant, shelved)  # 3-9
        stored = await rooms.vault.open(held.digest)
        chosen = part(stored.size)
        recorded = await trail.answered(  # 11
            Outcome(status=206 if chosen else 200),
            held.digest,
            kinds=(grant.kind,),
            agencies=(shelved.locator.agency,),
            evidence=(held.digest,),
        )
        return _as_file(recorded, shelved, stored, chosen)

    async def _fetch(self, trail: Trail, grant: Grant, shelved: Shelved) -> Held:
        """5 to 9 for a file: asked, streamed into the vault, held from then on."""
        rooms, locator = self._rooms, shelved.locator
        adapter = await self._agency(locator.agency)
        await trail.asked([locator.kind], [locator.agency])  # 5
        octets = adapter.fetch(grant, locator, Deadline.after(ATTACHMENT_SECONDS))  # 6
        stored = await rooms.vault.put_stream(octets, rooms.attachment_limit)  # 6
        held = Held(stored.digest, stored.bytes)
        await rooms.shelf.hold(locator.attachment, held)  # 9
        return held

    async def _agency(self, name: str) -> Adapter:
        for adapter in await self._rooms.agencies():
            if adapter.agency == name:
                return adapter
        raise AgencyDeclined(Fault.NO_SUCH_ADDRESS)

    def _sign(self, knock: Knock[Q], reply: _Reply) -> Answer:
        """12: the receipt says where the log has it; the signature binds it to the question's address."""
        recorded = reply.recorded
        receipt = Receipt(
            origin=recorded.origin, index=recorded.index, leaf=recorded.leaf, size=recorded.size
        )
        headers = dict(reply.headers) | {"landbridge-receipt": receipt.header()}
        if reply.stream is None:
            headers |= {"content-digest": content_digest(reply.body), "content-length": str(len(reply.body))}
        headers |= self._rooms.signer.headers(
            method=knock.method, target_uri=knock.target_uri, status=reply.status, headers=headers
        )
        return Answer(reply.status, headers, reply.body, reply.stream)


async def _told(
    record: Callable[[LandbridgeError, str], Awaitable[Recorded]], error: LandbridgeError
) -> _Reply:
    octets = problem_octets(error)
    recorded = await record(error, digest_of(octets))
    return _Reply(recorded, error.status, retry_after(error) | {"content-type": PROBLEM_JSON}, octets)


def _octets(told: Dossier | Materials) -> bytes:
    """What is sent, hashed and logged: the same octets."""
    return told.model_dump_json(by_alias=True, exclude_none=True).encode()


def _as_file(recorded: Recorded, shelved: Shelved, stored: VaultObject, part: range | None) -> _Reply:
    """An attachment as it leaves: the whole file's digest is signed, for a part its place in the file too."""
    chosen = range(stored.size) if part is None else part
    headers = {
        "content-type": shelved.locator.media_type or "application/octet-stream",
        "content-length": str(len(chosen)),
        "content-disposition": f"attachment; filename*=UTF-8''{quote(shelved.locator.name, safe='')}",
        "accept-ranges": "bytes",
        "repr-digest": repr_digest(stored.digest),
    }
    if part is not None:
        headers["content-range"] = f"bytes {part.start}-{part.stop - 1}/{stored.size}"
    octets = stored.stream(chosen.start, chosen.stop)
    return _Reply(recorded, 200 if part is None else 206, headers, stream=octets)


async def _side_by_side(consultations: Iterable[Awaitable[None]]) -> None:
    """All at once; if a fault of ours ends one, the others are ended too and that fault comes out bare."""
    try:
        async with asyncio.TaskGroup() as group:
            for consultation in consultations:
                group.create_task(consultation)  # type: ignore[arg-type]
    except ExceptionGroup as several:
        raise several.exceptions[0] from several


def _today(now: datetime) -> date:
    return now.astimezone(BEIJING).date()
