"""The demo's city with people at the console: their accounts, their phones, their browsers."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser

from adapters.manifest import load
from demo.city import City, open_city
from gateway.access.people import Invitation
from gateway.registry import DocumentKind
from tests.browser.desk import Desk, desk_in
from tests.phones import code_at

PASSWORD = "Spring-river-2026"


@dataclass
class Scene:
    """Who is who: `phones` hold the authenticators' secrets by account."""

    city: City
    opened: Browser
    phones: dict[str, str] = field(default_factory=dict)
    desks: list[Desk] = field(default_factory=list)

    async def account(self, name: str, role: str, *agencies: str) -> str:
        """An account that somebody has opened, without a browser; one that was made before stays as it is."""
        if name not in self.phones:
            await self.enrol(await self.city.house.people.make(name, role, agencies, by="os:test"))
        return name

    async def enrol(self, invitation: Invitation) -> None:
        people = self.city.house.people
        self.phones[invitation.account] = (await people.enrolment(invitation.token)).secret
        await people.enrol(invitation.token, PASSWORD, self.code(invitation.account))

    def code(self, account: str) -> str:
        """What the phone shows: a code that nobody has used."""
        self.city.control.clock.advance(30)
        return code_at(self.phones[account], self.city.control.clock())

    async def base(self, agency: str) -> str:
        """Where an agency of the city answers."""
        published = await self.city.house.registry.current(DocumentKind.AGENCY)
        return load(published[agency].text, f"{agency}.yaml").connection.base

    async def desk(self) -> Desk:
        """Somebody's browser, at which nobody has signed in."""
        desk = await desk_in(self.opened, self.city.url)
        self.desks.append(desk)
        return desk

    async def seated(self, account: str, role: str, *agencies: str) -> Desk:
        """This person's browser, signed in, where their role begins. Signing in itself is `test_way_in`'s."""
        await self.account(account, role, *agencies)
        desk, sittings = await self.desk(), self.city.house.sittings
        token = await sittings.sign_in(account, PASSWORD, self.code(account), "127.0.0.1")
        await desk.context.add_cookies([{"name": "landbridge", "value": token, "url": desk.url}])
        await desk.go("/console")
        return desk

    async def open_by(self, link: str, account: str, *, look: bool = False) -> None:
        """As a person does who was handed a link: open it, scan, choose a password, enter the code."""
        desk = await self.desk()
        await desk.page.goto(link)
        await desk.page.wait_for_function("document.getElementById('f-invitation').value !== ''")
        assert "#" not in desk.page.url
        await desk.press("下一步")
        self.phones[account] = await desk.page.inner_text("code.secret")
        if look:
            await desk.glance("enrolment")
        await desk.fill(password=PASSWORD, again=PASSWORD, code=self.code(account))
        await desk.press("开通")
        assert "账号已开通" in await desk.says()

    async def sign_in(self, account: str) -> Desk:
        """By both factors, as anybody does."""
        desk = await self.desk()
        await desk.go("/console/sign-in")
        await desk.fill(account=account, password=PASSWORD, code=self.code(account))
        await desk.press("登录")
        return desk


@asynccontextmanager
async def open_scene(folder: Path, opened: Browser) -> AsyncGenerator[Scene]:
    """The city of the demo, in which nobody has an account yet."""
    (folder / "home").mkdir()
    async with open_city(folder, folder / "home") as city:
        scene = Scene(city, opened)
        yield scene
        for desk in scene.desks:
            await desk.context.close()
