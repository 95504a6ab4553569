"""A page begins for who was here last; what it shows is for who sits there now, by the database's word."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from contracts.people import SignInFirst
from gateway.access.people import People
from gateway.api.doors import NOT_YOURS
from tests.console.guests import Guest, Reception, open_reception, said
from tests.console.test_unfolding import ACCOUNTS, arriving

MARKET = "/console/agencies/demo-market"


@pytest.fixture
async def reception(tmp_path: Path, sqlite_octets: bytes) -> AsyncIterator[Reception]:
    async with open_reception(tmp_path, sqlite_octets) as ready:
        yield ready


def another_node(reception: Reception) -> People:
    """The register as another process has it: what is done there this one finds out when it asks."""
    house = reception.town.house
    return People(house.database, bytes(32), house.log.append, house.clock)


async def entries_of(reception: Reception, account: str) -> list[tuple[str, Any]]:
    entries = [each for each in await reception.town.entries() if each.get("operator") == f"person:{account}"]
    return [(each["kind"], each.get("subject", {}).get("id")) for each in entries]


def main_of(page: str) -> str:
    return page.partition("<main")[2].partition("</main>")[0]


async def test_the_head_leaves_before_the_database_is_asked(
    reception: Reception, monkeypatch: pytest.MonkeyPatch
):
    guest = await reception.guest("sec", "security-admin")
    database, asked = reception.town.house.database, asyncio.Event()
    whole = database.first

    async def slowly(*words: Any) -> Any:
        await asked.wait()
        return await whole(*words)

    monkeypatch.setattr(database, "first", slowly)
    pieces = arriving(reception, guest, ACCOUNTS)
    head = await asyncio.wait_for(anext(pieces), 30)
    assert "<title>人员账号 · 陆桥</title>" in head
    asked.set()
    rest = "".join([piece async for piece in pieces])
    assert 'href="/console/accounts/sec"' in rest


async def test_who_was_sent_away_elsewhere_sees_no_more_than_a_frame(reception: Reception):
    guest = await reception.guest("sec", "security-admin")
    await another_node(reception).close("sec", by="os:root")
    before = await entries_of(reception, "sec")
    page = await guest.open(ACCOUNTS)
    assert SignInFirst.title.zh in said(page)
    assert f'href="/console/sign-in?back={ACCOUNTS}"' in main_of(page.text)
    assert "/console/accounts/sec" not in page.text
    assert await entries_of(reception, "sec") == before
    again = await guest.open(ACCOUNTS)
    assert (again.status_code, again.headers["location"]) == (
        303,
        "/console/sign-in?back=/console/accounts",
    )


async def test_nothing_is_taken_from_who_was_sent_away_elsewhere(reception: Reception):
    guest = await reception.guest("sec", "security-admin")
    await another_node(reception).close("sec", by="os:root")
    page = await guest.send(ACCOUNTS, account="lin", role="auditor", agencies="")
    assert page.status_code == SignInFirst.status
    assert "lin" not in [each.id for each in await reception.town.house.people.listed()]


@pytest.mark.parametrize(
    ("page", "fact"), [("", "/connect"), ("/uses", "按使用方和用途"), ("/versions", "新建草稿")]
)
async def test_whose_agency_was_taken_away_elsewhere_sees_nothing_of_it(
    reception: Reception, page: str, fact: str
):
    guest = await reception.guest("hui", "agency-admin", "demo-market")
    assert fact in main_of((await guest.open(MARKET + page)).text)
    await another_node(reception).assign("hui", ("demo-land",), by="os:root")
    shown = await guest.open(MARKET + page)
    assert fact not in main_of(shown.text)
    assert NOT_YOURS.zh in said(shown)
    place = "/console/agencies/{agency}" + page
    assert (await entries_of(reception, "hui"))[-1] == ("refused", place)
    assert (await guest.open(MARKET + page)).status_code == 403


@pytest.mark.parametrize("page", ["/console/accounts/nobody", f"/console/accounts/{'x' * 99}"])
async def test_who_was_sent_away_elsewhere_is_not_told_what_there_is_not(reception: Reception, page: str):
    guest = await reception.guest("sec", "security-admin")
    assert (await guest.open(page)).status_code in {400, 404}
    await another_node(reception).close("sec", by="os:root")
    answer = await guest.open(page)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/console/sign-in?back={page}")


async def test_whose_agency_was_taken_away_elsewhere_is_not_told_what_it_has_not(reception: Reception):
    guest = await reception.guest("hui", "agency-admin", "demo-market")
    assert (await guest.open(f"{MARKET}/versions/99")).status_code == 404
    await another_node(reception).assign("hui", ("demo-land",), by="os:root")
    assert (await guest.open(f"{MARKET}/versions/99")).status_code == 403
    place = "/console/agencies/{agency}/versions/{version}"
    assert (await entries_of(reception, "hui"))[-1] == ("refused", place)


async def test_before_anything_is_read_for_a_question_it_is_known_who_asks(reception: Reception):
    """Some pages have to look something up before they begin."""
    guest: Guest = await reception.guest("shen", "auditor")
    await another_node(reception).close("shen", by="os:root")
    for question in ("/console/log?project=2312-231005-04-01-735188", "/console/log/follow?who=registration"):
        answer = await guest.open(question)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/console/sign-in?back=")
