"""What the vault does when its files are altered, its disk fails or its caller goes away."""

import asyncio
import errno
import hashlib
import os
import resource
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contracts.errors import StoreUnavailable, VaultDamaged
from gateway.vault import HEADER, SEGMENT, TAG, Vault

KEY = bytes(range(32))
STEP = SEGMENT + TAG


def invented(size: int, name: str = "") -> bytes:
    return hashlib.shake_128(f"{name}{size}".encode()).digest(size)


def place(directory: Path, digest: str) -> Path:
    return directory / digest[7:9] / digest[9:]


def files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def refused(vault: Vault, digest: str) -> None:
    with pytest.raises(VaultDamaged) as damage:
        await vault.get(digest)
    assert digest in damage.value.detail.en


@pytest.mark.parametrize("size", [0, 1, 40])
async def test_every_flipped_byte_is_noticed(vault: Vault, directory: Path, size: int):
    digest = await vault.put(invented(size))
    path = place(directory, digest)
    raw = path.read_bytes()
    assert len(raw) == HEADER + size + TAG
    for at in range(len(raw)):
        for mask in (0x01, 0x80, 0xFF):
            path.write_bytes(raw[:at] + bytes([raw[at] ^ mask]) + raw[at + 1 :])
            await refused(vault, digest)
    path.write_bytes(raw)
    assert await vault.get(digest) == invented(size)


async def test_every_shortening_and_lengthening_is_noticed(vault: Vault, directory: Path):
    digest = await vault.put(invented(40))
    path = place(directory, digest)
    raw = path.read_bytes()
    for altered in [raw[:length] for length in range(len(raw))] + [raw + b"\x00", raw + raw[HEADER:]]:
        path.write_bytes(altered)
        with pytest.raises(VaultDamaged):
            await vault.open(digest)


def _cut_whole_segment(raw: bytes) -> bytes:
    """Two segments of three, and the size in the header made to fit."""
    return raw[: HEADER - 8] + (2 * SEGMENT).to_bytes(8, "big") + raw[HEADER : HEADER + 2 * STEP]


def _swap(raw: bytes) -> bytes:
    return (
        raw[:HEADER]
        + raw[HEADER + STEP : HEADER + 2 * STEP]
        + raw[HEADER : HEADER + STEP]
        + raw[HEADER + 2 * STEP :]
    )


def _repeat(raw: bytes) -> bytes:
    return raw[: HEADER + STEP] + raw[HEADER : HEADER + STEP] + raw[HEADER + 2 * STEP :]


def _last_first(raw: bytes) -> bytes:
    return (
        raw[:HEADER]
        + raw[HEADER + 2 * STEP :]
        + raw[HEADER + STEP : HEADER + 2 * STEP]
        + raw[HEADER : HEADER + STEP]
    )


@pytest.mark.parametrize("alter", [_cut_whole_segment, _swap, _repeat, _last_first])
async def test_segments_stay_where_they_were(vault: Vault, directory: Path, alter: Callable[[bytes], bytes]):
    digest = await vault.put(invented(3 * SEGMENT))
    path = place(directory, digest)
    path.write_bytes(alter(path.read_bytes()))
    await refused(vault, digest)


async def test_no_object_answers_for_another(vault: Vault, directory: Path):
    one, other = [await vault.put(invented(SEGMENT + 9, name)) for name in ("one", "other")]
    mine, theirs = place(directory, one).read_bytes(), place(directory, other).read_bytes()
    spliced = [theirs, theirs[:HEADER] + mine[HEADER:], mine[:HEADER] + theirs[HEADER:]]
    spliced += [mine[: HEADER + STEP] + theirs[HEADER + STEP :]]
    for octets in spliced:
        place(directory, one).write_bytes(octets)
        await refused(vault, one)


async def test_another_vault_key_opens_nothing(vault: Vault, directory: Path):
    digest = await vault.put(invented(10))
    await refused(Vault(directory, bytes(32)), digest)


async def test_a_damaged_object_is_mended_by_putting_it_again(vault: Vault, directory: Path):
    digest = await vault.put(invented(10))
    place(directory, digest).write_bytes(b"rubbish")
    await refused(vault, digest)
    await vault.put(invented(10))
    assert await vault.get(digest) == invented(10)


async def test_damage_after_opening_is_noticed_while_streaming(vault: Vault, directory: Path):
    digest = await vault.put(invented(2 * SEGMENT))
    stored, before = await vault.open(digest), open_files()
    reading = stored.stream()
    await anext(reading)
    os.truncate(place(directory, digest), HEADER + STEP + 10)
    with pytest.raises(VaultDamaged):
        await anext(reading)
    assert open_files() == before


