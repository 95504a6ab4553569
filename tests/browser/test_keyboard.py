"""The console without a mouse: every main way from its first page to its end, by keys alone."""

import asyncio

import pytest
from playwright.async_api import expect

from contracts.audit import Draft, EntryKind
from demo.city import HC
from demo.run import ask_for
from gateway.registry import DocumentKind
from tests.browser.hands import Hands
from tests.browser.scene import PASSWORD, Scene
from tests.browser.test_connect import EXAMPLE
from tests.browser.test_log import answered

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def at(scene: Scene, account: str, role: str, *agencies: str) -> Hands:
    """Seated, and the mouse is put away."""
    return Hands((await scene.seated(account, role, *agencies)).page)


async def test_one_signs_in_and_skips_to_the_content(scene: Scene):
    await scene.account("shen", "auditor")
    desk = await scene.desk()
    await desk.go("/console/sign-in")
    keys = Hands(desk.page)
    assert (await keys.to(""))["name"] == "跳到正文"
    await keys.press("Enter")
    await expect(desk.page.locator("main")).to_be_focused()
    await keys.into("账号", "shen")
    await keys.into("密码", "Not-the-one-2026")
    await keys.into("验证码", scene.code("shen"))
    await keys.enter()
    await keys.hears("登录未成功", "alert")
    await keys.into("密码", PASSWORD)
    await keys.into("验证码", scene.code("shen"))
    await keys.enter("登录")
    assert desk.page.url.endswith("/console/log")
    assert (await keys.to(""))["name"] == "跳到正文"
    assert (await keys.to("陆桥"))["tag"] == "A"


async def test_an_agency_is_connected_as_far_as_its_mapping(scene: Scene):
    base, project = await scene.base(HC), scene.city.projects["P1"]
    keys = await at(scene, "li-hc", "agency-admin", "mdj-new")
    await keys.enter("接入")
    await keys.to("WebService")
    await keys.into("地址", f"{base}/services/HcService?wsdl")
    await keys.to("地址在政务内网或本机")
    await keys.press("Space")
    await keys.into("部门名称", "示例住建局")
    await keys.into("共享批准文号", "示例〔2026〕1号")
    await keys.enter("下一步")
    await keys.choose("材料类别", "建筑工程施工许可证")
    await keys.enter("添加")
    await keys.into("xmlStr", EXAMPLE)
    await keys.into("投资项目代码", str(project.project_code))
    await keys.into("项目名称", str(project.name))
    await keys.enter("保存并试问")
    await map_by_keys(keys)
    await keys.enter("采用并保存")
    await keys.hears("映射已保存到草稿")
    assert "读取成功，没有遗漏" in await keys.page.inner_text("main")


async def map_by_keys(keys: Hands) -> None:
    """A proposal taken away, and given back by Enter on the name and Enter on the field.

    Fields that are only passed, before and after, stay as they are.
    """
    field, result = keys.page.locator("#at-contractor"), keys.page.locator("#r-contractor")
    said, fed = await result.inner_text(), await field.input_value()
    assert said
    others = keys.page.locator("select[name^='at:']:not(#at-contractor)")
    before = await others.evaluate_all("all => all.map(each => each.value)")
    await keys.to("施工单位")
    await keys.press("Home")
    await expect(result).to_have_text("")
    await keys.to(fed, back=True, whole=True)
    await keys.press("Enter")
    await expect(keys.page.locator(f".leaf[data-path={fed}]")).to_have_attribute("aria-pressed", "true")
    await keys.to("施工单位")
    assert await field.input_value() == ""
    await keys.press("Enter")
    await expect(result).to_have_text(said)
    await expect(keys.page.locator("#aloud")).to_contain_text(said)
    assert await others.evaluate_all("all => all.map(each => each.value)") == before


async def test_an_auditor_searches_opens_verifies_and_comes_back(scene: Scene):
    await asyncio.to_thread(scene.city.registration.ask, ask_for(scene.city.projects["P1"]))
    keys = await at(scene, "shen", "auditor")
    await keys.into("办件编号", "DEMO-P1-0001")
    await keys.enter()
    await keys.enter(f"第 {await answered(scene)} 条")
    await keys.to("核验是否被改动")
    await keys.press("Enter")
    await expect(keys.page.get_by_role("status")).to_contain_text("未被改动")
    await keys.to("技术格式")
    await keys.press("Enter")
    await expect(keys.page.locator("#octets")).to_be_visible()
    await keys.enter("检索日志")
    assert keys.page.url.endswith("/console/log")


async def test_a_field_that_is_wrong_says_so_itself(scene: Scene):
    keys = await at(scene, "sec", "security-admin")
    await keys.into("账号", "sec")
    await keys.choose("角色", "审计")
    await keys.enter("新建")
    await keys.hears("该账号名已被使用", "alert")
    field = await keys.to("账号")
    assert field["wrong"]
    assert "该账号名已被使用" in field["told"]


async def test_an_agency_is_paused_and_its_draft_tried(scene: Scene):
    registry = scene.city.house.registry
    text = (await registry.current(DocumentKind.AGENCY))[HC].text
    draft = await registry.draft(
        DocumentKind.AGENCY, HC, text, Draft(kind=EntryKind.DRAFTED, operator="person:hui")
    )
    keys = await at(scene, "hui", "agency-admin", HC)
    await keys.enter("牡丹江市住房和城乡建设局（演示）")
    await keys.into("理由", "核实中")
    await keys.enter("暂停")
    await keys.hears("已暂停")
    await keys.enter("恢复使用")
    await keys.hears("已恢复")
    await keys.enter("版本")
    await keys.enter(f"版本 {draft.version}")
    await keys.enter("试运行与对比")
    await keys.into("项目代码", scene.city.projects["P1"].project_code)
    await keys.enter("试运行")
    await expect(keys.page.get_by_role("heading", name="逐项结果")).to_be_visible()
    await keys.enter(f"版本 {draft.version}")
    await keys.enter("提交，请另一人发布")
    await keys.hears("已提交")
    other = await at(scene, "duty", "system-admin")
    await other.enter("待复核")
    await other.enter(f"适配清单 {HC}")
    await other.into("说明", "核对过")
    await other.enter("发布")
    await other.hears("已发布")


async def test_a_registrar_looks_a_project_up_and_sees_a_file(scene: Scene):
    keys = await at(scene, "wang", "registrar")
    await keys.into("项目代码", "2012-231005-04-01-735188")
    await keys.into("项目名称", "翰林示例城")
    await keys.into("办件编号", "2026-0017")
    await keys.enter()
    await keys.to("全部内容")
    await keys.press("Enter")
    await expect(keys.page.locator("main details[open]").first).to_be_visible()
    await keys.enter("预览 企业投资项目备案承诺书.pdf")
    assert (await keys.to("下载"))["tag"] == "A"
    await keys.to("我最近的查询", back=True)
    await keys.enter()
    assert "2026-0017" in await keys.page.inner_text("main")
