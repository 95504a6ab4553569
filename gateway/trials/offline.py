"""A manifest over a reply in a file, with no house around it: the kit that production runs, and no agency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from adapters import assemble
from adapters.base import Standing
from adapters.decode import Document, decode, sight_of
from adapters.egress import Egress
from adapters.filedrop import notice_of
from adapters.functions import token
from adapters.manifest import load as load_manifest
from adapters.web import charset_of
from contracts.errors import AgencyFailed, AskMalformed
from contracts.exchange import Evidence, Grant
from contracts.material import KeyUsed, digest_of
from contracts.text import text
from contracts.time import day_of
from gateway.trials.results import KindTried, Mask, Trial, read_reply

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence
    from datetime import datetime

    from adapters.base import Delivery
    from adapters.manifest import Manifest, MaterialRule

UNSAID = "—"
"""Stands for a key nobody gave and the reply does not name: what is read under it is about nothing."""


@dataclass(frozen=True, slots=True)
class FileReply:
    """A reply as it was saved: its octets, its Content-Type and status, the keys it was asked for by."""

    octets: bytes
    media_type: str
    known: Mapping[str, Sequence[str]]
    status: int = 200


class _NoFolder:
    """Deliveries of a folder that is not here: reading a notice asks for none."""

    async def current(
        self, agency: str, kind: str, key: str, norm: str, *, starts: bool
    ) -> Sequence[Delivery]:
        del agency, kind, key, norm, starts
        return ()

    async def standing(self, agency: str) -> Standing:
        del agency
        return Standing(usable=False, last_arrived=None)

    async def octets(self, sha256: str) -> AsyncGenerator[bytes, None]:
        del sha256
        return
        yield b""


def read_file(document: str, name: str, kind: str | None, reply: FileReply, now: datetime) -> Trial:
    """What a manifest makes of a reply, as production would; personal values are not shown.

    Without a known key the reply is taken to be about what its first row names. `kind` may be left out where
    the manifest has one. Raises ManifestInvalid, AskMalformed.
    """
    manifest = load_manifest(document, name)
    rule = _rule(manifest, kind)
    evidence = _evidence(manifest, rule, reply, now)
    no_secrets: dict[str, str] = {}
    adapter = assemble(manifest, 0, Egress(), no_secrets.__getitem__, lambda: now, deliveries=_NoFolder())
    grant = _own(rule.kind, day_of(now))
    tried = read_reply(adapter, evidence, Mask.of(manifest, rule.kind, grant))
    return Trial(
        agency=manifest.agency,
        version=0,
        digest=digest_of(document.encode()),
        tried_at=now,
        kinds=(KindTried(kind=rule.kind, key=evidence.key.name, replies=(tried,)),),
    )


def _rule(manifest: Manifest, kind: str | None) -> MaterialRule:
    chosen = kind or (manifest.kinds[0] if len(manifest.kinds) == 1 else "")
    rule = manifest.material(chosen)
    if rule is None:
        names = "、".join(manifest.kinds)
        raise AskMalformed(
            text(f"请以 --kind 指明材料：{names}", f"Say which with --kind: {', '.join(manifest.kinds)}")
        )
    return rule


def _evidence(manifest: Manifest, rule: MaterialRule, reply: FileReply, now: datetime) -> Evidence:
    headers = () if manifest.connection.drop else (("Content-Type", reply.media_type),)
    return Evidence(
        agency=manifest.agency,
        manifest_version=0,
        kind=rule.kind,
        asked={},
        key=_key(manifest, rule, reply),
        received_at=now,
        status=reply.status,
        headers=headers,
        body=reply.octets,
    )


def _key(manifest: Manifest, rule: MaterialRule, reply: FileReply) -> KeyUsed:
    given = [(name, reply.known[name][0]) for name in rule.ask_by if reply.known.get(name)]
    if strange := sorted(set(reply.known) - set(rule.ask_by)):
        names = ", ".join(rule.ask_by)
        raise AskMalformed(
            text(
                f"该材料不以 {strange[0]} 提问，可用：{names}", f"Not asked by {strange[0]}, but by: {names}"
            )
        )
    name, value = next(iter(given or _named(manifest, rule, reply)), (rule.ask_by[0], UNSAID))
    return KeyUsed(name=name, value=value, confirmed=False)


def _named(manifest: Manifest, rule: MaterialRule, reply: FileReply) -> list[tuple[str, str]]:
    """What the first row says it is about, in the manifest's order; nothing where it cannot be read."""
    first = rule.first
    try:
        content = _document(manifest, rule, reply).content
    except AgencyFailed:
        return []
    eyes = sight_of(content)
    rows = eyes.rows(first.rows, content)
    row = next((each for each in (rows if isinstance(rows, list) else ()) if eyes.is_row(each)), None)
    places = {name: about.at for name, about in first.about.items() if about != "unstated"}
    said: list[tuple[str, Any]] = [
        (name, eyes.find(places[name], row)) for name in rule.ask_by if row is not None and name in places
    ]
    return [(name, words) for name, value in said if (words := token(value))]


def _document(manifest: Manifest, rule: MaterialRule, reply: FileReply) -> Document:
    if manifest.connection.drop is not None:
        return notice_of(manifest.connection.drop, reply.octets)
    charset = charset_of((("Content-Type", reply.media_type),))
    return decode(reply.octets, charset, [step.step() for step in rule.first.decode])


def _own(kind: str, today: date) -> Grant:
    """A grant over a file one holds oneself: it opens no agency, and shows nothing personal."""
    return Grant(
        id="file",
        consumer="trial",
        purpose="trial",
        kind=kind,
        attachments=True,
        valid_from=today,
        valid_until=today,
    )
