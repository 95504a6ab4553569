"""What an agency's own papers tell of its interface: a WSDL, an OpenAPI document, an address."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from adapters.base import Deadline, ProbeStep
from adapters.decode import xml_characters
from adapters.drafting import fetching
from adapters.drafting import openapi as openapi_room
from adapters.drafting import wsdl as wsdl_room
from adapters.egress import Egress, Origin
from adapters.manifest import Connection, WsdlRule
from adapters.manifest.parts import SECRET
from adapters.soap import freeze
from adapters.table import blamed
from contracts.errors import AgencyFailed, AskMalformed, Fault, ManifestInvalid
from contracts.text import text
from gateway.api.databases import tables_at
from gateway.api.upkeep import steps_shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.drafting import Description
    from contracts.errors import LandbridgeError
    from gateway.api.upkeep import StepShown

SECONDS = 60
"""How long fetching a description and all its parts may take."""

_UPLOADED = "http://uploaded.invalid/service.wsdl"
"""Stands for the place of a WSDL that came as a file (RFC 2606 §2): nobody asks there."""


_NOWHERE = text(
    "文件中没有可用的接口地址，请在“地址”中填写",
    "The file names no address that can be asked: give the address as well",
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a front-end database, as somebody typed it."""

    schema: str = "public"
    user: str = ""
    password: str = field(default="", repr=False)
    tls: str = "verify"


@dataclass(frozen=True, slots=True)
class Papers:
    """What somebody has of an agency's interface: an address or octets of its description; or a notice."""

    protocol: str
    address: str = ""
    octets: bytes = b""
    title: str = ""
    form: str = "zip"
    allow_private: bool = False
    reader: Reader = Reader()

    @property
    def asked_at(self) -> str:
        """Scheme, host and port of the address to be asked for a description; none where nobody is asked.

        Raises AskMalformed.
        """
        if self.protocol == "table":
            return fetching.server_of(self.address)
        return place_asked(self.address) if self.address and not self.octets else ""


@dataclass(frozen=True, slots=True)
class Begun:
    """The frame that papers give, the WSDL to be frozen with it; an OpenAPI document or tables to be kept."""

    frame: dict[str, Any]
    wsdl: WsdlRule | None = None
    openapi: bytes = b""
    tables: bytes = b""


async def begun(papers: Papers) -> Begun:
    """What papers tell of the connection. Raises AskMalformed; AgencyFailed where an address was asked."""
    if papers.protocol == "filedrop":
        return Begun({"protocol": "filedrop", "drop": {"form": papers.form}})
    if papers.protocol == "table":
        return await _database(papers)
    if not (papers.address or papers.octets):
        raise AskMalformed(text("请填写地址，或选择文件", "Give an address, or choose a file"))
    if papers.address:
        place_asked(papers.address)
    try:
        return await (_service(papers) if papers.protocol == "soap" else _interface(papers))
    except ManifestInvalid as error:
        raise AskMalformed(error.detail) from None
    except AgencyFailed as error:
        if not papers.octets:
            raise
        raise AskMalformed(error.detail) from None  # whoever chose the file is to choose another


async def _database(papers: Papers) -> Begun:
    """Which tables there are, read with what was typed; the password has no place in the safe yet."""
    reader = papers.reader
    fetching.check_named(reader.user)
    if not reader.user or not reader.password:
        raise AskMalformed(
            text("请填写数据库账号和口令", "Give the account at the database and its password")
        )
    part = {"schema": reader.schema, "user": reader.user, "tls": reader.tls}
    connection = fetching.database(papers.address, part, allow_private=papers.allow_private)
    found = await tables_at(connection, (reader.user, reader.password))
    said = {"protocol": "table", "base": connection.base, "table": part | {"password": None}}
    return Begun(said | {"allow_private": papers.allow_private or None}, tables=found)


def typed_before(content: Mapping[str, Any]) -> dict[str, str]:
    """The way to the database that a manifest names, as its form has it; but for what is in the safe."""
    try:
        said = Connection.model_validate(content.get("connection"))
    except ValidationError:
        return {}
    if said.table is None:
        return {}
    form = {"protocol": "table", "address": said.base, "schema": said.table.schema_name}
    user = "" if SECRET.fullmatch(said.table.user) else said.table.user
    form |= {"user": user, "tls": f"tls-{said.table.tls}"}
    return form | ({"allow_private": "1"} if said.allow_private else {})


def steps_of(problem: LandbridgeError | None) -> tuple[StepShown, ...]:
    """How far one got at a database: settings, connection, credentials. None where nothing was tried."""
    if not isinstance(problem, AgencyFailed):
        return ()
    admitted = problem.fault is not Fault.NOT_ADMITTED
    passed = {"settings": _ADMITTED} if admitted else {}
    shown = steps_shown((passed | blamed(problem, passed)).values())
    todo = _HERE.get(problem.fault)
    if todo is None:
        return shown
    return tuple(each.model_copy(update={"remedy": todo}) if each.passed is False else each for each in shown)


_ADMITTED = ProbeStep("settings", passed=True, detail=text("配置可用", "The settings can be used"))

_HERE = {
    Fault.NOT_ADMITTED: text(
        "若地址在政务内网或本机，请勾选下方的对应选项，再点“下一步”",
        "If the address is within a private network, or this machine, tick that box below, then Next",
    ),
    Fault.UNAUTHORISED: text(
        "请在下方重新填写账号和口令，再点“下一步”；权限不足时请对方数据库管理员授权",
        "Type the account and its password anew below, then Next; for rights ask their administrator",
    ),
    Fault.NO_SUCH_ADDRESS: text(
        "请在下方核对地址末尾的库名，再点“下一步”",
        "Check the database's name at the end of the address below, then Next",
    ),
    Fault.TOO_LARGE: text(
        "请对方另建一个只含所需表或视图的模式，在下方填写其名称",
        "Have a schema made that holds just the tables or views that are needed, and name it below",
    ),
}
"""What to do where nothing is published yet and nothing is in the safe: all of it stands in the form."""


async def _service(papers: Papers) -> Begun:
    wsdl = await _wsdl(papers)
    address = _address(papers, wsdl_room.described(wsdl))
    path = urlsplit(address).path or "/"
    return Begun(_connection(papers, "soap", address) | {"soap": {"path": path}}, wsdl=wsdl)


async def _interface(papers: Papers) -> Begun:
    described = papers.octets or (await _octets(papers) if _describes(papers.address) else b"")
    address = _address(papers, openapi_room.described(described)) if described else papers.address
    return Begun(_connection(papers, "rest", address), openapi=described)


def _address(papers: Papers, found: Description) -> str:
    """Where the interface stands: what was typed, or what the description says of itself."""
    if papers.address:
        return papers.address
    try:
        place_asked(found.address or "")
    except AskMalformed:
        raise AskMalformed(_NOWHERE) from None
    return found.address or ""


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
    said = {"protocol": protocol, "base": fetching.base_of(address)}
    return said | {"allow_private": papers.allow_private or None}


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
    async with Egress() as egress:
        return await fetching.wsdl_at(
            egress, papers.address, Deadline.after(SECONDS), allow_private=papers.allow_private
        )


async def _octets(papers: Papers) -> bytes:
    async with Egress() as egress:
        return await fetching.octets_at(
            egress, papers.address, Deadline.after(SECONDS), allow_private=papers.allow_private
        )
