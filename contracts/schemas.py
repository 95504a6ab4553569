"""The contracts as JSON Schema (draft 2020-12), for consumers, agencies and editors."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode

from contracts.catalogue import KINDS
from contracts.exchange import Ask, Dossier, Grant, Receipt
from contracts.kinds import FIELDS
from contracts.material import Material
from contracts.rules.profile import Profile

_PASSED: dict[str, tuple[type[BaseModel], JsonSchemaMode]] = {
    "ask": (Ask, "validation"),
    "grant": (Grant, "validation"),
    "profile": (Profile, "validation"),
    "material": (Material, "serialization"),
    "dossier": (Dossier, "serialization"),
    "receipt": (Receipt, "serialization"),
}


def export() -> dict[str, dict[str, Any]]:
    """Every schema by file name: `kinds/<slug>.json` for fields, and one for each thing that passes.

    A kind's schema describes the fields as read from the agency; a consumer sees those it was granted.
    """
    kinds = {f"kinds/{slug}.json": _kind_schema(slug) for slug in FIELDS}
    passed = {f"{name}.json": _schema(name, model, mode) for name, (model, mode) in _PASSED.items()}
    return kinds | passed


def _kind_schema(slug: str) -> dict[str, Any]:
    kind = KINDS[slug]
    named = {"title": f"{kind.id} {kind.zh}", "description": kind.en}
    return _schema(slug, FIELDS[slug], "validation") | named


def _schema(name: str, model: type[BaseModel], mode: JsonSchemaMode) -> dict[str, Any]:
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:landbridge:contract:{name}",
    }
    return head | model.model_json_schema(mode=mode)
