"""A form that was refused comes back with its message, and with what was ticked and written in it."""

import html
import re

import httpx2
import pytest

from contracts.errors import AskMalformed
from demo.control import Fault
from gateway.api.documents import TEXT_LENGTH
from gateway.console.words import TO_PEOPLE
from tests.console.guests import Reception, said, wrong_in
from tests.registry.conftest import counter  # noqa: F401  the fixture
from tests.registry.counter import AGENCY, Counter

HERE = f"/console/agencies/{AGENCY}"
SHEETS = "/console/grants/versions"
TICKED = re.compile('name="cases" value="([^ "]+) [^"]*"( checked)?')
LONG = "# 改\n" * (TEXT_LENGTH // 4 + 1)


def text_of(page: httpx2.Response) -> str:
    """What stands in the page's one large field."""
    (found,) = re.findall("<textarea[^>]*>\n(.*?)</textarea>", page.text, re.DOTALL)
    return html.unescape(found)


async def test_cases_that_were_not_ticked_stay_so(counter: Counter):  # noqa: F811
    await counter.control.fault(AGENCY, Fault.DOWN)
    for case in ("B-1", "B-2"):
        assert (await counter.town.ask(case=case, kinds=["investment-filing"])).status_code == 200
    guest = await Reception(counter.town).guest("wei", "agency-admin", AGENCY)
    shown = await guest.open(f"{HERE}/touched?cause=outage")
    boxes = re.findall('name="cases" value="([^"]+)"', shown.text)
    assert dict(TICKED.findall(shown.text)) == {"B-1": " checked", "B-2": " checked"}
    (kept,) = [each for each in boxes if each.startswith("B-1 ")]
    page = await guest.send(f"{HERE}/repulls", cause="outage", cases=[kept], reason="短 &")
    assert (page.status_code, "提交的内容有误" in said(page)) == (400, True)
    assert dict(TICKED.findall(page.text)) == {"B-1": " checked", "B-2": ""}
    assert 'name="reason" type="text" value="短 &amp;"' in page.text
    assert 'id="all" data-all="cases" checked' not in page.text
    page = await guest.send(f"{HERE}/repulls", cause="outage", reason="部门已恢复")
    assert dict(TICKED.findall(page.text)) == {"B-1": "", "B-2": ""}


async def test_a_manifest_stays_whole_whatever_was_wrong_with_it(counter: Counter):  # noqa: F811
    guest = await Reception(counter.town).guest("wei", "agency-admin", AGENCY)
    page = await guest.send(f"{HERE}/versions", text=LONG)
    assert (page.status_code, text_of(page)) == (400, LONG)
    assert "提交的内容有误" in said(page)
    page = await guest.send(f"{HERE}/versions", text=counter.manifest + "# 我的\n")
    where = page.url.path
    page = await guest.send(where, text=LONG)
    assert (page.status_code, text_of(page)) == (400, LONG)
    await guest.send(f"{where}/withdrawal")
    page = await guest.send(where, text=counter.manifest + "# 太晚\n")
    assert (page.status_code, "未保存的文本" in said(page)) == (409, True)
    assert text_of(page) == counter.manifest + "# 太晚\n"


@pytest.mark.parametrize("step", ["submission", "withdrawal", "rejection", "publication"])
async def test_a_step_that_is_refused_says_why_on_its_own_page(counter: Counter, step: str):  # noqa: F811
    guest = await Reception(counter.town).guest("wei", "agency-admin", AGENCY)
    page = await guest.send(f"{HERE}/versions", text=counter.manifest + "# 我的\n")
    refused = await guest.send(f"{page.url.path}/{step}", digest="none", reason="长" * 301)
    assert (refused.status_code, "提交的内容有误" in said(refused)) == (400, True)
    assert f'action="{page.url.path}/submission"' in refused.text


async def test_a_sheet_stays_whole_whatever_was_wrong_with_it(counter: Counter):  # noqa: F811
    guest = await Reception(counter.town).guest("sec", "security-admin")
    page = await guest.send(SHEETS, text=LONG)
    assert (page.status_code, text_of(page)) == (400, LONG)
    assert "提交的内容有误" in said(page)


@pytest.mark.parametrize("reason", ["", "长" * 301, "11010519491231002X"])
async def test_why_an_agency_is_paused_is_marked_and_still_there(counter: Counter, reason: str):  # noqa: F811
    guest = await Reception(counter.town).guest("wei", "agency-admin", AGENCY)
    page = await guest.send(f"{HERE}/pause", reason=reason)
    assert (page.status_code, wrong_in(page)) == (400, ["reason"])
    assert f'name="reason" type="text" value="{reason}"' in page.text


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"role": "none-such"}, "role"),
        ({"role": ""}, "role"),
        ({"role": "consumer"}, "role"),
        ({"role": "registrar", "agencies": "mdj-hc"}, "agencies"),
        ({"role": "agency-admin"}, "agencies"),
        ({"role": "auditor", "account": "Li"}, "account"),
    ],
)
async def test_an_account_that_cannot_be_made_says_at_which_field(
    counter: Counter,  # noqa: F811
    words: dict[str, str],
    field: str,
):
    guest = await Reception(counter.town).guest("sec", "security-admin")
    page = await guest.send("/console/accounts", **({"account": "li", "agencies": ""} | words))
    assert (page.status_code, wrong_in(page)) == (400, [field])


@pytest.mark.parametrize(
    ("roles", "marked"), [([], True), (["auditor", "system-admin"], True), (["agency-admin"], False)]
)
async def test_a_consumers_roles_are_marked_where_they_are_ticked(
    counter: Counter,  # noqa: F811
    roles: list[str],
    marked: bool,
):
    guest = await Reception(counter.town).guest("sec", "security-admin")
    page = await guest.send("/console/consumers", consumer="hall-2", roles=roles)
    boxes = re.findall('type="checkbox" name="roles" ([^>]*)>', page.text)
    assert page.status_code == 400
    assert {'aria-invalid="true"' in each for each in boxes} == {marked}
    assert ('<fieldset class="ticks" aria-describedby="h-roles problem">' in page.text) is marked
    assert sorted(each.split('"')[1] for each in boxes if " checked" in each) == sorted(roles)
    assert wrong_in(page) == ([] if marked else ["agencies"])


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_nobody_before_a_page_is_sent_to_the_interface_description(
    counter: Counter,  # noqa: F811
    language: str,
):
    reception = Reception(counter.town)
    security, auditor = [await reception.guest(role, role) for role in ("security-admin", "auditor")]
    for each in (security, auditor):
        each.http.cookies.set("landbridge-language", language)
    pages = [
        await security.send("/console/accounts", account="No such name", role="auditor"),
        await auditor.open("/console/log/x"),
        await auditor.send("/console/log/follow"),
    ]
    assert [page.status_code for page in pages] == [400, 400, 405]
    for page in pages:
        assert "接口" not in said(page)
        assert "API" not in said(page)
    assert TO_PEOPLE[AskMalformed.todo].model_dump()[language] in said(pages[0])
