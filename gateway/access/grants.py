"""Grants: read from a sheet, and matched against an ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from contracts.catalogue import KINDS
from contracts.errors import ManifestInvalid, NotGranted
from contracts.exchange import Grant, KindSlug, Slug
from contracts.kinds import FIELDS
from contracts.text import text


class _Sheet(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class KindGrant(_Sheet):
    """What of one kind: `fields` by name (default: all but personal ones), attachments, raw evidence."""

    fields: tuple[str, ...] | None = None
    attachments: bool = True
    evidence: bool = False


class Period(_Sheet):
    """Calendar days at +08:00, both inclusive."""

    valid_from: Annotated[date, Field(alias="from")]
    valid_until: Annotated[date, Field(alias="until")]

    @model_validator(mode="after")
    def _in_order(self) -> Period:
        if self.valid_from > self.valid_until:
            raise ValueError("until lies before from")
        return self


class SheetGrant(_Sheet):
    """One decision of the security administrator: one consumer, some purposes, some kinds, one period."""

    id: Slug
    consumer: Slug
    purposes: tuple[Slug, ...] = Field(min_length=1)
    valid: Period
    approval: str | None = None
    kinds: dict[KindSlug, KindGrant | None] = Field(min_length=1)

    def grants(self) -> Iterable[Grant]:
        """One Grant for each purpose and kind."""
        for purpose in self.purposes:
            for kind, cut in self.kinds.items():
                yield Grant(
                    id=self.id,
                    consumer=self.consumer,
                    purpose=purpose,
                    kind=kind,
                    approval=self.approval,
                    **(cut or KindGrant()).model_dump(),
                    **self.valid.model_dump(),
                )


class GrantSheet(_Sheet):
    """The file `config/grants.yaml`."""

    grants: tuple[SheetGrant, ...]


@lru_cache(maxsize=8)
def load_grants(document: str, origin: str = "grants.yaml") -> tuple[Grant, ...]:
    """Read a grant sheet. Raises ManifestInvalid naming the place and the reason."""
    try:
        sheet = GrantSheet.model_validate(YAML(typ="safe").load(document))
    except YAMLError as error:
        raise ManifestInvalid(
            text(f"{origin} 不是有效的 YAML：{error}", f"{origin} is not valid YAML: {error}")
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise ManifestInvalid(
            text(f"{origin} 的 {place}：{first['msg']}", f"{origin} at {place}: {first['msg']}")
        ) from error
    granted = tuple(grant for decision in sheet.grants for grant in decision.grants())
    for grant in granted:
        _decent(grant, origin)
    _distinct(granted, origin)
    return granted


def _distinct(granted: Iterable[Grant], origin: str) -> None:
    """Two cuts of one kind on one day would leave it to chance which of them holds."""
    found: dict[tuple[str, str, str], list[Grant]] = {}
    for grant in granted:
        earlier = found.setdefault((grant.consumer, grant.purpose, grant.kind), [])
        for other in earlier:
            if grant.valid_from <= other.valid_until and other.valid_from <= grant.valid_until:
                raise ManifestInvalid(
                    text(
                        f"{origin} 的授权 {other.id} 与 {grant.id} 就同一用途的 {grant.kind} 期限重叠",
                        f"{origin}, grants {other.id} and {grant.id}: {grant.kind} twice in one period",
                    )
                )
        earlier.append(grant)


def _decent(grant: Grant, origin: str) -> None:
    """Conditional sharing needs the provider's approval number (政务数据共享条例); fields must exist."""
    if KINDS[grant.kind].share == "conditional" and not grant.approval:
        raise ManifestInvalid(
            text(
                f"{origin} 的授权 {grant.id}：{grant.kind} 属有条件共享，须填写 approval（提供部门批准文号）",
                f"{origin}, grant {grant.id}: {grant.kind} is shared conditionally, approval is needed",
            )
        )
    if strange := sorted(set(grant.fields or ()) - set(FIELDS[grant.kind].model_fields)):
        raise ManifestInvalid(
            text(
                f"{origin} 的授权 {grant.id}：{grant.kind} 没有字段 {strange[0]}",
                f"{origin}, grant {grant.id}: {grant.kind} has no field {strange[0]}",
            )
        )


@dataclass(frozen=True, slots=True)
class Permit:
    """The answer to "may they, and what of it": a grant for each kind, and the kinds withheld."""

    grants: dict[str, Grant]
    withheld: tuple[str, ...]


def permit_attachments(grants: Iterable[Grant], consumer: str, purpose: str, kind: str, today: date) -> Grant:
    """The grant under which the consumer may have this kind's files. Raises NotGranted."""
    grant = permit(grants, consumer, purpose, (kind,), today).grants[kind]
    if not grant.attachments:
        raise NotGranted(
            text(f"授权不含 {kind} 的附件", f"The grant for {kind} does not cover its attachments")
        )
    return grant


def permit(grants: Iterable[Grant], consumer: str, purpose: str, kinds: Iterable[str], today: date) -> Permit:
    """Which of the kinds the consumer may see for the purpose today. Raises NotGranted when none."""
    wanted = tuple(dict.fromkeys(kinds))
    held = {
        grant.kind: grant
        for grant in grants
        if grant.consumer == consumer and grant.purpose == purpose and grant.covers(today)
    }
    granted = {kind: held[kind] for kind in wanted if kind in held}
    if not granted:
        raise NotGranted(
            text(
                f"用途 {purpose} 下没有可用的授权",
                f"No grant in force covers the purpose {purpose} for these kinds",
            )
        )
    return Permit(granted, tuple(kind for kind in wanted if kind not in held))
