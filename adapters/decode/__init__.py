"""From a reply's octets to a document: bounded, strict, and knowing afterwards what has been looked at."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from adapters.decode import soap
from adapters.decode.jsontext import parse_json
from adapters.decode.notices import csv_document, xml_document
from adapters.decode.octets import CHARSETS, Inflater, as_text, header, inflate, unreadable
from adapters.decode.paths import Path, Sight, Use
from adapters.decode.soap import fault_in
from adapters.decode.xmltext import Element, as_xml, drained, parse_xml, parsing, plain, xml_characters
from adapters.decode.xpaths import XmlPath, XmlSight

__all__ = [
    "Document",
    "Element",
    "Eyes",
    "Inflater",
    "Path",
    "Sight",
    "Step",
    "Use",
    "XmlPath",
    "XmlSight",
    "as_text",
    "as_xml",
    "csv_document",
    "decode",
    "decoding",
    "drained",
    "fault_in",
    "gives_xml",
    "header",
    "inflate",
    "parse_json",
    "parse_xml",
    "sight_of",
    "unreadable",
    "xml_characters",
    "xml_document",
]


@dataclass(frozen=True, slots=True)
class Step:
    """One decoding step on the whole, or, with `at`, on what stands at a place of plain names in JSON.

    `json`, `xml`, `base64`; `html` undoes escaped markup (`&lt;` for `<`); `soap` opens an envelope, and
    `soap_result` the one string within it. XML at a place becomes part of the JSON around it.
    """

    how: str
    at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What the octets say; `relabelled` tells when the charset that fitted is not the one declared."""

    content: Any
    relabelled: str | None = None


def gives_xml(steps: Sequence[Step]) -> bool:
    """Whether what these steps give is XML, and its paths XPaths."""
    return next((step.how for step in reversed(steps) if not step.at), "") in ("xml", "soap")


class Eyes(Protocol):
    """Looks into one document, by paths of its kind, and knows what nobody looked at."""

    def find(self, path: Any, within: Any) -> Any:
        """What stands at the path within a part of the document; None when nothing does."""

    def rows(self, path: Any, within: Any) -> Any:
        """The rows at the path; None when nothing stands there."""

    def open(self, within: Any, names: Mapping[str, Use]) -> Mapping[str, Any]:
        """What a row says under these names, in one look: as `find`, `rows` and `pass_over` of each would."""

    def is_row(self, item: Any) -> bool:
        """Whether something can be read as a row."""

    def pass_over(self, path: Any, within: Any) -> None:
        """Count what stands at the path, and everything below it, as looked at."""

    def unseen(self) -> Iterator[str]:
        """Paths of the leaves nobody looked at, each once."""


def sight_of(content: Any) -> Eyes:
    """Eyes for a document, of the kind it is."""
    return XmlSight(content) if isinstance(content, Element) else Sight(content)


def decode(octets: bytes, declared: str, steps: Sequence[Step]) -> Document:
    """Run a manifest's decoding steps over a reply. Raises AgencyFailed: unreadable, too large, declined."""
    return drained(decoding(octets, declared, steps))


def decoding(octets: bytes, declared: str, steps: Sequence[Step]) -> Generator[None, None, Document]:
    """As `decode`, with a pause after every slice of a long text."""
    content: Any = octets
    label = _Label()
    for step in steps:
        if step.at:
            _decode_at(content, step, declared)
        elif step.how in _XML:
            root = yield from parsing(_characters(content, declared, label, xml_characters))
            content = _XML[step.how](root)
        else:
            content = _undo(step.how, _characters(content, declared, label, _as_said))
    return Document(content, label.relabelled)


_XML: Mapping[str, Callable[[Element], Any]] = {
    "xml": lambda root: root,
    "soap": soap.content_of,
    "soap_result": lambda root: soap.result_of(soap.content_of(root)),
}


class _Label:
    """What the octets of a reply were called, outer ones first, and what they were."""

    def __init__(self) -> None:
        self.relabelled: str | None = None

    def note(self, said: str, charset: str) -> None:
        if charset != CHARSETS.get(said.lower(), "utf-8") and self.relabelled is None:
            self.relabelled = f"{said or 'none'} -> {charset}"


def _as_said(octets: bytes, declared: str) -> tuple[str, str, str]:
    return (*as_text(octets, declared), declared)


def _characters(
    content: Any, declared: str, label: _Label, read: Callable[[bytes, str], tuple[str, str, str]]
) -> str:
    if isinstance(content, bytes):
        characters, charset, said = read(content, declared)
        label.note(said, charset)
        return characters
    if isinstance(content, str):
        return content
    raise unreadable("内层内容不是文本", "the inner content is not a text")


def _decode_at(document: Any, step: Step, declared: str) -> None:
    """Replace what stands at the step's place; an absent or empty one stays: "none" has no content."""
    *way, last = step.at
    for name in way:
        document = document.get(name) if isinstance(document, dict) else None
    if not isinstance(document, dict) or document.get(last) in (None, ""):
        return
    if step.how == "xml":
        inner = _characters(document[last], declared, _Label(), xml_characters)
        document[last] = plain(parse_xml(inner))
    else:
        document[last] = _undo(step.how, _characters(document[last], declared, _Label(), _as_said))


def _undo(how: str, content: str) -> Any:
    if how == "json":
        return parse_json(content)
    if how == "html":
        return html.unescape(content)
    bare = content.partition(",")[2] if content.startswith("data:") else content
    try:
        return base64.b64decode("".join(bare.split()), validate=True)
    except ValueError:
        raise unreadable("Base64 无效", "invalid Base64") from None
