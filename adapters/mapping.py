"""From a document to materials: rows, fields, legal force, attachments; nothing is dropped silently."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from pydantic import ValidationError

from adapters.base import VALUE_LENGTH, Locator, ReadOut, attachment_id, evidence_digest, failed
from adapters.decode import Document, Eyes, drained, sight_of
from adapters.functions import Unfit, apply, nothing, token
from adapters.manifest import (
    AttachmentRule,
    FieldRule,
    Manifest,
    MaterialRule,
    PageRule,
    Predicate,
    ReplyRule,
)
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
_DIGITS_OF_TOTAL = 9
_WHERE = {"base": "path", "url": "url", "call": "call"}


def read(manifest: Manifest, version: int, evidence: Evidence, document: Document, seal: Seal) -> ReadOut:
    """What a decoded reply says. Raises AgencyFailed: declined, other project, off contract."""
    return drained(reading(manifest, version, evidence, document, seal))


def reading(
    manifest: Manifest, version: int, evidence: Evidence, document: Document, seal: Seal
) -> Generator[None, None, ReadOut]:
    """As `read`, with a pause after every row."""
    rule = manifest.material(evidence.kind)
    if rule is None:
        raise off_contract("清单中没有该材料", "the manifest does not know this kind")
    reply = reply_rule(rule, evidence)
    case = _Case(manifest, version, rule, reply, evidence, sight_of(document.content))
    rows = case.rows(document.content)
    provenance = _provenance(rule, evidence, seal)
    if not rows and not promised(evidence):
        none = case.material(retrieval=Retrieval.NOT_FOUND, provenance=provenance)
        return ReadOut((none,), case.drift(document))
    if reply is not rule:
        # A list leads to details, each of them evidence of its own; here its rows are only checked.
        case.pointers(rows)
        return ReadOut((), case.drift(document))
    materials: list[Material] = []
    locators: dict[str, Locator] = {}
    for row in rows:
        material, places = case.row(row, provenance)
        materials.append(material)
        locators |= {place.attachment: place for place in places}
        yield
    return ReadOut(tuple(materials), case.drift(document), tuple(locators.values()))


def reply_rule(rule: MaterialRule, evidence: Evidence) -> ReplyRule:
    """How this reply reads: as the list that leads to details, or as the material itself."""
    return rule.listing if rule.listing is not None and "each" not in evidence.asked else rule


def promised(evidence: Evidence) -> bool:
    """Whether an earlier reply said that there is something here: a further page, or a detail."""
    return "total" in evidence.asked or "each" in evidence.asked


def total_of(pages: PageRule, document: Document) -> int:
    """How many rows there are on all pages. Raises AgencyFailed: nothing says so, too many."""
    said = token(sight_of(document.content).find(pages.total, document.content))
    if said is None or not said.isdecimal() or len(said) > _DIGITS_OF_TOTAL:
        raise off_contract("没有总数", "nothing says how many there are")
    if int(said) > pages.size * pages.most:
        raise failed(Fault.TOO_LARGE)
    return int(said)


def pointers(manifest: Manifest, rule: MaterialRule, evidence: Evidence, document: Document) -> list[str]:
    """What each row of a list is asked by in detail, each once. Raises AgencyFailed."""
    if rule.listing is None:
        return []
    case = _Case(manifest, 0, rule, rule.listing, evidence, sight_of(document.content))
    return case.pointers(case.rows(document.content))


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
    reply: ReplyRule
    evidence: Evidence
    sight: Eyes
    odd: tuple[str, ...] = ()

    def rows(self, content: Any) -> list[Any]:
        """The rows, empty when the agency says it has none."""
        for path in self.reply.around:
            self.sight.pass_over(path, content)
        self._succeeded(content)
        none = holds(self.reply.none, self.sight.find(self.reply.none.at, content))
        rows = self._list(self.sight.rows(self.reply.rows, content), "rows")
        if none == bool(rows):
            raise off_contract(
                "“无结果”标志与结果列表矛盾", "what says none and the rows contradict each other"
            )
        self._complete(rows, content)
        return rows

    def _complete(self, rows: list[Any], content: Any) -> None:
        """Nothing may be missing between an agency's pages: each is full, the last holds the rest."""
        pages, asked = self.reply.pages, self.evidence.asked
        if promised(self.evidence) and not rows:
            raise off_contract("应有结果而没有", "there should be rows and there are none")
        if pages is None:
            return
        said = token(self.sight.find(pages.total, content))
        total = total_of(pages, Document(content))
        before = (int(asked.get("page", pages.first)) - pages.first) * pages.size
        if said != asked.get("total", said) or len(rows) != min(pages.size, total - before):
            raise off_contract("分页的行数与总数不符", "the rows of a page do not fit the total")

    def pointers(self, rows: list[Any]) -> list[str]:
        """What each row of a list is asked by in detail, each once; each must be about what was asked."""
        listing = self.rule.listing
        if listing is None or len(rows) > listing.most:
            raise failed(Fault.TOO_LARGE)
        found: dict[str, None] = {}
        for row in rows:
            for path in listing.ignore:
                self.sight.pass_over(path, row)
            self._about(row)
            said = self._field(listing.each, row, "each")
            if not isinstance(said, str) or len(said) > VALUE_LENGTH or not said.isprintable():
                raise off_contract(
                    "列表行没有明细的编号", "a row of the list does not say which detail is its own"
                )
            found[said] = None
        return list(found)

    def row(self, row: Any, provenance: Provenance) -> tuple[Material, list[Locator]]:
        """One row's material, and where its attachments are."""
        for path in self.reply.ignore:
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
        success = self.reply.success
        if success is None:
            return
        said = self.sight.find(success.at, content)
        if said is None:
            raise off_contract("没有成功标志", "nothing says whether it succeeded")
        if not holds(success, said):
            raise failed(Fault.DECLINED)

    def _about(self, row: Any) -> None:
        """Refuse a row that is not about what was asked, or does not say so."""
        asked = {self.evidence.key.name: self.evidence.key.value}
        asked |= {"each": self.evidence.asked["each"]} if "each" in self.evidence.asked else {}
        if not set(asked) & set(self.reply.about):
            raise off_contract(
                "清单未说明如何核对所用的键", "the manifest does not say how to check the key asked by"
            )
        for name, about in self.reply.about.items():
            if about == "unstated":
                continue
            said = self.sight.find(about.at, row)
            spoken = "" if nothing(said, self.manifest.null) else token(said) or ""
            if name in asked and not fits(name, asked[name], spoken, about.fit):
                raise failed(Fault.OTHER_PROJECT)

    def _fields(self, rules: Mapping[str, FieldRule], row: Any, place: str) -> dict[str, Any]:
        values = {name: self._field(rule, row, f"{place}{name}") for name, rule in rules.items()}
        return {name: value for name, value in values.items() if value is not None}

    def _field(self, rule: FieldRule, row: Any, place: str) -> Any:
        if rule.always is not None:
            return rule.always
        if rule.rows is not None and rule.fields is not None:
            below = self.sight.rows(rule.rows, row)
            if nothing(below, self._tokens(rule)):
                return None
            return [self._fields(rule.fields, item, f"{place}[].") for item in self._list(below, place)]
        return self._value(rule, row, place)

    def _value(self, rule: FieldRule, row: Any, place: str) -> Any:
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

    def _list(self, found: Any, place: str) -> list[Any]:
        """Rows: a list of objects or elements, or none at all."""
        rows = [] if found is None else found or []
        if not isinstance(rows, list) or len(rows) > ROWS or not all(map(self.sight.is_row, rows)):
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

    def _attachments(self, rule: AttachmentRule, row: Any) -> Iterator[tuple[Attachment, Locator | None]]:
        """Listed when the agency says where it is, absent when it names it and says nothing."""
        for file in self._list(self.sight.rows(rule.rows, row), "attachments"):
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
        where = {_WHERE[via]: str(place)} if place else {"name": name}
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
