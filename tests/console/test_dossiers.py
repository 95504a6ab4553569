"""Registrars look up what is granted, in their own name; files open to who looked them up, harmlessly."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from contracts.errors import AgencyUnavailable, Fault
from gateway.access.sheets import load_grants
from gateway.console import lookups
from tests.console.guests import Guest, Reception, open_reception, said
from tests.console.test_ofd import ofd
from tests.gateway.town import CODE, CONTRACT_FILE, DEVELOPER, GRANTS, ONE, ROOT

CONSOLE = """
  - id: console-lookups
    consumer: console
    purposes: [first-registration]
    valid: {from: 2026-01-01, until: 2026-12-31}
    approval: 演共〔2026〕5号
    kinds:
      investment-filing: {}
      land-transfer-contract: {}
      land-use-planning-permit: {}
      company-record: {}
"""
FILE = re.compile('href="(/console/dossiers/[0-9]+/attachments/[^"/]+)"')
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@pytest_asyncio.fixture
async def reception(tmp_path: Path, sqlite_octets: bytes) -> AsyncIterator[Reception]:
    async with open_reception(tmp_path, sqlite_octets, GRANTS + CONSOLE) as ready:
        yield ready


async def looked_up(guest: Guest, **changes: str) -> httpx2.Response:
    words = {
        "project_code": CODE,
        "project_name": str(ONE.name),
        "procedure": "first-registration",
        "case": "2026-0017",
        "purpose": "first-registration",
    }
    return await guest.send("/console/dossiers", **(words | changes))


async def file_of(guest: Guest) -> str:
    """Where the contract's file is, once the dossier was looked up."""
    return FILE.findall((await looked_up(guest)).text)[0]


def call_it(reception: Reception, name: str, octets: bytes) -> None:
    """The contract's file is another one."""
    (contract,) = [each for each in reception.town.land.drawer if each.kind == "land-transfer-contract"]
    contract.files.clear()
    contract.files[name] = octets


async def test_a_project_is_looked_up_in_the_registrars_name(reception: Reception):
    guest = await reception.guest("wang", "registrar")
    page = said(await looked_up(guest))
    contract = ONE.materials["land-transfer-contract"][0].fields
    for told in (CODE, str(ONE.name), str(contract["contract_no"]), "出让合同.pdf", "未齐备", "R01", "回执"):
        assert told in page, told
    asked, answered = await reception.town.asks()
    for entry in (asked, answered):
        named = [entry[name] for name in ("consumer", "operator", "case", "purpose", "project")]
        assert named == ["console", "person:wang", "2026-0017", "first-registration", CODE]
    assert f"index={answered['index']}" in page


async def test_what_is_missing_is_said_with_from_whom_and_who_is_not_asked(reception: Reception):
    page = said(await looked_up(await reception.guest("wang", "registrar")))
    missing = page.partition("尚缺与向谁取得")[2].partition("材料 1 审批关")[0]
    assert "综合竣工验收备案证明（住房和城乡建设主管部门）" in missing
    assert "由部门共享取得，不得向申请人收取" in missing
    assert "不动产登记申请书（申请人） 可请申请人提供" in missing


async def test_the_console_asks_only_what_the_sheet_grants_it(reception: Reception):
    guest = await reception.guest("wang", "registrar")
    refused = await looked_up(guest, purpose="pre-acceptance")
    assert (refused.status_code, "安全管理员" in said(refused)) == (403, True)
    assert 'value="2026-0017"' in refused.text
    entry = (await reception.town.asks())[-1]
    assert [entry[name] for name in ("kind", "consumer", "operator")] == ["refused", "console", "person:wang"]


async def test_without_a_grant_the_page_says_whom_to_ask(tmp_path: Path, sqlite_octets: bytes):
    async with open_reception(tmp_path, sqlite_octets) as reception:
        page = await (await reception.guest("wang", "registrar")).open("/console/dossiers")
    assert "请联系本单位的安全管理员" in said(page)
    assert 'action="/console/dossiers"' not in page.text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"project_code": "", "project_name": ""}, "请填写项目代码"),
        ({"case": ""}, "case"),
        ({"project_code": "not a code"}, "project_code"),
        ({"key": "holder_uscc", "value": "11010519491231002X"}, "known"),
        ({"procedure": "none-such"}, "none-such"),
    ],
)
async def test_a_question_that_is_none_is_told_and_still_there(
    reception: Reception, change: dict[str, str], told: str
):
    guest = await reception.guest("wang", "registrar")
    page = await looked_up(guest, **change)
    assert 400 <= page.status_code < 500
    assert told in said(page)
    if "case" not in change:
        assert 'value="2026-0017"' in page.text
    assert not reception.town.land.heard


