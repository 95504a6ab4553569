"""The pages of connecting: papers, operations, question, sample, mapping, result."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from adapters.drafting.tables import likely_kind
from adapters.drafting.targets import asked_by, targets
from contracts.audit import EntryKind, Subject
from contracts.catalogue import KINDS
from contracts.errors import AskMalformed, LandbridgeError, NoSuchThing
from contracts.exchange import KEYS, KindSlug, Slug
from contracts.material import digest_of
from contracts.text import text
from gateway.api.documents import Version
from gateway.api.door import house_of
from gateway.api.versions import which_of
from gateway.console.connect import bench as benches
from gateway.console.connect.bench import Bench, check_drafted, open_bench, proposed, sample_of
from gateway.console.connect.mapping import as_sent, mapping_of, parts_from, titles
from gateway.console.connect.question import asked, conditions_of, typed
from gateway.console.connect.result import characters_of, result_of
from gateway.console.connect.titles import key_title, title_in
from gateway.console.door import Admitted, Expected, Guest, Posted, go, show, show_soon
from gateway.console.rendering import HEADERS, language_of
from gateway.intake.folder import DropFolder

if TYPE_CHECKING:
    from datetime import datetime

    from contracts.audit import Draft
    from gateway.console.connect.bench import AtHand
    from gateway.console.forms import Form
    from gateway.house import House
    from gateway.papers import Paper

router = APIRouter(prefix="/console/agencies/{agency}/connect", include_in_schema=False)


async def on_bench(request: Request, guest: Admitted, agency: Slug, version: Version) -> Bench:
    """The draft that a page is about, once it is known that it is this person's to see."""
    del guest
    return await open_bench(house_of(request), agency, version)


LOOKED_AT = 200
"""Tables, at most, for which a page says what they look like."""

OnBench = Annotated[Bench, Depends(on_bench)]


def place_of(bench: Bench, kind: str = "") -> str:
    """The page of a draft on the bench, or of one of its materials."""
    return f"/console/agencies/{bench.agency}/connect/{bench.number}" + (f"/{kind}" if kind else "")


async def again(house: House, bench: Bench) -> Bench:
    """The same draft as it stands now."""
    return await open_bench(house, bench.agency, bench.number)


@router.get("/{version}")
async def bench_page(request: Request, visitor: Expected, agency: Slug, version: Version) -> Response:
    """What the agency declares, and the materials drafted so far."""
    await house_of(request).registry.check_version(*which_of(agency), version)

    async def found(_: Guest) -> dict[str, Any]:
        return await _on_bench(request, await open_bench(house_of(request), agency, version))

    return show_soon(request, visitor, "connect/bench.html", found, agency=agency, number=version)


async def bench_again(request: Request, guest: Guest, bench: Bench, problem: LandbridgeError) -> Response:
    """The draft's page after what was to be done with it was not."""
    named = {"agency": bench.agency, "number": bench.number}
    facts = await _on_bench(request, bench) | named
    return await show(request, guest, "connect/bench.html", problem=problem, **facts)


async def _on_bench(request: Request, bench: Bench) -> dict[str, Any]:
    drops = house_of(request).settings.drops
    inbox = DropFolder(drops / bench.agency).inbox.relative_to(drops)
    facts: dict[str, Any] = {"bench": bench, "kinds": KINDS, "key_title": key_title, "title_in": title_in}
    facts |= {"drops": drops.absolute(), "inbox": inbox, "place": place_of(bench)}
    dropped = bench.protocol == "filedrop"
    facts["there"] = {kind for kind, material in bench.materials.items() if dropped or material.get("ask")}
    tables = [each for each in bench.description.operations if bench.protocol == "table" and each.usable]
    facts["likely"] = {each.name: likely_kind(each) for each in tables[:LOOKED_AT]}
    return facts


