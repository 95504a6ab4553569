"""Digests of what comes in: SHA-256 always, SM3 where the agency states one."""

from __future__ import annotations

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes

from contracts.errors import SetupIncomplete
from contracts.text import text
from gateway.intake.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from io import FileIO

BLOCK = 1 << 20
"""Octets that are read at once."""

ALGORITHMS = ("sha256", "sm3")
"""FIPS 180-4 and GB/T 32905."""

SIDECAR_OCTETS = 4096

_DIGEST = re.compile(rb"(?<![0-9a-fA-F])[0-9a-fA-F]{64}(?![0-9a-fA-F])")


class Running(Protocol):
    """A digest being computed."""

    def update(self, octets: bytes | memoryview, /) -> None:
        """Take more octets."""


class Sm3:
    """SM3 (GB/T 32905), 32 octets. Raises SetupIncomplete where the cryptographic library has none."""

    def __init__(self) -> None:
        try:
            self._hash = hashes.Hash(hashes.SM3())
        except UnsupportedAlgorithm as error:
            raise SetupIncomplete(
                text(
                    "本机密码库不支持 SM3，无法核对投递摘要；请安装带 SM3 的 cryptography",
                    "The cryptography installed here has no SM3, so digests cannot be checked",
                )
            ) from error

    def update(self, octets: bytes | memoryview) -> None:
        """Take more octets."""
        self._hash.update(octets)

    def hexdigest(self) -> str:
        """The digest of what was taken, once, in lower-case hexadecimal."""
        return self._hash.finalize().hex()


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy made: its digests by algorithm in hexadecimal, its size in octets."""

    digests: Mapping[str, str]
    bytes: int


def copy(source: FileIO, target: FileIO, *, sm3: bool = False) -> Copied:
    """Copy to the end, hashing exactly the octets that are written; memory: two blocks.

    Unbuffered files are meant. Hashing and writing go on side by side, as neither needs the interpreter.
    """
    sha256, other, size = hashlib.sha256(), Sm3() if sm3 else None, 0
    blocks = [memoryview(bytearray(BLOCK)) for _ in range(2)]
    with ThreadPoolExecutor(1, thread_name_prefix="intake-copy") as writer:
        writing = None
        while count := source.readinto(blocks[0]):
            block = blocks[0][:count]
            if writing:
                writing.result()
            writing = writer.submit(_write, target, block)
            sha256.update(block)
            if other:
                other.update(block)
            size += count
            blocks.reverse()
        if writing:
            writing.result()
    digests = {"sha256": sha256.hexdigest()} | ({"sm3": other.hexdigest()} if other else {})
    return Copied(digests, size)


def _write(target: FileIO, block: memoryview) -> None:
    while block:
        block = block[target.write(block) :]


def stated(octets: bytes) -> str:
    """The one digest a sidecar states, bare or as sha256sum and openssl write it. Raises Refused."""
    found = _DIGEST.findall(octets)
    if len(found) != 1 or len(octets) > SIDECAR_OCTETS:
        raise Refused("sidecar-unreadable")
    return bytes(found[0]).decode("ascii").lower()
