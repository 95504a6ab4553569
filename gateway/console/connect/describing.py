"""What an agency's own papers tell of its interface: a WSDL, an OpenAPI document, an address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from adapters.base import Deadline
from adapters.decode import xml_characters
from adapters.drafting import fetching
from adapters.drafting import openapi as openapi_room
from adapters.drafting import wsdl as wsdl_room
from adapters.egress import Egress, Origin
from adapters.manifest import WsdlRule
from adapters.soap import freeze
from contracts.errors import AgencyFailed, AskMalformed
from contracts.text import text

SECONDS = 60
"""How long fetching a description and all its parts may take."""

_UPLOADED = "http://uploaded.invalid/service.wsdl"
"""Stands for the place of a WSDL that came as a file (RFC 2606 §2): nobody asks there."""


@dataclass(frozen=True, slots=True)
class Papers:
    """What somebody has of an agency's interface: an address or octets of its description; or a notice."""

    protocol: str
    address: str = ""
    octets: bytes = b""
    title: str = ""
    form: str = "zip"
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Begun:
    """The frame that papers give, the WSDL to be frozen with it, and an OpenAPI document to be kept."""

    frame: dict[str, Any]
    wsdl: WsdlRule | None = None
    openapi: bytes = b""


async def begun(papers: Papers) -> Begun:
    """What papers tell of the connection. Raises AgencyFailed, AskMalformed."""
    if papers.protocol == "soap":
        wsdl = await _wsdl(papers)
        found = wsdl_room.described(wsdl)
        address = papers.address or found.address or ""
        path = urlsplit(address).path or "/"
        return Begun(_connection(papers, "soap", address) | {"soap": {"path": path}}, wsdl=wsdl)
    if papers.protocol == "filedrop":
        return Begun({"protocol": "filedrop", "drop": {"form": papers.form}})
    if not (papers.address or papers.octets):
        raise AskMalformed(text("请填写地址，或选择文件", "Give an address, or choose a file"))
    connection = _connection(papers, "rest", papers.address)
    described = papers.octets or (await _octets(papers) if _describes(papers.address) else b"")
    if described:
        openapi_room.described(described)
    return Begun(connection, openapi=described)


def _describes(address: str) -> bool:
    """Whether an address is that of a description, not of the interface itself."""
    return address.split("?", maxsplit=1)[0].endswith((".json", ".yaml", ".yml", "openapi", "api-docs"))


def place_asked(address: str) -> str:
    """Scheme, host and port of an address; no path, for that may hold anything. Raises AskMalformed."""
    try:
        found = Origin.of(address)
    except AgencyFailed:
        raise AskMalformed(
            text("地址应以 http:// 或 https:// 开头", "An address begins with http:// or https://")
        ) from None
    return f"{found.scheme}://{found.host}:{found.port}"


def _connection(papers: Papers, protocol: str, address: str) -> dict[str, Any]:
    said: dict[str, Any] = {"protocol": protocol}
    if address:
        said["base"] = fetching.base_of(address)
    return said | ({"allow_private": True} if papers.allow_private else {})


async def _wsdl(papers: Papers) -> WsdlRule:
    if papers.octets:

        async def load(url: str) -> str:
            if url != _UPLOADED:
                raise AskMalformed(
                    text(
                        "该 WSDL 引用了其他文件，请改填其地址",
                        "This WSDL imports other files: give its address instead",
                    )
                )
            return xml_characters(papers.octets)[0]

        return await freeze(_UPLOADED, load)
    if not papers.address:
        raise AskMalformed(text("请填写 WSDL 地址，或选择文件", "Give the WSDL's address, or choose a file"))
    async with Egress() as egress:
        return await fetching.wsdl_at(
            egress, papers.address, Deadline.after(SECONDS), allow_private=papers.allow_private
        )


async def _octets(papers: Papers) -> bytes:
    async with Egress() as egress:
        return await fetching.octets_at(
            egress, papers.address, Deadline.after(SECONDS), allow_private=papers.allow_private
        )
