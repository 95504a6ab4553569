"""An agency admin names a table: found, chosen, asked, read at the console; what keeps them out is said."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from adapters.drafting.editing import content_of, materials_of, with_material
from contracts.audit import Draft, EntryKind
from contracts.errors import StoreUnavailable
from gateway.api.documents import Which
from gateway.papers import CATALOGUE
from gateway.registry import DocumentKind
from tests.console.conftest import AGENCY
from tests.console.guests import Guest, Reception, said
from tests.frontdb import CHINESE, CODE, ODD, PASSWORD, READER, STRANGER, TABLE, FrontEnd, front_end
from tests.stores import Cluster

pytestmark = pytest.mark.asyncio(loop_scope="module")

KIND = "completion-filing"
PLACE = f"/console/agencies/{AGENCY}/connect"
WHICH = Which(DocumentKind.AGENCY, AGENCY)
WORDS = {"protocol": "table", "zh": "示例前置库", "sharing": "conditional", "approval": "示例1号"}


@pytest.fixture(scope="module")
def office(cluster: Cluster) -> Iterator[FrontEnd]:
    with front_end(cluster) as found:
        found.insert(LSH=1)
        found.insert(LSH=2, JSDW="示例更正公司")
        found.insert(LSH=3, SJYXBS=0, JSDW="作废公司")
        yield found


async def begin(guest: Guest, office: FrontEnd, **form: Any) -> httpx2.Response:
    words: dict[str, Any] = {"address": office.address, "user": READER, "password": PASSWORD}
    words |= {"schema": "public", "tls": "tls-off", "allow_private": "1"} | form
    sent = {name: value for name, value in (WORDS | words).items() if value}
    return await guest.send(PLACE, **sent)


async def begun(guest: Guest, office: FrontEnd) -> int:
    page = await begin(guest, office)
    assert page.status_code == 200, said(page)
    return int(page.url.path.rpartition("/")[2])


async def text_of(town: Reception, number: int) -> str:
    return (await town.town.house.registry.version(*WHICH, number)).text


async def asked(town: Reception, number: int) -> Any:
    return materials_of(content_of(await text_of(town, number)))[KIND]["ask"]


async def test_tables_are_found_and_the_password_is_sealed_at_once(
    town: Reception, guest: Guest, office: FrontEnd
):
    number = await begun(guest, office)
    connection = content_of(await text_of(town, number))["connection"]
    assert connection == {
        "protocol": "table",
        "base": office.address,
        "allow_private": True,
        "table": {
            "schema": "public",
            "user": READER,
            "tls": "off",
            "password": f"secret:{AGENCY}/reader-{number}",
        },
    }
    assert town.town.house.safe(f"secret:{AGENCY}/reader-{number}") == PASSWORD
    page = await guest.open(f"{PLACE}/{number}")
    assert "竣工验收备案信息表" in said(page)
    assert "共 6 张，可读 4 张" in said(page)
    assert "账号只能读取部分列" in said(page)
    papers = await town.town.house.papers.listed((AGENCY, number))
    octets = await town.town.house.papers.octets(papers[CATALOGUE])
    entries = str(await town.town.entries())
    assert not [PASSWORD for place in (page.text, octets.decode(), entries) if PASSWORD in place]


async def test_the_log_has_it_before_the_database_is_asked(town: Reception, guest: Guest, office: FrontEnd):
    before = len(await town.town.entries())
    assert (await begin(guest, office, password="Not-the-one")).status_code == 502
    entry, form = (await town.town.entries())[before:]
    assert (entry["kind"], entry["operator"]) == ("tried", "person:li-qzk")
    assert form["kind"] == "looked"  # it came back, filled in
    assert entry["subject"]["id"] == office.address.rpartition("/")[0]


@pytest.mark.parametrize(
    ("form", "status", "told"),
    [
        ({"password": "Not-the-one"}, 502, "三、凭据 未通过"),
        ({"user": STRANGER}, 502, "都不能读取"),
        ({"schema": "nowhere"}, 400, "没有模式 nowhere"),
        ({"schema": "closed"}, 502, "该账号可读取的模式：public"),
        ({"address": "postgresql://127.0.0.1:9/x"}, 503, "二、连接 未通过"),
        (
            {"address": "postgresql://127.0.0.1:9/x", "allow_private": "", "tls": "tls-verify"},
            502,
            "不在许可范围",
        ),
        ({"allow_private": ""}, 400, "仅内网地址"),
        ({"address": "http://127.0.0.1/x"}, 400, "postgresql://主机:端口/库名"),
        ({"address": "postgresql://u:p@127.0.0.1/x"}, 400, "postgresql://主机:端口/库名"),
        ({"address": ""}, 400, "postgresql://主机:端口/库名"),
        ({"user": ""}, 400, "账号和口令"),
        ({"user": "secret:mdj-qzk/reader-name"}, 400, "账号本身的名称"),
        ({"password": f" {PASSWORD}"}, 400, "首尾无空白"),
        (
            {"address": "postgresql://127.0.0.1:9/x", "allow_private": "", "tls": "tls-verify"},
            502,
            "请勾选下方的对应选项",
        ),
        ({"password": ""}, 400, "账号和口令"),
        ({"schema": "x" * 64}, 400, "账号和模式的写法"),
    ],
)
async def test_what_keeps_an_admin_out_is_said_and_no_draft_is_made(
    town: Reception, guest: Guest, office: FrontEnd, form: dict[str, str], status: int, told: str
):
    before = len(await town.town.house.registry.versions(*WHICH))
    page = await begin(guest, office, **form)
    assert (page.status_code, told in said(page)) == (status, True), said(page)
    assert 'value="示例前置库"' in page.text
    assert PASSWORD not in page.text
    assert len(await town.town.house.registry.versions(*WHICH)) == before


async def test_where_the_safe_cannot_be_written_one_goes_on_with_the_draft(
    town: Reception, guest: Guest, office: FrontEnd, monkeypatch: pytest.MonkeyPatch
):
    async def out(*_: Any) -> None:
        raise StoreUnavailable

    house = town.town.house
    before = len(await house.registry.versions(*WHICH))
    monkeypatch.setattr(house.safe, "put", out)
    page = await begin(guest, office)
    assert (page.status_code, "竣工验收备案信息表" in said(page)) == (503, True), said(page)
    assert len(await house.registry.versions(*WHICH)) == before + 1
    assert PASSWORD not in page.text


async def test_a_database_that_is_not_there_is_a_matter_of_settings(guest: Guest, office: FrontEnd):
    page = await begin(guest, office, address=f"{office.address.rpartition('/')[0]}/nothing")
    told = said(page)
    assert re.search("一、设置 未通过 .*二、连接 通过 .*三、凭据 未测试", told), told
    assert "请在下方核对地址末尾的库名" in told


async def test_from_a_table_to_validated_material(town: Reception, guest: Guest, office: FrontEnd):
    number = await begun(guest, office)
    page = await guest.send(f"{PLACE}/{number}", kind=KIND, operation=f"{TABLE} public.{TABLE}")
    assert f"读取 {TABLE}" in said(page)
    assert await asked(town, number) == {
        "table": TABLE,
        "where": {"GCDM": {"value": "{project_code}", "fit": "starts"}, "SJYXBS": "1"},
        "newest": "LSH",
        "per": "JGYSBABH",
    }
    form = {"table": TABLE, "column:1": "GCDM", "key:1": "project_code", "starts:1": "1"}
    form |= {"column:2": "SJYXBS", "fixed:2": "1", "newest": "LSH", "per": "JGYSBABH"}
    page = await guest.send(
        f"{PLACE}/{number}/{KIND}/question", **form, **{"try": "1", "try:project_code": CODE}
    )
    assert page.status_code == 200, said(page)
    assert "示例更正公司" in said(page)
    assert "作废公司" not in said(page)
    tree = page.text.partition('class="card tree"')[2].partition("</ul>")[0]
    assert "竣工验收备案编号" in tree
    page = await guest.send(f"{PLACE}/{number}/{KIND}/mapping", **sent_as_shown(page))
    assert "读取成功，没有遗漏" in said(page), said(page)
    assert not (await town.town.house.registry.version(*WHICH, number)).text.count("secret:none")


def sent_as_shown(page: httpx2.Response) -> dict[str, str | list[str]]:
    """The mapping's form as a browser sends it that ticked everything that is left over."""
    form = page.text.partition('id="mapping"')[2].partition("</form>")[0]
    fields: dict[str, str | list[str]] = dict(
        re.findall('<input name="([^"]+)" type="text" value="([^"]*)"', form)
    )
    for name, inside in re.findall('<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.findall('<option value="([^"]*)" selected', inside)
        fields[name] = chosen[0] if chosen else ""
    for name in ("ignore", "around"):
        fields[name] = re.findall(f'<input type="checkbox" name="{name}" value="([^"]+)"', form)
    return fields | {"further": "1"}


