"""Trials and comparisons on their page, of an agency that really answers: what came of them is never lost."""

from collections.abc import Callable
from typing import Any

import pytest

from contracts.errors import ManifestInvalid, StoreUnavailable
from contracts.text import text
from gateway.api import versions
from tests.console.guests import Guest, Reception, said
from tests.gateway.town import CODE
from tests.registry.counter import AGENCY, Counter

FILING = "investment-filing"
VERSION = f"/console/agencies/{AGENCY}/versions/2"


async def admin(counter: Counter) -> Guest:
    """Whoever looks after the agency, at the console; a draft is there to be tried."""
    await counter.draft(counter.manifest + "# 改\n")
    return await Reception(counter.town).guest("lin", "agency-admin", AGENCY)


@pytest.mark.parametrize(("against", "status"), [("3", 422), ("99", 404), ("x", 400)])
async def test_a_version_that_cannot_be_read_with_is_told_before_anybody_is_asked(
    counter: Counter, against: str, status: int
):
    lin = await admin(counter)
    await counter.draft(counter.manifest.replace("concurrency:", "concurency:"))
    page = await lin.send(f"{VERSION}/trials", projects=CODE, kinds=FILING, against=against)
    assert (page.status_code, counter.desk.asked) == (status, [])
    assert [each["kind"] for each in await counter.town.asks()] == []


def _no_vault(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> Any:
        raise StoreUnavailable

    monkeypatch.setattr(type(counter.town.house.vault), "has", away)


def _rules_are_new(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in force was valid when it was published."""
    registry = counter.town.house.registry
    check = registry.check

    def stricter(kind: Any, name: str, content: str) -> None:
        if content == counter.manifest:
            raise ManifestInvalid(text("不再有效", "no longer valid"))
        check(kind, name, content)

    monkeypatch.setattr(registry, "check", stricter)


@pytest.mark.parametrize(("ill", "status"), [(_no_vault, 503), (_rules_are_new, 422)])
async def test_what_the_agency_said_is_told_though_it_cannot_be_read_by_another_version(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, ill: Callable[..., None], status: int
):
    lin = await admin(counter)
    ill(counter, monkeypatch)
    page = await lin.send(f"{VERSION}/trials", projects=CODE, kinds=FILING)
    assert (page.status_code, len(counter.desk.asked)) == (status, 1)
    assert "逐项结果" in said(page)
    assert "total_investment_wan" in said(page)
    assert "只是未能与另一版本对照" in said(page)


async def test_nothing_is_said_not_to_be_kept_that_there_was_no_time_to_look_for(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
):
    lin = await admin(counter)
    assert "没有该部门近期的返回" in said(await lin.send(f"{VERSION}/comparisons"))
    await counter.town.ask(kinds=[FILING])
    monkeypatch.setattr(versions, "COMPARING_SECONDS", 0)
    page = said(await lin.send(f"{VERSION}/comparisons"))
    assert "时间已到，尚未找到可供对照的返回" in page
    assert "没有该部门近期的返回" not in page
