"""The file-drop kit: what an agency says in the notices of its deliveries; the files are held already."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import quote, unquote

from adapters import mapping, tracing
from adapters.base import (
    Capabilities,
    Clock,
    Deadline,
    Deliveries,
    Delivery,
    Freshness,
    HeldFile,
    Key,
    Keys,
    Locator,
    Probe,
    ProbeStep,
    ReadOut,
    RowTrace,
    Secrets,
    attachment_id,
    evidence_digest,
    failed,
    read_safely,
)
from adapters.decode import (
    Document,
    Eyes,
    Path,
    XmlPath,
    as_text,
    csv_document,
    header,
    parse_json,
    sight_of,
    unreadable,
    xml_document,
)
from adapters.egress import Egress
from adapters.functions import token
from adapters.manifest import ByManifest, Manifest, MaterialRule
from adapters.manifest.drops import DropRule
from contracts.catalogue import KINDS
from contracts.errors import Fault, NotGranted
from contracts.exchange import Evidence, Grant
from contracts.identifiers import READERS, normalise
from contracts.material import (
    Attachment,
    AttachmentState,
    KeyUsed,
    Material,
    Provenance,
    Retrieval,
    Seal,
    Trouble,
)
from contracts.text import text
from contracts.time import parse_instant, shown, stored, to_utc

NORM_LENGTH = 300
"""Characters of a key's normalised value that a delivery is found by, at most."""

_HERE, _NONE_YET = 200, 204
_NOT_DELIVERED = text(
    "该部门尚未投递此材料；其最近一次投递：{last}",
    "The agency has not delivered this yet; its last delivery: {last}",
)


AnyPath = Path | XmlPath
"""A path as a manifest may give it; into a notice they are all of the first kind."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as its notice names it; digests in lower-case hexadecimal, size in octets, as far as stated."""

    path: str
    sha256: str | None
    sm3: str | None
    bytes: int | None


@dataclass(frozen=True, slots=True)
class Indexed:
    """A key a delivery says it belongs to: the kind, the key's name, its normalised value."""

    kind: str
    key: str
    norm: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What a delivery says of itself: its number, its files, and what it can be found by."""

    package: str
    files: tuple[Listed, ...]
    keys: tuple[Indexed, ...]


def read_notice(manifest: Manifest, drop: DropRule, octets: bytes) -> Notice:
    """What a notice says, as far as receiving the delivery needs it. Raises AgencyFailed."""
    content = _content(drop, octets)
    sight = sight_of(content)
    package = _word(sight, drop.notice.package, content)
    if not 0 < len(normalise(package)) <= NORM_LENGTH:
        raise mapping.off_contract("清单没有编号", "the notice has no number")
    keys = {each for rule in manifest.materials for each in _keys_of(rule, sight, content)}
    if not keys:
        raise mapping.off_contract("清单没有可供查找的编号或名称", "the notice names nothing to find it by")
    return Notice(package, tuple(_listed(drop, sight, content)), tuple(sorted(keys, key=repr)))


def norm_of(key: str, value: str) -> str:
    """A key's value as deliveries are found by it."""
    reader = READERS.get(key)
    return reader(value).norm if reader else normalise(value)


def notice_of(drop: DropRule, octets: bytes) -> Document:
    """A notice as its materials are read from it. Raises AgencyFailed."""
    return Document(_content(drop, octets))


def _content(drop: DropRule, octets: bytes) -> Any:
    if drop.notice.how == "xml":
        return xml_document(octets)
    if drop.notice.how == "csv":
        return csv_document(octets)
    return parse_json(as_text(octets)[0])


def _word(sight: Eyes, path: AnyPath | None, within: Any) -> str:
    found = sight.find(path, within) if path else None
    return (token(found) or "") if found is not None else ""


def _rows(sight: Eyes, path: AnyPath, within: Any) -> list[Any]:
    found = sight.find(path, within)
    return found if isinstance(found, list) else [found] if found else []


def _keys_of(rule: MaterialRule, sight: Eyes, content: Any) -> Iterator[Indexed]:
    for row in _rows(sight, rule.rows, content)[: mapping.ROWS]:
        for name, about in rule.about.items():
            said = "" if about == "unstated" else _word(sight, about.at, row)
            norm = norm_of(name, said)
            if 0 < len(norm) <= NORM_LENGTH:
                yield Indexed(rule.kind, name, norm)


