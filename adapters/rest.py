"""The REST kit: one HTTP question, a JSON reply, files fetched on demand."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from adapters import mapping, seals
from adapters.base import (
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
from adapters.decode import Inflater, decode, header, inflate, unreadable
from adapters.egress import Egress, Origin, Outgoing, Stream
from adapters.manifest import Manifest, MaterialRule
from adapters.manifest.model import PLACEHOLDER, SECRET, AskRule
from contracts.errors import AgencyFailed, Fault, NotGranted, SetupIncomplete
from contracts.exchange import Evidence, Grant
from contracts.material import KeyUsed
from contracts.text import text
from contracts.time import to_utc

Fill = Callable[[str], str]
"""Fills the placeholders and secret references of a template."""

_TOKEN = re.compile(f"{PLACEHOLDER.pattern}|{SECRET.pattern}")
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w-]+)", re.IGNORECASE)
_STATUSES = {
    401: Fault.UNAUTHORISED,
    403: Fault.UNAUTHORISED,
    404: Fault.NO_SUCH_ADDRESS,
    410: Fault.NO_SUCH_ADDRESS,
    429: Fault.SHEDDING,
}


class RestAdapter:
    """One agency asked over HTTP as its manifest says (RFC 9110)."""

    def __init__(
        self, manifest: Manifest, version: int, egress: Egress, secrets: Secrets, clock: Clock
    ) -> None:
        self._manifest, self._version = manifest, version
        self._egress, self._secrets, self._clock = egress, secrets, clock

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
        """Ask for the grant's kind. Empty when no key opens it: nothing was asked. Raises AgencyFailed."""
        rule, key = self._manifest.material(grant.kind), self.key_for(grant.kind, keys)
        if rule is None or key is None:
            return []
        outgoing = self._outgoing(rule.ask, key, self._secret)
        reply = await self._egress.send(outgoing, self._origin(), deadline, self._manifest.limits.body_bytes)
        # From here there is evidence: whatever the reply says, reading it comes after keeping it.
        evidence = Evidence(
            agency=self.agency,
            manifest_version=self._version,
            kind=rule.kind,
            asked=self._asked(rule, key),
            key=KeyUsed(name=key.name, value=key.value, confirmed=key.confirmed),
            received_at=to_utc(self._clock()),
            status=reply.status,
            headers=reply.headers,
            body=reply.body,
        )
        return [evidence]

    def read(self, evidence: Evidence) -> ReadOut:
        """What the evidence says. Raises AgencyFailed and nothing else."""
        return read_safely(self._read, evidence)

    async def fetch(self, grant: Grant, locator: Locator, deadline: Deadline) -> AsyncGenerator[bytes, None]:
        """One attachment's octets as they come, at most 1 MiB at once. Raises NotGranted, AgencyFailed."""
        if grant.kind != locator.kind or not grant.attachments:
            raise NotGranted
        limit = self._manifest.limits.attachment_bytes
        outgoing = Outgoing("GET", self._place(locator), self._headers(self._secret))
        async with self._egress.open(outgoing, self._origin(), deadline, limit) as stream:
            _check_status(stream.status)
            _check_file(stream, locator)
            inflater = Inflater(header(stream.headers, "content-encoding"), limit)
            async for chunk in stream.chunks:
                for piece in inflater.feed(chunk):
                    yield piece
            if rest := inflater.finish():
                yield rest

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
        url = _with_query(
            connection.base + quote(connection.probe.path, safe="/"), self._query({}, self._secret)
        )
        outgoing = Outgoing("GET", url, self._headers(self._secret))
        async with self._egress.open(outgoing, self._origin(), deadline, 1 << 20) as stream:
            status = stream.status
        reached = ProbeStep("connection", passed=True, detail=text("对方有应答", "The agency answers"))
        return [reached, _credentials(status)]

    def _read(self, evidence: Evidence) -> ReadOut:
        _check_status(evidence.status)
        seal = seals.check(self._manifest.seal, evidence, self._secrets)
        rule = self._manifest.material(evidence.kind)
        if rule is None:
            raise mapping.off_contract("清单中没有该材料", "the manifest does not know this kind")
        coding = header(evidence.headers, "content-encoding")
        octets = inflate(evidence.body, coding, self._manifest.limits.body_bytes)
        kind = header(evidence.headers, "content-type")
        if kind.lower().startswith("text/html") or octets.lstrip()[:1] == b"<":
            raise unreadable("返回的是网页", "a web page came instead")
        charset = _CHARSET.search(kind)
        document = decode(octets, charset[1] if charset else "", [step.step() for step in rule.decode])
        return mapping.read(self._manifest, self._version, evidence, document, seal)

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
        return tuple((name, _filled(value, {}, secret)) for name, value in lines.items())

    def _query(self, own: Mapping[str, str], secret: Fill) -> dict[str, str]:
        extra = self._manifest.connection.credentials.query
        return {**own, **{name: _filled(value, {}, secret) for name, value in extra.items()}}

    def _url(self, ask: AskRule, key: Key, secret: Fill) -> str:
        path = "/".join(_segment(part, key) for part in ask.path.split("/"))
        query = {name: _filled(value, {key.name: key.value}, secret) for name, value in ask.query.items()}
        return _with_query(self._manifest.connection.base + path, self._query(query, secret))

    def _outgoing(self, ask: AskRule, key: Key, secret: Fill) -> Outgoing:
        headers, body = self._headers(secret), _body(ask, key, secret)
        if body is not None:
            media = "application/x-www-form-urlencoded" if ask.form is not None else "application/json"
            headers = (*headers, ("Content-Type", media))
        return Outgoing(ask.method, self._url(ask, key, secret), headers, body)

    def _asked(self, rule: MaterialRule, key: Key) -> dict[str, str]:
        """What was asked, for the evidence: secrets stand as their references."""
        body = _body(rule.ask, key, str)
        asked = {"method": rule.ask.method, "url": self._url(rule.ask, key, str)}
        return asked if body is None else {**asked, "body": body.decode()}

    def _place(self, locator: Locator) -> str:
        if "url" in locator.where:
            url = quote(locator.where["url"], safe="/:?&=%#[]@!$'()*+,;~")
            return _with_query(url, self._query({}, self._secret))
        parts = locator.where["path"].lstrip("/").split("/")
        if any(part in (".", "..") for part in parts):
            raise failed(Fault.NOT_ADMITTED)
        path = "/".join(quote(part, safe="") for part in parts)
        return _with_query(f"{self._manifest.connection.base}/{path}", self._query({}, self._secret))