def question_as_shown(page: httpx2.Response) -> dict[str, str]:
    """The question's form as a browser sends it that changed nothing."""
    form = page.text.partition('/question"')[2].partition("</form>")[0]
    fields = dict(re.findall('<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    fields |= dict(re.findall('<input name="([^"]+)" type="text" value="([^"]*)"', form))
    fields |= dict.fromkeys(re.findall('<input type="checkbox" name="([^"]+)" value="1" checked', form), "1")
    for name, inside in re.findall('<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.findall('<option value="([^"]*)"[^>]* selected', inside)
        fields[name] = chosen[0] if chosen else ""
    fields.pop("token")
    return fields


async def test_another_key_is_chosen_and_the_reply_is_checked_by_it(
    town: Reception, guest: Guest, office: FrontEnd
):
    number = await begun(guest, office)
    await guest.send(f"{PLACE}/{number}", kind=KIND, operation=f"{TABLE} public.{TABLE}")
    form = {"table": TABLE, "column:1": "SGXKZBH", "key:1": "construction_permit_no", "fixed:1": ""}
    form |= {
        "column:2": "",
        "key:2": "project_code",
        "column:3": "SJYXBS",
        "fixed:3": "1",
        "newest": "",
        "per": "",
    }
    await guest.send(f"{PLACE}/{number}/{KIND}/question", **form)
    assert await asked(town, number) == {
        "table": TABLE,
        "where": {"SGXKZBH": "{construction_permit_no}", "SJYXBS": "1"},
    }
    permit = {"try": "1", "try:construction_permit_no": "231005202103150101"}
    page = await guest.send(f"{PLACE}/{number}/{KIND}/question", **form, **permit)
    material = materials_of(content_of(await text_of(town, number)))[KIND]
    assert (material["ask_by"], material["about"]) == (
        ["construction_permit_no"],
        {"construction_permit_no": "SGXKZBH"},
    ), said(page)


async def test_a_project_that_is_not_there_shows_the_columns_all_the_same(
    town: Reception, guest: Guest, office: FrontEnd
):
    number = await begun(guest, office)
    await guest.send(f"{PLACE}/{number}", kind=KIND, operation=f"{TABLE} public.{TABLE}")
    form = {"table": TABLE, "column:1": "GCDM", "key:1": "project_code", "newest": "LSH", "per": "JGYSBABH"}
    nobody = {"try": "1", "try:project_code": "2019-231005-04-01-735188"}
    page = await guest.send(f"{PLACE}/{number}/{KIND}/question", **form, **nobody)
    assert page.status_code == 200, said(page)
    assert 'data-path="rows[].JGYSBABH"' in page.text or 'data-path="JGYSBABH"' in page.text


async def test_names_that_are_code_elsewhere_are_names_here(town: Reception, guest: Guest, office: FrontEnd):
    number = await begun(guest, office)
    page = await guest.open(f"{PLACE}/{number}")
    assert "<script>alert" not in page.text
    assert ODD in said(page)
    for table in (ODD, CHINESE):
        page = await guest.send(f"{PLACE}/{number}", kind=KIND, operation=f"{table} public.{table}")
        assert page.status_code == 200, said(page)
        assert "<script>alert" not in page.text
        form = {
            "table": table,
            "column:1": "备案编号",
            "key:1": "filing_no",
            "column:2": ODD,
            "fixed:2": "'; DROP",
        }
        page = await guest.send(f"{PLACE}/{number}/{KIND}/question", **form)
        assert page.status_code == 200, said(page)
        assert await asked(town, number) == {
            "table": table,
            "where": {"备案编号": "{filing_no}", ODD: "'; DROP"},
        }
        await guest.send(f"{PLACE}/{number}/{KIND}/removal")


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ({"column:1": "GCDM", "key:1": "project_code", "column:2": "GCDM", "fixed:2": "X"}, "有两个条件"),
        ({"column:1": "GCDM", "key:1": "project_code", "fixed:1": "X"}, "不能既等于键又等于固定值"),
        ({"column:1": "GCDM", "key:1": "project_code", "column:2": "SJYXBS"}, "条件不完整"),
    ],
)
async def test_conditions_that_say_too_little_or_too_much_are_told_and_stay_as_typed(
    town: Reception, guest: Guest, office: FrontEnd, lines: dict[str, str], told: str
):
    number = await begun(guest, office)
    await guest.send(f"{PLACE}/{number}", kind=KIND, operation=f"{TABLE} public.{TABLE}")
    before = await asked(town, number)
    page = await guest.send(f"{PLACE}/{number}/{KIND}/question", table=TABLE, newest="LSH", **lines)
    assert (page.status_code, told in said(page)) == (400, True), said(page)
    assert (page.text.count('value="X"') == 1) == ("X" in lines.values())
    assert await asked(town, number) == before


