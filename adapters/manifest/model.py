"""The manifest's parts: one declaration for validation, the JSON Schema, the form and the reference."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

from adapters.decode import Step, gives_xml
from adapters.functions import CATALOGUE, NULL_TOKENS, Options
from adapters.manifest.asks import AskRule
from adapters.manifest.drops import DropRule
from adapters.manifest.parts import (
    IN_XML,
    PORTS,
    SECRET,
    Duration,
    Headers,
    Hours,
    KeyNameRule,
    PathRule,
    Place,
    Rule,
    Token,
    base_address,
    one_or_many,
    short_field,
    short_step,
    some,
    texts,
)
from adapters.manifest.tables import TableRule
from contracts.exchange import KindSlug, Slug
from contracts.material import Legal
from contracts.text import Text


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


class SoapRule(Rule):
    """Where a SOAP service stands below the base address, and which of its WSDL's ports is asked."""

    path: str = Field(default="/", pattern=r"^/[^#\s]*$")
    port: str | None = Field(default=None, description="a port of the WSDL; the first SOAP port without")


class Connection(Rule):
    """Where the agency is and what it speaks.

    One that drops files has a `drop` section and no `base`; a front-end database has a `table` section, and
    its `base` is `postgresql://host:port/database`.
    """

    protocol: Slug
    base: Annotated[str, AfterValidator(base_address)] = ""
    drop: DropRule | None = None
    table: TableRule | None = None
    allow_private: bool = Field(
        default=False, description="admit private and loopback addresses of this origin"
    )
    headers: Headers = Field(default_factory=dict)
    credentials: Credentials = Credentials()
    probe: ProbeRule = ProbeRule()
    soap: SoapRule = SoapRule()

    @property
    def place(self) -> tuple[str, int]:
        """Host and port of the base address."""
        parts = urlsplit(self.base)
        return parts.hostname or "", parts.port or PORTS[parts.scheme]


class BreakerRule(Rule):
    """When we pause, and for how long: so many calls within a minute, half of them failed."""

    least: int = Field(default=20, ge=1, le=10_000)
    pause: Duration = Field(default=10.0, gt=0, le=3600)


class Limits(Rule):
    """How much we may ask of the agency, and how much it may send us."""

    concurrency: int = Field(default=4, ge=1, le=64)
    deadline: Duration = Field(default=8.0, gt=0, le=600)
    attachment_deadline: Duration = Field(default=600.0, gt=0, le=7200)
    per_second: float | None = Field(default=None, gt=0, le=1000, description="calls, over all nodes")
    breaker: BreakerRule = BreakerRule()
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

    how: Literal["json", "xml", "base64", "html", "soap", "soap_result"] = Field(alias="as")
    at: str | None = Field(default=None, pattern=r"^\w+(\.\w+)*$")

    def step(self) -> Step:
        """As `decode` takes it."""
        return Step(self.how, tuple(self.at.split(".")) if self.at else ())


Decoding = Annotated[DecodeRule, BeforeValidator(short_step, json_schema_input_type=str | DecodeRule)]


