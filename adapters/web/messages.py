"""Questions filled in and escaped; what a reply's status, headers and first octets already say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlencode

from adapters.base import failed
from adapters.decode import header, unreadable
from adapters.manifest import ReplyRule
from adapters.manifest.parts import PLACEHOLDER, SECRET
from contracts.errors import AgencyFailed, Fault
from contracts.exchange import Evidence

Fill = Callable[[str], str]
"""Fills the placeholders and secret references of a template."""

Values = Mapping[str, str]
"""What stands in for the placeholders of a question, by name."""

_TOKEN = re.compile(f"{PLACEHOLDER.pattern}|{SECRET.pattern}")
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w-]+)", re.IGNORECASE)
_PAGE = re.compile(rb"\s*<(!doctype\s+)?html\b", re.IGNORECASE)
_STATUSES = {
    401: Fault.UNAUTHORISED,
    403: Fault.UNAUTHORISED,
    404: Fault.NO_SUCH_ADDRESS,
    410: Fault.NO_SUCH_ADDRESS,
    429: Fault.SHEDDING,
}


def filled(template: str, values: Values, secret: Fill, escape: Fill = str) -> str:
    """A template with its places filled, in one pass: what is filled in is never read as a template again.

    Each value, a secret too, goes through `escape`. Places of keys that are not asked by stay empty.
    """

    def one(found: re.Match[str]) -> str:
        return escape(values.get(found[1], "") if found[1] else secret(found[0]))

    return _TOKEN.sub(one, template)


def with_query(url: str, query: Mapping[str, str]) -> str:
    """An address with a query, every value escaped (RFC 3986)."""
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}{urlencode(query, quote_via=quote, safe='')}" if query else url


def check_status(status: int) -> None:
    """Raises the AgencyFailed that a status stands for (RFC 9110 §15); 2xx passes."""
    if 200 <= status < 300:
        return
    if status in _STATUSES:
        raise failed(_STATUSES[status])
    if 300 <= status < 400:
        raise failed(Fault.REDIRECTED)
    raise failed(Fault.BROKEN if status >= 500 else Fault.DECLINED)


def charset_of(headers: tuple[tuple[str, str], ...]) -> str:
    """The charset that a reply's headers declare, empty when they do not."""
    found = _CHARSET.search(header(headers, "content-type"))
    return found[1] if found else ""


def page_instead() -> AgencyFailed:
    """The error for a reply that is a login or maintenance page."""
    return unreadable("返回的是网页", "a web page came instead")


def is_page(octets: bytes) -> bool:
    """Whether octets are a web page, whatever their headers call them."""
    return _PAGE.match(octets) is not None


def no_page(octets: bytes, evidence: Evidence, reply: ReplyRule) -> bytes:
    """The octets, unless they are a login or maintenance page. Raises AgencyFailed (unreadable)."""
    said_page = header(evidence.headers, "content-type").lower().startswith("text/html")
    expects_markup = bool(reply.decode) and reply.decode[0].how in ("xml", "soap", "soap_result")
    if said_page or is_page(octets) or (not expects_markup and octets.lstrip()[:1] == b"<"):
        raise page_instead()
    return octets
