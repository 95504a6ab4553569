"""What passes between a consumer, the house and an agency: Ask, Grant, Evidence, Dossier, Receipt."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from contracts.catalogue import KINDS
from contracts.identifiers import READERS, Verdict, resident_id
from contracts.material import KeyUsed, Material, Strict, digest_of
from contracts.text import Text, quotable, text
from contracts.time import Instant
from contracts.verdicts import Check, RequirementState

_MOBILE = re.compile(r"(\+?86-?)?1[3-9][0-9]{9}")

FREE_KEYS = frozenset({"project_name", "holder_name", "package_no", "contract_no"})
"""Keys without a grammar of their own: text that agencies search by."""

KEYS: Mapping[str, Text] = MappingProxyType(
    {
        "project_code": text("投资项目代码", "project code"),
        "prj_num": text("项目编号", "project number"),
        "engineering_code": text("工程代码", "engineering code"),
        "parcel_code": text("宗地代码", "parcel code"),
        "unit_code": text("不动产单元号", "unit code"),
        "supervision_no": text("电子监管号", "supervision number"),
        "land_permit_no": text("用地规划许可证号", "land permit number"),
        "project_permit_no": text("工程规划许可证号", "planning permit number"),
        "construction_permit_no": text("施工许可证编号", "construction permit number"),
        "drawing_review_no": text("施工图审查合格书编号", "drawing review number"),
        "presale_permit_no": text("预售许可证号", "presale permit number"),
        "verification_no": text("合格证编号", "verification number"),
        "filing_no": text("备案编号", "completion filing number"),
        "holder_uscc": text("统一社会信用代码", "credit code"),
        "cert_no": text("不动产权证号", "certificate number"),
        "project_name": text("项目名称", "project name"),
        "holder_name": text("建设单位", "holder's name"),
        "package_no": text("成果包编号", "package number"),
        "contract_no": text("合同编号", "contract number"),
    }
)
"""What keys are called, in the contract's words: those that name one project before those that name many.

In an Ask's `known`, in a manifest's `ask_by`, among the aliases.
"""

PURPOSES: Mapping[str, Text] = MappingProxyType(
    {
        "first-registration": text("首次登记", "first registration"),
        "pre-acceptance": text("受理前预审", "before acceptance"),
        "trial": text("试运行", "trial"),
        "repull": text("重新取数", "asked afresh"),
    }
)
"""What purposes of asks are called; a grant sheet may name others, which are called what they are."""

KEY_NAMES = frozenset(KEYS)
"""Every name a key may have."""


def no_person(value: str) -> str:
    """Refuse resident identity numbers (GB 11643) and mobile numbers: they would reach the audit log."""
    if resident_id(value) or _MOBILE.fullmatch(value):
        raise ValueError("a person's number is not an account, a case number or a part of a project")
    return value


def _project_code(value: str) -> str:
    """Refuse what its grammar calls no project code: a name in its place would reach the audit log."""
    if READERS["project_code"](value).verdict is Verdict.NOT_ONE:
        raise ValueError("not an investment project code")
    return value


def _known_kind(slug: str) -> str:
    if slug not in KINDS:
        raise ValueError(f"unknown kind {quotable(slug)}")
    return slug


def _one_or_many(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


CaseId = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._/\-]{0,63}$"), AfterValidator(no_person)]
"""Case number, or task number before acceptance: letters, digits and `. _ / -`, 64 characters at most."""

AccountId = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._@\-]{0,63}$"), AfterValidator(no_person)]
"""The consumer's own account id for a person; never a name."""

ProjectCode = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_project_code)]
"""An investment project code (GB/T 40058-2021), also with a wrong check digit or in its old form."""

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9\-]{0,63}$")]
KindSlug = Annotated[str, AfterValidator(_known_kind)]
KeyName = Annotated[str, Field(pattern=r"^[a-z_]{2,40}$")]
KeyValue = Annotated[str, Field(min_length=1, max_length=200)]
ScopeName = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(no_person)]
ScopeNames = Annotated[tuple[ScopeName, ...], Field(max_length=1000)]
_Several = Annotated[tuple[KeyValue, ...], Field(min_length=1, max_length=50)]
KeyValues = Annotated[_Several, BeforeValidator(_one_or_many, json_schema_input_type=KeyValue | _Several)]
"""One value, or several."""


class Scope(Strict):
    """The part of the project the procedure is for; empty means all of it."""

    buildings: ScopeNames = ()
    permits: ScopeNames = ()
    units: ScopeNames = ()


