"""The manifest's parts: one declaration for validation, the JSON Schema, the form and the reference."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from adapters.decode import Path, Step
from adapters.functions import CATALOGUE, NULL_TOKENS, Options
from contracts.exchange import KEY_NAMES, KindSlug, Slug
from contracts.material import Legal
from contracts.text import Text, text

SECRET = re.compile(r"secret:([a-z0-9][a-z0-9-]*)/([a-z0-9][a-z0-9-]*)")
"""A reference to a secret: agency and name. The value never stands in a manifest."""

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
"""Where a key's value goes; filled by the kit and escaped for its place."""

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Ours to write, or about the connection itself.
_OWN_HEADERS = {"accept-encoding", "connection", "content-encoding", "content-length", "content-type"} | {
    "cookie",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}


Item = TypeVar("Item")


class Unusable(ValueError):
    """A value in a manifest that cannot be used; says why in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.reason = text(zh, en)


def _path(raw: object) -> object:
    if not isinstance(raw, str):
        return raw
    try:
        return Path(raw)
    except ValueError as error:
        raise Unusable("不是可用的 JMESPath 路径", str(error)) from None


def _seconds(raw: object) -> object:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", raw) if isinstance(raw, str) else None
    if found is None:
        raise Unusable("应为时长，如 8s、10m、24h、7d", "a duration is expected, such as 8s, 10m, 24h, 7d")
    return float(found[1]) * _UNITS[found[2]]


def _hours(raw: object) -> object:
    found = re.fullmatch(r"(\d{2}:\d{2})-(\d{2}:\d{2})", raw) if isinstance(raw, str) else None
    try:
        opens, closes = found.groups() if found else ("", "")
        return time.fromisoformat(opens), time.fromisoformat(closes)
    except ValueError:
        raise Unusable(
            "应为时段，如 06:00-23:00", "opening hours are expected, such as 06:00-23:00"
        ) from None


def _some(items: tuple[Item, ...]) -> tuple[Item, ...]:
    if not items:
        raise Unusable("至少一项", "at least one is needed")
    return items


def _base(raw: str) -> str:
    parts = urlsplit(raw)
    usable = parts.scheme in ("http", "https") and parts.hostname and not parts.query and not parts.fragment
    if not usable or "@" in parts.netloc or raw != raw.strip():
        raise Unusable(
            "应为 http(s) 地址，不含账号、参数", "an http(s) address without user or query is expected"
        )
    return raw.rstrip("/")


def _header_lines(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or name.lower() in _OWN_HEADERS or re.search(r"[\r\n\0]", value):
            raise Unusable(f"请求头 {name} 不可设置", f"header {name} cannot be set")
    return headers


def _token(raw: object) -> object:
    if raw is None:
        return "null"
    return str(raw).lower() if isinstance(raw, bool) else raw


def _strings(content: object) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict | list | tuple):
        for item in content.values() if isinstance(content, dict) else content:
            yield from _strings(item)


def _short_field(raw: object) -> object:
    return {"at": raw} if isinstance(raw, str) else raw


def _short_step(raw: object) -> object:
    return {"as": raw} if isinstance(raw, str) else raw


def _one_or_many(raw: object) -> object:
    return (raw,) if isinstance(raw, str) else raw


class Rule(BaseModel):
    """A part of a manifest: closed and frozen. Lax about types only where YAML is."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        coerce_numbers_to_str=True,
        arbitrary_types_allowed=True,
        validate_default=False,
    )


PathRule = Annotated[
    Path,
    BeforeValidator(_path),
    WithJsonSchema({"type": "string", "description": "JMESPath", "maxLength": 200}),
]
Duration = Annotated[
    float,
    BeforeValidator(_seconds),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?(ms|s|m|h|d)$"}),
]
Hours = Annotated[
    tuple[time, time],
    BeforeValidator(_hours),
    WithJsonSchema({"type": "string", "pattern": r"^\d\d:\d\d-\d\d:\d\d$"}),
]
Token = Annotated[
    str, BeforeValidator(_token), WithJsonSchema({"type": ["string", "integer", "boolean", "null"]})
]
Headers = Annotated[dict[str, str], AfterValidator(_header_lines)]
KeyNameRule = Annotated[str, Field(json_schema_extra={"enum": sorted(KEY_NAMES)})]


class Contact(Rule):
    """Whom to call when it does not answer."""

    unit: str
    phone: str | None = None
    note: str | None = None


class Sharing(Rule):
    """On what basis the agency shares (政务数据共享条例), and what personal information we may hold."""

    cls: Literal["unconditional", "conditional", "internal", "none"] = Field(alias="class")
    catalogue_code: str | None = None
    approval: str | None = Field(default=None, description="the provider's approval number")
    route: Literal["platform", "direct"] = "direct"
    reason: str | None = Field(default=None, description="why a direct link, where one is used")
    personal: tuple[str, ...] = Field(
        default=(),
        description="personal fields we may hold, as kind.field; every other one is dropped at reading",
    )


