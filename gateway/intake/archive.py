"""A ZIP file looked at before anything of it is unpacked, and unpacked without writing a name to a disk."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from gateway.intake.digests import BLOCK
from gateway.intake.names import once_each, plain_path
from gateway.intake.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

RATIO = 200
"""How many times its packed size a file may unpack to; drawings and shapes stay far below."""

FREE = 1 << 20
"""Octets any file may unpack to, whatever its ratio."""

DIRECTORY_OCTETS_A_FILE = 2048
"""Of the ZIP's directory, for each file we would take; it is read into memory as a whole."""

_END, _END_SIZE = b"PK\x05\x06", 22
_LOCATOR, _LOCATOR_SIZE = b"PK\x06\x07", 20
_END64, _END64_SIZE = b"PK\x06\x06", 56
_COMMENT = 1 << 16
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_HEADER = 30


@dataclass(frozen=True, slots=True)
class Packed:
    """One file in the archive under the path it is kept by."""

    path: str
    entry: zipfile.ZipInfo


@contextmanager
def opened(file: BinaryIO, *, files: int, total: int) -> Iterator[tuple[zipfile.ZipFile, list[Packed]]]:
    """A ZIP and its files, nothing of which is unpacked yet. Raises Refused for anything doubtful.

    Names are UTF-8 where flagged so, otherwise GB 18030, which holds every GBK and ASCII name.
    `files` and `total` (octets unpacked) are the most that are taken.
    """
    _bounded_directory(file, files)
    with _damage():
        archive = zipfile.ZipFile(file, metadata_encoding="gb18030")
    with archive:
        yield archive, _looked_over(archive.infolist(), files, total)


def unpacked(archive: zipfile.ZipFile, packed: Packed, limit: int) -> Generator[bytes, None, None]:
    """One file's octets, at most 1 MiB at once. Raises Refused once they are too many, or damaged.

    What the archive states of sizes is not believed: octets are counted as they come.
    """
    allowance = FREE + RATIO * packed.entry.compress_size
    size = 0
    with _damage(), archive.open(packed.entry) as inner:
        while octets := inner.read(BLOCK):
            size += len(octets)
            if size > allowance:
                raise Refused("bomb", what=packed.path)
            if size > limit:
                raise Refused("too-large", what=packed.path, limit=limit)
            yield octets


def _bounded_directory(file: BinaryIO, files: int) -> None:
    """Refuse a directory that would fill the memory before anyone could count its entries."""
    end = file.seek(0, 2)
    file.seek(max(0, end - _COMMENT - _END_SIZE - _LOCATOR_SIZE))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_SIZE:
        raise Refused("not-a-zip")
    count, size = struct.unpack("<HL", tail[at + 10 : at + 16])
    before = tail[max(0, at - _LOCATOR_SIZE) : at]
    if before.startswith(_LOCATOR):
        count, size = _directory64(file, struct.unpack("<Q", before[8:16])[0])
    if count > 2 * files or size > files * DIRECTORY_OCTETS_A_FILE:
        raise Refused("too-many-files", limit=files)


def _directory64(file: BinaryIO, at: int) -> tuple[int, int]:
    end = file.seek(0, 2)
    file.seek(min(at, end))
    record = file.read(_END64_SIZE)
    if len(record) < _END64_SIZE or not record.startswith(_END64):
        raise Refused("not-a-zip")
    count, size = struct.unpack("<QQ", record[32:48])
    return count, size


def _looked_over(entries: list[zipfile.ZipInfo], files: int, total: int) -> list[Packed]:
    if len(entries) > 2 * files:
        raise Refused("too-many-files", limit=files)
    packed = [
        Packed(plain_path(_name(entry, place).removesuffix("/"), place), entry)
        for place, entry in enumerate(entries, 1)
    ]
    once_each(each.path for each in packed)
    plain = [each for each in packed if not _is_folder(each.entry)]
    if len(plain) > files:
        raise Refused("too-many-files", limit=files)
    for each in packed:
        _check(each)
    if sum(each.entry.file_size for each in plain) > total:
        raise Refused("too-large", what="ZIP", limit=total)
    _side_by_side([each.entry for each in plain])
    return plain


def _name(entry: zipfile.ZipInfo, place: int) -> str:
    """The whole name: what stands behind a NUL is hidden from some readers and not from others."""
    if "\0" in entry.orig_filename:
        raise Refused("name-unsafe", place=place)
    return entry.filename.replace("\\", "/")


def _is_folder(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.replace("\\", "/").endswith("/")


def _check(packed: Packed) -> None:
    entry, mode = packed.entry, packed.entry.external_attr >> 16
    if entry.flag_bits & _ENCRYPTED:
        raise Refused("encrypted", what=packed.path)
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Refused("link")
    if entry.compress_type not in _METHODS:
        raise Refused("method", what=packed.path)
    if entry.file_size > FREE + RATIO * entry.compress_size:
        raise Refused("bomb", what=packed.path)


def _side_by_side(entries: list[zipfile.ZipInfo]) -> None:
    """Files that share octets make a small archive large without any single one being odd."""
    end = 0
    for entry in sorted(entries, key=lambda each: each.header_offset):
        if entry.header_offset < end:
            raise Refused("overlapping")
        end = entry.header_offset + _HEADER + entry.compress_size


@contextmanager
def _damage() -> Iterator[None]:
    """What the library says of a damaged archive, in our words."""
    try:
        yield
    except UnicodeError as error:
        raise Refused("name-encoding") from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OverflowError,
        struct.error,
    ) as error:
        raise Refused("not-a-zip") from error
