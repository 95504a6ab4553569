"""An auditor looks for a record, opens it, and has the browser find out whether it is unchanged."""

import asyncio
import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.async_api import Route

from demo.run import ask_for
from tests.browser.desk import Desk
from tests.browser.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")

EDGE = "field => getComputedStyle(field).border"
NO_ED25519 = """
const known = SubtleCrypto.prototype.importKey;
SubtleCrypto.prototype.importKey = function (form, key, algorithm, ...rest) {
  const name = algorithm.name || algorithm;
  if (name === "Ed25519") throw new DOMException("Unrecognized name.", "NotSupportedError");
  return known.call(this, form, key, algorithm, ...rest);
};
"""


async def seated(scene: Scene) -> Desk:
    """The auditor at a browser of their own; when they first come, a project has been asked about."""
    if "shen" not in scene.phones:
        await asyncio.to_thread(scene.city.registration.ask, ask_for(scene.city.projects["P1"]))
    return await scene.seated("shen", "auditor")


async def answered(scene: Scene) -> int:
    """The index of the newest answer in the log."""
    size = await scene.city.house.log.size()
    lines = await scene.city.house.log.lines(0, size)
    return max(line.index for line in lines if json.loads(line.body or b"{}")["kind"] == "answered")


async def verdict(desk: Desk, button: str = "核验是否被改动") -> str | None:
    """What the page says once the button was pressed; the one box that shows."""
    await desk.press(button)
    box = desk.page.locator("[data-verdict]:not([hidden])")
    await box.wait_for()
    return await box.get_attribute("data-verdict")


async def test_a_search_that_cannot_be_made_says_which_field_and_what_it_takes(scene: Scene):
    desk = await seated(scene)
    await desk.go("/console/log")
    await desk.fill(operator="reg 017", consumer="registration")
    await desk.press("检索")
    field = desk.page.get_by_label("操作员", exact=True)
    assert await field.get_attribute("aria-invalid") == "true"
    assert await desk.page.locator("[aria-invalid]").count() == 1
    edges = [await desk.page.locator(f"[name={name}]").evaluate(EDGE) for name in ("operator", "case")]
    assert edges[0] != edges[1]  # it is marked for the eye, too
    assert "“操作员”请填操作员的账号，如 reg-017" in await desk.page.get_by_role("alert").inner_text()
    await desk.look("log-search-wrong")
    await desk.fill(operator="reg-017")
    await desk.press("检索")
    assert await desk.page.get_by_role("alert").count() == 0


async def test_a_record_is_found_saved_opened_and_verified_in_the_browser(scene: Scene):
    desk = await seated(scene)
    assert desk.page.url.endswith("/console/log")
    project = scene.city.projects["P1"]
    await desk.fill(project=str(project.name), consumer="registration")
    await desk.page.select_option("[name=kind]", "answered")
    await desk.press("检索")
    assert f"查询 “{project.name}”（{project.project_code}）" in await desk.says()
    assert "登记系统（操作员" in await desk.says()
    await desk.fill(name="翰林项目的答复")
    await desk.press("保存")
    assert "检索已保存" in await desk.says()
    await desk.look("log-search")
    await desk.go("/console/log")
    await desk.follow("翰林项目的答复")
    assert await desk.page.input_value("[name=consumer]") == "registration"
    index = await answered(scene)
    await desk.page.locator(f"a[href='/console/log/{index}']").first.click()
    await desk.page.wait_for_url(f"**/console/log/{index}")
    await desk.look("log-entry")
    assert await verdict(desk) == "good"
    assert "未被改动" in await desk.says()
    await desk.glance("log-entry-verified")
    await desk.page.get_by_role("row", name="所属询问").get_by_role("link").click()
    assert "即将询问" in await desk.says()
    assert "结果" in await desk.page.inner_text("table")


async def test_what_people_did_is_found_by_their_account(scene: Scene):
    desk = await seated(scene)
    await desk.go("/console/log?operator=person%3Ashen&kind=signed-in")
    assert "person:shen 登录" in await desk.says()
    await desk.go("/console/log?operator=not%20one")
    assert await desk.page.get_by_role("alert").count() == 1
    assert await desk.page.input_value("[name=operator]") == "not one"
    await desk.go("/console/log?from=2026-13-01")
    assert "日期应形如" in await desk.says()


async def tampered(desk: Desk, index: int, part: str, button: str = "核验是否被改动") -> str | None:
    """Open the entry with something on its way to the browser altered, and verify."""

    async def page(route: Route) -> None:
        answer = await route.fetch()
        said = await answer.text()
        altered = said.replace("case&#34;:&#34;DEMO", "case&#34;:&#34;DEMX")
        assert altered != said
        await route.fulfill(response=answer, body=altered)

    async def octets(route: Route) -> None:
        answer = await route.fetch()
        told = json.loads(await answer.text())
        if part == "path":
            first = bytearray(base64.b64decode(told["path"][0]))
            first[0] ^= 1
            told["path"][0] = base64.b64encode(first).decode()
        elif part == "leaf":
            told["leaf"] = told["path"][0]
        else:
            signature = told["note"].rstrip().rpartition(" ")[2]
            raw = bytearray(base64.b64decode(signature))
            raw[20] ^= 1
            told["note"] = told["note"].replace(signature, base64.b64encode(raw).decode())
        await route.fulfill(response=answer, body=json.dumps(told))

    address = f"**/console/log/{index}" if part == "entry" else f"**/console/log/{index}/proof"
    await desk.page.route(address, page if part == "entry" else octets)
    await desk.go(f"/console/log/{index}")
    said = await verdict(desk, button)
    await desk.page.unroute(address)
    return said


