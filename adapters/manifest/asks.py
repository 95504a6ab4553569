"""One question to an agency: over HTTP, in a SOAP envelope, or of a table."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from adapters.manifest.parts import PLACEHOLDER, Rule, one_or_many, texts
from adapters.manifest.tables import Condition, Identifier


class AskRule(Rule):
    """One question, by HTTP; with `operation` or `envelope` by SOAP; with `table` of a front-end database.

    `{key}` stands in path, query, form, JSON strings, arguments and envelope; escaped for its place. So do
    `{page}` and `{size}` where there are pages, `{each}` where a list leads to details, and `{file}` where a
    file is called for. An argument that is XML or JSON itself is a template of that; `{argument.name}` puts
    a whole argument into an envelope of our own making. In `where` it becomes a parameter of the statement,
    and a condition on a key that is not asked by is left out.
    """

    method: Literal["GET", "POST"] = "GET"
    idempotent: bool = Field(default=False, description="asking it twice changes nothing there")
    path: str = Field(default="/", pattern=r"^/[^?#\s]*$")
    query: dict[str, str] = Field(default_factory=dict)
    form: dict[str, str] | None = None
    json_body: dict[str, Any] | None = Field(default=None, alias="json")
    operation: str | None = None
    arguments: dict[str, Any] = Field(default_factory=dict)
    envelope: str | None = Field(default=None, description="for services whose WSDL cannot be built from")
    action: str | None = Field(default=None, description="SOAPAction of `envelope`")
    table: Identifier | None = Field(default=None, description="a table or view of connection.table.schema")
    where: dict[Identifier, Condition] = Field(default_factory=dict, description="by column, all of them")
    newest: Identifier | None = Field(default=None, description="the column whose highest value comes first")
    per: Annotated[
        tuple[Identifier, ...], BeforeValidator(one_or_many, json_schema_input_type=str | tuple[str, ...])
    ] = Field(default=(), description="columns that name one document: of its rows only the newest is read")

    def placeholders(self) -> set[str]:
        """Every name the question has a place for."""
        parts: list[Any] = [self.path, self.query, self.form, self.json_body, self.arguments, self.envelope]
        parts += [condition.value for condition in self.where.values()]
        return {name for _, words in texts(parts) for name in PLACEHOLDER.findall(words)}

    @property
    def is_soap(self) -> bool:
        """Whether it is asked in a SOAP envelope."""
        return self.operation is not None or self.envelope is not None
