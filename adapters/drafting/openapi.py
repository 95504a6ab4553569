"""What an OpenAPI or Swagger document says of its operations (OpenAPI 3.0 and 3.1, Swagger 2.0).

References are followed within the document and nowhere else; one that leads back to itself ends there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from adapters.base import failed
from adapters.decode import as_text, parse_json
from adapters.drafting.drafts import Description, Operation, Parameter
from adapters.drafting.tree import Node
from adapters.manifest import read_yaml
from contracts.errors import Fault, ManifestInvalid
from contracts.text import Text, text

OCTETS = 4 << 20
"""Octets of a document, at most."""

OPERATIONS = 2_000
"""Operations of a document, at most."""

DEPTH, NODES, DOC = 12, 2_000, 500
"""Names within one another and names of one reply that are shown, characters of documentation kept."""

METHODS = ("get", "post", "put", "delete", "patch", "head", "options", "trace")

_ELSEWHERE = text("引用了其他文档", "refers to another document")
_NOWHERE = text("引用了文档中没有的内容", "refers to what is not in the document")
_ROUND = text("引用了自身", "refers to itself")
_METHOD = text("只能以 GET 或 POST 提问", "a question is a GET or a POST")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def described(octets: bytes) -> Description:
    """Every operation of every path. Raises AgencyFailed: unreadable, too large; ManifestInvalid."""
    if len(octets) > OCTETS:
        raise failed(Fault.TOO_LARGE)
    characters, _ = as_text(octets)
    content = (
        parse_json(characters) if characters.lstrip()[:1] == "{" else read_yaml(characters, "openapi")[0]
    )
    if not isinstance(content, dict) or not _version(content) or not isinstance(content.get("paths"), dict):
        raise ManifestInvalid(
            text(
                "不是 OpenAPI 文档（缺少 openapi 或 swagger、paths）",
                "Not an OpenAPI document: no openapi or swagger, or no paths",
            )
        )
    book = _Book(content)
    found = tuple(book.operations())
    if len(found) > OPERATIONS:
        raise failed(Fault.TOO_LARGE)
    return Description("rest", found, book.address(), {})


def _version(content: Mapping[str, Any]) -> str:
    return str(content.get("openapi") or content.get("swagger") or "")


class _Lost(Exception):
    """A reference that leads nowhere we go."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


@dataclass(slots=True)
class _Budget:
    left: int = NODES


