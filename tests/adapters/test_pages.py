"""Questions that take more than one: pages, a list and its details, files that are called for."""

import base64
import json
from collections.abc import Callable
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from adapters.base import Deadline, Key
from adapters.manifest import load
from adapters.rest import RestAdapter
from contracts.errors import AgencyFailed, Fault, ManifestInvalid
from tests.adapters.agencies import http
from tests.adapters.kits import P1

KIND = "company-record"
NAME = "翰林示例城"
HEAD = """\
agency: mdj-x
title: {zh: 某局, en: Some Bureau}
sharing: {class: unconditional}
connection: {protocol: rest, base: BASE, allow_private: true}
materials:
  - kind: company-record
    ask_by: [project_name]
"""
PAGED = """\
    ask: {path: /q, query: {n: "{project_name}", p: "{page}", s: "{size}"}}
    decode: [json, {as: json, at: data}]
    success: {at: code, in: ["0"]}
    none: {at: data.total, in: ["0"]}
    rows: data.rows
    pages: {total: data.total, size: 3, most: 4}
    about: {project_name: xm}
    fields: {name: mc}
"""
DETAILED = """\
    list:
      ask: {path: /list, query: {n: "{project_name}"}}
      decode: [json]
      none: {at: length(content), in: ["0"]}
      rows: content
      about: {project_name: xm}
      each: bh
      most: 3
      ignore: [bz]
    ask: {path: "/detail/{each}"}
    decode: [xml]
    none: {at: /r/x, empty: true}
    rows: /r/x
    about: {each: bh}
    fields: {name: mc}
    attachments:
      rows: fj
      name: mc
      at: id
      via: call
      call: {ask: {path: /file, query: {id: "{file}"}}CALL}
"""
CALL = ", decode: [json], at: d.content"

Answer = Callable[[str, dict[str, list[str]]], bytes]


def page(rows: list[int], total: object) -> bytes:
    data = {"total": total, "rows": [{"xm": NAME, "mc": f"第{row}条"} for row in rows]}
    return json.dumps({"code": 0, "data": json.dumps(data)}).encode()


@pytest.fixture
def bureau(open_agency, egress, clock):
    """An agency that answers by path and query; its adapter, and the paths it was asked."""

    async def opened(manifest: str, answer: Answer):
        lines: list[str] = []

        async def behave(writer) -> None:
            line = agency.asked[-1].split(b" ")[1].decode()
            lines.append(line)
            parts = urlsplit(line)
            found = answer(parts.path, parse_qs(parts.query, keep_blank_values=True))
            media = "text/xml" if found.startswith(b"<") else "application/json"
            writer.write(found if found.startswith(b"HTTP") else http(found, Content_Type=media))

        agency = await open_agency(behave)
        adapter = RestAdapter(load((HEAD + manifest).replace("BASE", agency.url), "x"), 1, egress, str, clock)
        return adapter, lines

    return opened


async def pulled(adapter, grant_for):
    keys = {"project_name": (Key("project_name", NAME, confirmed=True),)}
    return await adapter.pull(grant_for(KIND), keys, Deadline.after(5))


async def fault_of(adapter, grant_for) -> Fault:
    with pytest.raises(AgencyFailed) as caught:
        await everything(adapter, grant_for)
    return caught.value.fault


async def everything(adapter, grant_for):
    return [material for one in await pulled(adapter, grant_for) for material in adapter.read(one).materials]


def of(total: int) -> Answer:
    """Answers with rows 1 to `total`, three on a page."""

    def answer(_: str, query: dict[str, list[str]]) -> bytes:
        start = (int(query["p"][0]) - 1) * int(query["s"][0])
        return page(list(range(start + 1, min(start + 3, total) + 1)), total)

    return answer


@pytest.mark.parametrize(("total", "pages"), [(0, 1), (1, 1), (3, 1), (4, 2), (6, 2), (7, 3), (12, 4)])
async def test_every_page_is_asked_for_and_is_evidence_of_its_own(bureau, grant_for, total, pages):
    adapter, lines = await bureau(PAGED, of(total))
    found = await pulled(adapter, grant_for)
    assert len(found) == len(lines) == pages
    assert [one.asked["page"] for one in found] == [str(number) for number in range(1, pages + 1)]
    materials = [material for one in found for material in adapter.read(one).materials]
    assert [m.fields.get("name") for m in materials] == [f"第{n}条" for n in range(1, total + 1)] or [None]
    assert all(adapter.read(one).drift == () for one in found)


