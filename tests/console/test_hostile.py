"""What others may try through somebody's browser: forms from elsewhere, frames, links, scripts in data."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from adapters.drafting.editing import with_frame
from contracts.audit import Draft, EntryKind
from gateway.api import documents
from gateway.api.documents import Which, Written
from gateway.registry import DocumentKind
from tests.conftest import Clock
from tests.console.guests import PASSWORD, TOKEN
from tests.console.walk import OWN, Walk, open_walk
from tests.gateway.town import BASE, open_town, settings_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
ELSEWHERE = (
    "https://elsewhere.example/console",
    "//elsewhere.example/console",
    "/\\elsewhere.example/console",
    "/console\\..\\elsewhere.example",
    "javascript:alert(1)//console",
    "/consolelsewhere",
    "/v1/agencies",
    "/console/\r\nx: y",
    "//[",
    "",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walk(tmp_path_factory: pytest.TempPathFactory, sqlite_octets: bytes) -> AsyncIterator[Walk]:
    roles = ("security-admin", "agency-admin")
    async with open_walk(tmp_path_factory.mktemp("hostile"), sqlite_octets, *roles) as ready:
        yield ready


async def make(walk: Walk, account: str, **changes: Any) -> httpx2.Response:
    """The form that makes an account, as the page sends it but for the changes."""
    browser = walk.browsers["security-admin"]
    words = {"token": walk.tokens["security-admin"], "account": account, "role": "auditor", "agencies": ""}
    headers = changes.pop("headers", {})
    return await browser.post("/console/accounts", data=words | changes, headers=headers)


async def made(walk: Walk) -> set[str]:
    return {each.id for each in await walk.town.house.people.listed()}


@pytest.mark.parametrize("token", ["", "0" * 64, "of somebody else"])
async def test_a_form_without_this_sittings_token_does_nothing(walk: Walk, token: str):
    sent = walk.tokens["agency-admin"] if token == "of somebody else" else token
    answer = await make(walk, "csrf", token=sent)
    assert (answer.status_code, "页面已过期" in answer.text) == (403, True)
    assert "csrf" not in await made(walk)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"origin": "https://[x"},
    ],
    ids=str,
)
async def test_a_form_from_elsewhere_does_nothing_even_with_the_token(walk: Walk, headers: dict[str, str]):
    assert (await make(walk, "forged", headers=headers)).status_code == 403
    assert "forged" not in await made(walk)


async def test_nobody_is_signed_in_by_a_form_of_somebody_elses(walk: Walk):
    """Signing a victim in as oneself would have them work, and be watched, under one's own account."""
    browser = walk.nobody()
    words = {"account": "a-agency-admin", "password": PASSWORD, "code": walk.code("agency-admin")}
    origin = {"origin": "https://elsewhere.example"}
    answer = await browser.post("/console/sign-in", data=words, headers=origin)
    assert answer.status_code == 403
    assert not browser.cookies


async def test_a_sitting_is_a_new_one_whatever_the_browser_brought(walk: Walk):
    browser = walk.nobody()
    browser.cookies.set("landbridge", "planted-by-somebody", domain="gateway.test")
    words = {"account": "a-agency-admin", "password": PASSWORD, "code": walk.code("agency-admin")}
    answer = await browser.post("/console/sign-in", data=words)
    cookie = answer.headers["set-cookie"]
    assert "planted" not in cookie
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
    left = await walk.nobody().get("/console/password", headers={"cookie": "landbridge=planted-by-somebody"})
    assert left.headers["location"].startswith("/console/sign-in")


async def test_a_sitting_that_was_left_opens_nothing(walk: Walk):
    role = "agency-admin"
    browser, cookie = walk.browsers[role], dict(walk.browsers[role].cookies)
    await browser.post("/console/sign-out", data={"token": walk.tokens[role]})
    pair = "; ".join(f"{name}={value}" for name, value in cookie.items())
    answer = await walk.nobody().get("/console/password", headers={"cookie": pair})
    assert answer.status_code == 303
    await walk.sign_in(role)


@pytest.mark.parametrize("back", ELSEWHERE, ids=repr)
async def test_signing_in_leads_to_no_place_but_ours(walk: Walk, back: str):
    words = {"account": "a-agency-admin", "password": PASSWORD, "code": walk.code("agency-admin")}
    answer = await walk.nobody().post("/console/sign-in", data=words | {"back": back})
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    answer = await walk.nobody().post("/console/language", data={"language": "en", "back": back})
    assert answer.headers["location"] == "/console"


PAGES = ("/console/sign-in", "/console/enrolment", "/console/password", "/console/accounts", "/console/none")


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_forbids_frames_scripts_of_others_and_keeping(walk: Walk, path: str):
    answer = await walk.browsers["security-admin"].get(path)
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<[^>]+\s(on\w+|style)=", answer.text)
    assert not re.search(r"<script(?![^>]+\ssrc=)", answer.text)


async def test_what_is_sent_back_on_a_page_is_text_and_never_part_of_it(walk: Walk):
    for answer in (
        await make(walk, SCRIPT),
        await make(walk, "ok-name", agencies=SCRIPT, role="agency-admin"),
        await walk.browsers["security-admin"].get("/console/accounts", params={"done": SCRIPT}),
        await walk.browsers["security-admin"].get(f"/console/accounts/{SCRIPT}"),
        await walk.nobody().get("/console/sign-in", params={"back": f"/console/{SCRIPT}", "done": SCRIPT}),
    ):
        assert "<script>alert" not in answer.text
        assert "<img" not in answer.text.replace('<img src="/console/static/', "")


