"""One row of a reply: that it is about what was asked, then its force, its files and its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Literal

from pydantic import ValidationError

from adapters.base import Locator, attachment_id, failed
from adapters.decode import Eyes, Use
from adapters.functions import nothing, token
from adapters.manifest import AttachmentRule, Manifest, MaterialRule, Predicate, ReplyRule
from adapters.mapping.fields import Fields, Names, Row, Wanted, listed, off_contract, wanted
from contracts.errors import Fault
from contracts.identifiers import READERS, normalise
from contracts.identifiers.parcels import parcel_of
from contracts.kinds import FIELDS, describe, personal_fields
from contracts.material import Attachment, AttachmentState, Legal

_SAID = ("at", "name", "type", "bytes", "sha256", "media_type")
_WHERE = {"base": "path", "url": "url", "call": "call"}

Placed = tuple[Attachment, Locator | None]


class Opened:
    """How rows of one reply are opened and checked; `more` is what else their reader looks for."""

    def __init__(self, manifest: Manifest, reply: ReplyRule, more: Iterator[Wanted]) -> None:
        self._null = frozenset(manifest.null)
        self._about = {name: rule for name, rule in reply.about.items() if rule != "unstated"}
        self.checkable = frozenset(reply.about)
        own: list[Wanted] = [(path, Use.IGNORED) for path in reply.ignore]
        own += [(rule.at, Use.VALUE) for rule in self._about.values()]
        self.names = Names(chain(own, more))
        self._beyond = self.names.beyond(reply.ignore)
        self._checks = [(name, rule.fit, self.names.value(rule.at)) for name, rule in self._about.items()]

    def row(self, eyes: Eyes, within: Any, odd: list[str], asked: Mapping[str, str]) -> Row:
        """A row, opened. Raises AgencyFailed when it is not about what was asked, or does not say so."""
        row = self.names.open(eyes, within, odd)
        for path in self._beyond:
            eyes.pass_over(path, within)
        if not self.checkable & asked.keys():
            raise off_contract(
                "清单未说明如何核对所用的键", "the manifest does not say how to check the key asked by"
            )
        for name, fit, find in self._checks:
            said = find(row)
            spoken = "" if nothing(said, self._null) else token(said) or ""
            if name in asked and not fits(name, asked[name], spoken, fit):
                raise failed(Fault.OTHER_PROJECT)
        return row


def fits(name: str, asked: str, said: str, fit: Literal["same", "starts"]) -> bool:
    """Whether what a row says of itself is what was asked; a unit code names its parcel too.

    With `starts` the row's name may go on where the asked one ends: a phase (一期) of the project.
    """
    if name in ("parcel_code", "unit_code") and min(len(asked), len(said)) < max(len(asked), len(said)):
        return parcel_of(asked) is not None and parcel_of(asked) == parcel_of(said)
    reader = READERS.get(name)
    asked, said = (reader(asked).norm, reader(said).norm) if reader else (normalise(asked), normalise(said))
    return bool(said) and (said.startswith(asked) if fit == "starts" else said == asked)


def holds(predicate: Predicate, value: Any) -> bool:
    """Whether a value is one the predicate names."""
    if predicate.empty and value in (None, "", [], {}):
        return True
    return token(value) in predicate.among


class MaterialRows:
    """How one kind's rows become materials' parts."""

    def __init__(self, manifest: Manifest, rule: MaterialRule, version: int) -> None:
        self.opened = Opened(manifest, rule, _wanted(rule))
        names = self.opened.names
        self._kind = rule.kind
        self._barred = frozenset(personal_fields(rule.kind)) - manifest.may_hold(rule.kind)
        self._legal = [(force, each, names.value(each.at)) for force, each in rule.legal.items()]
        self._fields = Fields(rule.fields, manifest.null, names, notes=describe(FIELDS[rule.kind]))
        self._files = (
            Files(rule.attachments, manifest.null, names, (manifest.agency, rule.kind, version))
            if rule.attachments
            else None
        )

    def legal(self, row: Row) -> Legal:
        """The document's force, the first that holds."""
        held = [force for force, rule, find in self._legal if holds(rule, find(row))]
        return held[0] if held else Legal.UNKNOWN

    def files(self, row: Row) -> list[Placed]:
        """The row's attachments, and where each is. Raises AgencyFailed."""
        return list(self._files.of(row)) if self._files else []

    def fields(self, row: Row) -> dict[str, Any]:
        """The fields the contract knows, without the personal ones we may not hold. Raises AgencyFailed."""
        fields = self._fields.of(row)
        kept = {name: value for name, value in fields.items() if name not in self._barred}
        try:
            FIELDS[self._kind].model_validate(kept)
        except ValidationError as error:
            names = "、".join(dict.fromkeys(".".join(map(str, part["loc"])) for part in error.errors()))
            raise off_contract(f"字段 {names} 缺失或取值不合契约", f"missing or unfit: {names}") from None
        # A contract refuses or takes a field as it stands, it changes none: what was checked is the field.
        return kept


def _wanted(rule: MaterialRule) -> Iterator[Wanted]:
    yield from wanted(rule.fields.values())
    yield from ((each.at, Use.VALUE) for each in rule.legal.values())
    if rule.attachments:
        yield rule.attachments.rows, Use.ROWS


class Files:
    """How a row names its attachments."""

    def __init__(
        self, rule: AttachmentRule, null: Sequence[str], outer: Names, whose: tuple[str, str, int]
    ) -> None:
        said = {name: getattr(rule, name) for name in _SAID if getattr(rule, name) is not None}
        self._where, self._whose = _WHERE[rule.via], whose
        self._rows, self._names = outer.rows(rule.rows), Names(wanted(said.values()))
        self._said = Fields(said, null, self._names, "attachments[].")

    def of(self, row: Row) -> Iterator[Placed]:
        """Listed when the agency says where it is, absent when it names it and says nothing."""
        for below in listed(row.eyes, self._rows(row), "attachments"):
            said = self._said.of(self._names.open(row.eyes, below, row.odd))
            if not isinstance(said.get("name"), str):
                raise off_contract("附件没有名称", "an attachment without a name")
            yield self._placed(said)

    def _placed(self, said: dict[str, Any]) -> Placed:
        place, name = said.get("at"), said["name"]
        where = {self._where: str(place)} if place else {"name": name}
        facts: dict[str, Any] = {key: said.get(key) for key in ("bytes", "sha256", "media_type")}
        agency, kind, version = self._whose
        name_of = attachment_id(agency, kind, where)
        state = AttachmentState.LISTED if place else AttachmentState.ABSENT
        try:
            file = Attachment(id=name_of, name=name, doc_type=said.get("type"), state=state, **facts)
        except ValidationError:
            raise off_contract("附件大小、摘要或类型有误", "an attachment's size, digest or type") from None
        return file, Locator(name_of, agency, kind, version, where, name, **facts) if place else None
