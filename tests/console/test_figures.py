"""Figures, what stands out and the report call everybody by name; what programs are told stays by ids."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from contracts.audit import Draft, EntryKind, Outcome
from tests.console.guests import Guest, Reception, open_reception
from tests.gateway.town import GRANTS, ROOT

HC = "mdj-hc"
REFUSED = Outcome(status=403, problem="not-granted")
HALL: dict[str, Any] = {"consumer": "stranger-kin", "operator": "h-1", "purpose": "pre-acceptance"}
LI: dict[str, Any] = {"operator": "person:li"}


@pytest_asyncio.fixture
async def reception(tmp_path: Path, sqlite_octets: bytes) -> AsyncIterator[Reception]:
    """Two operators of consumers and one of our own people were refused six times each."""
    agencies = tmp_path / "config" / "agencies"
    agencies.mkdir(parents=True)
    agencies.joinpath(f"{HC}.yaml").write_text((ROOT / "config/agencies" / f"{HC}.yaml").read_text("utf-8"))
    async with open_reception(tmp_path, sqlite_octets, GRANTS) as there:
        access, log = there.town.house.access, there.town.house.log
        for name, title in (
            ("registration", "登记中心"),
            ("hall", "办事 大厅"),
            ("stranger-kin", "办事大厅"),
        ):
            await access.entitle(name, title, by="os:t")
        for _ in range(6):
            await log.append(Draft(kind=EntryKind.REFUSED, outcome=REFUSED, case="T-1", **HALL))
            await log.append(Draft(kind=EntryKind.REFUSED, outcome=REFUSED, **LI))
            await log.append(Draft(kind=EntryKind.REFUSED, outcome=REFUSED, consumer="console", **LI))
        for agency in (HC, "gone"):
            await log.append(Draft(kind=EntryKind.ANSWERED, consumer="registration", agencies=(agency,)))
        yield there


async def page(guest: Guest, path: str, language: str) -> str:
    guest.http.cookies.set("landbridge-language", language)
    answer = await guest.open(path)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_a_look_over_a_period_names_everybody(reception: Reception):
    guest = await reception.guest("aud", "auditor")
    zh = await page(guest, "/console/look", "zh")
    assert ">办事大厅（stranger-kin）（操作员 h-1）一天内被拒绝 6 次 <" in zh
    assert ">li 一天内被拒绝 6 次 <" in zh
    assert ">控制台（操作员 li）一天内被拒绝 6 次 <" in zh
    assert ">办事大厅（stranger-kin）以用途 受理前预审 查询 6 次，" in zh
    assert '<td title="registration">登记中心</td>' in zh
    assert '<td title="mdj-hc">牡丹江市住房和城乡建设局（演示）</td>' in zh
    assert '<td title="gone">gone</td>' in zh
    assert "operator=person%3Ali&amp;kind=refused" in zh
    en = await page(guest, "/console/look", "en")
    assert ">the console (operator li) was refused 6 times on one day <" in en
    assert "(stranger-kin) asked 6 times for the purpose before acceptance, for which it has no grant <" in en
    assert '<td title="mdj-hc">Mudanjiang Housing and Construction Bureau (demo)</td>' in en


async def test_a_report_has_names_and_ids_beside_them(reception: Reception):
    guest = await reception.guest("aud", "auditor")
    zh = await page(guest, "/console/report?year=2026&month=3", "zh")
    assert "<td>登记中心</td><td>registration</td>" in zh
    assert "<td>控制台</td><td>console</td>" in zh
    assert "<td>受理前预审</td><td>pre-acceptance</td>" in zh
    assert "<td>—</td><td></td>" in zh
    assert "<td>牡丹江市住房和城乡建设局（演示）</td><td>mdj-hc</td>" in zh
    en = await page(guest, "/console/report?year=2026&month=3", "en")
    assert '<td><span lang="zh-CN">登记中心</span></td><td>registration</td>' in en
    assert "<td>before acceptance</td><td>pre-acceptance</td>" in en


async def test_a_program_is_told_by_ids(reception: Reception):
    town = reception.town
    seen = (await town.http.get("/v1/log/overview", headers=town.bearer("audit-office"))).json()
    told = [each["told"] for each in seen["unusual"]]
    assert {"zh": "person:li 一天内被拒绝 6 次", "en": "person:li was refused 6 times on one day"} in told
    assert "stranger-kin 以用途 pre-acceptance 查询 6 次，该需求方没有此用途的授权" in [
        each["zh"] for each in told
    ]
    assert "stranger-kin h-1 一天内被拒绝 6 次" in [each["zh"] for each in told]
    assert {each["name"] for each in seen["agencies"]} == {HC, "gone"}
