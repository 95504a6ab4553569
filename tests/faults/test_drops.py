"""The fault table of the drop folders through the whole gateway: what a sick delivery does, and does not."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from demo import drop
from tests.faults.ills import Told, odd
from tests.faults.wards import KINDS, P1, P2, City, open_city
from tests.intake.bench import PDF, line, notice, notice_of, seal, zipped

pytestmark = pytest.mark.asyncio(loop_scope="module")

SURVEY, DEFENCE = drop.SURVEY, drop.DEFENCE
PENDING = Told("pending", 200, "not-delivered", "passing")
NO_FOLDER = Told("unavailable", 503, "agency-unavailable", "configuration", "no-folder", True)
MIB = 1 << 20


def box(root: Path, agency: str = SURVEY) -> Path:
    return root / agency / "in"


def damaged(octets: bytes) -> bytes:
    return octets[:-40] + bytes([octets[-40] ^ 1]) + octets[-39:]


def rewritten(change: Callable[[bytes], bytes], *, sealed_again: bool) -> Callable[[Path], None]:
    """The healthy package, changed after it was made; its digest as before, or made to fit."""

    def deliver(root: Path) -> None:
        path = drop.deliver_package(root, P1)
        path.write_bytes(change(path.read_bytes()))
        if sealed_again:
            seal(path)

    return deliver


def no_zip(octets: bytes) -> Callable[[Path], None]:
    def deliver(root: Path) -> None:
        (box(root) / "P.zip").write_bytes(octets)
        seal(box(root) / "P.zip")

    return deliver


def a_bomb(root: Path) -> None:
    zeros = bytes(64 * MIB)
    zipped(box(root) / "P.zip", {"manifest.xml": notice_of({"a.bin": zeros}), "a.bin": zeros})


def climbing(root: Path) -> None:
    zipped(box(root) / "P.zip", {"manifest.xml": notice(line("宗地图.pdf")), "../../宗地图.pdf": PDF})


def without_notice(root: Path) -> None:
    zipped(box(root) / "P.zip", {"宗地图.pdf": PDF})


def no_xml(root: Path) -> None:
    zipped(box(root) / "P.zip", {"manifest.xml": b"<html>", "宗地图.pdf": PDF})


def short_of_a_file(root: Path) -> None:
    zipped(box(root) / "P.zip", {"manifest.xml": notice(line("宗地图.pdf", PDF))})


def another_digest(root: Path) -> None:
    """A document of civil defence whose file is not the one its list vouches for."""
    folder = drop.deliver_document(root, P1)
    for path in folder.iterdir():
        if path.name != "清单.csv":
            path.write_bytes(damaged(path.read_bytes()))


def without_list(root: Path) -> None:
    (drop.deliver_document(root, P1) / "清单.csv").unlink()


def still_written(root: Path) -> None:
    path = drop.deliver_package(root, P1)
    path.rename(path.with_name(f"{path.name}.tmp"))


@dataclass(frozen=True)
class Sick:
    """`reason`: why the delivery is set aside; None where it waits for what may still come."""

    agency: str
    deliver: Callable[[Path], None]
    reason: str | None


REFUSED = {
    "cut short": Sick(SURVEY, rewritten(lambda octets: octets[:-300], sealed_again=False), "digest-wrong"),
    "cut short and sealed": Sick(
        SURVEY, rewritten(lambda octets: octets[:-300], sealed_again=True), "not-a-zip"
    ),
    "an octet flipped": Sick(SURVEY, rewritten(damaged, sealed_again=False), "digest-wrong"),
    "empty": Sick(SURVEY, no_zip(b""), "not-a-zip"),
    "a web page": Sick(SURVEY, no_zip(b"<!DOCTYPE html><html>"), "not-a-zip"),
    "a bomb": Sick(SURVEY, a_bomb, "bomb"),
    "names that climb out": Sick(SURVEY, climbing, "name-unsafe"),
    "no notice": Sick(SURVEY, without_notice, "notice-missing"),
    "a notice nobody can read": Sick(SURVEY, no_xml, "notice-unreadable"),
    "a file not there": Sick(SURVEY, short_of_a_file, "file-missing"),
    "a file that is another": Sick(DEFENCE, another_digest, "digest-wrong"),
    "still being written": Sick(SURVEY, still_written, None),
    "no list yet": Sick(DEFENCE, without_list, None),
}
"""What never gets in."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def quay(tmp_path_factory):
    """A city in which nothing has been dropped yet, and what its web agencies say."""
    async with open_city(tmp_path_factory.mktemp("city")) as city:
        await city.sweep()
        await city.dossier(kinds=None)
        yield city, others((await city.dossier()).json()["materials"], SURVEY, DEFENCE)


