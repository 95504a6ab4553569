"""What a kind's contract asks for: its fields, their labels, the form of their values, their identifiers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, get_args

from pydantic import BaseModel

from contracts.exchange import KEYS
from contracts.identifiers import READERS
from contracts.kinds import FIELDS, FieldNote, describe

Form = Literal["text", "day", "whole", "truth", "quantity", "texts", "days", "rows"]
"""What a field's value is made of."""

_NUMBERED = MappingProxyType(
    {
        ("land-use-planning-permit", "permit_no"): "land_permit_no",
        ("construction-planning-permit", "permit_no"): "project_permit_no",
        ("construction-permit", "permit_no"): "construction_permit_no",
        ("presale-permit", "permit_no"): "presale_permit_no",
        ("drawing-review", "review_no"): "drawing_review_no",
        ("planning-verification", "cert_no"): "verification_no",
        ("land-right", "cert_no"): "cert_no",
        ("e-certificate", "cert_no"): "cert_no",
        ("registration-result", "result_cert_no"): "cert_no",
        ("land-deed-tax", "relates_to"): "supervision_no",
        ("survey-package", "first_unit_code"): "unit_code",
    }
)
"""Identifiers of fields that are not called after them."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A field of the contract, or a key an agency is asked by; `of` are the fields of its rows.

    `number`: it holds the number of the document itself. `key`: the identifier its value is, by the name of
    its reader.
    """

    name: str
    zh: str
    en: str
    form: Form
    unit: str | None = None
    required: bool = False
    personal: bool = False
    number: bool = False
    key: str | None = None
    of: tuple[Target, ...] = ()


@cache
def targets(kind: str) -> tuple[Target, ...]:
    """The fields of a kind, in the contract's order. Raises KeyError for an unknown slug."""
    model = FIELDS[kind]
    return tuple(_of(kind, model, model.NUMBER[:1]))


@cache
def asked_by(name: str) -> Target:
    """A key as something a reply may name, or a question have a place for. Raises KeyError."""
    title = KEYS[name]
    return Target(name, title.zh, title.en, "text", key=name if name in READERS else None)


def _of(kind: str, model: type[BaseModel], number: tuple[str, ...]) -> Iterator[Target]:
    shapes: dict[str, Any] = model.model_json_schema()["properties"]
    for note in describe(model):
        below = _rows_of(model.model_fields[note.name].annotation)
        yield Target(
            note.name,
            note.zh,
            note.en,
            "rows" if below else _form(shapes[note.name], note),
            note.unit,
            note.required,
            note.personal,
            note.name in number,
            _identifier(kind, note),
            tuple(_of(kind, below, ())) if below else (),
        )


def _rows_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _rows_of(part))), None)


def _form(shape: dict[str, Any], note: FieldNote) -> Form:
    """The form of a value, as the contract's own JSON Schema has it."""
    one = next((part for part in shape.get("anyOf", ()) if part.get("type") != "null"), shape)
    many = one.get("type") == "array"
    one = one["items"] if many else one
    if one.get("format") == "date":
        return "days" if many else "day"
    if many:
        return "texts"
    if note.unit is not None:
        return "quantity"
    plain: dict[str, Form] = {"integer": "whole", "boolean": "truth"}
    return plain.get(one.get("type", ""), "text")


def _identifier(kind: str, note: FieldNote) -> str | None:
    if note.name.endswith("uscc"):
        return "holder_uscc"
    return _NUMBERED.get((kind, note.name), note.name if note.name in READERS else None)
