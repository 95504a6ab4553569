"""A WSDL and all it imports, fetched once, checked and written down; nobody asks for it again."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from urllib.parse import urldefrag, urljoin

from adapters.base import Deadline, failed
from adapters.decode import Element, as_xml, parse_xml, xml_characters
from adapters.egress import Egress, Origin, Outgoing
from adapters.manifest import WsdlRule
from adapters.soap.schemas import RENDITIONS
from adapters.web import charset_of, check_status
from contracts.errors import Fault
from contracts.text import text

DOCUMENTS = 64
"""Documents of one description, at most."""

OCTETS = 2 << 20
"""Octets of one document, at most."""

Load = Callable[[str], Awaitable[str]]
"""From an address to a document's characters. Raises AgencyFailed."""

_XSD = "{http://www.w3.org/2001/XMLSchema}"
_WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
_SCHEMAS = (f"{_XSD}import", f"{_XSD}include", f"{_XSD}redefine")
_KEY = re.compile(r'["\\]')


def over(egress: Egress, origin: Origin, deadline: Deadline) -> Load:
    """Documents from one origin, through the only way out; a redirect to another is refused there."""

    async def load(url: str) -> str:
        reply = await egress.send(Outgoing("GET", url), origin, deadline, OCTETS)
        check_status(reply.status)
        return xml_characters(reply.body, charset_of(reply.headers))[0]

    return load


async def freeze(url: str, load: Load, given: Mapping[str, str] | None = None) -> WsdlRule:
    """The description at `url` with everything it imports, each from the same origin or from `given`.

    `given` holds documents that are at hand already, by address: they are not fetched. Standard schemas are
    neither fetched nor kept: we have renditions of our own. Raises AgencyFailed: an import from elsewhere,
    a document that is no XML, too many.
    """
    origin, waiting, documents = Origin.of(url), [url], dict[str, str]()
    while waiting:
        address = waiting.pop()
        if address in documents or address in RENDITIONS:
            continue
        if len(documents) == DOCUMENTS:
            raise failed(Fault.TOO_LARGE)
        characters = (given or {}).get(address)
        if characters is None:
            _check_origin(address, origin)
            characters = await load(address)
        root = parse_xml(characters)
        waiting += [urldefrag(urljoin(address, place)).url for place in _imports(root)]
        documents[address] = as_xml(root)
    return WsdlRule(entry=url, documents=documents)


def _check_origin(address: str, origin: Origin) -> None:
    if Origin.of(address) != origin:
        raise failed(
            Fault.NOT_ADMITTED,
            text("接口描述引用了其他来源的文件", "The description imports a document of another origin"),
        )


def _imports(root: Element) -> Iterator[str]:
    """Where a document says that its other parts are; a standard schema without a place gets ours."""
    for node in root.iter(f"{_WSDL}import"):
        if location := node.get("location"):
            yield location
    for node in root.iter(*_SCHEMAS):
        if location := node.get("schemaLocation"):
            yield location
        elif (namespace := str(node.get("namespace"))) in RENDITIONS:
            # Toolkits of the nineties leave the place out; without one the types in it are unknown.
            node.set("schemaLocation", namespace)


def as_yaml(wsdl: WsdlRule) -> str:
    """The lines of a manifest that hold a frozen description."""
    lines = ["wsdl:", f"  entry: {_quoted(wsdl.entry)}", "  documents:"]
    for address, document in wsdl.documents.items():
        lines += [f"    {_quoted(address)}: |-"]
        lines += [f"      {line.rstrip()}".rstrip() for line in document.strip().splitlines()]
    return "\n".join(lines) + "\n"


def _quoted(words: str) -> str:
    return '"' + _KEY.sub(r"\\\g<0>", words) + '"'