async def test_an_agency_that_calls_itself_a_script_is_shown_as_it_calls_itself(walk: Walk):
    text = with_frame("{}", {"agency": OWN, "title": {"zh": SCRIPT, "en": SCRIPT}, "connection": {}})
    entry = Draft(kind=EntryKind.DRAFTED, operator="person:a-agency-admin")
    which = Which(DocumentKind.AGENCY, OWN)
    draft = await documents.draft(walk.town.house, which, Written(text=text), entry)
    browser = walk.browsers["agency-admin"]
    place = f"/console/agencies/{OWN}/connect/{draft.version.version}"
    form = {"token": walk.tokens["agency-admin"], "kind": "drawing-review", "operation": ""}
    await browser.post(place, data=form)
    pasted = f"<r><row><a>{SCRIPT.replace('<', '&lt;')}</a><{'b' * 30}>1</{'b' * 30}></row></r>"
    sent = {"token": walk.tokens["agency-admin"], "pasted": pasted, "media_type": SCRIPT}
    assert (await browser.post(f"{place}/drawing-review/sample", data=sent)).status_code == 303
    addresses = (place, f"{place}/drawing-review", f"{place}/drawing-review/raw")
    pages = [(await browser.get(address)).text for address in addresses]
    assert not any("<script>alert" in page or "<img src=x" in page for page in pages)
    assert all("&lt;script&gt;alert(1)" in page for page in pages[1:])


@pytest.mark.parametrize(
    ("sickness", "status"), [("large", 400), ("many-fields", 400), ("no-boundary", 403), ("no-length", 400)]
)
async def test_a_form_too_large_or_broken_is_told_so_on_a_page_of_theirs(
    walk: Walk, sickness: str, status: int
):
    browser, token = walk.browsers["security-admin"], walk.tokens["security-admin"]
    whole = f"token={token}&account=big&role=auditor&agencies=".encode()
    kind = "application/x-www-form-urlencoded"
    body: Any = whole
    if sickness == "large":
        body = whole + b"&" + b"&".join(b"f%d=" % n + b"x" * (7 << 20) for n in range(2))
    elif sickness == "many-fields":
        body = whole + b"".join(b"&f%d=1" % n for n in range(2000))
    elif sickness == "no-boundary":
        body, kind = b"--x\r\ngarbage", "multipart/form-data; boundary=x"
    else:
        body = _in_pieces(whole)
    answer = await browser.post("/console/accounts", content=body, headers={"content-type": kind})
    assert (answer.status_code, bool(TOKEN.search(answer.text))) == (status, True)
    assert "big" not in await made(walk)


async def _in_pieces(whole: bytes) -> AsyncIterator[bytes]:
    yield whole


async def test_a_session_cookie_over_tls_is_for_this_host_alone(tmp_path: Path, sqlite_octets: bytes):
    (tmp_path / "landbridge.sqlite").write_bytes(sqlite_octets)
    settings = settings_in(tmp_path, f"sqlite:///{tmp_path / 'landbridge.sqlite'}")
    secure = settings.model_copy(update={"public_url": BASE.replace("http:", "https:")})
    async with open_town(secure, Clock(datetime(2026, 3, 2, 6, 5, 9, tzinfo=UTC))) as town:
        walk = Walk(town, base=BASE.replace("http:", "https:"))
        await walk.seat("auditor")
        names = list(walk.browsers["auditor"].cookies)
        assert names == ["__Host-landbridge"]
        await walk.browsers["auditor"].aclose()


NONSENSE = (
    "wsdl: {entry: 1}",
    "materials: [{kind: drawing-review, ask: x, fields: [a], ask_by: y, ignore: z}]",
    "materials: [{kind: drawing-review, ask: {arguments: x, query: [a], operation: {a: 1}}}]",
    "materials: [{kind: [a]}, 1, {}]",
    "connection: 1",
    "connection: {protocol: {a: 1}, drop: 1}",
    "a: [",
)
"""Texts that somebody may leave in a draft; the wizard opens them all the same."""


@pytest.mark.parametrize("nonsense", NONSENSE)
async def test_a_draft_edited_into_nonsense_lies_on_the_bench_all_the_same(walk: Walk, nonsense: str):
    entry = Draft(kind=EntryKind.DRAFTED, operator="person:a-agency-admin")
    which = Which(DocumentKind.AGENCY, OWN)
    draft = await documents.draft(walk.town.house, which, Written(text=nonsense), entry)
    browser, number = walk.browsers["agency-admin"], draft.version.version
    place = f"/console/agencies/{OWN}/connect/{number}"
    assert (await browser.get(place)).status_code == 200
    assert (await browser.get(f"/console/agencies/{OWN}/versions/{number}")).status_code == 200
    token = {"token": walk.tokens["agency-admin"]}
    for path, form in (
        (place, {"kind": "drawing-review", "operation": "none"}),
        (f"{place}/drawing-review/question", {"path": "/x", "query": "a={project_name}", "try": "1"}),
        (f"{place}/drawing-review/sample", {"pasted": "<a>1</a>", "media_type": "text/xml"}),
        (f"{place}/drawing-review/mapping", {"at:review_no": "x"}),
        (f"{place}/drawing-review/removal", {}),
    ):
        answer = await browser.post(path, data=token | form)
        assert answer.status_code < 500, (path, answer.text)
    assert (await browser.get(f"{place}/drawing-review")).status_code in {200, 404, 422, 502}
