"""An object of the vault: how it is written, opened and read.

An object is the file `<first 2>/<other 62>` of its plaintext's SHA-256 in hexadecimal. Format v1, for good:

    0   4   magic "LBV1"
    4   12  nonce, random
    16  48  the object's own random 32-byte key, AES-256-GCM under the vault key and that nonce, with
            magic, plaintext SHA-256 (32 octets) and plaintext size (8, big-endian) as associated data
    64  8   plaintext size, big-endian
    72  ..  segments of 1 MiB plaintext, the last one shorter or equal; each AES-256-GCM under the object's
            key, its 16-octet tag behind it, nonce = counter from 0 (11, big-endian) then 1 in the last
            segment and 0 before (1). An empty object is one empty last segment

Name, size and key are bound together: an object renamed, cut, extended, reordered or spliced does not open.
The vault key wraps at most 2^32 objects (NIST SP 800-38D §8.3, random nonces).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import secrets
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from contracts.errors import StoreUnavailable, VaultDamaged
from contracts.manners import RangeNotHeld
from contracts.text import text

P = ParamSpec("P")
T = TypeVar("T")

MAGIC = b"LBV1"
SEGMENT, TAG, HEADER = 1 << 20, 16, 72

_UNUSABLE = text("留存文件目录无法使用：{why}", "The vault's directory cannot be used: {why}")
_DAMAGED = text("留存文件 {digest} 已损坏或被改动", "Object {digest} is damaged or was altered")
_ABSENT = text("留存文件 {digest} 已不在库中", "Object {digest} is gone from the vault")


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a stream: its digest (`sha256:` and 64 hexadecimal digits) and its size in bytes."""

    digest: str
    bytes: int


class VaultObject:
    """A kept object: `digest`, `size` in bytes, and its octets as a stream."""

    def __init__(self, digest: str, size: int, reading: Callable[[], Reader]) -> None:
        self.digest, self.size = digest, size
        self._reading = reading

    def stream(self, start: int = 0, stop: int | None = None) -> AsyncGenerator[bytes, None]:
        """The octets from `start` up to, not including, `stop`, in pieces of 1 MiB at most.

        Only the segments that hold them are read. Raises RangeNotHeld at once if they do not exist; while
        streaming VaultDamaged at the first segment that is not what was stored, StoreUnavailable.
        """
        stop = self.size if stop is None else stop
        if not 0 <= start <= stop <= self.size:
            raise RangeNotHeld
        return _pieces(self._reading(), start, stop)


def read_through(directory: Path, key: bytes, digest: str) -> int:
    """An object of a vault that nobody has open, to its last octet; gives its size. Raises VaultDamaged."""
    return sum(map(len, pieces_of(directory, key, digest)))


def pieces_of(directory: Path, key: bytes, digest: str) -> Iterator[bytes]:
    """The octets of an object of a vault that nobody has open, 1 MiB at once. Raises VaultDamaged."""
    reader = Reader(place(directory, digest), digest, AESGCM(key))
    try:
        count = _count(reader.begin())
        for index in range(count):
            yield reader.segment(index, last=index == count - 1)
    finally:
        reader.release()