class Credentials(Rule):
    """What proves to the agency who asks: references `secret:agency/name`, never the secret itself."""

    headers: Headers = Field(default_factory=dict)
    query: dict[str, str] = Field(default_factory=dict)


class ProbeRule(Rule):
    """An address to try that says nothing about any project."""

    path: str = Field(default="/", pattern=r"^/")


class ListedFiles(Rule):
    """The files a notice names, each with a digest: `name` is the path within the delivery."""

    rows: PathRule
    name: PathRule
    sha256: PathRule | None = None
    sm3: PathRule | None = None
    bytes: PathRule | None = None


class NoticeRule(Rule):
    """The file that says what a delivery holds; `package` is the number a later delivery replaces it by."""

    name: str = Field(pattern=r"^[^/\\\x00-\x1f]{1,100}$")
    how: Literal["xml", "json", "csv"] = Field(alias="as")
    package: PathRule
    files: ListedFiles


class DropRule(Rule):
    """What the agency leaves in its drop folder, and when a delivery is whole."""

    form: Literal["zip", "folder"]
    notice: NoticeRule
    settle: Duration = Field(default=10.0, gt=0, le=3600, description="size and time unchanged for so long")
    patience: Duration = Field(default=3600.0, gt=0, description="then what is incomplete is set aside")
    sidecar: Literal["required", "optional"] = Field(
        default="optional", description="a digest beside the ZIP, NAME.zip.sha256 or NAME.zip.sm3"
    )
    files: int = Field(default=2000, ge=1, le=2000, description="files of one delivery, at most")
    total_bytes: int = Field(default=8 << 30, ge=1024, description="octets of one delivery unpacked, at most")
    ignore: tuple[str, ...] = Field(
        default=("Thumbs.db", "desktop.ini", ".DS_Store", "__MACOSX/*"),
        description="paths in a delivery that nobody needs; * stands for anything",
    )


class Connection(Rule):
    """Where the agency is and what it speaks; one that drops files has a `drop` section and no `base`."""

    protocol: Slug
    base: Annotated[str, AfterValidator(_base)] = ""
    drop: DropRule | None = None
    allow_private: bool = Field(
        default=False, description="admit private and loopback addresses of this origin"
    )
    headers: Headers = Field(default_factory=dict)
    credentials: Credentials = Credentials()
    probe: ProbeRule = ProbeRule()


class Limits(Rule):
    """How much we may ask of the agency, and how much it may send us."""

    concurrency: int = Field(default=4, ge=1, le=64)
    deadline: Duration = Field(default=8.0, gt=0, le=600)
    attachment_deadline: Duration = Field(default=600.0, gt=0, le=7200)
    hours: Hours | None = Field(default=None, description="opening hours at +08:00; may pass midnight")
    body_bytes: int = Field(default=8 << 20, ge=1024, le=64 << 20)
    attachment_bytes: int = Field(default=2 << 30, ge=1024)


class SealRule(Rule):
    """How a reply proves itself: a digest, that it came whole; an HMAC (RFC 2104), that its author knows."""

    protocol: Literal["sha256-digest", "hmac-sha256"]
    header: str = Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
    encoding: Literal["hex", "base64"] = "hex"
    secret: str | None = Field(default=None, pattern=f"^{SECRET.pattern}$")


class Predicate(Rule):
    """Whether what stands at `at` is one of `in`, or, with `empty`, is null, "", [] or {}."""

    at: PathRule
    among: tuple[Token, ...] = Field(default=(), alias="in")
    empty: bool = False


class DecodeRule(Rule):
    """One decoding step, on the whole reply or at a place of plain names in the document."""

    how: Literal["json", "base64"] = Field(alias="as")
    at: str | None = Field(default=None, pattern=r"^\w+(\.\w+)*$")

    def step(self) -> Step:
        """As `decode` takes it."""
        return Step(self.how, tuple(self.at.split(".")) if self.at else ())


Decoding = Annotated[DecodeRule, BeforeValidator(_short_step, json_schema_input_type=str | DecodeRule)]


class FieldRule(Rule):
    """Where a field comes from: a path and functions; rows of fields; or a constant."""

    at: PathRule | None = None
    names: Annotated[
        tuple[str, ...], BeforeValidator(_one_or_many, json_schema_input_type=str | tuple[str, ...])
    ] = Field(default=("text",), alias="as", description=" ".join(CATALOGUE))
    unit: str | None = None
    to: str | None = None
    by: str | None = None
    key: str | None = None
    table: dict[str, str] | None = None
    null: tuple[Token, ...] | None = None
    rows: PathRule | None = None
    fields: dict[str, Spec] | None = None
    always: str | None = None

    @property
    def functions(self) -> tuple[str, ...]:
        """Function names in order; a code table is read before anything else."""
        return self.names if self.table is None or "table" in self.names else ("table", *self.names)

    @property
    def options(self) -> Options:
        """What the functions are told."""
        return Options(self.unit, self.to, self.by, self.key, self.table)


