"""Stale by a second, through the whole gateway: what is kept serves to the second its manifest says."""

import pytest

from tests.adapters.agencies import says
from tests.adapters.kits import KITS
from tests.faults.ills import well, whole
from tests.faults.wards import City, open_city


@pytest.fixture(params=KITS)
async def aged(request, tmp_path):
    """(kit, city, freshness): the names that open the agency are learned, and nothing is kept."""
    kit = KITS[request.param]
    async with open_city(tmp_path, kit.agency) as city:
        await city.ward.turn(well(kit))
        await city.dossier(kinds=None)
        await city.forget()
        (adapter,) = [one for one in await city.house.agencies.all() if one.agency == kit.agency]
        yield kit, city, adapter.freshness(city.kind)


async def told(city: City) -> tuple[int, set[str], bool]:
    """Status, retrieval, and whether the agency was asked."""
    before = len(city.ward.asked)
    answer = await city.single(max_age="")
    retrieval = {one["retrieval"] for one in answer.json().get("materials", ())}
    return answer.status_code, retrieval, len(city.ward.asked) > before


async def test_a_kept_answer_serves_to_the_second(aged):
    kit, city, fresh = aged
    keep, stale = fresh.keep.total_seconds(), fresh.stale_if_error.total_seconds()
    assert min(keep, stale) > 2
    assert await told(city) == (200, {"received"}, True)
    city.clock.advance(keep - 1)
    assert await told(city) == (200, {"received"}, False)
    city.clock.advance(1)
    assert await told(city) == (200, {"received"}, True)
    await city.ward.turn(says(whole(kit, b"no", "500 Internal Server Error")))
    city.clock.advance(keep + stale - 1)
    assert await told(city) == (200, {"stale"}, True)
    city.clock.advance(1)
    assert await told(city) == (503, set(), True)
