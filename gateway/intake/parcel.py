"""A delivery in hand: its paths and their octets, whether it came as a ZIP or as a folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from io import BufferedReader
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Protocol

from gateway.intake import archive
from gateway.intake.digests import BLOCK, SIDECAR_OCTETS, Copied, copy, stated
from gateway.intake.folder import files_below, open_plain
from gateway.intake.names import once_each, plain_path
from gateway.intake.refusals import Refused

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Mapping
    from io import FileIO
    from pathlib import Path

    from adapters.manifest.drops import DropRule
    from gateway.intake.archive import Packed
    from gateway.intake.folder import Candidate


class Parcel(Protocol):
    """What was dropped. `digest` (`sha256:…`) where it is one file; `vouched`: a sidecar states it."""

    @property
    def digest(self) -> str | None:
        """Of the delivery as one file."""

    @property
    def vouched(self) -> bool:
        """Whether a digest beside it was checked."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The files in it, by plain paths."""

    def octets(self, path: str, limit: int) -> Generator[bytes, None, None]:
        """A file's octets, at most 1 MiB at once. Raises Refused past `limit`, and for damage."""


@dataclass(frozen=True, slots=True)
class ZipParcel:
    """A ZIP of which we have a copy of our own: nobody changes it while it is read."""

    digest: str
    vouched: bool
    zipped: zipfile.ZipFile
    packed: Mapping[str, Packed]

    @property
    def paths(self) -> tuple[str, ...]:
        """The files in it."""
        return tuple(self.packed)

    def octets(self, path: str, limit: int) -> Generator[bytes, None, None]:
        """A file unpacked."""
        return archive.unpacked(self.zipped, self.packed[path], limit)


@dataclass(frozen=True, slots=True)
class FolderParcel:
    """Loose files; each is read once, and what was read is what is checked and kept."""

    root: Path
    files: Mapping[str, Path]
    digest: None = None
    vouched: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        """The files in it."""
        return tuple(self.files)

    def octets(self, path: str, limit: int) -> Generator[bytes, None, None]:
        """A file as it lies there."""
        size = 0
        with open_plain(self.files[path], self.root) as file:
            while octets := file.read(BLOCK):
                size += len(octets)
                if size > limit:
                    raise Refused("too-large", what=path, limit=limit)
                yield octets


@asynccontextmanager
async def zip_parcel(drop: DropRule, candidate: Candidate, spool: Path) -> AsyncGenerator[ZipParcel, None]:
    """Copy a ZIP into `spool`, check it against its sidecars, and open the copy. Raises Refused, OSError.

    The copy has no name, so nothing of it outlives this process and nobody else can take it for their own.
    """
    with TemporaryFile(buffering=0, dir=spool) as spooled:
        copied, vouched = await asyncio.to_thread(_copied, candidate, spooled, drop.total_bytes)
        digest = "sha256:" + copied.digests["sha256"]
        with ExitStack() as stack, _whole(digest), BufferedReader(spooled) as file:
            _match(copied, vouched)
            opening = archive.opened(file, files=drop.files, total=drop.total_bytes)
            zipped, packed = await asyncio.to_thread(stack.enter_context, opening)
            yield ZipParcel(digest, bool(vouched), zipped, {each.path: each for each in packed})


@asynccontextmanager
async def folder_parcel(drop: DropRule, candidate: Candidate) -> AsyncGenerator[FolderParcel, None]:
    """The files of a folder, by plain paths. Raises Refused, OSError."""
    found = await asyncio.to_thread(files_below, candidate.path, drop.files)
    paths = [
        plain_path(file.relative_to(candidate.path).as_posix(), place) for place, file in enumerate(found, 1)
    ]
    once_each(paths)
    yield FolderParcel(candidate.root, dict(zip(paths, found, strict=True)))


def _copied(candidate: Candidate, target: FileIO, limit: int) -> tuple[Copied, dict[str, str]]:
    """The copy, and the digests its sidecars state, by algorithm."""
    beside = {
        path.suffix.removeprefix(".").lower(): _sidecar(path, candidate.root) for path in candidate.sidecars
    }
    with open_plain(candidate.path, candidate.root) as source:
        size = source.seek(0, 2)
        if size > limit:
            raise Refused("too-large", what="ZIP", limit=limit)
        source.seek(0)
        return copy(source, target, sm3="sm3" in beside), beside


def _sidecar(path: Path, root: Path) -> str:
    with open_plain(path, root) as file:
        return stated(file.read(SIDECAR_OCTETS + 1))


def _match(copied: Copied, beside: Mapping[str, str]) -> None:
    if any(copied.digests[algorithm] != digest for algorithm, digest in beside.items()):
        raise Refused("digest-wrong", what="ZIP")


@contextmanager
def _whole(digest: str) -> Iterator[None]:
    """A refusal from here on says which file it is about."""
    try:
        yield
    except Refused as refused:
        refused.digest = digest
        raise
