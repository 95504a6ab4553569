"""The vault gives back exactly what was put in, in any part, from a format that stays."""

import asyncio
import hashlib
import os
import stat
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import EvidenceOffContract, Fault, NoSuchThing, StoreUnavailable, VaultDamaged
from contracts.manners import RangeNotHeld
from gateway.vault import HEADER, SEGMENT, TAG, Held, Vault, read_through
from gateway.vault import folder as room

KEY = bytes(range(32))
SIZES = [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT, 2 * SEGMENT + 5]


def invented(size: int) -> bytes:
    """Octets that repeat nowhere near a segment's length, the same for the same size."""
    return hashlib.shake_128(str(size).encode()).digest(size)


async def chunked(octets: bytes, *sizes: int) -> AsyncGenerator[bytes, None]:
    at = 0
    while at < len(octets):
        for size in sizes:
            yield octets[at : at + size]
            at += size


def place(directory: Path, digest: str) -> Path:
    return directory / digest[7:9] / digest[9:]


def files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def folders(directory: Path) -> list[Path]:
    return [directory, *(path for path in directory.rglob("*") if path.is_dir())]


@pytest.mark.parametrize("size", SIZES)
async def test_what_went_in_comes_out(vault: Vault, directory: Path, size: int):
    octets = invented(size)
    digest = await vault.put(octets)
    assert digest == "sha256:" + hashlib.sha256(octets).hexdigest()
    assert await vault.has(digest)
    assert (await vault.open(digest)).size == size
    assert await vault.get(digest) == octets
    assert await Vault(directory, KEY).get(digest) == octets


@pytest.mark.parametrize("size", SIZES)
async def test_the_format_read_by_its_description(vault: Vault, directory: Path, size: int):
    octets = invented(size)
    digest = await vault.put(octets)
    raw = place(directory, digest).read_bytes()
    assert raw[:4] == b"LBV1"
    assert raw[64:72] == size.to_bytes(8, "big")
    bound = b"LBV1" + hashlib.sha256(octets).digest() + size.to_bytes(8, "big")
    own = AESGCM(AESGCM(KEY).decrypt(raw[4:16], raw[16:64], bound))
    step = 1_048_576 + 16
    sealed = [raw[at : at + step] for at in range(72, len(raw), step)]
    plain = b""
    for index, segment in enumerate(sealed):
        last = b"\x01" if index == len(sealed) - 1 else b"\x00"
        plain += own.decrypt(index.to_bytes(11, "big") + last, segment, None)
    assert plain == octets


VERSION_1 = (
    "4c42563127077c427841287e434de913d3019bcdb4aa7220c6c231dd61e8671ab9e88d86930d8a8bd82ea900227925b3"
    "f83d3704733600fb03e1e084b6f0de8c0000000000000016e99a7dbd5ba9dde788f9ef25082804f27d3c90cf0774e1f1"
    "72fafd5817b82614772003efc91b"
)


async def test_an_object_of_version_1_opens_for_good(vault: Vault, directory: Path):
    """Written when version 1 was new. If this fails, every vault in the field has become unreadable."""
    octets = "竣工验收备案 DEM".encode()
    digest = "sha256:" + hashlib.sha256(octets).hexdigest()
    place(directory, digest).write_bytes(bytes.fromhex(VERSION_1))
    assert await vault.get(digest) == octets


@pytest.mark.parametrize(
    "sizes", [(1, 2, 3), (65_536,), (1_000_003,), (SEGMENT,), (SEGMENT + 1,), (0, 5_000_000)]
)
async def test_chunks_of_any_size_are_one_object(vault: Vault, sizes: tuple[int, ...]):
    octets = invented(20_000 if sizes[0] == 1 else 3 * SEGMENT + 7)
    stored = await vault.put_stream(chunked(octets, *sizes), len(octets))
    assert (stored.digest, stored.bytes) == ("sha256:" + hashlib.sha256(octets).hexdigest(), len(octets))
    assert await vault.get(stored.digest) == octets


EDGES = st.sampled_from([0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT - 1, 2 * SEGMENT])
OCTETS = invented(2 * SEGMENT)