def _listed(drop: DropRule, sight: Eyes, content: Any) -> Iterator[Listed]:
    rule = drop.notice.files
    for row in _rows(sight, rule.rows, content):
        path, size = _word(sight, rule.name, row), _word(sight, rule.bytes, row)
        digests = [_word(sight, path, row).lower() for path in (rule.sha256, rule.sm3)]
        if not path and not any(digests):
            continue
        if not path or (size and not size.isdecimal()) or any(d and not _is_digest(d) for d in digests):
            raise mapping.off_contract("文件清单有误", "a line of the file list is wrong")
        sha256, sm3 = (digest or None for digest in digests)
        yield Listed(path, sha256, sm3, int(size[:20]) if size else None)


def _is_digest(word: str) -> bool:
    return len(word) == 64 and set(word) <= set("0123456789abcdef")


class FileDropAdapter(ByManifest):
    """One agency that leaves its materials in a folder, read as its manifest says."""

    CAN: ClassVar = Capabilities(local=True, digests=True, attachments=True)
    """What it can do at most; a manifest may want less."""

    def __init__(
        self,
        manifest: Manifest,
        version: int,
        egress: Egress,
        secrets: Secrets,
        clock: Clock,
        deliveries: Deliveries,
    ) -> None:
        del egress, secrets  # nothing leaves the house, and nobody is shown a credential
        super().__init__(manifest, version)
        self._mapping = mapping.Interpreter(manifest, version)
        self._clock, self._deliveries = clock, deliveries

    @property
    def capabilities(self) -> Capabilities:
        """Every file came in with its digest checked; who wrote it is not proven."""
        files = any(rule.attachments for rule in self._manifest.materials)
        return Capabilities(local=True, seals=False, digests=True, attachments=files)

    def freshness(self, kind: str) -> Freshness:
        """Nothing is kept beside the deliveries themselves: a later one counts at once.

        Raises KeyError for a kind it has no rule for.
        """
        if self._manifest.material(kind) is None:
            raise KeyError(kind)
        return Freshness(keep=timedelta(0), stale_if_error=timedelta(0))

    async def pull(self, grant: Grant, keys: Keys, deadline: Deadline) -> list[Evidence]:
        """The notices of the deliveries in force; where there is none, when one last came in.

        Empty when no key finds this kind: nothing was looked up. The deadline is the wrapper's to keep.
        Raises AgencyUnavailable (no folder): nobody can have delivered, which says nothing of the agency.
        """
        del deadline
        rule, key = self._manifest.material(grant.kind), self.key_for(grant.kind, keys)
        about = rule.about.get(key.name) if rule and key else None
        if rule is None or key is None or about is None or about == "unstated":
            return []
        norm = norm_of(key.name, key.value)
        found = await self._deliveries.current(
            self.agency, rule.kind, key.name, norm, starts=about.fit == "starts"
        )
        if found or rule.supplements:
            return [self._here(rule, key, delivery) for delivery in found]
        standing = await self._deliveries.standing(self.agency)
        if not standing.usable:
            raise failed(Fault.NO_FOLDER)
        return [self._none_yet(rule, key, standing.last_arrived)]

    def read(self, evidence: Evidence) -> ReadOut:
        """What the evidence says. Raises AgencyFailed and nothing else."""
        return read_safely(self._read, evidence)

    def explain(self, evidence: Evidence) -> tuple[RowTrace, ...]:
        """How the first rows of a notice read, field by field. Raises AgencyFailed."""
        return read_safely(self._explain, evidence)

    def _explain(self, evidence: Evidence) -> tuple[RowTrace, ...]:
        drop, rule = self._manifest.connection.drop, self._manifest.material(evidence.kind)
        if drop is None or rule is None or evidence.status == _NONE_YET:
            return ()
        return tracing.explain(self._manifest, rule, notice_of(drop, evidence.body))

    async def fetch(self, grant: Grant, locator: Locator, deadline: Deadline) -> AsyncGenerator[bytes, None]:
        """One held file's octets. Raises NotGranted."""
        del deadline  # a file of ours, on a disk of ours
        if grant.kind != locator.kind or not grant.attachments:
            raise NotGranted
        async for chunk in self._deliveries.octets(locator.where["sha256"]):
            yield chunk

    async def probe(self, deadline: Deadline) -> Probe:
        """Whether the folder can be used, and when a delivery last came in."""
        del deadline
        standing = await self._deliveries.standing(self.agency)
        if not standing.usable:
            gone = failed(Fault.NO_FOLDER)
            return Probe(
                self.agency, (ProbeStep("settings", passed=False, detail=gone.detail, fault=gone.fault),)
            )
        usable = text("接收目录可用", "The drop folder can be used")
        last = text("最近一次投递：{last}", "Last delivery: {last}").fill(last=_last(standing.last_arrived))
        arrived = True if standing.last_arrived else None
        steps = (
            ProbeStep("settings", passed=True, detail=usable),
            ProbeStep("connection", passed=arrived, detail=last),
        )
        return Probe(self.agency, steps)

    def _here(self, rule: MaterialRule, key: Key, delivery: Delivery) -> Evidence:
        """A delivery's notice as it came. It was received when it came in, whoever asks, and when."""
        lines = [
            ("Delivery-Package", quote(delivery.package)),
            ("Delivery-Version", str(delivery.version)),
            ("Delivery-Digest", delivery.digest),
        ]
        lines += [
            ("Delivery-File", f"{quote(file.path)} {file.sha256} {file.bytes}") for file in delivery.files
        ]
        return self._evidence(rule, key, (_HERE, delivery.arrived_at, tuple(lines), delivery.notice))

    def _none_yet(self, rule: MaterialRule, key: Key, last: Any) -> Evidence:
        """What the folder held when we looked: nothing under this key."""
        lines = (("Last-Delivery", stored(last)),) if last else ()
        return self._evidence(rule, key, (_NONE_YET, to_utc(self._clock()), lines, b""))

    def _evidence(self, rule: MaterialRule, key: Key, came: tuple[int, Any, Any, bytes]) -> Evidence:
        status, received_at, headers, body = came
        return Evidence(
            agency=self.agency,
            manifest_version=self._version,
            kind=rule.kind,
            asked={"drop": self.agency, key.name: key.value},
            key=KeyUsed(name=key.name, value=key.value, confirmed=key.confirmed),
            received_at=received_at,
            status=status,
            headers=headers,
            body=body,
        )

    def _read(self, evidence: Evidence) -> ReadOut:
        drop = self._manifest.connection.drop
        if drop is None:
            raise mapping.off_contract("清单没有投递规则", "the manifest has no rule for deliveries")
        if evidence.status == _NONE_YET:
            return ReadOut((self._pending(evidence),))
        document = notice_of(drop, evidence.body)
        out = self._mapping.read(evidence, document, Seal())
        rule = self._manifest.material(evidence.kind)
        return _with_held(out, _held_files(evidence), partial=rule is not None and rule.supplements)

    def _pending(self, evidence: Evidence) -> Material:
        """Nobody said there is none: it has not come, and may come any minute."""
        said = header(evidence.headers, "last-delivery")
        detail = _NOT_DELIVERED.fill(last=_last(parse_instant(said) if said else None))
        trouble = Trouble.model_validate({"type": "not-delivered", "class": "passing", "detail": detail})
        return Material(
            kind=evidence.kind,
            id=KINDS[evidence.kind].id,
            retrieval=Retrieval.PENDING,
            agency=self.agency,
            manifest_version=self._version,
            provenance=Provenance(
                evidence=evidence_digest(evidence),
                retrieved_at=evidence.received_at,
                fresh_until=evidence.received_at,
                key=evidence.key,
            ),
            error=trouble,
        )


