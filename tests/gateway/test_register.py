"""The consumers' register: what people call a consumer, who says so, and what the log says of it."""

from typing import Any

import httpx2
import pytest

from contracts.errors import AskMalformed, LogUnavailable, NoSuchThing
from contracts.text import text
from tests.gateway.town import Town

TITLE = "登记系统"


@pytest.fixture
async def guarded(town: Town) -> Town:
    """A town with a security admin."""
    await town.enrol("security-admin")
    return town


async def put(town: Town, title: Any, consumer: str = "registration") -> httpx2.Response:
    place, bearer = f"/v1/consumers/{consumer}/title", town.bearer("security-admin")
    return await town.http.put(place, json={"title": title}, headers=bearer)


async def test_a_title_is_given_and_taken_away_and_each_is_an_entry_without_it(guarded: Town):
    answer = await put(guarded, f"  {TITLE} ")
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["consumer"], shown["title"], shown["roles"]) == ("registration", TITLE, ["consumer"])
    register = await guarded.http.get("/v1/consumers", headers=guarded.bearer("security-admin"))
    titles = {each["consumer"]: each["title"] for each in register.json()["consumers"]}
    assert (titles["registration"], titles["hall"]) == (TITLE, None)
    assert (await put(guarded, "")).json()["title"] is None
    given, taken = (await guarded.entries())[-2:]
    assert (given["kind"], given["consumer"]) == ("consumer", "security-admin")
    assert given["subject"] == {"type": "consumer", "id": "registration", "note": "title set"}
    assert taken["subject"]["note"] == "title taken away"
    assert TITLE not in str(await guarded.entries())


async def test_whoever_gets_another_key_keeps_its_title_and_its_key_opens(guarded: Town):
    access = guarded.house.access
    key = await access.add("city-hall", ("consumer",), by="os:t", title=TITLE)
    assert (await guarded.entries())[-1]["subject"]["note"].endswith("; roles consumer; title set")
    await access.add("city-hall", ("consumer",), by="os:t")
    assert (await access.one("city-hall"))["title"] == TITLE
    await access.add("city-hall", ("consumer",), by="os:t", title="市民大厅")
    assert (await access.one("city-hall"))["title"] == "市民大厅"
    assert (await access.recognise(key, "10.0.0.9")).id == "city-hall"
    assert (await access.titles())["city-hall"] == text("市民大厅", "市民大厅")


@pytest.mark.parametrize(
    "title",
    ["x" * 61, "登记\n系统", "登记\u202e系统", "登记\u0000系统", "登记\u200b系统", "登记\t系统"],
    ids=["long", "lines", "direction", "nul", "nothing-wide", "tab"],
)
async def test_what_nobody_can_read_is_no_title(guarded: Town, title: str):
    before = len(await guarded.entries())
    access = guarded.house.access
    for wrong in (
        access.entitle("registration", title, by="os:t"),
        access.add("city-hall", ("consumer",), by="os:t", title=title),
    ):
        with pytest.raises(AskMalformed) as refused:
            await wrong
        assert refused.value.detail.zh != refused.value.detail.en
    assert (await put(guarded, title)).status_code == 400
    assert (await put(guarded, 7)).status_code == 400
    assert len(await guarded.entries()) == before
    assert "city-hall" not in await access.names()


async def test_nobody_is_given_a_title_whom_nobody_registered(guarded: Town):
    before = len(await guarded.entries())
    assert (await put(guarded, TITLE, "nobody")).status_code == 404
    with pytest.raises(NoSuchThing):
        await guarded.house.access.entitle("nobody", TITLE, by="os:t")
    assert len(await guarded.entries()) == before


async def test_a_title_that_the_log_does_not_have_is_not_given(guarded: Town, monkeypatch):
    async def full(_draft):
        raise LogUnavailable

    monkeypatch.setattr(guarded.house.access, "_record", full)
    assert (await put(guarded, TITLE)).status_code == 503
    assert (await guarded.house.access.one("registration"))["title"] is None
