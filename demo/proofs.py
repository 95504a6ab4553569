"""What an answer and a log must prove, checked with nothing of the gateway's. Knows no HTTP.

Sources: RFC 9530 (Content-Digest), RFC 9421 (signature), RFC 9162 §2.1 (Merkle tree), C2SP signed-note and
tlog-checkpoint (the log's signed head), RFC 7517/8037 (keys).
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver, algorithms
from http_message_signatures.exceptions import HTTPMessageSignaturesException

TAG = "landbridge-answer"
COVERED = ("content-digest", "landbridge-receipt", "@status", '"@method";req', '"@target-uri";req')


class NotProven(Exception):
    """Base of every doubt; `zh` and `en` say what was not proven, `fact` where."""

    zh: ClassVar[str] = "未能证明"
    en: ClassVar[str] = "Not proven"

    def __init__(self, fact: str = "") -> None:
        self.fact = fact
        super().__init__(f"{self.en}{': ' if fact else ''}{fact}")


class NoAnswer(NotProven):
    """The gateway could not be reached, or hung up without a word."""

    zh = "网关没有应答"
    en = "The gateway did not answer"


class NotWhole(NotProven):
    """There is more of the answer than `came`."""

    def __init__(self, fact: str, came: Answer) -> None:
        super().__init__(fact)
        self.came = came


class BrokenOff(NotWhole):
    """The gateway, or what stands before it, hung up in the middle."""

    zh = "应答中途断开，请重新查询"
    en = "The answer broke off; ask again"


class TooLarge(NotWhole):
    """Asking again gives no less."""

    zh = "应答超过本程序可读取的大小"
    en = "The answer is larger than this program reads"


class BodyChanged(NotProven):
    """RFC 9530."""

    zh = "正文与 Content-Digest 不符"
    en = "The body does not match its Content-Digest"


class SignatureWrong(NotProven):
    """RFC 9421."""

    zh, en = (
        "回答的签名无效，或未覆盖应覆盖的内容",
        "The answer's signature is invalid or does not cover what it must",
    )


class ReceiptUnreadable(NotProven):
    """Without a receipt there is no entry to look for."""

    zh = "没有回执，或回执无法识别"
    en = "There is no receipt, or it cannot be read"


class EntryChanged(NotProven):
    """RFC 9162 §2.1.1: the leaf hash of the entry's octets."""

    zh = "日志条目与回执中的叶哈希不符"
    en = "The log entry does not match the leaf hash in the receipt"


class AnswerNotRecorded(NotProven):
    """The entry is genuine and about something else."""

    zh = "日志条目记录的不是这份回答"
    en = "The log entry records another answer than this one"


class CheckpointUntrusted(NotProven):
    """C2SP signed-note."""

    zh, en = (
        "检查点签名无效，或不属于这本日志",
        "The checkpoint's signature is invalid, or it is another log's",
    )


class NotIncluded(NotProven):
    """RFC 9162 §2.1.3."""

    zh, en = (
        "包含证明不成立：条目不在检查点所指的日志中",
        "The entry is not in the log that the checkpoint signs",
    )


class HistoryRewritten(NotProven):
    """RFC 9162 §2.1.4."""

    zh, en = (
        "一致性证明不成立：日志的历史被改写",
        "The log does not continue the one seen before: history was rewritten",
    )


class ProofNotServed(NotProven):
    """Silence is not a proof."""

    zh = "证明材料未能取得"
    en = "The log did not serve what the proof needs"


@dataclass(frozen=True)
class LogKey:
    """A log's verifier key, `<name>+<key id>+<base64(0x01 || public key)>` (C2SP signed-note)."""

    name: str
    key_id: bytes
    public: Ed25519PublicKey

    @classmethod
    def parse(cls, vkey: str) -> LogKey:
        """Read a vkey. Raises CheckpointUntrusted when its key id is not that of its name and key."""
        name, _, rest = vkey.partition("+")
        stated, _, encoded = rest.partition("+")
        typed = _base64(encoded, CheckpointUntrusted)
        key_id = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
        if key_id.hex() != stated or typed[:1] != b"\x01" or len(typed) != 33:
            raise CheckpointUntrusted(f"vkey {name}")
        return cls(name, key_id, Ed25519PublicKey.from_public_bytes(typed[1:]))


@dataclass(frozen=True)
class Trust:
    """Whom we believe: answer keys by key id (RFC 7638), and the log's key."""

    answers: Mapping[str, Ed25519PublicKey]
    log: LogKey

    @classmethod
    def from_jwks(cls, jwks: Mapping[str, Any]) -> Trust:
        """Read a JWK set; the log's key is the one with a `vkey` member. Raises CheckpointUntrusted."""
        keys = [key for key in jwks["keys"] if key.get("crv") == "Ed25519"]
        logs = [key["vkey"] for key in keys if "vkey" in key]
        if len(logs) != 1:
            raise CheckpointUntrusted(f"{len(logs)} vkeys")
        answers = {key["kid"]: _public(key["x"]) for key in keys if "vkey" not in key}
        return cls(answers, LogKey.parse(logs[0]))


