"""A dry run whose store is away before its page is made: what came is told, and what to do about the rest."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import FaultClass
from gateway.console import dryruns
from gateway.store.migrate import migrate
from gateway.trials import Trial
from gateway.trials.runs import SIDE_BY_SIDE
from tests.conftest import migrated
from tests.console.guests import Guest, Reception, said
from tests.gateway.town import CODE, ONE
from tests.postgres import Postgres
from tests.registry.counter import AGENCY, PERMIT, VERSIONS, Counter
from tests.stores import only_postgres
from tests.waiting import until

FILING, CONTRACT = "investment-filing", "land-transfer-contract"
VERSION = f"/console/agencies/{AGENCY}/versions/2"
OTHERS = ("2301-231005-04-01-123456", "2301-231005-04-01-654321")


@pytest.fixture
def database_url(store_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Of a server that may be stopped, or a file."""
    if store_kind == "postgres" and "server" in request.fixturenames:
        server: Postgres = request.getfixturevalue("server")
        server.run("DROP DATABASE IF EXISTS away WITH (FORCE)")
        server.run("CREATE DATABASE away")
        migrate(server.url("away"))
        yield server.url("away")
    else:
        with migrated(store_kind, tmp_path, request) as url:
            yield url


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


class Later(asyncio.Event):
    """The agency's gate; something happens before it answers for the second time, or the `turn`th."""

    def __init__(self, then: Callable[[], Awaitable[None]], turn: int = 2) -> None:
        super().__init__()
        self._then, self._turn, self._asked = then, turn, 0

    async def wait(self) -> Any:
        self._asked += 1
        if self._asked == self._turn:
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
    counter.gate.open = Later(then)
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


async def test_nobody_is_asked_about_further_projects_once_the_vault_is_away(counter: Counter):
    """Of those at the agency when it goes, each may still ask; of the others none."""

    async def then() -> None:
        without_vault(counter)

    lin = await admin(counter)
    counter.gate.open = Later(then)
    codes = [f"2301-231005-04-01-{number:06}" for number in range(4 * SIDE_BY_SIDE)]
    page = await lin.send(f"{VERSION}/trials", projects=" ".join(codes), kinds=FILING)
    assert 1 < len(counter.desk.asked) <= 1 + SIDE_BY_SIDE
    left = said(page).count("未试：存储暂不可用，请稍后再试该项目")
    assert left >= 3 * SIDE_BY_SIDE - 1
    assert f"{left} 个未试完" in said(page)


async def test_what_came_by_one_name_is_told_though_the_vault_goes_away_at_the_next(counter: Counter):
    """The permit is asked for by names; nobody knows the first, and the reply to it is kept."""

    async def then() -> None:
        without_vault(counter)

    draft = await counter.draft(counter.manifest + "# 改\n")
    counter.gate.open = Later(then, 3)
    names = ["查无此名", str(ONE.name)]
    order = {"project_code": CODE, "known": {"project_name": names}, "kinds": [FILING, PERMIT]}
    answer = await counter.call("POST", f"{VERSIONS}/{draft['version']}/trials", "nora", **order)
    trial = Trial.model_validate_json(answer.content)
    assert [(kind.kind, kind.kept) for kind in trial.kinds] == [(FILING, 1), (PERMIT, 1)]
    assert [bool(kind.error) for kind in trial.kinds] == [False, True]
    assert [FaultClass(kind.error.cls) for kind in trial.kinds if kind.error] == [FaultClass.PASSING]
    entry = (await counter.town.asks())[-1]
    assert (entry["kind"], len(entry["evidence"])) == ("answered", 2)


@only_postgres
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


@only_postgres
async def test_the_database_goes_away_between_two_projects(counter: Counter, server: Postgres):
    lin = await admin(counter, counter.manifest.replace("concurrency: 4", "concurrency: 1"))
    with goes(server) as stopped:

        async def then() -> None:
            await until(lambda: one_is_told(counter))
            await stopped()

        counter.gate.open = Later(then)
        page = await lin.send(f"{VERSION}/trials", projects=" ".join((CODE, *OTHERS)), kinds=FILING)
    assert (page.status_code, "逐项结果" in said(page)) == (503, True)
    assert "审计日志暂不可写，试运行中断" in said(page)
    assert "已取得并留存的返回：企业投资项目备案证明 1 份。" in said(page)
    assert "2 个未试完" in said(page)
    assert "未提供任何数据" not in said(page)


@only_postgres
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
