"""A description fetched from the one address a person named, through the only way out."""

from __future__ import annotations

from urllib.parse import urlsplit

from adapters.base import Deadline
from adapters.drafting.openapi import OCTETS
from adapters.egress import Egress, Origin, Outgoing
from adapters.manifest import WsdlRule
from adapters.soap import freeze, over
from adapters.web import check_status


async def wsdl_at(egress: Egress, url: str, deadline: Deadline, *, allow_private: bool) -> WsdlRule:
    """The WSDL at an address with all it imports from the same origin. Raises AgencyFailed."""
    origin = Origin.of(url, allow_private=allow_private)
    return await freeze(url, over(egress, origin, deadline))


async def octets_at(egress: Egress, url: str, deadline: Deadline, *, allow_private: bool) -> bytes:
    """The OpenAPI document at an address. Raises AgencyFailed."""
    origin = Origin.of(url, allow_private=allow_private)
    reply = await egress.send(Outgoing("GET", url), origin, deadline, OCTETS)
    check_status(reply.status)
    return reply.body


def base_of(url: str) -> str:
    """Scheme, host and port of an address, as a manifest's base."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