Spec = Annotated[FieldRule, BeforeValidator(_short_field, json_schema_input_type=str | FieldRule)]
FieldRule.model_rebuild()


class AboutRule(Rule):
    """Where a row names the key it was asked by; `fit: starts` when one of both names may go on ("一期")."""

    at: PathRule
    fit: Literal["same", "starts"] = "same"


def _short_about(raw: object) -> object:
    return {"at": raw} if isinstance(raw, str) and raw != "unstated" else raw


About = Annotated[
    AboutRule | Literal["unstated"], BeforeValidator(_short_about, json_schema_input_type=str | AboutRule)
]


class AskRule(Rule):
    """One HTTP question. `{key}` stands in path, query, form and JSON strings; escaped for its place."""

    method: Literal["GET", "POST"] = "GET"
    path: str = Field(pattern=r"^/[^?#\s]*$")
    query: dict[str, str] = Field(default_factory=dict)
    form: dict[str, str] | None = None
    json_body: dict[str, Any] | None = Field(default=None, alias="json")

    def placeholders(self) -> set[str]:
        """Every key name the question has a place for."""
        strings = [self.path, *self.query.values(), *(self.form or {}).values(), *_strings(self.json_body)]
        return {name for string in strings for name in PLACEHOLDER.findall(string)}


class AttachmentRule(Rule):
    """The files a row names, and where: below the base address, or at an absolute one of its origin."""

    rows: PathRule
    name: Spec
    at: Spec
    type: Spec | None = None
    bytes: Spec | None = None
    sha256: Spec | None = None
    media_type: Spec | None = None
    via: Literal["base", "url"] = "base"


class Freshness(Rule):
    """How long a reply may be used without asking again, and how much longer while the agency is out."""

    fresh_for: Duration | None = Field(default=None, alias="for")
    stale_if_error: Duration = 0.0


class MaterialRule(Rule):
    """How one kind is asked for and read. A kind may appear once in a manifest."""

    kind: KindSlug
    ask_by: Annotated[tuple[KeyNameRule, ...], AfterValidator(_some)]
    ask: AskRule = Field(default=AskRule(path="/"), description="absent where files are dropped")
    decode: Annotated[tuple[Decoding, ...], AfterValidator(_some)] = Field(
        default=(), description="absent where files are dropped"
    )
    success: Predicate | None = Field(default=None, description="without one a status of 2xx is success")
    none: Predicate = Field(description="holds when the agency says it has none")
    rows: PathRule
    about: dict[str, About]
    fields: dict[str, Spec] = Field(min_length=1)
    legal: dict[Legal, Predicate] = Field(default_factory=dict)
    attachments: AttachmentRule | None = None
    ignore: tuple[PathRule, ...] = Field(default=(), description="what a row holds and nobody needs, by name")
    around: tuple[PathRule, ...] = Field(default=(), description="the same for what stands around the rows")
    supplements: bool = Field(
        default=False, description="files only, for a document whose facts another agency gives"
    )
    fresh: Freshness = Freshness()
    quirks: tuple[str, ...] = ()


class Manifest(Rule):
    """How one agency is asked."""

    agency: Slug
    title: Text
    contact: Contact | None = None
    sharing: Sharing
    connection: Connection
    limits: Limits = Limits()
    seal: SealRule | None = None
    null: tuple[Token, ...] = NULL_TOKENS
    materials: Annotated[tuple[MaterialRule, ...], AfterValidator(_some)]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Slugs of the kinds it tells how to ask for."""
        return tuple(rule.kind for rule in self.materials)

    def material(self, kind: str) -> MaterialRule | None:
        """The rule for a kind, None when there is none."""
        return next((rule for rule in self.materials if rule.kind == kind), None)

    @property
    def secrets(self) -> tuple[str, ...]:
        """References of every secret it names, each once."""
        texts = _strings(self.model_dump(mode="python", exclude={"title", "contact"}))
        return tuple(dict.fromkeys(found[0] for words in texts for found in SECRET.finditer(words)))

    def may_hold(self, kind: str) -> frozenset[str]:
        """Personal fields of a kind that the agency's sharing terms let us hold."""
        prefix = f"{kind}."
        return frozenset(
            name.removeprefix(prefix) for name in self.sharing.personal if name.startswith(prefix)
        )


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a manifest, for editors and the console's form."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Manifest.model_json_schema()}
