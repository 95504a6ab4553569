"""What a frozen WSDL declares, and the envelopes that can be built from it (WSDL 1.1, SOAP 1.1 and 1.2).

zeep reads the description and builds each envelope once, with marks where values go. It opens no
connection: its transport hands out what was frozen, and nothing else.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from adapters.base import failed
from adapters.decode import Element, as_xml, parse_xml
from adapters.manifest import WsdlRule
from adapters.soap.schemas import RENDITIONS
from contracts.errors import Fault

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"

MARK = re.compile("\ue000(\\d+)\ue001")
"""A place in an envelope; both characters are for private use (Unicode §23.5) and refused in values."""

_NOT_SOAP = "not a SOAP binding over HTTP"
_TWICE = "another operation of the port has the same name"


@dataclass(frozen=True, slots=True)
class Declared:
    """One operation of a WSDL; `reason` says why no envelope can be built for it, None when one can."""

    service: str
    port: str
    operation: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Built:
    """An envelope with marks in it, and the headers it is sent with."""

    envelope: str
    headers: tuple[tuple[str, str], ...]


class _Shelf:
    """zeep's transport: the frozen documents and our renditions, by address."""

    def __init__(self, documents: Mapping[str, str]) -> None:
        self._documents = documents

    def load(self, url: str) -> bytes:
        """One document. Raises AgencyDeclined (not admitted) for any other address."""
        found = self._documents.get(url) or RENDITIONS.get(url)
        if found is None:
            raise failed(Fault.NOT_ADMITTED)
        return found.encode()


@cache
def _zeep() -> Any:
    """Loaded with the first description: a tenth of a start, which many starts never need."""
    import zeep.wsdl.bindings  # noqa: PLC0415  see above

    # Below that it writes whole messages, with the values in them.
    logging.getLogger("zeep").setLevel(logging.WARNING)
    return zeep


def _is_soap(binding: Any) -> bool:
    bindings = _zeep().wsdl.bindings
    return type(binding) in (bindings.Soap11Binding, bindings.Soap12Binding)


def _opened(wsdl: WsdlRule) -> tuple[Any, list[str]]:
    """What zeep makes of the description, and what it warned of while leaving things out."""
    for document in wsdl.documents.values():
        parse_xml(document)  # zeep's own parser is more patient than ours
    zeep = _zeep()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        opened = zeep.wsdl.Document(
            wsdl.entry, _Shelf(wsdl.documents), settings=zeep.Settings(forbid_dtd=True)
        )
    return opened, [str(warning.message) for warning in told]


def built(wsdl: WsdlRule, port: str | None, operation: str, arguments: Mapping[str, Any]) -> Built:
    """The envelope of an operation at a port (the first SOAP port without one).

    Raises LookupError when there is no such operation, and whatever zeep raises for unfit arguments.
    """
    opened, _ = _opened(wsdl)
    candidates: list[Any] = [
        found.binding
        for service in opened.services.values()
        for found in service.ports.values()
        if _is_soap(found.binding) and port in (None, found.name)
    ]
    binding = next((one for one in candidates if operation in one.all()), None)
    if binding is None:
        raise LookupError(operation)
    description = binding.get(operation)
    positional = () if arguments.get("") is None else (arguments[""],)
    message = description.create(*positional, **_named(arguments))
    binding._set_http_headers(message, description)  # noqa: SLF001  the only way to them without a client
    return Built(as_xml(message.content), tuple((str(k), str(v)) for k, v in message.headers.items()))


def _named(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name}


def inventory(wsdl: WsdlRule) -> list[Declared]:
    """Every operation of every port, those zeep leaves out among them. Raises AgencyFailed for no XML."""
    roots = [parse_xml(document) for document in wsdl.documents.values()]
    try:
        opened, told = _opened(wsdl)
    except Exception as error:  # noqa: BLE001  whatever zeep cannot read, each operation says so
        reason = f"the description cannot be read: {type(error).__name__}"
        return [Declared(*place, reason=reason) for place, _ in _declared(roots)]
    return [Declared(*place, reason=_reason(opened, told, place, count)) for place, count in _declared(roots)]


def _declared(roots: list[Element]) -> Iterator[tuple[tuple[str, str, str], int]]:
    """Service, port and operation as written, and how many of that name the port had before."""
    bindings = {
        str(binding.get("name")): [
            str(operation.get("name")) for operation in binding.findall(f"{WSDL}operation")
        ]
        for root in roots
        for binding in root.iter(f"{WSDL}binding")
    }
    for root in roots:
        for service in root.iter(f"{WSDL}service"):
            for port in service.findall(f"{WSDL}port"):
                names = bindings.get(str(port.get("binding")).rpartition(":")[2], [])
                for index, name in enumerate(names):
                    place = (str(service.get("name")), str(port.get("name")), name)
                    yield place, names[:index].count(name)


def _reason(opened: Any, told: list[str], place: tuple[str, str, str], before: int) -> str | None:
    service, port, operation = place
    found: Any = opened.services[service].ports.get(port) if service in opened.services else None
    if found is None or not _is_soap(found.binding):
        return _NOT_SOAP
    if before:
        return _TWICE
    if operation not in found.binding.all():
        return next(
            (words for words in told if f"{operation!r}" in words or operation in words), "left out by zeep"
        )
    try:
        found.binding.get(operation).input.signature()
    except Exception as error:  # noqa: BLE001  zeep's messages may hold anything
        return f"its input cannot be typed: {type(error).__name__}"
    return None
