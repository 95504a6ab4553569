"""Samples of drafts: there while somebody drafts, gone for good afterwards, and nobody else's octets."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from contracts.errors import VaultDamaged
from gateway.jobs import clearing
from gateway.papers import CATALOGUE, LEAVING_DAYS, SAMPLE_DAYS, Paper
from gateway.store.tables import leaving, papers
from gateway.vault import Vault
from tests.registry.counter import AGENCY, VERSIONS, Counter

SAID, KIND = "<row><name>张三</name></row>".encode(), "investment-filing"
DAY = 86_400


async def sampled(counter: Counter, octets: bytes = SAID) -> tuple[dict[str, Any], Paper]:
    """A draft with a sample and what a database said of its tables."""
    version = await counter.draft(counter.manifest + "# 改\n")
    which, room = (AGENCY, int(version["version"])), counter.town.house.papers
    await room.put(which, KIND, octets, by="nora")
    await room.put(which, CATALOGUE, b"{}", by="nora")
    return version, (await room.listed(which))[KIND]


async def left(counter: Counter, version: dict[str, Any]) -> set[str]:
    return set(await counter.town.house.papers.listed((AGENCY, int(version["version"]))))


async def is_kept(counter: Counter, paper: Paper) -> bool:
    return await counter.town.house.vault.has(paper.object)


async def cleared(counter: Counter, days: float = 0) -> int:
    counter.town.clock.advance(days * DAY)
    return await counter.town.house.papers.clear()


async def ended(counter: Counter, version: dict[str, Any], how: str) -> None:
    if how == "withdrawal":
        answer = await counter.call("POST", f"{VERSIONS}/{version['version']}/withdrawal", "nora")
    else:
        assert (await counter.turn("submission", version, "nora")).status_code == 200
        answer = await counter.turn("publication", version, "paul")
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("how", ["publication", "withdrawal"])
async def test_a_sample_leaves_with_the_end_of_its_draft_and_its_octets_a_day_later(
    counter: Counter, how: str
):
    version, paper = await sampled(counter)
    assert await cleared(counter) == 0
    await ended(counter, version, how)
    assert await cleared(counter) == 1
    assert await left(counter, version) == {CATALOGUE}
    assert await is_kept(counter, paper)  # a backup that is being made may have seen the row
    assert await cleared(counter, LEAVING_DAYS / 2) == 0
    assert await is_kept(counter, paper)
    assert await cleared(counter, LEAVING_DAYS / 2) == 0
    assert not await is_kept(counter, paper)
    with pytest.raises(VaultDamaged):
        await counter.town.house.papers.octets(paper)
    rows = await counter.town.house.database.read(lambda c: c.execute(select(leaving)).all())
    assert rows == []


async def test_what_is_shown_of_a_version_is_there_without_its_sample(counter: Counter):
    version, _ = await sampled(counter)
    await ended(counter, version, "publication")
    before = [(await counter.call("GET", VERSIONS, "nora")).json()]
    before.append((await counter.call("GET", f"{VERSIONS}/2", "nora")).json())
    assert await cleared(counter) == 1
    assert await cleared(counter, LEAVING_DAYS) == 0
    after = [(await counter.call("GET", VERSIONS, "nora")).json()]
    after.append((await counter.call("GET", f"{VERSIONS}/2", "nora")).json())
    assert after == before


@pytest.mark.parametrize("how", ["draft", "submitted", "rejected"])
async def test_a_sample_of_a_draft_that_nobody_touches_stays_so_long_and_no_longer(
    counter: Counter, how: str
):
    version, paper = await sampled(counter)
    if how != "draft":
        await counter.turn("submission", version, "nora")
    if how == "rejected":
        await counter.turn("rejection", version, "paul", reason="否")
    assert await cleared(counter, SAMPLE_DAYS - 1) == 0
    await counter.town.house.papers.put((AGENCY, 2), "company-record", SAID, by="nora")
    assert await cleared(counter, 2) == 1
    assert await left(counter, version) == {CATALOGUE, "company-record"}
    assert await cleared(counter, LEAVING_DAYS) == 0
    assert not await is_kept(counter, paper)


async def test_editing_a_draft_keeps_its_sample(counter: Counter):
    version, _ = await sampled(counter)
    counter.town.clock.advance((SAMPLE_DAYS - 1) * DAY)
    await counter.call("PUT", f"{VERSIONS}/2", "nora", text=counter.manifest + "# 再改\n")
    assert await cleared(counter, 2) == 0
    assert await left(counter, version) == {CATALOGUE, KIND}


async def test_a_sample_in_the_place_of_another_takes_that_one_away(counter: Counter):
    version, paper = await sampled(counter)
    await counter.town.house.papers.put((AGENCY, 2), KIND, b"<other/>", by="nora")
    assert await cleared(counter, LEAVING_DAYS) == 0
    assert not await is_kept(counter, paper)
    assert await left(counter, version) == {CATALOGUE, KIND}


async def test_the_same_octets_kept_for_another_reason_stay(counter: Counter):
    """Somebody may bring as a sample what is evidence elsewhere, and give the draft up on purpose."""
    evidence = await counter.town.house.vault.put(SAID)
    version, paper = await sampled(counter)
    assert paper.object != evidence
    assert await counter.town.house.papers.octets(paper) == SAID
    await ended(counter, version, "withdrawal")
    await cleared(counter)
    await cleared(counter, LEAVING_DAYS)
    assert await counter.town.house.vault.get(evidence) == SAID


async def test_a_paper_that_has_no_object_of_its_own_is_read_and_its_object_stays(counter: Counter):
    version, paper = await sampled(counter)
    plain = await counter.town.house.vault.put(SAID)
    older = update(papers).where(papers.c.sha256 == paper.object).values(sha256=plain)
    await counter.town.house.database.write(lambda connection: connection.execute(older))
    found = (await counter.town.house.papers.listed((AGENCY, 2)))[KIND]
    assert await counter.town.house.papers.octets(found) == SAID
    await ended(counter, version, "withdrawal")
    assert await cleared(counter) == 1
    await cleared(counter, LEAVING_DAYS)
    assert await left(counter, version) == {CATALOGUE}
    assert await counter.town.house.vault.get(plain) == SAID


async def test_a_crash_before_the_row_is_gone_drops_the_object_again(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
):
    version, paper = await sampled(counter)
    await ended(counter, version, "withdrawal")
    await cleared(counter)
    dropped: list[str] = []
    drop = Vault.drop

    async def crash(vault: Vault, digest: str) -> None:
        await drop(vault, digest)
        dropped.append(digest)
        raise RuntimeError

    monkeypatch.setattr(Vault, "drop", crash)
    with pytest.raises(RuntimeError):
        await cleared(counter, LEAVING_DAYS)
    monkeypatch.undo()
    assert dropped == [paper.object]
    await cleared(counter)
    rows = await counter.town.house.database.read(lambda c: c.execute(select(leaving)).all())
    assert rows == []


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the gateway opens, so that it looks often."""
    monkeypatch.setattr(clearing, "LOOK_SECONDS", 0.01)


@pytest.mark.usefixtures("hurried")
async def test_the_gateway_clears_by_itself(counter: Counter):
    version, _ = await sampled(counter)
    await ended(counter, version, "withdrawal")
    async with asyncio.timeout(60):
        while await left(counter, version) != {CATALOGUE}:  # noqa: ASYNC110  the rows are asked, nothing tells
            await asyncio.sleep(0.01)


async def test_an_object_is_dropped_once_and_whoever_reads_it_reads_on(tmp_path: Path):
    vault = Vault(tmp_path / "vault", bytes(32))
    digest = await vault.put(b"x" * (3 << 20))
    reading = (await vault.open(digest)).stream()
    await anext(reading)
    await vault.drop(digest)
    assert not await vault.has(digest)
    assert sum([len(piece) async for piece in reading]) == 2 << 20
    await vault.drop(digest)