@settings(max_examples=60, deadline=None)
@given(ends=st.tuples(EDGES | st.integers(0, 2 * SEGMENT), EDGES | st.integers(0, 2 * SEGMENT)))
def test_any_range_is_that_slice(tmp_path_factory: pytest.TempPathFactory, ends: tuple[int, int]):
    async def read() -> bytes:
        vault = Vault(tmp_path_factory.getbasetemp() / "ranges", KEY)
        digest = "sha256:" + hashlib.sha256(OCTETS).hexdigest()
        if not await vault.has(digest):
            await vault.put(OCTETS)
        return b"".join([piece async for piece in (await vault.open(digest)).stream(start, stop)])

    start, stop = sorted(ends)
    assert asyncio.run(read()) == OCTETS[start:stop]


@pytest.mark.parametrize(("start", "stop"), [(-1, 5), (3, 2), (0, 11), (11, 11), (11, None)])
async def test_octets_that_do_not_exist_are_refused_before_any_is_sent(
    vault: Vault, start: int, stop: int | None
):
    stored = await vault.open(await vault.put(invented(10)))
    with pytest.raises(RangeNotHeld):
        stored.stream(start, stop)


async def test_a_range_reads_only_its_segments(vault: Vault, directory: Path):
    octets = invented(3 * SEGMENT)
    digest = await vault.put(octets)
    path = place(directory, digest)
    raw = bytearray(path.read_bytes())
    raw[72 + SEGMENT + 16 + 5] ^= 1  # in the middle segment
    path.write_bytes(raw)
    stored = await vault.open(digest)
    assert b"".join([piece async for piece in stored.stream(0, SEGMENT)]) == octets[:SEGMENT]
    assert b"".join([piece async for piece in stored.stream(2 * SEGMENT)]) == octets[2 * SEGMENT :]
    with pytest.raises(VaultDamaged):
        [piece async for piece in stored.stream(SEGMENT - 1, SEGMENT + 1)]


async def test_pieces_are_never_larger_than_a_segment(vault: Vault):
    stored = await vault.open(await vault.put(invented(3 * SEGMENT + 1)))
    sizes = [len(piece) async for piece in stored.stream(1)]
    assert sizes == [SEGMENT - 1, SEGMENT, SEGMENT, 1]


async def test_the_disk_holds_no_plain_octets_and_is_private(vault: Vault, directory: Path):
    octets = b"DEM demo holder " * 20
    digest = await vault.put(octets)
    raw = place(directory, digest).read_bytes()
    assert not any(octets[at : at + 8] in raw for at in range(16))
    assert {stat.S_IMODE(path.stat().st_mode) for path in files(directory)} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders(directory)} == {0o700}
    assert KEY.hex() not in repr(vault)


async def test_twice_the_same_is_once_and_never_the_same_ciphertext(vault: Vault, directory: Path):
    octets = invented(100)
    digest = await vault.put(octets)
    first = place(directory, digest).read_bytes()
    assert await vault.put(octets) == digest
    assert files(directory) == [place(directory, digest)]
    assert place(directory, digest).read_bytes() != first
    assert await vault.get(digest) == octets


async def test_no_nonce_and_no_key_serves_twice(vault: Vault, directory: Path):
    digests = [await vault.put(invented(size)) for size in (1, 2, 3, 1)]
    digests.append(await Vault(directory, KEY).put(invented(4)))
    headers = [place(directory, digest).read_bytes()[:64] for digest in digests]
    assert len({header[4:16] for header in headers}) == len(set(digests)) == 4
    assert len({header[16:64] for header in headers}) == 4


async def test_a_reading_under_way_survives_the_same_being_put_again(vault: Vault):
    octets = invented(2 * SEGMENT)
    digest = await vault.put(octets)
    stored = await vault.open(digest)
    reading = stored.stream()
    first = await anext(reading)
    await vault.put(octets)
    assert first + b"".join([piece async for piece in reading]) == octets
    assert b"".join([piece async for piece in stored.stream()]) == octets


async def test_many_at_once(vault: Vault, directory: Path):
    many = [invented(size % 7 * 1000 + size % 7) for size in range(40)]
    digests = await asyncio.gather(*(vault.put(octets) for octets in many))
    assert await asyncio.gather(*(vault.get(digest) for digest in digests)) == many
    assert len(files(directory)) == len(set(digests)) == 7


async def test_what_is_not_there(vault: Vault):
    absent = "sha256:" + "0" * 64
    assert not await vault.has(absent)
    with pytest.raises(VaultDamaged):
        await vault.get(absent)