class _Book:
    """A document, and what its references lead to."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content
        self._old = _version(content).startswith("2")

    def address(self) -> str | None:
        """The first server's address, as written."""
        if self._old and self._content.get("host"):
            scheme = next(iter(_list(self._content.get("schemes"))), "http")
            return f"{scheme}://{self._content['host']}{self._content.get('basePath') or ''}"
        servers = _list(self._content.get("servers"))
        return str(servers[0].get("url")) if servers and isinstance(servers[0], dict) else None

    def operations(self) -> Iterator[Operation]:
        """Every operation, whether or not it can be asked."""
        base = self._content.get("basePath") or "" if self._old else _path_of(self.address())
        for path, held in self._content["paths"].items():
            try:
                place = self._led(held)
            except _Lost as lost:
                yield Operation(str(path), f"* {path}", reason=lost.reason)
                continue
            for method in METHODS:
                if isinstance(place.get(method), dict):
                    yield self._operation(method, str(path), str(base).rstrip("/") + str(path), place)

    def _operation(self, method: str, path: str, whole: str, place: Mapping[str, Any]) -> Operation:
        said = place[method]
        name, where = str(said.get("operationId") or f"{method} {path}"), f"{method.upper()} {path}"
        doc = _line(f"{said.get('summary') or ''} {said.get('description') or ''}")
        reason = None if method in ("get", "post") else _METHOD
        try:
            inputs = tuple(self._inputs(place, said))
            outputs = self._outputs(said)
        except _Lost as lost:
            return Operation(
                name, where, doc, reason=reason or lost.reason, method=method.upper(), path=whole
            )
        return Operation(name, where, doc, inputs, outputs, reason, method.upper(), whole)

    def _inputs(self, place: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[Parameter]:
        for each in (*_list(place.get("parameters")), *_list(said.get("parameters"))):
            held = self._led(each)
            if held.get("in") == "body":
                yield from self._body(held.get("schema"), "json")
            elif held.get("in") in ("query", "path", "header", "formData"):
                kind = self._led(held.get("schema") or held)
                within = {"formData": "form"}.get(held["in"], held["in"])
                yield _parameter(str(held.get("name")), kind, held, within)
        body = self._led(said.get("requestBody") or {})
        media, schema = _first_media(body.get("content"))
        yield from self._body(schema, "form" if media in _FORMS else "json")

    def _body(self, schema: Any, within: str) -> Iterator[Parameter]:
        held = self._led(schema or {})
        required = _list(held.get("required"))
        for name, part in _mapping(held.get("properties")).items():
            yield _parameter(str(name), self._led(part), {"required": name in required}, within)

    def _outputs(self, said: Mapping[str, Any]) -> Node | None:
        replies = _mapping(said.get("responses"))
        chosen = next(
            (replies[code] for code in (*sorted(replies),) if str(code).startswith("2")),
            replies.get("default"),
        )
        held = self._led(chosen or {})
        schema = held.get("schema") if self._old else _first_media(held.get("content"))[1]
        return self._node("", (), schema, (), _Budget()) if schema else None

    def _node(
        self, name: str, at: tuple[str, ...], schema: Any, above: tuple[int, ...], budget: _Budget
    ) -> Node:
        """A schema as a tree; one that holds itself, or too many, ends where it does."""
        held, budget.left = self._led(schema), budget.left - 1
        many = False
        while isinstance(held.get("items"), dict) and not many:
            held, many = self._led(held["items"]), True
        doc, kind = (
            _line(f"{held.get('title') or ''} {held.get('description') or ''}"),
            str(held.get("type") or ""),
        )
        if id(held) in above or len(above) >= DEPTH:
            return Node(name, at, (), (), many, doc, kind)
        below = []
        for key, part in self._properties(held, frozenset(), budget):
            if budget.left > 0:
                below.append(self._node(key, (*at, key), part, (*above, id(held)), budget))
        return Node(name, at, (), tuple(below), many, doc, kind)

    def _properties(
        self, held: Mapping[str, Any], seen: frozenset[int], budget: _Budget
    ) -> Iterator[tuple[str, Any]]:
        """A schema's properties, with those of everything it is made of (allOf)."""
        budget.left -= 1
        if id(held) in seen or budget.left <= 0:
            return
        for part in _list(held.get("allOf")):
            yield from self._properties(self._led(part), seen | {id(held)}, budget)
        yield from ((str(key), part) for key, part in _mapping(held.get("properties")).items())

    def _led(self, held: Any) -> Mapping[str, Any]:
        """What a part says itself, or what it refers to. Raises _Lost."""
        seen: set[str] = set()
        while isinstance(held, dict) and "$ref" in held:
            place = str(held["$ref"])
            if not place.startswith("#/"):
                raise _Lost(_ELSEWHERE)
            if place in seen:
                raise _Lost(_ROUND)
            seen.add(place)
            held = self._found(place)
        return held if isinstance(held, dict) else {}

    def _found(self, place: str) -> Any:
        found: Any = self._content
        for step in place[2:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, dict) or name not in found:
                raise _Lost(_NOWHERE)
            found = found[name]
        return found


def _parameter(name: str, kind: Mapping[str, Any], said: Mapping[str, Any], within: Any) -> Parameter:
    doc = _line(f"{said.get('description') or kind.get('description') or kind.get('title') or ''}")
    return Parameter(name, str(kind.get("type") or ""), doc, said.get("required") is True, within)


def _first_media(content: Any) -> tuple[str, Any]:
    """The first media type of a body that has a schema; JSON before others."""
    found = [
        (str(media), each.get("schema"))
        for media, each in _mapping(content).items()
        if isinstance(each, dict)
    ]
    found.sort(key=lambda pair: "json" not in pair[0])
    return next(((media, schema) for media, schema in found if schema), ("", None))


def _path_of(address: str | None) -> str:
    try:
        return urlsplit(address or "").path
    except ValueError:
        return ""


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _mapping(found: Any) -> dict[Any, Any]:
    return found if isinstance(found, dict) else {}


def _line(words: str) -> str:
    return " ".join(words.split())[:DOC]
