"""What the kits that speak HTTP share: questions and their pages, status codes, files on demand, probes."""

from __future__ import annotations

import asyncio
import re
import time
from abc import ABC, abstractmethod
from base64 import b64decode
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from adapters import mapping, seals
from adapters.base import (
    Adapter,
    Capabilities,
    Clock,
    Deadline,
    Freshness,
    Key,
    Keys,
    Locator,
    Probe,
    ProbeStep,
    ReadOut,
    Secrets,
    failed,
    first_usable,
    read_safely,
)
from adapters.decode import (
    Document,
    Inflater,
    decode,
    decoding,
    drained,
    header,
    inflate,
    sight_of,
    unreadable,
)
from adapters.egress import Egress, Origin, Outgoing, Reply, Stream
from adapters.manifest import AskRule, FileAskRule, Manifest, MaterialRule, ReplyRule
from adapters.manifest.model import PLACEHOLDER, SECRET
from contracts.errors import AgencyFailed, Fault, NotGranted, SetupIncomplete
from contracts.exchange import Evidence, Grant
from contracts.material import KeyUsed
from contracts.text import text
from contracts.time import to_utc

Fill = Callable[[str], str]
"""Fills the placeholders and secret references of a template."""

Values = Mapping[str, str]
"""What stands in for the placeholders of a question, by name."""

LARGE = 128 << 10
"""Octets of a reply from which it is read in slices, between which others get their turn."""

AHEAD = 8
"""Replies read ahead and not yet asked for, at most; any further one is read when it is asked for."""

TURN = 0.005
"""Seconds of reading before others get their turn."""

PIECE = 1 << 20
"""Octets of a file handed on at once, at most."""

_TOKEN = re.compile(f"{PLACEHOLDER.pattern}|{SECRET.pattern}")
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w-]+)", re.IGNORECASE)
_PAGE = re.compile(rb"\s*<(!doctype\s+)?html\b", re.IGNORECASE)
_STATUSES = {
    401: Fault.UNAUTHORISED,
    403: Fault.UNAUTHORISED,
    404: Fault.NO_SUCH_ADDRESS,
    410: Fault.NO_SUCH_ADDRESS,
    429: Fault.SHEDDING,
}


