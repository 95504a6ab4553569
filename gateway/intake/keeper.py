"""What the intake needs of a vault, which is another room: whoever builds both hands it in."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from typing import Protocol


class Kept(Protocol):
    """What became of a stream."""

    @property
    def digest(self) -> str:
        """`sha256:` and 64 hexadecimal digits."""

    @property
    def bytes(self) -> int:
        """Octets."""


class Readable(Protocol):
    """A kept object."""

    def stream(self) -> AsyncGenerator[bytes, None]:
        """Its octets, at most 1 MiB at once."""


class Keeper(Protocol):
    """Keeps octets under their digest; keeping the same twice is keeping it once."""

    async def put(self, octets: bytes) -> str:
        """Keep these; gives the digest."""

    async def put_stream(self, chunks: AsyncIterable[bytes], limit: int) -> Kept:
        """Keep what the stream brings, at most `limit` octets."""

    async def get(self, digest: str) -> bytes:
        """A whole object."""

    async def open(self, digest: str) -> Readable:
        """An object to be read piece by piece."""