@dataclass(frozen=True)
class Asked:
    """What was sent, as the signature covers it: the method and the absolute target URI."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Answer:
    """What came back, octet for octet, header names in lower case; keep all of it.

    `status_code` and `request` are the names the RFC 9421 verifier looks for.
    """

    request: Asked
    status_code: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The body read as JSON; areas and money are strings on this wire, so no digit is lost."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Receipt:
    """Header `Landbridge-Receipt`: entry `index` of log `origin`, its leaf hash, first checkpoint over it."""

    origin: str
    index: int
    leaf: bytes
    size: int


@dataclass(frozen=True)
class Checkpoint:
    """A log's signed head: `root` is the Merkle tree hash of its first `size` entries; keep the `note`."""

    origin: str
    size: int
    root: bytes
    note: str = field(repr=False)


def check_digest(answer: Answer) -> None:
    """The body is what Content-Digest says. Raises BodyChanged."""
    stated = re.fullmatch(r"sha-256=:([A-Za-z0-9+/]{43}=):", answer.headers.get("content-digest", ""))
    if stated is None or _base64(stated[1], BodyChanged) != hashlib.sha256(answer.body).digest():
        raise BodyChanged


def check_signature(answer: Answer, trust: Trust, max_age: timedelta | None) -> None:
    """A trusted key signed this answer to this very ask, at most `max_age` ago. Raises SignatureWrong."""
    verifier = HTTPMessageVerifier(signature_algorithm=algorithms.ED25519, key_resolver=_Keys(trust))
    try:
        found = verifier.verify(answer, max_age=max_age, expect_tag=TAG, require_components=COVERED)
    except (HTTPMessageSignaturesException, InvalidSignature) as error:
        raise SignatureWrong(str(error)) from error
    if len(found) != 1:
        raise SignatureWrong(f"{len(found)} signatures")


_RECEIPT = re.compile(
    r'origin="([!#-\[\]-~]+)", index=(\d{1,15}), leaf=:([A-Za-z0-9+/]{43}=):, size=(\d{1,15})', re.ASCII
)


def read_receipt(answer: Answer) -> Receipt:
    """The receipt in the signed header. Raises ReceiptUnreadable."""
    found = _RECEIPT.fullmatch(answer.headers.get("landbridge-receipt", ""))
    if found is None:
        raise ReceiptUnreadable
    return Receipt(found[1], int(found[2]), _base64(found[3], ReceiptUnreadable), int(found[4]))


def leaf_hash(octets: bytes) -> bytes:
    """RFC 9162 §2.1.1: the hash of one entry's canonical octets."""
    return hashlib.sha256(b"\x00" + octets).digest()


def check_entry(octets: bytes, receipt: Receipt, body: bytes) -> dict[str, Any]:
    """The entry is the one the receipt names, and it records this body. Gives the entry.

    Raises EntryChanged, AnswerNotRecorded.
    """
    if leaf_hash(octets) != receipt.leaf:
        raise EntryChanged(f"entry {receipt.index}")
    entry: dict[str, Any] = json.loads(octets)
    if entry.get("answer_digest") != "sha256:" + hashlib.sha256(body).hexdigest():
        raise AnswerNotRecorded(f"entry {receipt.index}")
    return entry


def read_checkpoint(note: str, key: LogKey) -> Checkpoint:
    """Verify the note's Ed25519 signature, then read it: origin, size, root. Raises CheckpointUntrusted."""
    text, blank, signatures = note.rpartition("\n\n")
    lines = text.split("\n")
    if not blank or not note.endswith("\n") or len(lines) < 3 or lines[0] != key.name:
        raise CheckpointUntrusted
    for line in signatures[:-1].split("\n"):
        if line.startswith(f"— {key.name} "):
            signed = _base64(line[len(key.name) + 3 :], CheckpointUntrusted)
            if signed[:4] == key.key_id and _signed(key.public, signed[4:], text + "\n"):
                return Checkpoint(lines[0], int(lines[1]), _base64(lines[2], CheckpointUntrusted), note)
    raise CheckpointUntrusted


def included(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    """RFC 9162 §2.1.3.2: whether `leaf` is entry `index` of the tree of `size` entries under `root`."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = _node(sibling, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = _node(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def consistent(first: int, second: int, path: list[bytes], old: bytes, new: bytes) -> bool:
    """RFC 9162 §2.1.4.2: whether the tree `new` of `second` entries continues `old` of `first` entries."""
    if first in (0, second):  # the empty tree is continued by every tree
        return not path and (first == 0 or old == new)
    hashes = [old, *path] if first & (first - 1) == 0 else list(path)
    if not 0 < first < second or not hashes:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    was = now = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            was, now = _node(sibling, was), _node(sibling, now)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            now = _node(now, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and was == old and now == new


def tree_root(leaves: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1: the root over these leaf hashes, pairs from the left, an odd one carried up."""
    level = list(leaves) or [hashlib.sha256(b"").digest()]
    while len(level) > 1:
        pairs = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = pairs + (level[-1:] if len(level) % 2 else [])
    return level[0]


class _Keys(HTTPSignatureKeyResolver):
    """The verifier's view of our trust."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey:
        """The key of that id, if we trust it. Raises SignatureWrong."""
        if key_id not in self._trust.answers:
            raise SignatureWrong("unknown key")
        return self._trust.answers[key_id]


def _public(x: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "=" * (-len(x) % 4)))


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _signed(public: Ed25519PublicKey, signature: bytes, text: str) -> bool:
    try:
        public.verify(signature, text.encode())
    except InvalidSignature:
        return False
    return True


def _base64(text: str, doubt: type[NotProven]) -> bytes:
    """Canonical base64 only: spare bits that decode to nothing would be a place to write unnoticed."""
    try:
        octets = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise doubt from error
    if base64.b64encode(octets).decode() != text:
        raise doubt
    return octets
