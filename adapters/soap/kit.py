"""The SOAP kit's adapter: arguments into envelopes, faults out of replies."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adapters.base import Deadline, ProbeStep, failed
from adapters.decode import fault_in, parse_xml
from adapters.decode.soap import SOAP_11, SOAP_12
from adapters.egress import Outgoing
from adapters.manifest import AskRule, Manifest
from adapters.manifest.parts import PLACEHOLDER, SECRET
from adapters.soap.wsdl import MARK, Built, built
from adapters.web import Fill, Values, WebAdapter, filled, with_query
from contracts.errors import AgencyFailed, Fault
from contracts.exchange import Evidence
from contracts.text import text

_ARGUMENT = re.compile(r"\{argument\.(\w+)\}")


@dataclass(frozen=True, slots=True)
class _Envelope:
    """A question's envelope: its marks stand for templates, filled and escaped each time it is asked."""

    built: Built
    templates: tuple[str, ...]

    def filled(self, values: Values, secret: Fill) -> str:
        """The envelope as it is sent."""

        def one(mark: re.Match[str]) -> str:
            template = self.templates[int(mark[1])]
            return html.escape(filled(template, values, secret, _escape_for(template)))

        return MARK.sub(one, self.built.envelope)


def _escape_for(template: str) -> Fill:
    """How values are escaped in an argument: it may be XML or JSON within the envelope's own XML."""
    start = template.lstrip()[:1]
    if start == "<":
        return html.escape
    if start in ("{", "[") and not PLACEHOLDER.match(template.lstrip()):
        return lambda value: json.dumps(value, ensure_ascii=False)[1:-1]
    return str


class SoapAdapter(WebAdapter):
    """One agency asked in SOAP envelopes as its manifest and its frozen WSDL say.

    The manifest's endpoint is asked, whatever address the WSDL gives.
    """

    def __init__(self, manifest: Manifest, *rest: Any) -> None:
        super().__init__(manifest, *rest)
        self._envelopes: dict[int, _Envelope] = {}

    def _outgoing(self, ask: AskRule, values: Values, secret: Fill) -> Outgoing:
        envelope = self._envelope(ask)
        headers = (*self._headers(secret), *envelope.built.headers)
        return Outgoing("POST", self._url(secret), headers, envelope.filled(values, secret).encode())

    def _asked_of(self, ask: AskRule, values: Values) -> dict[str, str]:
        body = self._envelope(ask).filled(values, str)
        return {"method": "POST", "url": self._url(str), "body": body}

    def _url(self, secret: Fill) -> str:
        connection = self._manifest.connection
        return with_query(connection.base + connection.soap.path, self._query({}, secret))

    def _refused(self, evidence: Evidence) -> None:
        """A fault comes with a bad status (SOAP 1.1 §6.2): what it says is more precise than the status."""
        if not 200 <= evidence.status < 300:
            try:
                fault = fault_in(*self._octets(evidence))
            except AgencyFailed:
                fault = None
            if fault is not None:
                raise fault
        super()._refused(evidence)

    async def _try_settings(self, deadline: Deadline) -> list[ProbeStep]:
        for rule in self._manifest.materials:
            for ask in (rule.first.ask, rule.ask):
                self._envelope(ask)
        return await super()._try_settings(deadline)

    def _envelope(self, ask: AskRule) -> _Envelope:
        """The question's envelope, made when it is first asked. Raises AgencyFailed (off contract)."""
        known = self._envelopes.get(id(ask))
        if known is None:
            known = self._envelopes[id(ask)] = self._made(ask)
        return known

    def _made(self, ask: AskRule) -> _Envelope:
        templates: list[str] = []
        make = self._of_our_own if ask.envelope is not None else self._from_wsdl
        try:
            envelope = make(ask, lambda template: _marked(template, templates))
        except Exception as error:
            detail = text(
                f"无法生成请求报文（{type(error).__name__}），请核对 operation、arguments 与 wsdl",
                f"No envelope can be built ({type(error).__name__}): check operation, arguments and wsdl",
            )
            raise failed(Fault.OFF_CONTRACT, detail) from error
        return _Envelope(envelope, tuple(templates))

    def _from_wsdl(self, ask: AskRule, mark: Fill) -> Built:
        wsdl = self._manifest.wsdl
        if wsdl is None or ask.operation is None:
            raise LookupError("wsdl")
        marks: list[str] = []

        def noted(template: str) -> str:
            marks.append(mark(template))
            return marks[-1]

        arguments = _each(ask.arguments, noted)
        envelope = built(wsdl, self._manifest.connection.soap.port, ask.operation, arguments)
        if any(envelope.envelope.count(one) != 1 for one in marks if MARK.fullmatch(one)):
            raise ValueError("an argument of a type that takes no text")
        return envelope

    def _of_our_own(self, ask: AskRule, mark: Fill) -> Built:
        """The manifest's envelope; whole arguments and single values become marks."""
        raw = _ARGUMENT.sub(lambda found: mark(str(ask.arguments[found[1]])), ask.envelope or "")
        raw = PLACEHOLDER.sub(lambda found: mark(found[0]), raw)
        raw = SECRET.sub(lambda found: mark(found[0]), raw)
        namespace = str(parse_xml(raw).tag).removeprefix("{").partition("}")[0]
        if namespace not in (SOAP_11, SOAP_12):
            raise ValueError("not a SOAP envelope")
        action = ask.action or ""
        if namespace == SOAP_11:
            headers = (("SOAPAction", f'"{action}"'), ("Content-Type", "text/xml; charset=utf-8"))
            return Built(raw.strip(), headers)
        media = f'application/soap+xml; charset=utf-8; action="{action}"'
        return Built(raw.strip(), (("Content-Type", media),))


def _marked(template: str, templates: list[str]) -> str:
    """A mark for a template with places in it; a constant stands for itself, so that it fits its type."""
    if not PLACEHOLDER.search(template) and not SECRET.search(template):
        return template
    templates.append(template)
    return f"\ue000{len(templates) - 1}\ue001"


def _each(content: Any, change: Callable[[str], str]) -> Any:
    if isinstance(content, str):
        return change(content)
    if isinstance(content, dict):
        return {name: _each(item, change) for name, item in content.items()}
    return [_each(item, change) for item in content] if isinstance(content, list) else content
