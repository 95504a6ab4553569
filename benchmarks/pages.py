"""Pages of the console: the time to a page's first byte beside the bare rendering of its template.

`python -m benchmarks.pages` opens the demo city, signs a person of every role in, and asks for every page
that needs no more than an agency, a draft or an entry, turn about. Both times are of the same request: the
first byte is what the whole application took, called without a socket, and bare is what Jinja took of it for
this template and these facts. A ratio of 1: as long as all of the template takes. What any page costs beside
it is said above them: FastAPI with the same middleware and a page of nothing; and one look into the database
for who sits there, which a page waits for before it says what it is about, and some before they begin.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

import uvloop
from fastapi import FastAPI
from starlette.responses import HTMLResponse

from contracts.audit import Draft, EntryKind
from demo.city import HC, City, open_city
from gateway.api import documents
from gateway.api.agencies import in_force
from gateway.api.documents import Which, Written
from gateway.api.door import Bounded
from gateway.api.sheets import SHEET
from gateway.app import SILENT_TELEMETRY
from gateway.cli.words import pick
from gateway.console import rendering
from gateway.console.doors import PAGES, PEOPLE
from gateway.metrics import Timed
from gateway.registry import DocumentKind
from tests.phones import code_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, MutableMapping

    from starlette.types import ASGIApp

PASSWORD = "Spring-river-2026"  # noqa: S105  of people that are invented
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

    def as_json(self) -> dict[str, Any]:
        """Medians, in milliseconds."""
        told = asdict(self) | {name: median(getattr(self, name)) * 1000 for name in ("whole", "bare")}
        return told | {"ratio": self.ratio}


@dataclass(frozen=True)
class Measured:
    """The pages, and the seconds that any takes beside its template: nothing shown, and who sits there."""

    pages: list[Page]
    nothing: float
    sitting: float

    def as_json(self) -> dict[str, Any]:
        """Milliseconds."""
        floor = {name: getattr(self, name) * 1000 for name in ("nothing", "sitting")}
        return floor | {"pages": [each.as_json() for each in self.pages]}


def pages(made: Mapping[str, str]) -> Iterator[Page]:
    """Every page that is there without a form, for the first role it is for; `made` stands in addresses."""
    for (method, path), door in PAGES.items():
        role = next((role for role in PEOPLE if role in door.roles), None)
        address = path
        for name, value in made.items():
            address = address.replace(f"{{{name}}}", value)
        if method == "GET" and role is not None and "{" not in address and path != "/console":
            yield Page(address, role)


async def measure(rounds: int) -> Measured:
    """All pages in turn, so many times."""
    with tempfile.TemporaryDirectory(prefix="landbridge-pages-") as name:
        folder = Path(name)
        (folder / "home").mkdir()
        async with open_city(folder, folder / "home") as city:
            cookies = {role: await seated(city, role) for role in PEOPLE}
            found, bare = list(pages(await _made(city))), _nothing()
            nothing, sitting = [], []
            for number in range(rounds):
                # Each time another order: no page pays for the same neighbour every time.
                for page in random.Random(number).sample(found, len(found)):
                    await _ask(city.app, page, cookies[page.role])
                nothing.append((await fetched(bare, "/", "")).first)
                began = time.perf_counter()
                await city.house.sittings.whose(cookies[PEOPLE[0]])
                sitting.append(time.perf_counter() - began)
            return Measured([page for page in found if page.bare], median(nothing), median(sitting))


async def seated(city: City, role: str, name: str = "") -> str:
    """A person of this role, signed in: what their browser's cookie says."""
    people, clock, account = city.house.people, city.control.clock, f"bench-{name or role}"
    made = await people.make(account, role, (HC,) if role == "agency-admin" else (), by="os:bench")
    secret = (await people.enrolment(made.token)).secret
    await people.enrol(made.token, PASSWORD, code_at(secret, clock()))
    clock.advance(30)
    return await city.house.sittings.sign_in(account, PASSWORD, code_at(secret, clock()), "127.0.0.1")


