"""A draft on the bench: its text, what its agency declares, the samples at hand; and each step of making it.

The text is the draft's version in the registry and nothing else: whoever prefers YAML edits the same.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from adapters.drafting import (
    Description,
    Draft,
    Drop,
    Frame,
    Sample,
    Wish,
    asking_parts,
    catalogue,
    drafted,
    drop_parts,
    informed,
    opened,
    opened_notice,
    reading_parts,
)
from adapters.drafting import openapi as openapi_room
from adapters.drafting import wsdl as wsdl_room
from adapters.drafting.asking import template
from adapters.drafting.editing import (
    asked_otherwise,
    content_of,
    materials_of,
    only_asking,
    with_frame,
    with_material,
    without_material,
)
from adapters.drafting.tables import about_of
from adapters.manifest import WsdlRule
from adapters.soap import as_yaml
from adapters.web import charset_of
from contracts.audit import EntryKind, Subject
from contracts.catalogue import KINDS
from contracts.conflicts import DocumentInvalid, WrongState
from contracts.errors import AgencyFailed, AskMalformed, LandbridgeError, ManifestInvalid, NoSuchThing
from contracts.exchange import KEYS
from contracts.material import digest_of
from contracts.problems import Told
from contracts.text import Text, text
from gateway.api import documents
from gateway.api.documents import Written
from gateway.api.door import read_words
from gateway.api.versions import which_of
from gateway.console.connect.describing import Papers, begun
from gateway.papers import CATALOGUE, OPENAPI
from gateway.trials import Trial, TrialOrder
from gateway.trials.samples import one

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.drafting.drafts import Operation, Protocol
    from contracts.audit import Draft as Entry
    from gateway.api.documents import VersionText, Which
    from gateway.house import House
    from gateway.papers import Paper

_PROTOCOLS: tuple[Protocol, ...] = ("soap", "rest", "filedrop", "table")

_PLACE = re.compile(r"\{([a-z_]+)\}")


_UNDRAFTED = text("草稿中没有这种材料", "The draft has no such material")


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
        return which_of(self.agency)

    @property
    def protocol(self) -> Protocol:
        """How the agency is asked."""
        return _protocol(self.content)

    @property
    def materials(self) -> dict[str, dict[str, Any]]:
        """Its materials by kind; parts that are of no use as they were written are absent."""
        return {kind: _usable(material) for kind, material in materials_of(self.content).items()}

    def material(self, kind: str) -> dict[str, Any]:
        """One of them. Raises NoSuchThing."""
        materials = self.materials
        if kind not in materials:
            raise NoSuchThing(_UNDRAFTED)
        return materials[kind]


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
    return isinstance(value, dict) if name in ("arguments", "query", "form", "where") else value is not None


def _protocol(content: Mapping[str, Any]) -> Protocol:
    connection = content.get("connection")
    said = connection.get("protocol") if isinstance(connection, dict) else None
    return next((each for each in _PROTOCOLS if each == said), "rest")


async def begin(
    house: House, agency: str, frame: Mapping[str, Any], papers: Papers, entry: Entry, by: str
) -> int:
    """A new draft of an agency, or one that adds to what is in force. Raises AgencyFailed, AskMalformed.

    Whatever address is asked for a description, the log has it first.
    """
    which = which_of(agency)
    if asked_at := papers.asked_at:
        subject = Subject(type="address", id=asked_at, note=f"description of {agency}")
        told = {"kind": EntryKind.TRIED, "agencies": (agency,), "subject": subject}
        await house.log.append(entry.model_copy(update=told))
    found = await begun(papers)
    standing = await house.registry.in_force(*which)
    document = standing.text if standing else ""
    if document and _protocol(content_of(document)) != found.frame["protocol"]:
        document = asked_otherwise(document, found.frame)
    document = with_frame(document or "{}", {"agency": agency, **frame, "connection": found.frame})
    if found.wsdl is not None:
        document = with_frame(document, {"wsdl": None}) + as_yaml(found.wsdl)
    made = await documents.draft(house, which, Written(text=document), entry)
    number, title = made.version.version, papers.title or papers.address
    for name, octets in ((OPENAPI, found.openapi), (CATALOGUE, found.tables)):
        if octets:
            await house.papers.put((agency, number), name, octets, by=by, title=title)
    return number


async def open_bench(house: House, agency: str, number: int) -> Bench:
    """A version as it lies on the bench; broken YAML lies there as nothing. Raises NoSuchThing."""
    version = await documents.version_text(house, which_of(agency), number)
    content = _content(version.text)
    papers = await house.papers.listed((agency, number))
    return Bench(agency, version, content, await _described(house, content, papers), papers)


def check_drafted(document: str, kind: str) -> None:
    """Raises NoSuchThing: this material is not in the draft."""
    if kind not in _kinds_in(document):
        raise NoSuchThing(_UNDRAFTED)


@lru_cache(64)
def _kinds_in(document: str) -> frozenset[str]:
    """Asked at every step of one draft's mapping."""
    return frozenset(materials_of(_content(document)))


def _content(document: str) -> dict[str, Any]:
    """What a text says; broken YAML says nothing."""
    try:
        return content_of(document)
    except LandbridgeError:
        return {}


