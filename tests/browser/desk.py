"""A real browser before the console: every page that is looked at is judged, photographed and weighed."""

import hashlib
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Response, async_playwright

from tests.browser.senses import DESKTOP, LISTEN, faults_of

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
SHELL = Path("/usr/bin/chromium-headless-shell")
"""The same engine without a window's weight, where Debian's package is there; it shows no PDF."""

PICTURES = ROOT / "build" / "screenshots"
"""What `.ci/run` leaves to be looked at."""

AXE = ROOT / "build" / "node_modules" / "axe-core" / "axe.min.js"
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"

FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WEIGHT_BYTES = 200_000

_HAN = re.compile("[\u3400-\u9fff]+")

_UNTITLED = re.compile(r"\b(?:entry|use|relation|word|version|act|outcome):[a-z0-9]")
"""A word of ours that nothing is called by: its group still stands before it."""

_SAID = """() => {
  const copy = document.body.cloneNode(true);
  copy.querySelectorAll('[lang="zh-CN"], script, style, textarea, pre, code').forEach(e => e.remove());
  const shown = [copy.innerText || copy.textContent];
  copy.querySelectorAll('input, button, a, img').forEach(
    e => shown.push(e.title || '', e.getAttribute('aria-label') || '', e.placeholder || ''));
  return shown.join('\\n');
}"""
"""What an English page says itself; Chinese names of things are marked as Chinese."""

_LABELS = """() => [...document.querySelectorAll(
  'h1, h2, h3, th, dt, label, legend, button, nav a, summary, .hint')]
  .filter(e => !e.closest('[lang="en"]') && !e.querySelector('code') && e.offsetParent !== null)
  .map(e => e.innerText.trim()).filter(t => /[a-z]{3}/.test(t) && !/[\\u3400-\\u9fff]/.test(t))"""
"""What a Chinese page calls things without a Chinese character."""

_AXE_RUN = "async only => (await axe.run(document, {...only, resultTypes: ['violations']})).violations"

_OF_WORDS = ["cat.language", "cat.text-alternatives", "cat.name-role-value", "cat.forms"]
"""Kinds of axe-core's rules about what is said. Marks and colours are the same in both languages."""

_TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Desk:
    """A browser of one person. `faults` are what no page may have: console errors, refused content.

    `clicks` counts what a person does beside typing.
    """

    context: BrowserContext
    page: Page
    url: str
    faults: list[str] = field(default_factory=list)
    clicks: int = 0
    weights: dict[str, int] = field(default_factory=dict)

    async def go(self, path: str) -> None:
        """Open a page of the console."""
        await self.page.goto(self.url + path)

    async def fill(self, **fields: str) -> None:
        """Type into fields by their names."""
        for name, value in fields.items():
            await self.page.fill(f"main [name='{name}']", value)

    async def press(self, name: str) -> None:
        """Press the one button that is called this, and wait for what comes."""
        await self.page.get_by_role("main").get_by_role("button", name=name, exact=True).click()
        self.clicks += 1
        await self.page.wait_for_load_state()

    async def choose(self, **chosen: str) -> None:
        """Choose from lists by their fields' names: a click each."""
        for name, value in chosen.items():
            await self.page.select_option(f"main [name='{name}']", value)
            self.clicks += 1

    async def tick(self, *chosen: str) -> None:
        """Tick boxes, or choose among circles."""
        for each in chosen:
            await self.page.check(f"main {each}")
            self.clicks += 1

    async def follow(self, name: str) -> None:
        """Click the first link that is called this."""
        await self.page.get_by_role("link", name=name, exact=True).first.click()
        self.clicks += 1
        await self.page.wait_for_load_state()

    async def says(self) -> str:
        """The page's text."""
        return await self.page.inner_text("main")

    async def look(self, name: str) -> None:
        """Judge this page in both languages: the same page twice, without leaving it."""
        here = self.page.url
        for language in ("en", "zh"):  # and so one goes on in Chinese
            await self.speak(language)
            await self.page.goto(here)
            await self._judge(f"{name}.{language}", language, laid=language == "en")  # its words are longer

    async def glance(self, name: str, language: str = "zh") -> None:
        """Judge this page as it is, said to be in `language`: what a form brought is not opened again."""
        await self._judge(f"{name}.{language}", language)

    async def on_paper(self, name: str, shown: str, hidden: str) -> None:
        """Look at this page as it is printed: all of `shown` is on it and nothing of `hidden`."""
        await self.page.emulate_media(media="print")
        await self.page.screenshot(**picture(f"{name}.paper"))
        for selector, there in ((shown, True), (hidden, False)):
            found = await self.page.locator(f"main :is({selector})").all()
            assert found, f"{name} has no {selector}"
            seen = [await each.is_visible() for each in found]
            assert seen == [there] * len(seen), f"{name} on paper: {selector}"
        await self.page.emulate_media(media="screen")

    async def speak(self, language: str) -> None:
        """From the next page on, `zh` or `en`."""
        await self.context.add_cookies(
            [{"name": "landbridge-language", "value": language, "url": self.url, "sameSite": "Strict"}]
        )

    async def _judge(self, name: str, language: str, *, laid: bool = True) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(**picture(name))
        assert not self.faults, f"{name}: {self.faults}"
        assert "系统内部错误" not in await self.says(), name
        assert "Internal error" not in await self.says(), name
        assert not _UNTITLED.findall(await self.says()), name
        assert await self.page.evaluate(_TOO_WIDE) <= 0, f"{name} scrolls sideways at 1366 px"
        if language == "en":
            untold = _HAN.findall(await self.page.evaluate(_SAID))
            assert not untold, f"{name}: {untold[:9]}"
        else:
            untold = await self.page.evaluate(_LABELS)
            assert not untold, f"{name}: {untold[:9]}"
        assert sum(self.weights.values()) < WEIGHT_BYTES, f"{name} weighs {self.weights}"
        assert not (found := await faults_of(self.page, language, laid=laid)), f"{name}: {found}"
        await self._audit(name, language)

    async def _audit(self, name: str, language: str) -> None:
        """axe-core's serious and critical findings; where it is not installed, a test says so and skips.

        All of its rules judge the Chinese page; the English one, those that words may break.
        """
        if not AXE.exists():
            return
        await self.page.evaluate(AXE.read_text("utf-8"))
        only = {} if language == "zh" else {"runOnly": {"type": "tag", "values": _OF_WORDS}}
        found: list[dict[str, Any]] = await self.page.evaluate(_AXE_RUN, only)
        grave = [
            (each["id"], [node["html"][:120] for node in each["nodes"]])
            for each in found
            if each["impact"] in {"serious", "critical"}
        ]
        assert not grave, f"{name}: {grave}"

    def heard(self, message: Any) -> None:
        """What the browser says to programmers; a page that answered 4xx on purpose is no fault."""
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.faults.append(message.text)

    async def weighed(self, answer: Response) -> None:
        """What this page and all it loads weigh."""
        if answer.request.is_navigation_request():
            self.weights.clear()
        own = urlsplit(answer.url).scheme.startswith("chrome")  # the browser's own, such as its PDF viewer
        if not own and urlsplit(answer.url).netloc != urlsplit(self.url).netloc:
            self.faults.append(f"loads from elsewhere: {answer.url}")
        if answer.status < 300 and not own:
            self.weights[answer.url] = int(answer.headers.get("content-length", 0))


def picture(name: str) -> dict[str, Any]:
    """How a page is photographed: all of it, and small enough to be kept by the hundred."""
    return {"path": PICTURES / f"{name}.jpg", "full_page": True, "type": "jpeg", "quality": 70}


def installed(*, whole: bool) -> Path | None:
    """The lighter engine where it will do and is there, else all of Chromium, if that is there."""
    wanted = (CHROMIUM,) if whole else (SHELL, CHROMIUM)
    return next((each for each in wanted if os.path.exists(each)), None)  # noqa: PTH110  two names


@asynccontextmanager
async def browser(*, whole: bool = False) -> AsyncIterator[Browser]:
    """Chromium, or a loud skip. `whole`: with all that people's own has, such as its PDF viewer."""
    there = installed(whole=whole)
    if not there:
        pytest.skip("no Chromium at /usr/bin/chromium: NO PAGE WAS LOOKED AT (Debian: apt install chromium)")
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else list(FLAGS)
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=there, args=flags)
        yield opened
        await opened.close()


async def desk_in(opened: Browser, url: str) -> Desk:
    """Another person's browser: nothing is shared but the program."""
    context = await opened.new_context(viewport=DESKTOP, locale="zh-CN")
    context.set_default_timeout(20_000)
    await context.add_init_script(LISTEN)
    page = await context.new_page()
    desk = Desk(context, page, url)
    page.on("console", desk.heard)
    page.on("pageerror", lambda error: desk.faults.append(str(error)))
    page.on("response", desk.weighed)
    return desk


def is_axe() -> bool:
    """Whether the axe-core that lies here is the one that was chosen."""
    return AXE.exists() and hashlib.sha256(AXE.read_bytes()).hexdigest() == AXE_SHA256
