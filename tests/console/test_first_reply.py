"""The first reply an agency gives a new draft: the one that shows rows, however many keys were asked by."""

import asyncio
from pathlib import Path

import pytest

from contracts.audit import Draft, EntryKind
from demo.city import HC, City, open_city
from demo.run import ask_for
from gateway.api import documents
from gateway.api.documents import Which, Written
from gateway.console.connect.bench import ask, open_bench, sample_of
from gateway.registry import DocumentKind

KIND, NEW = "construction-permit", "mdj-new"


async def first_reply(city: City) -> bytes:
    """What becomes the sample of a draft by `prj_num` and `project_name`, tried with the demo's project."""
    house, project = city.house, city.projects["P1"]
    text = (await house.registry.current(DocumentKind.AGENCY))[HC].text.replace(
        f"agency: {HC}", f"agency: {NEW}", 1
    )
    entry = Draft(kind=EntryKind.DRAFTED, operator="person:li")
    which = Which(DocumentKind.AGENCY, NEW)
    made = await documents.draft(house, which, Written(text=text), entry)
    bench = await open_bench(house, NEW, made.version.version)
    known = {"project_code": project.project_code or "", "project_name": str(project.name)}
    assert await ask(house, bench, KIND, known, "person:li") is None
    sample = await sample_of(house, await open_bench(house, NEW, bench.number), KIND)
    assert sample is not None
    return sample[1]


@pytest.mark.parametrize("asked_before", [False, True])
async def test_a_project_the_gateway_knows_by_more_names_has_its_rows_all_the_same(
    tmp_path: Path, *, asked_before: bool
):
    """What an ask taught opens more ways, and a draft that reads nothing yet sees none of them succeed."""
    (tmp_path / "home").mkdir()
    async with open_city(tmp_path, tmp_path / "home") as city:
        if asked_before:
            await asyncio.to_thread(city.registration.ask, ask_for(city.projects["P1"]))
        assert "&lt;ROW&gt;" in (await first_reply(city)).decode()