@router.post("/{version}")
async def add(request: Request, guest: Admitted, form: Posted, bench: OnBench) -> Response:
    """Another material from one of the operations."""
    house, kind = house_of(request), form.get("kind")
    try:
        await benches.add(house, bench, kind, form.get("operation"), guest.entry(EntryKind.DRAFTED))
    except LandbridgeError as error:
        return await bench_again(request, guest, bench, error)
    return go(place_of(bench, kind))


@router.post("/{version}/{kind}/removal")
async def remove(request: Request, guest: Admitted, _form: Posted, bench: OnBench, kind: Slug) -> Response:
    """Take a material out of the draft, also one that somebody wrote by hand and that there is no kind of."""
    house = house_of(request)
    try:
        document = benches.removed(bench, kind)
        await benches.save(house, bench, document, guest.entry(EntryKind.DRAFTED))
    except LandbridgeError as error:
        return await bench_again(request, guest, bench, error)
    return go(place_of(bench))


def _sample_put(guest: Guest, bench: Bench, octets: bytes) -> Draft:
    """It may be about persons, so the log has who brought it."""
    subject = Subject(
        type="agency", id=bench.agency, version=bench.number, digest=digest_of(octets), note="sample put"
    )
    return guest.entry(EntryKind.TRIED, subject=subject, agencies=(bench.agency,), personal=True)


@router.get("/{version}/{kind}")
async def material_page(
    request: Request, guest: Admitted, agency: Slug, version: Version, kind: KindSlug
) -> Response:
    """One material: its question, a reply, the mapping, and what comes of it."""
    draft = await house_of(request).registry.version(*which_of(agency), version)
    check_drafted(draft.text, kind)

    async def found(_: Guest) -> dict[str, Any]:
        return await _facts(request, await open_bench(house_of(request), agency, version), kind)

    return show_soon(request, guest, "connect/material.html", found, kind=KINDS[kind])


async def _material(
    request: Request,
    guest: Guest,
    bench: Bench,
    kind: str,
    problem: LandbridgeError,
    form: Form | None = None,
) -> Response:
    facts = await _facts(request, bench, kind, form)
    return await show(
        request, guest, "connect/material.html", **facts | {"kind": KINDS[kind], "problem": problem}
    )


async def _facts(request: Request, bench: Bench, kind: str, form: Form | None = None) -> dict[str, Any]:
    """A material's question, its sample if there is one, and what the mapping makes of it."""
    house = house_of(request)
    material = bench.material(kind)
    facts: dict[str, Any] = {
        "mapping": None,
        "sample": None,
        "paper": None,
        "result": None,
        "charset": "",
        "problem": None,
    }
    try:
        if at_hand := await sample_of(house, bench, kind):
            facts |= await asyncio.to_thread(_looked, bench, kind, at_hand, house.clock())
    except LandbridgeError as error:
        facts["problem"] = error
    return facts | {
        "bench": bench,
        "place": place_of(bench, kind),
        "above": place_of(bench),
        "material": material,
        "operation": benches.asked_of(bench, kind),
        "conditions": typed(form) if form and "table" in form else conditions_of(material["ask"]),
        "keys": [
            asked_by(name)
            for name in dict.fromkeys(("project_code", "project_name", *material.get("ask_by", ())))
            if name in KEYS
        ],
        "all_keys": [asked_by(name) for name in KEYS],
        "known": _tried(form) if form else {},
        "key_title": key_title,
        "title_in": title_in,
        "functions": titles(),
        "titles": {each.name: text(each.zh, each.en) for each in targets(kind)},
    }


def _tried(form: Form) -> dict[str, str]:
    """The keys of the project that a question is tried with."""
    return {name.removeprefix("try:"): form.get(name) for name in form.names() if name.startswith("try:")}


def _looked(bench: Bench, kind: str, at_hand: AtHand, now: datetime) -> dict[str, Any]:
    """A sample with its mapping, what comes of that, and what else it may be; work, so done in a thread."""
    sample, octets, paper = at_hand
    material = bench.material(kind)
    mapping = mapping_of(material, sample, proposed(bench, kind, sample).materials[0])
    document = benches.changed(bench, kind, parts_from(as_sent(mapping), material, mapping))
    result = result_of(document, bench.agency, kind, octets, paper, now)
    charset = characters_of(octets, paper.media_type)[1]
    return {
        "charset": charset,
        "sample": sample,
        "paper": paper,
        "mapping": mapping,
        "result": result,
    }


