"""Materials kept for a while: how long, for whom, and when a kept one may stand in."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.errors import AgencyDeclined, AgencyUnavailable, EvidenceOffContract, Fault
from contracts.material import Material, Retrieval
from gateway.cache import NEGATIVE_FRESH, Kept, MemoryCache, Question, worth_keeping
from tests.gateway.offices import KEEP, STALE, Record
from tests.gateway.town import CODE, ONE, Town, material, materials, record_of

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
Q = Question("a", "company-record", "holder_uscc", "X")


def kept(retrieval: Retrieval = Retrieval.RECEIVED, version: int = 1) -> Kept:
    one = Material(kind="company-record", id="M20", retrieval=retrieval)
    return Kept((one,), version, NOW, NOW + KEEP, NOW + KEEP + STALE)


@pytest.fixture
def cache() -> MemoryCache:
    return MemoryCache(3)


def test_fresh_until_the_instant_it_is_not(cache: MemoryCache):
    cache.keep(Q, kept())
    assert cache.recall(Q, 1, NOW + KEEP - timedelta(milliseconds=1), None)
    assert cache.recall(Q, 1, NOW + KEEP, None) is None


@pytest.mark.parametrize(
    ("age", "max_age", "served"),
    [
        (HOUR, None, True),
        (HOUR, HOUR, True),
        (HOUR, HOUR - timedelta(milliseconds=1), False),
        (timedelta(0), timedelta(0), False),
        (timedelta(0), timedelta(seconds=1), True),
    ],
)
def test_no_older_than_asked(cache: MemoryCache, age: timedelta, max_age: timedelta | None, served: bool):
    cache.keep(Q, kept())
    assert bool(cache.recall(Q, 1, NOW + age, max_age)) is served


def test_none_is_believed_briefly_and_never_stands_in(cache: MemoryCache):
    cache.keep(Q, kept(Retrieval.NOT_FOUND))
    assert cache.recall(Q, 1, NOW + NEGATIVE_FRESH - timedelta(seconds=1), None)
    assert cache.recall(Q, 1, NOW + NEGATIVE_FRESH, None) is None
    assert cache.last_good(Q, 1, NOW) is None


def test_a_newer_none_replaces_the_good_copy(cache: MemoryCache):
    cache.keep(Q, kept())
    cache.keep(Q, kept(Retrieval.NOT_FOUND))
    assert cache.last_good(Q, 1, NOW) is None


def test_what_another_manifest_version_read_does_not_come_back(cache: MemoryCache):
    cache.keep(Q, kept())
    assert cache.recall(Q, 2, NOW, None) is None
    assert cache.last_good(Q, 2, NOW) is None


def test_a_good_copy_stands_in_until_it_is_too_old(cache: MemoryCache):
    cache.keep(Q, kept())
    assert cache.last_good(Q, 1, NOW + KEEP + STALE - timedelta(seconds=1))
    assert cache.last_good(Q, 1, NOW + KEEP + STALE) is None


def test_bounded_and_the_least_used_goes_first(cache: MemoryCache):
    questions = [Q._replace(value=str(number)) for number in range(4)]
    for question in questions[:3]:
        cache.keep(question, kept())
    assert cache.recall(questions[0], 1, NOW, None)
    cache.keep(questions[3], kept())
    assert len(cache) == 3
    assert [bool(cache.recall(question, 1, NOW, None)) for question in questions] == [True, False, True, True]


def test_a_cache_of_nothing_keeps_nothing():
    cache = MemoryCache(0)
    cache.keep(Q, kept())
    assert len(cache) == 0


@pytest.mark.parametrize("retrieval", list(Retrieval))
def test_only_answers_are_worth_keeping(retrieval: Retrieval):
    answers = {Retrieval.RECEIVED, Retrieval.PARTIAL, Retrieval.NOT_FOUND}
    assert worth_keeping(kept(retrieval).materials) is (retrieval in answers)
    assert not worth_keeping(())


async def test_a_day_later_the_agency_is_asked_again(town: Town):
    await town.ask(kinds=["investment-filing"])
    town.clock.advance(KEEP.total_seconds() - 1)
    hit = await town.ask(kinds=["investment-filing"])
    assert (await town.asks())[-1]["age"] == KEEP.total_seconds() - 1
    town.clock.advance(1)
    again = await town.ask(kinds=["investment-filing"])
    assert len(town.land.heard) == 2
    first, second = (
        material(each, "investment-filing")["provenance"]["retrieved_at"] for each in (hit, again)
    )
    assert first < second


async def test_the_same_octets_for_the_same_instant(town: Town):
    """The body holds facts only: nothing in it tells a cached answer from a first one."""
    assert (await town.ask()).content == (await town.ask()).content


async def test_a_stale_copy_says_that_it_is_one_and_how_old(town: Town):
    await town.ask()
    town.clock.advance(3600)
    town.land.trouble = AgencyUnavailable(Fault.REFUSED)
    answer = await town.ask(max_age=0)
    contract = material(answer, "land-transfer-contract")
    assert contract["retrieval"] == "stale"
    assert contract["error"]["type"] == "agency-unavailable"
    assert contract["last_good"]["retrieved_at"] == "2026-03-02T14:05:09.120+08:00"
    assert contract["fields"]
    closing = (await town.asks())[-1]
    assert closing["outcome"]["retrieval"]["land-transfer-contract"] == "stale"
    assert closing["age"] == 3600


async def test_no_copy_stands_in_for_a_reply_off_contract(town: Town):
    await town.ask()
    town.land.unreadable = EvidenceOffContract()
    answer = await town.ask(max_age=0)
    contract = material(answer, "land-transfer-contract")
    assert (contract["retrieval"], contract["fields"]) == ("invalid", {})


async def test_out_without_a_copy_is_unavailable_and_not_none(town: Town):
    town.land.trouble = AgencyUnavailable()
    out = material(await town.ask(kinds=["investment-filing"]), "investment-filing")
    town.land.trouble = None
    town.land.drawer.clear()
    none = material(await town.ask(kinds=["investment-filing"]), "investment-filing")
    assert (out["retrieval"], none["retrieval"]) == ("unavailable", "not_found")
    assert "error" in out
    assert "error" not in none
    assert none["provenance"]["evidence"]


async def test_an_agency_that_declines_is_a_matter_of_configuration(town: Town):
    town.land.trouble = AgencyDeclined(Fault.UNAUTHORISED)
    found = material(await town.ask(kinds=["investment-filing"]), "investment-filing")
    assert (found["retrieval"], found["error"]["class"]) == ("unavailable", "configuration")


async def test_a_failure_is_not_kept(town: Town):
    town.land.trouble = AgencyUnavailable()
    await town.ask(kinds=["investment-filing"])
    town.land.trouble = None
    found = material(await town.ask(kinds=["investment-filing"]), "investment-filing")
    assert found["retrieval"] == "received"


async def test_a_new_manifest_version_asks_again(town: Town):
    await town.ask(kinds=["investment-filing"])
    town.land.number = 2
    answer = await town.ask(kinds=["investment-filing"])
    assert len(town.land.heard) == 2
    assert material(answer, "investment-filing")["manifest_version"] == 2


async def test_a_kept_answer_serves_under_any_name_that_opens_it(town: Town):
    """Asked by name first; by then the contract has taught its supervision number."""
    await town.ask(kinds=["land-transfer-contract"])
    await town.ask(kinds=["land-transfer-contract"])
    assert town.land.heard == [f"land-transfer-contract project_name={ONE.name}"]


async def test_none_under_one_name_does_not_answer_for_another(town: Town):
    town.land.drawer = [record_of(ONE, "land-transfer-contract", "supervision_no")]
    none = await town.ask(kinds=["land-transfer-contract"])
    assert material(none, "land-transfer-contract")["retrieval"] == "not_found"
    number = town.land.drawer[0].by["supervision_no"]
    found = await town.ask(
        kinds=["land-transfer-contract"], known={"supervision_no": number, "project_name": ONE.name}
    )
    assert material(found, "land-transfer-contract")["retrieval"] == "received"
    assert (await town.asks())[-1]["keys"] == {"land-transfer-contract": f"supervision_no={number}"}


async def test_several_materials_of_a_kind_are_all_told_and_logged(town: Town):
    first = record_of(ONE, "investment-filing", "project_code")
    second = Record(first.kind, first.by, {"project_code": CODE, "filing_authority": "演示发改委"})
    town.land.drawer = [second, first]
    answer = await town.ask(kinds=["investment-filing"])
    assert len(materials(answer)) == 2
    assert (await town.asks())[-1]["fields"]["investment-filing"] == sorted({*first.fields, *second.fields})