class WebAdapter(Adapter, ABC):
    """One agency asked over HTTP as its manifest says (RFC 9110)."""

    def __init__(
        self, manifest: Manifest, version: int, egress: Egress, secrets: Secrets, clock: Clock
    ) -> None:
        self._manifest, self._version = manifest, version
        self._egress, self._secrets, self._clock = egress, secrets, clock
        # What large replies said, read ahead in slices while they were pulled.
        self._read_ahead: deque[tuple[Evidence, ReadOut]] = deque(maxlen=AHEAD)

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
    def agency(self) -> str:
        """The agency's slug."""
        return self._manifest.agency

    @property
    def version(self) -> int:
        """The manifest's version."""
        return self._version

    @property
    def kinds(self) -> tuple[str, ...]:
        """Slugs of the kinds it can ask for."""
        return self._manifest.kinds

    @property
    def capabilities(self) -> Capabilities:
        """What it really does, as far as the manifest lets it."""
        seal = self._manifest.seal
        return Capabilities(
            seals=seal is not None and seal.protocol == "hmac-sha256",
            digests=seal is not None,
            attachments=any(rule.attachments for rule in self._manifest.materials),
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """References of the secrets the manifest names."""
        return self._manifest.secrets

    def opened_by(self, kind: str) -> tuple[str, ...]:
        """Names of the keys that open this kind here, best first."""
        rule = self._manifest.material(kind)
        return rule.ask_by if rule else ()

    def freshness(self, kind: str) -> Freshness:
        """How long its materials of this kind may be used. Raises KeyError for a kind it does not ask for."""
        rule = self._manifest.material(kind)
        if rule is None:
            raise KeyError(kind)
        fresh_for, stale = mapping.fresh_for(rule), timedelta(seconds=rule.fresh.stale_if_error)
        return Freshness(keep=fresh_for, stale_if_error=stale)

    def key_for(self, kind: str, keys: Keys) -> Key | None:
        """Which of the keys opens this kind here, in the manifest's order."""
        rule = self._manifest.material(kind)
        return first_usable(rule.ask_by, keys) if rule else None

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
            if len(evidence.body) > LARGE:
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
        # From here there is evidence: whatever the reply says, reading it comes after keeping it.
        return self._evidence(rule, reply, key, step, answer)

    def _evidence(
        self, rule: MaterialRule, reply: ReplyRule, key: Key, step: dict[str, str], answer: Reply
    ) -> Evidence:
        return Evidence(
            agency=self.agency,
            manifest_version=self._version,
            kind=rule.kind,
            asked=self._asked_of(reply.ask, _values(reply, key, step)) | step,
            key=KeyUsed(name=key.name, value=key.value, confirmed=key.confirmed),
            received_at=to_utc(self._clock()),
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
        )

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
                one_by_one |= dict.fromkeys(mapping.pointers(self._manifest, rule, evidence, document))
        except AgencyFailed:
            return []
        if len(one_by_one) > rule.listing.most:
            raise failed(Fault.TOO_LARGE)
        return list(one_by_one)

    def read(self, evidence: Evidence) -> ReadOut:
        """What the evidence says. Raises AgencyFailed and nothing else."""
        for ahead in self._read_ahead:
            if ahead[0] is evidence:
                self._read_ahead.remove(ahead)
                return ahead[1]
        return read_safely(lambda it: drained(self._reading(it)), evidence)

    async def _read_in_slices(self, evidence: Evidence) -> None:
        """Read a large reply ahead of `read`, letting others have their turn; a failure is left to `read`."""
        work, since = self._reading(evidence), time.perf_counter()
        try:
            while True:
                next(work)
                if time.perf_counter() - since > TURN:
                    await asyncio.sleep(0)
                    since = time.perf_counter()
        except StopIteration as stop:
            self._read_ahead.append((evidence, stop.value))
        except Exception:  # noqa: BLE001, S110  told by `read`, where it is caught the right way
            pass

    def _reading(self, evidence: Evidence) -> Generator[None, None, ReadOut]:
        self._refused(evidence)
        seal = seals.check(self._manifest.seal, evidence, self._secrets)
        rule = self._manifest.material(evidence.kind)
        if rule is None:
            raise mapping.off_contract("清单中没有该材料", "the manifest does not know this kind")
        reply = mapping.reply_rule(rule, evidence)
        octets, charset = self._octets(evidence)
        steps = [step.step() for step in reply.decode]
        document = yield from decoding(_no_page(octets, evidence, reply), charset, steps)
        return (yield from mapping.reading(self._manifest, self._version, evidence, document, seal))

    def _document(self, reply: ReplyRule, evidence: Evidence) -> Document:
        self._refused(evidence)
        octets, charset = self._octets(evidence)
        return decode(octets, charset, [step.step() for step in reply.decode])

    def _octets(self, evidence: Evidence) -> tuple[bytes, str]:
        """A reply without its content coding, and the charset its headers declare."""
        coding = header(evidence.headers, "content-encoding")
        octets = inflate(evidence.body, coding, self._manifest.limits.body_bytes)
        return octets, charset_of(evidence.headers)

    async def fetch(self, grant: Grant, locator: Locator, deadline: Deadline) -> AsyncGenerator[bytes, None]:
        """One attachment's octets as they come, at most 1 MiB at once. Raises NotGranted, AgencyFailed."""
        if grant.kind != locator.kind or not grant.attachments:
            raise NotGranted
        call, outgoing = self._file(locator)
        octets = (
            self._called(call, outgoing, deadline) if call else self._streamed(locator, outgoing, deadline)
        )
        async for piece in octets:
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

    async def _streamed(
        self, locator: Locator, outgoing: Outgoing, deadline: Deadline
    ) -> AsyncGenerator[bytes, None]:
        limit = self._manifest.limits.attachment_bytes
        async with self._egress.open(outgoing, self._origin(), deadline, limit) as stream:
            check_status(stream.status)
            _check_file(stream, locator)
            inflater = Inflater(header(stream.headers, "content-encoding"), limit)
            async for chunk in stream.chunks:
                for piece in inflater.feed(chunk):
                    yield piece
            if rest := inflater.finish():
                yield rest

    async def _called(
        self, call: FileAskRule, outgoing: Outgoing, deadline: Deadline
    ) -> AsyncGenerator[bytes, None]:
        """A file that comes as Base64 within a reply: as large as a reply may be, and no larger."""
        limit = self._manifest.limits.body_bytes
        reply = await self._egress.send(outgoing, self._origin(), deadline, limit)
        check_status(reply.status)
        octets = inflate(reply.body, header(reply.headers, "content-encoding"), limit)
        document = decode(octets, charset_of(reply.headers), [step.step() for step in call.decode])
        said: Any = sight_of(document.content).find(call.at, document.content)
        try:
            file = b64decode(
                "".join(said.partition(",")[2 * said.startswith("data:")].split()), validate=True
            )
        except (ValueError, AttributeError):
            raise unreadable("附件内容不是 Base64", "the file is not in Base64") from None
        for start in range(0, len(file), PIECE):
            yield file[start : start + PIECE]

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

    def _secret(self, reference: str) -> str:
        """A secret's value. Raises AgencyDeclined: one agency's missing secret is that agency's trouble."""
        try:
            value = self._secrets(reference)
        except (LookupError, SetupIncomplete):
            value = ""
        if not value or not value.isprintable():
            raise failed(
                Fault.UNAUTHORISED, text(f"凭据未配置：{reference}", f"No usable secret: {reference}")
            )
        return value

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


def filled(template: str, values: Values, secret: Fill, escape: Fill = str) -> str:
    """A template with its places filled, in one pass: what is filled in is never read as a template again.

    Each value, a secret too, goes through `escape`. Places of keys that are not asked by stay empty.
    """

    def one(found: re.Match[str]) -> str:
        return escape(values.get(found[1], "") if found[1] else secret(found[0]))

    return _TOKEN.sub(one, template)


def with_query(url: str, query: Mapping[str, str]) -> str:
    """An address with a query, every value escaped (RFC 3986)."""
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}{urlencode(query, quote_via=quote, safe='')}" if query else url


