"""A house in which nobody has an account: the three administrators come in by their links."""

import pytest

from tests.browser.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_three_administrators_enrol_and_each_comes_to_their_own_pages(scene: Scene):
    links = {
        each.account: f"{scene.city.url}/console/enrolment#{each.token}"
        for each in await scene.city.house.people.begin(by="os:root")
    }
    assert set(links) == {"sysadmin", "secadmin", "auditadmin"}
    for account, link in links.items():
        await scene.open_by(link, account, look=account == "sysadmin")
    for account in links:
        desk = await scene.sign_in(account)
        assert desk.page.url.startswith(f"{scene.city.url}/console/")
        assert "sign-in" not in desk.page.url
        assert account in await desk.page.inner_text("header")
