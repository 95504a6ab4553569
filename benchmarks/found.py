"""Searching a large log in the console: whole pages, as an auditor waits for them.

`python -m benchmarks.found` fills a log under a house's own key, opens the demo city on it and asks for the
first page of each form of search, by the address that the form makes: the search, its own entry on the disk,
everybody's name, and the page to its last octet. `--folder` keeps the house, for a million entries take
minutes to write.
"""

from __future__ import annotations

import argparse
import random
import re
import secrets
import tempfile
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import uvloop
from sqlalchemy import insert

from benchmarks.pages import fetched, seated
from benchmarks.searches import FORMS, fill
from contracts.identifiers import normalise
from demo.city import open_city
from gateway.audit.checkpoint import CheckpointSigner
from gateway.cli.words import pick
from gateway.keys import KeyRing
from gateway.settings import Settings
from gateway.store.tables import aliases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo.city import City
    from gateway.audit.search import Query

LIMIT = 1.0
"""Seconds that nobody should wait longer than."""

PROJECTS, NAMED = 5000, "示例城第 {} 期"
SEARCH, FOLLOW = "/console/log", "/console/log/follow"
FIND = re.compile(r'<(?:p|td class="break")><a (?:class="num" )?href="/console/log/[0-9]')


@dataclass
class Waited:
    """One page: what it is asked for, and seconds to its last octet, time after time; how much it shows."""

    name: str
    path: str
    query: str
    finds: int = 0
    octets: int = 0
    seconds: list[float] = field(default_factory=list)


def asked() -> Iterator[Waited]:
    """Every form of search by its address; a project by its name; and threads, which are searches too."""
    for name, query in FORMS.items():
        yield Waited(name, SEARCH, urlencode(typed(query) or {"project": ""}))
    yield Waited("project, by its name", SEARCH, urlencode({"project": NAMED.format(0)}))
    for what, who in (("project", "2012-231005-04-01-000000"), ("operator", "reg-017"), ("consumer", "hall")):
        yield Waited(f"follow, {what}", FOLLOW, urlencode({"what": what, "who": who}))


def typed(query: Query) -> dict[str, str | int]:
    """What an auditor types for it: days, the last one whole, and one word for how an ask ended."""
    words = query.words()
    for name in ("status", "problem"):
        if name in words:
            words["outcome"] = words.pop(name)
    if query.since:
        words["from"] = query.since[:10]
    if query.until:
        words["until"] = (date.fromisoformat(query.until[:10]) - timedelta(days=1)).isoformat()
    return words


async def measure(folder: Path, entries: int, rounds: int) -> list[Waited]:
    """Each page so many times, in another order every time; the first time counts like any other."""
    home = folder / f"house-{entries}"
    _furnish(home, entries)
    with tempfile.TemporaryDirectory(prefix="landbridge-found-") as name:
        async with open_city(Path(name), home) as city:
            await _name_all(city)
            cookie, found = await seated(city, "auditor", secrets.token_hex(4)), list(asked())
            for number in range(rounds):
                for page in random.Random(number).sample(found, len(found)):
                    answer = await fetched(city.app, page.path, cookie, page.query)
                    if answer.status != 200:
                        raise RuntimeError(f"{page.path}?{page.query}: {answer.status}")
                    page.seconds.append(answer.last)
                    page.octets, page.finds = len(answer.body), len(FIND.findall(answer.body.decode()))
            return found


def _furnish(home: Path, entries: int) -> None:
    """A home with keys of its own and a log that was written with them."""
    place = home / "landbridge.sqlite"
    if place.exists():
        return
    home.mkdir(parents=True, exist_ok=True)
    keys, unfinished = KeyRing.open(home, create=True), place.with_suffix(".part")
    signer = CheckpointSigner(Settings(home=home).log_origin, keys.checkpoint)
    fill(f"sqlite:///{unfinished}", entries, signer)
    unfinished.rename(place)


async def _name_all(city: City) -> None:
    """Everybody the entries tell of has a name, the first time the house is opened."""
    house = city.house
    for consumer, title in (("hall", "政务大厅"), ("archive", "城建档案馆")):
        await house.access.add(consumer, ("consumer",), by="os:bench", title=title)
    first = "2012-231005-04-01-000000"
    if await house.aliases.called({first}):
        return
    row = {"key": "project_name", "state": "confirmed", "source": "mdj-hc", "at": "2024-01-01T00:00:00.000Z"}
    rows = [
        row | {"project": f"{first[:-6]}{each:06}", "norm": normalise(name), "raw": name}
        for each, name in enumerate(map(NAMED.format, range(PROJECTS)))
    ]
    await house.database.write(lambda writing: writing.execute(insert(aliases), rows))


def say(found: list[Waited], entries: int) -> None:
    """A line a page, the slowest first."""
    print(
        pick(
            f"\n控制台检索：{entries} 条日志，整页（含检索自身的记录、称呼与页面）",
            f"\nSearching {entries} entries in the console: whole pages, their own entry and names included",
        )
    )
    print(f"  {'':32}{'finds':>7}{'p50 ms':>9}{'max ms':>9}{'kB':>7}")
    for page in sorted(found, key=lambda each: -max(each.seconds)):
        middle, worst = median(page.seconds) * 1000, max(page.seconds) * 1000
        mark = "" if max(page.seconds) < LIMIT else "  !"
        print(f"  {page.name:32}{page.finds:>7}{middle:>9.0f}{worst:>9.0f}{page.octets / 1000:>7.0f}{mark}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.found", description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000, help="entries of the log that is searched")
    parser.add_argument("--rounds", type=int, default=5, help="times each page is asked for")
    parser.add_argument(
        "--folder", type=Path, metavar="DIR", help="where the house is kept for the next time"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="landbridge-bench-") as name:
        folder = options.folder or Path(name)
        say(uvloop.run(measure(folder, options.entries, options.rounds)), options.entries)


if __name__ == "__main__":
    main()
