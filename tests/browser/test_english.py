"""What only a form or a button brings, said in English: `look` opens no such page a second time."""

import pytest

from demo.city import HC
from tests.browser.desk import Desk
from tests.browser.scene import PASSWORD, Scene
from tests.browser.test_dryruns import about_to_try
from tests.browser.test_log import answered, tampered, verdict
from tests.browser.test_log import seated as auditing
from tests.frontdb import READER, front_end
from tests.stores import Cluster

pytestmark = pytest.mark.asyncio(loop_scope="module")

NR = "mdj-nr"


async def test_from_a_link_to_a_tested_agency_and_a_key(scene: Scene):
    await scene.account("secadmin", "security-admin")
    desk = await english(scene, "secadmin")
    await desk.go("/console/accounts")
    await desk.fill(account="chen-hc", agencies=HC)
    await desk.choose(role="agency-admin")
    await desk.press("Make it")
    await desk.glance("invited", "en")
    link = await desk.page.inner_text("#link")
    await desk.go("/console/consumers")
    await desk.fill(consumer="city-hall")
    await desk.press("Register, and make a key")
    await desk.glance("consumer-key", "en")
    newcomer = await scene.desk()
    await newcomer.speak("en")
    await newcomer.page.goto(link)
    await newcomer.page.wait_for_function("document.getElementById('f-invitation').value !== ''")
    await newcomer.press("Next")
    scene.phones["chen-hc"] = await newcomer.page.inner_text("code.secret")
    await newcomer.glance("enrolment", "en")
    code = scene.code("chen-hc")
    await newcomer.fill(password=PASSWORD, again=PASSWORD, code=code)
    await newcomer.press("Open the account")
    assert "The account is open" in await newcomer.says()
    desk = await english(scene, "chen-hc")
    await desk.go(f"/console/agencies/{HC}")
    await desk.press("Test the connection")
    assert "What the test found" in await desk.says()
    await desk.glance("agency-tested", "en")


async def english(scene: Scene, account: str) -> Desk:
    """Signed in at a browser that was in English from the start."""
    desk = await scene.desk()
    await desk.speak("en")
    await desk.go("/console/sign-in")
    await desk.fill(account=account, password=PASSWORD, code=scene.code(account))
    await desk.press("Sign in")
    return desk


async def seated(scene: Scene, account: str, role: str, *agencies: str) -> Desk:
    """Signed in already; all pages are in English."""
    desk = await scene.seated(account, role, *agencies)
    await desk.speak("en")
    await desk.go("/console")
    return desk


async def test_a_grant_is_written_and_a_wrong_one_named(scene: Scene):
    desk = await seated(scene, "sec", "security-admin")
    await desk.go("/console/accounts")
    await desk.fill(account="sec")
    await desk.choose(role="auditor")
    await desk.press("Make it")
    await desk.glance("accounts-problem", "en")
    await desk.go("/console/grants/decisions")
    words = {"id": "hall-2026", "consumer": "city-hall", "purposes": "pre-acceptance"}
    await desk.fill(**words, approval="牡数共〔2026〕009号（演示）")
    await desk.page.locator("main input[type=checkbox]").first.check()
    await desk.press("Write it into a draft")
    await desk.glance("grant-draft", "en")
    await desk.go("/console/grants")
    await desk.follow("Edit as YAML")
    await desk.press("Draft another, like the one in force")
    await desk.glance("grant-drafting", "en")
    written = await desk.page.input_value("[name=text]")
    await desk.fill(text=written.replace("purposes: [trial]", "purpose: [trial]", 1))
    await desk.press("Save")
    await desk.glance("grant-wrong", "en")


async def test_an_agency_is_connected_tried_given_its_secret_and_paused(scene: Scene, cluster: Cluster):
    desk = await seated(scene, "hui", "agency-admin", HC, NR, "mdj-measure", "mdj-qzk")
    await desk.go("/console/agencies/mdj-measure/connect")
    await desk.tick("[value=filedrop]")
    await desk.fill(zh="示例测绘院", approval="示例〔2026〕3号")
    await desk.press("Next")
    await desk.glance("connect-files", "en")
    with front_end(cluster) as office:
        await desk.go("/console/agencies/mdj-qzk/connect")
        await desk.tick("[value=table]", "[name=allow_private]")
        await desk.choose(tls="tls-off")
        words = {"address": office.address, "user": READER, "zh": "示例前置库", "approval": "示例〔2026〕4号"}
        await desk.fill(**words, password="Not-the-one")
        await desk.glance("connect-table", "en")
        await desk.press("Next")
        await desk.glance("connect-table-refused", "en")
    await desk.go(f"/console/agencies/{NR}/secrets")
    await desk.fill(name="app-key", value="an invented secret")
    await desk.press("Set it")
    assert "Set, in use within two seconds" in await desk.says()
    await desk.glance("secrets-set", "en")
    await about_to_try(scene, desk)
    await desk.press("Try it")
    await desk.glance("trials-done", "en")
    await desk.go(f"/console/agencies/{HC}/uses")
    await desk.fill(reason="under review")
    await desk.press("Pause it")
    await desk.glance("agency-paused", "en")


async def test_an_entry_is_verified(scene: Scene):
    desk = await auditing(scene)
    await desk.speak("en")
    index, button = await answered(scene), "Verify that it is unchanged"
    await desk.go(f"/console/log/{index}")
    assert await verdict(desk, button) == "good"
    await desk.glance("log-entry-verified", "en")
    assert await tampered(desk, index, "note", button) == "bad"
    await desk.glance("log-entry-altered", "en")