async def test_a_question_written_by_hand_survives_its_form(town: Reception, guest: Guest, office: FrontEnd):
    """What a form saves unchanged is what stood there: 0 and false are values, a document has two numbers."""
    number = await begun(guest, office)
    await guest.send(f"{PLACE}/{number}", kind=KIND, operation=f"{TABLE} public.{TABLE}")
    where = {"GCDM": {"value": "{project_code}", "fit": "starts"}, "SJYXBS": 0, "SFSXLHYS": False}
    wanted = {"table": TABLE, "where": where, "newest": "LSH", "per": ["JGYSBABH", "GCDM"]}
    written = with_material(await text_of(town, number), KIND, {"ask": wanted})
    page = await guest.send(f"/console/agencies/{AGENCY}/versions/{number}", text=written)
    assert (await asked(town, number))["per"] == ["JGYSBABH", "GCDM"], said(page)
    page = await guest.open(f"{PLACE}/{number}/{KIND}")
    page = await guest.send(f"{PLACE}/{number}/{KIND}/question", **question_as_shown(page))
    assert page.status_code == 200, said(page)
    said_now = await asked(town, number)
    assert said_now["where"] == where | {"SJYXBS": "0", "SFSXLHYS": "false"}
    assert said_now["per"] == ["JGYSBABH", "GCDM"]


