"""A draft is tried on live projects and beside the version in force, before anybody publishes it."""

import pytest

from contracts.audit import Draft, EntryKind
from contracts.project_file import ProjectFile
from demo.city import HC
from gateway.registry import DocumentKind
from tests.browser.desk import Desk
from tests.browser.scene import Scene
from tests.browser.test_agencies import ask

pytestmark = pytest.mark.asyncio(loop_scope="module")

AUTHOR = Draft(kind=EntryKind.DRAFTED, operator="person:hui")


async def drafted(scene: Scene, old: str, new: str) -> int:
    registry = scene.city.house.registry
    text = (await registry.current(DocumentKind.AGENCY))[HC].text
    assert old in text
    made = await registry.draft(DocumentKind.AGENCY, HC, text.replace(old, new), AUTHOR)
    return made.version


async def about_to_try(scene: Scene, desk: Desk) -> ProjectFile:
    """A draft that misses the permit's number, and a project to try it on."""
    version = await drafted(scene, "at: SGXKZBH,", "at: SGXKZBHX,")
    await desk.go(f"/console/agencies/{HC}/versions/{version}/trials")
    one = scene.city.projects["P1"]
    await desk.page.fill("[name=projects]", str(one.project_code))
    await desk.page.select_option("[name=key]", "project_name")
    await desk.page.fill("[name=value]", str(one.name))
    await desk.page.check("[value=construction-permit]")
    return one


async def test_a_draft_is_compared_over_what_is_kept_and_tried_on_a_live_project(scene: Scene):
    assert await ask(scene, "A-1") == "received"
    two = scene.city.projects["P3"]
    await ask(scene, "A-2", project_code=two.project_code, known={"project_name": two.name})
    version = await drafted(scene, "{at: XMDM, as: identifier, key: project_code}", "XMDM")
    desk = await scene.seated("hui", "agency-admin", HC)
    await desk.go(f"/console/agencies/{HC}/versions/{version}")
    await desk.follow("试运行与对比")
    await desk.look("trials")
    await desk.page.select_option("#f-replies", "50")
    await desk.press("对照")
    assert "读取结果相同\n2 份" in await desk.says()

    one = await about_to_try(scene, desk)
    await desk.page.select_option("#f-last", "10")
    await desk.press("试运行")
    await desk.glance("trials-done")
    await desk.page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    told = await desk.says()
    assert "此版本为何无法读取" in told
    assert "2 个项目中" in told
    assert "− 仅对照版本有" in told
    assert "施工许可证编号 permit_no" in told
    assert "所用查询条件：项目名称" in told
    assert "效力\t有效" in told
    assert "附件 1 · 名称" in told
    assert "identifier" not in told
    permit = one.materials["construction-permit"][0].fields["permit_no"]
    assert str(permit) in told
    assert "/ROOT/DATA/ROW/SGXKZBH" in told
    assert await desk.page.input_value("[name=projects]") == one.project_code


async def test_what_is_not_a_project_is_said_and_nobody_asked(scene: Scene):
    desk = await scene.seated("hui", "agency-admin", HC)
    await desk.go(f"/console/agencies/{HC}/versions/1/trials")
    heard = len(scene.city.control.desks[HC].asked)
    await desk.page.fill("[name=projects]", "不是代码")
    await desk.press("试运行")
    assert "提交的内容有误" in await desk.says()
    await desk.page.fill("[name=projects]", "")
    await desk.press("试运行")
    assert "提交的内容有误" in await desk.says()
    assert len(scene.city.control.desks[HC].asked) == heard