def _filled(template: str, values: Mapping[str, str], secret: Fill) -> str:
    """A template with its places filled, in one pass: what is filled in is never read as a template again.

    Places of keys that are not asked by stay empty.
    """

    def one(found: re.Match[str]) -> str:
        return values.get(found[1], "") if found[1] else secret(found[0])

    return _TOKEN.sub(one, template)


def _segment(template: str, key: Key) -> str:
    segment = quote(_filled(template, {key.name: key.value}, str), safe="")
    if segment in (".", ".."):
        raise failed(Fault.NOT_ADMITTED)
    return segment


def _with_query(url: str, query: Mapping[str, str]) -> str:
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}{urlencode(query, quote_via=quote, safe='')}" if query else url


def _body(ask: AskRule, key: Key, secret: Fill) -> bytes | None:
    values = {key.name: key.value}
    if ask.form is not None:
        form = {name: _filled(value, values, secret) for name, value in ask.form.items()}
        return urlencode(form, quote_via=quote, safe="").encode()
    if ask.json_body is None:
        return None
    return json.dumps(_filled_in(ask.json_body, values, secret), ensure_ascii=False).encode()


def _filled_in(content: Any, values: Mapping[str, str], secret: Fill) -> Any:
    if isinstance(content, str):
        return _filled(content, values, secret)
    if isinstance(content, dict):
        return {name: _filled_in(item, values, secret) for name, item in content.items()}
    return [_filled_in(item, values, secret) for item in content] if isinstance(content, list) else content


def _check_status(status: int) -> None:
    """Raises the AgencyFailed that a status stands for (RFC 9110 §15); 2xx passes."""
    if 200 <= status < 300:
        return
    if status in _STATUSES:
        raise failed(_STATUSES[status])
    if 300 <= status < 400:
        raise failed(Fault.REDIRECTED)
    raise failed(Fault.BROKEN if status >= 500 else Fault.DECLINED)


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