def _last(at: Any) -> str:
    return shown(at)[:16].replace("T", " ") if at else "—"


def _held_files(evidence: Evidence) -> Iterator[HeldFile]:
    for name, line in evidence.headers:
        if name == "Delivery-File":
            path, sha256, size = line.split(" ")
            yield HeldFile(unquote(path), sha256, int(size))


def _with_held(out: ReadOut, came: Iterable[HeldFile], *, partial: bool) -> ReadOut:
    """Each attachment the delivery brought is held; one that its notice only names is absent."""
    files = {file.path: file for file in came}
    places = {place.attachment: place for place in out.locators}
    locators: dict[str, Locator] = {}

    def shown_as(file: Attachment) -> Attachment:
        place = places.get(file.id)
        held = files.get(place.where["path"]) if place else None
        if place is None or held is None:
            return file.model_copy(update={"state": AttachmentState.ABSENT})
        if file.sha256 not in (None, held.sha256) or file.bytes not in (None, held.bytes):
            raise unreadable("附件与清单不符", "an attachment is not the one the notice names")
        # The digest is part of the place: a later version's file is another attachment, and a name that
        # stands in an old dossier still opens the octets it opened then.
        where = {"path": held.path, "sha256": held.sha256}
        facts: dict[str, Any] = {"bytes": held.bytes, "sha256": held.sha256}
        name = attachment_id(place.agency, place.kind, where)
        locators[name] = replace(place, attachment=name, where=where, held=True, **facts)
        return file.model_copy(update={"id": name, "state": AttachmentState.HELD, **facts})

    come = {"retrieval": Retrieval.PARTIAL} if partial else {}
    materials = tuple(
        material.model_copy(update={"attachments": tuple(map(shown_as, material.attachments)), **come})
        for material in out.materials
    )
    return ReadOut(materials, out.drift, tuple(locators.values()))
