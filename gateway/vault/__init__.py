"""Evidence and attachments at rest: named by content, encrypted, streamed."""

from gateway.vault.folder import EACH, ENOUGH, FOLDERS, Held, Vault, is_furnished
from gateway.vault.objects import (
    HEADER,
    SEGMENT,
    TAG,
    Stored,
    VaultObject,
    pieces_of,
    read_through,
)

__all__ = [
    "EACH",
    "ENOUGH",
    "FOLDERS",
    "HEADER",
    "SEGMENT",
    "TAG",
    "Held",
    "Stored",
    "Vault",
    "VaultObject",
    "is_furnished",
    "pieces_of",
    "read_through",
]
