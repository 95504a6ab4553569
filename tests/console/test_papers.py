"""A stand-in's paper where it is decided on: seen by registrars alone, harmlessly, and never unrecorded."""

import tempfile
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from contracts.audit import PERSON
from contracts.errors import LogUnavailable
from contracts.standins import Proposal
from gateway.audit.names import NAMELESS
from gateway.audit.sentence import sentence
from gateway.standins import StandIn
from tests.console.guests import Reception, full, open_reception, said
from tests.console.test_ofd import ofd
from tests.gateway.test_standins import FIELDS, KIND
from tests.gateway.town import CODE

PDF = b"%PDF-1.7 a scan of the licence"


@pytest_asyncio.fixture
async def reception(tmp_path: Path, sqlite_octets: bytes) -> AsyncIterator[Reception]:
    async with open_reception(tmp_path, sqlite_octets) as ready:
        yield ready


async def typed(reception: Reception, octets: bytes = PDF, name: str = "营业执照.pdf") -> StandIn:
    house = reception.town.house
    order = Proposal(
        kind=KIND,
        fields=FIELDS,
        reason="市场监管接口中断，按纸质执照录入",
        evidence=await house.vault.put(octets),
        evidence_name=name,
        expires_at=house.clock() + timedelta(days=7),
    )
    return await house.stand_ins.propose(CODE, order, by=f"{PERSON}wang")


def place_of(made: StandIn) -> str:
    return f"/console/approvals/stand-ins/{made.id}/paper"


async def test_opening_it_says_who_saw_which_paper_of_which_stand_in(reception: Reception):
    made = await typed(reception)
    guest = await reception.guest("zhao", "registrar")
    for address in (place_of(made), f"{place_of(made)}/content"):
        before = len(await reception.town.entries())
        answer = await guest.open(address)
        assert (answer.status_code, answer.content) == (200, PDF)
        (entry,) = (await reception.town.entries())[before:]
        told = [entry[name] for name in ("kind", "operator", "project", "kinds", "evidence")]
        assert told == ["looked", "person:zhao", CODE, [KIND], [made.told["evidence"]]]
        assert entry["subject"]["id"] == address
        assert f"查看页面 {address}" in sentence(entry, NAMELESS).zh


async def test_the_page_has_paper_and_fields_side_by_side_and_the_decision(reception: Reception):
    made = await typed(reception)
    first, second = [await reception.guest(name, "registrar") for name in ("wang", "zhao")]
    before = len(await reception.town.entries())
    page = await second.open(f"{place_of(made)}/preview")
    assert f'<iframe class="preview" src="{place_of(made)}/content"' in page.text
    assert FIELDS["name"] in said(page)
    assert made.content in page.text
    assert "同意代用" in said(page)
    (entry,) = (await reception.town.entries())[before:]
    assert [entry["kind"], entry["subject"]["id"], entry["subject"]["note"]] == ["stand-in", made.id, "shown"]
    page = await first.open(f"{place_of(made)}/preview")
    assert ("同意代用" in said(page), "等待另一位登记人员复核" in said(page)) == (False, True)


async def test_while_the_log_is_out_nothing_of_it_is_shown(reception: Reception, monkeypatch):
    octets = ofd(["壹佰万元整"])
    made, read = await typed(reception), await typed(reception, octets, "凭证.ofd")
    guest = await reception.guest("zhao", "registrar")

    async def out(_draft: object) -> None:
        raise LogUnavailable

    monkeypatch.setattr(reception.town.house.log, "append", out)
    for address in (place_of(made), f"{place_of(made)}/content", place_of(read)):
        answer = await guest.open(address)
        assert (answer.status_code, PDF in answer.content, octets in answer.content) == (503, False, False)
    for each in (made, read):
        page = await guest.open(f"{place_of(each)}/preview")
        assert "审计日志暂不可写" in said(page)
        for kept in ("iframe", "壹佰万元整", FIELDS["name"], each.told["evidence_name"]):
            assert kept not in page.text


