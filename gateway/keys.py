"""The house's own keys: four files, made once and never replaced behind anybody's back.

`$HOME/keys/answer` and `checkpoint` hold an Ed25519 private key each (PKCS #8, PEM, unencrypted);
`vault` and `cache` hold 32 random bytes each, as one line of 64 lower-case hexadecimal digits.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from contracts.errors import SetupIncomplete
from contracts.text import Text, text

_MISSING = text(
    "缺少密钥文件 {path}。系统中已有数据，不会另行生成，请从备份恢复；增设的机器请复制首台机器的 keys 目录",
    "Key file {path} is missing. There is data already, so none is made; restore it from backup, or on a"
    " further machine copy the first one's keys folder",
)
_EXPOSED = text(
    "密钥文件 {path} 可被其他用户访问（权限 {why}），请改为 0600",
    "Key file {path} is open to other users (mode {why}); make it 0600",
)
_DAMAGED = text(
    "密钥文件 {path} 的内容不是有效密钥，请从备份恢复",
    "Key file {path} does not hold a valid key; restore it from backup",
)
_UNREADABLE = text("密钥文件 {path} 无法读取：{why}", "Key file {path} cannot be read: {why}")
_UNWRITABLE = text("密钥文件 {path} 无法写入：{why}", "Key file {path} cannot be written: {why}")
_MISNAMED = text(
    "日志名称 {path} 不可用：不得为空，不得含空白或加号",
    "Log origin {path} cannot be used: it must not be empty or hold white space or a plus sign",
)


@dataclass(frozen=True, slots=True, eq=False)
class KeyRing:
    """The four keys of one installation. Its repr shows none of them.

    `answer` signs answers, `checkpoint` the heads of the audit log; `vault` (32 bytes) wraps the keys of
    stored objects, `cache` (32 bytes) encrypts cached materials.
    """

    answer: Ed25519PrivateKey = field(repr=False)
    checkpoint: Ed25519PrivateKey = field(repr=False)
    vault: bytes = field(repr=False)
    cache: bytes = field(repr=False)

    @classmethod
    def open(cls, home: Path, *, create: bool) -> KeyRing:
        """The keys under `home`/keys; with `create` (only while the database is empty) missing ones are made.

        Raises SetupIncomplete, naming the file: missing and not to be made, readable by group or others,
        not a key, or refused by the file system.
        """
        folder = home / "keys"
        if create:
            _make_missing(folder)
        return cls(
            answer=_read_signing_key(folder / "answer"),
            checkpoint=_read_signing_key(folder / "checkpoint"),
            vault=_read_secret(folder / "vault"),
            cache=_read_secret(folder / "cache"),
        )

    def jwks(self, origin: str) -> dict[str, list[dict[str, str]]]:
        """Both public keys as a JSON Web Key Set (RFC 7517, RFC 8037): the answers', then the checkpoints'.

        The second also carries `vkey`, what a verifier of checkpoints of the log `origin` is given.
        """
        checkpoint = self.checkpoint.public_key()
        return {
            "keys": [
                _jwk(self.answer.public_key()),
                {**_jwk(checkpoint), "vkey": verifier_key(origin, checkpoint)},
            ]
        }


def thumbprint(public: Ed25519PublicKey) -> str:
    """The key's id: SHA-256 of its required JWK members, base64url, no padding (RFC 7638, RFC 8037 §2)."""
    members = f'{{"crv":"Ed25519","kty":"OKP","x":"{_base64url(public.public_bytes_raw())}"}}'
    return _base64url(hashlib.sha256(members.encode()).digest())


def verifier_key(name: str, public: Ed25519PublicKey) -> str:
    """`<name>+<key id>+<key>` as C2SP signed-note writes an Ed25519 verifier key.

    Raises SetupIncomplete for a name that cannot stand in a note.
    """
    if not name or "+" in name or any(letter.isspace() for letter in name):
        raise SetupIncomplete(_MISNAMED.fill(path=repr(name)))
    typed = b"\x01" + public.public_bytes_raw()
    key_id = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
    return f"{name}+{key_id.hex()}+{base64.b64encode(typed).decode()}"


def _jwk(public: Ed25519PublicKey) -> dict[str, str]:
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": _base64url(public.public_bytes_raw()),
        "use": "sig",
        "alg": "EdDSA",
        "kid": thumbprint(public),
    }


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _new_signing_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _new_secret() -> bytes:
    return secrets.token_hex(32).encode() + b"\n"


_MAKERS: dict[str, Callable[[], bytes]] = {
    "answer": _new_signing_key,
    "checkpoint": _new_signing_key,
    "vault": _new_secret,
    "cache": _new_secret,
}


def _make_missing(folder: Path) -> None:
    path = folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync(folder.parent)
        for name, maker in _MAKERS.items():
            path = folder / name
            if not path.exists():
                _keep(path, maker())
    except OSError as error:
        raise _refusal(_UNWRITABLE, path, error.strerror) from error


def _keep(path: Path, octets: bytes) -> None:
    """Write a new key file whole or not at all, never over another."""
    fresh = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        # As exclusive as O_EXCL, but the name never stands for half a key. If somebody else has just
        # made this one, theirs is the key and ours was never used.
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        fresh.unlink()
    _sync(path.parent)
    # From here the key is on disk for good: a power cut cannot leave data behind that no key opens.


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_signing_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(_read(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _refusal(_DAMAGED, path) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _refusal(_DAMAGED, path)
    return key


def _read_secret(path: Path) -> bytes:
    line = _read(path)
    if re.fullmatch(rb"[0-9a-f]{64}\n?", line) is None:
        raise _refusal(_DAMAGED, path)
    return bytes.fromhex(line.decode())


def _read(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe in a key's place must not hold us
    except FileNotFoundError:
        raise _refusal(_MISSING, path) from None
    except OSError as error:
        raise _refusal(_UNREADABLE, path, error.strerror) from error
    try:
        return _read_private(descriptor, path)
    finally:
        os.close(descriptor)


def _read_private(descriptor: int, path: Path) -> bytes:
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        raise _refusal(_DAMAGED, path)
    if mode & 0o077:
        raise _refusal(_EXPOSED, path, f"{stat.S_IMODE(mode):04o}")
    return os.read(descriptor, 4096)


def _refusal(sentence: Text, path: Path, why: str | None = None) -> SetupIncomplete:
    return SetupIncomplete(sentence.fill(path=path, why=why))
