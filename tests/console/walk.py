"""A town, and people before the console without a browser's screen: forms and pages as octets."""

import re
from dataclasses import dataclass, field

import httpx2

from tests.gateway.town import BASE, Town
from tests.phones import code_at

PASSWORD = "Spring-river-2026"
OWN, OTHER = "mdj-hc", "mdj-tax"
TOKEN = re.compile('name="token" value="([0-9a-f]{64})"')

Place = tuple[str, str]

NAMED = {
    "{kind}": "company-record",
    "{delivery}": "qua-" + "a" * 26,
    "{repull}": "rep-" + "0" * 24,
    "{stand_in}": "man-" + "0" * 24,
}
"""Names as these things have them, of some that are not there; other places are called 1."""


@dataclass
class Walk:
    """A town, and a browser without a screen for every role."""

    town: Town
    browsers: dict[str, httpx2.AsyncClient] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    phones: dict[str, str] = field(default_factory=dict)
    base: str = BASE

    async def seat(self, role: str) -> None:
        """An account of this role, opened and signed in."""
        people, account = self.town.house.people, f"a-{role}"
        made = await people.make(account, role, (OWN,) if role == "agency-admin" else (), by="os:t")
        self.phones[role] = (await people.enrolment(made.token)).secret
        await people.enrol(made.token, PASSWORD, code_at(self.phones[role], self.town.clock()))
        self.browsers[role] = self.nobody()
        await self.sign_in(role)

    def code(self, role: str) -> str:
        """One that nobody has used."""
        self.town.clock.advance(30)
        return code_at(self.phones[role], self.town.clock())

    async def sign_in(self, role: str) -> None:
        words = {"account": f"a-{role}", "password": PASSWORD, "code": self.code(role)}
        browser = self.browsers[role]
        assert (await browser.post("/console/sign-in", data=words)).status_code == 303
        self.tokens[role] = TOKEN.findall((await browser.get("/console/password")).text)[0]

    def nobody(self) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(app=self.town.app, client=("10.0.0.2", 4001))
        return httpx2.AsyncClient(transport=transport, base_url=self.base)

    async def ask(self, place: Place, role: str, agency: str = OWN) -> httpx2.Response:
        method, path = place
        named = NAMED | {"{agency}": agency}
        address = re.sub(r"\{\w+\}", lambda found: named.get(found[0], "1"), path)
        browser = self.browsers[role]
        if method == "GET":
            return await browser.get(address)
        return await browser.post(address, data={"token": self.tokens.get(role, "")})
