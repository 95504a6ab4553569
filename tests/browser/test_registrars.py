"""A registrar at a browser: a project looked up, what is missing and the checks seen, a file brought home."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from adapters.base import Locator
from contracts.audit import EntryKind
from demo.control import Fault
from gateway.audit import search
from tests.browser.desk import Desk
from tests.browser.scene import Scene
from tests.console.test_ofd import ofd

WHOLE = True
"""PDFs are previewed."""

pytestmark = pytest.mark.asyncio(loop_scope="module")

P2 = {"project_code": "2103-231003-04-01-209465", "project_name": "锦绣示例城", "case": "2026-0018"}
"""Nobody asked about it before: there is no last good copy of anything of it."""

FILING = "综合竣工验收备案证明"
P1 = {"project_code": "2012-231005-04-01-735188", "project_name": "翰林示例城", "case": "2026-0017"}


async def looked_up(desk: Desk, project: Mapping[str, str] = P1) -> None:
    await desk.go("/console/dossiers")
    await desk.fill(**project)
    await desk.press("查询")
    await desk.page.get_by_text("五关进度").wait_for()


async def test_a_registrar_looks_up_the_demo_project(scene: Scene, tmp_path: Path):
    desk = await scene.seated("wang", "registrar")
    assert desk.page.url.endswith("/console/dossiers")
    await desk.look("lookup")
    await looked_up(desk)
    await desk.glance("dossier")
    page = await desk.says()
    for told in (
        "翰林示例城",
        "尚缺与向谁取得",
        "可请申请人提供",
        "企业投资项目备案承诺书.pdf",
        "R13",
        "未核验",
    ):
        assert told in page, told
    await desk.page.locator("summary").first.click()
    async with desk.page.expect_download() as coming:
        await desk.page.get_by_role("link", name="下载 企业投资项目备案承诺书.pdf").click()
    file = await coming.value
    assert file.suggested_filename == "企业投资项目备案承诺书.pdf"
    await file.save_as(tmp_path / "filing.pdf")
    assert (tmp_path / "filing.pdf").read_bytes().startswith(b"%PDF-1.7")
    query = search.Query(operator="person:wang", consumer="console", kind=EntryKind.ANSWERED.value)
    found = (await search.search(scene.city.house.log, query, 9)).finds
    assert [(each.entry or {})["case"] for each in found] == ["2026-0017", "2026-0017"]


async def test_the_english_page_says_everything_in_english(scene: Scene):
    desk = await scene.seated("wang", "registrar")
    await desk.page.get_by_role("button", name="English").click()
    await desk.fill(**P1)
    await desk.press("Look it up")
    await desk.glance("dossier", "en")


async def test_pictures_papers_and_texts_are_seen_without_leaving(scene: Scene):
    desk = await scene.seated("wang", "registrar")
    await looked_up(desk)
    where = str(
        await desk.page.get_by_role("link", name="下载 企业投资项目备案承诺书.pdf").get_attribute("href")
    )
    place = where.rpartition("/")[0]
    picture = await desk.page.screenshot()
    text = ofd(["契税完税证明", "壹佰万元整"])
    for name, octets in (("现场照片.png", picture), ("证明.pdf", pdf("Landbridge")), ("完税证明.ofd", text)):
        shown = await shelve(scene, name, octets)
        await desk.go(f"{place}/{shown}/preview")
        await desk.look(f"preview-{name[-3:]}")
        framed = desk.page.frames[1:2]
        assert [frame.url.endswith(f"{shown}/content") for frame in framed] == [True] * len(framed)
        assert bool(framed) is not name.endswith(".ofd")
    assert "壹佰万元整" in await desk.says()


async def test_a_missing_material_is_typed_in_seen_on_its_paper_and_agreed_to(scene: Scene, tmp_path: Path):
    paper = tmp_path / "竣工备案.pdf"
    paper.write_bytes(pdf("LB-JGBA-2026-001"))
    heavy = tmp_path / "全部图纸.pdf"
    heavy.write_bytes(bytes((11 << 20) + 1))
    await scene.city.control.fault("mdj-hc", Fault.DOWN)
    first = await scene.seated("wang", "registrar")
    await looked_up(first, P2)
    await first.page.get_by_role("link", name=f"按纸质凭据补录 {FILING}").first.click()
    await first.look("stand-in-form")
    form = first.page.url
    await first.page.goto(form.replace("completion-filing", "company-record"))
    await first.fill(**{"fields.former_names.0.name": "旧名"})
    await first.page.get_by_role("button", name="再加一行 曾用名称").click()
    await first.page.locator("[name='fields.former_names.1.name']").wait_for()
    await first.look("stand-in-rows")
    await first.page.goto(form)
    await first.fill(
        **{"fields.filing_no": "230000202603020001", "fields.total_area_m2": "一万"}, reason="住建局接口中断"
    )
    await first.page.set_input_files("[name=evidence]", heavy)
    told = await first.page.locator("[name=evidence]").evaluate("input => input.validationMessage")
    assert told == "文件超过 11 MB，请压缩后再选"
    await first.page.get_by_role("button", name="提交，请另一人复核").click()
    assert first.page.url == form  # it was not sent
    await first.page.set_input_files("[name=evidence]", paper)
    await first.press("提交，请另一人复核")
    wrong = first.page.locator("[aria-invalid=true]")
    assert [await each.get_attribute("name") for each in await wrong.all()] == ["fields.total_area_m2"]
    assert await wrong.evaluate("one => getComputedStyle(one).borderTopWidth") == "2px"
    assert "已上传：竣工备案.pdf" in await first.says()
    await first.glance("stand-in-wrong")
    await first.fill(**{"fields.total_area_m2": "98,765.4"})
    await first.press("提交，请另一人复核")
    assert "等待另一位登记人员复核" in await first.says()
    await first.look("stand-in-waiting")

    second = await scene.seated("zhao", "registrar")
    await second.follow("待复核")
    await second.page.get_by_role("link", name=f"{P2['project_code']} {FILING}").click()
    await second.look("stand-in-decision")
    await second.page.get_by_role("link", name="预览 竣工备案.pdf").click()
    await second.look("stand-in-paper")
    assert [frame.url.rpartition("/")[2] for frame in second.page.frames[1:2]] == ["content"]
    assert "98765.40" in await second.says()
    await second.press("核对一致，同意代用")
    assert "开始代用" in await second.says()

    scene.city.control.clock.advance(1)
    await looked_up(first, P2)
    assert "部门中断期间人工补录：wang，复核 zhao" in await first.says()
    await first.glance("dossier-typed-in")
    await scene.city.control.fault("mdj-hc", None)


async def shelve(scene: Scene, name: str, octets: bytes) -> str:
    """Another file of the project's filing, as its agency might have listed it; the vault holds it."""
    house = scene.city.house
    digest = (await house.vault.put(octets)).removeprefix("sha256:")
    locator = Locator(
        attachment=f"att-{digest[:24]}",
        agency="mdj-nr",
        kind="investment-filing",
        manifest_version=1,
        where={},
        name=name,
        bytes=len(octets),
        sha256=digest,
        held=True,
    )
    await house.shelf.put_up(P1["project_code"], [locator])
    return locator.attachment


def pdf(words: str) -> bytes:
    """One page with some words on it (ISO 32000-1), as small as one can be."""
    drawn = f"BT /F1 24 Tf 40 120 Td ({words}) Tj ET".encode()
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(drawn), drawn),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    octets, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(octets))
        octets += b"%d 0 obj%b endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(octets)
    octets += b"xref\n0 6\n0000000000 65535 f \n" + table
    return octets + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start
