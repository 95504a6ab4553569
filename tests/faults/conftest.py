"""A city for each kit, whose agency falls ill and is mended again; opened once, for speed."""

import pytest_asyncio

from demo import drop
from tests.adapters.kits import KITS
from tests.faults.ills import well
from tests.faults.wards import P1, City, open_city


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=KITS)
async def sickbed(request, tmp_path_factory):
    """(kit, city, what the others say while all are well): everybody is well, and their names are learned."""
    kit = KITS[request.param]
    async with open_city(tmp_path_factory.mktemp("city"), kit.agency) as city:
        await stocked(city)
        await city.ward.turn(well(kit))
        await city.dossier(kinds=None)  # of every kind: they teach the names that open the agency asked alone
        await city.forget()
        answer = await city.dossier()
        yield kit, city, answer.json()["materials"]


async def stocked(city: City) -> None:
    """The drop folders hold what they should."""
    drop.deliver_package(city.house.settings.drops, P1)
    drop.deliver_document(city.house.settings.drops, P1)
    assert (await city.sweep()).ingested == 2
