"""A draft on the bench: its text, what its agency declares, the samples at hand; and each step of making it.

The text is the draft's version in the registry and nothing else: whoever prefers YAML edits the same.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from adapters.base import Deadline
from adapters.decode import xml_characters
from adapters.drafting import (
    Description,
    Draft,
    Drop,
    Frame,
    Sample,
    Wish,
    asking_parts,
    drafted,
    drop_parts,
    fetching,
    opened,
    opened_notice,
    reading_parts,
)
from adapters.drafting import openapi as openapi_room
from adapters.drafting import wsdl as wsdl_room
from adapters.drafting.asking import template
from adapters.drafting.editing import content_of, materials_of, only_asking, with_frame, with_material
from adapters.drafting.targets import KEYS
from adapters.egress import Egress
from adapters.manifest import WsdlRule
from adapters.soap import as_yaml, freeze
from adapters.web import charset_of
from contracts.catalogue import KINDS
from contracts.errors import AgencyFailed, AskMalformed, LandbridgeError, NoSuchThing
from contracts.material import digest_of
from contracts.text import Text, text
from gateway.api import documents
from gateway.api.documents import Which, Written
from gateway.papers import OPENAPI
from gateway.registry import DocumentKind
from gateway.trials import TrialOrder
from gateway.trials.samples import one

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.drafting.drafts import Protocol
    from contracts.audit import Draft as Entry
    from gateway.api.documents import VersionText
    from gateway.house import House
    from gateway.papers import Paper

SECONDS = 60
"""How long fetching a description and all its parts may take."""

_UPLOADED = "http://uploaded.invalid/service.wsdl"
"""Stands for the place of a WSDL that came as a file (RFC 2606 §2): nobody asks there."""

_PROTOCOLS: dict[str, Protocol] = {"soap": "soap", "rest": "rest", "filedrop": "filedrop"}

_PLACE = re.compile(r"\{([a-z_]+)\}")


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


@dataclass(frozen=True, slots=True)
class Bench:
    """A draft as it stands."""

    agency: str
    version: VersionText
    content: Mapping[str, Any]
    description: Description
    papers: Mapping[str, Paper]

    @property
    def number(self) -> int:
        """The draft's version."""
        return self.version.version.version

    @property
    def which(self) -> Which:
        """The document."""
        return Which(DocumentKind.AGENCY, self.agency)

    @property
    def protocol(self) -> str:
        """How the agency is asked."""
        return _protocol(self.content)

    @property
    def materials(self) -> dict[str, dict[str, Any]]:
        """Its materials by kind; parts that are of no use as they were written are absent."""
        return {kind: _usable(material) for kind, material in materials_of(self.content).items()}

    def material(self, kind: str) -> dict[str, Any]:
        """One of them. Raises NoSuchThing."""
        if kind not in self.materials:
            raise NoSuchThing(text("草稿中没有这种材料", "The draft has no such material"))
        return self.materials[kind]


_MAPPINGS, _LISTS = ("ask", "fields", "legal", "attachments"), ("ask_by", "ignore", "around")


def _usable(material: Mapping[str, Any]) -> dict[str, Any]:
    """Whoever edits YAML by hand may write anything anywhere; the version's problems tell them."""
    kept = {name: value for name, value in material.items() if value is not None}
    wrong = [name for name in _MAPPINGS if not isinstance(kept.get(name), dict)]
    wrong += [name for name in _LISTS if not isinstance(kept.get(name), list)]
    parts = {name: value for name, value in kept.items() if name not in wrong}
    asked = parts.get("ask", {})
    parts["ask"] = {name: value for name, value in asked.items() if _fits(name, value)}
    return parts


def _fits(name: str, value: object) -> bool:
    """Whether a part of a question is of the form its field has."""
    return isinstance(value, dict) if name in ("arguments", "query", "form") else value is not None


def _protocol(content: Mapping[str, Any]) -> str:
    connection = content.get("connection")
    said = connection.get("protocol") if isinstance(connection, dict) else None
    return said if said in ("soap", "rest", "filedrop") else "rest"


async def begun(papers: Papers) -> Begun:
    """What papers tell of the connection. Raises AgencyFailed, AskMalformed."""
    if papers.protocol == "soap":
        wsdl = await _wsdl(papers)
        found = wsdl_room.described(wsdl)
        address = papers.address or found.address or ""
        return Begun(_connection(papers, "soap", address) | {"soap": {"path": _path(address)}}, wsdl=wsdl)
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


