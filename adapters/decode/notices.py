"""What comes with dropped files, as a document for paths: an XML notice as objects, a CSV table as rows."""

from __future__ import annotations

import csv
import io
from typing import Any

from adapters.decode.octets import as_text, unreadable
from adapters.decode.xmltext import Element, local, parse_xml

DEPTH = 64
"""Elements within one another, at most."""


def xml_document(octets: bytes) -> dict[str, Any]:
    """An XML document as objects, lists and texts, for paths that know only those.

    Attributes and child elements stand under their local names, several of one name as a list; an element
    with neither is its text, otherwise its text stands under `text`. Raises AgencyFailed (unreadable).
    """
    root = parse_xml(octets)
    return {local(root.tag): _element(root, DEPTH)}


def _element(element: Element, depth: int) -> Any:
    if depth == 0:
        raise unreadable("XML 层次过深", "XML nested too deeply")
    children = [child for child in element if isinstance(child.tag, str)]
    words = "".join(piece or "" for piece in (element.text, *(child.tail for child in children))).strip()
    parts = [(local(name), str(value)) for name, value in element.attrib.items()]
    parts += [(local(child.tag), _element(child, depth - 1)) for child in children]
    if not parts:
        return words
    found: dict[str, list[Any]] = {}
    for name, value in [*parts, *([("text", words)] if words else [])]:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def csv_document(octets: bytes) -> dict[str, Any]:
    """A CSV table (RFC 4180) with its first line as column names: `{"rows": [{column: text}], "first": …}`.

    `first` is the first row once more, for what is the same in every row; {} without rows. UTF-8 or
    GB 18030. Raises AgencyFailed (unreadable): also for a line with more or fewer fields.
    """
    characters, _ = as_text(octets)
    try:
        lines = [line for line in csv.reader(io.StringIO(characters, newline=""), strict=True) if line]
    except csv.Error:
        raise unreadable("不是有效的 CSV", "not valid CSV") from None
    names = [name.strip() for name in lines[0]] if lines else []
    if len(set(names)) != len(names) or "" in names or any(len(line) != len(names) for line in lines):
        raise unreadable("CSV 列名或列数有误", "CSV columns that are unnamed, repeated or uneven")
    rows = [dict(zip(names, map(str.strip, line), strict=True)) for line in lines[1:]]
    return {"rows": rows, "first": dict(rows[0]) if rows else {}}
