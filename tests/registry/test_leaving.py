"""Samples of drafts: there while somebody drafts, gone for good afterwards, and nobody else's octets."""

from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update

from contracts.errors import StoreUnavailable, VaultDamaged
from gateway.jobs import clearing
from gateway.papers import CATALOGUE, LEAVING_DAYS, SAMPLE_DAYS, Cleared, Paper
from gateway.store.tables import leaving, papers
from gateway.vault import Vault
from gateway.vault.objects import place
from tests.console.guests import Reception, said
from tests.registry.counter import AGENCY, VERSIONS, Counter
from tests.waiting import until

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
    """How many samples left."""
    return (await clearing_of(counter, days)).samples


async def clearing_of(counter: Counter, days: float = 0) -> Cleared:
    counter.town.clock.advance(days * DAY)
    return await counter.town.house.papers.clear()


async def on_the_way(counter: Counter) -> list[str]:
    """The objects that are leaving."""
    wanted = select(leaving.c.sha256)
    return await counter.town.house.database.read(lambda c: list(c.execute(wanted).scalars()))


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
    assert await on_the_way(counter) == []


async def test_what_is_shown_of_a_version_is_there_without_its_sample(counter: Counter):
    version, _ = await sampled(counter)
    await ended(counter, version, "publication")
    before = await shown(counter, "li")
    assert "张三" in said(before[1])
    assert await cleared(counter) == 1
    assert await cleared(counter, LEAVING_DAYS) == 0
    after = await shown(counter, "wu")
    assert [each.status_code for each in (*before, *after)] == [200] * 4
    assert [each.text.count('id="problem"') for each in (*before, *after)] == [0] * 4
    assert "张三" not in said(after[1])
    questions = [[each.text.count("/dchy/queryXmba") for each in pages] for pages in (before, after)]
    assert questions[0] == questions[1] != [0, 0]


async def shown(counter: Counter, account: str) -> list[httpx2.Response]:
    """The pages of the draft and of its material, as somebody sees them who signs in now."""
    guest = await Reception(counter.town).guest(account, "agency-admin", AGENCY)
    place = f"/console/agencies/{AGENCY}/connect/2"
    pages = [await guest.open(place), await guest.open(f"{place}/{KIND}")]
    await guest.http.aclose()
    return pages


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
    assert await clearing_of(counter, LEAVING_DAYS) == Cleared(staying=1)
    assert await left(counter, version) == {CATALOGUE}
    assert await counter.town.house.vault.get(plain) == SAID
    assert await on_the_way(counter) == []


@pytest.mark.parametrize("fault", [StoreUnavailable, RuntimeError])
async def test_what_was_put_and_never_became_a_paper_is_cleared_away(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
):
    """A crash, or a database that is out, after the object and before its row."""
    version, paper = await sampled(counter)
    kept: list[str] = []
    put = Vault.put

    async def interrupted(vault: Vault, octets: bytes) -> str:
        kept.append(await put(vault, octets))
        raise fault

    monkeypatch.setattr(Vault, "put", interrupted)
    with pytest.raises(fault):
        await counter.town.house.papers.put((AGENCY, 2), "company-record", SAID, by="nora")
    monkeypatch.undo()
    assert await left(counter, version) == {CATALOGUE, KIND}
    assert await clearing_of(counter) == Cleared()
    assert await clearing_of(counter, LEAVING_DAYS) == Cleared(dropped=1)
    assert not await counter.town.house.vault.has(kept[0])
    assert await on_the_way(counter) == []
    assert await counter.town.house.papers.octets(paper) == SAID


async def test_one_object_that_the_disk_does_not_let_go_keeps_no_other(counter: Counter):
    """Where the file was lies a folder: what is there can be neither read nor taken away."""
    version, _ = await sampled(counter)
    for kind in ("company-record", "land-transfer-contract"):
        await counter.town.house.papers.put((AGENCY, 2), kind, SAID, by="nora")
    await ended(counter, version, "withdrawal")
    assert await cleared(counter) == 3
    first, *others = await on_the_way(counter)
    file = place(counter.town.house.settings.home / "vault", first)
    octets = file.read_bytes()
    file.unlink()
    file.mkdir()
    assert await clearing_of(counter, LEAVING_DAYS) == Cleared(dropped=2, waiting=1)
    assert [await counter.town.house.vault.has(each) for each in others] == [False, False]
    assert await on_the_way(counter) == [first]
    file.rmdir()
    file.write_bytes(octets)
    assert await clearing_of(counter) == Cleared(dropped=1)
    assert await on_the_way(counter) == []


async def test_what_leaves_while_the_vault_is_away_goes_once_it_is_back(counter: Counter):
    """An object that only cannot be seen is not gone: forgotten, it would stay for good."""
    version, paper = await sampled(counter)
    await ended(counter, version, "withdrawal")
    assert await cleared(counter) == 1
    vault = counter.town.house.settings.home / "vault"
    away = vault.rename(vault.with_name("elsewhere"))
    assert await clearing_of(counter, LEAVING_DAYS) == Cleared(waiting=1)
    away.rename(vault)
    assert await clearing_of(counter) == Cleared(dropped=1)
    assert not await is_kept(counter, paper)


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
    assert await on_the_way(counter) == []


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the gateway opens, so that it looks often."""
    monkeypatch.setattr(clearing, "LOOK_SECONDS", 0.01)


@pytest.mark.usefixtures("hurried")
async def test_the_gateway_clears_by_itself(counter: Counter):
    version, _ = await sampled(counter)
    await ended(counter, version, "withdrawal")

    async def is_gone() -> bool:
        return await left(counter, version) == {CATALOGUE}

    await until(is_gone)


def test_what_went_stays_and_waits_is_told_apart_by_numbers_alone(caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO", logger=clearing.__name__)
    clearing.tell(Cleared())
    assert caplog.messages == []
    clearing.tell(Cleared(samples=4, dropped=3, staying=2, waiting=1))
    went, waits = caplog.messages
    assert "4 taken away; objects: 3 gone from the vault, 2 staying (put before" in went
    assert "1 that the disk does not let go" in waits


async def test_an_object_is_dropped_once_and_whoever_reads_it_reads_on(tmp_path: Path):
    vault = Vault(tmp_path / "vault", bytes(32))
    digest = await vault.put(b"x" * (3 << 20))
    reading = (await vault.open(digest)).stream()
    await anext(reading)
    await vault.drop(digest)
    assert not await vault.has(digest)
    assert sum([len(piece) async for piece in reading]) == 2 << 20
    await vault.drop(digest)
