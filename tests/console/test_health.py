"""How the house runs, at the console: fit or with its fix, what it holds; kept answers forgotten by order."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest_asyncio

from contracts.audit import Draft, EntryKind, Subject
from contracts.standins import Verdict
from gateway.console.running import running
from gateway.repulls import Order, Repulls
from tests.console.guests import PASSWORD, Guest, Reception, open_reception, said
from tests.console.test_approvals import typed
from tests.gateway.town import CODE
from tests.stores import outsider_at
from tests.waiting import until

UNKNOWN = "现在无法得知"


@pytest_asyncio.fixture
async def reception(tmp_path: Path, sqlite_octets: bytes) -> AsyncIterator[Reception]:
    async with open_reception(tmp_path, sqlite_octets) as ready:
        yield ready


async def test_a_house_that_is_well_says_so_and_what_it_is(reception: Reception):
    house = reception.town.house
    subject = Subject(type="backup", id="monday", note="sealed")
    await house.log.append(Draft(kind=EntryKind.BACKED_UP, operator="os:root", subject=subject))
    guest = await reception.guest("aud", "auditor")
    page = said(await guest.open("/console/health"))
    assert "一切正常" in page
    for told in ("数据库 SQLite", "审计日志 正常", "2026-03-02 14:05 开始， monday ，密钥已加密", "没有"):
        assert told in page
    assert "清除缓存的应答" not in page
    assert f"日志条目 {await house.log.size()}" in page


async def test_a_house_without_a_backup_of_this_week_answers_but_is_not_well(reception: Reception):
    house, guest = reception.town.house, await reception.guest("aud", "auditor")
    wants, well = "可以作答，但有事项需要处理", "一切正常"
    for days, told, untold in ((None, wants, well), (0, well, wants), (6, well, wants), (1, wants, well)):
        if days == 0:
            subject = Subject(type="backup", id="monday")
            await house.log.append(Draft(kind=EntryKind.BACKED_UP, operator="os:root", subject=subject))
        reception.town.clock.advance(timedelta(days=days or 0).total_seconds())
        if days:
            guest = await reception.guest(f"aud-{days}", "auditor")
        page = said(await guest.open("/console/health"))
        assert (told in page, untold in page) == (True, False), days


async def test_a_part_that_is_out_is_told_with_what_to_do(reception: Reception):
    guest = await reception.guest("sys", "system-admin")
    (reception.town.house.settings.home / "keys" / "answer").chmod(0o644)
    page = said(await guest.open("/console/health"))
    assert "有部件不可用" in page
    assert "密钥 不可用" in page
    assert "0644" in page


async def test_what_waits_and_who_is_locked_out(reception: Reception):
    house, guest = reception.town.house, await reception.guest("sys", "system-admin")
    await reception.guest("wang", "registrar")
    for _ in range(6):
        words = {"account": "wang", "password": PASSWORD + "x", "code": "000000"}
        await guest.http.post("/console/sign-in", data=words)
    order = Order(
        "demo-land", ("land-transfer-contract",), (("2026-1", CODE), ("2026-2", CODE)), "os:t", "outage"
    )
    other_node = Repulls(house.database, house.log.append, house.clock)  # nobody here is told to begin
    await other_node.order(order)
    taken = await other_node.take()
    assert taken is not None
    assert (await running(house)).repulls == {"waiting": 1, "running": 1}
    page = said(await guest.open("/console/health"))
    assert "锁定的账号 wang" in page
    assert "日志中没有备份" in page


async def test_a_backup_of_last_month_is_warned_about(reception: Reception):
    subject = Subject(type="backup", id="old")
    await reception.town.house.log.append(
        Draft(kind=EntryKind.BACKED_UP, operator="os:root", subject=subject)
    )
    reception.town.clock.advance(timedelta(days=9).total_seconds())
    page = said(await (await reception.guest("sys", "system-admin")).open("/console/health"))
    assert "old ，密钥未加密 已超过 7 天" in page


async def test_what_cannot_be_found_out_is_called_unknown_and_never_none(reception: Reception):
    """A paper is gone from the vault, and one table after the other from the database."""
    house, guest = reception.town.house, await reception.guest("sys", "system-admin")
    subject = Subject(type="backup", id="monday", note="sealed")
    await house.log.append(Draft(kind=EntryKind.BACKED_UP, operator="os:root", subject=subject))
    made = await typed(reception, "wang")
    await house.stand_ins.decide(made.id, Verdict(content=made.content, decision="approve"), by="os:zhao")
    page = said(await guest.open("/console/health"))
    assert "补录材料 在用 1 份" in page
    assert UNKNOWN not in page
    digest = made.content.removeprefix("sha256:")
    (house.settings.home / "vault" / digest[:2] / digest[2:]).unlink()
    await until(lambda: tells(guest, "补录材料 现在无法得知"))
    assert "可以作答，但有的情况现在无法得知" in said(await guest.open("/console/health"))
    with outsider_at(house.settings.database) as outsider:
        for table, told in (
            ("entry_index", "最近一次备份 现在无法得知"),
            ("documents", "文件投递 现在无法得知"),
            ("repull_cases", "重新取数 现在无法得知"),
        ):
            outsider.execute(f"ALTER TABLE {table} RENAME TO away")
            await until(lambda told=told: tells(guest, told))  # type: ignore[misc]  # at most a second
            outsider.execute(f"ALTER TABLE away RENAME TO {table}")
    (house.settings.home / "keys").rename(house.settings.home / "away")
    assert await tells(guest, "密钥 现在无法得知")


async def tells(guest: Guest, words: str) -> bool:
    return words in said(await guest.open("/console/health"))


async def test_kept_answers_are_forgotten_by_order_and_the_order_is_an_entry(reception: Reception):
    await reception.town.ask()
    guest = await reception.guest("sys", "system-admin")
    kept = len(reception.town.house.cache)
    assert kept
    for odd in ({}, {"everything": "yes", "agency": "demo-land"}, {"project_code": "no code"}):
        refused = await guest.send("/console/health/purge", **odd)
        assert (refused.status_code, len(reception.town.house.cache)) == (400, kept)
        assert ("请至少填写一项" in said(refused)) is ("project_code" not in odd)
    page = await guest.send("/console/health/purge", agency="demo-market", kind="", project_code="")
    assert "清除了 1 份缓存的应答" in said(page)
    entry, seen = (await reception.town.entries())[-2:]
    assert seen["kind"] == "looked"
    assert (entry["kind"], entry["operator"], entry["agencies"]) == ("purged", "person:sys", ["demo-market"])
    page = await guest.send("/console/health/purge", everything="yes")
    assert f"清除了 {kept - 1} 份" in said(page)
