"""A backup's folder: its manifest, its files and their digests."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from contracts.errors import SetupIncomplete
from contracts.material import Strict
from contracts.text import Text, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MANIFEST, SUMS, SEALED, PRIVATE = "manifest.json", "SHA256SUMS", "private.sealed", "private"
CHUNK = 1 << 20

_LINE = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<name>[^\n]+)")
_NO_BACKUP = text(
    "{folder} 不是陆桥备份，或其清单已损坏", "{folder} is no backup of Landbridge, or its manifest is damaged"
)
_ALTERED = text("备份中的 {name} 与其摘要不符", "{name} in the backup is not what its digest says")
_GONE = text("备份中缺少 {name}", "{name} is missing from the backup")
_UNLISTED = text("备份中有未登记的文件 {name}", "{name} is in the backup and on no list")
_ODD_LINE = text("SHA256SUMS 第 {number} 行无法识别", "Line {number} of SHA256SUMS cannot be read")


class LogHead(Strict):
    """Where the log stood: its name, size, signed checkpoint and public key."""

    origin: str
    size: int
    checkpoint: str | None
    vkey: str


class Manifest(Strict):
    """What a backup is. `revision` is the schema's, `tables` says how many rows each has."""

    v: Literal[1] = 1
    made_at: str
    landbridge: str
    revision: str
    log: LogHead
    private: Literal["sealed", "plain"]
    tables: dict[str, int]
    objects: int
    bytes: int

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """The manifest of the backup in `folder`. Raises SetupIncomplete."""
        try:
            return cls.model_validate_json((folder / MANIFEST).read_bytes())
        except (OSError, ValidationError) as error:
            raise SetupIncomplete(_NO_BACKUP.fill(folder=folder)) from error


@dataclass(slots=True)
class Sums:
    """Digests by name, gathered while files are written, and compared with what is there."""

    digests: dict[str, str] = field(default_factory=dict)

    def keep(self, root: Path, name: str, chunks: Iterator[bytes], mode: int = 0o600) -> int:
        """Write a new file and sync it; gives its size. Raises OSError."""
        path, size, digest = root / name, 0, hashlib.sha256()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            for chunk in chunks:
                size += file.write(chunk)
                digest.update(chunk)
            file.flush()
            os.fsync(file.fileno())
        self.digests[name] = digest.hexdigest()
        return size

    def written_out(self) -> bytes:
        """The file `SHA256SUMS`, as coreutils write and read it."""
        lines = (f"{digest}  {name}\n" for name, digest in sorted(self.digests.items()))
        return "".join(lines).encode()

    @classmethod
    def problems(cls, folder: Path) -> list[Text]:
        """Whether every file is listed, there, and what it was: what is wrong, each by name."""
        try:
            lines = (folder / SUMS).read_bytes().decode(errors="replace").splitlines()
        except OSError:
            return [_GONE.fill(name=SUMS)]
        read = [_LINE.fullmatch(line) for line in lines]
        odd = [_ODD_LINE.fill(number=number) for number, line in enumerate(read, 1) if line is None]
        listed = {line["name"]: line["digest"] for line in read if line}
        there = {name for name in files_of(folder) if name != SUMS}
        gone = [_GONE.fill(name=name) for name in sorted(set(listed) - there)]
        strays = [_UNLISTED.fill(name=name) for name in sorted(there - set(listed))]
        altered = [
            _ALTERED.fill(name=name)
            for name in sorted(there & set(listed))
            if digest_of_file(folder / name) != listed[name]
        ]
        return odd + gone + strays + altered


def files_of(folder: Path) -> Iterator[str]:
    """Every regular file below, by its path from there. Links are not followed and not files."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(folder).as_posix()


def chunks_of(path: Path) -> Iterator[bytes]:
    """A file's octets, as it was when it was opened."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def digest_of_file(path: Path) -> str:
    """SHA-256 in hexadecimal."""
    digest = hashlib.sha256()
    for chunk in chunks_of(path):
        digest.update(chunk)
    return digest.hexdigest()


def sync(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
