"""A directory of objects, which processes may share: put, opened, counted, swept."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from contracts.errors import EvidenceOffContract, Fault, NoSuchThing
from gateway.vault.objects import (
    HEADER,
    Draft,
    Reader,
    Stored,
    VaultObject,
    check_there,
    disk,
    place,
    sync,
    to_the_end,
    write,
)

DAY = 86_400
FOLDERS = tuple(f"{first:02x}" for first in range(256))
"""An object lies in that of its digest's first octet, so they fill evenly."""

EACH, ENOUGH = 64, 400
"""One folder in so many is counted; all of them where those few hold fewer objects than one can tell from."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Held:
    """How many objects lie on disk, and their bytes; not `exact`: told from some of the folders."""

    objects: int
    bytes: int
    exact: bool


class Vault:
    """A directory of encrypted objects; `key` is the vault key, 32 bytes.

    Several processes may share one directory. Raises StoreUnavailable, here and in every method, when the
    disk does not do its part.
    """

    def __init__(self, directory: Path, key: bytes) -> None:
        self._directory = directory
        self._drafts = directory / "drafts"
        self._key = AESGCM(key)
        with disk():
            _furnish(directory, self._drafts)
            _sweep(self._drafts)

    async def put(self, octets: bytes) -> str:
        """Keep these octets; gives their digest. Keeping the same twice is keeping it once."""
        return (await self.put_stream(_once(octets), len(octets))).digest

    async def put_stream(self, chunks: AsyncIterable[bytes], limit: int) -> Stored:
        """Keep what the stream brings, in chunks of any size, with a few MiB of memory at most.

        Raises EvidenceOffContract (too large) past `limit` bytes, and whatever the stream raises. Failed
        or cancelled, nothing becomes visible, unless it is whole already and only its folder was not synced.
        Closing the stream is the caller's part.
        """
        draft, size = Draft(self._drafts, self._key), 0
        try:
            await to_the_end(draft.begin)
            async for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise EvidenceOffContract(Fault.TOO_LARGE)
                for segment in draft.cut(chunk):
                    await to_the_end(draft.append, segment, last=False)
            return await to_the_end(draft.commit, self._directory)
        finally:
            await to_the_end(draft.release)

    async def get(self, digest: str) -> bytes:
        """A whole object. Raises as `open` does."""
        stored = await self.open(digest)
        return b"".join([piece async for piece in stored.stream()])

    async def open(self, digest: str) -> VaultObject:
        """An object whose name, size and key agree; its segments are checked as they are read.

        Raises VaultDamaged if the file is gone or is not what was stored, NoSuchThing for what is no digest.
        """
        if _DIGEST.fullmatch(digest) is None:
            raise NoSuchThing
        reading = partial(Reader, place(self._directory, digest), digest, self._key)
        reader = reading()
        try:
            return VaultObject(digest, await to_the_end(reader.begin), reading)
        finally:
            reader.release()

    async def try_writing(self) -> None:
        """Write a little where objects are made, and take it away again. Raises StoreUnavailable."""
        await to_the_end(_try, self._drafts)

    async def has(self, digest: str) -> bool:
        """Whether an object of that name is kept; it is not opened."""
        if _DIGEST.fullmatch(digest) is None:
            return False
        return await to_the_end(_is_kept, place(self._directory, digest))

    async def drop(self, digest: str) -> None:
        """Take an object away for good. Whoever is reading it reads on; one that is not there is gone.

        Nothing that anybody may come back to: the caller knows that no row and no entry names it.
        """
        if _DIGEST.fullmatch(digest) is None:
            raise NoSuchThing
        await to_the_end(_drop, place(self._directory, digest))

    async def size(self) -> Held:
        """How much is kept."""
        return await to_the_end(_size, self._directory)


def _is_kept(path: Path) -> bool:
    if path.is_file():
        return True
    check_there(path)
    return False


def _drop(path: Path) -> None:
    path.unlink(missing_ok=True)
    sync(path.parent)


def is_furnished(directory: Path) -> bool:
    """Whether a vault was ever made there: the bare place of a disk that is not mounted is empty."""
    return any((directory / name).is_dir() for name in ("drafts", *FOLDERS))


def _furnish(directory: Path, drafts: Path) -> None:
    """All 256 folders at once, so that no later object waits for its folder's own name to be on disk."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    drafts.mkdir(mode=0o700, exist_ok=True)
    for name in {*FOLDERS} - {folder.name for folder in directory.iterdir()}:
        with contextlib.suppress(FileExistsError):  # another process furnishes too
            (directory / name).mkdir(mode=0o700)
    sync(directory)
    sync(directory.parent)


def _size(directory: Path) -> Held:
    def sizes(folders: tuple[str, ...]) -> list[int]:
        return [found.stat().st_size for name in folders for found in os.scandir(directory / name)]

    some = sizes(FOLDERS[::EACH])
    if len(some) >= ENOUGH:
        return Held(len(some) * EACH, sum(some) * EACH, exact=False)
    every = sizes(FOLDERS)
    return Held(len(every), sum(every), exact=True)


def _touch(drafts: Path) -> os.stat_result:
    """What the disk says of a new file, which is gone again."""
    fresh = drafts / secrets.token_hex(16)
    fresh.touch(mode=0o600, exist_ok=False)
    try:
        return fresh.stat()
    finally:
        fresh.unlink()


def _try(drafts: Path) -> None:
    """To the disk: one without room for an octet still makes empty files."""
    fresh = drafts / secrets.token_hex(16)
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        write(file, bytes(HEADER), 0)
        os.fsync(file)
    finally:
        os.close(file)
        fresh.unlink()


def _sweep(drafts: Path) -> None:
    """Remove drafts a day old: their writers are gone. The age is told by the disk's own clock."""
    oldest = _touch(drafts).st_mtime - DAY
    for draft in drafts.iterdir():
        with contextlib.suppress(FileNotFoundError):  # another process sweeps too, or has just committed
            if draft.stat().st_mtime < oldest:
                draft.unlink()


async def _once(octets: bytes) -> AsyncGenerator[bytes, None]:
    yield octets