async def test_whatever_is_altered_on_the_way_goes_red(scene: Scene):
    desk = await seated(scene)
    index = await answered(scene)
    for part in ("entry", "path", "leaf", "note"):
        assert await tampered(desk, index, part) == "bad", part
    await desk.glance("log-entry-altered")


async def test_a_browser_without_ed25519_says_so_and_has_the_server_check_the_seal(scene: Scene):
    desk = await seated(scene)
    index = await answered(scene)
    await desk.page.add_init_script(NO_ED25519)
    await desk.go(f"/console/log/{index}")
    assert await verdict(desk) == "good-helped"
    assert "印记由服务器核验" in await desk.says()
    for part in ("entry", "path", "note"):
        assert await tampered(desk, index, part) == "bad", part


async def test_without_scripts_the_server_verifies(scene: Scene):
    desk = await seated(scene)
    index = await answered(scene)
    await desk.page.route("**/verify.js", lambda route: route.abort())
    await desk.go(f"/console/log/{index}")
    assert await verdict(desk) == "good-served"
    desk.faults.clear()  # the script that did not come


async def test_a_time_line_tells_what_one_did_and_what_was_done_about_them(scene: Scene):
    desk = await seated(scene)
    await desk.go("/console/log/follow")
    await desk.page.select_option("[name=what]", "operator")
    await desk.fill(who="person:shen")
    await desk.press("查看")
    assert "建立账号 shen，角色：审计管理员" in await desk.says()  # made by somebody else
    await desk.go(f"/console/log/follow?what=project&who={scene.city.projects['P1'].name}")
    said = await desk.says()
    assert "即将询问" in said
    assert "答复了 22 项材料中的" in said
    await desk.look("log-follow")


async def fetched(desk: Desk, name: str) -> Path:
    """What the first link of this name leads to, as the browser put it on the disk."""
    async with desk.page.expect_download() as download:
        await desk.page.get_by_role("link", name=name).first.click()
    return Path(await (await download.value).path())


def checked(*files: Path, vkey: str) -> subprocess.CompletedProcess[str]:
    """As on a machine that knows nothing but the key: no database, no configuration."""
    command = [
        sys.executable,
        "-m",
        "gateway.cli",
        "audit",
        "verify-export",
        *map(str, files),
        "--vkey",
        vkey,
    ]
    clean = {"PATH": os.environ["PATH"], "LANDBRIDGE_LANG": "en"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=clean, timeout=60)


async def test_an_investigation_goes_from_a_search_to_a_verified_entry_to_a_signed_export(scene: Scene):
    desk = await seated(scene)
    await desk.fill(case="DEMO-P1-0001")
    await desk.press("检索")
    index = await answered(scene)
    await desk.page.locator(f"a[href='/console/log/{index}']").first.click()
    await desk.page.wait_for_url(f"**/console/log/{index}")
    assert await verdict(desk) == "good"
    await desk.follow("DEMO-P1-0001")
    await desk.follow("导出这些记录")
    assert await desk.page.input_value("[name=case]") == "DEMO-P1-0001"
    await desk.press("生成签名导出")
    assert "导出已生成" in await desk.says()
    await desk.look("log-exports")
    file, manifest = await fetched(desk, "文件 (CSV)"), await fetched(desk, "清单")
    assert "DEMO-P1-0001" in file.read_text("utf-8")
    vkey = scene.city.house.log.verifier.vkey
    sound = await asyncio.to_thread(checked, file, manifest, vkey=vkey)
    assert (sound.returncode, sound.stderr) == (0, ""), sound
    file.write_bytes(file.read_bytes().replace(b"DEMO-P1-0001", b"DEMO-P1-0002", 1))
    altered = await asyncio.to_thread(checked, file, manifest, vkey=vkey)
    assert altered.returncode == 1
    assert "it was changed" in altered.stdout


async def test_the_whole_log_is_verified_with_its_progress_and_a_report_to_keep(scene: Scene):
    desk = await seated(scene)
    await desk.follow("日志完整性")
    await desk.press("开始全量核验")
    await desk.page.get_by_text("日志完整，未被改动").wait_for()  # the page found out by itself
    said = (await fetched(desk, "下载")).read_text("utf-8")
    assert "The log is sound" in said
    assert "checkpoint:\n" + scene.city.house.log.origin in said
    await desk.look("log-integrity")
