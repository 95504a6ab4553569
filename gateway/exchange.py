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

import re
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

from adapters.base import Deadline, evidence_octets, failed
from contracts.audit import Outcome
from contracts.catalogue import KINDS
from contracts.errors import AgencyFailed, AskMalformed, Fault, LandbridgeError, ProjectNotOpened
from contracts.exchange import Ask, Dossier, Materials, Reason, Receipt
from contracts.material import Material, Retrieval, digest_of
from contracts.problems import problem_headers, problem_octets
from contracts.text import text
from contracts.time import day_of
from contracts.verdicts import State
from gateway.access.disclose import disclose, withheld
from gateway.access.grants import permit, permit_attachments
from gateway.aliases import conflict_check, project_of
from gateway.attachments import Held, Shelved, check_arrived
from gateway.cache import Kept, worth_keeping
from gateway.casefile import DECLARABLE, CaseFile, procedure_of, statuses
from gateway.finding import find_project
from gateway.flight import side_by_side
from gateway.rooms import Answer, Catch
from gateway.signing import content_digest, repr_digest
from gateway.trail import Reply, Trail, note_fault

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from adapters.base import Adapter, Locator
    from contracts.audit import Recorded
    from contracts.exchange import Grant
    from gateway.access.consumers import Consumer
    from gateway.inquiry import Inquiry
    from gateway.rooms import Knock, Rooms
    from gateway.vault import VaultObject

ATTACHMENT_SECONDS = 900.0
"""How long one attachment may take from its agency into the vault."""

_ADDRESS = re.compile(r"https?://[!-~]{1,8000}")
"""What a signature can cover; nothing else is answered, only refused."""

_ODD_ADDRESS = text("地址过长或含有未编码的字符", "The address is too long or holds unencoded characters")

Q = TypeVar("Q")