async def test_more_pages_than_agreed_are_not_asked_for(bureau, grant_for):
    adapter, lines = await bureau(PAGED, of(13))
    assert await fault_of(adapter, grant_for) is Fault.TOO_LARGE
    assert len(lines) == 1


def _third_is(reply: bytes) -> Answer:
    return lambda path, query: reply if query["p"] == ["3"] else of(8)(path, query)


ODD_PAGES = {
    "a page short of a row": (_third_is(page([7], 8)), Fault.OFF_CONTRACT),
    "a page with none": (_third_is(page([], 8)), Fault.OFF_CONTRACT),
    "none after all": (_third_is(page([], 0)), Fault.OFF_CONTRACT),
    "a total that moved": (_third_is(page([7, 8, 9], 9)), Fault.OFF_CONTRACT),
    "one row too many": (_third_is(page([7, 8, 9], 8)), Fault.OFF_CONTRACT),
    "no total": (lambda *_: page([1], None), Fault.OFF_CONTRACT),
    "a total of words": (lambda *_: page([1], "many"), Fault.OFF_CONTRACT),
    "a negative total": (lambda *_: page([1], -1), Fault.OFF_CONTRACT),
    "an endless total": (lambda *_: page([1], "9" * 30), Fault.OFF_CONTRACT),
    "a last page that fails": (_third_is(http(b"no", "500 No")), Fault.BROKEN),
    "a last page of somebody else": (
        _third_is(page([7, 8], 8).replace(json.dumps(json.dumps(NAME))[1:-1].encode(), b'\\"x\\"')),
        Fault.OTHER_PROJECT,
    ),
    "rows that the total does not know": (lambda *_: page([1, 2], 1), Fault.OFF_CONTRACT),
}


@pytest.mark.parametrize("oddity", ODD_PAGES)
async def test_a_page_that_is_missing_something_is_no_page(bureau, grant_for, oddity):
    answer, fault = ODD_PAGES[oddity]
    adapter, _ = await bureau(PAGED, answer)
    assert await fault_of(adapter, grant_for) is fault


async def test_a_file_asked_by_number(bureau, grant_for):
    drawing = bytes(range(256)) * 9000
    wrapped = json.dumps({"d": {"content": base64.b64encode(drawing).decode()}}).encode()
    adapter, lines = await bureau(DETAILED.replace("CALL", CALL), details({"1": "甲"}, wrapped))
    [place] = [place for one in await pulled(adapter, grant_for) for place in adapter.read(one).locators]
    pieces = [piece async for piece in adapter.fetch(grant_for(KIND), place, Deadline.after(5))]
    assert b"".join(pieces) == drawing
    assert max(map(len, pieces)) <= 1 << 20
    assert lines[-1] == "/file?id=f-1"


async def test_a_file_called_for_may_come_as_it_is(bureau, grant_for):
    adapter, _ = await bureau(DETAILED.replace("CALL", ""), details({"1": "甲"}, b"%PDF-1.7"))
    [place] = [place for one in await pulled(adapter, grant_for) for place in adapter.read(one).locators]
    pieces = [piece async for piece in adapter.fetch(grant_for(KIND), place, Deadline.after(5))]
    assert b"".join(pieces) == b"%PDF-1.7"


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (b'{"d": {}}', Fault.UNREADABLE),
        (b'{"d": {"content": "*"}}', Fault.UNREADABLE),
        (b'{"d": {"content": 7}}', Fault.UNREADABLE),
        (b"", Fault.UNREADABLE),
        (http(b"{}", "404 Not Found"), Fault.NO_SUCH_ADDRESS),
    ],
)
async def test_a_call_that_gives_no_file(bureau, grant_for, reply, fault):
    adapter, _ = await bureau(DETAILED.replace("CALL", CALL), details({"1": "甲"}, reply))
    [place] = [place for one in await pulled(adapter, grant_for) for place in adapter.read(one).locators]
    with pytest.raises(AgencyFailed) as caught:
        assert [piece async for piece in adapter.fetch(grant_for(KIND), place, Deadline.after(5))]
    assert caught.value.fault is fault


def details(names: dict[str, str], file: bytes = b"", *, listed: dict | None = None) -> Answer:
    """A list of numbers, a detail in XML for each, and one file."""

    def answer(path: str, query: dict[str, list[str]]) -> bytes:
        if path == "/list":
            rows = [{"xm": NAME, "bh": number, "bz": "x"} | (listed or {}) for number in names]
            return json.dumps({"content": rows}).encode()
        if path == "/file":
            return file
        number = unquote(path.rpartition("/")[2])
        files = f"<fj><mc>a.pdf</mc><id>f-{number}</id></fj>"
        return f"<r><x><bh>{number}</bh><mc>{names[number]}</mc>{files}</x></r>".encode()

    return answer


