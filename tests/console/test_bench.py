"""The bench without a browser: what the log has, what stays as it is, whose a draft is."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from adapters.drafting.editing import content_of, materials_of
from adapters.manifest import rewritten
from contracts.audit import Draft, EntryKind
from contracts.material import digest_of
from gateway.api import documents
from gateway.api.documents import Which, Written
from gateway.papers import OPENAPI
from gateway.registry import DocumentKind
from tests.console.walk import OWN, Walk, open_walk
from tests.gateway.town import ROOT

pytestmark = pytest.mark.asyncio(loop_scope="module")

KIND = "drawing-review"
PLACE = f"/console/agencies/{OWN}/connect"
WHICH = Which(DocumentKind.AGENCY, OWN)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walk(tmp_path_factory: pytest.TempPathFactory, sqlite_octets: bytes) -> AsyncIterator[Walk]:
    async with open_walk(tmp_path_factory.mktemp("bench"), sqlite_octets, "agency-admin") as ready:
        yield ready


async def post(walk: Walk, place: str, **form: Any) -> httpx2.Response:
    sent = {"token": walk.tokens["agency-admin"]} | form
    return await walk.browsers["agency-admin"].post(place, data=sent)


async def begin(walk: Walk, **form: Any) -> httpx2.Response:
    words = {"protocol": "rest", "zh": "示例局", "sharing": "conditional", "approval": "示例1号"}
    return await post(walk, PLACE, **words | form)


async def upload(walk: Walk, name: str, octets: bytes, **form: Any) -> httpx2.Response:
    """The form of a new connection with a file chosen in it."""
    words = {"zh": "示例局", "sharing": "conditional", "approval": "示例1号"}
    sent = {"token": walk.tokens["agency-admin"]} | words | form
    return await walk.browsers["agency-admin"].post(PLACE, data=sent, files={"file": (name, octets)})


async def draft(walk: Walk, text: str, author: str = "person:a-agency-admin") -> int:
    entry = Draft(kind=EntryKind.DRAFTED, operator=author)
    made = await documents.draft(walk.town.house, WHICH, Written(text=text), entry)
    return made.version.version


async def text_of(walk: Walk, number: int) -> str:
    return (await walk.town.house.registry.version(*WHICH, number)).text


async def test_the_log_has_it_before_an_address_is_asked_what_it_is(walk: Walk):
    """Nobody answers there; that somebody had it asked stays all the same, without what the path held."""
    address = "http://127.0.0.1:9/openapi.json?name=some-secret"
    answer = await begin(walk, address=address, allow_private="1")
    assert answer.status_code >= 400
    entry, form = (await walk.town.entries())[-2:]
    assert (entry["kind"], entry["operator"]) == ("tried", "person:a-agency-admin")
    assert entry["subject"]["id"] == "http://127.0.0.1:9"
    assert form["kind"] == "looked"  # it came back, filled in
    assert "secret" not in f"{entry}{form}"


@pytest.mark.parametrize("address", ["ftp://x/y", "http://[x", "nothing", "http://user:pw@host/x"])
async def test_what_is_no_address_is_told_so_and_asked_nothing(walk: Walk, address: str):
    before = len(await walk.town.entries())
    answer = await begin(walk, address=address)
    assert answer.status_code == 400
    assert 'value="示例局"' in answer.text
    assert [each["kind"] for each in (await walk.town.entries())[before:]] == ["looked"]  # at the form again


async def test_a_draft_with_a_credential_leaves_the_one_in_use_alone(walk: Walk):
    safe = walk.town.house.safe
    await safe.put(OWN, "key", "the-one-in-use", Draft(kind=EntryKind.SECRET, operator="os:root"))
    address = "http://127.0.0.1:9/dchy"
    answer = await begin(walk, address=address, header="X-Key", value="another-one")
    assert answer.status_code == 303
    number = int(answer.headers["location"].rpartition("/")[2])
    assert safe(f"secret:{OWN}/key") == "the-one-in-use"
    assert safe(f"secret:{OWN}/key-{number}") == "another-one"
    assert f"secret:{OWN}/key-{number}" in await text_of(walk, number)


async def test_a_header_that_is_none_makes_no_draft(walk: Walk):
    before = len(await walk.town.house.registry.versions(*WHICH))
    answer = await begin(walk, address="http://127.0.0.1:9/dchy", header="X Key", value="v")
    assert answer.status_code == 400
    assert len(await walk.town.house.registry.versions(*WHICH)) == before


async def test_a_question_keeps_what_its_form_does_not_show(walk: Walk):
    ask = "{method: POST, path: /a, idempotent: true, query: {a: '{project_name}'}}"
    number = await draft(walk, f"materials:\n  - kind: {KIND}\n    ask: {ask}\n")
    form = {"method": "POST", "path": "/b", "query": "b={project_name}"}
    assert (await post(walk, f"{PLACE}/{number}/{KIND}/question", **form)).status_code == 303
    asked = materials_of(content_of(await text_of(walk, number)))[KIND]["ask"]
    assert asked == {
        "method": "POST",
        "path": "/b",
        "idempotent": True,
        "query": {"b": "{project_name}"},
    }


async def test_a_draft_of_somebody_else_is_looked_at_and_nothing_is_put_to_it(walk: Walk):
    number = await draft(walk, f"materials:\n  - kind: {KIND}\n", author="person:somebody-else")
    form = {"pasted": "<a>1</a>", "media_type": "text/xml"}
    answer = await post(walk, f"{PLACE}/{number}/{KIND}/sample", **form)
    assert (answer.status_code, "草稿只能由其作者修改" in answer.text) == (409, True)
    assert await walk.town.house.papers.listed((OWN, number)) == {}


async def test_a_sample_is_in_the_log_before_it_is_kept(walk: Walk):
    number = await draft(walk, f"materials:\n  - kind: {KIND}\n")
    form = {"pasted": "<r><row><SCHGSBH>x</SCHGSBH><GCMC>y</GCMC></row></r>", "media_type": "text/xml"}
    assert (await post(walk, f"{PLACE}/{number}/{KIND}/sample", **form)).status_code == 303
    entry = next(each for each in await walk.town.entries() if each.get("personal"))
    paper = (await walk.town.house.papers.listed((OWN, number)))[KIND]
    said = await walk.town.house.papers.octets(paper)
    assert (entry["subject"]["note"], entry["subject"]["digest"]) == ("sample put", digest_of(said))
    assert digest_of(said) != paper.object


WSDL = (ROOT / "demo" / "hc.wsdl").read_bytes()
API: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "示例", "version": "1"},
    "servers": [{"url": "https://api.example:8443/share/v1"}],
    "paths": {
        "/permits": {
            "get": {
                "summary": "查询施工许可",
                "parameters": [{"name": "projectName", "in": "query", "schema": {"type": "string"}}],
                "responses": {"200": {"description": "ok"}},
            }
        }
    },
}


async def begun(walk: Walk, answer: httpx2.Response) -> tuple[int, dict[str, Any], str]:
    """The draft that a form led to: its number, its content, its page."""
    assert answer.status_code == 303, answer.text
    place = answer.headers["location"]
    number = int(place.rpartition("/")[2])
    page = await walk.browsers["agency-admin"].get(place)
    assert page.status_code == 200
    return number, content_of(await text_of(walk, number)), page.text


async def test_a_wsdl_as_a_file_is_frozen_into_the_draft_and_its_operations_are_offered(walk: Walk):
    number, content, page = await begun(walk, await upload(walk, "hc.wsdl", WSDL, protocol="soap"))
    connection = content["connection"]
    assert (connection["protocol"], connection["base"]) == ("soap", "http://10.20.30.40:9080")
    assert connection["soap"]["path"] == "/services/HcService"
    assert "<code>xmlStr</code>" in page
    added = await post(walk, f"{PLACE}/{number}", kind=KIND, operation="query HcService/HcPort")
    assert added.status_code == 303
    asked = materials_of(content_of(await text_of(walk, number)))[KIND]["ask"]
    assert asked["operation"] == "query"


@pytest.mark.parametrize("name", ["openapi.json", "openapi.yaml"])
async def test_an_openapi_document_as_a_file_is_kept_beside_the_draft(walk: Walk, name: str):
    written = json.dumps(API, ensure_ascii=False) if name.endswith("json") else rewritten(API)
    number, content, page = await begun(walk, await upload(walk, name, written.encode(), protocol="rest"))
    assert content["connection"] == {"protocol": "rest", "base": "https://api.example:8443"}
    assert "查询施工许可" in page
    kept = (await walk.town.house.papers.listed((OWN, number)))[OPENAPI]
    assert (kept.title, await walk.town.house.papers.octets(kept)) == (name, written.encode())
    offered = re.findall('<option value="([^"]+)">[^<]*查询施工许可', page)
    assert (await post(walk, f"{PLACE}/{number}", kind=KIND, operation=offered[0])).status_code == 303
    asked = materials_of(content_of(await text_of(walk, number)))[KIND]["ask"]
    assert (asked["path"], asked["query"]) == ("/share/v1/permits", {"projectName": "{project_name}"})


async def test_where_the_interface_stands_is_what_was_typed_if_it_was(walk: Walk):
    typed = "https://gate.example/hc/HcService"
    _, content, _ = await begun(walk, await upload(walk, "a.wsdl", WSDL, protocol="soap", address=typed))
    assert content["connection"]["base"] == "https://gate.example"
    assert content["connection"]["soap"]["path"] == "/hc/HcService"


NOWHERE = json.dumps(API | {"servers": [{"url": "/share"}]}).encode()


@pytest.mark.parametrize(
    ("name", "octets", "form", "told"),
    [
        ("a.wsdl", b"<a><b></a>", {"protocol": "soap"}, "示例局"),
        (
            "a.wsdl",
            WSDL.replace(b"http://10.20.30.40:9080/", b"REPLACE_WITH_ADDRESS/"),
            {"protocol": "soap"},
            "地址",
        ),
        (
            "a.wsdl",
            WSDL.replace(
                b"<wsdl:types>", b'<wsdl:import location="more.wsdl" namespace="urn:x"/><wsdl:types>'
            ),
            {"protocol": "soap"},
            "引用了其他文件",
        ),
        ("a.wsdl", WSDL, {"protocol": "soap", "address": "http://[x"}, "地址应以"),
        ("a.json", json.dumps(API).encode(), {"protocol": "rest", "address": "ftp://x/y"}, "地址应以"),
        ("a.json", b"{}", {"protocol": "rest"}, "不是 OpenAPI 文档"),
        ("a.json", b"\xff\xfe\x00", {"protocol": "rest"}, "示例局"),
        ("a.json", NOWHERE, {"protocol": "rest"}, "没有可用的接口地址"),
        ("a.yaml", b"a: [", {"protocol": "rest"}, "YAML"),
    ],
)
async def test_a_file_that_tells_nothing_is_said_to_be_so(
    walk: Walk, name: str, octets: bytes, form: dict[str, str], told: str
):
    """Whoever chose it has to choose another: nobody else failed, and no draft is begun."""
    before = len(await walk.town.house.registry.versions(*WHICH))
    answer = await upload(walk, name, octets, **form)
    assert (answer.status_code, told in answer.text) == (400, True), answer.text
    assert 'value="示例局"' in answer.text
    assert len(await walk.town.house.registry.versions(*WHICH)) == before


async def test_a_material_that_nobody_knows_can_be_looked_at_by_nobody_and_taken_out(walk: Walk):
    """Whoever edits YAML by hand may write any kind."""
    number = await draft(walk, "materials:\n  - kind: no-such-kind\n")
    browser = walk.browsers["agency-admin"]
    assert "no-such-kind" in (await browser.get(f"{PLACE}/{number}")).text
    for page in ("", "/raw"):
        assert 400 <= (await browser.get(f"{PLACE}/{number}/no-such-kind{page}")).status_code < 500
    assert (await post(walk, f"{PLACE}/{number}/no-such-kind/removal")).status_code == 303
    assert materials_of(content_of(await text_of(walk, number))) == {}
