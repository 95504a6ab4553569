"""Consumers and keys at the console: registered once, another key beside, one key or all of them revoked."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from contracts.conflicts import WrongState
from contracts.errors import NoSuchThing, UnknownConsumer
from tests.console.guests import Reception, open_reception, said

KEY = re.compile('id="key">(lb_[^<]+)<')


@pytest_asyncio.fixture
async def reception(tmp_path: Path, sqlite_octets: bytes) -> AsyncIterator[Reception]:
    async with open_reception(tmp_path, sqlite_octets) as ready:
        yield ready


async def test_a_consumer_is_registered_and_its_key_opens_the_api(reception: Reception):
    guest = await reception.guest("sec", "security-admin")
    page = await guest.send("/console/consumers", consumer="city-hall", roles=["consumer"], agencies="")
    key = KEY.findall(page.text)[0]
    who = await reception.town.house.access.recognise(key, "10.0.0.9")
    assert (who.id, who.roles) == ("city-hall", frozenset({"consumer"}))
    assert key not in (await guest.open("/console/consumers/city-hall")).text
    entry, seen = (await reception.town.entries())[-2:]
    assert (seen["kind"], seen["subject"]) == (
        "looked",
        {"type": "consumer", "id": "city-hall", "note": "/console/consumers/city-hall"},
    )
    assert (entry["kind"], entry["operator"], entry["subject"]["id"]) == (
        "consumer",
        "person:sec",
        "city-hall",
    )


async def test_a_name_that_is_taken_is_told_and_nothing_of_it_changes(reception: Reception):
    """Registering again through the form would give a consumer other roles, unasked."""
    guest = await reception.guest("sec", "security-admin")
    page = await guest.send("/console/consumers", consumer="registration", roles=["auditor"], agencies="")
    assert page.status_code == 409
    assert "该需求方已登记" in said(page)
    assert 'value="registration"' in page.text
    assert 'value="auditor" checked' in page.text
    row = await reception.town.house.access.one("registration")
    assert (row["roles"], row["keys"]) == (["consumer"], 1)


async def test_of_two_who_register_one_name_at_once_one_is_told(reception: Reception):
    """The second would take the first one's roles for its own."""
    access, before = reception.town.house.access, await reception.kinds()
    with pytest.raises(WrongState):
        await access.add("registration", ("auditor",), by="person:sec", new=True)
    assert await reception.kinds() == before
    roles = ("consumer", "auditor")
    tries = [access.add("city-hall", (role,), by="person:sec", new=True) for role in roles]
    ends = await asyncio.gather(*tries, return_exceptions=True)
    (key,) = [each for each in ends if isinstance(each, str)]
    assert [type(each) for each in ends if each is not key] == [WrongState]
    row = await access.one("city-hall")
    assert (row["roles"], row["keys"]) == ([roles[ends.index(key)]], 1)
    assert (await access.one("registration")) in await access.listed()
    with pytest.raises(NoSuchThing):
        await access.one("nobody")


async def test_another_key_keeps_roles_and_one_key_falls_without_the_other(reception: Reception):
    guest, town = await reception.guest("sec", "security-admin"), reception.town
    page = await guest.send("/console/consumers/registration/keys")
    new = KEY.findall(page.text)[0]
    old_id = town.keys["registration"].split("_")[1]
    asked = await guest.open(f"/console/consumers/registration/revocation?key={old_id}")
    assert f"lb_{old_id}" in said(asked)
    await town.house.access.recognise(town.keys["registration"], "10.0.0.9")
    page = await guest.send("/console/consumers/registration/revocation", key=old_id)
    assert "该密钥已停用" in said(page)
    with pytest.raises(UnknownConsumer):
        await town.house.access.recognise(town.keys["registration"], "10.0.0.9")
    assert (await town.house.access.recognise(new, "10.0.0.9")).roles == frozenset({"consumer"})
    notes = [each["subject"]["note"] for each in await town.entries() if each["kind"] == "consumer"]
    assert notes[-1] == f"key {old_id} revoked"
    with pytest.raises(NoSuchThing):
        await town.house.access.revoke("registration", by="os:t", key=old_id)
    with pytest.raises(NoSuchThing):
        await town.house.access.revoke("hall", by="os:t", key=new.split("_")[1])


async def test_a_consumer_is_revoked_after_a_page_that_says_so_and_can_come_back(reception: Reception):
    guest, town = await reception.guest("sec", "security-admin"), reception.town
    assert "全部密钥立即失效" in said(await guest.open("/console/consumers/registration/revocation"))
    page = await guest.send("/console/consumers/registration/revocation", key="")
    assert "该需求方及其全部密钥已停用" in said(page)
    with pytest.raises(UnknownConsumer):
        await town.house.access.recognise(town.keys["registration"], "10.0.0.9")
    page = await guest.send("/console/consumers/registration/keys")
    await town.house.access.recognise(KEY.findall(page.text)[0], "10.0.0.9")


async def test_its_page_says_when_it_was_last_heard_of(reception: Reception):
    guest = await reception.guest("sec", "security-admin")
    await reception.town.ask()
    reception.town.clock.advance(60)
    page = said(await guest.open("/console/consumers/registration"))
    assert "最近一次留痕 2026-03-02 14:05" in page
    assert (await guest.open("/console/consumers/nobody")).status_code == 404


async def test_a_consumer_is_called_by_its_title_and_what_is_none_is_told(reception: Reception):
    guest, town = await reception.guest("sec", "security-admin"), reception.town
    page = await guest.send("/console/consumers/registration/title", title="登记系统")
    assert "称呼已保存" in said(page)
    assert "称呼 登记系统 状态" in said(page)
    assert "registration 登记系统 数据需求方" in said(await guest.open("/console/consumers"))
    page = await guest.send("/console/consumers/registration/title", title="x" * 61)
    assert (page.status_code, "1 至 60 个可见字符" in said(page)) == (400, True)
    assert f'value="{"x" * 61}"' in page.text
    assert (await town.house.access.one("registration"))["title"] == "登记系统"
    page = await guest.send("/console/consumers/nobody/title", title="登记系统")
    assert page.status_code == 404
    notes = [each["subject"]["note"] for each in await town.entries() if each["kind"] == "consumer"]
    assert notes[-1] == "title set"


async def test_a_title_is_typed_as_it_is_registered_or_the_form_comes_back_with_it(reception: Reception):
    guest, roles = await reception.guest("sec", "security-admin"), ["consumer"]
    page = await guest.send("/console/consumers", consumer="city-hall", title="一\u202e二", roles=roles)
    assert page.status_code == 400
    assert "city-hall" not in await reception.town.house.access.names()
    await guest.send("/console/consumers", consumer="city-hall", title="网上大厅", roles=roles)
    assert (await reception.town.house.access.one("city-hall"))["title"] == "网上大厅"


async def test_its_page_reads_its_row_once_and_its_keys(
    reception: Reception, monkeypatch: pytest.MonkeyPatch
):
    guest = await reception.guest("sec", "security-admin")
    access, reads = reception.town.house.access, 0
    row = access._row

    async def counted(name: str) -> object:
        nonlocal reads
        reads += 1
        return await row(name)

    monkeypatch.setattr(access, "_row", counted)
    await guest.open("/console/consumers/registration")
    assert reads == 1