@router.post("/{version}/{kind}/question")
async def question(
    request: Request, guest: Admitted, form: Posted, bench: OnBench, kind: KindSlug
) -> Response:
    """Keep the question, and with `try` ask it."""
    house = house_of(request)
    entry = guest.entry(EntryKind.DRAFTED)
    try:
        await benches.save(house, bench, benches.with_question(bench, kind, asked(form)), entry)
        if "try" in form:
            benches.check_author(bench, guest.id)
            bench = await again(house, bench)
            told = await benches.ask(house, bench, kind, _tried(form), guest.id)
            if told is not None:
                raise AskMalformed(told)
            await benches.read(house, await again(house, bench), kind, entry)
    except LandbridgeError as error:
        return await _material(request, guest, await again(house, bench), kind, error, form)
    return go(place_of(bench, kind))


@router.post("/{version}/{kind}/sample")
async def sample(request: Request, guest: Admitted, form: Posted, bench: OnBench, kind: KindSlug) -> Response:
    """A reply at hand instead of one asked for: a file, or pasted."""
    house = house_of(request)
    octets = form.files.get("file") or form.raw("pasted").encode()
    title = form.titles.get("file") or "pasted"
    try:
        benches.check_author(bench, guest.id)
        bench.material(kind)
        if not octets.strip():
            raise AskMalformed(text("请选择文件，或粘贴返回内容", "Choose a file, or paste a reply"))
        await house.log.append(_sample_put(guest, bench, octets))
        told = {"media_type": form.get("media_type"), "title": title}
        await house.papers.put((bench.agency, bench.number), kind, octets, by=guest.id, **told)
        await benches.read(house, await again(house, bench), kind, guest.entry(EntryKind.DRAFTED))
    except LandbridgeError as error:
        return await _material(request, guest, await again(house, bench), kind, error)
    return go(place_of(bench, kind))


async def _mapped(house: House, form: Form, bench: Bench, kind: str) -> tuple[str, bytes, Paper]:
    """The draft's text with what the form says; the sample. Raises NoSuchThing without one."""
    at_hand = await sample_of(house, bench, kind)
    if at_hand is None:
        raise NoSuchThing(text("还没有样例返回", "There is no sample yet"))
    return await asyncio.to_thread(_as_sent, form, bench, kind, at_hand), *at_hand[1:]


def _as_sent(form: Form, bench: Bench, kind: str, at_hand: AtHand) -> str:
    material, sample = bench.material(kind), at_hand[0]
    shown = mapping_of(material, sample, proposed(bench, kind, sample).materials[0])
    return benches.changed(bench, kind, parts_from(form, material, shown))


@router.post("/{version}/{kind}/mapping")
async def save_mapping(
    request: Request, guest: Admitted, form: Posted, bench: OnBench, kind: KindSlug
) -> Response:
    """Keep the mapping as it stands in the form."""
    house = house_of(request)
    try:
        document, _, _ = await _mapped(house, form, bench, kind)
        await benches.save(house, bench, document, guest.entry(EntryKind.DRAFTED))
    except LandbridgeError as error:
        return await _material(request, guest, bench, kind, error)
    return go(place_of(bench, kind), "mapping")


@router.post("/{version}/{kind}/preview")
async def preview(
    request: Request, _guest: Admitted, form: Posted, bench: OnBench, kind: KindSlug
) -> Response:
    """What the form would make of the sample; nothing is kept."""
    document, octets, paper = await _mapped(house_of(request), form, bench, kind)
    now = house_of(request).clock()
    found = await asyncio.to_thread(result_of, document, bench.agency, kind, octets, paper, now)
    return JSONResponse(found.told(language_of(request)), headers=HEADERS)
