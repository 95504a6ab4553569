"""A material typed in at the console: from the dossier that lacks it, kept when wrong, decided by another."""

import re
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from contracts.errors import AgencyUnavailable, AskMalformed, Fault
from contracts.kinds import FIELDS
from gateway.console import lookups
from gateway.console.boxes import Box, boxes, fields_of, nearest
from gateway.console.forms import Form
from tests.console.guests import Guest, Reception, full, open_reception, said, wrong_in
from tests.console.test_approvals import CONTENT
from tests.console.test_dossiers import CONSOLE, looked_up
from tests.gateway.test_standins import FIELDS as RECORD
from tests.gateway.town import CODE, GRANTS

PDF = b"%PDF-1.7 a scan of the contract"
KIND, CONTRACT = "company-record", "land-transfer-contract"
WAY = re.compile(r'href="(/console/dossiers/[0-9]+/stand-ins/([a-z-]+))"')
STATED = {name: value for name, value in RECORD.items() if value != []}
TYPED = {f"fields.{name}": str(value) for name, value in RECORD.items() if isinstance(value, str)}
ROWS = {
    f"fields.former_names.{place}.{name}": str(value)
    for place, row in enumerate(RECORD.get("former_names", []))
    for name, value in row.items()
}
WORDS = TYPED | ROWS | {"reason": "市场监管接口中断，按纸质执照录入", "expires_at": "2026-03-09"}


@pytest_asyncio.fixture
async def reception(tmp_path: Path, sqlite_octets: bytes) -> AsyncIterator[Reception]:
    async with open_reception(tmp_path, sqlite_octets, GRANTS + CONSOLE) as ready:
        ready.town.market.trouble = AgencyUnavailable(Fault.SILENT)
        ready.town.land.trouble = AgencyUnavailable(Fault.SILENT)
        yield ready


async def way_of(guest: Guest, kind: str = KIND) -> str:
    """Where a material of a kind is typed in, once the project was looked up."""
    where = next(iter(WAY.findall((await looked_up(guest)).text)))[0]
    return f"{where.rpartition('/')[0]}/{kind}"


async def send(guest: Guest, where: str, *, file: Any = ("执照.pdf", PDF), **changes: str) -> httpx2.Response:
    words = {"token": guest.token} | WORDS | changes
    files = {"evidence": file} if file else {"evidence": ("", b"")}
    return await guest.http.post(where, data=words, files=files, follow_redirects=True)


def hidden(page: httpx2.Response) -> dict[str, str]:
    """The paper that a form remembers."""
    return dict(re.findall('type="hidden" name="(paper|paper_name)" value="([^"]+)"', page.text))


async def test_what_is_missing_leads_to_where_it_is_typed_in(reception: Reception):
    guest = await reception.guest("wang", "registrar")
    page = await looked_up(guest)
    missing = page.text.partition("尚缺与向谁取得")[2].partition('id="gate-1"')[0]
    assert CONTRACT in {kind for _, kind in WAY.findall(missing)}
    assert "completion-filing" not in {kind for _, kind in WAY.findall(page.text)}
    where = next(where for where, kind in WAY.findall(missing) if kind == CONTRACT)
    form = await guest.open(where)
    assert form.status_code == 200
    for told in (CODE, "2026-0017", "国有建设用地使用权出让合同", "另一位登记人员"):
        assert told in said(form), told
    for name in FIELDS[CONTRACT].model_fields:
        assert f'name="fields.{name}' in form.text, name
    reception.town.land.trouble = None
    assert CONTRACT not in {kind for _, kind in WAY.findall((await looked_up(guest, fresh="yes")).text)}


