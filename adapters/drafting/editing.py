"""A manifest's YAML changed part by part, as forms change it: every other line and comment stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from adapters.drafting.targets import targets
from adapters.manifest import changeable, read_yaml, rewritten
from adapters.manifest.yamltext import BREAKS
from contracts.errors import ManifestInvalid
from contracts.text import text

_PLACEHOLDER = "—"
"""Stands in required fields of a manifest that is only to ask."""


def content_of(document: str) -> dict[str, Any]:
    """The document as plain values; what is not there yet is absent. Raises ManifestInvalid for no YAML."""
    content, _ = read_yaml(document, "draft")
    return content if isinstance(content, dict) else {}


def materials_of(content: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The materials of a document's content by kind, in its order; what is none of these is left out."""
    found = content.get("materials")
    return {
        str(each["kind"]): each
        for each in (found if isinstance(found, list) else ())
        if isinstance(each, dict) and "kind" in each
    }


def with_frame(document: str, parts: Mapping[str, Any]) -> str:
    """The document with these at its top; a mapping is laid over the one there, None takes a part away."""
    content = _opened(document)
    _lay(content, parts)
    return rewritten(content)


_OF_A_QUESTION = (
    "ask",
    "ask_by",
    "list",
    "pages",
    "decode",
    "success",
    "none",
    "rows",
    "about",
    "attachments",
)


def asked_otherwise(document: str, connection: Mapping[str, Any]) -> str:
    """The document with this way to its agency in the place of the one before, of which nothing stays.

    Nor does any question: a material that has none is to be added anew.
    """
    content = _opened(document)
    content.pop("wsdl", None)
    content["connection"] = _commented(_said(connection))
    for material in content.get("materials") or ():
        for part in _OF_A_QUESTION if isinstance(material, dict) else ():
            material.pop(part, None)
    return rewritten(content)


def with_material(document: str, kind: str, parts: Mapping[str, Any]) -> str:
    """The document with these parts of a material; None takes a part away. A new kind comes last."""
    content = _opened(document)
    materials = content.get("materials")
    if not isinstance(materials, list):
        materials = content["materials"] = CommentedSeq()
        _before(content, "materials", "wsdl")
    found = next((each for each in materials if isinstance(each, dict) and each.get("kind") == kind), None)
    if found is None:
        found = CommentedMap({"kind": kind})
        materials.append(found)
    for name, value in parts.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = _commented(value)
    return rewritten(content)


def without_material(document: str, kind: str) -> str:
    """The document without this kind."""
    content = _opened(document)
    materials = content.get("materials")
    if isinstance(materials, list):
        kept = [each for each in materials if not isinstance(each, dict) or each.get("kind") != kind]
        materials[:] = kept
    return rewritten(content)


def only_asking(document: str, kind: str, keys: Iterable[str]) -> str:
    """A manifest that asks for this kind as the document says, and reads nothing: for the first reply.

    Whatever comes is kept as evidence before it is read, so that it can be looked at. Raises ManifestInvalid.
    """
    content = content_of(document)
    material = materials_of(content).get(kind)
    if material is None:
        raise ManifestInvalid(text(f"草稿中没有材料 {kind}", f"The draft has no material {kind}"))
    soap = (content.get("connection") or {}).get("protocol") == "soap"
    nowhere = "/nothing" if soap else "nothing"
    asking = {
        "kind": kind,
        "ask_by": list(keys),
        "ask": material.get("ask") or {},
        "decode": ["soap"] if soap else ["json"],
        "none": {"at": nowhere, "in": [_PLACEHOLDER]},
        "rows": nowhere,
        "about": dict.fromkeys(keys, "unstated"),
        "fields": {each.name: {"always": _PLACEHOLDER} for each in targets(kind) if each.required},
    }
    if not asking["fields"]:
        asking["fields"] = {targets(kind)[0].name: {"always": _PLACEHOLDER}}
    return rewritten(_commented({**content, "materials": [asking]}))


def _opened(document: str) -> CommentedMap:
    content_of(document)  # twice said, or by reference: refused here as in production
    try:
        content = changeable(document)
    except (YAMLError, ValueError) as error:
        raise ManifestInvalid(text("不是可读的 YAML", f"No readable YAML: {type(error).__name__}")) from None
    return content if isinstance(content, CommentedMap) else CommentedMap()


def _lay(content: CommentedMap, parts: Mapping[str, Any]) -> None:
    for name, value in parts.items():
        if value is None:
            content.pop(name, None)
        elif isinstance(value, Mapping) and isinstance(content.get(name), CommentedMap):
            _lay(content[name], value)
        else:
            content[name] = _commented(_said(value))


def _said(value: Any) -> Any:
    """A mapping without what is to be taken away where nothing is yet."""
    if not isinstance(value, Mapping):
        return value
    return {name: _said(inner) for name, inner in value.items() if inner is not None}


def _before(content: CommentedMap, name: str, other: str) -> None:
    """A frozen WSDL stays at the end: it is long, and nobody reads it."""
    if other in content:
        value = content.pop(name)
        content.insert(list(content).index(other), name, value)


def _commented(value: Any) -> Any:
    """Plain values as ruamel writes them: small ones on one line; what our reader refuses bare, quoted."""
    if isinstance(value, str) and BREAKS.search(value):
        return DoubleQuotedScalarString(value)
    if isinstance(value, Mapping):
        made = CommentedMap({name: _commented(inner) for name, inner in value.items()})
        if all(not isinstance(inner, Mapping | list) or _small(inner) for inner in value.values()) and (
            len(str(dict(value))) < 90
        ):
            made.fa.set_flow_style()
        return made
    if isinstance(value, list | tuple):
        listed = CommentedSeq([_commented(inner) for inner in value])
        if _small(value):
            listed.fa.set_flow_style()
        return listed
    return value


def _small(value: Any) -> bool:
    """Whether it fits within a line."""
    inner = value.values() if isinstance(value, Mapping) else value
    return all(not isinstance(each, Mapping | list | tuple) for each in inner) and len(str(value)) < 70