def _connection(papers: Papers, protocol: str, address: str) -> dict[str, Any]:
    said: dict[str, Any] = {"protocol": protocol}
    if address:
        said["base"] = fetching.base_of(address)
    return said | ({"allow_private": True} if papers.allow_private else {})


def _path(address: str) -> str:
    found = re.match(r"[a-z]+://[^/]+(/[^?#]*)", address)
    return found[1] if found else "/"


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


async def begin(
    house: House, agency: str, frame: Mapping[str, Any], papers: Papers, entry: Entry, by: str
) -> int:
    """A new draft of an agency, or one that adds to what is in force. Raises AgencyFailed, AskMalformed."""
    found = await begun(papers)
    which = Which(DocumentKind.AGENCY, agency)
    standing = (await house.registry.current(which.kind)).get(agency)
    document = standing.text if standing else ""
    document = with_frame(document or "{}", {"agency": agency, **frame, "connection": found.frame})
    if found.wsdl is not None:
        document = with_frame(document, {"wsdl": None}) + as_yaml(found.wsdl)
    made = await documents.draft(house, which, Written(text=document), entry)
    number = made.version.version
    if found.openapi:
        title = papers.title or papers.address
        await house.papers.put((agency, number), OPENAPI, found.openapi, by=by, title=title)
    return number


async def open_bench(house: House, agency: str, number: int) -> Bench:
    """A version as it lies on the bench; broken YAML lies there as nothing. Raises NoSuchThing."""
    version = await documents.version_text(house, Which(DocumentKind.AGENCY, agency), number)
    try:
        content = content_of(version.text)
    except LandbridgeError:
        content = {}
    papers = await house.papers.listed((agency, number))
    return Bench(agency, version, content, await _described(house, content, papers), papers)


async def _described(house: House, content: Mapping[str, Any], papers: Mapping[str, Paper]) -> Description:
    """What the agency declares; nothing where that was edited into what nobody can read."""
    try:
        if isinstance(content.get("wsdl"), dict):
            wsdl = WsdlRule.model_validate(content["wsdl"])
            return await asyncio.to_thread(wsdl_room.described, wsdl)
        if OPENAPI in papers:
            octets = await house.papers.octets(papers[OPENAPI])
            return await asyncio.to_thread(openapi_room.described, octets)
    except (ValidationError, AgencyFailed):
        pass
    return Description(_PROTOCOLS[_protocol(content)], ())


def proposed(bench: Bench, kind: str, sample: Sample | None, operation: str | None = None) -> Draft:
    """What drafting makes of one kind. Raises AskMalformed for a kind or operation that there is none of."""
    if kind not in KINDS:
        raise AskMalformed(text("请选择材料类别", "Choose a kind of material"))
    if operation and bench.description.operation(operation) is None:
        raise AskMalformed(text("没有这个操作", "There is no such operation"))
    asks = (bench.materials.get(kind) or {}).get("ask") or {}
    wish = Wish(kind, operation or asks.get("operation"), sample, _strings(asks.get("arguments")))
    return drafted(Frame(bench.agency), bench.description, [wish])


def _strings(arguments: Any) -> dict[str, str]:
    given = arguments if isinstance(arguments, dict) else {}
    return {name: value for name, value in given.items() if isinstance(value, str)}


async def add(house: House, bench: Bench, kind: str, operation: str, entry: Entry) -> None:
    """Another material, asked for by this operation. Raises AskMalformed, and as `Registry.edit`."""
    made = proposed(bench, kind, None, operation or None)
    document = with_material(bench.version.text, kind, asking_parts(made.materials[0]))
    if made.port:
        document = with_frame(document, {"connection": {"soap": {"port": made.port}}})
    await save(house, bench, document, entry)


async def save(house: House, bench: Bench, document: str, entry: Entry) -> None:
    """Another text for the draft; nothing is done where it is the same."""
    if document != bench.version.text:
        await documents.edit(house, bench.which, bench.number, Written(text=document), entry)