async def test_an_ofds_text_is_an_entry_of_its_paper_too(reception: Reception):
    made = await typed(reception, ofd(["统一社会信用代码", "<b>甲</b>"]), "营业执照.OFD")
    guest = await reception.guest("zhao", "registrar")
    before = len(await reception.town.entries())
    page = await guest.open(f"{place_of(made)}/preview")
    assert ("统一社会信用代码 <b>甲</b>" in said(page), "<b>" in page.text) == (True, False)
    entries = (await reception.town.entries())[before:]
    assert [each["kind"] for each in entries] == ["stand-in", "looked"]
    assert entries[1]["evidence"] == [made.told["evidence"]]


async def test_one_that_cannot_be_read_is_decided_on_all_the_same(reception: Reception):
    made = await typed(reception, b"no zip at all", "凭证.ofd")
    page = await (await reception.guest("zhao", "registrar")).open(f"{place_of(made)}/preview")
    for told in ("不是可读的 OFD", FIELDS["name"], "同意代用"):
        assert told in said(page)
    assert f'href="{place_of(made)}"' in page.text


async def test_one_for_whose_text_there_is_no_room_is_decided_on_all_the_same(
    reception: Reception, monkeypatch: pytest.MonkeyPatch
):
    large = ofd(["契税"], changes={"Doc_0/Res/seal.txt": "0" * (5 << 20)}, packed=zipfile.ZIP_STORED)
    made = await typed(reception, large, "凭证.ofd")
    guest = await reception.guest("zhao", "registrar")
    assert "契税" in said(await guest.open(f"{place_of(made)}/preview"))
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    page = await guest.open(f"{place_of(made)}/preview")
    for told in ("临时目录空间不足", FIELDS["name"], "同意代用"):
        assert told in said(page)


async def test_a_download_is_nobodys_page_and_may_be_a_part(reception: Reception):
    made = await typed(reception)
    guest = await reception.guest("zhao", "registrar")
    whole = await guest.open(place_of(made))
    assert whole.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["content-type"] == "application/octet-stream"
    assert whole.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E8%90%A5")
    part = await guest.http.get(place_of(made), headers={"range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, PDF[2:6])
    beyond = await guest.http.get(place_of(made), headers={"range": "bytes=999-"})
    assert (beyond.status_code, PDF in beyond.content) == (416, False)


@pytest.mark.parametrize(
    ("octets", "media_type"),
    [
        (PDF, "application/pdf"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 9, "image/png"),
        (b"<html><script>alert(1)</script>", "text/plain; charset=utf-8"),
        (b"", "text/plain; charset=utf-8"),
    ],
)
async def test_a_frame_is_told_what_it_is_by_its_octets(reception: Reception, octets: bytes, media_type: str):
    made = await typed(reception, octets)
    guest = await reception.guest("zhao", "registrar")
    shown = await guest.open(f"{place_of(made)}/content")
    assert (shown.status_code, shown.headers["content-type"]) == (200, media_type)
    assert shown.headers["x-frame-options"] == "SAMEORIGIN"
    policy = shown.headers["content-security-policy"]
    assert ("frame-ancestors 'self'" in policy, "script-src" in policy) == (True, False)
    assert ("sandbox" in policy) is (media_type != "application/pdf")
    assert b"<" not in shown.content


async def test_what_browsers_do_not_show_is_to_be_downloaded(reception: Reception):
    made = await typed(reception, b"II*\0", "执照.tif")
    page = await (await reception.guest("zhao", "registrar")).open(f"{place_of(made)}/preview")
    assert ("不能在浏览器中预览" in said(page), "iframe" in page.text) == (True, False)


async def test_of_a_stand_in_that_is_not_there_nothing_is_opened(reception: Reception):
    guest = await reception.guest("zhao", "registrar")
    for page in ("", "/preview", "/content"):
        answer = await guest.open(f"/console/approvals/stand-ins/man-{'0' * 24}/paper{page}")
        assert answer.status_code == 404
