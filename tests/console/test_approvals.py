"""What waits for a second person: each sees what they may decide, and their own as waiting for others."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest_asyncio

from contracts.audit import PERSON, Draft, EntryKind
from contracts.standins import Proposal
from gateway.api import documents
from gateway.api.documents import Seen, Which, Written
from gateway.api.sheets import SHEET
from gateway.registry import DocumentKind
from gateway.standins import StandIn
from tests.console.guests import Reception, open_reception, said
from tests.gateway.test_standins import FIELDS, KIND
from tests.gateway.town import CODE, GRANTS, ROOT

HC = (ROOT / "config" / "agencies" / "mdj-hc.yaml").read_text("utf-8")
CONTENT = re.compile('name="content" value="(sha256:[0-9a-f]{64})"')
NOTHING = "没有。"


@pytest_asyncio.fixture
async def reception(tmp_path: Path, sqlite_octets: bytes) -> AsyncIterator[Reception]:
    async with open_reception(tmp_path, sqlite_octets) as ready:
        yield ready


async def submitted(reception: Reception, which: Which, text: str, by: str) -> None:
    house, entry = reception.town.house, Draft(kind=EntryKind.TRIED, operator=PERSON + by)
    made = (await documents.draft(house, which, Written(text=text), entry)).version
    await documents.submit(house, which, made.version, Seen(digest=made.digest), entry)


async def typed(reception: Reception, by: str, door: str = PERSON) -> StandIn:
    house = reception.town.house
    paper = await house.vault.put(b"%PDF-1.7 a scan")
    order = Proposal(
        kind=KIND,
        fields=FIELDS,
        reason="市场监管接口中断，按纸质执照录入",
        evidence=paper,
        evidence_name="营业执照.pdf",
        expires_at=house.clock() + timedelta(days=7),
    )
    return await house.stand_ins.propose(CODE, order, by=door + by)


async def halves(reception: Reception, account: str, role: str, *agencies: str) -> tuple[str, str]:
    """What the page says is theirs to decide, and what of their own waits."""
    guest = await reception.guest(account, role, *agencies)
    page = said(await guest.open("/console/approvals"))
    mine, _, others = page.partition("您提交的，等待他人")
    return mine.partition("等您复核")[2], others


async def test_documents_wait_for_those_who_may_publish_them(reception: Reception):
    await submitted(reception, SHEET, GRANTS + "\n# more\n", "sec")
    await submitted(reception, Which(DocumentKind.AGENCY, "mdj-hc"), HC, "li")
    mine, own = await halves(reception, "sec", "security-admin")
    assert (NOTHING in mine, "授权表 版本 2" in own) == (True, True)
    mine, own = await halves(reception, "sec-two", "security-admin")
    assert ("授权表 版本 2" in mine, NOTHING in own, "mdj-hc" in mine) == (True, True, False)
    mine, own = await halves(reception, "sys", "system-admin")
    assert ("适配清单 mdj-hc 版本 1" in mine, "授权表" in mine, NOTHING in own) == (True, False, True)
    mine, own = await halves(reception, "li", "agency-admin", "mdj-hc")
    assert (NOTHING in mine, "适配清单 mdj-hc 版本 1" in own) == (True, True)
    mine, own = await halves(reception, "wu", "agency-admin", "mdj-tax")
    assert (NOTHING in mine, NOTHING in own) == (True, True)


async def test_the_links_lead_to_where_each_is_decided(reception: Reception):
    await submitted(reception, SHEET, GRANTS + "\n# more\n", "sec")
    await submitted(reception, Which(DocumentKind.AGENCY, "mdj-hc"), HC, "li")
    guest = await reception.guest("sec-two", "security-admin")
    assert 'href="/console/grants/versions/2"' in (await guest.open("/console/approvals")).text
    guest = await reception.guest("sys", "system-admin")
    assert 'href="/console/agencies/mdj-hc/versions/1"' in (await guest.open("/console/approvals")).text


async def test_a_second_registrar_agrees_to_what_the_first_typed_in(reception: Reception):
    made = await typed(reception, "wang")
    place = f"/console/approvals/stand-ins/{made.id}"
    first, second = [await reception.guest(name, "registrar") for name in ("wang", "zhao")]
    page = await first.open("/console/approvals")
    assert f'href="{place}"' in page.text.partition("您提交的")[2]
    seen = await first.open(place)
    assert "同意代用" not in said(seen)
    refused = await first.send(place, content=made.content, decision="approve")
    assert refused.status_code == 403
    page = await second.open("/console/approvals")
    assert f'href="{place}"' in page.text.partition("您提交的")[0]
    last = (await reception.town.entries())[-1]
    assert (last["kind"], last["operator"], last["subject"]["id"]) == ("stand-in", "person:zhao", "waiting")
    seen = await second.open(place)
    assert FIELDS["name"] in said(seen)
    assert f'href="{place}/paper/preview"' in seen.text
    assert f'href="{place}/paper"' in seen.text
    folded = "".join(re.findall("<details>.*?</details>", seen.text))
    for digest in (made.content, made.told["evidence"]):
        assert digest in folded
    entry = (await reception.town.entries())[-1]
    assert (entry["operator"], entry["subject"]["note"]) == ("person:zhao", "shown")
    other = await second.send(place, content="sha256:" + "0" * 64, decision="approve")
    assert other.status_code == 409
    agreed = await second.send(place, content=CONTENT.findall(seen.text)[0], decision="approve")
    assert "开始代用" in said(agreed)
    assert [each.id for each in await reception.town.house.stand_ins.serving(CODE)] == [made.id]


async def test_who_typed_it_in_at_the_terminal_is_the_same_person_at_the_console(reception: Reception):
    made = await typed(reception, "wang", "os:")
    place = f"/console/approvals/stand-ins/{made.id}"
    first, second = [await reception.guest(name, "registrar") for name in ("wang", "zhao")]
    assert "等待另一位登记人员复核" in said(await first.open(place))
    assert "同意代用" not in said(await first.open(place))
    assert place in (await first.open("/console/approvals")).text.partition("您提交的")[2]
    assert "同意代用" in said(await second.open(place))


async def test_what_can_serve_no_more_waits_for_nobody(reception: Reception):
    await typed(reception, "wang")
    reception.town.clock.advance(8 * 86_400)
    second = await reception.guest("zhao", "registrar")
    assert CODE not in (await second.open("/console/approvals")).text
    assert (
        await second.send("/console/approvals/stand-ins/man-1", content="", decision="")
    ).status_code == 400
