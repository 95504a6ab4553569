"""The only XML parser of the house: no DTD, no entities, no network, bounded, in slices (XML 1.0)."""

from __future__ import annotations

import codecs
import re
from collections.abc import Generator, Iterator
from typing import Any, TypeVar

from lxml import etree

from adapters.base import failed
from adapters.decode.octets import as_text, unreadable
from contracts.errors import Fault

Element = etree._Element  # noqa: SLF001  lxml's own name for what it parses to
"""An element of a parsed document."""

DEPTH = 64
"""Elements within elements, at most."""

MARKS = 1_000_000
"""Opening angle brackets of one document, at most; there is at least one to every element."""

SLICE = 1 << 16
"""Characters parsed at once: about half a millisecond."""

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"

Done = TypeVar("Done")

_DECLARED = re.compile(r"\A\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([\w.-]+)[\"']")
_DECLARATION = re.compile(r"\A\s*<\?xml\s[^>]*\?>")
_PROLOG = re.compile(r"(?:\s++|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_TOO_DEEP = etree.XPath("boolean(" + "/*" * (DEPTH + 1) + ")")


def drained(work: Generator[None, None, Done]) -> Done:
    """What work in slices comes to, done in one go."""
    while True:
        try:
            next(work)
        except StopIteration as stop:
            done: Done = stop.value
            return done


def parse_xml(content: bytes | str, declared: str = "") -> Element:
    """The root of an XML text. Raises AgencyFailed: unreadable, too large.

    Octets are read in the charset that fits (see `xml_characters`). A document type declaration is refused,
    and with it every entity but the five of XML itself; so are more than a million marks and elements
    deeper than 64. Comments and processing instructions are left out.
    """
    return drained(parsing(content if isinstance(content, str) else xml_characters(content, declared)[0]))


def as_xml(root: Element) -> str:
    """An element written out, as characters without a declaration."""
    return etree.tostring(root, encoding="unicode").strip()


def xml_characters(octets: bytes, declared: str = "") -> tuple[str, str, str]:
    """The characters of an XML text, the charset that fits, and the one it was said to be in.

    The text's own declaration speaks before `declared`, the transport's word (RFC 7303 has it the other way
    round; agencies' servers label everything alike). Raises AgencyFailed (unreadable).
    """
    if octets[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return (*as_text(octets, "utf-16"), "utf-16")
    found = _DECLARED.match(octets[:400].decode("latin-1").removeprefix("ï»¿"))
    said = found[1] if found else declared
    characters, charset = as_text(octets, said)
    return characters, charset, said


def parsing(characters: str) -> Generator[None, None, Element]:
    """As `parse_xml`, with a pause after every slice."""
    # What stands in the declaration is about octets that have become characters already.
    text = _DECLARATION.sub("", characters, count=1)
    prolog = _PROLOG.match(text)
    if text.startswith("<!", prolog.end() if prolog else 0):
        raise unreadable("不允许文档类型声明", "a document type declaration")
    if text.count("<") > MARKS:
        raise failed(Fault.TOO_LARGE)
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
        encoding="utf-8",
    )
    try:
        for start in range(0, len(text), SLICE):
            parser.feed(text[start : start + SLICE].encode())
            yield
        root = parser.close()
    except (etree.LxmlError, ValueError) as error:
        where = getattr(error, "position", None) or (0, 0)
        raise unreadable(
            f"不是完整的 XML（第 {where[0]} 行）", f"not a complete XML text (line {where[0]})"
        ) from None
    _check(root)
    return root


def _check(root: Element) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise unreadable("不允许文档类型声明", "a document type declaration")
    if _TOO_DEEP(root):
        raise unreadable("XML 层次过深", "XML nested too deeply")


def local(name: Any) -> str:
    """A name without its namespace."""
    return str(name).rpartition("}")[2]


def is_leaf(element: Element) -> bool:
    """Whether an element holds no others."""
    return len(element) == 0


def said(element: Element) -> str | None:
    """The text of an element, None when it says by itself that it has none (xsi:nil)."""
    if element.get(XSI + "nil") in ("true", "1"):
        return None
    return element.text or ""


def plain(element: Element) -> Any:
    """An element as JSON would have it: leaves are texts, names that repeat are lists, attributes `@name`.

    For XML inside JSON, whose paths are JMESPaths.
    """
    found: dict[str, Any] = {f"@{local(name)}": value for name, value in _attributes(element)}
    for child in element:
        name, value = local(child.tag), plain(child)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    if is_leaf(element) and not found:
        return said(element)
    text = (element.text or "").strip()
    return found | ({"#text": text} if text else {})


def _attributes(element: Element) -> Iterator[tuple[str, str]]:
    return ((str(name), str(value)) for name, value in element.items() if not str(name).startswith(XSI))