async def _pieces(reader: Reader, start: int, stop: int) -> AsyncGenerator[bytes, None]:
    try:
        count = _count(await to_the_end(reader.begin))
        final = min(max(start, stop - 1) // SEGMENT, count - 1)
        for index in range(min(start // SEGMENT, final), final + 1):
            plain = await to_the_end(reader.segment, index, last=index == count - 1)
            if piece := plain[max(start - index * SEGMENT, 0) : stop - index * SEGMENT]:
                yield piece
    finally:
        reader.release()


class Draft:
    """An object on its way in. Methods that touch the disk run in a thread, one at a time."""

    def __init__(self, folder: Path, vault: AESGCM) -> None:
        self._path = folder / secrets.token_hex(16)
        self._vault = vault
        self._own = AESGCM.generate_key(256)
        self._cipher = AESGCM(self._own)
        self._hash = hashlib.sha256()
        self._held = bytearray()
        self._size = self._index = 0
        self._file = -1

    def begin(self) -> None:
        """A file of its own, which nobody reads."""
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    def cut(self, chunk: bytes) -> Iterator[bytearray]:
        """Full segments, except that what may be the last one is held back."""
        view = memoryview(chunk)
        for at in range(0, len(view), SEGMENT):
            self._held += view[at : at + SEGMENT]
            if len(self._held) > SEGMENT:
                yield self._held[:SEGMENT]
                del self._held[:SEGMENT]

    def append(self, segment: bytearray, *, last: bool) -> None:
        """The next segment, sealed."""
        self._hash.update(segment)
        sealed = self._cipher.encrypt(_nonce(self._index, last=last), segment, None)
        write(self._file, sealed, HEADER + self._index * (SEGMENT + TAG))
        self._index += 1
        self._size += len(segment)

    def commit(self, directory: Path) -> Stored:
        """The last segment and the header, synced; then its name."""
        self.append(self._held, last=True)
        digest, size = "sha256:" + self._hash.hexdigest(), self._size
        nonce = os.urandom(12)
        wrapped = self._vault.encrypt(nonce, self._own, _bound(digest, size))
        write(self._file, MAGIC + nonce + wrapped + size.to_bytes(8, "big"), 0)
        os.fsync(self._file)
        target = place(directory, digest)
        self._path.rename(target)
        # From here the object is visible, and whole. A crash before the folder is synced may take the name
        # back; nobody has been told it yet. An older copy of the same octets is replaced by this one.
        sync(target.parent)
        return Stored(digest, size)

    def release(self) -> None:
        """Closed; gone unless it was committed."""
        try:
            if self._file >= 0:
                os.close(self._file)
        finally:
            self._path.unlink(missing_ok=True)


class Reader:
    """An object's file during one reading, which begins with the header: a mended copy has another key."""

    _cipher: AESGCM

    def __init__(self, path: Path, digest: str, vault: AESGCM) -> None:
        self._path, self._digest, self._vault = path, digest, vault
        self._file = -1

    def begin(self) -> int:
        """Open the file, check that name, size and key agree; gives the size of the plaintext.

        Raises VaultDamaged; StoreUnavailable where the vault is away.
        """
        try:
            self._file = os.open(self._path, os.O_RDONLY)
        except FileNotFoundError as error:
            check_there(self._path)
            raise VaultDamaged(_ABSENT.fill(digest=self._digest)) from error
        header = os.pread(self._file, HEADER, 0)
        size = int.from_bytes(header[64:], "big")
        length = HEADER + size + TAG * _count(size)
        if header[:4] != MAGIC or os.fstat(self._file).st_size != length:
            raise self._damaged()
        bound = _bound(self._digest, size)
        self._cipher = AESGCM(self._opened(self._vault, header[4:16], header[16:64], bound))
        return size

    def segment(self, index: int, *, last: bool) -> bytes:
        """One segment's plaintext. Raises VaultDamaged."""
        sealed = os.pread(self._file, SEGMENT + TAG, HEADER + index * (SEGMENT + TAG))
        return self._opened(self._cipher, _nonce(index, last=last), sealed, None)

    def release(self) -> None:
        """Closed."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _opened(self, cipher: AESGCM, nonce: bytes, sealed: bytes, bound: bytes | None) -> bytes:
        try:
            return cipher.decrypt(nonce, sealed, bound)
        except InvalidTag as error:
            raise self._damaged() from error

    def _damaged(self) -> VaultDamaged:
        return VaultDamaged(_DAMAGED.fill(digest=self._digest))


def place(directory: Path, digest: str) -> Path:
    """Where an object of this digest lies."""
    name = digest.removeprefix("sha256:")
    return directory / name[:2] / name[2:]


def _bound(digest: str, size: int) -> bytes:
    return MAGIC + bytes.fromhex(digest.removeprefix("sha256:")) + size.to_bytes(8, "big")


def _nonce(index: int, *, last: bool) -> bytes:
    return index.to_bytes(11, "big") + bytes([last])


def _count(size: int) -> int:
    return max(1, -(-size // SEGMENT))


def write(file: int, octets: bytes, at: int) -> None:
    """All of it: a disk about to be full takes a part and says so only with the next."""
    view = memoryview(octets)
    while view:
        written = os.pwrite(file, view, at)
        view, at = view[written:], at + written


def sync(folder: Path) -> None:
    """The names in a folder, to the disk."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def check_there(path: Path) -> None:
    """A vault whose disk is away has lost nothing. Raises StoreUnavailable: no folder for the object."""
    with disk():
        path.parent.stat()


@contextlib.contextmanager
def disk() -> Iterator[None]:
    """Raises StoreUnavailable where the disk does not do its part."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(_UNUSABLE.fill(why=error.strerror or "?")) from error


async def to_the_end(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run in a thread; cancelled, let the thread finish first, for it still holds the file."""
    running = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        with disk():
            return await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([running])
        running.exception()  # seen, and outlived by the cancellation
        raise
