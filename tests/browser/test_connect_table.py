"""An agency admin who does not program connects a front-end database from nothing, by the console alone."""

import pytest

from tests.browser.desk import Desk
from tests.browser.scene import Scene
from tests.browser.test_connect import MOST_CLICKS, publish
from tests.frontdb import PASSWORD, READER, front_end
from tests.stores import Cluster

pytestmark = pytest.mark.asyncio(loop_scope="module")

AGENCY, KIND = "mdj-qzk", "completion-filing"


async def test_a_table_of_a_front_end_database_from_nothing_to_published(scene: Scene, cluster: Cluster):
    desk = await scene.seated("zhou-qzk", "agency-admin", AGENCY)
    with front_end(cluster) as office:
        office.insert()
        await desk.go("/console/agencies")
        desk.clicks = 0
        await desk.follow("接入")
        await desk.tick("[value=table]", "[name=allow_private]")
        await desk.choose(tls="tls-off")
        words = {"address": office.address, "user": READER, "zh": "示例前置库", "approval": "示例〔2026〕4号"}
        await desk.fill(**words, password="Not-the-one")
        await desk.glance("connect-table")
        clicks = desk.clicks
        await refused(desk)
        desk.clicks = clicks
        await desk.fill(password=PASSWORD)
        await desk.press("下一步")
        await desk.look("connect-tables")
        await desk.page.get_by_role("button", name="添加为 综合竣工验收备案证明").click()
        await desk.look("connect-question-table")
        await desk.page.fill("[name='try:project_code']", scene.city.projects["P1"].project_code)
        await desk.press("保存并试问")
        await desk.look("connect-mapping-table")
        await desk.press("全部忽略")
        await desk.press("采用并保存")
        assert "读取成功，没有遗漏" in await desk.says()
        await publish(scene, desk, AGENCY)
        assert desk.clicks <= MOST_CLICKS
        await scene.city.house.agencies.all()


async def refused(desk: Desk) -> None:
    """A password that is not the account's: which of the three steps failed, and what to do."""
    await desk.press("下一步")
    await desk.glance("connect-table-refused")
    told = await desk.says()
    assert "三、凭据\t未通过" in told
    assert "请在下方重新填写账号和口令" in told
