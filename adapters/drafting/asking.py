"""The question a draft puts: an operation's inputs filled from known keys, an example made a template."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from adapters.decode import Element, parse_json, parse_xml
from adapters.decode.xmltext import local
from adapters.drafting.drafts import Operation, Parameter, Question
from adapters.drafting.likeness import likeness
from adapters.drafting.targets import asked_by
from adapters.manifest.parts import PLACEHOLDER
from contracts.errors import AgencyFailed
from contracts.exchange import KEYS

SURE = 58
"""Likeness, in hundredths, from which an input is taken to be a key."""

_PAGE = ("pageno", "page", "pagenum", "pageindex", "current", "currentpage")
_SIZE = ("pagesize", "size", "limit", "rows", "pagerows")


_NOTHING: Mapping[str, str] = MappingProxyType({})


def key_of(name: str, doc: str = "", named: Mapping[str, str] = _NOTHING) -> str | None:
    """The key an input of this name is for; `named` are names, in lower case, of which that is known."""
    if name.lower() in named:
        return named[name.lower()]
    found = [(each.points, key) for key in KEYS if (each := likeness(name, doc, asked_by(key)))]
    points, key = max(found, default=(0, None), key=lambda pair: pair[0])
    return key if points >= SURE else None


def question(
    operation: Operation, examples: Mapping[str, str], named: Mapping[str, str], *, soap: bool
) -> Question:
    """The question of an operation; `examples` are texts its inputs once had, by name, to be made templates.

    `named` are names whose keys are known, from the reply and from what kind of document is asked for.

    `path` is None where it has a place that no key fills.
    """
    filled = {each.name: _filled(each, examples.get(each.name), named) for each in operation.inputs}
    path, held = _path(operation, named)
    if held:  # a path with a key in it allows no other
        filled = {name: "" if set(_keys_in(value)) else value for name, value in filled.items()}
    asks = held or tuple(dict.fromkeys(key for value in filled.values() for key in _keys_in(value)))
    parts = {
        within: {each.name: filled[each.name] for each in operation.inputs if each.within == within}
        for within in ("argument", "query", "form", "json")
    }
    if soap:
        return Question(
            operation.name, arguments={k: v for k, v in parts["argument"].items() if v}, asks=asks
        )
    form = parts["form"] if operation.method == "POST" and parts["form"] else None
    return Question(
        method=operation.method,
        path=path,
        query={name: value for name, value in parts["query"].items() if value},
        form=form,
        json_body=parts["json"] if operation.method == "POST" and form is None else None,
        asks=asks,
    )


def _keys_in(words: str) -> Iterator[str]:
    return (name for name in PLACEHOLDER.findall(words) if name in KEYS)


def _filled(each: Parameter, example: str | None, named: Mapping[str, str]) -> str:
    """What goes into an input: its template, a place for its key, or nothing."""
    if example is not None:
        return template(example)
    bare = re.sub(r"[_-]", "", each.name).lower()
    if bare in _PAGE or bare in _SIZE:
        return "{page}" if bare in _PAGE else "{size}"
    key = key_of(each.name, each.doc, named)
    return f"{{{key}}}" if key else ""


def _path(operation: Operation, named: Mapping[str, str]) -> tuple[str | None, tuple[str, ...]]:
    """The path with its places named after keys, and these; None where one is like no key."""
    known = {
        each.name: key_of(each.name, each.doc, named) for each in operation.inputs if each.within == "path"
    }
    places = re.findall(r"\{([^{}]*)\}", operation.path)
    keys = tuple(dict.fromkeys(key for place in places if (key := known.get(place))))
    if len(keys) > 1 or any(known.get(place) is None for place in places):
        return None, ()
    return re.sub(r"\{([^{}]*)\}", lambda found: f"{{{known[found[1]]}}}", operation.path), keys


def template(example: str) -> str:
    """A text that was once sent, with places for keys where its names are like keys, or where it has them."""
    if PLACEHOLDER.search(example):
        return example
    start = example.lstrip()[:1]
    try:
        if start == "<":
            return _in_xml(example)
        if start in ("{", "["):
            return json.dumps(_in_json(parse_json(example)), ensure_ascii=False, default=str)
    except AgencyFailed:
        return example
    return example


def _in_json(content: Any, name: str = "") -> Any:
    if isinstance(content, dict):
        return {key: _in_json(value, str(key)) for key, value in content.items()}
    if isinstance(content, list):
        return [_in_json(each, name) for each in content]
    key = key_of(name) if isinstance(content, str) else None
    return f"{{{key}}}" if key else content


def _in_xml(example: str) -> str:
    """The text as it was, each leaf of a key's name with a place for its value."""
    root, changed = parse_xml(example), example
    for leaf in root.iter():
        key = key_of(local(leaf.tag)) if len(leaf) == 0 else None
        if key:
            changed = _replaced(changed, leaf, key)
    return changed


def _replaced(words: str, leaf: Element, key: str) -> str:
    tag, said = re.escape(local(leaf.tag)), re.escape(html.escape(leaf.text or "", quote=False))
    form = re.compile(rf"<({tag})>\s*{said}\s*</{tag}>|<({tag})\s*/>")
    return form.sub(
        lambda found: f"<{found[1] or found[2]}>{{{key}}}</{found[1] or found[2]}>", words, count=1
    )