async def test_from_the_form_to_the_dossier_by_two_people(reception: Reception):
    first, second = [await reception.guest(name, "registrar") for name in ("wang", "zhao")]
    page = await send(first, await way_of(first))
    assert ("等待另一位登记人员复核" in said(page), "同意代用" in said(page)) == (True, False)
    place = page.url.path
    made = await reception.town.house.stand_ins.find(place.rpartition("/")[2])
    assert (made.project, made.kind, made.told["fields"]) == (CODE, KIND, STATED)
    assert (made.entered_by, made.told["evidence_name"]) == ("person:wang", "执照.pdf")
    assert made.expires_at.isoformat() == "2026-03-09T15:59:59+00:00"
    uploaded, typed = [each for each in await reception.town.entries() if each["kind"] == "stand-in"][:2]
    assert [uploaded["operator"], uploaded["subject"]["note"]] == ["person:wang", "uploaded"]
    assert [typed["operator"], typed["subject"]["note"]] == ["person:wang", "typed"]
    assert (await second.open(f"{place}/paper/content")).content == PDF
    content = CONTENT.findall((await second.open(place)).text)[0]
    assert "开始代用" in said(await second.send(place, content=content, decision="approve"))
    reception.town.clock.advance(1)
    told = said(await looked_up(first))
    assert "部门中断期间人工补录：wang，复核 zhao" in told


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"fields.name": ""}, "fields.name"),
        ({"fields.valid_until": "2026-02-30"}, "fields.valid_until"),
        ({"fields.former_names.4.changed_on": "long ago"}, "fields.former_names.0.changed_on"),
        ({"reason": "短"}, "reason"),
        ({"expires_at": ""}, "expires_at"),
        ({"expires_at": "2026-03-01"}, "expires_at"),
        ({"expires_at": "2026-09-01"}, "expires_at"),
    ],
)
async def test_what_is_wrong_is_marked_and_everything_typed_is_still_there(
    reception: Reception, change: dict[str, str], field: str
):
    guest = await reception.guest("wang", "registrar")
    where = await way_of(guest)
    if any(".4." in name for name in change):  # the one row that says anything, after one that does not
        change = {"fields.former_names.0.name": "", "fields.former_names.4.name": "旧名"} | change
    page = await send(guest, where, **change)
    assert (page.status_code, wrong_in(page)) == (400, [field])
    wrong = [*change.values()][-1]
    assert re.search(rf'name="{re.escape(field)}" type="\w+" value="{wrong}"', page.text)
    for name, value in (WORDS | change).items():
        assert not value or f'value="{value}"' in page.text, name
    assert hidden(page)["paper_name"] == "执照.pdf"
    uploads = [each for each in await reception.town.entries() if each["kind"] == "stand-in"]
    page = await send(guest, where, file=None, **hidden(page))
    assert "等待另一位登记人员复核" in said(page)
    entries = [each for each in await reception.town.entries() if each["kind"] == "stand-in"]
    assert [each["subject"]["note"] for each in entries[len(uploads) :]] == ["typed", "shown"]


async def test_one_of_several_is_marked_where_all_are_typed(reception: Reception):
    guest = await reception.guest("wang", "registrar")
    words = {"fields.filing_no": "备-1", "fields.buildings": f"1幢、{'幢' * 4001}"}
    page = await send(guest, await way_of(guest, "completion-filing"), **words)
    assert (page.status_code, wrong_in(page)) == (400, ["fields.buildings"])
    assert "fields.buildings.1（备案幢号）" in said(page)


async def test_without_a_paper_the_file_is_asked_for(reception: Reception):
    guest = await reception.guest("wang", "registrar")
    page = await send(guest, await way_of(guest), file=None)
    assert (page.status_code, wrong_in(page)) == (400, ["evidence"])
    assert "请选择纸质凭据" in said(page)
    assert await reception.town.house.stand_ins.waiting() == []


async def test_another_object_of_the_vault_is_nobodys_paper(reception: Reception):
    """What an agency said, whole: its digest stands in dossiers, and papers are opened by who decides."""
    secret = await reception.town.house.vault.put("所有权人 身份证号".encode())
    guest = await reception.guest("wang", "registrar")
    page = await send(guest, await way_of(guest), file=None, paper=secret, paper_name="a.pdf")
    assert (page.status_code, wrong_in(page)) == (400, ["evidence"])
    await reception.town.enrol("registrar", name="first")
    order = {
        "kind": KIND,
        "fields": RECORD,
        "reason": "市场监管接口中断",
        "evidence": secret,
        "evidence_name": "a.pdf",
        "expires_at": (reception.town.clock() + timedelta(days=7)).isoformat(),
    }
    bearer = reception.town.bearer("first")
    answer = await reception.town.http.post(f"/v1/projects/{CODE}/stand-ins", headers=bearer, json=order)
    assert (answer.status_code, "尚未上传" in answer.json()["detail"]) == (400, True)
    assert await reception.town.house.stand_ins.waiting() == []


async def test_another_row_is_a_row_more_and_nothing_is_proposed(reception: Reception):
    guest = await reception.guest("wang", "registrar")
    page = await send(guest, await way_of(guest), more="fields.former_names")
    rows = re.findall(r'name="fields\.former_names\.([0-9]+)\.name"', page.text)
    assert (page.status_code, rows) == (200, [str(place) for place in range(len(rows))])
    assert len(rows) == len(RECORD.get("former_names", [])) + 1
    assert hidden(page)["paper_name"] == "执照.pdf"
    assert await reception.town.house.stand_ins.waiting() == []
    before = len(await reception.town.entries())
    await send(guest, page.url.path, file=None, more="fields.former_names")
    (entry,) = (await reception.town.entries())[before:]
    assert (entry["kind"], entry["subject"]["id"]) == ("looked", page.url.path)


