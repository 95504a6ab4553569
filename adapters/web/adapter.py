"""An adapter over HTTP but for how its questions are put: pages, lists and details, reading, probes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import ClassVar
from urllib.parse import quote

from adapters import mapping
from adapters.base import Capabilities, Clock, Deadline, Key, Keys, Locator, Probe, ProbeStep, Secrets, failed
from adapters.decode import header, inflate
from adapters.documents import DocumentAdapter
from adapters.egress import Egress, Origin, Outgoing
from adapters.manifest import AskRule, FileAskRule, Manifest, MaterialRule, ReplyRule
from adapters.web.files import streamed, unwrapped
from adapters.web.messages import Fill, Values, charset_of, check_status, filled, no_page, with_query
from contracts.errors import AgencyFailed, Fault, NotGranted
from contracts.exchange import Evidence, Grant
from contracts.text import text


class WebAdapter(DocumentAdapter):
    """One agency asked over HTTP as its manifest says (RFC 9110)."""

    CAN: ClassVar = Capabilities(seals=True, digests=True, attachments=True)
    """What it can do at most; a manifest may want less."""

    def __init__(
        self, manifest: Manifest, version: int, egress: Egress, secrets: Secrets, clock: Clock
    ) -> None:
        super().__init__(manifest, version, secrets, clock)
        self._egress = egress

    @abstractmethod
    def _outgoing(self, ask: AskRule, values: Values, secret: Fill) -> Outgoing:
        """One question as it is sent. Raises AgencyFailed."""

    @abstractmethod
    def _asked_of(self, ask: AskRule, values: Values) -> dict[str, str]:
        """The same for the evidence: secrets stand as their references."""

    def _refused(self, evidence: Evidence) -> None:
        """Raise the AgencyFailed that a reply's status stands for."""
        check_status(evidence.status)

    @property
    def capabilities(self) -> Capabilities:
        """What it really does, as far as the manifest lets it."""
        seal = self._manifest.seal
        return Capabilities(
            seals=seal is not None and seal.protocol == "hmac-sha256",
            digests=seal is not None,
            attachments=any(rule.attachments for rule in self._manifest.materials),
        )

    async def pull(self, grant: Grant, keys: Keys, deadline: Deadline) -> list[Evidence]:
        """Ask for the grant's kind: all its pages, or its list and every detail that it names.

        Each reply is evidence of its own. The first that fails is the last: reading it tells why. Empty
        when no key opens the kind: nothing was asked. Raises AgencyFailed when no complete reply came.
        """
        rule, key = self._manifest.material(grant.kind), self.key_for(grant.kind, keys)
        if rule is None or key is None:
            return []
        found = [evidence async for evidence in self._pages(rule, key, deadline)]
        pointers = self._pointers(rule, found)
        found += [await self._ask(rule, rule, key, {"each": one}, deadline) for one in pointers]
        for evidence in found:
            await self._read_in_slices(evidence)
        return found

    async def _pages(self, rule: MaterialRule, key: Key, deadline: Deadline) -> AsyncIterator[Evidence]:
        """The first reply, and the further pages its total promises."""
        first = await self._ask(rule, rule.first, key, _first_page(rule.first), deadline)
        yield first
        pages, total = rule.first.pages, self._total(rule.first, first)
        if pages is None:
            return
        for page in range(1, -(-total // pages.size)):
            step = {"page": str(pages.first + page), "total": str(total)}
            yield await self._ask(rule, rule.first, key, step, deadline)

    async def _ask(
        self, rule: MaterialRule, reply: ReplyRule, key: Key, step: dict[str, str], deadline: Deadline
    ) -> Evidence:
        outgoing = self._outgoing(reply.ask, _values(reply, key, step), self._secret)
        answer = await self._egress.send(outgoing, self._origin(), deadline, self._manifest.limits.body_bytes)
        asked = self._asked_of(reply.ask, _values(reply, key, step)) | step
        # From here there is evidence: whatever the reply says, reading it comes after keeping it.
        return self._evidence(rule, key, asked, answer)

    def _total(self, reply: ReplyRule, evidence: Evidence) -> int:
        """Rows on all pages; none where that cannot be read: whoever reads the evidence is told why."""
        if reply.pages is None:
            return 0
        try:
            return mapping.total_of(reply.pages, self._document(reply, evidence))
        except AgencyFailed:
            return 0

    def _pointers(self, rule: MaterialRule, found: list[Evidence]) -> list[str]:
        """What a list's rows are asked by in detail, as far as the list can be read."""
        if rule.listing is None:
            return []
        one_by_one: dict[str, None] = {}
        try:
            for evidence in found:
                document = self._document(rule.listing, evidence)
                one_by_one |= dict.fromkeys(self._mapping.pointers(evidence, document))
        except AgencyFailed:
            return []
        return list(one_by_one)

    def _octets(self, evidence: Evidence) -> tuple[bytes, str]:
        """A reply without its content coding, and the charset its headers declare."""
        coding = header(evidence.headers, "content-encoding")
        octets = inflate(evidence.body, coding, self._manifest.limits.body_bytes)
        return octets, charset_of(evidence.headers)

    def _looked_at(self, octets: bytes, evidence: Evidence, reply: ReplyRule) -> bytes:
        return no_page(octets, evidence, reply)

    async def fetch(self, grant: Grant, locator: Locator, deadline: Deadline) -> AsyncGenerator[bytes, None]:
        """One attachment's octets as they come, at most 1 MiB at once. Raises NotGranted, AgencyFailed."""
        if grant.kind != locator.kind or not grant.attachments:
            raise NotGranted
        call, outgoing = self._file(locator)
        limits, origin = self._manifest.limits, self._origin()
        if call:
            pieces = unwrapped(self._egress, outgoing, origin, deadline, limits.body_bytes, call)
        else:
            limit = limits.attachment_bytes
            pieces = streamed(self._egress, outgoing, origin, deadline, limit, locator)
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece

    def _file(self, locator: Locator) -> tuple[FileAskRule | None, Outgoing]:
        """How a file is asked for: by its address, or by a call of its own; the call if it wraps the file."""
        if "call" not in locator.where:
            return None, Outgoing("GET", self._place(locator), self._headers(self._secret))
        rule = self._manifest.material(locator.kind)
        if rule is None or rule.attachments is None or rule.attachments.call is None:
            raise failed(Fault.NO_SUCH_ADDRESS)
        call = rule.attachments.call
        outgoing = self._outgoing(call.ask, {"file": locator.where["call"]}, self._secret)
        return (call if call.decode else None), outgoing

    async def probe(self, deadline: Deadline) -> Probe:
        """Settings, connection, credentials; each tried only when the one before passed."""
        steps: list[ProbeStep] = []
        for name, trial in (("settings", self._try_settings), ("connection", self._try_connection)):
            if any(step.passed is False for step in steps):
                break
            try:
                steps += await trial(deadline)
            except AgencyFailed as error:
                steps.append(ProbeStep(name, passed=False, detail=error.detail, fault=error.fault))
        return Probe(self.agency, tuple(steps))

    async def _try_settings(self, _: Deadline) -> list[ProbeStep]:
        self._headers(self._secret)
        origin = self._origin()
        await self._egress.admit(origin.host, origin.port, allow_private=origin.allow_private)
        return [ProbeStep("settings", passed=True, detail=text("配置可用", "The settings can be used"))]

    async def _try_connection(self, deadline: Deadline) -> list[ProbeStep]:
        connection = self._manifest.connection
        url = with_query(
            connection.base + quote(connection.probe.path, safe="/"), self._query({}, self._secret)
        )
        outgoing = Outgoing("GET", url, self._headers(self._secret))
        async with self._egress.open(outgoing, self._origin(), deadline, 1 << 20) as stream:
            status = stream.status
        reached = ProbeStep("connection", passed=True, detail=text("对方有应答", "The agency answers"))
        return [reached, _credentials(status)]

    def _asked(self, rule: MaterialRule, key: Key) -> dict[str, str]:
        """What is asked first for a kind, as its evidence will say."""
        step = _first_page(rule.first)
        return self._asked_of(rule.first.ask, _values(rule.first, key, step)) | step

    def _origin(self) -> Origin:
        connection = self._manifest.connection
        return Origin.of(connection.base, allow_private=connection.allow_private)

    def _headers(self, secret: Fill) -> tuple[tuple[str, str], ...]:
        connection = self._manifest.connection
        lines = {"Accept": "*/*", **connection.headers, **connection.credentials.headers}
        return tuple((name, filled(value, {}, secret)) for name, value in lines.items())

    def _query(self, own: Mapping[str, str], secret: Fill) -> dict[str, str]:
        extra = self._manifest.connection.credentials.query
        return {**own, **{name: filled(value, {}, secret) for name, value in extra.items()}}

    def _place(self, locator: Locator) -> str:
        if "url" in locator.where:
            url = quote(locator.where["url"], safe="/:?&=%#[]@!$'()*+,;~")
            return with_query(url, self._query({}, self._secret))
        parts = locator.where["path"].lstrip("/").split("/")
        if any(part in (".", "..") for part in parts):
            raise failed(Fault.NOT_ADMITTED)
        path = "/".join(quote(part, safe="") for part in parts)
        return with_query(f"{self._manifest.connection.base}/{path}", self._query({}, self._secret))


def _first_page(reply: ReplyRule) -> dict[str, str]:
    return {"page": str(reply.pages.first)} if reply.pages else {}


def _values(reply: ReplyRule, key: Key, step: Mapping[str, str]) -> Values:
    return {key.name: key.value, **step} | ({"size": str(reply.pages.size)} if reply.pages else {})


def _credentials(status: int) -> ProbeStep:
    if status in (401, 403):
        fault = Fault.UNAUTHORISED
        return ProbeStep("credentials", passed=False, detail=failed(fault).detail, fault=fault)
    if 200 <= status < 300:
        return ProbeStep(
            "credentials", passed=True, detail=text("对方接受我方凭据", "The credentials are accepted")
        )
    shown = text(f"未能验证（状态码 {status}）", f"Could not be tried (status {status})")
    return ProbeStep("credentials", passed=None, detail=shown)
