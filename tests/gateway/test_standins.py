"""Stand-ins: two people, exactly those octets, only while the agency is out, compared when it is back."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from contracts.errors import AgencyUnavailable, Fault, LogUnavailable
from contracts.standins import LONGEST
from tests.gateway.offices import KEEP, STALE
from tests.gateway.town import CODE, ONE, Town, material

KIND = "company-record"
PAPER = b"%PDF-1.7 a scan of the company's record"
FIELDS = {name: value for name, value in ONE.materials[KIND][0].fields.items() if value is not None}


@pytest.fixture
async def hall(town: Town) -> Town:
    """The town with two registrars, and the market office out."""
    await town.enrol("registrar", name="first")
    await town.enrol("registrar", name="second")
    town.market.trouble = AgencyUnavailable(Fault.SILENT)
    return town


async def post(town: Town, path: str, who: str, **words: Any) -> httpx2.Response:
    return await town.http.post(path, headers=town.bearer(who), **words)


async def typed(town: Town, who: str = "first", **changes: Any) -> httpx2.Response:
    paper = (await post(town, "/v1/stand-ins/papers", who, content=PAPER)).json()["digest"]
    order = {
        "kind": KIND,
        "fields": FIELDS,
        "reason": "市场监管接口中断，按纸质执照录入",
        "evidence": paper,
        "evidence_name": "营业执照.pdf",
        "expires_at": (town.clock() + timedelta(days=7)).isoformat(),
    }
    return await post(town, f"/v1/projects/{CODE}/stand-ins", who, json=order | changes)


async def decided(town: Town, made: dict[str, Any], decision: str, who: str = "second", **changes: Any):
    order = {"content": made["content"], "decision": decision} | changes
    return await post(town, f"/v1/stand-ins/{made['id']}/decisions", who, json=order)


async def approved(town: Town, **changes: Any) -> dict[str, Any]:
    made = (await typed(town, **changes)).json()
    assert (await decided(town, made, "approve")).status_code == 200
    town.clock.advance(1)
    return made


async def record(town: Town, **changes: Any) -> dict[str, Any]:
    return material(await town.ask(**changes), KIND)


async def listed(town: Town) -> list[dict[str, Any]]:
    answer = await town.http.get(f"/v1/projects/{CODE}/stand-ins", headers=town.bearer("first"))
    found: list[dict[str, Any]] = answer.json()["stand_ins"]
    return found


async def test_what_two_people_agree_on_stands_in_and_says_so(hall: Town):
    made = await approved(hall)
    shown = await record(hall)
    assert shown["retrieval"] == "manual"
    assert shown["fields"] == {name: FIELDS[name] for name in shown["fields"]}
    assert {"by": "first", "second_by": "second"}.items() <= shown["manual"].items()
    assert shown["error"]["type"] == "agency-unavailable"
    assert shown["provenance"]["evidence"] == made["content"]
    (entry,) = [each for each in await hall.asks() if each["kind"] == "answered"]
    assert entry["outcome"]["retrieval"][KIND] == "manual"
    assert made["content"] in entry["evidence"]


async def test_its_paper_is_an_attachment(hall: Town):
    await approved(hall)
    (file,) = (await record(hall))["attachments"]
    answer = await hall.get(f"/v1/attachments/{file['id']}")
    assert (answer.status_code, answer.content) == (200, PAPER)


async def test_before_the_second_person_agrees_it_serves_nobody(hall: Town):
    await typed(hall)
    assert (await record(hall))["retrieval"] == "unavailable"


async def test_nobody_agrees_to_their_own(hall: Town):
    made = (await typed(hall)).json()
    answer = await decided(hall, made, "approve", who="first")
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (403, "second-person")
    assert (await record(hall))["retrieval"] == "unavailable"


async def test_only_exactly_what_was_seen_is_agreed_to(hall: Town):
    made = (await typed(hall)).json()
    answer = await decided(hall, made, "approve", content="sha256:" + "0" * 64)
    assert answer.status_code == 409
    assert (await record(hall))["retrieval"] == "unavailable"


@pytest.mark.parametrize("decision", ["refuse", "withdraw"])
async def test_refused_or_withdrawn_is_final(hall: Town, decision: str):
    made = (await typed(hall)).json()
    assert (await decided(hall, made, decision)).status_code == 200
    assert (await decided(hall, made, "approve")).status_code == 409
    assert (await record(hall))["retrieval"] == "unavailable"


async def test_what_serves_can_be_withdrawn_by_whoever_typed_it(hall: Town):
    made = await approved(hall)
    assert (await record(hall))["retrieval"] == "manual"
    assert (await decided(hall, made, "withdraw", who="first")).status_code == 200
    assert (await record(hall))["retrieval"] == "unavailable"


async def test_its_term_ends_to_the_second(hall: Town):
    await approved(hall, expires_at=(hall.clock() + timedelta(seconds=10)).isoformat())
    hall.clock.advance(8.999)
    assert (await record(hall))["retrieval"] == "manual"
    hall.clock.advance(0.001)
    assert (await record(hall))["retrieval"] == "unavailable"


async def test_the_agency_back_it_is_compared_and_gives_way(hall: Town):
    wrong = FIELDS | {"name": "演示置业（录错）有限公司"}
    assert wrong["name"] != FIELDS["name"]
    await approved(hall, fields=wrong)
    assert (await record(hall))["retrieval"] == "manual"
    hall.market.trouble = None
    assert (await record(hall))["retrieval"] == "received"
    (after,) = await listed(hall)
    assert (after["state"], after["differing"]) == ("replaced", ["name"])
    hall.market.trouble = AgencyUnavailable(Fault.SILENT)
    hall.clock.advance((KEEP + STALE).total_seconds())
    assert (await record(hall))["retrieval"] == "unavailable"


async def test_typed_in_rightly_nothing_differs(hall: Town):
    await approved(hall)
    hall.market.trouble = None
    await record(hall)
    (after,) = await listed(hall)
    assert (after["state"], after["differing"]) == ("replaced", [])


async def test_the_agency_back_without_such_a_document_says_so(hall: Town):
    await approved(hall)
    hall.market.trouble, hall.market.drawer = None, []
    assert (await record(hall))["retrieval"] == "not_found"
    (after,) = await listed(hall)
    assert (after["state"], after["differing"]) == ("replaced", ["absent"])


async def test_a_copy_younger_than_the_stand_in_is_preferred(hall: Town):
    hall.market.trouble = None
    before = await record(hall)
    assert before["retrieval"] == "received"
    hall.market.trouble = AgencyUnavailable(Fault.SILENT)
    hall.clock.advance(KEEP.total_seconds())
    assert (await record(hall))["retrieval"] == "stale"
    await approved(hall)
    assert (await record(hall))["retrieval"] == "manual"  # typed in after the stale copy came


async def test_a_kept_answer_that_is_still_fresh_is_the_agencys_word(hall: Town):
    hall.market.trouble = None
    await record(hall)
    await approved(hall)
    assert (await record(hall))["retrieval"] == "received"
    (after,) = await listed(hall)
    assert after["state"] == "in-force"  # the answer is older than what was typed in: nothing to compare


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"kind": "no-such-kind"}, "kind"),
        ({"fields": FIELDS | {"nonsense": "1"}}, "fields.nonsense"),
        ({"reason": "忘"}, "reason"),
        ({"evidence": "sha256:" + "0" * 64}, "evidence"),
        ({"evidence_name": "../etc/passwd"}, "evidence_name"),
    ],
)
async def test_what_cannot_be_typed_in(hall: Town, changes: dict[str, Any], place: str):
    answer = await typed(hall, **changes)
    assert answer.status_code == 400
    assert place in answer.json()["detail_en"]


@pytest.mark.parametrize("term", [timedelta(0), -timedelta(days=1), LONGEST + timedelta(seconds=1)])
async def test_a_term_lies_ahead_and_is_bounded(hall: Town, term: timedelta):
    assert (await typed(hall, expires_at=(hall.clock() + term).isoformat())).status_code == 400


async def test_a_paper_has_a_size(hall: Town, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gateway.api.standins.PAPER_LIMIT", 16)
    assert (await post(hall, "/v1/stand-ins/papers", "first", content=b"x" * 17)).status_code == 400
    assert (await post(hall, "/v1/stand-ins/papers", "first", content=b"x" * 16)).status_code == 201


async def test_every_step_is_an_entry_without_values(hall: Town):
    before = len(await hall.entries())
    await approved(hall)
    hall.market.trouble = None
    await record(hall)
    left = [each for each in (await hall.entries())[before:] if each["kind"] == "stand-in"]
    assert [each["subject"]["note"] for each in left] == ["uploaded", "typed", "in-force", "replaced"]
    assert [each.get("consumer") for each in left] == ["first", "first", "second", None]
    assert not any(str(FIELDS["name"]) in str(each) for each in left)


async def test_what_cannot_be_recorded_does_not_happen(hall: Town, monkeypatch: pytest.MonkeyPatch):
    made = (await typed(hall)).json()

    async def no(_draft: Any) -> None:
        raise LogUnavailable

    monkeypatch.setattr(hall.house.stand_ins, "_record", no)
    assert (await typed(hall)).status_code == 503
    assert (await decided(hall, made, "approve")).status_code == 503
    monkeypatch.undo()
    assert [each["state"] for each in await listed(hall)] == ["waiting"]


@pytest.mark.parametrize("who", ["registration", "audit-office"])
async def test_registrars_type_in_and_nobody_else(hall: Town, who: str):
    assert (await post(hall, "/v1/stand-ins/papers", who, content=PAPER)).status_code == 403
    assert (await post(hall, f"/v1/projects/{CODE}/stand-ins", who, json={})).status_code == 403


async def test_a_stand_in_needs_a_grant_like_anything_else(hall: Town):
    await approved(hall)
    answer = await hall.ask("hall", purpose="pre-acceptance", kinds=[KIND, "land-transfer-contract"])
    assert material(answer, KIND)["retrieval"] == "withheld"
