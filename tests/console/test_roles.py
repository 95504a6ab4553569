"""Every page with every role, and with nobody: what is not theirs stays shut, and the log says who tried."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest
import pytest_asyncio

from gateway.api.doors import _methods, routes_of
from gateway.console.doors import POLLED
from tests.console.decisions import ROLES, Place, decided
from tests.console.walk import OTHER, OWN, Walk, open_walk
from tests.gateway.town import ROOT

pytestmark = pytest.mark.asyncio(loop_scope="module")

DECIDED = decided()

OPEN = {
    ("GET", "/console/static/{digest}/{name}"): 404,
    ("GET", "/console/sign-in"): 200,
    ("POST", "/console/sign-in"): 401,
    ("GET", "/console/sign-on"): 404,
    ("GET", "/console/sign-on/end"): 404,
    ("GET", "/console/enrolment"): 200,
    ("POST", "/console/enrolment"): 410,
    ("POST", "/console/enrolment/account"): 410,
    ("POST", "/console/language"): 303,
}
"""What nobody is answered at each open place that is walked to with nothing in hand."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walk(tmp_path_factory: pytest.TempPathFactory, sqlite_octets: bytes) -> AsyncIterator[Walk]:
    async with open_walk(tmp_path_factory.mktemp("roles"), sqlite_octets, *ROLES) as ready:
        ready.browsers["nobody"] = ready.nobody()
        yield ready


def refused(answer: httpx2.Response) -> bool:
    """Whether the door stayed shut. What is wrong with a form is somebody's who was let in."""
    told = "该页面供" in answer.text or "该部门不归您管理" in answer.text
    return answer.status_code == 403 and told and "请由有此权限的人员办理" in answer.text


@pytest.mark.parametrize("page", ["", "/versions", "/secrets", "/deliveries"])
async def test_an_agency_that_nobody_knows_has_no_pages(walk: Walk, page: str):
    answer = await walk.ask(("GET", f"/console/agencies/{{agency}}{page}"), "system-admin", "mdj-nobody")
    assert (answer.status_code, "没有部门 mdj-nobody" in answer.text) == (404, True)


async def test_every_page_is_decided_on(walk: Walk):
    found = {
        (method, route.path)
        for route in routes_of(walk.town.app.routes)
        for method in _methods(route)
        if route.path.startswith("/console")
    }
    assert found == set(DECIDED)


@pytest.mark.parametrize("place", sorted(DECIDED), ids=" ".join)
async def test_a_page_is_for_whom_it_is_decided(walk: Walk, place: Place):
    marks = DECIDED[place]
    if marks is None:
        answer = await walk.ask(place, "nobody")
        assert answer.status_code == OPEN[place]
        return
    nobody = await walk.ask(place, "nobody")
    if place[0] == "GET":
        assert (nobody.status_code, nobody.headers["location"][:16]) == (303, "/console/sign-in")
    else:
        assert nobody.status_code == 401
    for role, mark in marks.items():
        before = await walk.town.entries()
        answer = await walk.ask(place, role)
        assert refused(answer) is (mark == "."), (place, role, answer.status_code)
        assert answer.status_code < 500, (place, role, answer.text)
        if mark == ".":
            new = (await walk.town.entries())[len(before) :]
            assert [(each["kind"], each["operator"]) for each in new] == [("refused", f"person:a-{role}")]
        if place[1] == "/console/sign-out":
            await walk.sign_in(role)
        if "{agency}" in place[1] and mark != ".":
            assert refused(await walk.ask(place, role, OTHER)) is (mark == "o")


LOG = ("/console/log", "/console/exports", "/console/look", "/console/report", "/console/integrity")
SECURITY = ("/console/accounts", "/console/consumers", "/console/grants")
OWN_SEAT = ("/console/sign-out", "/console/password")


async def test_what_the_law_keeps_apart_is_apart():
    """三员分立: who reads the log changes only their own, nobody else reads it; one opens doors."""
    for (method, path), marks in DECIDED.items():
        whose = {role for role, mark in (marks or {}).items() if mark != "."}
        if path.startswith(LOG):
            assert whose == {"auditor"}, path
        if method == "POST" and path.startswith(SECURITY):
            assert whose == {"security-admin"}, path
        if method == "POST" and not path.startswith((*LOG, *OWN_SEAT)):
            assert "auditor" not in whose, path
        if method == "POST" and not path.startswith((*SECURITY, *OWN_SEAT)):
            assert "security-admin" not in whose, path


UNNAMED = {"/console/grants/endings"}
"""Pages of something that has to be named in another way than this walk names things."""

OTHERS = {"/console/dossiers/{entry}/stand-ins/{kind}"}
"""Pages that begin at a look-up of one's own: the entry that this walk names is nobody's here."""


async def test_from_the_answer_to_a_form_the_language_button_leads_to_a_page(walk: Walk):
    """Each form without its token: its page then says so, and has the button like every other."""
    led = {}
    for place, marks in DECIDED.items():
        if place[0] == "POST" and place[1] != "/console/language":
            role = next(each for each in marks if marks[each] != ".") if marks else "nobody"
            with pytest.MonkeyPatch.context() as patch:
                patch.setitem(walk.tokens, role, "")
                answer = await walk.ask(place, role)
            assert answer.status_code >= 400, place
            back = re.findall('name="back" value="([^"]+)"', answer.text)[0]
            led[place[1]] = back
            page = await walk.browsers[role].get(back)
            known = {200, 303, 404, 409, 410} | ({400} if place[1] in UNNAMED else set())
            known |= {403} if place[1] in OTHERS else set()
            assert page.status_code in known, (place, back, page.status_code)
    assert led["/console/log/saved/deletion"] == "/console/log"
    assert led["/console/agencies/{agency}/probe"] == f"/console/agencies/{OWN}"
    assert led["/console/grants/versions/{version}/submission"] == "/console/grants/versions/1"
    assert led["/console/sign-out"] == "/console"
    assert (await walk.nobody().post("/console/none/such")).text.count('name="back" value="/console"') == 1


@pytest.mark.parametrize("path", [*sorted(POLLED), None])
async def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(walk: Walk, path: str | None):
    """For comparison a person who opens a page every ten minutes, who stays."""
    role = "auditor"
    await walk.sign_in(role)
    for _ in range(2):
        walk.town.clock.advance(10 * 60)
        polled = await walk.ask(("GET", path or "/console/log"), role)
        assert polled.status_code in {200, 404}
    walk.town.clock.advance(10 * 60)
    gone = await walk.ask(("GET", "/console/log"), role)
    assert (gone.status_code, "/console/sign-in" in gone.headers.get("location", "")) == (
        (303, True) if path else (200, False)
    )
    await walk.sign_in(role)


async def test_scripts_ask_only_what_is_known_to_be_asked_by_itself():
    """A script that asks again and again is named here, with the address it asks."""
    static = ROOT / "gateway" / "console" / "static"
    again = {each.name for each in static.glob("*.js") if "setTimeout" in each.read_text("utf-8")}
    assert again == {"again.js", "progress.js"}
    templates = ROOT / "gateway" / "console" / "templates"
    texts = {each.name: each.read_text("utf-8") for each in templates.rglob("*.html")}
    used = {name for name, text in texts.items() if any(f"static('{each}')" in text for each in again)}
    assert used == {"repull.html", "integrity.html"}
