"""A town, and somebody of every role before the console."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from tests.console.guests import Guest, Reception, open_reception

OWN, OTHER = "mdj-hc", "mdj-tax"

Place = tuple[str, str]

NAMED = {
    "{kind}": "company-record",
    "{delivery}": "qua-" + "a" * 26,
    "{repull}": "rep-" + "0" * 24,
    "{stand_in}": "man-" + "0" * 24,
}
"""Names as these things have them, of some that are not there; other places are called 1."""


@dataclass
class Walk(Reception):
    """`seated` by role, as their browsers and their forms' tokens are."""

    seated: dict[str, Guest] = field(default_factory=dict)
    browsers: dict[str, httpx2.AsyncClient] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    async def seat(self, role: str) -> None:
        """An account of this role, opened and signed in."""
        found = await self.guest(f"a-{role}", role, *([OWN] if role == "agency-admin" else []))
        self.seated[role], self.browsers[role], self.tokens[role] = found, found.http, found.token

    def code(self, role: str) -> str:
        """One that nobody has used."""
        return self.seated[role].code()

    async def sign_in(self, role: str) -> None:
        await self.seated[role].sign_in()
        self.tokens[role] = self.seated[role].token

    async def ask(self, place: Place, role: str, agency: str = OWN) -> httpx2.Response:
        method, path = place
        named = NAMED | {"{agency}": agency}
        address = re.sub(r"\{\w+\}", lambda found: named.get(found[0], "1"), path)
        browser = self.browsers[role]
        if method == "GET":
            return await browser.get(address)
        return await browser.post(address, data={"token": self.tokens.get(role, "")})


@asynccontextmanager
async def open_walk(folder: Path, octets: bytes, *roles: str) -> AsyncIterator[Walk]:
    """A reception where somebody of each of these roles sits; whoever sits at the end leaves."""
    async with open_reception(folder, octets) as reception:
        walk = Walk(reception.town)
        for role in roles:
            await walk.seat(role)
        yield walk
        for browser in walk.browsers.values():
            await browser.aclose()
