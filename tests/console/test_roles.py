"""Every page with every role, and with nobody: what is not theirs stays shut, and the log says who tried."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from gateway.access.authenticators import code_at
from gateway.api.doors import _methods, routes_of
from tests.conftest import Clock
from tests.console.decisions import ROLES, Place, decided
from tests.gateway.town import BASE, Town, open_town, settings_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

DECIDED = decided()
PASSWORD = "Spring-river-2026"
OWN, OTHER = "mdj-hc", "mdj-tax"
TOKEN = re.compile('name="token" value="([0-9a-f]{64})"')


@dataclass
class Walk:
    """A town, and a browser without a screen for every role."""

    town: Town
    browsers: dict[str, httpx2.AsyncClient] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    phones: dict[str, str] = field(default_factory=dict)

    async def seat(self, role: str) -> None:
        """An account of this role, opened and signed in."""
        people, account = self.town.house.people, f"a-{role}"
        made = await people.make(account, role, (OWN,) if role == "agency-admin" else (), by="os:t")
        self.phones[role] = (await people.enrolment(made.token)).secret
        await people.enrol(made.token, PASSWORD, code_at(self.phones[role], self.town.clock()))
        self.browsers[role] = self.nobody()
        await self.sign_in(role)

    async def sign_in(self, role: str) -> None:
        self.town.clock.advance(30)
        code = code_at(self.phones[role], self.town.clock())
        words = {"account": f"a-{role}", "password": PASSWORD, "code": code}
        browser = self.browsers[role]
        assert (await browser.post("/console/sign-in", data=words)).status_code == 303
        self.tokens[role] = TOKEN.findall((await browser.get("/console/password")).text)[0]

    def nobody(self) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(app=self.town.app, client=("10.0.0.2", 4001))
        return httpx2.AsyncClient(transport=transport, base_url=BASE)

    async def ask(self, place: Place, role: str, agency: str = OWN) -> httpx2.Response:
        method, path = place
        address = re.sub(r"\{\w+\}", "1", path.replace("{agency}", agency))
        browser = self.browsers[role]
        if method == "GET":
            return await browser.get(address)
        return await browser.post(address, data={"token": self.tokens.get(role, "")})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walk(tmp_path_factory: pytest.TempPathFactory, sqlite_octets: bytes) -> AsyncIterator[Walk]:
    folder: Path = tmp_path_factory.mktemp("roles")
    (folder / "landbridge.sqlite").write_bytes(sqlite_octets)
    settings = settings_in(folder, f"sqlite:///{folder / 'landbridge.sqlite'}")
    async with open_town(settings, Clock(datetime(2026, 3, 2, 6, 5, 9, tzinfo=UTC))) as town:
        ready = Walk(town)
        for role in ROLES:
            await ready.seat(role)
        ready.browsers["nobody"] = ready.nobody()
        yield ready
        for browser in ready.browsers.values():
            await browser.aclose()


def refused(answer: httpx2.Response) -> bool:
    """Whether the door stayed shut. What is wrong with a form is somebody's who was let in."""
    return answer.status_code == 403 and ("该页面供" in answer.text or "该部门不归您管理" in answer.text)


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
        assert answer.status_code in {200, 303, 404, 410, 401, 422}
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


async def test_every_page_of_one_signed_in_is_for_the_roles_that_the_law_keeps_apart(walk: Walk):
    """三员分立: who runs it reads no log, who reads the log changes nothing, who grants neither."""
    del walk
    for (method, path), marks in DECIDED.items():
        if marks and method == "POST" and path.startswith(("/console/accounts", "/console/grants")):
            assert {role for role, mark in marks.items() if mark != "."} <= {"security-admin"}
