"""Grants at the console: a matrix with warnings, drafted by a form or as YAML, in force by two people."""

import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.access.sheets import read_sheet
from gateway.console.granted import decided, matrix
from gateway.registry import DocumentKind
from tests.console.guests import Guest, Reception, open_reception, said
from tests.gateway.town import GRANTS

VERSIONS = "/console/grants/versions"
DIGEST = re.compile('name="digest" value="(sha256:[0-9a-f]{64})"')
DECISION: dict[str, str | list[str]] = {
    "id": "hall-2026",
    "consumer": "hall",
    "purposes": "first-registration, follow-up",
    "from": "2026-03-01",
    "until": "2026-12-31",
    "approval": "演共〔2026〕3号",
    "kinds": ["company-record", "completion-filing"],
    "fields": "",
    "attachments": "no",
    "evidence": "no",
}


@pytest_asyncio.fixture
async def reception(tmp_path: Path, sqlite_octets: bytes) -> AsyncIterator[Reception]:
    async with open_reception(tmp_path, sqlite_octets, "# 市里的授权\n" + GRANTS) as ready:
        yield ready


async def in_force(reception: Reception) -> int:
    found = await reception.town.house.registry.current(DocumentKind.GRANTS)
    return found["grants"].version


async def two(reception: Reception) -> tuple[Guest, Guest]:
    return await reception.guest("sec", "security-admin"), await reception.guest("sec-two", "security-admin")


def test_a_decision_stands_by_its_days_and_a_matrix_says_what_of_each_kind():
    (wide, narrow) = read_sheet(GRANTS).grants
    days = {
        date(2025, 12, 31): "coming",
        date(2026, 1, 1): "in-force",
        date(2026, 12, 1): "in-force",
        date(2026, 12, 2): "expiring",
        date(2026, 12, 31): "expiring",
        date(2027, 1, 1): "expired",
    }
    assert {day: decided([wide], day)[0].standing for day in days} == days
    told = decided([wide, narrow], date(2026, 3, 2))
    found = matrix(told, "hall")
    assert [column.purpose for column in found.columns] == ["pre-acceptance"]
    ((row),) = found.rows
    assert row.cuts[0] is not None
    assert (row.kind.slug, row.cuts[0].fields, row.cuts[0].attachments) == (
        "land-transfer-contract",
        ("contract_no",),
        False,
    )
    assert [row.kind.slug for row in matrix(told, "registration").rows] == [
        "investment-filing",
        "land-transfer-contract",
        "land-use-planning-permit",
        "company-record",
    ]


async def test_the_sheet_says_what_ends_soon_and_who_may_see_what(reception: Reception):
    reader = await reception.guest("aud", "auditor")
    page = said(await reader.open("/console/grants"))
    assert "registration-first registration 首次登记 2026-01-01 – 2026-12-31 有效" in page
    assert "新增授权" not in page
    assert "到期授权" not in page
    reception.town.clock.advance(86_400 * 280)
    reader = await reception.guest("aud-two", "auditor")
    page = said(await reader.open("/console/grants?consumer=hall"))
    assert "还有 24 天到期" in page
    assert "contract_no ；不含附件" in page


async def test_what_was_never_given_is_found_from_the_log_and_looking_is_an_entry(reception: Reception):
    await reception.town.ask()
    early = await reception.guest("aud-early", "auditor")
    assert "没有。" in said(await early.open("/console/grants/unused"))
    customs = reception.town.house.settings.config / "unusual.yaml"
    customs.write_text("unused_grants: {days: 60}")  # 2 March is the 60th day after New Year's
    assert "hall-narrow hall 受理前预审 全部：" in said(await early.open("/console/grants/unused"))
    customs.unlink()
    reception.town.clock.advance(40 * 86_400)
    reader = await reception.guest("aud", "auditor")
    page = said(await reader.open("/console/grants/unused"))
    assert (
        "registration-first registration 首次登记 建设用地规划许可证 hall-narrow hall 受理前预审 全部："
        in page
    )
    entry = (await reception.town.entries())[-1]
    assert (entry["kind"], entry["operator"], entry["subject"]["type"]) == ("audit", "person:aud", "uses")


async def test_a_grant_is_added_by_a_form_and_two_people(reception: Reception):
    first, second = await two(reception)
    page = await first.send("/console/grants/decisions", **DECISION, version="")
    assert "草稿已保存" in said(page)
    assert "+ - id: hall-2026" in said(page)
    (digest,) = set(DIGEST.findall(page.text))
    assert "/publication" not in page.text
    page = await first.send(f"{VERSIONS}/2/submission", digest=digest, reason="")
    assert "须由作者和提交人以外的人发布" in said(page)
    refused = await first.send(f"{VERSIONS}/2/publication", digest=digest)
    assert (refused.status_code, await in_force(reception)) == (403, 1)
    seen = await second.open(f"{VERSIONS}/2")
    page = await second.send(f"{VERSIONS}/2/publication", digest=DIGEST.findall(seen.text)[0])
    assert ("已发布" in said(page), await in_force(reception)) == (True, 2)
    text = (await reception.town.house.registry.current(DocumentKind.GRANTS))["grants"].text
    assert text.startswith("# 市里的授权\n")
    assert read_sheet(text).grants[-1].purposes == ("first-registration", "follow-up")
    entries = [
        each
        for each in await reception.town.entries()
        if each["kind"] in {"drafted", "submitted", "published"}
    ]
    assert [each.get("operator") for each in entries[1:]] == ["person:sec", "person:sec", "person:sec-two"]


