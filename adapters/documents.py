"""An adapter whose evidence is a document: how it is read, in slices where it is large, and explained."""

from __future__ import annotations

import asyncio
import time
from abc import ABC
from collections import deque
from collections.abc import Generator, Mapping
from datetime import timedelta

from adapters import mapping, seals, tracing
from adapters.base import (
    Adapter,
    Clock,
    Freshness,
    Key,
    ReadOut,
    RowTrace,
    Secrets,
    failed,
    read_safely,
)
from adapters.decode import Document, decode, decoding, drained
from adapters.egress import Reply
from adapters.manifest import ByManifest, Manifest, MaterialRule, ReplyRule
from contracts.errors import Fault, SetupIncomplete
from contracts.exchange import Evidence
from contracts.material import KeyUsed
from contracts.text import text
from contracts.time import to_utc

LARGE = 128 << 10
"""Octets of a reply from which it is read in slices, between which others get their turn."""

AHEAD = 8
"""Replies read ahead and not yet asked for, at most; any further one is read when it is asked for."""

TURN = 0.005
"""Seconds of reading before others get their turn."""


class Turns:
    """A stretch of work on the event loop, in slices."""

    def __init__(self) -> None:
        self._since = time.perf_counter()

    async def given(self) -> None:
        """Let others have their turn once ours has lasted long enough."""
        if time.perf_counter() - self._since > TURN:
            await asyncio.sleep(0)
            self._since = time.perf_counter()


class DocumentAdapter(ByManifest, Adapter, ABC):
    """One agency whose replies are decoded and mapped as its manifest says."""

    def __init__(self, manifest: Manifest, version: int, secrets: Secrets, clock: Clock) -> None:
        super().__init__(manifest, version)
        self._secrets, self._clock = secrets, clock
        self._mapping = mapping.Interpreter(manifest, version)
        # What large replies said, read ahead in slices while they were pulled.
        self._read_ahead: deque[tuple[Evidence, ReadOut]] = deque(maxlen=AHEAD)

    def _refused(self, evidence: Evidence) -> None:
        """Raise the AgencyFailed that a reply stands for before it is read."""

    def _octets(self, evidence: Evidence) -> tuple[bytes, str]:
        """A reply's octets as they are decoded, and the charset it declares."""
        return evidence.body, "utf-8"

    def _looked_at(self, octets: bytes, evidence: Evidence, reply: ReplyRule) -> bytes:
        """The octets, unless their looks say that they are no reply. Raises AgencyFailed."""
        del evidence, reply
        return octets

    def freshness(self, kind: str) -> Freshness:
        """How long its materials of this kind may be used. Raises KeyError for a kind it does not ask for."""
        rule = self._manifest.material(kind)
        if rule is None:
            raise KeyError(kind)
        fresh_for, stale = mapping.fresh_for(rule), timedelta(seconds=rule.fresh.stale_if_error)
        return Freshness(keep=fresh_for, stale_if_error=stale)

    def read(self, evidence: Evidence) -> ReadOut:
        """What the evidence says. Raises AgencyFailed and nothing else."""
        for ahead in self._read_ahead:
            if ahead[0] is evidence:
                self._read_ahead.remove(ahead)
                return ahead[1]
        return read_safely(lambda it: drained(self._reading(it)), evidence)

    def explain(self, evidence: Evidence) -> tuple[RowTrace, ...]:
        """How the first rows read, field by field. Raises AgencyFailed."""
        return read_safely(self._explain, evidence)

    def _explain(self, evidence: Evidence) -> tuple[RowTrace, ...]:
        rule = self._manifest.material(evidence.kind)
        if rule is None:
            return ()
        reply = mapping.reply_rule(rule, evidence)
        return tracing.explain(self._manifest, reply, self._document(reply, evidence))

    async def _read_in_slices(self, evidence: Evidence) -> None:
        """Read a large reply ahead of `read`, letting others have their turn; a failure is left to `read`."""
        if len(evidence.body) <= LARGE:
            return
        work, turns = self._reading(evidence), Turns()
        try:
            while True:
                next(work)
                await turns.given()
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
        document = yield from decoding(self._looked_at(octets, evidence, reply), charset, steps)
        return (yield from self._mapping.reading(evidence, document, seal))

    def _document(self, reply: ReplyRule, evidence: Evidence) -> Document:
        self._refused(evidence)
        octets, charset = self._octets(evidence)
        return decode(octets, charset, [step.step() for step in reply.decode])

    def _evidence(self, rule: MaterialRule, key: Key, asked: Mapping[str, str], reply: Reply) -> Evidence:
        return Evidence(
            agency=self.agency,
            manifest_version=self._version,
            kind=rule.kind,
            asked=dict(asked),
            key=KeyUsed(name=key.name, value=key.value, confirmed=key.confirmed),
            received_at=to_utc(self._clock()),
            status=reply.status,
            headers=reply.headers,
            body=reply.body,
        )

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
