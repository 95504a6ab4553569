"""What drafting gives: operations, proposals with confidence and reason, leftovers, what people decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from adapters.decode import Step
from adapters.drafting.sample import Notice
from adapters.drafting.shapes import TEXT, Recipe
from adapters.drafting.tree import Language, Node
from adapters.manifest import WsdlRule
from contracts.text import Text

Protocol = Literal["soap", "rest", "filedrop", "table"]
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One input of an operation: `type` as its description writes it, `within` the part of the question."""

    name: str
    type: str = ""
    doc: str = ""
    required: bool = False
    within: Literal["argument", "path", "query", "header", "form", "json", "column"] = "argument"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as its agency declares it; `reason` says why it cannot be asked, None when it can.

    `where` tells operations of one name apart: service and port, method and path, or a table's schema.
    `outputs` is what its description says of replies, None where it says nothing. `rows`: about how many a
    table holds, None where nothing says so.
    """

    name: str
    where: str
    doc: str = ""
    inputs: tuple[Parameter, ...] = ()
    outputs: Node | None = None
    reason: Text | None = None
    method: str = "POST"
    path: str = "/"
    rows: int | None = None
    view: bool = False

    @property
    def usable(self) -> bool:
        """Whether a question can be made of it."""
        return self.reason is None


@dataclass(frozen=True, slots=True)
class Description:
    """What an agency declares: every operation, or every table; the address it gives, which nobody trusts."""

    protocol: Protocol
    operations: tuple[Operation, ...]
    address: str | None = None
    docs: Mapping[str, str] = field(default_factory=dict)
    wsdl: WsdlRule | None = None

    def operation(self, name: str) -> Operation | None:
        """An operation by its name, or by name and where; usable ones first; None when there is none."""
        found = [
            each for each in self.operations if name in (each.name, f"{each.name} {each.where}", each.where)
        ]
        return next((each for each in found if each.usable), next(iter(found), None))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A field of the contract and where it comes from; `of` are the fields of rows, `path` the way to them.

    `confidence` in hundredths; `rivals` are paths that may be it as well. `coded`: its values look
    like codes, of which a person knows the table.
    """

    field: str
    path: str
    confidence: int
    why: Text
    recipe: Recipe = TEXT
    of: tuple[Proposal, ...] = ()
    rivals: tuple[str, ...] = ()
    coded: bool = False


@dataclass(frozen=True, slots=True)
class Leftover:
    """A leaf nobody maps: to be ignored by its name, within the row or around it, or for people to decide."""

    path: str
    how: Literal["ignore", "around", "undecided"]
    why: Text


@dataclass(frozen=True, slots=True)
class Files:
    """How a row names its attachments: paths by the manifest's names."""

    rows: str
    parts: Mapping[str, Proposal]
    via: Literal["base", "url"] = "base"


@dataclass(frozen=True, slots=True)
class Says:
    """Something said by one of these values at a path: success, none, force."""

    at: str
    among: tuple[str, ...]
    confidence: int
    why: Text
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A question as far as it can be made: placeholders where keys go; `asks` by which keys, best first.

    Of a table: `where` by column, `starts` those whose value may go on, `newest` the column that says which
    row is, `per` the one that names a document.
    """

    operation: str | None = None
    method: str = "GET"
    path: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    json_body: Mapping[str, Any] | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    table: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    starts: tuple[str, ...] = ()
    newest: str | None = None
    per: str | None = None
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person has to say; a `missing` one keeps the draft from being loaded, under that place."""

    place: Place
    why: Text
    missing: bool = False


@dataclass(frozen=True, slots=True)
class MaterialDraft:
    """One kind as far as it could be drafted."""

    kind: str
    language: Language = "jmespath"
    operation: Operation | None = None
    question: Question | None = None
    steps: tuple[Step, ...] = ()
    success: Says | None = None
    none: Says | None = None
    rows: str | None = None
    total: str | None = None
    about: Mapping[str, str] = field(default_factory=dict)
    proposals: tuple[Proposal, ...] = ()
    legal: Mapping[str, Says] = field(default_factory=dict)
    files: Files | None = None
    leftovers: tuple[Leftover, ...] = ()
    missing: tuple[str, ...] = ()
    notice: Notice | None = None
    relabelled: str | None = None

    @property
    def ask_by(self) -> tuple[str, ...]:
        """The keys it is asked by: those the question has places for; without one, those a row names."""
        return tuple(self.about) if self.question is None else self.question.asks

    @property
    def askable(self) -> bool:
        """Whether there is a question to write down."""
        asked = self.question
        usable = self.operation is None or self.operation.usable
        named = asked is not None and any((asked.operation, asked.path, asked.table))
        return usable and named

    def left(self, how: str) -> tuple[Leftover, ...]:
        """The leftovers of one sort."""
        return tuple(each for each in self.leftovers if each.how == how)


@dataclass(frozen=True, slots=True)
class Frame:
    """What a draft cannot know from papers: who the agency is, where it stands, on what basis it shares.

    `table`: a database's schema, user, password (a reference) and TLS, as the manifest's part.
    """

    agency: str | None = None
    title: Text | None = None
    sharing: str | None = None
    base: str | None = None
    allow_private: bool = False
    table: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Drop:
    """What an agency leaves in its folder, as far as a notice of it tells; paths from the notice's root."""

    form: Literal["zip", "folder"]
    notice: str
    how: Notice
    package: str | None = None
    files: Files | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A manifest in the making; `path` and `port` are a SOAP service's below the base."""

    frame: Frame
    protocol: Protocol
    operations: tuple[Operation, ...]
    materials: tuple[MaterialDraft, ...]
    decisions: tuple[Decision, ...]
    path: str = "/"
    port: str | None = None
    drop: Drop | None = None
    wsdl: WsdlRule | None = None
