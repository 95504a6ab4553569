"""A document as a tree of names with what stands under each: all rows of a list laid over one another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from adapters.decode import Element, Path, XmlPath
from adapters.decode.xmltext import XSI, local

Language = Literal["xpath", "jmespath"]

VALUES = 40
"""Values kept of one leaf, each once."""

_PLAIN = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Node:
    """A name of a document. `many`: it repeats, or is a list; `values` what its leaves say.

    `doc` and `type` are what a description says of it, where there is one.

    A leaf has no `below`. An attribute's name begins with @. `at` are the names from the root, its own last;
    the root of JSON has none.
    """

    name: str
    at: tuple[str, ...]
    values: tuple[Any, ...] = ()
    below: tuple[Node, ...] = ()
    many: bool = False
    doc: str = ""
    type: str = ""

    @property
    def leaf(self) -> bool:
        """Whether it holds no others."""
        return not self.below

    def walk(self) -> Iterator[Node]:
        """It and everything below it, outer ones first."""
        yield self
        for node in self.below:
            yield from node.walk()

    def leaves(self) -> Iterator[Node]:
        """The leaves below it, or itself."""
        return (node for node in self.walk() if node.leaf)

    def with_docs(self, docs: dict[str, str]) -> Node:
        """The same with what a description says of names, where it says something."""
        below = tuple(node.with_docs(docs) for node in self.below)
        return replace(self, doc=self.doc or docs.get(self.name.lstrip("@"), ""), below=below)


def tree_of(content: Any) -> Node:
    """The tree of a decoded document: an XML element, or JSON."""
    if isinstance(content, Element):
        name = local(content.tag)
        return _of_xml(name, (name,), [content], many=False)
    return _of_json("", (), [content])


def _of_json(name: str, at: tuple[str, ...], found: Sequence[Any]) -> Node:
    many = any(isinstance(each, list) for each in found)
    flat = list(_flat(found))
    names = dict.fromkeys(key for each in flat if isinstance(each, dict) for key in each)
    below = tuple(
        _of_json(key, (*at, key), [each[key] for each in flat if isinstance(each, dict) and key in each])
        for key in names
    )
    return Node(name, at, _few(each for each in flat if not isinstance(each, dict)), below, many)


def _flat(found: Sequence[Any]) -> Iterator[Any]:
    for each in found:
        if isinstance(each, list):
            yield from _flat(each)
        else:
            yield each


def _of_xml(name: str, at: tuple[str, ...], found: Sequence[Element], *, many: bool) -> Node:
    groups: dict[str, list[Element]] = {}
    repeated: set[str] = set()
    for element in found:
        seen: set[str] = set()
        for child in element:
            tag = local(child.tag)
            groups.setdefault(tag, []).append(child)
            repeated |= {tag} & seen
            seen.add(tag)
    below = (*_attributes(at, found), *(
        _of_xml(tag, (*at, tag), children, many=tag in repeated) for tag, children in groups.items()
    ))  # fmt: skip
    texts = (element.text or "" for element in found if len(element) == 0 or (element.text or "").strip())
    return Node(name, at, _few(texts) if not groups else (), below, many)


def _attributes(at: tuple[str, ...], found: Sequence[Element]) -> Iterator[Node]:
    pairs = [(str(key), str(value)) for element in found for key, value in element.items()]
    for key in dict.fromkeys(key for key, _ in pairs if not key.startswith(XSI)):
        name = f"@{local(key)}"
        yield Node(name, (*at, name), _few(value for each, value in pairs if each == key))


def _few(values: Iterator[Any]) -> tuple[Any, ...]:
    kept: dict[str, Any] = {}
    for value in values:
        if len(kept) == VALUES:
            break
        kept.setdefault(repr(value), value)
    return tuple(kept.values())


def path_to(node: Node, row: Node | None, language: Language, *, through: bool = False) -> str | None:
    """The path to a node from a row, or from the root without one; None where no path can say it.

    `through`: as manifests write the way into the rows of a list, `fj[].id`.
    """
    names = list(node.at[len(row.at) :] if row else node.at)
    if language == "xpath":
        path = ("/" if row is None else "") + "/".join(names) or "."
    elif not names:
        path = "@"
    else:
        way = [_step(name) for name in names]
        if through:
            lists = {each.at for each in (row or node).walk() if each.many}
            way = [
                w + ("[]" if _at(node, row, n) in lists and n + 1 < len(way) else "")
                for n, w in enumerate(way)
            ]
        path = ".".join(way)
    return path if _usable(path, language) else None


def _at(node: Node, row: Node | None, index: int) -> tuple[str, ...]:
    return node.at[: (len(row.at) if row else 0) + index + 1]


def _step(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _usable(path: str, language: Language) -> bool:
    try:
        found = XmlPath(path) if language == "xpath" else Path(path)
    except ValueError:
        return False
    return bool(found.expression)
