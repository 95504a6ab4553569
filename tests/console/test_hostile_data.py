"""Scripts in what others wrote, and the house keeps: every page shows them as text, in both languages."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from markupsafe import escape
from sqlalchemy import insert

from contracts.audit import PERSON, Act, Draft, EntryKind, Event, Outcome, Subject
from contracts.errors import AgencyUnavailable
from contracts.material import Drift
from contracts.standins import Proposal
from contracts.text import text
from contracts.time import stored
from gateway.console.lookups import CONSUMER
from gateway.store.tables import aliases
from tests.console.guests import Guest, Reception, open_reception, said
from tests.console.test_dossiers import CONSOLE, FILE, call_it, looked_up
from tests.gateway.test_standins import FIELDS, KIND
from tests.gateway.town import CODE, CONTRACT_FILE, GRANTS, ROOT, ask

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
AS_A_FILE = "\"'><img src=x onerror=alert(1)>"
"""As much of it as a file may be called: no file system takes a slash."""

TITLED = "即将询问 <b>某局</b>"
"""As an agency of this city is called."""

HC, SURVEY, PERMIT = "mdj-hc", "mdj-survey", "construction-permit"


@pytest_asyncio.fixture
async def reception(tmp_path: Path, sqlite_octets: bytes) -> AsyncIterator[Reception]:
    agencies = tmp_path / "config" / "agencies"
    agencies.mkdir(parents=True)
    for name in (HC, SURVEY):
        written = (ROOT / "config" / "agencies" / f"{name}.yaml").read_text("utf-8")
        written, count = re.subn(
            r"(?m)^(contact: \{unit: ).*?,", lambda found: f"{found[1]}{quoted()},", written
        )
        assert count == 1
        written, count = re.subn(r"(?m)^(title:\n  zh: ).*$", r"\1<b>某局</b>", written)
        assert count == 1
        (agencies / f"{name}.yaml").write_text(written, "utf-8")
    sheet = (GRANTS + CONSOLE).replace("approval: 演共〔2026〕1号", f"approval: {quoted()}")
    async with open_reception(tmp_path, sqlite_octets, sheet) as ready:
        yield ready


def quoted() -> str:
    """As YAML writes it between single quotes."""
    return "'" + SCRIPT.replace("'", "''") + "'"


def harmless(page: httpx2.Response, *shown: str) -> None:
    """Nothing of it is part of the page; what is `shown` is there as text."""
    for live in ("<script>alert", "<img src=x", "\"'>", "<b>"):
        assert live not in page.text, f"{page.url}: {live}"
    for each in shown:
        assert str(escape(each)) in page.text, f"{page.url} does not show it"


async def seen(guest: Guest, path: str, *shown: str) -> None:
    """Open a page in both languages."""
    for language in ("zh", "en"):
        guest.http.cookies.set("landbridge-language", language)
        page = await guest.open(path)
        assert page.status_code == 200, f"{path}: {page.text}"
        harmless(page, *shown)
    guest.http.cookies.set("landbridge-language", "zh")


async def written(reception: Reception, kind: EntryKind, **changes: Any) -> int:
    """An entry every word of which is a script; its index."""
    words: dict[str, Any] = {
        "consumer": SCRIPT,
        "operator": SCRIPT,
        "case": SCRIPT,
        "purpose": SCRIPT,
        "project": CODE,
        "agencies": (SCRIPT, HC),
        "subject": Subject(type=SCRIPT, id=SCRIPT, note=SCRIPT),
    }
    return (await reception.town.house.log.append(Draft(kind=kind, **(words | changes)))).index


async def test_entries_are_text_wherever_an_auditor_reads_them(reception: Reception):
    guest = await reception.guest("aud", "auditor")
    refused = Outcome(status=403, problem=SCRIPT, retrieval={SCRIPT: SCRIPT})
    for _ in range(5):
        await written(reception, EntryKind.REFUSED, outcome=refused, kinds=(SCRIPT,))
    index = await written(reception, EntryKind.REFUSED, outcome=refused, kinds=(SCRIPT,))
    await written(reception, EntryKind.REFUSED, consumer="registration", outcome=refused)
    answer = await written(
        reception, EntryKind.ANSWERED, outcome=Outcome(status=200, retrieval={SCRIPT: SCRIPT})
    )
    await written(reception, EntryKind.USED, answer=answer, event=Event(id=SCRIPT, act=Act.PRINT))
    published = await written(reception, EntryKind.PUBLISHED)
    await seen(guest, "/console/log?kind=refused", SCRIPT)
    await seen(guest, "/console/log?kind=used", SCRIPT)
    await seen(guest, f"/console/log/{index}", SCRIPT)
    await seen(guest, f"/console/log/{answer}", SCRIPT)
    await seen(guest, f"/console/log/{published}", SCRIPT)
    await seen(guest, f"/console/log/follow?what=project&who={CODE}", SCRIPT)
    await seen(guest, "/console/log/follow?what=consumer&who=registration", SCRIPT)
    await seen(guest, "/console/look", SCRIPT)
    await seen(guest, "/console/report?year=2026&month=3", SCRIPT)


async def test_what_people_call_projects_agencies_and_consumers_is_text(reception: Reception):
    """A name of 10 000 signs that turns the line around, a script for a title, another for an agency."""
    house = reception.town.house
    endless = "\u202e" + SCRIPT + "城" * 10_000
    row = {"project": CODE, "key": "project_name", "norm": "x", "raw": endless, "state": "learned"}
    row |= {"source": "a", "at": stored(house.clock())}
    await house.database.write(lambda writing: writing.execute(insert(aliases).values(**row)))
    await house.access.entitle("registration", SCRIPT, by="os:t")
    index = await written(reception, EntryKind.ASKED, consumer="registration", agencies=(HC,), subject=None)
    guest = await reception.guest("aud", "auditor")
    for path in (
        "/console/log?kind=asked",
        f"/console/log/{index}",
        f"/console/log/follow?what=project&who={CODE}",
        "/console/exports",
    ):
        await seen(guest, path, SCRIPT)
        page = await guest.open(path)
        assert "\u202e" not in page.text
        assert "城" * 60 not in page.text
    assert TITLED in said(await guest.open("/console/log?kind=asked"))
    security = await reception.guest("sec", "security-admin")
    await seen(security, "/console/consumers", SCRIPT)
    await seen(security, "/console/consumers/registration", SCRIPT)


async def test_what_an_auditor_types_and_saves_is_text(reception: Reception):
    guest = await reception.guest("aud", "auditor")
    for name in ("project", "case", "consumer", "operator", "agency", "kind", "material", "outcome", "from"):
        page = await guest.http.get("/console/log", params={name: SCRIPT})
        assert 400 <= page.status_code < 500, name
        harmless(page)
    harmless(await guest.http.get("/console/log/follow", params={"what": "project", "who": SCRIPT}), SCRIPT)
    saved = await guest.send("/console/log/saved", name=SCRIPT, case="A-1")
    harmless(saved, SCRIPT)
    await seen(guest, "/console/log", SCRIPT)


@pytest.mark.parametrize("name", ["case", "purpose", "operator", "procedure", "project_code"])
async def test_no_consumer_can_say_such_words_in_an_ask(reception: Reception, name: str):
    """The pages escape them all the same: an entry may come from a later version, or from a backup."""
    answer = await reception.town.http.post(
        "/v1/dossiers", json=ask(**{name: SCRIPT}), headers=reception.town.bearer("registration")
    )
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert "alert(1)" not in str(await reception.town.entries())


async def test_deliveries_that_were_set_aside_are_called_what_they_are_called(reception: Reception):
    house, clock = reception.town.house, reception.town.clock
    inbox = house.settings.drops / SURVEY / "in"
    inbox.mkdir(parents=True, exist_ok=True)
    (inbox / f"{AS_A_FILE}.zip").write_bytes(b"no zip")
    (inbox / f"{AS_A_FILE}.zip.sha256").write_text("0" * 64)
    aside = 0
    for _ in range(3):
        aside += (await house.intake.sweep(clock())).quarantined
        clock.advance(60)
    assert aside == 1
    guest = await reception.guest("hui", "agency-admin", SURVEY)
    await seen(guest, f"/console/agencies/{SURVEY}/deliveries", AS_A_FILE)
    await seen(await reception.guest("aud", "auditor"), "/console/log?kind=quarantined")


async def test_what_is_known_of_an_agency_is_text(reception: Reception):
    house = reception.town.house
    (adapter,) = [each for each in await house.agencies.all() if each.agency == HC]
    drifts = (Drift(kind=PERMIT, path=SCRIPT, reason="unmapped"), Drift(kind=PERMIT, path="", reason=SCRIPT))
    await house.agencies.drifted(adapter, drifts)
    now = house.clock()
    outcome = Outcome(status=200, retrieval={PERMIT: "unavailable"})
    await written(reception, EntryKind.ANSWERED, kinds=(PERMIT,), outcome=outcome)
    guest, place = await reception.guest("hui", "agency-admin", HC), f"/console/agencies/{HC}"
    for about in ("call", "contact"):
        harmless(
            await guest.send(f"{place}/notes", about=about, text=f"{about} {SCRIPT}"), f"{about} {SCRIPT}"
        )
    await seen(guest, place, SCRIPT, f"call {SCRIPT}", f"contact {SCRIPT}")
    harmless(await guest.send(f"{place}/pause", reason=f"pause {SCRIPT}"), f"pause {SCRIPT}")
    await seen(guest, "/console/agencies", SCRIPT, f"pause {SCRIPT}")
    period = f"from={now - timedelta(hours=1):%Y-%m-%dT%H:%M}&until={now + timedelta(days=1):%Y-%m-%dT%H:%M}"
    await seen(guest, f"{place}/touched?cause=outage&{period}", SCRIPT)
    await seen(guest, f"{place}/uses", SCRIPT)
    harmless(await guest.http.get(f"{place}/touched", params={"cause": SCRIPT, "from": SCRIPT}))
    harmless(await guest.send(f"{place}/versions/1/rollback", reason=SCRIPT))


async def test_a_grant_sheet_is_text_and_its_names_are_refused(reception: Reception):
    guest = await reception.guest("sec", "security-admin")
    await seen(guest, "/console/grants", SCRIPT)
    named = GRANTS.replace("id: registration-first", f"id: {quoted()}").replace(
        "consumer: hall", f"consumer: {quoted()}"
    )
    page = await guest.send("/console/grants/versions", text=named)
    assert "处问题，改好后才能提交" in said(page)
    harmless(page, quoted())
    fields: dict[str, str | list[str]] = dict.fromkeys(
        ("id", "consumer", "purposes", "from", "until", "kinds", "fields"), SCRIPT
    )
    harmless(await guest.send("/console/grants/decisions", **fields, approval=SCRIPT), SCRIPT)


async def test_what_agencies_say_is_text_in_a_dossier(reception: Reception):
    town = reception.town
    call_it(reception, f"{AS_A_FILE}.pdf", CONTRACT_FILE)
    (contract,) = [each for each in town.land.drawer if each.kind == "land-transfer-contract"]
    contract.fields["contract_no"] = SCRIPT
    town.market.trouble = AgencyUnavailable(detail=text(f"error {SCRIPT}", f"error {SCRIPT}"))
    guest = await reception.guest("wang", "registrar")
    page = await looked_up(guest)
    harmless(page, f"{AS_A_FILE}.pdf", SCRIPT, f"error {SCRIPT}")
    where = FILE.findall(page.text)[0]
    await seen(guest, f"{where}/preview", AS_A_FILE)
    file = await guest.open(where)
    assert file.content == CONTRACT_FILE
    assert "<" not in file.headers["content-disposition"]


async def test_a_case_of_somebodys_is_text_among_their_look_ups(reception: Reception):
    guest = await reception.guest("wang", "registrar")
    outcome = Outcome(status=200, retrieval={PERMIT: "received"})
    whose = {"consumer": CONSUMER, "operator": f"{PERSON}wang", "project": SCRIPT}
    index = await written(reception, EntryKind.ANSWERED, kinds=(PERMIT,), outcome=outcome, **whose)
    await seen(guest, "/console/dossiers", SCRIPT)
    await seen(guest, f"/console/dossiers?again={index}", SCRIPT)
    refused = await looked_up(
        guest, case=SCRIPT, project_name=SCRIPT, buildings=SCRIPT, key=SCRIPT, value=SCRIPT
    )
    assert 400 <= refused.status_code < 500
    harmless(refused, SCRIPT)


async def test_a_material_typed_in_is_text_to_the_second_person(reception: Reception):
    house = reception.town.house
    order = Proposal(
        kind=KIND,
        fields=FIELDS | {"name": SCRIPT},
        reason=f"reason {SCRIPT}",
        evidence=await house.vault.put(b"%PDF-1.7 a scan"),
        evidence_name=AS_A_FILE,
        expires_at=house.clock() + timedelta(days=7),
    )
    made = await house.stand_ins.propose(CODE, order, by=f"{PERSON}wang")
    guest = await reception.guest("zhao", "registrar")
    place = f"/console/approvals/stand-ins/{made.id}"
    await seen(guest, place, SCRIPT, f"reason {SCRIPT}", AS_A_FILE)
    await seen(guest, "/console/approvals")
