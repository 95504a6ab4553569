"""The pages of connecting: papers, operations, question, sample, mapping, result."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from adapters.drafting.editing import content_of, with_frame
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
from gateway.console.connect import bench as benches
from gateway.console.connect.bench import Bench, open_bench, proposed, sample_of
from gateway.console.connect.describing import Papers, Reader, steps_of, typed_before
from gateway.console.connect.mapping import as_sent, mapping_of, parts_from, titles
from gateway.console.connect.question import asked, conditions_of, typed
from gateway.console.connect.result import characters_of, result_of
from gateway.console.connect.titles import key_title, title_in
from gateway.console.door import Admitted, Guest, Posted, go, show
from gateway.console.rendering import HEADERS, language_of
from gateway.intake.folder import DropFolder
from gateway.registry import DocumentKind
from gateway.safe import check_fit

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

_UNSHOWN = frozenset({"token", "value", "password"})
"""What a form brought and its page never shows again."""

_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")


@router.get("")
async def begin_page(request: Request, guest: Admitted, agency: Slug) -> Response:
    """How the agency is asked, and what is known of it."""
    return await _begin(request, guest, agency, {})


async def _begin(
    request: Request, guest: Guest, agency: str, form: dict[str, str], problem: LandbridgeError | None = None
) -> Response:
    house = house_of(request)
    standing = await house.registry.in_force(DocumentKind.AGENCY, agency)
    content = content_of(standing.text) if standing else {}
    title = content.get("title") or {}
    empty = {
        "protocol": "soap",
        "address": "",
        "zh": title.get("zh", ""),
        "en": title.get("en", ""),
        "sharing": (content.get("sharing") or {}).get("class", "conditional"),
        "approval": (content.get("sharing") or {}).get("approval", ""),
        "allow_private": "",
        "form": "zip",
        "header": "",
        "schema": "public",
        "user": "",
        "tls": "tls-verify",
    }
    return show(
        request,
        guest,
        "connect/begin.html",
        problem.status if problem else 200,
        agency=agency,
        title=title_in(content, agency),
        form=empty | (form or typed_before(content)),
        standing=standing,
        problem=problem,
        steps=steps_of(problem) if form.get("protocol") == "table" else (),
    )


@router.post("")
async def begin(request: Request, guest: Admitted, form: Posted, agency: Slug) -> Response:
    """A draft with the agency's frame and what its papers declare."""
    house = house_of(request)
    papers = Papers(
        form.get("protocol"),
        form.get("address"),
        form.files.get("file", b""),
        form.titles.get("file", ""),
        form.get("form", "zip"),
        "allow_private" in form,
        _reader(form),
    )
    words = {name: form.get(name) for name in form.names() if name not in _UNSHOWN}
    try:
        frame = _frame(form)
        _check_credential(form)
        number = await benches.begin(house, agency, frame, papers, guest.entry(EntryKind.DRAFTED), guest.id)
    except LandbridgeError as error:
        return await _begin(request, guest, agency, words, error)
    try:
        await _credential(request, guest, agency, number, form)
    except LandbridgeError as error:
        # The draft is there: whoever began anew would make another.
        return show_bench(request, guest, await open_bench(house, agency, number), error)
    return go(f"/console/agencies/{agency}/connect/{number}")


def _reader(form: Form) -> Reader:
    tls = form.get("tls", "tls-verify").removeprefix("tls-")
    return Reader(form.get("schema") or "public", form.get("user"), form.raw("password"), tls)


def _frame(form: Form) -> dict[str, Any]:
    if not form.get("zh"):
        raise AskMalformed(text("请填写部门名称", "Give the agency's name"))
    sharing = {"class": form.get("sharing"), "approval": form.get("approval") or None}
    return {
        "title": {"zh": form.get("zh"), "en": form.get("en") or form.get("zh")},
        "sharing": {name: value for name, value in sharing.items() if value},
    }


def _check_credential(form: Form) -> None:
    """Before anything is made of the form. Raises AskMalformed."""
    if form.get("protocol") == "table":
        if form.raw("password"):
            check_fit(form.raw("password"))
        return
    if form.get("header") and not _HEADER.fullmatch(form.get("header")):
        raise AskMalformed(text("凭据的标头名称不正确", "The credential's header has no such name"))
    if form.raw("value"):
        check_fit(form.raw("value"))


async def _credential(request: Request, guest: Guest, agency: str, number: int, form: Form) -> None:
    """What the agency wants to see with every question: a header, or a database's password; into the safe."""
    header, value, table = form.get("header"), form.raw("value"), form.get("protocol") == "table"
    if not header and not table:
        return
    # Of this draft: what is in force goes by its own.
    house, name = house_of(request), f"reader-{number}" if table else f"key-{number}"
    bench = await open_bench(house, agency, number)
    named: dict[str, Any] = {"credentials": {"headers": {header: f"{{secret:{agency}/{name}}}"}}}
    if table:
        named, value = {"table": {"password": f"secret:{agency}/{name}"}}, form.raw("password")
    document = with_frame(bench.version.text, {"connection": named})
    await benches.save(house, bench, document, guest.entry(EntryKind.DRAFTED))
    if value:
        await house.safe.put(agency, name, value, guest.entry(EntryKind.SECRET))


