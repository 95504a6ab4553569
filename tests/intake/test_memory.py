"""Drawings of any size go through in little memory, and the copy is exact whatever the disk does."""

import hashlib
import io
import os
import tracemalloc
import zlib

import pytest

from demo.drop import write_zip
from gateway.intake.digests import BLOCK, copy
from gateway.intake.folder import open_plain
from tests.intake.bench import line, notice, package
from tests.intake.conftest import SETTLE

MIB = 1 << 20


async def test_a_large_drawing_streams_in(harbour):
    block = os.urandom(MIB)
    count = 256
    digest = hashlib.sha256()
    for _ in range(count):
        digest.update(block)
    listed = line("竣工图.zip", None, size=str(count * MIB), sha256=digest.hexdigest())
    write_zip(
        harbour.inbox() / "P.zip",
        {"manifest.xml": lambda: iter([notice(listed)]), "竣工图.zip": lambda: (block for _ in range(count))},
    )
    await harbour.sweep()
    tracemalloc.start()
    try:
        assert (await harbour.sweep(SETTLE)).ingested == 1
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 24 * MIB
    (file,) = await harbour.files()
    assert file.bytes == count * MIB


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7])
@pytest.mark.parametrize("sm3", [False, True])
def test_a_copy_is_exact_and_so_are_its_digests(tmp_path, size, sm3):
    octets = os.urandom(size)
    (tmp_path / "source").write_bytes(octets)
    with (
        open_plain(tmp_path / "source", tmp_path) as source,
        (tmp_path / "target").open("xb", buffering=0) as target,
    ):
        copied = copy(source, target, sm3=sm3)
    assert (tmp_path / "target").read_bytes() == octets
    assert copied.bytes == size
    assert copied.digests["sha256"] == hashlib.sha256(octets).hexdigest()
    assert copied.digests.get("sm3") == (hashlib.new("sm3", octets).hexdigest() if sm3 else None)


def test_a_disk_that_takes_less_than_it_is_given(tmp_path):
    octets = os.urandom(2 * BLOCK + 5)
    (tmp_path / "source").write_bytes(octets)

    class Short(io.FileIO):
        def write(self, block):
            return super().write(bytes(block[: max(1, len(block) // 3)]))

    with open_plain(tmp_path / "source", tmp_path) as source, Short(tmp_path / "target", "w") as target:
        copy(source, target)
    assert (tmp_path / "target").read_bytes() == octets


def test_a_disk_that_is_full_says_so(tmp_path):
    (tmp_path / "source").write_bytes(bytes(2 * BLOCK))

    class Full(io.FileIO):
        def write(self, block):
            raise OSError(28, "No space left on device")

    with (
        open_plain(tmp_path / "source", tmp_path) as source,
        Full(tmp_path / "target", "w") as target,
        pytest.raises(OSError, match="No space"),
    ):
        copy(source, target)


def test_the_demo_s_zip_is_one(tmp_path):
    import zipfile

    path = write_zip(tmp_path / "x.zip", {"宗地图.pdf": lambda: iter([b"a" * 5000, b"b"])}, "sm3")
    with zipfile.ZipFile(path, metadata_encoding="gbk") as archive:
        assert archive.testzip() is None
        (entry,) = archive.infolist()
        assert (entry.filename, entry.flag_bits, entry.CRC) == (
            "宗地图.pdf",
            0,
            zlib.crc32(b"a" * 5000 + b"b"),
        )
    assert (
        path.with_name("x.zip.sm3").read_text().startswith(hashlib.new("sm3", path.read_bytes()).hexdigest())
    )


async def test_a_zip_changed_while_it_is_copied_is_what_was_copied(harbour, monkeypatch):
    """What is hashed, unpacked and kept is our own copy: the folder is the agency's to write at any time."""
    from gateway.intake import parcel

    path = package(harbour.inbox())
    once = copy

    def copied(*args, **kwargs):
        done = once(*args, **kwargs)
        path.write_bytes(b"another file now")
        return done

    monkeypatch.setattr(parcel, "copy", copied)
    assert (await harbour.take_in()).ingested == 1
    (file,) = await harbour.files()
    assert (await harbour.vault.get(file.sha256)).startswith(b"%PDF")
