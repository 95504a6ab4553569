"""Agency admins see how their agencies stand, why, and what to do; they test, note, pause and resume."""

import asyncio

import pytest

from demo.city import HC
from demo.control import Fault
from tests.browser.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")

PERMIT = "construction-permit"


async def ask(scene: Scene, case: str, **changes: object) -> str:
    """The registration system asks for a permit; how it came."""
    one = scene.city.projects["P1"]
    words = {
        "project_code": one.project_code,
        "known": {"project_name": one.name},
        "procedure": "first-registration",
        "kinds": [PERMIT],
        "max_age": 0,
        "case": case,
        "purpose": "first-registration",
        "operator": "reg-017",
    }
    answer = await asyncio.to_thread(scene.city.registration.ask, words | changes)
    (found,) = [each for each in answer.json()["materials"] if each["kind"] == PERMIT]
    return str(found["retrieval"])


async def test_an_agency_that_is_out_says_so_and_what_to_do(scene: Scene):
    desk = await scene.seated("hui", "agency-admin", HC, "mdj-fire")
    assert desk.page.url.endswith("/console/agencies")
    assert await ask(scene, "A-1") == "received"
    await scene.city.control.fault(HC, Fault.DOWN)
    assert await ask(scene, "A-2") in {"unavailable", "stale"}
    await desk.look("agencies")
    home = await desk.says()
    assert "最近一次失败" in home
    assert "最近一次成功 2" in home
    (told,) = [
        await each.get_attribute("aria-label")
        for each in await desk.page.get_by_role("img", name="询问").all()
    ]
    assert told == "最近一天每半小时询问次数：共 2 次，失败 1 次（红色，打印为黑色）；数字见该部门的页面"
    assert "对方系统拒绝连接" in home
    assert "怎么办：请致电该部门" in home
    assert "mdj-fire" in home
    assert "mdj-nr" not in home
    await desk.follow("牡丹江市住房和城乡建设局（演示）")
    await desk.look("agency")
    await desk.press("测试连接")
    await desk.glance("agency-tested")
    told = await desk.says()
    assert told.index("一、设置\t通过") < told.index("二、连接\t未通过")
    await scene.city.control.fault(HC, None)
    await desk.press("测试连接")
    assert "二、连接\t通过" in await desk.says()


async def test_one_that_nobody_drafted_has_no_pages_of_what_is_not_there(scene: Scene):
    desk = await scene.seated("hui", "agency-admin", HC, "mdj-fire")
    await desk.go("/console/agencies/mdj-fire")
    tabs = await desk.page.locator("main .tabs a").evaluate_all("all => all.map(each => each.href)")
    assert len(tabs) > 3
    for tab in tabs:
        answer = await desk.page.goto(tab)
        assert answer
        assert answer.status == 200, tab
    await desk.go(f"/console/agencies/{HC}")
    assert await desk.page.locator("main .tabs a").count() == len(tabs) + 1


async def test_a_note_stays_on_the_page_and_out_of_the_log(scene: Scene):
    desk = await scene.seated("hui", "agency-admin", HC, "mdj-fire")
    await desk.go(f"/console/agencies/{HC}")
    await desk.fill(text="王工：今晚八点切换系统")
    await desk.press("保存备注")
    assert "王工：今晚八点切换系统" in await desk.says()
    entries = await asyncio.to_thread(scene.city.auditor.read_log)
    (entry,) = [each for each in entries if each["kind"] == "noted"]
    assert (entry["operator"], entry["agencies"]) == ("person:hui", [HC])
    assert "王工" not in str(entries)


async def test_a_paused_agency_is_not_used_until_it_is_resumed(scene: Scene):
    desk = await scene.seated("hui", "agency-admin", HC, "mdj-fire")
    assert await ask(scene, "B-1") == "received"
    await desk.go(f"/console/agencies/{HC}/uses")
    await desk.fill(reason="疑似超范围使用，核实中")
    await desk.press("暂停")
    assert "已暂停使用该部门的数据" in await desk.says()
    await desk.glance("agency-paused")
    heard = len(scene.city.control.desks[HC].asked)
    assert await ask(scene, "B-2", max_age=86400) == "unavailable"
    assert len(scene.city.control.desks[HC].asked) == heard
    await desk.press("恢复使用")
    assert await ask(scene, "B-3", max_age=86400) == "received"
