"""An auditor looks over a period: charts with their numbers, what stands out, and the report to be filed."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from contracts.audit import Act, Draft, EntryKind, Event, Outcome
from demo.run import ask_for
from tests.browser.desk import Desk
from tests.browser.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def seated(scene: Scene) -> Desk:
    """The auditor; when they first come, one ask was answered and another consumer refused six times."""
    if "shen" not in scene.phones:
        await asyncio.to_thread(scene.city.registration.ask, ask_for(scene.city.projects["P1"]))
        who: dict[str, Any] = {"consumer": "hall", "operator": "h-7", "purpose": "statistics", "case": "T-1"}
        refused = Outcome(status=403, problem="not-granted")
        for _ in range(6):
            await scene.city.house.log.append(Draft(kind=EntryKind.REFUSED, outcome=refused, **who))
        use = Event(id="E-1", act=Act.PRINT)
        await scene.city.house.log.append(
            Draft(kind=EntryKind.USED, answer=13, event=use, consumer="registration", agencies=("mdj-hc",))
        )
    return await scene.seated("shen", "auditor")


async def test_what_stands_out_leads_to_its_entries(scene: Scene):
    desk = await seated(scene)
    await desk.follow("统计与异常")
    said = await desk.says()
    assert "hall（操作员 h-7）一天内被拒绝 6 次" in said
    assert "以用途 statistics 查询 6 次" in said
    await desk.look("log-look")
    rule = desk.page.get_by_role("region", name="反复被拒")
    await rule.get_by_role("link", name="查看记录").click()
    await desk.page.wait_for_url("**/console/log?*")
    assert await desk.page.input_value("[name=operator]") == "h-7"
    assert await desk.page.locator(".finds > li").count() == 6


async def test_thresholds_are_those_of_the_file_and_a_broken_one_is_told(scene: Scene):
    desk = await seated(scene)
    file = Path(scene.city.house.settings.config) / "unusual.yaml"
    shipped = file.read_text("utf-8")
    file.write_text("repeated_refusals: {refusals: 7}", "utf-8")
    await desk.go("/console/look")
    assert "被拒绝 6 次" not in await desk.says()
    assert "同一操作员一天内被拒绝 7 次及以上" in await desk.says()
    file.write_text("repeated_refusals: {refusal: 7}", "utf-8")
    await desk.go("/console/look")
    assert "unusual.yaml 的 repeated_refusals.refusal" in await desk.page.get_by_role("alert").inner_text()
    await desk.go("/console/look?from=2020-01-01&until=2026-01-01")
    assert "366 天以内" in await desk.says()
    file.write_text(shipped, "utf-8")


async def test_the_report_of_a_month_and_of_a_year(scene: Scene):
    desk = await seated(scene)
    await desk.follow("访问情况报告")
    await desk.press("生成")
    said = await desk.says()
    assert "打印" in said
    assert "尚未进行" in said
    row = desk.page.get_by_role("row", name="hall").first
    assert (await row.inner_text()).split() == ["hall", "hall", "6", "0", "6", "0", "0", "0"]
    await desk.look("log-report")
    await desk.page.emulate_media(media="print")
    assert not await desk.page.get_by_role("navigation").is_visible()
    assert not await desk.page.get_by_role("button", name="生成").is_visible()
    await desk.page.emulate_media(media="screen")
    await desk.page.select_option("[name=month]", "")
    await desk.press("生成")
    year = scene.city.control.clock().year
    assert f"{year}-01-01 — {year}-12-31" in await desk.says()
    await desk.go("/console/report?year=26&month=13")
    assert await desk.page.get_by_role("alert").count() == 1
