"""The offices' pages in a browser: a key handed out, a grant in force by two people, how the house runs."""

from datetime import timedelta

import pytest

from contracts.audit import PERSON
from contracts.standins import Proposal
from gateway.registry import DocumentKind
from tests.browser.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_consumer_gets_its_key_and_loses_it(scene: Scene):
    desk = await scene.seated("sec", "security-admin")
    await desk.follow("数据需求方")
    await desk.fill(consumer="city-hall")
    await desk.press("登记并签发密钥")
    await desk.glance("consumer-key")
    key = await desk.page.inner_text("#key")
    assert (await scene.city.house.access.recognise(key, "127.0.0.1")).id == "city-hall"
    await desk.follow("数据需求方")
    await desk.look("consumers")
    await desk.follow("city-hall")
    await desk.look("consumer")
    await desk.follow(f"停用该密钥 lb_{key.split('_')[1]}_…")
    await desk.look("consumer-revocation")
    await desk.press("确认停用")
    assert "该密钥已停用" in await desk.says()


async def test_a_grant_is_approved_by_two_people(scene: Scene):
    first = await scene.seated("sec", "security-admin")
    await first.follow("授权")
    await first.look("grants")
    await first.on_paper("grants", shown="table:not(details *)", hidden=".actions, .button")
    await first.follow("新增授权")
    await first.look("grant-decision")
    words = {"id": "hall-2026", "consumer": "city-hall", "purposes": "pre-acceptance"}
    await first.fill(**words, approval="牡数共〔2026〕009号（演示）")
    await first.page.get_by_label("综合竣工验收备案证明").check()
    await first.press("写入草稿")
    await first.page.get_by_text("草稿已保存").wait_for()
    await first.glance("grant-draft")
    await first.press("提交，请另一人发布")
    assert "须由作者和提交人以外的人发布" in await first.says()
    address = first.page.url
    second = await scene.seated("sec-two", "security-admin")
    await second.page.goto(address)
    await second.look("grant-review")
    await second.press("发布")
    assert "已发布" in await second.says()
    sheet = (await scene.city.house.registry.current(DocumentKind.GRANTS))["grants"]
    assert (sheet.version, "id: hall-2026" in sheet.text) == (2, True)
    await second.go("/console/grants/versions")
    await second.look("grant-versions")
    await second.go("/console/grants/endings?grant=hall-2026")
    await second.look("grant-ending")
    await second.go("/console/grants/unused")
    await second.look("grants-unused")


async def test_a_draft_is_written_as_yaml_and_its_wrong_line_is_named(scene: Scene):
    desk = await scene.seated("sec", "security-admin")
    await desk.go("/console/grants")
    await desk.follow("以 YAML 编辑")
    await desk.press("以在用版本起草新版本")
    await desk.glance("grant-drafting")
    written = await desk.page.input_value("[name=text]")
    await desk.fill(text=written.replace("purposes: [trial]", "purpose: [trial]", 1))
    await desk.press("保存")
    assert "没有这个字段" in await desk.says()
    await desk.glance("grant-wrong")


async def test_what_waits_is_looked_at_and_agreed_to(scene: Scene):
    desk = await scene.seated("sec", "security-admin")
    await desk.follow("待复核")
    await desk.look("approvals")
    house = scene.city.house
    order = Proposal(
        kind="company-record",
        fields={"name": "牡丹江翰林演示房地产开发有限公司", "uscc": "91231000DEM0AA016M"},
        reason="市场监管接口中断，按纸质执照录入",
        evidence=await house.vault.put(b"%PDF-1.7 a scan"),
        evidence_name="营业执照.pdf",
        expires_at=house.clock() + timedelta(days=7),
    )
    await house.stand_ins.propose("2012-231005-04-01-735188", order, by=f"{PERSON}wang")
    desk = await scene.seated("zhao", "registrar")
    await desk.follow("待复核")
    await desk.look("approvals-registrar")
    await desk.page.get_by_role("link", name="2012-231005-04-01-735188").click()
    await desk.look("stand-in")
    await desk.press("核对一致，同意代用")
    assert "开始代用" in await desk.says()


async def test_how_the_house_runs_and_answers_forgotten(scene: Scene):
    desk = await scene.seated("sys", "system-admin")
    await desk.follow("运行状况")
    await desk.look("running")
    await desk.page.get_by_label("全部应答").check()
    await desk.press("清除")
    assert "清除了 0 份" in await desk.says()
