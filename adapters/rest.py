"""The REST kit: questions in path, query, form or JSON; replies in JSON, in XML, or one within the other."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

from adapters.base import failed
from adapters.egress import Outgoing
from adapters.manifest import AskRule
from adapters.web import Fill, Values, WebAdapter, filled, with_query
from contracts.errors import Fault


class RestAdapter(WebAdapter):
    """One agency asked over plain HTTP as its manifest says (RFC 9110)."""

    def _outgoing(self, ask: AskRule, values: Values, secret: Fill) -> Outgoing:
        headers, body = self._headers(secret), _body(ask, values, secret)
        if body is not None:
            media = "application/x-www-form-urlencoded" if ask.form is not None else "application/json"
            headers = (*headers, ("Content-Type", media))
        return Outgoing(ask.method, self._url(ask, values, secret), headers, body)

    def _asked_of(self, ask: AskRule, values: Values) -> dict[str, str]:
        body = _body(ask, values, str)
        asked = {"method": ask.method, "url": self._url(ask, values, str)}
        return asked if body is None else {**asked, "body": body.decode()}

    def _url(self, ask: AskRule, values: Values, secret: Fill) -> str:
        path = "/".join(_segment(part, values) for part in ask.path.split("/"))
        query = {name: filled(value, values, secret) for name, value in ask.query.items()}
        return with_query(self._manifest.connection.base + path, self._query(query, secret))


def _segment(template: str, values: Values) -> str:
    segment = quote(filled(template, values, str), safe="")
    if segment in (".", ".."):
        raise failed(Fault.NOT_ADMITTED)
    return segment


def _body(ask: AskRule, values: Values, secret: Fill) -> bytes | None:
    if ask.form is not None:
        form = {name: filled(value, values, secret) for name, value in ask.form.items()}
        return urlencode(form, quote_via=quote, safe="").encode()
    if ask.json_body is None:
        return None
    return json.dumps(_filled_in(ask.json_body, values, secret), ensure_ascii=False).encode()


def _filled_in(content: Any, values: Values, secret: Fill) -> Any:
    if isinstance(content, str):
        return filled(content, values, secret)
    if isinstance(content, dict):
        return {name: _filled_in(item, values, secret) for name, item in content.items()}
    return [_filled_in(item, values, secret) for item in content] if isinstance(content, list) else content