async def test_a_draft_without_its_catalogue_keeps_its_conditions(
    town: Reception, guest: Guest, office: FrontEnd
):
    """One that was begun as another version has no papers: what stands in it is shown and kept."""
    number = await begun(guest, office)
    await guest.send(f"{PLACE}/{number}", kind=KIND, operation=f"{TABLE} public.{TABLE}")
    page = await guest.send(f"/console/agencies/{AGENCY}/versions", like=str(number))
    copy = int(re.findall(r"/versions/(\d+)", str(page.url))[0])
    page = await guest.open(f"{PLACE}/{copy}/{KIND}")
    for word in (TABLE, "GCDM", "SJYXBS", "JGYSBABH"):
        assert word in page.text


async def published(town: Reception, text: str) -> None:
    registry = town.town.house.registry
    one, two = (Draft(kind=EntryKind.DRAFTED, operator=f"person:{name}") for name in ("one", "two"))
    made = await registry.draft(DocumentKind.AGENCY, AGENCY, text, one)
    await registry.publish(await registry.submit(made, made.digest, one), made.digest, two)


async def test_the_connection_in_force_is_tested_in_three_steps(
    town: Reception, guest: Guest, office: FrontEnd
):
    number = await begun(guest, office)
    await guest.send(f"{PLACE}/{number}/{KIND}/removal")
    await guest.send(f"{PLACE}/{number}", kind=KIND, operation=f"{TABLE} public.{TABLE}")
    form = {"table": TABLE, "column:1": "GCDM", "key:1": "project_code", "starts:1": "1", "newest": "LSH"}
    page = await guest.send(
        f"{PLACE}/{number}/{KIND}/question", **form, **{"try": "1", "try:project_code": CODE}
    )
    await guest.send(f"{PLACE}/{number}/{KIND}/mapping", **sent_as_shown(page))
    await published(town, await text_of(town, number))
    page = await guest.open(PLACE)
    for word in (office.address, READER, 'value="table" checked', 'value="tls-off" selected'):
        assert word in page.text
    told = said(await guest.send(f"/console/agencies/{AGENCY}/probe"))
    assert re.search("一、设置 通过 .*二、连接 通过 .*三、凭据 通过", told), told
    with office.closed(TABLE):
        told = said(await guest.send(f"/console/agencies/{AGENCY}/probe"))
    assert re.search("三、凭据 未通过 .*SELECT", told), told


REST = f"""
agency: {AGENCY}
title: {{zh: 示例前置库, en: A front-end database}}
sharing: {{class: conditional, approval: 示例1号}}
connection:
  protocol: rest
  base: https://a.example
  headers: {{X-App: landbridge}}
  probe: {{path: /health}}
limits: {{concurrency: 2}}
materials:
  - kind: {KIND}
    ask_by: [project_code]
    ask: {{path: /q, query: {{xmdm: "{{project_code}}"}}}}
    decode: [json]
    none: {{at: rows, empty: true}}
    rows: rows
    about: {{project_code: xmdm}}
    fields: {{filing_no: bh}}
"""


async def test_an_agency_that_was_asked_otherwise_keeps_all_but_the_way_to_it(
    town: Reception, guest: Guest, office: FrontEnd
):
    await published(town, REST)
    number = await begun(guest, office)
    content = content_of(await text_of(town, number))
    assert set(content["connection"]) == {"protocol", "base", "allow_private", "table"}
    assert content["limits"] == {"concurrency": 2}
    assert set(materials_of(content)[KIND]) == {"kind", "fields"}
    assert "添加为" in said(await guest.open(f"{PLACE}/{number}"))
    page = await guest.send(f"{PLACE}/{number}", kind=KIND, operation=f"{TABLE} public.{TABLE}")
    assert page.status_code == 200, said(page)
    assert (await asked(town, number))["table"] == TABLE
    assert materials_of(content_of(await text_of(town, number)))[KIND]["fields"] == {"filing_no": "bh"}