async def test_a_list_leads_to_its_details(bureau, grant_for):
    adapter, lines = await bureau(DETAILED.replace("CALL", CALL), details({"1": "甲", "2": "乙"}))
    found = await pulled(adapter, grant_for)
    assert [urlsplit(line).path for line in lines] == ["/list", "/detail/1", "/detail/2"]
    assert [one.asked.get("each") for one in found] == [None, "1", "2"]
    out = [adapter.read(one) for one in found]
    assert [[m.fields["name"] for m in one.materials] for one in out] == [[], ["甲"], ["乙"]]
    assert [one.drift for one in out] == [(), (), ()]


async def test_an_empty_list_is_none(bureau, grant_for):
    adapter, lines = await bureau(DETAILED.replace("CALL", CALL), details({}))
    [material] = await everything(adapter, grant_for)
    assert material.retrieval == "not_found"
    assert len(lines) == 1


ODD_DETAILS = {
    "a list of somebody else": (details({"1": "甲"}, listed={"xm": "别的项目"}), Fault.OTHER_PROJECT),
    "a row without a number": (details({"1": "甲"}, listed={"bh": ""}), Fault.OFF_CONTRACT),
    "too many details": (details({str(n): "甲" for n in range(1, 5)}), Fault.TOO_LARGE),
    "a detail of another number": (
        lambda path, query: details({"1": "甲", "2": "乙"})(path.replace("/2", "/1"), query),
        Fault.OTHER_PROJECT,
    ),
    "a detail that is none": (
        lambda path, query: b"<r/>" if path == "/detail/1" else details({"1": "甲"})(path, query),
        Fault.OFF_CONTRACT,
    ),
    "a detail that fails": (
        lambda path, query: http(b"", "500 No") if path == "/detail/1" else details({"1": ""})(path, query),
        Fault.BROKEN,
    ),
    "a detail that is a page": (
        lambda path, query: b"<html/>" if path == "/detail/1" else details({"1": "甲"})(path, query),
        Fault.UNREADABLE,
    ),
}


@pytest.mark.parametrize("oddity", ODD_DETAILS)
async def test_a_list_whose_details_do_not_follow(bureau, grant_for, oddity):
    answer, fault = ODD_DETAILS[oddity]
    adapter, _ = await bureau(DETAILED.replace("CALL", CALL), answer)
    assert await fault_of(adapter, grant_for) is fault


async def test_a_number_from_a_list_stays_one_segment(bureau, grant_for):
    adapter, lines = await bureau(DETAILED.replace("CALL", CALL), details({"../a?b": "甲"}))
    await pulled(adapter, grant_for)
    assert lines[1] == "/detail/..%2Fa%3Fb"


WRONG = {
    "pages without a page": PAGED.replace('p: "{page}", ', ""),
    "more pages than details": DETAILED.replace(
        "      rows: content\n", "      rows: content\n      pages: {total: t, size: 3}\n"
    ).replace("/list, query: {", '/list, query: {p: "{page}", '),
    "a page where there are none": PAGED.replace("    pages: {total: data.total, size: 3, most: 4}\n", ""),
    "a detail that checks nothing": DETAILED.replace("{each: bh}", "{project_name: xm}"),
    "a detail asked by nothing": DETAILED.replace("/detail/{each}", "/detail"),
    "a call nobody makes": DETAILED.replace("via: call", "via: base"),
    "a call by something else": DETAILED.replace("{file}", "{project_name}"),
    "a call without a place": DETAILED.replace("CALL", ", decode: [json]"),
    "an XPath of the wrong kind": DETAILED.replace("rows: /r/x", "rows: //r//x"),
    "a JMESPath in XML": DETAILED.replace("rows: /r/x", "rows: r[].x"),
    "an XPath in JSON": PAGED.replace("rows: data.rows", "rows: /data/rows"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_manifest_that_could_not_be_asked_by_is_refused(mistake):
    document = (HEAD + WRONG[mistake]).replace("CALL", CALL).replace("BASE", "http://a.example")
    with pytest.raises(ManifestInvalid):
        load(document, "x")


def test_the_manifests_tried_here_are_otherwise_right():
    for body in (PAGED, DETAILED):
        manifest = load((HEAD + body).replace("CALL", CALL).replace("BASE", "http://a.example"), "x")
        assert manifest.kinds == (KIND,)
    assert P1["name"] == NAME