async def _made(city: City) -> dict[str, str]:
    """What addresses name: drafts of a manifest and of the grant sheet, and what the city has by itself."""
    house, entry = city.house, Draft(kind=EntryKind.DRAFTED, operator="person:bench-agency-admin")
    drafted = set()
    for which in (Which(DocumentKind.AGENCY, HC), Which(*SHEET)):
        document = (await house.registry.current(which.kind))[which.name]
        draft = await documents.draft(house, which, Written(text=document.text), entry)
        drafted.add(str(draft.version.version))
    (version,) = drafted
    kind = (await in_force(house, HC)).kinds[0]
    made = {"agency": HC, "version": version, "kind": kind, "index": "1"}
    return made | {"consumer": "registration", "account": "bench-auditor"}


def _nothing() -> FastAPI:
    app = FastAPI(telemetry=SILENT_TELEMETRY, docs_url=None, redoc_url=None)
    app.add_middleware(Bounded)
    app.add_middleware(Timed, metrics=lambda: None)

    @app.get("/")
    async def page() -> HTMLResponse:
        return HTMLResponse("", headers=rendering.HEADERS)

    return app


async def _ask(app: ASGIApp, page: Page, cookie: str) -> None:
    """Ask for a page once; one that is no page, or not there, is not counted."""
    spent: list[float] = []
    plain = rendering.rendered

    def timed(template: str, **facts: Any) -> str:
        began = time.perf_counter()
        shown = plain(template, **facts)
        spent.append(time.perf_counter() - began)
        page.octets = len(shown.encode())
        return shown

    rendering.rendered = timed
    try:
        answer = await fetched(app, page.path, cookie)
    finally:
        rendering.rendered = plain
    if spent and answer.status == 200:
        page.whole.append(answer.first)
        page.bare.append(sum(spent))


class Fetched(NamedTuple):
    """What came of asking for a page: seconds to its body's first octet and to the last, and the body."""

    status: int
    first: float
    last: float
    body: bytes


async def fetched(app: ASGIApp, path: str, cookie: str, query: str = "") -> Fetched:
    """A page without a socket and without a client in the way."""
    told: list[int] = []
    pieces: list[tuple[float, bytes]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            told.append(message["status"])
        elif message.get("body"):
            pieces.append((time.perf_counter() - began, message["body"]))

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1"), (b"cookie", f"landbridge={cookie}".encode())],
        "client": ("127.0.0.1", 4000),
        "server": ("127.0.0.1", 8100),
    }
    began = time.perf_counter()
    await app(scope, receive, send)
    first = pieces[0][0] if pieces else time.perf_counter() - began
    return Fetched(told[0], first, time.perf_counter() - began, b"".join(body for _, body in pieces))


def say(found: Measured) -> None:
    """A line a page, the slowest in comparison first."""
    nothing, sitting = found.nothing * 1000, found.sitting * 1000
    print(
        pick("\n控制台页面：首字节与模板渲染", "\nPages of the console: first byte beside the bare rendering")
    )
    print(
        pick(
            f"  模板以外：框架与中间件 {nothing:.2f} ms；查明谁在登录 {sitting:.2f} ms",
            f"  Beside any template: framework, middleware {nothing:.2f} ms; who sits there {sitting:.2f} ms",
        )
    )
    print(f"  {'':62}{'ms':>8}{'bare ms':>9}{'×':>6}{'kB':>7}")
    for page in sorted(found.pages, key=lambda each: -each.ratio):
        whole, bare = (median(each) * 1000 for each in (page.whole, page.bare))
        mark = "" if page.ratio < LIMIT else "  !"
        print(f"  {page.path:62}{whole:>8.2f}{bare:>9.2f}{page.ratio:>6.1f}{page.octets / 1000:>7.1f}{mark}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--rounds", type=int, default=40, help="times each page is asked for")
    say(uvloop.run(measure(parser.parse_args().rounds)))


if __name__ == "__main__":
    main()
