"""A database's tables read anew for a draft that is under way: by its author, where its secrets may go."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from psycopg import sql

from adapters.drafting.editing import with_frame
from contracts.audit import Draft, EntryKind
from gateway.papers import CATALOGUE
from gateway.registry import DocumentKind
from tests.console.conftest import AGENCY
from tests.console.guests import Guest, Reception, said
from tests.console.test_connect_table import KIND, PLACE, WHICH, begun, published, text_of
from tests.frontdb import TABLE, FrontEnd, front_end
from tests.stores import Cluster

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def office(cluster: Cluster) -> Iterator[FrontEnd]:
    with front_end(cluster) as found:
        yield found


async def anew(guest: Guest, number: int) -> httpx2.Response:
    return await guest.send(f"{PLACE}/{number}/tables")


def add(office: FrontEnd, column: str) -> None:
    said = sql.SQL("ALTER TABLE {} ADD COLUMN {} text")
    office.owner.execute(said.format(sql.Identifier(TABLE), sql.Identifier(column)))


async def test_an_agency_without_a_title_is_called_once(guest: Guest):
    page = await guest.open(PLACE)
    path = page.text.partition('<p class="path">')[2].partition("</p>")[0]
    assert (path.count(f">{AGENCY}<"), f"{AGENCY} {AGENCY}" in said(page)) == (1, False)


async def test_a_column_that_the_agency_added_is_there_and_what_is_mapped_stays(
    town: Reception, guest: Guest, office: FrontEnd
):
    number = await begun(guest, office)
    await guest.send(f"{PLACE}/{number}", kind=KIND, operation=f"{TABLE} public.{TABLE}")
    before = await text_of(town, number)
    add(office, "XZDL")
    assert "XZDL" not in (await guest.open(f"{PLACE}/{number}")).text
    page = await anew(guest, number)
    assert page.status_code == 200, said(page)
    assert "已重新读取库中的表和列" in said(page)
    assert "XZDL" in page.text
    assert await text_of(town, number) == before
    assert '<option value="XZDL"' in (await guest.open(f"{PLACE}/{number}/{KIND}")).text
    entry = [each for each in await town.town.entries() if each["kind"] == "tried"][-1]
    assert (entry["kind"], entry["operator"]) == ("tried", "person:li-qzk")
    note = f"tables of a database, with secret:{AGENCY}/reader-{number}"
    assert (entry["subject"]["id"], entry["subject"]["note"]) == (office.address, note)


async def test_a_draft_that_was_begun_as_another_version_comes_by_its_tables(
    town: Reception, guest: Guest, office: FrontEnd
):
    number = await begun(guest, office)
    page = await guest.send(f"/console/agencies/{AGENCY}/versions", like=str(number))
    copy = int(re.findall(r"/versions/(\d+)", str(page.url))[0])
    assert "竣工验收备案信息表" not in said(await guest.open(f"{PLACE}/{copy}"))
    assert "竣工验收备案信息表" in said(await anew(guest, copy))


async def edited(town: Reception, number: int, changes: dict[str, Any], by: str = "person:li-qzk") -> int:
    """A draft like this one, with another connection."""
    text = with_frame(await text_of(town, number), {"connection": changes})
    author = Draft(kind=EntryKind.DRAFTED, operator=by)
    return (await town.town.house.registry.draft(DocumentKind.AGENCY, AGENCY, text, author)).version


async def refused(town: Reception, guest: Guest, number: int, status: int, words: str) -> None:
    """Nobody is asked, nothing is kept; the draft's page comes back."""
    before = len(await town.town.entries())
    page = await anew(guest, number)
    assert (page.status_code, words in said(page)) == (status, True), said(page)
    assert [each["kind"] for each in (await town.town.entries())[before:]] == ["looked"]
    assert CATALOGUE not in await town.town.house.papers.listed((AGENCY, number))


async def test_it_is_its_authors_to_read(town: Reception, guest: Guest, office: FrontEnd):
    theirs = await edited(town, await begun(guest, office), {}, by="person:somebody")
    await refused(town, guest, theirs, 409, "草稿只能由其作者修改")


async def test_no_other_agencys_secret_is_sent_and_a_way_that_is_not_whole_is_told(
    town: Reception, guest: Guest, office: FrontEnd
):
    number = await begun(guest, office)
    foreign = await edited(town, number, {"table": {"password": "secret:mdj-tax/reader"}})
    await refused(town, guest, foreign, 400, "只能引用本部门的密钥")
    mute = await edited(town, number, {"table": None})
    await refused(town, guest, mute, 400, "数据库连接不完整")
    web = await edited(town, number, {"base": "https://a.example"})
    await refused(town, guest, web, 400, "地址应为 postgresql://")
    for each in ("password", "user"):
        missing = await edited(town, number, {"table": {each: f"secret:{AGENCY}/none"}})
        await refused(town, guest, missing, 500, f"secret:{AGENCY}/none")


async def test_its_author_alone_has_no_password_sent_elsewhere(
    town: Reception, guest: Guest, office: FrontEnd
):
    number = await begun(guest, office)
    await guest.send(f"{PLACE}/{number}", kind=KIND, operation=f"{TABLE} public.{TABLE}")
    whole = await text_of(town, number) + FIELDS
    await published(town, whole)
    standing = await town.town.house.registry.in_force(*WHICH)
    assert standing is not None
    elsewhere = await edited(town, standing.version, {"base": "postgresql://127.0.0.1:9/x"})
    await refused(town, guest, elsewhere, 409, "请重新开始接入，填写该地址并键入账号和口令")
    same = await edited(town, standing.version, {})
    assert "竣工验收备案信息表" in said(await anew(guest, same))


FIELDS = """
    decode: [json]
    none: {at: rows, empty: true}
    rows: rows
    about: {project_code: {at: GCDM, fit: starts}}
    fields: {filing_no: JGYSBABH}
"""