@pytest_asyncio.fixture(loop_scope="module")
async def own_quay(tmp_path):
    """The same for one test alone: what it delivers stays in force."""
    async with open_city(tmp_path) as city:
        await city.sweep()
        await city.dossier(kinds=None)
        yield city, others((await city.dossier()).json()["materials"], SURVEY, DEFENCE)


def others(materials, *agencies):
    return [one for one in materials if one["agency"] not in agencies]


async def asked_about(city: City, agency: str, told: Told, healthy) -> None:
    """The dossier and the ask for the one kind say so, and the others' materials are what they were."""
    city.sick = agency
    answer = await city.dossier()
    assert answer.status_code == 200
    materials = answer.json()["materials"]
    assert others(materials, SURVEY, DEFENCE) == healthy
    (own,) = [one for one in materials if one["kind"] == KINDS[agency]]
    assert own["retrieval"] == told.retrieval
    assert (own.get("fields") or {}, own.get("attachments") or []) == ({}, [])
    assert (own["error"]["type"], own["error"]["class"]) == (told.problem, told.cls)
    alone = await city.single()
    assert alone.status_code == told.status
    if told.status == 200:
        assert [one["retrieval"] for one in alone.json()["materials"]] == [told.retrieval]
    else:
        body = alone.json()
        assert (body["type"], body["class"], body["fault"]) == (
            f"urn:landbridge:problem:{told.problem}",
            told.cls,
            told.fault,
        )
        assert body["retry"] == told.retry_after == ("retry-after" in alone.headers)


async def test_nothing_delivered_is_not_there_being_none(quay):
    city, healthy = quay
    await asked_about(city, SURVEY, PENDING, healthy)
    await asked_about(city, DEFENCE, PENDING, healthy)


@pytest.mark.parametrize("ill", REFUSED)
async def test_what_is_sick_never_gets_in_and_says_why(quay, ill):
    city, healthy = quay
    sick, root = REFUSED[ill], city.house.settings.drops
    sick.deliver(root)
    swept = await city.sweep()
    assert (swept.ingested, swept.failed, swept.quarantined) == (0, 0, int(sick.reason is not None))
    written = "".join(path.read_text("utf-8") for path in (root / sick.agency / "quarantine").glob("*.txt"))
    assert sick.reason is None or f"[{sick.reason}]" in written
    await asked_about(city, sick.agency, PENDING, healthy)
    for left in (box(root, sick.agency), root / sick.agency / "quarantine"):
        shutil.rmtree(left)
        left.mkdir()


@pytest.mark.parametrize("agency", [SURVEY, DEFENCE])
async def test_a_folder_that_cannot_be_used_is_no_word_of_the_agency(quay, agency):
    city, healthy = quay
    inbox = box(city.house.settings.drops, agency)
    aside = inbox.with_name("unmounted")
    inbox.rename(aside)
    try:
        await asked_about(city, agency, NO_FOLDER, healthy)
    finally:
        aside.rename(inbox)
    await asked_about(city, agency, PENDING, healthy)


async def test_only_another_projects_delivery_is_none_for_this_one(own_quay):
    city, healthy = own_quay
    drop.deliver_package(city.house.settings.drops, P2)
    drop.deliver_document(city.house.settings.drops, P2)
    assert (await city.sweep()).ingested == 2
    await asked_about(city, SURVEY, PENDING, healthy)
    await asked_about(city, DEFENCE, PENDING, healthy)


async def test_what_is_off_contract_is_told_until_a_later_delivery_mends_it(own_quay):
    """An area in words; and the package again, as it should be."""
    city, healthy = own_quay
    root = city.house.settings.drops
    number = P1["materials"]["M15"]["fields"]["package_no"]
    zipped(
        box(root) / "P.zip",
        {"manifest.xml": notice(line("宗地图.pdf", PDF), package=number, zdmj="很大"), "宗地图.pdf": PDF},
    )
    assert (await city.sweep()).ingested == 1
    await asked_about(city, SURVEY, odd("off-contract", "configuration"), healthy)
    drop.deliver_package(root, P1)
    assert (await city.sweep()).ingested == 1
    answer = await city.single()
    assert (answer.status_code, [one["retrieval"] for one in answer.json()["materials"]]) == (
        200,
        ["received"],
    )
    assert others((await city.dossier()).json()["materials"], SURVEY, DEFENCE) == healthy
