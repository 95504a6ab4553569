"""The log's signed head: a C2SP tlog-checkpoint inside a C2SP signed note, Ed25519.

    landbridge.local/log            origin, which is also the key's name
    27                              how many entries
    kx1n…=                          base64 of the root

    — landbridge.local/log Yh2F…=   base64 of the key id (4 octets) and the signature (64)

Whoever holds the verifier key, `<name>+<key id>+<key>`, needs nothing else of ours to check one.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_BODY = re.compile(r"(?P<origin>[^\n]+)\n(?P<size>0|[1-9][0-9]{0,18})\n(?P<root>[A-Za-z0-9+/]{43}=)\n")
_SIGNATURE = re.compile(r"— (?P<name>[^\s+]+) (?P<signed>[A-Za-z0-9+/]+={0,2})")


class NoteUntrusted(ValueError):
    """The note, or the key it should fit, is malformed, or the signature is not that key's."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A head: `root` is the Merkle tree hash of the first `size` entries of the log `origin`."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The octets that are signed, as text."""
        return f"{self.origin}\n{self.size}\n{_b64(self.root)}\n"


@dataclass(frozen=True, slots=True)
class Verifier:
    """Whose signature we believe: a key's name and its public half."""

    name: str
    public: Ed25519PublicKey

    def __post_init__(self) -> None:
        if not self.name or "+" in self.name or any(letter.isspace() for letter in self.name):
            raise NoteUntrusted("a key's name is not empty and holds neither space nor plus")

    @classmethod
    def parse(cls, vkey: str) -> Verifier:
        """Read `<name>+<hex key id>+<base64 of 0x01 and the key>`. Raises NoteUntrusted."""
        name, _, rest = vkey.strip().partition("+")
        stated, _, encoded = rest.partition("+")
        typed = _unb64(encoded)
        if typed[:1] != _ED25519 or len(typed) != 33:
            raise NoteUntrusted("not an Ed25519 verifier key")
        verifier = cls(name, Ed25519PublicKey.from_public_bytes(typed[1:]))
        if verifier.key_id.hex() != stated:
            raise NoteUntrusted("the key id is not that of the name and the key")
        return verifier

    @property
    def vkey(self) -> str:
        """What an auditor is given."""
        return f"{self.name}+{self.key_id.hex()}+{_b64(_ED25519 + self.public.public_bytes_raw())}"

    @property
    def key_id(self) -> bytes:
        """The first 4 octets of SHA-256 over name, newline, 0x01 and the public key."""
        typed = _ED25519 + self.public.public_bytes_raw()
        return hashlib.sha256(self.name.encode() + b"\n" + typed).digest()[:4]

    def open(self, note: str) -> str:
        """The text of a note this key signed; other signatures are passed over. Raises NoteUntrusted."""
        body, gap, signatures = note.rpartition("\n\n")
        if not gap or not signatures.endswith("\n"):
            raise NoteUntrusted("not a signed note")
        lines = [_SIGNATURE.fullmatch(line) for line in signatures[:-1].split("\n")]
        if not all(lines):
            raise NoteUntrusted("a signature line cannot be read")
        signed = [_unb64(line["signed"]) for line in lines if line and line["name"] == self.name]
        own = [octets[4:] for octets in signed if octets[:4] == self.key_id]
        if len(own) != 1:
            raise NoteUntrusted(f"{len(own)} signatures of {self.name}")
        try:
            self.public.verify(own[0], f"{body}\n".encode())
        except InvalidSignature as error:
            raise NoteUntrusted(f"the signature of {self.name} is wrong") from error
        return f"{body}\n"

    def is_of_another(self, note: str) -> bool:
        """Whether a note bears signatures, and none that even claims to be this key's."""
        own = f"— {self.name} {_b64(self.key_id)[:5]}"
        signed = [line for line in note.split("\n") if _SIGNATURE.fullmatch(line)]
        return bool(signed) and not any(line.startswith(own) for line in signed)

    def checkpoint(self, note: str) -> Checkpoint:
        """The head a note states; its origin must be this key's name. Raises NoteUntrusted."""
        stated = _BODY.fullmatch(self.open(note))
        if stated is None or stated["origin"] != self.name:
            raise NoteUntrusted("not a checkpoint of this log")
        return Checkpoint(stated["origin"], int(stated["size"]), _unb64(stated["root"]))


class CheckpointSigner:
    """Signs the heads of one log. `origin` names the log and the key."""

    def __init__(self, origin: str, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.origin = origin
        self.verifier = Verifier(origin, key.public_key())

    def sign(self, size: int, root: bytes) -> str:
        """The signed note for a head. Ed25519 is deterministic: the same head gives the same note."""
        return self._signed(Checkpoint(self.origin, size, root).text())

    def attest(self, text: str) -> str:
        """A signed note of another text than a head. Raises ValueError for one that begins like a head's."""
        if text.startswith(f"{self.origin}\n") or not text.endswith("\n"):
            raise ValueError("a text that is no head says first what it is, and ends its last line")
        return self._signed(text)

    def _signed(self, text: str) -> str:
        signature = self._key.sign(text.encode())
        return f"{text}\n— {self.origin} {_b64(self.verifier.key_id + signature)}\n"


def _b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _unb64(encoded: str) -> bytes:
    """Canonical base64 only: spare bits that decode to nothing would be a place to write unnoticed."""
    try:
        octets = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise NoteUntrusted("not base64") from error
    if _b64(octets) != encoded:
        raise NoteUntrusted("not canonical base64")
    return octets
