"""From a document to materials: rows, fields, legal force, attachments; nothing is dropped silently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from pydantic import ValidationError

from adapters.base import Locator, ReadOut, attachment_id, evidence_digest, failed
from adapters.decode import Document, Sight
from adapters.functions import Unfit, apply, nothing, token
from adapters.manifest import AttachmentRule, FieldRule, Manifest, MaterialRule, Predicate
from contracts.catalogue import KINDS
from contracts.errors import AgencyFailed, Fault
from contracts.exchange import Evidence
from contracts.identifiers import READERS, Verdict, normalise
from contracts.identifiers.parcels import parcel_of
from contracts.kinds import FIELDS, personal_fields
from contracts.material import (
    Attachment,
    AttachmentState,
    Drift,
    Legal,
    Material,
    Provenance,
    Retrieval,
    Seal,
)
from contracts.text import text

ROWS = 2_000
"""Rows of one reply, or of one list within a row, at most."""

SIGNALS = 50
"""Drift signals of one reply, at most."""

_PATH_SHOWN = 120


def read(manifest: Manifest, version: int, evidence: Evidence, document: Document, seal: Seal) -> ReadOut:
    """What a decoded reply says. Raises AgencyFailed: declined, other project, off contract."""
    rule = manifest.material(evidence.kind)
    if rule is None:
        raise off_contract("清单中没有该材料", "the manifest does not know this kind")
    case = _Case(manifest, version, rule, evidence, Sight(document.content))
    rows = case.rows(document.content)
    provenance = _provenance(rule, evidence, seal)
    if not rows:
        none = case.material(retrieval=Retrieval.NOT_FOUND, provenance=provenance)
        return ReadOut((none,), case.drift(document))
    read_rows = [case.row(row, provenance) for row in rows]
    locators = {place.attachment: place for _, places in read_rows for place in places}
    return ReadOut(tuple(row for row, _ in read_rows), case.drift(document), tuple(locators.values()))


def off_contract(zh: str, en: str) -> AgencyFailed:
    """The error for a reply that does not fit its manifest; the sentence quotes no value."""
    return failed(
        Fault.OFF_CONTRACT,
        text(f"返回内容与适配清单不符：{zh}", f"The reply does not fit the manifest: {en}"),
    )


def holds(predicate: Predicate, value: Any) -> bool:
    """Whether a value is one the predicate names."""
    if predicate.empty and value in (None, "", [], {}):
        return True
    return token(value) in predicate.among


def fresh_for(rule: MaterialRule) -> timedelta:
    """How long a material may be used without asking again: the manifest's word, else the catalogue's."""
    stated = rule.fresh.fresh_for
    return timedelta(seconds=KINDS[rule.kind].fresh_for if stated is None else stated)


def _provenance(rule: MaterialRule, evidence: Evidence, seal: Seal) -> Provenance:
    return Provenance(
        evidence=evidence_digest(evidence),
        retrieved_at=evidence.received_at,
        fresh_until=evidence.received_at + fresh_for(rule),
        key=evidence.key,
        seal=seal,
    )


@dataclass(slots=True)
class _Case:
    """One reply being read by one rule."""

    manifest: Manifest
    version: int
    rule: MaterialRule
    evidence: Evidence
    sight: Sight
    odd: tuple[str, ...] = ()

    def rows(self, content: Any) -> list[dict[str, Any]]:
        """The rows, empty when the agency says it has none."""
        for path in self.rule.around:
            self.sight.pass_over(path, content)
        self._succeeded(content)
        none = holds(self.rule.none, self.sight.find(self.rule.none.at, content))
        rows = self._list(self.sight.find(self.rule.rows, content), "rows")
        if none == bool(rows):
            raise off_contract(
                "“无结果”标志与结果列表矛盾", "what says none and the rows contradict each other"
            )
        return rows

    def row(self, row: dict[str, Any], provenance: Provenance) -> tuple[Material, list[Locator]]:
        """One row's material, and where its attachments are."""
        for path in self.rule.ignore:
            self.sight.pass_over(path, row)
        self._about(row)
        legal = [
            force for force, rule in self.rule.legal.items() if holds(rule, self.sight.find(rule.at, row))
        ]
        files = list(self._attachments(self.rule.attachments, row)) if self.rule.attachments else []
        material = self.material(
            retrieval=Retrieval.RECEIVED,
            legal=legal[0] if legal else Legal.UNKNOWN,
            fields=self._contract(self._fields(self.rule.fields, row, "")),
            attachments=tuple({file.id: file for file, _ in files}.values()),
            provenance=provenance,
        )
        return material, [place for _, place in files if place]

    def material(self, **parts: Any) -> Material:
        """A material of this rule's kind."""
        kind = self.rule.kind
        return Material(
            kind=kind, id=KINDS[kind].id, agency=self.manifest.agency, manifest_version=self.version, **parts
        )

    def drift(self, document: Document) -> tuple[Drift, ...]:
        """What nobody looked at, and what looked odd."""
        signals = [(path, "unmapped") for path in self.sight.unseen()]
        signals += [(path, "not-an-identifier") for path in dict.fromkeys(self.odd)]
        if document.relabelled:
            signals.append(("", f"charset: {document.relabelled}"))
        return tuple(
            Drift(kind=self.rule.kind, path=_shown(path), reason=reason) for path, reason in signals[:SIGNALS]
        )

    def _succeeded(self, content: Any) -> None:
        success = self.rule.success
        if success is None:
            return
        said = self.sight.find(success.at, content)
        if said is None:
            raise off_contract("没有成功标志", "nothing says whether it succeeded")
        if not holds(success, said):
            raise failed(Fault.DECLINED)

    def _about(self, row: dict[str, Any]) -> None:
        """Refuse a row that is not about what was asked, or does not say so."""
        if self.evidence.key.name not in self.rule.about:
            raise off_contract(
                "清单未说明如何核对所用的键", "the manifest does not say how to check the key asked by"
            )
        for name, about in self.rule.about.items():
            if about == "unstated":
                continue
            said = self.sight.find(about.at, row)
            spoken = "" if nothing(said, self.manifest.null) else token(said) or ""
            if name == self.evidence.key.name and not fits(name, self.evidence.key.value, spoken, about.fit):
                raise failed(Fault.OTHER_PROJECT)

    def _fields(self, rules: Mapping[str, FieldRule], row: dict[str, Any], place: str) -> dict[str, Any]:
        values = {name: self._field(rule, row, f"{place}{name}") for name, rule in rules.items()}
        return {name: value for name, value in values.items() if value is not None}

    def _field(self, rule: FieldRule, row: dict[str, Any], place: str) -> Any:
        if rule.always is not None:
            return rule.always
        if rule.rows is not None and rule.fields is not None:
            below = self.sight.find(rule.rows, row)
            if nothing(below, self._tokens(rule)):
                return None
            return [self._fields(rule.fields, item, f"{place}[].") for item in self._list(below, place)]
        return self._value(rule, row, place)

    def _value(self, rule: FieldRule, row: dict[str, Any], place: str) -> Any:
        raw = self.sight.find(rule.at, row) if rule.at else None
        if nothing(raw, self._tokens(rule)):
            return None
        try:
            value = apply(rule.functions, raw, rule.options)
        except Unfit as unfit:
            raise off_contract(
                f"字段 {place}：{unfit.expected.zh}", f"field {place}: {unfit.expected.en}"
            ) from None
        if rule.key and isinstance(value, str) and READERS[rule.key](value).verdict is Verdict.NOT_ONE:
            self.odd += (place,)
        return value

    def _tokens(self, rule: FieldRule) -> tuple[str, ...]:
        return self.manifest.null if rule.null is None else rule.null

    def _list(self, found: Any, place: str) -> list[dict[str, Any]]:
        """Rows: a list of objects, one object, or none at all."""
        rows = [found] if isinstance(found, dict) and found else found or []
        if not isinstance(rows, list) or len(rows) > ROWS or not all(isinstance(row, dict) for row in rows):
            raise off_contract(f"{place} 不是明细列表", f"{place} is not a list of rows")
        return rows

    def _contract(self, fields: dict[str, Any]) -> dict[str, Any]:
        """The fields without the personal ones we may not hold, as the contract has them."""
        kind = self.rule.kind
        barred = set(personal_fields(kind)) - self.manifest.may_hold(kind)
        kept = {name: value for name, value in fields.items() if name not in barred}
        try:
            model = FIELDS[kind].model_validate(kept)
        except ValidationError as error:
            names = "、".join(dict.fromkeys(".".join(map(str, part["loc"])) for part in error.errors()))
            raise off_contract(f"字段 {names} 缺失或取值不合契约", f"missing or unfit: {names}") from None
        return model.model_dump(mode="json", exclude_unset=True)

    def _attachments(
        self, rule: AttachmentRule, row: dict[str, Any]
    ) -> Iterator[tuple[Attachment, Locator | None]]:
        """Listed when the agency says where it is, absent when it names it and says nothing."""
        for file in self._list(self.sight.find(rule.rows, row), "attachments"):
            specs = {
                name: getattr(rule, name) for name in ("at", "name", "type", "bytes", "sha256", "media_type")
            }
            said = self._fields({name: spec for name, spec in specs.items() if spec}, file, "attachments[].")
            place, name = said.get("at"), said.get("name")
            if not isinstance(name, str):
                raise off_contract("附件没有名称", "an attachment without a name")
            yield self._attachment(rule.via, place, name, said)

    def _attachment(
        self, via: str, place: Any, name: str, said: dict[str, Any]
    ) -> tuple[Attachment, Locator | None]:
        where = {("url" if via == "url" else "path"): str(place)} if place else {"name": name}
        facts: dict[str, Any] = {key: said.get(key) for key in ("bytes", "sha256", "media_type")}
        agency, kind = self.manifest.agency, self.rule.kind
        name_of = attachment_id(agency, kind, where)
        state = AttachmentState.LISTED if place else AttachmentState.ABSENT
        try:
            file = Attachment(id=name_of, name=name, doc_type=said.get("type"), state=state, **facts)
        except ValidationError:
            raise off_contract("附件大小、摘要或类型有误", "an attachment's size, digest or type") from None
        if not place:
            return file, None
        return file, Locator(name_of, agency, kind, self.version, where, name, **facts)


def fits(name: str, asked: str, said: str, fit: Literal["same", "starts"]) -> bool:
    """Whether what a row says of itself is what was asked; a unit code names its parcel too.

    With `starts` the row's name may go on where the asked one ends: a phase (一期) of the project.
    """
    if name in ("parcel_code", "unit_code") and min(len(asked), len(said)) < max(len(asked), len(said)):
        return parcel_of(asked) is not None and parcel_of(asked) == parcel_of(said)
    reader = READERS.get(name)
    asked, said = (reader(asked).norm, reader(said).norm) if reader else (normalise(asked), normalise(said))
    return bool(said) and (said.startswith(asked) if fit == "starts" else said == asked)


def _shown(path: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in path)[:_PATH_SHOWN]
