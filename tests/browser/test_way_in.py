"""Accounts are made, opened, locked, changed and closed; what a page says when it says no."""

import pytest

from tests.browser.desk import AXE, is_axe
from tests.browser.scene import PASSWORD, Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_what_judges_pages_is_what_was_chosen():
    if not AXE.exists():
        pytest.skip("no axe-core in build/node_modules: NO PAGE IS JUDGED BY IT (.ci/outfit installs it)")
    assert is_axe()


async def test_the_security_administrator_makes_an_account_that_somebody_opens(scene: Scene):
    desk = await scene.seated("secadmin", "security-admin")
    await desk.follow("人员账号")
    await desk.look("accounts")
    await desk.fill(account="li-hc", agencies="mdj-hc，mdj-tax")
    await desk.page.select_option("[name=role]", "agency-admin")
    await desk.press("新建")
    await desk.glance("invited")
    await scene.open_by(await desk.page.inner_text("#link"), "li-hc")
    await desk.follow("人员账号")
    await desk.follow("li-hc")
    assert "mdj-hc、mdj-tax" in await desk.says()
    await desk.look("account")
    await desk.fill(agencies="mdj-hc")
    await desk.press("更新")
    assert "所管部门已更新" in await desk.says()
    await desk.press("停用该账号")
    assert "已停用" in await desk.says()


async def test_a_password_is_changed_by_who_knows_it(scene: Scene):
    desk = await scene.seated("sysadmin", "system-admin")
    await desk.go("/console/password")
    await desk.look("password")
    await desk.fill(old=PASSWORD, password="Autumn-lake-2027", again="Autumn-lake-2028")
    await desk.press("修改")
    assert "两次输入的密码不一致" in await desk.says()
    await desk.fill(old=PASSWORD, password="Autumn-lake-2027", again="Autumn-lake-2027")
    await desk.press("修改")
    assert "密码已修改" in await desk.says()


async def test_a_name_that_is_none_is_told_and_what_was_typed_is_still_there(scene: Scene):
    desk = await scene.seated("secadmin", "security-admin")
    await scene.account("sysadmin", "system-admin")
    await desk.go("/console/accounts")
    await desk.fill(account="sysadmin")
    await desk.page.select_option("[name=role]", "auditor")
    await desk.press("新建")
    assert "该账号名已被使用" in await desk.says()
    assert await desk.page.input_value("[name=account]") == "sysadmin"
    await desk.glance("accounts-problem")


async def test_who_guessed_too_often_is_let_in_again_by_the_security_administrator(scene: Scene):
    await scene.account("sun-reg", "registrar")
    guesser = await scene.desk()
    await guesser.go("/console/sign-in")
    for _ in range(6):
        await guesser.fill(account="sun-reg", password="Guess-number-1", code="000000")
        await guesser.press("登录")
    await guesser.fill(account="sun-reg", password=PASSWORD, code=scene.code("sun-reg"))
    await guesser.press("登录")
    assert "登录未成功" in await guesser.says()
    desk = await scene.seated("secadmin", "security-admin")
    await desk.go("/console/accounts/sun-reg")
    await desk.look("account-locked")
    await desk.press("解除锁定")
    assert "已解除锁定" in await desk.says()
    await guesser.fill(account="sun-reg", password=PASSWORD, code=scene.code("sun-reg"))
    await guesser.press("登录")
    assert guesser.page.url.startswith(f"{scene.city.url}/console/dossiers")


async def test_who_is_signed_out_comes_back_to_the_page_that_was_wanted(scene: Scene):
    desk = await scene.seated("secadmin", "security-admin")
    await scene.account("sysadmin", "system-admin")
    await desk.go("/console/accounts/sysadmin")
    await desk.page.get_by_role("button", name="退出").click()
    assert "您已退出" in await desk.says()
    await desk.go("/console/accounts/sysadmin")
    await desk.look("sign-in")
    await desk.fill(account="secadmin", password=PASSWORD, code="000000")
    await desk.press("登录")
    assert "登录未成功" in await desk.says()
    await desk.fill(password=PASSWORD, code=scene.code("secadmin"))
    await desk.press("登录")
    assert desk.page.url == f"{scene.city.url}/console/accounts/sysadmin"


async def test_who_may_not_or_finds_nothing_or_is_nobody_is_told_on_a_page(scene: Scene):
    desk = await scene.seated("secadmin", "security-admin")
    for path, name, told in (
        ("/console/dossiers", "problem-role", "该页面供登记人员使用"),
        ("/console/accounts/nobody", "problem-none", "没有完成"),
    ):
        await desk.go(path)
        assert told in await desk.says()
        await desk.look(name)
    nobody = await scene.desk()
    await nobody.go("/console/enrolment")
    await nobody.look("invitation")
    await nobody.go("/console/sign-on/end")
    assert "没有完成" in await nobody.says()
    await nobody.look("problem-alone")