async def test_what_was_edited_after_it_was_seen_is_not_published(reception: Reception):
    first, second = await two(reception)
    await first.send("/console/grants/decisions", **DECISION, version="")
    mine = await first.open(f"{VERSIONS}/2")
    await first.send(f"{VERSIONS}/2/submission", digest=DIGEST.findall(mine.text)[0])
    seen = DIGEST.findall((await second.open(f"{VERSIONS}/2")).text)[0]
    await first.send(
        "/console/grants/decisions", **(DECISION | {"id": "more", "consumer": "other"}), version="2"
    )
    again = DIGEST.findall((await first.open(f"{VERSIONS}/2")).text)[0]
    assert again != seen
    await first.send(f"{VERSIONS}/2/submission", digest=again)
    page = await second.send(f"{VERSIONS}/2/publication", digest=seen)
    assert (page.status_code, await in_force(reception)) == (409, 1)
    assert "内容已变更" in said(page)


async def test_a_draft_names_each_wrong_line_and_cannot_be_submitted(reception: Reception):
    first, _ = await two(reception)
    text = GRANTS.replace("演共〔2026〕2号", "").replace("\n", "\r\n")
    page = await first.send(VERSIONS, text=text)
    assert "第 19 行 grants.1.kinds.land-transfer-contract 授权 hall-narrow" in said(page)
    assert '<li id="line-19" class="wrong">' in page.text
    assert "/submission" not in page.text
    kept = await reception.town.house.registry.version(DocumentKind.GRANTS, "grants", 2)
    assert "\r" not in kept.text
    page = await first.send(f"{VERSIONS}/2/submission", digest=kept.digest)
    assert page.status_code == 422
    page = await first.send(f"{VERSIONS}/2", text=GRANTS)
    assert "/submission" in page.text
    page = await first.send(f"{VERSIONS}/2/withdrawal")
    assert "已撤回" in said(page)


async def test_a_grant_is_ended_given_back_with_a_reason_and_a_version_rolled_back(reception: Reception):
    first, second = await two(reception)
    page = await first.send("/console/grants/endings", grant="hall-narrow", day="2026-03-31", version="")
    assert "+ valid: {from: 2026-01-01, until: 2026-03-31}" in said(page)
    digest = DIGEST.findall(page.text)[0]
    await first.send(f"{VERSIONS}/2/submission", digest=digest)
    page = await second.send(f"{VERSIONS}/2/rejection", digest=digest, reason="")
    assert page.status_code == 400
    page = await second.send(f"{VERSIONS}/2/rejection", digest=digest, reason="日期应为月底前")
    assert "已退回作者" in said(page)
    page = await first.send(f"{VERSIONS}/2", text=GRANTS.replace("2026-12-31", "2026-11-30"))
    digest = DIGEST.findall(page.text)[0]
    await first.send(f"{VERSIONS}/2/submission", digest=digest)
    await second.send(f"{VERSIONS}/2/publication", digest=digest)
    assert await in_force(reception) == 2
    page = await first.send(f"{VERSIONS}/1/rollback", reason="误改期限")
    assert ("已回退：" in said(page), await in_force(reception)) == (True, 1)
    assert "日期应为月底前" in said(await first.open(VERSIONS))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"kinds": []}, "kinds"),
        ({"until": "2025-01-01"}, "valid"),
        ({"until": "some day"}, "valid.until"),
        ({"id": "hall-narrow"}, "表中已有授权 hall-narrow"),
        ({"approval": ""}, "须填写 approval"),
        ({"fields": "name"}, "限定字段时只能选一类材料"),
        ({"fields": "shoe_size", "kinds": ["company-record"]}, "没有字段"),
        ({"version": "x"}, "请填写数字"),
    ],
)
async def test_a_form_that_is_no_grant_says_so_and_keeps_what_was_typed(
    reception: Reception, change: dict[str, str | list[str]], told: str
):
    first = await reception.guest("sec", "security-admin")
    page = await first.send("/console/grants/decisions", **({"version": ""} | DECISION | change))
    assert 400 <= page.status_code < 500
    assert told in said(page)
    if "version" not in change:
        assert 'value="first-registration, follow-up"' in page.text
    assert len(await reception.town.house.registry.versions(DocumentKind.GRANTS, "grants")) == 1


async def test_two_kinds_of_step_there_are_not(reception: Reception):
    first = await reception.guest("sec", "security-admin")
    assert (await first.send(f"{VERSIONS}/1/burning")).status_code == 404
    assert (await first.open(f"{VERSIONS}/9")).status_code == 404
