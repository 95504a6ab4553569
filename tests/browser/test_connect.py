"""An agency admin who does not program connects agencies from nothing, by the console alone."""

import pytest
from playwright.async_api import FilePayload, expect

from demo.drop_shapes import measured, survey_notice
from tests.browser.desk import Desk
from tests.browser.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")

EXAMPLE = (
    '<?xml version="1.0" encoding="GB2312"?><ROOT><HEAD><APPID>BDC</APPID><SERVICE>QuerySgxk</SERVICE></HEAD>'
    "<BODY><PRJNUM>2310052103150101</PRJNUM><PROJNAME>某某示例小区</PROJNAME></BODY></ROOT>"
)
"""As it stands in the bureau's manual."""


MOST_CLICKS = 12
"""From an agency's home to its draft submitted, beyond typing, when proposals are right."""


async def publish(scene: Scene, desk: Desk, agency: str) -> None:
    """The author submits what lies on the bench, and somebody else looks at it and publishes."""
    await desk.follow("返回草稿")
    assert "草稿完整" in await desk.says()
    await desk.follow("查看草稿全文、试运行、提交")
    await desk.press("提交，请另一人发布")
    other = await scene.seated(f"duty-{agency}", "system-admin")
    await other.page.goto(desk.page.url.partition("?")[0])
    await other.press("发布")
    assert "已发布" in await other.says()
    assert agency in {each.agency for each in await scene.city.house.agencies.all()}


async def test_a_soap_service_from_its_wsdl_to_published(scene: Scene):
    desk = await scene.seated("li-hc", "agency-admin", "mdj-new")
    base = await scene.base("mdj-hc")
    await desk.go("/console/agencies/mdj-new/connect")
    await desk.look("connect-begin")
    await desk.go("/console/agencies")
    desk.clicks = 0
    await desk.follow("接入")
    await desk.fill(address=f"{base}/services/HcService?wsdl", zh="示例住建局", approval="示例〔2026〕1号")
    await desk.tick("[name=allow_private]")
    await desk.press("下一步")
    await desk.look("connect-operations")
    assert "示例住建局 mdj-new" in await desk.says()
    await desk.choose(kind="construction-permit")
    await desk.press("添加")
    await desk.look("connect-question")
    await desk.page.fill("[name='argument:xmlStr']", EXAMPLE)
    project = scene.city.projects["P1"]
    await desk.page.fill("[name='try:project_code']", project.project_code)
    await desk.page.fill("[name='try:project_name']", str(project.name))
    await desk.press("保存并试问")
    await desk.look("connect-mapping")
    await map_by_clicking(desk)
    await desk.press("采用并保存")
    await desk.look("connect-mapped")
    assert "提问依据：项目编号、项目名称" in await desk.says()
    assert "读取成功，没有遗漏" in await desk.says()
    await publish(scene, desk, "mdj-new")
    assert desk.clicks <= MOST_CLICKS
    await desk.go("/console/agencies/mdj-new/connect/1")
    await desk.look("connect-whole")


async def map_by_clicking(desk: Desk) -> None:
    """Away with one proposal, and back by clicking name and field, in either order."""
    field, result = desk.page.locator("#at-contractor"), desk.page.locator("#r-contractor")
    name = desk.page.locator(".leaf[data-path=SGDW]")
    said = await result.inner_text()
    assert said
    await field.focus()
    await field.select_option("")
    await expect(result).to_have_text("")
    await name.click()
    await expect(result).to_have_text(said)
    await field.evaluate("it => { it.value = ''; it.dispatchEvent(new Event('change', {bubbles: true})) }")
    await expect(result).to_have_text("")
    await name.click()
    await expect(name).to_have_attribute("aria-pressed", "true")
    await field.focus()
    await expect(result).to_have_text(said)
    assert await field.input_value() == "SGDW"


async def test_an_http_interface_that_is_described_nowhere(scene: Scene):
    desk = await scene.seated("wang-nr", "agency-admin", "mdj-plan")
    await desk.go("/console/agencies/mdj-plan/connect")
    await desk.tick("[value=rest]", "[name=allow_private]")
    await desk.fill(address=await scene.base("mdj-nr"), zh="示例规划局", approval="示例〔2026〕2号")
    await desk.press("下一步")
    await desk.choose(kind="investment-filing")
    await desk.press("添加")
    await desk.look("connect-question-http")
    await desk.press("保存并试问")
    assert "写入占位符" in await desk.says()
    await desk.fill(path="/dchy/queryXmba", query="xmdm={project_code}")
    await desk.page.fill("[name='try:project_code']", scene.city.projects["P1"].project_code)
    await desk.press("保存并试问")
    await desk.press("只采用此项 项目名称")
    await desk.press("采用 项目单位")
    await desk.look("connect-mapping-one-by-one")
    await desk.press("采用其余全部建议")
    await desk.press("全部忽略")
    await desk.press("保存")
    assert "读取成功，没有遗漏" in await desk.says()
    await desk.follow("查看原始字节")
    assert "createTime" in await desk.says()
    await desk.look("connect-raw")
    await desk.page.go_back()
    await publish(scene, desk, "mdj-plan")


async def test_files_left_in_a_folder_by_a_sample_of_their_notice(scene: Scene):
    desk = await scene.seated("zhao-sur", "agency-admin", "mdj-measure")
    await desk.go("/console/agencies/mdj-measure/connect")
    await desk.tick("[value=filedrop]")
    await desk.fill(zh="示例测绘院", approval="示例〔2026〕3号")
    await desk.press("下一步")
    await desk.glance("connect-files")
    told = await desk.says()
    assert "mdj-measure/in" in told
    assert str(scene.city.house.settings.drops) in told
    assert "先在上面添加一种材料" in told
    assert "还不能提交" not in told
    await desk.choose(kind="survey-package")
    await desk.press("添加")
    notice = survey_notice(scene.city.natives["P1"], {"1.pdf": measured(iter([b"x"]))})
    sent: FilePayload = {"name": "manifest.xml", "mimeType": "text/xml", "buffer": notice}
    await desk.page.set_input_files("#s-file", files=[sent])
    await desk.press("使用该样例")
    await desk.press("全部忽略")
    await desk.press("采用并保存")
    await desk.look("connect-mapped-files")
    assert "读取成功，没有遗漏" in await desk.says()
    await publish(scene, desk, "mdj-measure")
