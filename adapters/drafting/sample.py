"""A sample reply opened: which decoding steps it needs, and the tree they give. Production decodes it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from adapters.base import failed
from adapters.decode import (
    Document,
    Element,
    Step,
    as_text,
    csv_document,
    decode,
    gives_xml,
    parse_json,
    xml_document,
)
from adapters.decode.soap import SOAP_11, SOAP_12
from adapters.drafting.tree import Language, Node, tree_of
from adapters.web import is_page, page_instead
from contracts.errors import AgencyFailed, Fault

OCTETS = 8 << 20
"""Octets of a sample, at most: what a manifest lets a reply have."""

STEPS = 6
"""Decoding steps of one reply, at most."""

Notice = Literal["xml", "json", "csv"]

_JSON = re.compile(r'\s*(\{\s*["}]|\[\s*[\[{"\]])')
_XML = re.compile(r"\s*<[?!A-Za-z_]")
_ESCAPED = re.compile(r"\s*&lt;")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{24,}={0,2}\s*")


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample as it reads: the steps, the tree, its paths' language; `relabelled` as a document says it.

    `notice`: it is the notice of a delivery, and of which form; there are no steps then.
    """

    steps: tuple[Step, ...]
    tree: Node
    language: Language
    relabelled: str | None = None
    notice: Notice | None = None


def opened(octets: bytes, declared: str = "") -> Sample:
    """A reply, with the steps that lead to its fields. Raises AgencyFailed as reading it would."""
    if len(octets) > OCTETS:
        raise failed(Fault.TOO_LARGE)
    if is_page(octets):
        raise page_instead()
    steps: tuple[Step, ...] = _first(octets, declared)
    document = decode(octets, declared, steps)
    while len(steps) < STEPS and (further := _further(steps, document)):
        steps = further
        document = decode(octets, declared, steps)
    language: Language = "xpath" if gives_xml(steps) else "jmespath"
    return Sample(steps, tree_of(document.content), language, document.relabelled)


def opened_notice(octets: bytes, form: Notice) -> Sample:
    """The notice of a delivery. Raises AgencyFailed as reading it would."""
    if len(octets) > OCTETS:
        raise failed(Fault.TOO_LARGE)
    read: dict[Notice, Callable[[bytes], Any]] = {
        "xml": xml_document,
        "csv": csv_document,
        "json": lambda it: parse_json(as_text(it)[0]),
    }
    return Sample((), tree_of(read[form](octets)), "jmespath", notice=form)


def _first(octets: bytes, declared: str) -> tuple[Step, ...]:
    """By what it begins with, whether or not it ends well: a reply cut short fails as it would when read."""
    words, _ = as_text(octets, declared)
    if _ESCAPED.match(words):
        return (Step("html"), Step("xml"))
    if not _XML.match(words):
        return (Step("json"),)
    try:
        root = decode(octets, declared, (Step("xml"),)).content
    except AgencyFailed:
        soap = f'"{SOAP_11}"' in words or f'"{SOAP_12}"' in words
        return (Step("soap"),) if soap else (Step("xml"),)
    return (Step("soap"),) if str(root.tag).partition("}")[0][1:] in (SOAP_11, SOAP_12) else (Step("xml"),)


def _further(steps: tuple[Step, ...], document: Document) -> tuple[Step, ...] | None:
    """The steps with one more, or with their last read more closely; None when all is open."""
    if steps[-1] == Step("soap"):
        inner = _only_text(document.content)
        more = _within(inner) if inner is not None else None
        return (Step("soap_result"), *more) if more else None
    if isinstance(document.content, Element):
        return None
    for at, value in _texts(document.content, ()):
        known = any(step.at == at for step in steps)
        if not known and (more := _within(value)):
            return (*steps, *(Step(step.how, at) for step in more))
    return None


def _within(words: str) -> tuple[Step, ...] | None:
    """The steps a text within a text needs; None for one that is only a text."""
    for form, how in ((_JSON, "json"), (_XML, "xml")):
        if form.match(words):
            return (Step(how),)
    if _ESCAPED.match(words):
        return (Step("html"), Step("xml"))
    if _BASE64.fullmatch(words):
        try:
            inner = as_text(decode(words.encode(), "", (Step("base64"),)).content)[0]
        except AgencyFailed:
            return None
        further = _within(inner)
        return (Step("base64"), *further) if further else None
    return None


def _only_text(content: Element) -> str | None:
    leaves = [leaf for leaf in content.iter() if len(leaf) == 0]
    return (leaves[0].text or "") if len(leaves) == 1 else None


def _texts(content: Any, at: tuple[str, ...]) -> Any:
    """Texts at places of plain names, which a step can name; nothing within lists."""
    if isinstance(content, str) and at:
        yield at, content
    elif isinstance(content, dict):
        for name, inner in content.items():
            if re.fullmatch(r"\w+", name):
                yield from _texts(inner, (*at, name))
