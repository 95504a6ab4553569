"""A dry run whose store is away before its page is made: what came is told, and what to do about the rest."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from gateway.console import dryruns
from gateway.store.migrate import migrate
from tests.console.guests import Guest, Reception, said
from tests.gateway.town import CODE, ONE
from tests.postgres import Postgres
from tests.registry.counter import AGENCY, PERMIT, Counter
from tests.stores import only_postgres
from tests.waiting import until

FILING, CONTRACT = "investment-filing", "land-transfer-contract"
VERSION = f"/console/agencies/{AGENCY}/versions/2"
OTHERS = ("2301-231005-04-01-123456", "2301-231005-04-01-654321")


@pytest.fixture
def database_url(server: Postgres, store_kind: str) -> str:
    del store_kind
    server.run("DROP DATABASE IF EXISTS away WITH (FORCE)")
    server.run("CREATE DATABASE away")
    migrate(server.url("away"))
    return server.url("away")


pytestmark = only_postgres


@contextmanager
def goes(server: Postgres) -> Iterator[Callable[[], Awaitable[None]]]:
    """The database, until somebody stops it; it is back for whoever closes the house."""
    try:
        yield lambda: asyncio.to_thread(server.stop)
    finally:
        if server.is_gone():
            server.start()


def without_vault(counter: Counter) -> None:
    """As when its disk is no longer mounted."""
    vault = counter.town.house.settings.home / "vault"
    vault.rename(vault.with_name("elsewhere"))


def after(monkeypatch: pytest.MonkeyPatch, name: str, then: Callable[[], Awaitable[None]]) -> None:
    """Something happens between what the page is about and the page."""
    whole = getattr(dryruns, name)

    async def and_then(*given: Any) -> Any:
        found = await whole(*given)
        await then()
        return found

    monkeypatch.setattr(dryruns, name, and_then)


class Second(asyncio.Event):
    """The agency's gate; something happens before it answers for the second time."""

    def __init__(self, then: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._then, self._asked = then, 0

    async def wait(self) -> Any:
        self._asked += 1
        if self._asked == 2:
            await self._then()


async def admin(counter: Counter, text: str = "") -> Guest:
    await counter.draft((text or counter.manifest) + "# 改\n")
    return await Reception(counter.town).guest("lin", "agency-admin", AGENCY)


async def test_the_vault_is_away_when_the_replies_would_be_compared(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
):
    async def then() -> None:
        without_vault(counter)

    lin = await admin(counter)
    after(monkeypatch, "run", then)
    page = await lin.send(
        f"{VERSION}/trials", projects=CODE, kinds=[FILING, PERMIT], key="project_name", value=str(ONE.name)
    )
    assert (page.status_code, "total_investment_wan" in said(page)) == (503, True)
    assert "企业投资项目备案" in said(page).partition("已取得并留存的返回：")[2][:40]
    assert "不必再次询问该部门" in said(page)
    assert "请从备份恢复" not in said(page)


async def test_the_vault_goes_away_between_two_materials_of_a_project(counter: Counter):
    async def then() -> None:
        without_vault(counter)

    lin = await admin(counter)
    counter.gate.open = Second(then)
    page = await lin.send(f"{VERSION}/trials", projects=CODE, key="project_name", value=str(ONE.name))
    assert "total_investment_wan" in said(page)
    assert said(page).count("留存文件目录无法使用") >= 2
    assert len(counter.desk.asked) == 2
    entry = (await counter.town.asks())[-1]
    assert (entry["kind"], len(entry["evidence"]), "unavailable" in str(entry["outcome"])) == (
        "answered",
        1,
        False,
    )


async def test_the_database_is_away_when_the_page_is_made(
    counter: Counter, server: Postgres, monkeypatch: pytest.MonkeyPatch
):
    lin = await admin(counter)
    with goes(server) as stopped:
        after(monkeypatch, "run", stopped)
        page = await lin.send(f"{VERSION}/trials", projects=CODE, kinds=FILING)
        assert (page.status_code, "total_investment_wan" in said(page)) == (503, True)
        assert "只是未能与另一版本对照" in said(page)
        assert "不必再次询问该部门" in said(page)


async def one_is_told(counter: Counter) -> bool:
    return any(each["kind"] == "answered" for each in await counter.town.asks())


async def test_the_database_goes_away_between_two_projects(counter: Counter, server: Postgres):
    lin = await admin(counter, counter.manifest.replace("concurrency: 4", "concurrency: 1"))
    with goes(server) as stopped:

        async def then() -> None:
            await until(lambda: one_is_told(counter))
            await stopped()

        counter.gate.open = Second(then)
        page = await lin.send(f"{VERSION}/trials", projects=" ".join((CODE, *OTHERS)), kinds=FILING)
    assert (page.status_code, "逐项结果" in said(page)) == (503, True)
    assert "审计日志暂不可写，试运行中断" in said(page)
    assert "已取得并留存的返回：企业投资项目备案证明 1 份。" in said(page)
    assert "2 个未试完" in said(page)
    assert "未提供任何数据" not in said(page)


async def test_the_database_is_away_when_a_comparison_is_told(
    counter: Counter, server: Postgres, monkeypatch: pytest.MonkeyPatch
):
    await counter.town.ask(kinds=[FILING])
    lin = await admin(counter)
    with goes(server) as stopped:
        after(monkeypatch, "compared", stopped)
        page = await lin.send(f"{VERSION}/comparisons")
    assert page.status_code == 200
    assert "对照的返回 1 份" in said(page)
