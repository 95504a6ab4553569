"""Days typed in forms: on every page that takes one, an odd one is told so; and what a period begins with."""

import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio

from contracts.errors import AskMalformed
from gateway.console.days import Period, month_or_year
from gateway.registry import DocumentKind
from tests.console.guests import Guest, Reception, open_reception, said, wrong_in
from tests.gateway.town import LAND, noon

pytestmark = pytest.mark.asyncio(loop_scope="module")

ODD = ("9999-12-31", "0001-01-01", "9000-01-02", "1899-12-31", "2026-02-30", "some day")
USES, TOUCHED = f"/console/agencies/{LAND}/uses", f"/console/agencies/{LAND}/touched"
LOOKED_AT = (
    ("aud", "/console/log?from={}"),
    ("aud", "/console/log?until={}"),
    ("aud", "/console/log/follow?what=consumer&who=hall&from={}"),
    ("aud", "/console/log/follow?what=consumer&who=hall&until={}"),
    ("aud", "/console/look?from={}"),
    ("aud", "/console/look?until={}"),
    ("hui", USES + "?since={}"),
    ("hui", USES + "?until={}"),
    ("hui", TOUCHED + "?cause=outage&from={}"),
    ("hui", TOUCHED + "?cause=outage&until={}"),
)
GRANT = {
    "id": "hall-2026",
    "consumer": "hall",
    "purposes": "first-registration",
    "from": "2026-01-01",
    "until": "2026-12-31",
    "approval": "演共〔2026〕3号",
    "kinds": "company-record",
}
SENT = (
    ("aud", "/console/log/saved", "from", {"name": "one"}),
    ("aud", "/console/log/saved", "until", {"name": "one"}),
    ("aud", "/console/exports", "from", {"format": "csv"}),
    ("aud", "/console/exports", "until", {"format": "csv"}),
    ("hui", f"/console/agencies/{LAND}/repulls", "from", {"cause": "outage"}),
    ("sec", "/console/grants/endings", "day", {"grant": "hall-narrow", "version": ""}),
)
TOLD = ("日期应形如 2026-03-02", "时间应形如 2026-03-02T08:00", "缺少该字段")

Guests = dict[str, Guest]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reception(
    tmp_path_factory: pytest.TempPathFactory, sqlite_octets: bytes
) -> AsyncIterator[Reception]:
    folder: Path = tmp_path_factory.mktemp("days")
    async with open_reception(folder, sqlite_octets) as ready:
        yield ready


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def guests(reception: Reception) -> AsyncIterator[Guests]:
    seated = {
        "aud": await reception.guest("aud", "auditor"),
        "hui": await reception.guest("hui", "agency-admin", LAND),
        "sec": await reception.guest("sec", "security-admin"),
    }
    yield seated
    for guest in seated.values():
        await guest.http.aclose()


@pytest.mark.parametrize("odd", ODD)
async def test_an_odd_day_in_an_address_is_told_on_the_page(guests: Guests, odd: str):
    for who, path in LOOKED_AT:
        page = await guests[who].open(path.format(odd))
        assert page.status_code == 400, (path, page.status_code)
        assert any(told in said(page) for told in TOLD), path
        assert wrong_in(page) == re.findall(r"(\w+)={}", path), path


@pytest.mark.parametrize("odd", ODD)
async def test_an_odd_day_in_a_form_is_told_and_nothing_done(reception: Reception, guests: Guests, odd: str):
    registry, before = reception.town.house.registry, await reception.kinds()
    versions = len(await registry.versions(DocumentKind.GRANTS, "grants"))
    for who, path, name, words in SENT:
        page = await guests[who].send(path, **words, **{name: odd})
        assert page.status_code == 400, (path, page.status_code)
        assert any(told in said(page) for told in TOLD), path
        if not path.endswith("/repulls"):  # there it is what was looked for before
            assert wrong_in(page) == [name], path
    assert set((await reception.kinds())[len(before) :]) <= {"audit", "looked"}  # the forms were shown again
    assert len(await registry.versions(DocumentKind.GRANTS, "grants")) == versions


@pytest.mark.parametrize("name", ["from", "until"])
async def test_a_grant_may_hold_for_long_and_an_odd_day_of_it_is_named(guests: Guests, name: str):
    for odd in ODD:
        page = await guests["sec"].send(
            "/console/grants/decisions", **(GRANT | {"id": f"g-{name}-{odd[:4].strip()}", name: odd})
        )
        assert page.status_code < 500, odd
        if odd in {"2026-02-30", "some day"}:
            assert f"valid.{name}：应为日期，如 2026-03-01" in said(page)
            assert wrong_in(page) == [name]


async def test_a_period_is_of_thirty_days_with_today_and_may_be_one_day(guests: Guests):
    for who, path, first in (("hui", USES, "since"), ("aud", "/console/look", "from")):
        page = (await guests[who].open(path)).text
        assert 'value="2026-02-01"' in page
        assert 'value="2026-03-02"' in page
        page = (await guests[who].open(f"{path}?until=2026-01-31")).text
        assert 'value="2026-01-02"' in page
        one = await guests[who].open(f"{path}?{first}=2026-03-02&until=2026-03-02")
        assert one.status_code == 200
        upside_down = await guests[who].open(f"{path}?{first}=2026-03-03&until=2026-03-02")
        assert "起始日期不能晚于结束日期" in said(upside_down)


async def test_a_period_is_looked_over_as_long_as_over_the_api(guests: Guests):
    for words, status in (
        ("from=2025-01-01&until=2026-01-01", 200),  # 366 days
        ("from=2024-12-31&until=2026-01-01", 400),
    ):
        page = await guests["aud"].open(f"/console/look?{words}")
        assert (page.status_code, "366 天以内" in said(page)) == (status, status == 400), words


@pytest.mark.parametrize("year", ["", "26", "99999", "2026-01", "二〇二六", "1" * 5000])
async def test_a_year_that_is_none_is_refused(year: str):
    with pytest.raises(AskMalformed):
        month_or_year(year, "")


async def test_a_month_ends_before_the_next_and_a_year_with_december():
    assert month_or_year("2024", "2") == Period(date(2024, 2, 1), date(2024, 2, 29))
    assert month_or_year("2024", "12") == Period(date(2024, 12, 1), date(2024, 12, 31))
    assert month_or_year("2024", "") == Period(date(2024, 1, 1), date(2024, 12, 31))
    for month in ("0", "13", "x"):
        with pytest.raises(AskMalformed):
            month_or_year("2024", month)
    edges = month_or_year("2026", "3").edges()
    assert edges["from"] < noon(1) < noon(31) < edges["until"]
