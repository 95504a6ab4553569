"""Short secrets as they are kept: each sealed under a key of its own, bound to the place it is kept in.

Format v1, for good:

    0   4   magic
    4   16  salt, random
    20  12  nonce, random
    32  48  the secret's own random 32-byte key, AES-256-GCM under the wrapping key and that nonce
    80  12  nonce, random
    92  ..  the secret's UTF-8 octets, AES-256-GCM under its own key, the 16-octet tag behind them

The wrapping key is HKDF-SHA256 (RFC 5869) of the vault key with the salt and a label. The magic and the
place, parted by NUL, are the associated data of both: a secret put in another's row does not open.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contracts.errors import VaultDamaged

Place = tuple[str | int, ...]
"""Where a secret is kept, such as agency, name and version."""


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals what one room keeps. `key` is the vault key, `magic` four octets, `label` the room's own."""

    key: bytes = field(repr=False)
    magic: bytes
    label: bytes

    def sealed(self, place: Place, value: str) -> bytes:
        """A value as it is kept at `place`."""
        salt, nonce, inner = os.urandom(16), os.urandom(12), os.urandom(12)
        own, bound = AESGCM.generate_key(256), self._bound(place)
        wrapped = AESGCM(self._wrapping(salt)).encrypt(nonce, own, bound)
        return self.magic + salt + nonce + wrapped + inner + AESGCM(own).encrypt(inner, value.encode(), bound)

    def opened(self, place: Place, blob: bytes) -> str:
        """The value kept. Raises VaultDamaged for what was altered, or belongs elsewhere."""
        bound = self._bound(place)
        try:
            own = AESGCM(self._wrapping(blob[4:20])).decrypt(blob[20:32], blob[32:80], bound)
            return AESGCM(own).decrypt(blob[80:92], blob[92:], bound).decode()
        except (InvalidTag, ValueError):
            raise VaultDamaged from None

    def _wrapping(self, salt: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=salt, info=self.label).derive(self.key)

    def _bound(self, place: Place) -> bytes:
        return b"\0".join((self.magic, *(str(part).encode() for part in place)))
