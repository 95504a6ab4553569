"""An agency renames a column: why is on the page, a draft mends it, a second person publishes; back again."""

import pytest

from demo.city import HC
from demo.control import Fault
from gateway.registry import DocumentKind
from tests.browser.desk import Desk
from tests.browser.scene import Scene
from tests.browser.test_agencies import ask
from tests.conformance.offices import Tongue, spoken

pytestmark = pytest.mark.asyncio(loop_scope="module")

OLD, NEW = "at: SGXKZBH,", "at: SGXKZBHX,"


async def reshaped(scene: Scene) -> Tongue:
    """The bureau's words, which may change from now on."""
    tongue, control = Tongue(), scene.city.control
    house = control._houses[HC]
    house._app = spoken(house._app, tongue)
    await control.fault(HC, Fault.DOWN)
    await control.fault(HC, None)
    return tongue


async def edit(desk: Desk, old: str, new: str) -> None:
    text = await desk.page.input_value("[name=text]")
    assert old in text
    await desk.fill(text=text.replace(old, new))
    await desk.press("保存")


async def test_a_renamed_column_is_seen_mended_published_and_rolled_back(scene: Scene):
    tongue = await reshaped(scene)
    assert await ask(scene, "A-1") == "received"
    tongue.change = lambda body: body.replace(b"SGXKZBH", b"SGXKZBHX")
    assert await ask(scene, "A-2") == "invalid"

    hui = await scene.seated("hui", "agency-admin", HC)
    told = await hui.says()
    assert "返回内容与适配清单不符" in told
    assert "怎么办：部门的返回格式可能已变化" in told
    assert "/ROOT/DATA/ROW/SGXKZBHX 清单没有提到" in told
    await hui.look("agencies-drift")
    await hui.follow("牡丹江市住房和城乡建设局（演示）")
    await hui.follow("版本")
    await hui.press("以在用版本起草新版本")
    await edit(hui, OLD, "at: [SGXKZBHX,")
    assert "处问题" in await hui.says()
    line = int(await hui.page.locator("a[data-line]").first.get_attribute("data-line") or 0)
    assert "at: [SGXKZBHX," in await hui.page.inner_text("pre.wrong")
    await hui.page.locator("a[data-line]").first.click()
    chosen = await hui.page.evaluate(
        "() => { const t = document.activeElement; return t.value.slice(t.selectionStart, t.selectionEnd) }"
    )
    assert "at: [SGXKZBHX," in chosen
    assert line > 1
    await hui.look("version-wrong")
    await edit(hui, "at: [SGXKZBHX,", NEW)
    await hui.press("提交，请另一人发布")
    assert "须由作者和提交人以外的人发布" in await hui.says()

    bo = await scene.seated("bo", "agency-admin", HC)
    await bo.follow("版本 2 等待另一人核对发布")
    diff = await bo.page.inner_text("pre.diff")
    assert any(line.startswith("-") and OLD in line for line in diff.splitlines())
    assert any(line.startswith("+") and NEW in line for line in diff.splitlines())
    await bo.look("version-submitted")
    await bo.press("发布")
    assert "已发布" in await bo.says()
    assert await ask(scene, "A-3") == "received"

    tongue.change = lambda body: body
    assert await ask(scene, "A-4") == "invalid"
    await bo.go(f"/console/agencies/{HC}/versions")
    await bo.page.fill("#r-1", "部门已改回原字段")
    await bo.press("回退到版本 1")
    assert "已回退" in await bo.says()
    assert "部门已改回原字段" in await bo.says()
    await bo.follow("版本")
    await bo.look("versions")
    assert await ask(scene, "A-5") == "received"


async def test_a_text_changed_meanwhile_is_not_published(scene: Scene):
    hui = await scene.seated("hui", "agency-admin", HC)
    await hui.go(f"/console/agencies/{HC}/versions")
    await hui.page.get_by_text("粘贴全文新建草稿").click()
    await hui.fill(text=(await scene.city.house.registry.current(DocumentKind.AGENCY))[HC].text)
    await hui.press("新建草稿")
    await hui.press("提交，请另一人发布")
    bo = await scene.seated("bo", "agency-admin", HC)
    await bo.go(hui.page.url.partition("?")[0].removeprefix(scene.city.url))
    await edit(hui, "信息科（演示）", "数据科（演示）")
    await hui.press("提交，请另一人发布")
    await bo.press("发布")
    assert "内容已变更，与所见摘要不符" in await bo.says()
    await bo.page.fill("#f-refusal", "请说明原因")
    await bo.press("退回")
    assert "已退回" in await bo.says()
    await hui.go(bo.page.url.partition("?")[0].removeprefix(scene.city.url))
    assert "请说明原因" in await hui.says()
    await hui.press("撤回")
    assert "已撤回" in await hui.says()
