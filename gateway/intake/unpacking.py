"""From a parcel into the vault: the notice read, everything compared with it, every file kept and checked."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.base import HeldFile
from adapters.filedrop import Listed, Notice, read_notice
from contracts.errors import AgencyFailed
from gateway.intake.digests import Sm3
from gateway.intake.names import ignored, plain_path
from gateway.intake.refusals import Refused

if TYPE_CHECKING:
    from adapters.manifest import Manifest
    from adapters.manifest.drops import DropRule
    from gateway.intake.digests import Running
    from gateway.intake.keeper import Keeper
    from gateway.intake.parcel import Parcel


@dataclass(frozen=True, slots=True)
class Goods:
    """A delivery whose files and notice the vault holds. `digest` names the whole of it."""

    digest: str
    notice: str
    said: Notice
    files: tuple[HeldFile, ...]


async def unpack(parcel: Parcel, manifest: Manifest, drop: DropRule, vault: Keeper) -> Goods:
    """Everything a parcel holds, kept. Raises Refused, OurFault, OSError.

    Cheap refusals come first. What the vault keeps of a delivery that is refused later, nobody can find:
    only a delivery that is known leads to its objects.
    """
    base, paths = _laid_out(parcel, drop)
    octets = await asyncio.to_thread(_read_whole, parcel, base + drop.notice.name, manifest.limits.body_bytes)
    try:
        said = await asyncio.to_thread(read_notice, manifest, drop, octets)
    except AgencyFailed as failure:
        raise Refused("notice-unreadable", why=failure.detail) from failure
    listed = _compared(said, paths, vouched=parcel.vouched)
    notice = await vault.put(octets)
    files, left = [], drop.total_bytes
    for path in sorted(listed.keys() & paths):
        limit = min(left, manifest.limits.attachment_bytes)
        files.append(await _keep(parcel.octets(base + path, limit), listed[path], vault, limit))
        left -= files[-1].bytes
    return Goods(parcel.digest or _digest_of(notice, files), notice, said, tuple(files))


def _laid_out(parcel: Parcel, drop: DropRule) -> tuple[str, set[str]]:
    """The folder the notice stands in, and the paths of the other files from there."""
    needed = [path for path in parcel.paths if not ignored(path, drop.ignore)]
    notices = [path for path in needed if path.rpartition("/")[2] == drop.notice.name]
    notices.sort(key=lambda path: path.count("/"))
    if not notices or any(path.count("/") == notices[0].count("/") for path in notices[1:]):
        raise Refused("notice-missing", what=drop.notice.name)
    base = notices[0].removesuffix(drop.notice.name)
    if outside := [path for path in needed if not path.startswith(base)]:
        raise Refused("file-unlisted", what=outside[0])
    return base, {path.removeprefix(base) for path in needed if path != notices[0]}


def _compared(said: Notice, paths: set[str], *, vouched: bool) -> dict[str, Listed]:
    """The listed files by path, once list and parcel are shown to agree."""
    listed: dict[str, Listed] = {}
    for place, each in enumerate(said.files, 1):
        path = plain_path(each.path, place)
        if path in listed:
            raise Refused("listed-twice", what=path)
        listed[path] = each
    if strange := sorted(paths - listed.keys()):
        raise Refused("file-unlisted", what=strange[0])
    for path, each in listed.items():
        digested = each.sha256 or each.sm3
        if path not in paths and (digested or each.bytes):
            raise Refused("file-missing", what=path)
        if path in paths and not digested and not vouched:
            raise Refused("undigested", what=path)
    return listed


async def _keep(octets: Generator[bytes, None, None], listed: Listed, vault: Keeper, limit: int) -> HeldFile:
    """One file into the vault, then checked against what its notice states."""
    sm3 = Sm3() if listed.sm3 else None
    stream = _streamed(octets, sm3)
    try:
        stored = await vault.put_stream(stream, limit + 1)
    finally:
        await stream.aclose()
        with suppress(ValueError):  # cancelled while a thread still reads: it ends with its piece
            octets.close()
    sha256 = stored.digest.removeprefix("sha256:")
    if listed.sha256 not in (None, sha256) or (sm3 and sm3.hexdigest() != listed.sm3):
        raise Refused("digest-wrong", what=listed.path)
    if listed.bytes not in (None, stored.bytes):
        raise Refused("size-wrong", what=listed.path)
    return HeldFile(plain_path(listed.path, 1), sha256, stored.bytes)


async def _streamed(octets: Iterator[bytes], also: Running | None) -> AsyncGenerator[bytes, None]:
    """Read in a thread, piece by piece: no file is ever in memory as a whole."""

    def piece() -> bytes:
        read = next(octets, b"")
        if also:
            also.update(read)
        return read

    while read := await asyncio.to_thread(piece):
        yield read


def _read_whole(parcel: Parcel, path: str, limit: int) -> bytes:
    with closing(parcel.octets(path, limit)) as pieces:
        return b"".join(pieces)


def _digest_of(notice: str, files: list[HeldFile]) -> str:
    """The digest of loose files: of one line each, SHA-256 and path, in the order of the paths."""
    lines = [f"{notice.removeprefix('sha256:')} \n", *(f"{file.sha256} {file.path}\n" for file in files)]
    return "sha256:" + hashlib.sha256("".join(lines).encode()).hexdigest()