async def test_a_form_opened_in_time_may_be_filled_in_for_an_hour(reception: Reception):
    guest = await reception.guest("wang", "registrar")
    where = await way_of(guest)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lookups, "LASTS", timedelta(minutes=5))
        reception.town.clock.advance(6 * 60)
        assert (await guest.open(where)).status_code == 403
        page = await send(guest, where, reason="短")
        assert (page.status_code, f'value="{WORDS["fields.name"]}"' in page.text) == (400, True)
        reception.town.clock.advance(29 * 60)
        assert (await send(guest, where, reason="短")).status_code == 400
        patch.setattr(lookups, "LASTS", timedelta(minutes=-26))
        assert (await send(guest, where)).status_code == 403


async def test_the_log_is_not_read_through_for_what_is_in_no_vault(reception: Reception):
    guest = await reception.guest("wang", "registrar")
    where, unknown = await way_of(guest), f"sha256:{'0' * 64}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway.api.standins.search.pages", _never)
        page = await send(guest, where, file=None, paper=unknown, paper_name="a.pdf")
    assert (page.status_code, wrong_in(page)) == (400, ["evidence"])


def _never(*_words: object) -> None:
    raise AssertionError


async def test_it_begins_at_ones_own_look_up_of_today_alone(reception: Reception):
    wang, zhao = [await reception.guest(name, "registrar") for name in ("wang", "zhao")]
    where = await way_of(wang)
    for answer in (await zhao.open(where), await send(zhao, where)):
        assert (answer.status_code, CODE in answer.text) == (403, False)
        last = (await reception.town.entries())[-1]
        assert (last["kind"], last["operator"]) == ("refused", "person:zhao")
    assert (await wang.open(where.replace(KIND, "no-such-kind"))).status_code in {400, 404, 422}
    reception.town.clock.advance(25 * 3600)
    wang = await reception.guest("wang-2", "registrar")
    assert (await send(wang, where)).status_code == 403
    assert await reception.town.house.stand_ins.waiting() == []


async def test_a_paper_lies_on_no_disk_before_it_is_sealed(reception: Reception, monkeypatch):
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    guest = await reception.guest("wang", "registrar")
    large = PDF + bytes(8 << 20)
    page = await send(guest, await way_of(guest), file=("执照.pdf", large), reason="")
    assert page.status_code == 400
    kept = await reception.town.house.vault.open(hidden(page)["paper"])
    assert kept.size == len(large)


async def test_a_files_name_is_its_last_part_and_its_octets_are_bounded(reception: Reception, monkeypatch):
    guest = await reception.guest("wang", "registrar")
    where = await way_of(guest)
    page = await send(guest, where, file=("C:\\扫描\\执照.pdf", PDF), reason="")
    assert hidden(page)["paper_name"] == "执照.pdf"
    monkeypatch.setattr("gateway.api.standins.PAPER_LIMIT", 9)
    page = await send(guest, where)
    assert (page.status_code, wrong_in(page), "超过 64 MiB" in said(page)) == (400, ["evidence"], True)
    assert f'value="{WORDS["reason"]}"' in page.text


def typed_as(kind: str, **words: str) -> tuple[Box, ...]:
    return boxes(kind, Form({f"fields.{name}": [value] for name, value in words.items()}, {}, {}))


def test_what_people_write_becomes_what_the_contract_spells():
    words = {
        "filing_no": "备-1",
        "total_area_m2": "1,234，567.5",
        "joint_acceptance": "no",
        "buildings": "1幢、2 幢, 3幢",
    }
    assert fields_of(typed_as("completion-filing", **words)) == {
        "filing_no": "备-1",
        "total_area_m2": "1234567.50",
        "joint_acceptance": False,
        "buildings": ["1幢", "2 幢", "3幢"],
    }
    assert fields_of(typed_as("cadastral-import", units_total="12")) == {"units_total": 12}


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("completion-filing", "total_area_m2", "1.005"),
        ("completion-filing", "total_area_m2", "很大"),
        ("completion-filing", "total_area_m2", "NaN"),
        ("completion-filing", "total_area_m2", "12,5"),
        ("completion-filing", "total_area_m2", "1,2345"),
        ("completion-filing", "total_area_m2", ",123"),
        ("cadastral-import", "units_total", "1.5"),
        ("cadastral-import", "units_total", "²"),
    ],
)
def test_a_number_that_is_none_or_would_be_rounded_is_told(kind: str, name: str, value: str):
    with pytest.raises(AskMalformed, match="number is wanted") as told:
        fields_of(typed_as(kind, **{name: value}))
    assert told.value.about == f"fields.{name}"


def test_an_error_is_at_the_box_around_it_or_at_its_first():
    filled = typed_as("completion-filing", buildings="1幢")
    assert nearest("fields.buildings.0", filled) == "fields.buildings"
    assert nearest("reason", filled) == "reason"
    assert nearest("fields.items", boxes("common-parts")) == "fields.items.0.kind"


@pytest.mark.parametrize("kind", sorted(FIELDS))
def test_every_kind_can_be_typed_in(kind: str):
    assert [box.target.name for box in boxes(kind)] == list(FIELDS[kind].model_fields)
    assert fields_of(boxes(kind)) == {}
