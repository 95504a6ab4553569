"""An agency admin who does not program connects agencies from nothing, by the console alone."""

import pytest
from playwright.async_api import FilePayload

from demo.drop_shapes import measured, survey_notice
from tests.console.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")

EXAMPLE = (
    '<?xml version="1.0" encoding="GB2312"?><ROOT><HEAD><APPID>BDC</APPID><SERVICE>QuerySgxk</SERVICE></HEAD>'
    "<BODY><PRJNUM>2310052103150101</PRJNUM><PROJNAME>某某示例小区</PROJNAME></BODY></ROOT>"
)
"""As it stands in the bureau's manual."""


async def test_a_soap_service_from_its_wsdl_to_a_whole_draft(scene: Scene):
    account = await scene.account("li-hc", "agency-admin", "mdj-new")
    desk = await scene.seated(account)
    base = await scene.base("mdj-hc")
    await desk.go("/console/agencies/mdj-new/connect")
    await desk.look("connect-begin")
    await desk.fill(address=f"{base}/services/HcService?wsdl", zh="示例住建局", approval="示例〔2026〕1号")
    await desk.page.check("[name=allow_private]")
    await desk.press("下一步")
    await desk.look("connect-operations")
    await desk.page.select_option("[name=kind]", "construction-permit")
    await desk.press("添加")
    await desk.look("connect-question")
    await desk.page.fill("[name='argument:xmlStr']", EXAMPLE)
    project = scene.city.projects["P1"]
    await desk.page.fill("[name='try:project_code']", project.project_code)
    await desk.page.fill("[name='try:project_name']", str(project.name))
    await desk.press("保存并试问")
    await desk.look("connect-mapping")
    await desk.press("采用并保存")
    await desk.look("connect-mapped")
    assert "读取成功，没有遗漏" in await desk.says()
    await desk.follow("返回草稿")
    assert "草稿完整" in await desk.says()
    await desk.look("connect-whole")


async def test_an_http_interface_that_is_described_nowhere(scene: Scene):
    desk = await scene.seated(await scene.account("wang-nr", "agency-admin", "mdj-plan"))
    await desk.go("/console/agencies/mdj-plan/connect")
    await desk.page.check("[value=rest]")
    await desk.fill(address=await scene.base("mdj-nr"), zh="示例规划局", approval="示例〔2026〕2号")
    await desk.page.check("[name=allow_private]")
    await desk.press("下一步")
    await desk.page.select_option("[name=kind]", "investment-filing")
    await desk.press("添加")
    await desk.look("connect-question-http")
    await desk.press("保存并试问")
    assert "写入占位符" in await desk.says()
    await desk.fill(path="/dchy/queryXmba", query="xmdm={project_code}")
    await desk.page.fill("[name='try:project_code']", scene.city.projects["P1"].project_code)
    await desk.press("保存并试问")
    await desk.page.get_by_role("button", name="全部忽略").click()
    await desk.press("采用并保存")
    assert "读取成功，没有遗漏" in await desk.says()


async def test_files_left_in_a_folder_by_a_sample_of_their_notice(scene: Scene):
    desk = await scene.seated(await scene.account("zhao-sur", "agency-admin", "mdj-measure"))
    await desk.go("/console/agencies/mdj-measure/connect")
    await desk.page.check("[value=filedrop]")
    await desk.fill(zh="示例测绘院", approval="示例〔2026〕3号")
    await desk.press("下一步")
    await desk.page.select_option("[name=kind]", "survey-package")
    await desk.press("添加")
    notice = survey_notice(scene.city.natives["P1"], {"1.pdf": measured(iter([b"x"]))})
    sent: FilePayload = {"name": "manifest.xml", "mimeType": "text/xml", "buffer": notice}
    await desk.page.set_input_files("#s-file", files=[sent])
    await desk.press("使用该样例")
    await desk.page.get_by_role("button", name="全部忽略").click()
    await desk.press("采用并保存")
    await desk.look("connect-mapped-files")
    assert "读取成功，没有遗漏" in await desk.says()