@pytest.mark.parametrize(
    "name",
    ["", "sha256:", "sha256:" + "A" * 64, "sha256:" + "0" * 64 + "\n", "0" * 64, "sha256:../../etc/passwd"],
)
async def test_what_is_no_digest_names_nothing(vault: Vault, name: str):
    assert not await vault.has(name)
    with pytest.raises(NoSuchThing):
        await vault.open(name)


async def test_the_limit_is_the_last_octet_allowed(vault: Vault, directory: Path):
    octets = invented(SEGMENT + 10)
    assert (await vault.put_stream(chunked(octets, 1000), len(octets))).bytes == len(octets)
    place(directory, "sha256:" + hashlib.sha256(octets).hexdigest()).unlink()
    with pytest.raises(EvidenceOffContract) as refused:
        await vault.put_stream(chunked(octets, 1000), len(octets) - 1)
    assert refused.value.fault is Fault.TOO_LARGE
    assert files(directory) == []


async def test_an_endless_stream_is_stopped_at_the_limit(vault: Vault, directory: Path):
    sent = 0

    async def endless() -> AsyncGenerator[bytes, None]:
        nonlocal sent
        while True:
            sent += 4096
            yield bytes(4096)

    with pytest.raises(EvidenceOffContract):
        await vault.put_stream(endless(), 3 * SEGMENT)
    assert sent == 3 * SEGMENT + 4096
    assert files(directory) == []


def test_old_drafts_are_swept_and_young_ones_are_somebodys(vault: Vault, directory: Path):
    old, young = directory / "drafts" / "old", directory / "drafts" / "young"
    for draft in (old, young):
        draft.write_bytes(b"half an object")
    now = young.stat().st_mtime
    os.utime(old, (now, now - 86_400 - 60))
    os.utime(young, (now, now - 86_400 + 60))
    Vault(directory, KEY)
    assert files(directory) == [young]


async def test_what_it_holds_is_counted_while_little_and_told_from_some_folders_when_much(
    vault: Vault, directory: Path, monkeypatch: pytest.MonkeyPatch
):
    assert await vault.size() == Held(0, 0, exact=True)
    await vault.put(b"x")
    assert await vault.size() == Held(1, HEADER + 1 + TAG, exact=True)
    for number in range(600):
        digest = hashlib.sha256(str(number).encode()).hexdigest()
        (directory / digest[:2] / digest[2:]).write_bytes(bytes(100))
    (directory / "drafts" / "left").write_bytes(bytes(100))
    assert await vault.size() == Held(601, 60_000 + HEADER + 1 + TAG, exact=True)
    monkeypatch.setattr(room, "ENOUGH", 1)
    told = await vault.size()
    assert not told.exact
    assert 200 < told.objects < 1200
    assert told.bytes % 64 == 0


async def test_a_vault_that_cannot_be_counted_is_not_called_empty(vault: Vault, directory: Path):
    os.rename(directory, directory.with_name("elsewhere"))  # noqa: PTH104  in a test, and at once
    with pytest.raises(StoreUnavailable):
        await vault.size()


async def test_a_vault_that_is_away_has_lost_nothing(vault: Vault, directory: Path):
    """As when its disk is not mounted: nobody is told that an object is gone, to be had from a backup."""
    digest = await vault.put(b"x")
    away = directory.with_name("elsewhere")
    os.rename(directory, away)  # noqa: PTH104  in a test, and at once
    for look in (vault.has, vault.open, vault.get):
        with pytest.raises(StoreUnavailable):
            await look(digest)
    os.rename(away, directory)  # noqa: PTH104  see above
    assert await vault.get(digest) == b"x"
    place(directory, digest).unlink()
    assert not await vault.has(digest)
    with pytest.raises(VaultDamaged):
        await vault.open(digest)


async def test_a_vault_that_goes_away_before_an_open_object_is_read_has_lost_nothing(
    vault: Vault, directory: Path
):
    digest = await vault.put(invented(SEGMENT + 1))
    kept = await vault.open(digest)
    os.rename(directory, directory.with_name("elsewhere"))  # noqa: PTH104  as above
    with pytest.raises(StoreUnavailable):
        await anext(kept.stream())
    with pytest.raises(StoreUnavailable):
        read_through(directory, KEY, digest)
