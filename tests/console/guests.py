"""People at the console without a screen: a town, accounts of every role, forms sent as pages send them."""

import errno
import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from tests.conftest import Clock
from tests.gateway.town import BASE, GRANTS, Town, open_town, settings_in
from tests.phones import code_at

PASSWORD = "Spring-river-2026"
TOKEN = re.compile('name="token" value="([0-9a-f]{64})"')
FIELDS = re.compile('<(?:input|select|textarea) id="[^"]*" name="([^"]*)"([^>]*)>')
TAGS = re.compile("<[^>]+>")


def said(page: httpx2.Response) -> str:
    """What a page says, without its marks."""
    return " ".join(html.unescape(TAGS.sub(" ", page.text)).split())


def wrong_in(page: httpx2.Response) -> list[str]:
    """The fields that say of themselves that they are what the problem is about."""
    return [name for name, told in FIELDS.findall(page.text) if 'aria-invalid="true"' in told]


def full(**_: object) -> None:
    """In the place of `tempfile.TemporaryFile`: no room for one."""
    raise OSError(errno.ENOSPC, "No space left on device")


@dataclass
class Guest:
    """Somebody with an account, and their browser; `token` is that of their forms once they signed in."""

    http: httpx2.AsyncClient
    town: Town
    account: str
    phone: str
    token: str = ""

    def code(self) -> str:
        """What the phone shows: a code that nobody has used."""
        self.town.clock.advance(30)
        return code_at(self.phone, self.town.clock())

    async def sign_in(self) -> None:
        words = {"account": self.account, "password": PASSWORD, "code": self.code()}
        assert (await self.http.post("/console/sign-in", data=words)).status_code == 303
        self.token = TOKEN.findall((await self.http.get("/console/password")).text)[0]

    async def open(self, path: str) -> httpx2.Response:
        return await self.http.get(path)

    async def send(self, path: str, **fields: str | list[str]) -> httpx2.Response:
        """A form of ours; a redirection is followed to the page it leads to."""
        words = {"token": self.token} | fields
        return await self.http.post(path, data=words, follow_redirects=True)


@dataclass
class Reception:
    """A town whose people come to the console, at this address."""

    town: Town
    base: str = BASE

    def nobody(self) -> httpx2.AsyncClient:
        """A browser at which nobody has signed in."""
        transport = httpx2.ASGITransport(app=self.town.app, client=("10.0.0.2", 4001))
        return httpx2.AsyncClient(transport=transport, base_url=self.base)

    async def guest(self, account: str, role: str, *agencies: str) -> Guest:
        """An account opened and signed in by both factors."""
        people = self.town.house.people
        made = await people.make(account, role, agencies, by="os:t")
        phone = (await people.enrolment(made.token)).secret
        await people.enrol(made.token, PASSWORD, code_at(phone, self.town.clock()))
        found = Guest(self.nobody(), self.town, account, phone)
        await found.sign_in()
        return found

    async def kinds(self) -> list[str]:
        """The kinds of all entries, in order."""
        return [str(each["kind"]) for each in await self.town.entries()]


@asynccontextmanager
async def open_reception(folder: Path, octets: bytes, grants: str = GRANTS) -> AsyncIterator[Reception]:
    """A town on a database of its own, at 14:05 on 2 March 2026."""
    (folder / "landbridge.sqlite").write_bytes(octets)
    settings = settings_in(folder, f"sqlite:///{folder / 'landbridge.sqlite'}", grants)
    async with open_town(settings, Clock(datetime(2026, 3, 2, 6, 5, 9, tzinfo=UTC))) as town:
        yield Reception(town)