async def test_another_number_opens_the_project_too(reception: Reception):
    guest = await reception.guest("wang", "registrar")
    page = await looked_up(guest, project_name="", key="holder_uscc", value=DEVELOPER)
    assert str(ONE.materials["company-record"][0].fields["name"]) in said(page)


async def test_ones_own_last_look_ups_are_listed_and_nobody_elses(reception: Reception):
    wang, zhao = [await reception.guest(name, "registrar") for name in ("wang", "zhao")]
    where = await file_of(wang)
    await wang.open(where)
    mine = await wang.open("/console/dossiers")
    (again,) = re.findall(r'href="(/console/dossiers\?again=[0-9]+)"', mine.text)
    assert "2026-0017" in said(mine)
    assert f'value="{CODE}"' in (await wang.open(again)).text
    assert "2026-0017" not in said(await zhao.open("/console/dossiers"))
    assert CODE not in (await zhao.open(again)).text


async def test_a_file_is_downloaded_whole_or_in_part_and_is_an_entry(reception: Reception):
    guest = await reception.guest("wang", "registrar")
    where = await file_of(guest)
    whole = await guest.open(where)
    assert (whole.status_code, whole.content) == (200, CONTRACT_FILE)
    assert whole.headers["content-disposition"].startswith("attachment;")
    assert whole.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert whole.headers["x-content-type-options"] == "nosniff"
    part = await guest.http.get(where, headers={"range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, CONTRACT_FILE[2:6])
    entry = (await reception.town.asks())[-1]
    told = [entry[name] for name in ("kind", "consumer", "operator", "case", "kinds")]
    assert told == ["answered", "console", "person:wang", "2026-0017", ["land-transfer-contract"]]


async def test_a_file_that_did_not_come_was_not_looked_at(reception: Reception):
    guest = await reception.guest("wang", "registrar")
    where = await file_of(guest)
    reception.town.land.half = AgencyUnavailable(Fault.RESET)
    for page in ("", "/content"):
        before = len(await reception.town.entries())
        assert (await guest.open(where + page)).status_code >= 400
        kinds = [each["kind"] for each in (await reception.town.entries())[before:]]
        assert kinds
        assert "looked" not in kinds


async def test_nobody_opens_what_another_looked_up(reception: Reception):
    wang, zhao = [await reception.guest(name, "registrar") for name in ("wang", "zhao")]
    where = await file_of(wang)
    for page in ("", "/content", "/preview"):
        before = len(await reception.town.entries())
        refused = await zhao.open(where + page)
        assert (refused.status_code, "本人" in said(refused)) == (403, True)
        assert "出让合同" not in refused.text
        (entry,) = (await reception.town.entries())[before:]
        assert (entry["kind"], entry["operator"]) == ("refused", "person:zhao")
    theirs = await file_of(zhao)
    assert (await zhao.open(theirs)).status_code == 200


async def test_a_file_of_another_project_than_the_one_looked_up_stays_shut(reception: Reception):
    guest = await reception.guest("wang", "registrar")
    where = await file_of(guest)
    entry, attachment = re.findall(r"/([0-9]+)/attachments/(.+)$", where)[0]
    await looked_up(guest, project_code="2103-231003-04-01-209465", project_name="锦绣示例城")
    later = max(each["index"] for each in await reception.town.asks() if each["kind"] == "answered")
    assert later > int(entry)
    refused = await guest.open(f"/console/dossiers/{later}/attachments/{attachment}")
    assert refused.status_code == 403


async def test_an_old_look_up_opens_nothing_any_more(reception: Reception):
    guest = await reception.guest("wang", "registrar")
    where = await file_of(guest)
    reception.town.clock.advance(20 * 60)
    assert (await guest.open(where)).status_code == 200
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookups, "LASTS", timedelta(minutes=30))
        assert (await guest.open(where)).status_code == 200
        patch.setattr(lookups, "LASTS", timedelta(minutes=19))
        assert (await guest.open(where)).status_code == 403
    assert timedelta(hours=12) < lookups.LASTS <= timedelta(hours=24)


@pytest.mark.parametrize(
    ("name", "octets", "media_type"),
    [
        ("出让合同.pdf", CONTRACT_FILE, "application/pdf"),
        ("现场照片.png", PNG, "image/png"),
        ("图.jpg", PNG, "image/png"),
        ("坏.png", b"<svg onload=alert(1)>", "text/plain; charset=utf-8"),
        ("坏.pdf", b"<html><script>alert(1)</script>", "text/plain; charset=utf-8"),
        ("空.pdf", b"", "text/plain; charset=utf-8"),
    ],
)
async def test_what_a_frame_shows_is_called_by_its_octets_and_can_do_nothing(
    reception: Reception, name: str, octets: bytes, media_type: str
):
    call_it(reception, name, octets)
    guest = await reception.guest("wang", "registrar")
    where = await file_of(guest)
    page = await guest.open(where + "/preview")
    assert f'src="{where}/content"' in page.text
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    shown = await guest.open(where + "/content")
    assert (shown.status_code, shown.headers["content-type"]) == (200, media_type)
    assert shown.headers["x-frame-options"] == "SAMEORIGIN"
    assert shown.headers["x-content-type-options"] == "nosniff"
    policy = shown.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'self'" in policy
    assert "script-src" not in policy
    assert ("sandbox" in policy) is (media_type != "application/pdf")
    if "text" in media_type:
        assert b"<" not in shown.content
    else:
        assert shown.content == octets


async def test_an_ofd_is_read_as_text_and_what_is_none_says_so(reception: Reception):
    call_it(reception, "缴款凭证.ofd", ofd(["土地出让价款", "<b>壹亿元</b>"], ["第二页"]))
    guest = await reception.guest("wang", "registrar")
    where = await file_of(guest)
    page = await guest.open(f"{where}/preview")
    assert re.findall("<h1[^>]*>(.*?)</h1>", page.text) == ["缴款凭证.ofd"]
    assert f'href="/console/dossiers?again={where.split("/")[3]}#recent"' in page.text
    assert 'id="recent"' in (await guest.open("/console/dossiers")).text
    assert "第 1 页 土地出让价款 <b>壹亿元</b> 第 2 页 第二页" in said(page)
    assert "<b>" not in page.text


async def test_files_that_browsers_do_not_show_and_ofds_that_are_none(reception: Reception):
    guest = await reception.guest("wang", "registrar")
    call_it(reception, "竣工图.dwg", b"AC1032")
    page = await guest.open(await file_of(guest) + "/preview")
    assert ("不能在浏览器中预览" in said(page), "iframe" in page.text) == (True, False)
    call_it(reception, "坏.ofd", b"not a zip")
    reception.town.clock.advance(25 * 3600)
    guest = await reception.guest("zhao", "registrar")
    page = await guest.open(await file_of(guest) + "/preview")
    assert (page.status_code, "不是可读的 OFD" in said(page)) == (400, True)
    assert re.search('href="/console/dossiers/[0-9]+/attachments/[^"/]+"', page.text)  # the download


async def test_a_kind_whose_files_are_not_granted_gives_none(tmp_path: Path, sqlite_octets: bytes):
    narrow = CONSOLE.replace("land-transfer-contract: {}", "land-transfer-contract: {attachments: false}")
    async with open_reception(tmp_path, sqlite_octets, GRANTS + narrow) as reception:
        attachment = await reception.town.listed()
        guest = await reception.guest("wang", "registrar")
        page = await looked_up(guest)
        assert not FILE.findall(page.text)
        entry = max(each["index"] for each in await reception.town.asks())
        refused = await guest.open(f"/console/dossiers/{entry}/attachments/{attachment}")
        assert (refused.status_code, "附件" in said(refused)) == (403, True)


def test_the_shipped_sheet_lets_registrars_look_up():
    shipped = load_grants((ROOT / "config" / "grants.yaml").read_text("utf-8"))
    own = {each.purpose for each in shipped if each.consumer == "console"}
    assert own == {"first-registration", "pre-acceptance"}
