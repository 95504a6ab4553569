"""The housing bureau and the tax office over real HTTP, asked by their own manifests: what the data say."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.base import Deadline, Key
from adapters.egress import Egress, Origin
from adapters.manifest import load
from adapters.rest import RestAdapter
from adapters.soap import SoapAdapter, as_yaml, freeze, inventory, over
from contracts.errors import AgencyFailed
from contracts.errors import Fault as Told
from contracts.exchange import Grant
from contracts.project_file import read_project_file
from contracts.time import parse_instant
from demo import hc, tax
from demo.city import CONFIG, PROJECTS
from demo.control import Control, Fault
from demo.nr import octets_of

TEXT = PROJECTS.read_text(encoding="utf-8")
NATIVES = json.loads(TEXT, parse_float=Decimal)["projects"]
FILES = read_project_file(TEXT)
NOW = parse_instant("2026-03-02T14:05:09.120+08:00")
DAY = NOW.date()
OFFICES = {"mdj-hc": (SoapAdapter, hc.create), "mdj-tax": (RestAdapter, tax.create)}
KINDS = {
    "mdj-hc": ("construction-permit", "presale-permit", "fire-acceptance", "completion-filing"),
    "mdj-tax": ("land-price-payment", "land-deed-tax"),
}


def manifest_at(agency: str, base: str):
    text = (Path(CONFIG) / "agencies" / f"{agency}.yaml").read_text("utf-8")
    port = "8102" if agency == "mdj-hc" else "8103"
    return load(text.replace(f"base: http://127.0.0.1:{port}", f"base: {base}"), f"{agency}.yaml")


def grant(kind: str) -> Grant:
    return Grant(
        id="g", consumer="c", purpose="p", kind=kind, attachments=True, valid_from=DAY, valid_until=DAY
    )


def keys_of(native) -> dict[str, tuple[Key, ...]]:
    values = {
        "project_name": native["name"],
        "supervision_no": native["materials"]["M02"]["fields"]["supervision_no"],
    }
    return {name: (Key(name, value, confirmed=True),) for name, value in values.items()}


@pytest.fixture
async def control():
    control = Control()
    yield control
    await control.close()


@pytest.fixture
async def office(control):
    """Opens an agency of the demo and gives the adapter that asks it."""
    async with Egress() as egress:

        async def opened(agency: str):
            kit, make = OFFICES[agency]
            base = await control.open(agency, lambda desk: make(NATIVES, desk))
            return kit(manifest_at(agency, base), 1, egress, str, lambda: NOW)

        yield opened


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("agency", OFFICES)
async def test_every_field_is_the_datas(office, agency, index):
    adapter, project = await office(agency), FILES[index]
    for kind in KINDS[agency]:
        [evidence] = await adapter.pull(grant(kind), keys_of(NATIVES[index]), Deadline.after(5))
        out = adapter.read(evidence)
        assert out.drift == ()
        told = project.materials[kind]
        assert [material.fields for material in out.materials] == [material.fields for material in told]
        assert [[file.name for file in material.attachments] for material in out.materials] == [
            [file["file_name"] for file in material.attachments] for material in told
        ]
        assert {material.legal for material in out.materials} == {"in_force"}


async def test_a_number_finds_what_a_name_finds(office):
    adapter = await office("mdj-hc")
    number = {"prj_num": (Key("prj_num", "2310032105200101", confirmed=True),)}
    [evidence] = await adapter.pull(grant("completion-filing"), number, Deadline.after(5))
    assert len(adapter.read(evidence).materials) == 2


@pytest.mark.parametrize("agency", OFFICES)
async def test_what_nobody_filed_is_not_found(office, agency):
    adapter = await office(agency)
    unknown = {
        "project_name": (Key("project_name", "没有的项目", confirmed=True),),
        "supervision_no": (Key("supervision_no", "2310052020B99999", confirmed=True),),
    }
    for kind in KINDS[agency]:
        [evidence] = await adapter.pull(grant(kind), unknown, Deadline.after(5))
        assert [material.retrieval for material in adapter.read(evidence).materials] == ["not_found"]


@pytest.mark.parametrize("agency", OFFICES)
async def test_a_listed_file_can_be_fetched_whole(office, agency):
    adapter = await office(agency)
    kind = KINDS[agency][0]
    [evidence] = await adapter.pull(grant(kind), keys_of(NATIVES[0]), Deadline.after(5))
    [place] = adapter.read(evidence).locators
    octets = b"".join([piece async for piece in adapter.fetch(grant(kind), place, Deadline.after(5))])
    name = place.name if agency == "mdj-tax" else place.where["path"]
    assert octets == b"".join(octets_of(name, place.bytes or 0))


async def test_a_drawing_that_is_not_there_yet_is_absent(office):
    adapter = await office("mdj-hc")
    [evidence] = await adapter.pull(grant("completion-filing"), keys_of(NATIVES[1]), Deadline.after(5))
    out = adapter.read(evidence)
    states = {file.name: file.state for material in out.materials for file in material.attachments}
    assert states["竣工图二期.zip"] == "absent"
    assert states["竣工图一期.zip"] == "listed"


async def asked(adapter, kind: str, seconds: float):
    [evidence] = await adapter.pull(grant(kind), keys_of(NATIVES[0]), Deadline.after(seconds))
    return adapter.read(evidence).materials


TOLD = {
    Fault.BROKEN: Told.BROKEN,
    Fault.SHEDDING: Told.SHEDDING,
    Fault.UNAUTHORISED: Told.UNAUTHORISED,
    Fault.HTML: Told.UNREADABLE,
    Fault.DECLINED: Told.DECLINED,
    Fault.OTHER_PROJECT: Told.OTHER_PROJECT,
    Fault.TRUNCATED: Told.TRUNCATED,
    Fault.SILENT: Told.SILENT,
    Fault.DOWN: Told.REFUSED,
}


@pytest.mark.parametrize("fault", TOLD)
@pytest.mark.parametrize("agency", OFFICES)
async def test_what_goes_wrong_there_is_told_as_it_is(control, office, agency, fault):
    adapter = await office(agency)
    kind = KINDS[agency][0]
    await control.fault(agency, fault)
    with pytest.raises(AgencyFailed) as caught:
        await asked(adapter, kind, 0.4 if fault is Fault.SILENT else 5)
    assert caught.value.fault is TOLD[fault]
    await control.fault(agency, None)
    assert await asked(adapter, kind, 5)


async def test_the_frozen_description_is_the_one_that_is_served(control):
    base = await control.open("mdj-hc", lambda desk: hc.create(NATIVES, desk))
    async with Egress() as egress:
        origin = Origin.of(base, allow_private=True)
        load_one = over(egress, origin, Deadline.after(5))
        live = await freeze(f"{base}{hc.PATH}?wsdl", load_one)
    kept = manifest_at("mdj-hc", base).wsdl
    assert kept is not None
    assert list(live.documents.values()) == list(kept.documents.values())
    assert [(one.operation, one.reason) for one in inventory(kept)] == [("query", None)]
    assert as_yaml(kept) in (Path(CONFIG) / "agencies" / "mdj-hc.yaml").read_text("utf-8")