class Exchange:
    """Reads as the product: who asks, what they may see, who is asked, what is logged, what is answered."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def dossier(self, knock: Knock[Ask]) -> Answer:
        """All materials of one procedure for one project. 200 once one kind is granted."""
        return await self._walk(knock, self._dossier)

    async def material(self, knock: Knock[Ask], kind: str) -> Answer:
        """The materials of one kind; 503 or 502 where the agency failed and nothing can stand in."""

        async def one_kind(consumer: Consumer, trail: Trail, ask: Ask) -> Reply:
            return await self._material(consumer, trail, ask.model_copy(update={"kinds": (kind,)}), kind)

        return await self._walk(knock, one_kind)

    async def attachment(
        self, knock: Knock[Reason], attachment: str, part: Callable[[int], range | None]
    ) -> Answer:
        """An attachment's octets, or the part of them that `part(size)` picks (None: all of it)."""

        async def one_file(consumer: Consumer, trail: Trail, reason: Reason) -> Reply:
            return await self._attachment(consumer, trail, reason, attachment, part)

        return await self._walk(knock, one_file)

    async def _walk(
        self, knock: Knock[Q], answer: Callable[[Consumer, Trail, Q], Awaitable[Reply]]
    ) -> Answer:
        """Steps 1 and 11 to 13 are the same for every question; only our own errors come out of the house."""
        consumer = await self._rooms.access.recognise(knock.credential, knock.remote)  # 1
        trail = Trail(self._rooms.record, consumer.id)
        try:
            reply = await trail.ended(lambda: answer(consumer, trail, _question(knock)))  # 0, 2-11
            # From here the log says what was answered. A crash before the octets leave overstates what the
            # consumer saw, never understates it; it asks again and the log shows both.
            return self._sign(knock, reply)  # 12, 13
        except LandbridgeError:
            raise  # said by nobody: the log is out, or the address cannot be signed
        except Exception as bug:
            note_fault(bug)
            raise LandbridgeError from bug

    async def _dossier(self, consumer: Consumer, trail: Trail, ask: Ask) -> Reply:
        file = await self._gather(consumer, trail, ask)
        if file.unopened and not project_of(file.ask):
            raise ProjectNotOpened
        async with self._rooms.desks:
            seen = self._disclosed(file)  # 10
            octets = await self._assemble(file, seen)
            return await self._answered(trail, file, seen, octets, 200)

    async def _material(self, consumer: Consumer, trail: Trail, ask: Ask, kind: str) -> Reply:
        file = await self._gather(consumer, trail, ask)
        seen = self._disclosed(file)  # 10
        if file.unopened:
            raise ProjectNotOpened
        if failure := file.failure():
            octets, headers = problem_octets(failure), problem_headers(failure)
            return await self._answered(trail, file, seen, octets, failure.status, headers)
        alone = Materials(
            project_code=project_of(ask), kind=kind, assembled_at=file.now, materials=tuple(seen)
        )
        return await self._answered(trail, file, seen, _octets(alone), 200)

    async def _gather(self, consumer: Consumer, trail: Trail, ask: Ask) -> CaseFile:
        """2 to 9: everything this consumer may see for this ask, from the cache and from the agencies."""
        rooms, now = self._rooms, self._rooms.clock()
        trail.about(ask, project_of(ask))
        usual = tuple(kind for kind in procedure_of(ask).kinds if kind not in DECLARABLE)
        wanted = ask.kinds or usual
        permitted = permit(await rooms.grants(), consumer.id, ask.purpose, wanted, day_of(now))  # 2
        ask, found_by = await find_project(rooms.aliases, ask)  # 4
        trail.of(project_of(ask))
        file = CaseFile(ask, permitted, await rooms.agencies(), now, consumer.id, found_by)
        deadline = Deadline.after(ask.wait or rooms.wait_seconds)
        names = await rooms.aliases.names(ask)  # 4
        while opened := file.openings(names):
            ways = (way for inquiry in opened for way in inquiry.every_way())
            await rooms.cache.bring((way.question for way in ways), now)  # 3
            unanswered = [inquiry for inquiry in opened if not self._recalled(file, inquiry)]  # 3
            if any(not inquiry.adapter.capabilities.local for inquiry in unanswered):
                agencies = {inquiry.adapter.agency for inquiry in unanswered} | set(file.open_agencies)
                kinds = {inquiry.grant.kind for inquiry in unanswered} | set(file.open_kinds)
                await trail.asked(kinds, agencies)  # 5
                # From here any agency named may hear the question; a crash leaves `asked` without an end.
            await side_by_side(self._consult(file, inquiry, deadline) for inquiry in unanswered)  # 6-9
            async with rooms.desks:
                file.name_project()  # 9
                await rooms.aliases.learn(file.ask, file.materials())  # 9
                names = await rooms.aliases.names(file.ask)  # 4
        trail.of(project := project_of(file.ask))
        await self._stand_in(file, project)  # 9
        await rooms.shelf.belong(project, file.materials())  # 9
        return file

    async def _stand_in(self, file: CaseFile, project: str | None) -> None:
        """9: what people typed in serves while the agency is out; once it is back, its own word does."""
        for each in await self._rooms.stand_ins.serving(project):
            if came := file.back(each):
                await self._rooms.stand_ins.replaced(each, came)
            elif file.stand_in(each):
                await self._rooms.shelf.put_up(project, [each.locator()])

    def _recalled(self, file: CaseFile, inquiry: Inquiry) -> bool:
        """3: whether nobody is to be asked: it is paused, or a kept answer serves, got by whichever key."""
        if inquiry.adapter.capabilities.paused:
            file.fail(inquiry, failed(Fault.PAUSED), None, None)
            return True
        cache, version = self._rooms.cache, inquiry.adapter.version
        ways = [
            (way, cache.recall(way.question, version, file.now, file.max_age)) for way in inquiry.every_way()
        ]
        # "None" under one name says nothing of another: it serves only where every way was tried.
        kept = [(way, found) for way, found in ways if found and found.good]
        if not kept and all(found for _, found in ways):
            kept = [(way, found) for way, found in ways if found]
        if kept:
            file.take_kept(*kept[0])
        return bool(kept)

    async def _consult(self, file: CaseFile, inquiry: Inquiry, deadline: Deadline) -> None:
        """6 to 9 for one question to one agency, key after key until one finds something.

        Whatever goes wrong there is filed, not raised.
        """
        *before, last = inquiry.every_way()
        for way in (*before, last):
            catch = await self._caught(file, way, deadline)
            file.evidence += catch.evidence
            if catch.failure:
                digest = catch.evidence[-1] if catch.evidence else None
                file.fail(way, catch.failure, self._last_good(file, inquiry), digest)
                return
            if way is last or catch.good:
                await self._take(file, way, catch)
                return

    async def _take(self, file: CaseFile, way: Inquiry, catch: Catch) -> None:
        """8, 9: what came is filed, its attachments listed until fetched; nothing of another project's."""
        if catch.kept:
            file.take_kept(way, catch.kept)
            return
        filed = file.take(way, catch.materials)
        own = {attachment.id for material in filed for attachment in material.attachments}
        listed = [locator for locator in catch.locators if locator.attachment in own]
        await self._rooms.shelf.put_up(project_of(file.ask), listed)

    async def _caught(self, file: CaseFile, way: Inquiry, deadline: Deadline) -> Catch:
        """6 to 9 once for everybody who asks the same now. A failure is everybody's, and is not kept."""
        same = (way.question, way.adapter.version, file.ask.max_age)
        try:
            return await self._rooms.flights.join(
                same, deadline, lambda: self._pulled(file, way, deadline), Catch.failed
            )
        except AgencyFailed as late:  # this ask's time ran out while another was asking
            return Catch(failure=late)

    async def _pulled(self, file: CaseFile, way: Inquiry, deadline: Deadline) -> Catch:
        """6 to 9: the replies to one question, kept whatever they say, read, and shared between nodes."""
        rooms, adapter, told, found = self._rooms, way.adapter, [], []
        async with rooms.cache.alone(way.question, deadline, file.now):
            if kept := rooms.cache.recall(way.question, adapter.version, file.now, file.max_age):
                return Catch(kept=kept)  # 3: it came while we waited for our turn
            try:
                for evidence in await adapter.pull(way.grant, {way.key.name: (way.key,)}, deadline):  # 6
                    told.append(await rooms.vault.put(evidence_octets(evidence)))  # 6
                    found.append(adapter.read(evidence))  # 7, 8
                    await rooms.drifted(adapter, found[-1].drift)
            except AgencyFailed as failure:
                await rooms.drifted(adapter, failure.drift)
                return Catch(tuple(told), failure=failure)
            materials = tuple(material for part in found for material in part.materials)
            await self._keep(file, way, materials)  # 9
        return Catch(tuple(told), materials, tuple(place for part in found for place in part.locators))

    def _last_good(self, file: CaseFile, inquiry: Inquiry) -> Kept | None:
        """The youngest answer that may stand in, by whichever key it was asked."""
        cache, version = self._rooms.cache, inquiry.adapter.version
        ways = (cache.last_good(way.question, version, file.now) for way in inquiry.every_way())
        return max(filter(None, ways), key=lambda kept: kept.retrieved_at, default=None)

    async def _keep(self, file: CaseFile, way: Inquiry, materials: tuple[Material, ...]) -> None:
        """9: the materials for a while, for all nodes; nothing of another project's."""
        if not worth_keeping(materials) or any(file.is_others(material) for material in materials):
            return
        cache, adapter, now = self._rooms.cache, way.adapter, file.now
        fresh = adapter.freshness(way.grant.kind)
        until = now + fresh.keep
        stale_until, project = until + fresh.stale_if_error, project_of(file.ask)
        cache.keep(way.question, Kept(materials, adapter.version, now, until, stale_until, project))
        await cache.share(way.question, now)

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
        checks, states = rooms.verdicts.of(ask, seen, day_of(file.now))
        conflicts = [conflict_check(conflict) for conflict in await rooms.aliases.conflicts(ask, seen)]
        dossier = Dossier(
            project_code=project_of(ask),
            found_by=file.found_by,
            procedure=ask.procedure,
            scope=ask.scope,
            assembled_at=file.now,
            complete=all(each.state in {State.MET, State.DECLARED} for each in states),
            requirements=tuple(file.requirements(states)),
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
    ) -> Reply:
        outcome = Outcome(status=status, retrieval=statuses(seen), cached=len(file.ages))
        recorded = await trail.answered(outcome, digest_of(octets), **file.account(seen))  # 11
        return Reply(recorded, status, headers or {"content-type": "application/json"}, octets)

    async def _attachment(
        self,
        consumer: Consumer,
        trail: Trail,
        reason: Reason,
        attachment: str,
        part: Callable[[int], range | None],
    ) -> Reply:
        rooms, now = self._rooms, self._rooms.clock()
        trail.because(reason)
        shelved = await rooms.shelf.find(attachment)
        trail.of(shelved.project)
        kind = shelved.locator.kind
        grant = permit_attachments(await rooms.grants(), consumer.id, reason.purpose, kind, day_of(now))  # 2
        held = shelved.held or await self._fetch(trail, grant, shelved)  # 3-9
        stored = await rooms.vault.open(held.digest)
        chosen = part(stored.size)
        recorded = await trail.answered(  # 11
            Outcome(status=206 if chosen else 200),
            held.digest,
            kinds=(kind,),
            agencies=(shelved.locator.agency,),
            evidence=(held.digest,),
            personal=KINDS[kind].personal_information,
        )
        return _as_file(recorded, shelved, stored, chosen)

    async def _fetch(self, trail: Trail, grant: Grant, shelved: Shelved) -> Held:
        """5 to 9 for a file: asked, and brought once for everybody who wants it now."""
        locator = shelved.locator
        adapter = await self._agency(locator.agency)
        if adapter.capabilities.paused:
            raise failed(Fault.PAUSED)  # nobody is about to be asked
        await trail.asked([locator.kind], [locator.agency])  # 5
        deadline = Deadline.after(ATTACHMENT_SECONDS)
        return await self._rooms.fetches.join(
            locator.attachment, deadline, lambda: self._brought(adapter, grant, locator, deadline)
        )

    async def _brought(self, adapter: Adapter, grant: Grant, locator: Locator, deadline: Deadline) -> Held:
        """6 to 9 for a file: streamed into the vault, held from then on."""
        rooms = self._rooms
        async with aclosing(adapter.fetch(grant, locator, deadline)) as octets:  # 6
            stored = await rooms.vault.put_stream(octets, rooms.attachment_limit)  # 6
        held = Held(stored.digest, stored.bytes)
        check_arrived(locator, held)  # 7
        await rooms.shelf.hold(locator.attachment, held)  # 9
        return held

    async def _agency(self, name: str) -> Adapter:
        for adapter in await self._rooms.agencies():
            if adapter.agency == name:
                return adapter
        raise failed(Fault.NO_SUCH_ADDRESS)

    def _sign(self, knock: Knock[Q], reply: Reply) -> Answer:
        """12: the receipt says where the log has it; the signature binds it to the question's address."""
        if not _ADDRESS.fullmatch(knock.target_uri):
            raise AskMalformed(_ODD_ADDRESS)  # the log has this refusal
        recorded = reply.recorded
        receipt = Receipt(**recorded.model_dump())
        headers = dict(reply.headers) | {"landbridge-receipt": receipt.header()}
        if reply.stream is None:
            headers |= {"content-digest": content_digest(reply.body), "content-length": str(len(reply.body))}
        headers |= self._rooms.signer.headers(
            method=knock.method, target_uri=knock.target_uri, status=reply.status, headers=headers
        )
        return Answer(reply.status, headers, reply.body, reply.stream)


def _question(knock: Knock[Q]) -> Q:
    """The question, once the answer could be signed. Raises ConsumerError."""
    if not _ADDRESS.fullmatch(knock.target_uri):
        raise AskMalformed(_ODD_ADDRESS)
    return knock.read()


def _octets(told: Dossier | Materials) -> bytes:
    """What is sent, hashed and logged: the same octets."""
    return told.model_dump_json(by_alias=True, exclude_none=True).encode()


def _as_file(recorded: Recorded, shelved: Shelved, stored: VaultObject, part: range | None) -> Reply:
    """An attachment as it leaves: the whole file's digest is signed, for a part its place in the file too."""
    headers = shelved.headers(stored.size, part) | {"repr-digest": repr_digest(stored.digest)}
    octets = stored.stream() if part is None else stored.stream(part.start, part.stop)
    return Reply(recorded, 200 if part is None else 206, headers, stream=octets)