def known_key(known: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Refuse keys nobody asks by, and persons: their numbers would reach agencies, aliases and the log."""
    if strange := sorted(set(known) - KEY_NAMES):
        raise ValueError(f"unknown key {quotable(strange[0])}; keys are {', '.join(sorted(KEY_NAMES))}")
    if any(_names_person(key, value) for key, values in known.items() for value in values):
        raise ValueError("a resident identity number is not a key")
    return known


def _names_person(key: str, value: str) -> bool:
    """A number that its own grammar finds right is that number: one permit in eleven would pass for both."""
    reader = READERS.get(key)
    right = reader is not None and reader(value).verdict is Verdict.VALID
    return resident_id(value) and (key == "engineering_code" or not right)


class Reason(Strict):
    """Why anything is asked: the case (or task), the purpose, and the account of the person behind it."""

    case: CaseId
    purpose: Slug
    operator: AccountId


class Ask(Reason):
    """One question about one project.

    `project_code` follows GB/T 40058-2021 and may be missing when `known` opens the project another way.
    `max_age` in seconds: how old a kept material may be (0 asks every agency afresh). `wait` in seconds:
    how long the consumer waits for the whole dossier.
    """

    project_code: ProjectCode | None = None
    known: Annotated[dict[KeyName, KeyValues], AfterValidator(known_key)] = Field(default_factory=dict)
    scope: Scope | None = None
    procedure: Slug
    kinds: Annotated[tuple[KindSlug, ...], Field(min_length=1)] | None = None
    declared: dict[KindSlug, tuple[dict[str, Any], ...]] = Field(default_factory=dict)
    max_age: int | None = Field(default=None, ge=0, le=31_536_000)
    wait: int | None = Field(default=None, ge=1, le=60)


class Grant(Strict):
    """What one consumer may see of one kind for one purpose. No agency can be asked without one.

    `fields` None means every field that is not personal information; personal fields must be named.
    `approval` is the provider's number, required where the kind is shared conditionally (政务数据共享条例).
    Days are calendar days at +08:00, both inclusive.
    """

    id: str
    consumer: str
    purpose: Slug
    kind: KindSlug
    fields: tuple[str, ...] | None = None
    attachments: bool = True
    evidence: bool = False
    valid_from: date
    valid_until: date
    approval: str | None = None

    def covers(self, today: date) -> bool:
        """Whether the grant is in force on that day."""
        return self.valid_from <= today <= self.valid_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """An agency's reply exactly as received, with what was asked; free of credentials.

    `body` in octets before any content decoding, `headers` as received. Stored as one object: a line of
    RFC 8785 JSON (the envelope), then the body's octets; `digest` is the SHA-256 of the whole.
    """

    agency: str
    manifest_version: int
    kind: str
    asked: dict[str, str]
    key: KeyUsed
    received_at: datetime
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)

    @property
    def body_digest(self) -> str:
        """SHA-256 of the octets as received; the agency can compute the same."""
        return digest_of(self.body)


class FoundBy(Strict):
    """The key by which an ask without a project code found its project, and how sure that key is.

    `confirmed` and `learned` as the other names of the project are; `known`: only the asker says so, and the
    agencies' materials found by it named the project.
    """

    key: str
    value: str
    state: Literal["confirmed", "learned", "known"]


class Dossier(Strict):
    """All materials for one procedure and scope, what is missing, and whether they agree. Facts only."""

    project_code: str | None
    found_by: FoundBy | None = None
    procedure: str
    scope: Scope | None = None
    assembled_at: Instant
    complete: bool
    requirements: tuple[RequirementState, ...]
    materials: tuple[Material, ...]
    checks: tuple[Check, ...]


class Materials(Strict):
    """The materials of one kind for one project."""

    project_code: str | None
    kind: KindSlug
    assembled_at: Instant
    materials: tuple[Material, ...]


_RECEIPT = re.compile(
    r'^origin="(?P<origin>[!#-\[\]-~]{1,200})", index=(?P<index>\d{1,15}), '
    r"leaf=:(?P<leaf>[A-Za-z0-9+/]{43}=):, size=(?P<size>\d{1,15})$"
)


class Receipt(Strict):
    """What the consumer keeps to prove an answer: which entry of which log recorded it.

    `leaf` is the entry's RFC 9162 leaf hash; `size` that of the first checkpoint covering it. On the wire
    an RFC 9651 dictionary in the header `Landbridge-Receipt`.
    """

    origin: str
    index: int
    leaf: bytes
    size: int

    def header(self) -> str:
        """The header's value."""
        leaf = base64.b64encode(self.leaf).decode()
        return f'origin="{self.origin}", index={self.index}, leaf=:{leaf}:, size={self.size}'

    @classmethod
    def parse(cls, header: str) -> Receipt:
        """Read a header value back. Raises ValueError."""
        found = _RECEIPT.match(header)
        if found is None:
            raise ValueError("not a Landbridge receipt")
        return cls(
            origin=found["origin"],
            index=int(found["index"]),
            leaf=base64.b64decode(found["leaf"]),
            size=int(found["size"]),
        )
