"""Secrets set and tested, deliveries put back, uses looked at, touched cases asked about afresh."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from contracts.audit import Draft, EntryKind
from demo import drop
from demo.city import HC, NR
from demo.control import Fault
from gateway.jobs import repull
from gateway.registry import DocumentKind
from tests.browser.scene import Scene
from tests.browser.test_agencies import ask

pytestmark = pytest.mark.asyncio(loop_scope="module")

SURVEY = drop.SURVEY


async def keyed(scene: Scene) -> None:
    """From now on the bureau is asked with a key that nobody has set."""
    registry = scene.city.house.registry
    text = (await registry.current(DocumentKind.AGENCY))[NR].text
    text = text.replace("connection:\n", f'connection:\n  headers: {{X-Key: "secret:{NR}/app-key"}}\n', 1)
    one, two = (Draft(kind=EntryKind.DRAFTED, operator=f"person:{who}") for who in ("one", "two"))
    made = await registry.draft(DocumentKind.AGENCY, NR, text, one)
    await registry.publish(await registry.submit(made, made.digest, one), made.digest, two)


async def test_a_missing_secret_is_named_set_tested_and_never_shown(scene: Scene):
    await keyed(scene)
    desk = await scene.seated("hui", "agency-admin", HC, NR, SURVEY)
    await desk.go(f"/console/agencies/{NR}")
    await desk.press("测试连接")
    told = await desk.says()
    assert f"凭据未配置：secret:{NR}/app-key" in told
    assert "请在“凭据”中重新设置" in told
    await desk.follow("凭据")
    told = await desk.says()
    assert "缺少凭据 app-key" in told
    assert "connection.headers.X-Key" in told
    await desk.look("secrets")
    assert await desk.page.input_value("[name=name]") == "app-key"
    await desk.fill(value="an invented secret")
    await desk.press("设置")
    told = await desk.says()
    assert "已设置，两秒内生效" in told
    assert "第 1 次" in told
    await desk.fill(name="app-key", value=" ")
    await desk.press("设置")
    assert "凭据须为 1 至" in await desk.says()
    assert await desk.page.input_value("[name=value]") == ""
    assert "invented" not in await desk.page.content()
    await desk.glance("secrets-set")
    await desk.follow("概况")
    await desk.press("测试连接")
    assert "三、凭据\t通过" in await desk.says()


async def test_a_delivery_that_was_set_aside_says_why_and_is_put_back(scene: Scene):
    city = scene.city
    one, two = list(city.natives.values())[:2]
    path = drop.deliver_package(city.drops, one)
    sidecar = next(iter(path.parent.glob(f"{path.name}.*")))
    sidecar.write_text("0" * 64, "utf-8")
    drop.deliver_package(city.drops, two)
    assert (await city.collect()).quarantined == 1
    desk = await scene.seated("hui", "agency-admin", HC, NR, SURVEY)
    await desk.go(f"/console/agencies/{SURVEY}")
    await desk.follow("投递")
    assert "的摘要与声明不符" in await desk.says()
    await desk.look("deliveries")
    aside = next(iter((city.drops / SURVEY / "quarantine").rglob(sidecar.name)))
    mend(aside)
    await desk.page.get_by_role("button", name="重新投递").click()
    assert "已放回接收目录" in await desk.says()
    assert (await city.collect()).ingested == 1
    await desk.go(f"/console/agencies/{SURVEY}/deliveries")
    assert "已重新投递" in await desk.says()
    assert await desk.page.get_by_text("在用", exact=True).count() == 2


def mend(sidecar: Path) -> None:
    """The digest as it should have been."""
    kind = sidecar.suffix.removeprefix(".")
    octets = sidecar.with_suffix("").read_bytes()
    sidecar.write_text(hashlib.new(kind, octets).hexdigest(), "utf-8")


async def test_who_used_the_data_is_told_without_cases_and_looking_is_an_entry(scene: Scene):
    await ask(scene, "A-1")
    desk = await scene.seated("hui", "agency-admin", HC, NR, SURVEY)
    await desk.go(f"/console/agencies/{HC}/uses")
    told = await desk.says()
    assert "registration\t首次登记\t取得答复\t1" in told
    assert "建筑工程施工许可证" in told
    assert "A-1" not in told
    await desk.look("uses")
    await desk.fill(since="2020-01-01", until="2020-01-02")
    await desk.press("查看")
    assert "没有人使用" in await desk.says()
    await desk.fill(since="2026-01-02", until="2020-01-02")
    await desk.press("查看")
    assert "起始日期不能晚于结束日期" in await desk.says()
    entries = await asyncio.to_thread(scene.city.auditor.read_log)
    looked = [each for each in entries if each["kind"] == "audit" and each.get("operator") == "person:hui"]
    assert looked[0]["subject"]["type"] == "uses"


async def test_cases_that_an_outage_touched_are_asked_about_afresh(scene: Scene):
    await scene.city.control.fault(HC, Fault.DOWN)
    assert await ask(scene, "B-1") in {"unavailable", "stale"}
    assert await ask(scene, "B-2") in {"unavailable", "stale"}
    await scene.city.control.fault(HC, None)
    desk = await scene.seated("hui", "agency-admin", HC, NR, SURVEY)
    await desk.go(f"/console/agencies/{HC}/touched")
    await desk.press("查找中断影响的办件")
    assert "2 个办件" in await desk.says()
    await desk.look("touched")
    await desk.on_paper("touched", shown="table, td code", hidden="button, input, .field, form .card")
    await desk.fill(reason="短")
    await desk.press("为选中的办件重新取数")
    assert "提交的内容有误" in await desk.says()
    assert "2 个办件" in await desk.says()
    await desk.fill(reason="部门已恢复，重新取数")
    await desk.page.uncheck("[value^='B-2 ']")
    await desk.press("为选中的办件重新取数")
    assert "已开始重新取数" in await desk.says()
    await repull.work(scene.city.house)
    await desk.page.get_by_text("1 个办件中已完成 1 个").wait_for()
    await desk.look("repull")
    await desk.go(f"/console/agencies/{HC}/touched?cause=outage")
    assert "1 个办件" in await desk.says()
