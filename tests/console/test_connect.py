"""An agency admin who does not program connects agencies from nothing, by the console alone."""

import pytest

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