@contextmanager
def largest_file(limit: int) -> Iterator[None]:
    """As on a full disk: octets up to `limit` are taken, a part of the write that crosses it, then none."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("limit", [0, 50, 100, HEADER + STEP, HEADER + STEP + 500])
async def test_a_disk_without_room_is_told_and_leaves_nothing(vault: Vault, directory: Path, limit: int):
    octets = invented(2 * SEGMENT)
    with largest_file(limit), pytest.raises(StoreUnavailable) as told:
        await vault.put(octets)
    assert isinstance(told.value.__cause__, OSError)
    assert files(directory) == []
    assert await vault.get(await vault.put(octets)) == octets


@pytest.mark.parametrize("call", ["open", "pwrite", "fsync", "rename"])
async def test_any_failing_step_of_writing_leaves_nothing(
    vault: Vault, directory: Path, monkeypatch: pytest.MonkeyPatch, call: str
):
    before = open_files()

    def fail(*_args: object, **_more: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(Path if call == "rename" else os, call, fail)
        with pytest.raises(StoreUnavailable):
            await vault.put(invented(SEGMENT + 1))
    assert files(directory) == []
    assert open_files() == before


async def test_a_disk_that_cannot_be_read_is_not_called_damage(vault: Vault, monkeypatch: pytest.MonkeyPatch):
    digest = await vault.put(invented(10))

    def fail(*_args: object) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "pread", fail)
    with pytest.raises(StoreUnavailable):
        await vault.get(digest)


def test_a_place_that_is_no_folder_is_told_at_the_start(tmp_path: Path):
    (tmp_path / "vault").write_bytes(b"a file")
    with pytest.raises(StoreUnavailable):
        Vault(tmp_path / "vault", KEY)


async def test_a_file_and_its_folder_are_on_disk_before_the_digest_is_told(
    vault: Vault, directory: Path, monkeypatch: pytest.MonkeyPatch
):
    steps: list[str] = []
    sync, rename = os.fsync, Path.rename

    def synced(file: int) -> None:
        steps.append(Path(f"/proc/self/fd/{file}").readlink().parent.name)
        sync(file)

    def renamed(self: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", renamed)
    await vault.put(invented(10))
    assert steps == ["drafts", "rename", directory.name]


def test_the_folders_are_on_disk_before_the_first_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    synced: list[Path] = []
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(Path(f"/proc/self/fd/{file}").readlink()))
    Vault(tmp_path / "vault", KEY)
    assert synced == [tmp_path / "vault", tmp_path]
    assert len(list((tmp_path / "vault").iterdir())) == 256 + 1


async def test_a_failing_source_is_its_own_error_and_leaves_nothing(vault: Vault, directory: Path):
    async def breaking() -> AsyncGenerator[bytes, None]:
        yield invented(2 * SEGMENT)
        raise ConnectionResetError("the agency went away")

    before = open_files()
    with pytest.raises(ConnectionResetError):
        await vault.put_stream(breaking(), 10 * SEGMENT)
    assert files(directory) == []
    assert open_files() == before


async def test_cancelled_between_chunks_leaves_nothing(vault: Vault, directory: Path):
    waiting = asyncio.Event()

    async def stalling() -> AsyncGenerator[bytes, None]:
        yield invented(2 * SEGMENT)
        waiting.set()
        await asyncio.Event().wait()

    before = open_files()
    putting = asyncio.create_task(vault.put_stream(stalling(), 10 * SEGMENT))
    await waiting.wait()
    assert len(files(directory)) == 1  # the draft, which nothing but the sweep would find
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert files(directory) == []
    assert open_files() == before


@pytest.mark.parametrize("times", [1, 3])
async def test_cancelled_in_the_middle_of_a_write_waits_for_it(
    vault: Vault, directory: Path, monkeypatch: pytest.MonkeyPatch, times: int
):
    begun, go_on, write = threading.Event(), threading.Event(), os.pwrite
    left: list[str] = []

    def slow(file: int, octets: bytes, at: int) -> int:
        begun.set()
        go_on.wait(10)
        left.append(
            Path(f"/proc/self/fd/{file}").readlink().parent.name
        )  # still our draft, not another's file
        return write(file, octets, at)

    monkeypatch.setattr(os, "pwrite", slow)
    before = open_files()
    putting = asyncio.create_task(vault.put(invented(SEGMENT + 1)))
    await asyncio.to_thread(begun.wait, 10)
    for _ in range(times):
        putting.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert not putting.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert left == ["drafts"]
    assert files(directory) == []
    assert open_files() == before


async def test_a_reader_who_leaves_early_leaves_no_file_open(vault: Vault):
    stored = await vault.open(await vault.put(invented(3 * SEGMENT)))
    before = open_files()
    reading = stored.stream()
    await anext(reading)
    assert open_files() == before + 1
    await reading.aclose()
    assert open_files() == before


STREAM_500_MB = """
import asyncio, pathlib, sys
from gateway.vault import Vault

SIZE, CHUNK = 500 * 1024 * 1024, bytes(1_000_003)

def peak() -> int:
    # Not getrusage: its peak survives exec, so it would begin at what the parent process ever used.
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])

async def sparse():
    left = SIZE
    while left:
        yield CHUNK[:left]
        left -= min(left, len(CHUNK))

async def main():
    vault = Vault(pathlib.Path(sys.argv[1]), bytes(32))
    await vault.get(await vault.put(b"warm"))
    before = peak()
    stored = await vault.put_stream(sparse(), SIZE)
    inward, out = peak() - before, 0
    async for piece in (await vault.open(stored.digest)).stream():
        out += len(piece)
    print(stored.bytes, out, inward, peak() - before)

asyncio.run(main())
"""


def test_500_mb_in_and_out_with_32_mb_of_memory(directory: Path):
    command = [sys.executable, "-c", STREAM_500_MB, str(directory)]
    ran = subprocess.run(
        command, capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": "."}
    )
    kept, read, inward, both = map(int, ran.stdout.split())
    assert (kept, read) == (500 * 1024 * 1024,) * 2
    assert inward <= 32 * 1024, f"{inward} KiB more while writing"
    assert both <= 32 * 1024, f"{both} KiB more while reading"
    for path in files(directory):
        path.unlink()  # temporary folders are kept for three runs
