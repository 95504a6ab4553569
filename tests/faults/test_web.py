"""The fault table through the whole gateway: what an asker is told of each ill of each web agency."""

import asyncio
from datetime import datetime, timedelta

import pytest

from contracts.errors import FAULTS, Fault
from tests.adapters.agencies import says
from tests.faults.ills import ILLS, Told, declined, redirecting, well, whole
from tests.faults.wards import PATIENT, Ward

pytestmark = pytest.mark.asyncio(loop_scope="module")

HASTY = 1
"""Seconds an ask waits where only its own deadline can end it."""

TOLD_CLOSER = {"unreadable", "broken", "declined"}
"""Faults whose detail says more than the fault's own line."""


def facts(material):
    """A material without what is new each time it is pulled: the digest of a reply that is dated."""
    provenance = {name: value for name, value in material["provenance"].items() if name != "evidence"}
    return material | {"provenance": provenance}


def of(materials, agency):
    return [facts(one) for one in materials if one["agency"] == agency]


def others(materials, agency):
    return [facts(one) for one in materials if one["agency"] != agency]


def in_the_dossier(answer, agency: str, told: Told, healthy, now) -> None:
    """200 whatever happened; the sick agency's material says it, the others' are what they always are."""
    assert answer.status_code == 200
    assert answer.headers["landbridge-receipt"]
    materials = answer.json()["materials"]
    assert others(materials, agency) == others(healthy, agency)
    assert {one["retrieval"] for one in others(materials, agency)} == {"received"}
    own = of(materials, agency)
    assert {one["retrieval"] for one in own} == {told.retrieval}
    if told.retrieval == "received":
        assert own == of(healthy, agency)
        return
    for one in own:
        assert (one.get("fields") or {}, one.get("attachments") or []) == ({}, [])
    if told.fault:
        for error in [one["error"] for one in own]:
            assert (error["type"], error["class"]) == (told.problem, told.cls)
            if told.fault not in TOLD_CLOSER:
                assert error["detail"] == FAULTS[Fault(told.fault)].detail.model_dump()
            next_try = error.get("next_try") and datetime.fromisoformat(error["next_try"])
            assert next_try == (now + timedelta(seconds=told.next_try) if told.next_try else None)


def alone(answer, told: Told) -> None:
    """What an ask for that kind alone is answered."""
    assert answer.headers["landbridge-receipt"]
    assert answer.status_code == told.status
    body = answer.json()
    if told.status == 200:
        assert {one["retrieval"] for one in body["materials"]} == {told.retrieval}
        return
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["type"] == f"urn:landbridge:problem:{told.problem}"
    assert (body["class"], body["fault"], body["status"]) == (told.cls, told.fault, told.status)
    assert body["retry"] == told.retry_after == ("retry-after" in answer.headers)


@pytest.mark.parametrize("ill", ILLS)
async def test_each_ill_is_told_as_what_it_is_and_is_nobody_elses(sickbed, ill):
    kit, city, healthy = sickbed
    case = ILLS[ill]
    told, wait = case.told_by(kit), HASTY if case.hangs else PATIENT
    await city.ward.turn(case.behave(kit) if case.behave else None)
    await city.forget()
    whole_answer, alone_answer = await asyncio.gather(city.dossier(wait), city.single(wait))
    in_the_dossier(whole_answer, city.sick, told, healthy, city.clock())
    alone(alone_answer, told)
    assert (len(city.ward.asked) >= 2) == (case.behave is not None)


async def test_a_redirect_to_another_origin_is_not_followed(sickbed):
    kit, city, healthy = sickbed
    elsewhere = Ward()
    await elsewhere.turn(well(kit))
    told = declined("redirected", "configuration")
    try:
        for status in ("302 Found", "307 Temporary Redirect"):
            await city.ward.turn(redirecting(status, f"{elsewhere.url}/x")(kit))
            await city.forget()
            in_the_dossier(await city.dossier(), city.sick, told, healthy, city.clock())
            alone(await city.single(), told)
        assert elsewhere.asked == []
    finally:
        await elsewhere.close()


async def test_a_healed_agency_is_believed_at_once(sickbed):
    """The ills before left nothing behind: the same is said as before any of them."""
    kit, city, healthy = sickbed
    await city.ward.turn(says(whole(kit, b"no", "500 Internal Server Error")))
    await city.forget()
    assert (await city.single()).status_code == 503
    await city.ward.turn(well(kit))
    materials = (await city.dossier()).json()["materials"]
    assert of(materials, city.sick) == of(healthy, city.sick)


@pytest.mark.parametrize("ill", ["refused", "silent", "401", "429", "500", "success false"])
async def test_a_kept_copy_stands_in_for_an_agency_that_is_out(sickbed, ill):
    """Stale, with what is wrong and how old it is; also where its kind is asked for alone."""
    kit, city, healthy = sickbed
    case, told = ILLS[ill], ILLS[ill].told_by(kit)
    wait = HASTY if case.hangs else PATIENT
    await city.ward.turn(well(kit))
    await city.forget()
    await city.dossier()
    await city.ward.turn(case.behave(kit) if case.behave else None)
    answer = await city.single(wait)
    assert answer.status_code == 200
    copies = answer.json()["materials"]
    assert len(copies) == len(of(healthy, city.sick))
    for copy, before in zip(copies, of(healthy, city.sick), strict=True):
        assert (copy["retrieval"], copy["fields"]) == ("stale", before["fields"])
        assert copy["last_good"]["retrieved_at"] == copy["provenance"]["retrieved_at"]
        assert (copy["error"]["type"], copy["error"]["class"]) == (told.problem, told.cls)


@pytest.mark.parametrize("ill", ["a web page", "another project", "a gzip bomb"])
async def test_no_kept_copy_hides_what_is_not_as_agreed(sickbed, ill):
    kit, city, _ = sickbed
    await city.ward.turn(well(kit))
    await city.forget()
    await city.dossier()
    behave = ILLS[ill].behave
    assert behave
    await city.ward.turn(behave(kit))
    answer = await city.single()
    alone(answer, ILLS[ill].told_by(kit))