class FieldRule(Rule):
    """Where a field comes from: a path and functions; rows of fields; or a constant."""

    at: PathRule | None = None
    names: Annotated[
        tuple[str, ...], BeforeValidator(one_or_many, json_schema_input_type=str | tuple[str, ...])
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

    @cached_property
    def functions(self) -> tuple[str, ...]:
        """Function names in order; a code table is read before anything else."""
        return self.names if self.table is None or "table" in self.names else ("table", *self.names)

    @cached_property
    def options(self) -> Options:
        """What the functions are told."""
        return Options(self.unit, self.to, self.by, self.key, self.table)


Spec = Annotated[FieldRule, BeforeValidator(short_field, json_schema_input_type=str | FieldRule)]
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


class PageRule(Rule):
    """Replies in pages: where the total stands, how many rows a page has, how many pages are asked for."""

    total: PathRule
    size: int = Field(default=50, ge=1, le=1000)
    first: int = Field(default=1, ge=0, le=1)
    most: int = Field(default=20, ge=1, le=200)


class _InOwnLanguage(Rule):
    """A rule with a `decode`: what that gives says whether the paths beside it are XPaths or JMESPaths."""

    @model_validator(mode="wrap")
    @classmethod
    def _language(cls, raw: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        token = IN_XML.set(_ends_in_xml(raw))
        try:
            return handler(raw)
        finally:
            IN_XML.reset(token)


def _ends_in_xml(raw: object) -> bool:
    steps = raw.get("decode") if isinstance(raw, dict) else None
    try:
        return gives_xml([DecodeRule.model_validate(short_step(step)).step() for step in steps or ()])
    except (ValidationError, TypeError):
        return False


class FileAskRule(_InOwnLanguage):
    """A second question that gives a file: its octets; with `decode`, Base64 at `at` of what that gives."""

    ask: AskRule
    decode: tuple[Decoding, ...] = ()
    at: PathRule | None = None


class AttachmentRule(Rule):
    """The files a row names, and where: below the base address, or at an absolute one of its origin."""

    rows: PathRule
    name: Spec
    at: Spec
    type: Spec | None = None
    bytes: Spec | None = None
    sha256: Spec | None = None
    media_type: Spec | None = None
    via: Literal["base", "url", "call"] = "base"
    call: FileAskRule | None = None


class Freshness(Rule):
    """How long a reply may be used without asking again, and how much longer while the agency is out."""

    fresh_for: Duration | None = Field(default=None, alias="for")
    stale_if_error: Duration = 0.0


class ReplyRule(_InOwnLanguage):
    """One question and how its reply reads."""

    ask: AskRule = Field(default=AskRule(path="/"), description="absent where files are dropped")
    decode: Annotated[tuple[Decoding, ...], AfterValidator(some)] = Field(
        default=(), description="absent where files are dropped"
    )
    success: Predicate | None = Field(default=None, description="without one a status of 2xx is success")
    none: Predicate = Field(description="holds when the agency says it has none")
    rows: PathRule
    pages: PageRule | None = None
    about: dict[str, About]
    ignore: tuple[PathRule, ...] = Field(default=(), description="what a row holds and nobody needs, by name")
    around: tuple[PathRule, ...] = Field(default=(), description="the same for what stands around the rows")


class ListRule(ReplyRule):
    """A list that comes first and whose rows are then asked for one by one: `each` is what they go by."""

    each: Spec
    most: int = Field(default=50, ge=1, le=500)


class MaterialRule(ReplyRule):
    """How one kind is asked for and read. A kind may appear once in a manifest."""

    kind: KindSlug
    ask_by: Annotated[tuple[KeyNameRule, ...], AfterValidator(some)]
    listing: ListRule | None = Field(default=None, alias="list")
    fields: dict[str, Spec] = Field(min_length=1)
    legal: dict[Legal, Predicate] = Field(default_factory=dict)
    attachments: AttachmentRule | None = None
    supplements: bool = Field(
        default=False, description="files only, for a document whose facts another agency gives"
    )
    fresh: Freshness = Freshness()
    quirks: tuple[str, ...] = ()

    @property
    def first(self) -> ReplyRule:
        """What is asked first: the list, where there is one."""
        return self.listing or self


class WsdlRule(Rule):
    """A WSDL and everything it imports, frozen: documents by the address they were found at."""

    entry: str
    documents: dict[str, str] = Field(min_length=1)


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
    materials: Annotated[tuple[MaterialRule, ...], AfterValidator(some)]
    wsdl: WsdlRule | None = Field(default=None, description="as `landbridge adapter freeze` writes it")

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
        return tuple(self.secret_places)

    @cached_property
    def secret_places(self) -> dict[str, tuple[Place, ...]]:
        """The same, each with the places where it stands."""
        dumped = self.model_dump(mode="python", by_alias=True, exclude={"title", "contact", "wsdl"})
        found: dict[str, list[Place]] = {}
        for place, words in texts(dumped):
            for each in SECRET.finditer(words):
                found.setdefault(each[0], []).append(place)
        return {reference: tuple(places) for reference, places in found.items()}

    def may_hold(self, kind: str) -> frozenset[str]:
        """Personal fields of a kind that the agency's sharing terms let us hold."""
        prefix = f"{kind}."
        return frozenset(
            name.removeprefix(prefix) for name in self.sharing.personal if name.startswith(prefix)
        )


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a manifest, for editors and the console's form."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Manifest.model_json_schema()}