def check_status(status: int) -> None:
    """Raises the AgencyFailed that a status stands for (RFC 9110 §15); 2xx passes."""
    if 200 <= status < 300:
        return
    if status in _STATUSES:
        raise failed(_STATUSES[status])
    if 300 <= status < 400:
        raise failed(Fault.REDIRECTED)
    raise failed(Fault.BROKEN if status >= 500 else Fault.DECLINED)


def charset_of(headers: tuple[tuple[str, str], ...]) -> str:
    """The charset that a reply's headers declare, empty when they do not."""
    found = _CHARSET.search(header(headers, "content-type"))
    return found[1] if found else ""


def _first_page(reply: ReplyRule) -> dict[str, str]:
    return {"page": str(reply.pages.first)} if reply.pages else {}


def _values(reply: ReplyRule, key: Key, step: Mapping[str, str]) -> Values:
    return {key.name: key.value, **step} | ({"size": str(reply.pages.size)} if reply.pages else {})


def _no_page(octets: bytes, evidence: Evidence, reply: ReplyRule) -> bytes:
    """The octets, unless they are a login or maintenance page. Raises AgencyFailed (unreadable)."""
    is_page = header(evidence.headers, "content-type").lower().startswith("text/html")
    expects_markup = bool(reply.decode) and reply.decode[0].how in ("xml", "soap", "soap_result")
    if is_page or _PAGE.match(octets) or (not expects_markup and octets.lstrip()[:1] == b"<"):
        raise unreadable("返回的是网页", "a web page came instead")
    return octets


def _check_file(stream: Stream, locator: Locator) -> None:
    """A login or maintenance page is not the file, unless the file is one."""
    is_page = header(stream.headers, "content-type").lower().startswith("text/html")
    if is_page and not locator.name.lower().endswith((".htm", ".html")):
        raise unreadable("返回的是网页", "a web page came instead")


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
