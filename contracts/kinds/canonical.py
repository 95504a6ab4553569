"""What every kind's model is made of: labels in both languages, and how a form or a table reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, get_args

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema

from contracts.material import Strict
from contracts.quantities import Quantity


@dataclass(frozen=True, slots=True)
class Label:
    """A field's name for people. `personal`: it is personal information (个人信息保护法)."""

    zh: str
    en: str
    personal: bool = False

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = dict(handler(core))
        schema |= {"title": self.zh, "description": self.en}
        return schema | {"x-personal": True} if self.personal else schema


@dataclass(frozen=True, slots=True)
class FieldNote:
    """One field as a form, a schema or a grant sheet shows it; `of` describes the rows of a list."""

    name: str
    zh: str
    en: str
    unit: str | None
    personal: bool
    required: bool
    of: tuple[FieldNote, ...] = ()


class Canonical(Strict):
    """One kind's fields.

    `NUMBER` names the fields that may hold the document's number, best first; `DATED` its main day.
    Identifiers are kept as the agency wrote them: readers judge them.
    """

    model_config = ConfigDict(hide_input_in_errors=True)  # values may be personal information

    NUMBER: ClassVar[tuple[str, ...]] = ()
    DATED: ClassVar[str | None] = None


@cache
def describe(model: type[BaseModel]) -> tuple[FieldNote, ...]:
    """The fields of a kind's model in its own order."""
    return tuple(_note(name, field) for name, field in model.model_fields.items())


def _note(name: str, field: FieldInfo) -> FieldNote:
    label = next(mark for mark in field.metadata if isinstance(mark, Label))
    marks = list(_within(field.annotation)) + list(field.metadata)
    unit = next((mark.unit for mark in marks if isinstance(mark, Quantity)), None)
    rows = next((mark for mark in marks if isinstance(mark, type) and issubclass(mark, BaseModel)), None)
    of = describe(rows) if rows else ()
    return FieldNote(name, label.zh, label.en, unit, label.personal, field.is_required(), of)


def _within(annotation: Any) -> Iterator[Any]:
    """Everything an annotation is made of: types and their marks."""
    yield annotation
    for part in get_args(annotation):
        yield from _within(part)