async def _described(house: House, content: Mapping[str, Any], papers: Mapping[str, Paper]) -> Description:
    """What the agency declares; nothing where that was edited into what nobody can read."""
    try:
        if isinstance(content.get("wsdl"), dict):
            wsdl = WsdlRule.model_validate(content["wsdl"])
            return await asyncio.to_thread(wsdl_room.described, wsdl)
        if CATALOGUE in papers:
            octets = await house.papers.octets(papers[CATALOGUE])
            return await asyncio.to_thread(catalogue.described, octets)
        if OPENAPI in papers:
            octets = await house.papers.octets(papers[OPENAPI])
            return await asyncio.to_thread(openapi_room.described, octets)
    except (ValidationError, AgencyFailed):
        pass
    return Description(_protocol(content), ())


def proposed(bench: Bench, kind: str, sample: Sample | None, operation: str | None = None) -> Draft:
    """What drafting makes of one kind. Raises AskMalformed for a kind or operation that there is none of."""
    if kind not in KINDS:
        raise AskMalformed(text("请选择材料类别", "Choose a kind of material"))
    if operation and bench.description.operation(operation) is None:
        raise AskMalformed(text("没有这个操作", "There is no such operation"))
    asks = (bench.materials.get(kind) or {}).get("ask") or {}
    wish = Wish(kind, operation or operation_of(asks), sample, _strings(asks.get("arguments")))
    return drafted(Frame(bench.agency), bench.description, [wish])


def operation_of(asks: Mapping[str, Any]) -> str | None:
    """What a question asks: the operation, or the table."""
    named = asks.get("operation") or asks.get("table")
    return str(named) if named else None


def asked_of(bench: Bench, kind: str) -> Operation | None:
    """What the kind is asked from; None where that is not among what the agency declares."""
    return bench.description.operation(operation_of(bench.material(kind).get("ask") or {}) or "")


def _strings(arguments: Any) -> dict[str, str]:
    given = arguments if isinstance(arguments, dict) else {}
    return {name: value for name, value in given.items() if isinstance(value, str)}


def changed(bench: Bench, kind: str, parts: Mapping[str, Any]) -> str:
    """The text with these parts of a material. Raises DocumentInvalid where it is no YAML to be changed."""
    try:
        return with_material(bench.version.text, kind, parts)
    except ManifestInvalid as error:
        raise DocumentInvalid(error.detail) from None


def removed(bench: Bench, kind: str) -> str:
    """The text without a material. Raises DocumentInvalid."""
    try:
        return without_material(bench.version.text, kind)
    except ManifestInvalid as error:
        raise DocumentInvalid(error.detail) from None


def check_author(bench: Bench, person: str) -> None:
    """Raises WrongState for a draft of somebody else's: its samples are theirs as its text is."""
    if bench.version.version.author != person:
        raise WrongState(
            text("草稿只能由其作者修改；可另建草稿", "A draft is its author's to edit; begin one of your own")
        )


async def add(house: House, bench: Bench, kind: str, operation: str, entry: Entry) -> None:
    """Another material, asked for by this operation. Raises AskMalformed, and as `Registry.edit`."""
    made = proposed(bench, kind, None, operation or None)
    document = changed(bench, kind, asking_parts(made.materials[0]))
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
    before = bench.materials.get(kind, {}).get("ask", {})
    structured = {
        name: value for name, value in before.get("arguments", {}).items() if not isinstance(value, str)
    }
    asked = {**before, **ask, "arguments": (structured | arguments) or None}
    parts = {name: value for name, value in asked.items() if value}
    said = json.dumps(parts, ensure_ascii=False)
    keys = [key for key in KEYS if key in _PLACE.findall(said)]
    return changed(bench, kind, {"ask_by": keys or None, "ask": parts or None})


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
    if not any(known.values()):
        return text("请填写项目代码或名称", "Give the project's code or its name")
    document = only_asking(bench.version.text, kind, keys)
    found = await house.registry.version(*bench.which, bench.number)
    asking = replace(found, text=document, digest=digest_of(document.encode()))
    code = known.get("project_code") or None
    names = {name: (value,) for name, value in known.items() if name != "project_code" and value}
    order = read_words(TrialOrder, {"project_code": code, "known": names, "kinds": (kind,)})
    reply = await house.trials.pull(asking, order, person)
    if reply.status != 200:
        told = Told.of(reply.body)
        return Text(zh=f"{told.title.zh}：{told.detail.zh}", en=f"{told.title.en}: {told.detail.en}")
    tried = Trial.model_validate_json(reply.body).kinds
    replies = [each for number in tried for each in number.replies]  # the one that tells most comes last
    if not replies:
        failed = next((each.error for each in reversed(tried) if each.error), None)
        return failed.detail if failed else text("没有发出提问", "Nothing was asked")
    evidence = await one(house.vault, bench.agency, replies[-1].evidence)
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
    sample = await asyncio.to_thread(opened, octets, declared)
    return informed(sample, bench.description, asked_of(bench, kind)), octets, paper


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
    material = bench.material(kind)
    about = parts["about"] | about_of(material["ask"].get("where") or {})
    if keys := material.get("ask_by"):
        parts["about"] = {key: about.get(key, "unstated") for key in keys}
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