def with_question(bench: Bench, kind: str, ask: Mapping[str, Any]) -> str:
    """The text with this question: examples become templates, and their places say what it is asked by."""
    arguments = {name: template(value) for name, value in (ask.get("arguments") or {}).items() if value}
    asked = {**ask, "arguments": arguments or None}
    parts = {name: value for name, value in asked.items() if value}
    said = json.dumps(parts, ensure_ascii=False)
    keys = [key for key in KEYS if key in _PLACE.findall(said)]
    return with_material(bench.version.text, kind, {"ask_by": keys or None, "ask": parts or None})


async def ask(house: House, bench: Bench, kind: str, known: Mapping[str, str], person: str) -> Text | None:
    """Ask the agency, as this draft says and under the trial's grant; the reply becomes the kind's sample.

    Gives what went wrong, in words; None when there is a sample. The log has it either way.
    """
    keys = bench.material(kind).get("ask_by") or ()
    if not keys:
        return text(
            "问题中没有项目的名称或编号：请在参数中写入占位符，如 {project_name}",
            "The question names no project: put a place such as {project_name} into it",
        )
    document = only_asking(bench.version.text, kind, keys)
    found = await house.registry.version(*bench.which, bench.number)
    asking = replace(found, text=document, digest=digest_of(document.encode()))
    code = known.get("project_code") or None
    order = TrialOrder.model_validate(
        {
            "project_code": code,
            "known": {name: (value,) for name, value in known.items() if name != "project_code" and value},
            "kinds": (kind,),
        }
    )
    reply = await house.trials.pull(asking, order, person)
    body = json.loads(reply.body)
    if reply.status != 200:
        return Text(zh=f"{body['title']}：{body['detail']}", en=f"{body['title_en']}: {body['detail_en']}")
    tried = body["kinds"][0] if body["kinds"] else {}
    if not tried.get("replies"):
        told = (tried.get("error") or {}).get("detail")
        return Text.model_validate(told) if told else text("没有发出提问", "Nothing was asked")
    evidence = await one(house.vault, bench.agency, tried["replies"][-1]["evidence"])
    kept = {name.lower(): value for name, value in evidence.headers}.get("content-type", "")
    await house.papers.put(
        (bench.agency, bench.number), kind, evidence.body, by=person, media_type=kept, title="live"
    )
    return None


AtHand = tuple["Sample", bytes, "Paper"]
"""A sample as it reads, its octets, and where it is from."""


async def sample_of(house: House, bench: Bench, kind: str) -> AtHand | None:
    """The kind's sample as it reads, its octets, where it is from; None without one. Raises AgencyFailed."""
    paper = bench.papers.get(kind)
    if paper is None:
        return None
    octets = await house.papers.octets(paper)
    if bench.protocol == "filedrop":
        return await asyncio.to_thread(opened_notice, octets, _form(paper.title)), octets, paper
    declared = charset_of((("Content-Type", paper.media_type),))
    return await asyncio.to_thread(opened, octets, declared), octets, paper


def _form(name: str) -> Any:
    ending = name.rpartition(".")[2].lower()
    if ending not in {"xml", "json", "csv"}:
        raise AskMalformed(
            text("投递清单应为 .xml、.json 或 .csv 文件", "A notice is an .xml, .json or .csv file")
        )
    return ending


async def read(house: House, bench: Bench, kind: str, entry: Entry) -> None:
    """Write down how the sample reads: its steps, success, rows, what it is about; fields come with people.

    Raises AgencyFailed for a sample that does not read.
    """
    at_hand = await sample_of(house, bench, kind)
    if at_hand is None:
        return
    sample, _, paper = at_hand
    made = await asyncio.to_thread(proposed, bench, kind, sample)
    parts = reading_parts(made.materials[0])
    if keys := bench.material(kind).get("ask_by"):
        parts["about"] = {key: parts["about"].get(key, "unstated") for key in keys}
    document = bench.version.text
    if bench.protocol == "filedrop":
        form = ((bench.content.get("connection") or {}).get("drop") or {}).get("form", "zip")
        made = drafted(
            Frame(bench.agency),
            bench.description,
            [Wish(kind, None, sample)],
            drop=Drop(form, paper.title, _form(paper.title)),
        )
        parts = asking_parts(made.materials[0]) | reading_parts(made.materials[0])
        if made.drop is not None:
            document = with_frame(document, {"connection": {"drop": drop_parts(made.drop)}})
    await save(house, bench, with_material(document, kind, parts), entry)
