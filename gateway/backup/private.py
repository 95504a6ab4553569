"""Keys and agencies' secrets in a backup: sealed under a passphrase, or in plain where the place is safe.

Sealed form v1: magic "LBK1", one octet log2 of scrypt's N, 16 octets of salt, 12 of nonce, then AES-256-GCM
over JSON of {path: base64} with all before it as associated data. scrypt (RFC 7914) with r = 8, p = 1.
"""

from __future__ import annotations

import base64
import json
import os
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from contracts.errors import SetupIncomplete
from contracts.text import text
from gateway.backup.folder import PRIVATE, SEALED, files_of

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.backup.folder import Manifest, Sums

MAGIC, LOG2_N, MOST_LOG2_N = b"LBK1", 16, 20
HEAD = len(MAGIC) + 1 + 16 + 12

_WRONG = text(
    "密钥包无法打开：口令不对，或文件已损坏", "The keys cannot be unsealed: wrong passphrase, or damaged"
)
_NEEDED = text(
    "此备份的密钥已加密，请用 --passphrase-file 提供口令",
    "The keys of this backup are sealed; give their passphrase with --passphrase-file",
)


def private_files(home: Path) -> dict[str, bytes]:
    """What nobody else may read: `keys/` and `secrets/` under `home`. Raises OSError."""
    names = [f"{part}/{name}" for part in ("keys", "secrets") for name in files_of(home / part)]
    return {name: (home / name).read_bytes() for name in names}


def keep_private(root: Path, sums: Sums, files: dict[str, bytes], passphrase: str | None) -> None:
    """Sealed, or in plain without a passphrase. Raises OSError."""
    if passphrase is not None:
        sums.keep(root, SEALED, iter([_sealed(files, passphrase)]))
        return
    for name, octets in files.items():
        sums.keep(root, f"{PRIVATE}/{name}", iter([octets]))


def open_private(root: Path, manifest: Manifest, passphrase: str | None) -> dict[str, bytes]:
    """The files again, by their path under home. Raises SetupIncomplete."""
    if manifest.private == "plain":
        return {name: (root / PRIVATE / name).read_bytes() for name in files_of(root / PRIVATE)}
    if passphrase is None:
        raise SetupIncomplete(_NEEDED)
    try:
        return _unsealed((root / SEALED).read_bytes(), passphrase)
    except (OSError, InvalidTag, ValueError, TypeError, AttributeError, IndexError) as error:
        raise SetupIncomplete(_WRONG) from error


def _sealed(files: dict[str, bytes], passphrase: str) -> bytes:
    words = {name: base64.b64encode(octets).decode() for name, octets in files.items()}
    salt, nonce = os.urandom(16), os.urandom(12)
    head = MAGIC + bytes([LOG2_N]) + salt + nonce
    return head + _cipher(passphrase, salt, LOG2_N).encrypt(nonce, json.dumps(words).encode(), head)


def _unsealed(octets: bytes, passphrase: str) -> dict[str, bytes]:
    head, body = octets[:HEAD], octets[HEAD:]
    if head[:4] != MAGIC or not LOG2_N <= head[4] <= MOST_LOG2_N:
        raise ValueError("not sealed by us")
    words = json.loads(_cipher(passphrase, head[5:21], head[4]).decrypt(head[21:], body, head))
    return {name: base64.b64decode(word) for name, word in words.items()}


def _cipher(passphrase: str, salt: bytes, log2_n: int) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=1 << log2_n, r=8, p=1).derive(passphrase.encode()))