def place_of(bench: Bench, kind: str = "") -> str:
    """The page of a draft on the bench, or of one of its materials."""
    return f"/console/agencies/{bench.agency}/connect/{bench.number}" + (f"/{kind}" if kind else "")


async def again(house: House, bench: Bench) -> Bench:
    """The same draft as it stands now."""
    return await open_bench(house, bench.agency, bench.number)


@router.get("/{version}")
async def bench_page(request: Request, guest: Admitted, bench: OnBench) -> Response:
    """The draft on the bench."""
    return show_bench(request, guest, bench)


def show_bench(
    request: Request, guest: Guest, bench: Bench, problem: LandbridgeError | None = None
) -> Response:
    """What the agency declares, and the materials drafted so far."""
    status = problem.status if problem else 200
    drops = house_of(request).settings.drops
    inbox = DropFolder(drops / bench.agency).inbox.relative_to(drops)
    facts: dict[str, Any] = {"kinds": KINDS, "key_title": key_title, "title_in": title_in, "problem": problem}
    facts |= {"drops": drops.absolute(), "inbox": inbox, "place": place_of(bench)}
    dropped = bench.protocol == "filedrop"
    facts["there"] = {kind for kind, material in bench.materials.items() if dropped or material.get("ask")}
    tables = [each for each in bench.description.operations if bench.protocol == "table" and each.usable]
    facts["likely"] = {each.name: likely_kind(each) for each in tables[:LOOKED_AT]}
    return show(request, guest, "connect/bench.html", status, bench=bench, **facts)


@router.post("/{version}")
async def add(request: Request, guest: Admitted, form: Posted, bench: OnBench) -> Response:
    """Another material from one of the operations."""
    house, kind = house_of(request), form.get("kind")
    try:
        await benches.add(house, bench, kind, form.get("operation"), guest.entry(EntryKind.DRAFTED))
    except LandbridgeError as error:
        return show_bench(request, guest, bench, error)
    return go(place_of(bench, kind))


@router.post("/{version}/{kind}/removal")
async def remove(request: Request, guest: Admitted, _form: Posted, bench: OnBench, kind: Slug) -> Response:
    """Take a material out of the draft, also one that somebody wrote by hand and that there is no kind of."""
    house = house_of(request)
    try:
        document = benches.removed(bench, kind)
        await benches.save(house, bench, document, guest.entry(EntryKind.DRAFTED))
    except LandbridgeError as error:
        return show_bench(request, guest, bench, error)
    return go(place_of(bench))


def _sample_put(guest: Guest, bench: Bench, octets: bytes) -> Draft:
    """It may be about persons, so the log has who brought it."""
    subject = Subject(
        type="agency", id=bench.agency, version=bench.number, digest=digest_of(octets), note="sample put"
    )
    return guest.entry(EntryKind.TRIED, subject=subject, agencies=(bench.agency,), personal=True)


@router.get("/{version}/{kind}")
async def material_page(request: Request, guest: Admitted, bench: OnBench, kind: KindSlug) -> Response:
    """One material: its question, a reply, the mapping, and what comes of it."""
    return await _material(request, guest, bench, kind)


async def _material(
    request: Request,
    guest: Guest,
    bench: Bench,
    kind: str,
    problem: LandbridgeError | None = None,
    form: Form | None = None,
) -> Response:
    house = house_of(request)
    material = bench.material(kind)
    facts: dict[str, Any] = {
        "mapping": None,
        "sample": None,
        "paper": None,
        "result": None,
        "charset": "",
    }
    try:
        if at_hand := await sample_of(house, bench, kind):
            facts |= await asyncio.to_thread(_looked, bench, kind, at_hand, house.clock())
    except LandbridgeError as error:
        problem = problem or error
    return show(
        request,
        guest,
        "connect/material.html",
        problem.status if problem else 200,
        bench=bench,
        place=place_of(bench, kind),
        above=place_of(bench),
        kind=KINDS[kind],
        material=material,
        operation=benches.asked_of(bench, kind),
        conditions=typed(form) if form and "table" in form else conditions_of(material["ask"]),
        keys=[
            asked_by(name)
            for name in dict.fromkeys(("project_code", "project_name", *material.get("ask_by", ())))
            if name in KEYS
        ],
        all_keys=[asked_by(name) for name in KEYS],
        known=_tried(form) if form else {},
        key_title=key_title,
        title_in=title_in,
        functions=titles(),
        titles={each.name: text(each.zh, each.en) for each in targets(kind)},
        problem=problem,
        **facts,
    )


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
