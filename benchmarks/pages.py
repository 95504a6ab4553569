"""Pages of the console: the time to a page's first byte beside the bare rendering of its template.

`python -m benchmarks.pages` opens the demo city, signs a person of every role in, and asks for every page
that needs no more than an agency, turn about. A ratio of 1: all the time goes into the template.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from demo.city import City, open_city
from gateway.cli.words import pick
from gateway.console import rendering
from gateway.console.doors import PAGES
from tests.phones import code_at

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

    from starlette.types import ASGIApp

PASSWORD = "Spring-river-2026"  # noqa: S105  of people that are invented
AGENCY = "mdj-hc"
ROLES = ("auditor", "agency-admin", "security-admin", "system-admin", "registrar")
LIMIT = 2.0


@dataclass
class Page:
    """One page: seconds to its first byte, and of these the rendering's, time after time."""

    path: str
    role: str
    octets: int = 0
    whole: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """How many times as long as the rendering alone."""
        return median(self.whole) / median(self.bare)


def pages() -> Iterator[Page]:
    """Every page that is there without a form and without a number, for the first role it is for."""
    for (method, path), door in PAGES.items():
        address = path.replace("{agency}", AGENCY)
        role = next((role for role in ROLES if role in door.roles), None)
        if method == "GET" and role is not None and "{" not in address and path != "/console":
            yield Page(address, role)


async def measure(rounds: int) -> list[Page]:
    """All pages in turn, so many times."""
    with tempfile.TemporaryDirectory(prefix="landbridge-pages-") as name:
        folder = Path(name)
        (folder / "home").mkdir()
        async with open_city(folder, folder / "home") as city:
            cookies = {role: await _seated(city, role) for role in ROLES}
            found = list(pages())
            for _ in range(rounds):
                for page in found:
                    await _ask(city.app, page, cookies[page.role])
            return [page for page in found if page.bare]


async def _seated(city: City, role: str) -> str:
    people, clock, account = city.house.people, city.control.clock, f"bench-{role}"
    made = await people.make(account, role, (AGENCY,) if role == "agency-admin" else (), by="os:bench")
    secret = (await people.enrolment(made.token)).secret
    await people.enrol(made.token, PASSWORD, code_at(secret, clock()))
    clock.advance(30)
    return await city.house.sittings.sign_in(account, PASSWORD, code_at(secret, clock()), "127.0.0.1")


async def _ask(app: ASGIApp, page: Page, cookie: str) -> None:
    """One request, without a socket and without a client in the way."""
    spent: list[float] = []
    plain = rendering.rendered

    def timed(template: str, **facts: Any) -> str:
        began = time.perf_counter()
        shown = plain(template, **facts)
        spent.append(time.perf_counter() - began)
        page.octets = len(shown.encode())
        return shown

    first: list[float] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            first.append(time.perf_counter())

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": page.path,
        "raw_path": page.path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1"), (b"cookie", f"landbridge={cookie}".encode())],
        "client": ("127.0.0.1", 4000),
        "server": ("127.0.0.1", 8100),
    }
    rendering.rendered = timed
    began = time.perf_counter()
    try:
        await app(scope, receive, send)
    finally:
        rendering.rendered = plain
    if spent:
        page.whole.append(first[0] - began)
        page.bare.append(sum(spent))


def say(found: list[Page]) -> None:
    """A line a page, the slowest in comparison first."""
    title = pick("控制台页面：首字节与模板渲染", "Pages of the console: first byte beside the bare rendering")
    print(f"\n{title}")
    print(f"  {'':52}{'ms':>8}{'bare ms':>9}{'×':>6}{'kB':>7}")
    for page in sorted(found, key=lambda each: -each.ratio):
        whole, bare = (median(each) * 1000 for each in (page.whole, page.bare))
        mark = "" if page.ratio < LIMIT else "  !"
        print(f"  {page.path:52}{whole:>8.2f}{bare:>9.2f}{page.ratio:>6.1f}{page.octets / 1000:>7.1f}{mark}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--rounds", type=int, default=40, help="times each page is asked for")
    say(asyncio.run(measure(parser.parse_args().rounds)))


if __name__ == "__main__":
    main()
