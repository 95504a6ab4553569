"""The OpenAPI description: security, errors and examples said once, for every route."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from contracts.errors import LandbridgeError
from contracts.exchange import Ask
from contracts.problems import MEDIA_TYPE, Problem, problem

if TYPE_CHECKING:
    from fastapi import FastAPI

ASK_EXAMPLE = {
    "project_code": "2012-231005-04-01-735188",
    "known": {"project_name": "翰林示例城", "holder_uscc": "91231000DEM0AA016M"},
    "procedure": "first-registration",
    "declared": {
        "land-right": [
            {
                "cert_no": "黑（2021）牡丹江市不动产权第0003127号",
                "parcel_code": "231005003008GB00021",
                "holder_uscc": "91231000DEM0AA016M",
                "area_m2": "42356.80",
            }
        ]
    },
    "case": "202211250018",
    "purpose": "first-registration",
    "operator": "reg-017",
}

ANSWER_HEADERS = {
    "Landbridge-Receipt": {
        "description": "Which entry of the audit log recorded this answer (RFC 9651 dictionary)",
        "schema": {"type": "string"},
        "example": 'origin="landbridge.local/log", index=42, '
        "leaf=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:, size=43",
    },
    "Signature-Input": {"description": "RFC 9421, label `answer`", "schema": {"type": "string"}},
    "Signature": {"description": "RFC 9421, Ed25519", "schema": {"type": "string"}},
}


def every_error(base: type[LandbridgeError] = LandbridgeError) -> list[type[LandbridgeError]]:
    """The whole tree of errors below this one, itself first."""
    return [base, *(deeper for child in base.__subclasses__() for deeper in every_error(child))]


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The responses of a route that may end in these statuses, each with its errors as examples."""
    return {status: _problem_page(status) for status in statuses}


def _problem_page(status: int) -> dict[str, Any]:
    alike = {
        error.type: error
        for error in every_error()
        if error.status == status and error is not LandbridgeError
    }
    examples = {
        name: {
            "summary": error.title.en,
            "value": problem(error()).model_dump(mode="json", by_alias=True, exclude_none=True),
        }
        for name, error in alike.items()
        if not _abstract(error)
    }
    schema = {"$ref": "#/components/schemas/Problem"}
    titles = " / ".join(error.title.zh for error in alike.values()) or "系统内部错误"
    return {"description": titles, "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}}}


def _abstract(error: type[LandbridgeError]) -> bool:
    return bool(error.__subclasses__())


_bodies: list[type[BaseModel]] = []
"""Contracts that routes read themselves: the description has them among its components."""


def ask_body() -> dict[str, Any]:
    """The body of `POST /v1/dossiers`, with an example."""
    page = body(Ask)
    page["requestBody"]["content"]["application/json"]["example"] = ASK_EXAMPLE
    return page


def body(model: type[BaseModel]) -> dict[str, Any]:
    """The body of a route that reads it by this contract itself, so that FastAPI has to be told."""
    _bodies.append(model)
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _without_fastapi_errors(page: dict[str, Any]) -> None:
    """What FastAPI would answer with 422, this house answers as a problem with 400."""
    for name in ("HTTPValidationError", "ValidationError"):
        page["components"]["schemas"].pop(name, None)
    operations = (operation for path in page["paths"].values() for operation in path.values())
    for operation in operations:
        unread = operation["responses"].get("422", {}).get("content", {})
        if "application/json" in unread:
            del operation["responses"]["422"]


def _with_bounds(page: dict[str, Any]) -> None:
    """What is refused before any route is asked (see `door.Bounded`), said at every route."""
    for operation in (operation for path in page["paths"].values() for operation in path.values()):
        for status, refusal in problems(400, 431).items():
            operation["responses"].setdefault(str(status), refusal)


def _with_required(page: dict[str, Any]) -> None:
    """What every ask must say is required, though our own reader and not the framework refuses without it."""
    must = {"Landbridge-Case", "Landbridge-Purpose", "Landbridge-Operator", "procedure"}
    operations = (operation for path in page["paths"].values() for operation in path.values())
    for parameter in (each for operation in operations for each in operation.get("parameters", ())):
        if parameter["name"] in must and "default" not in parameter["schema"]:
            options = parameter["schema"].pop("anyOf", [])
            parameter["schema"] |= next((option for option in options if option["type"] != "null"), {})
            parameter["required"] = True


def _add(schemas: dict[str, Any], ours: dict[str, Any]) -> None:
    """Raises AssertionError when two contracts bear one name: the page would tell of the other."""
    if twice := sorted(name for name in schemas.keys() & ours.keys() if schemas[name] != ours[name]):
        raise AssertionError(f"one name in the description for two contracts: {twice}")
    schemas.update(ours)


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the contracts that FastAPI does not see by itself."""
    if app.openapi_schema is None:
        page = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        bodies = dict.fromkeys(_bodies)
        _, found = models_json_schema(
            [*((model, "validation") for model in bodies), (Problem, "serialization")],
            ref_template="#/components/schemas/{model}",
        )
        _add(page["components"].setdefault("schemas", {}), found["$defs"])
        _without_fastapi_errors(page)
        _with_required(page)
        _with_bounds(page)
        app.openapi_schema = page
    return app.openapi_schema
