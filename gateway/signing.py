"""Signed answers: HTTP message signatures (RFC 9421, Ed25519) over digests (RFC 9530), receipt and question.

Only the making of signatures lives here. Whoever verifies shares no code with us, or agreement would prove
nothing.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LABEL = "answer"
TAG = "landbridge-answer"

_VALUE = re.compile(r"[!-~]+(?: +[!-~]+)*")
_STATUS = re.compile(r"[1-5][0-9]{2}")
_METHOD = re.compile(r"[A-Z]+")
_URI = re.compile(r"https?://[!-~]+")
_QUOTABLE = re.compile(r"[!#-\[\]-~]+")


def content_digest(body: bytes) -> str:
    """The header Content-Digest of a body sent whole: SHA-256 (RFC 9530 §2)."""
    return _digest_field(hashlib.sha256(body).digest())


def repr_digest(digest: str) -> str:
    """The header Repr-Digest of an attachment whose whole has this `sha256:…` digest (RFC 9530 §3)."""
    return _digest_field(bytes.fromhex(digest.removeprefix("sha256:")))


def _digest_field(sha256: bytes) -> str:
    return f"sha-256=:{base64.b64encode(sha256).decode()}:"


def signature_base(covered: Sequence[tuple[str, str]], parameters: str) -> tuple[str, bytes]:
    """What is declared and what is signed (RFC 9421 §2.5).

    `covered` pairs component identifiers as they are written (`"@method";req`) with their values;
    `parameters` begins with a semicolon (§2.3). Gives the value of `@signature-params` and the octets to
    sign. Raises ValueError for a component named twice, or a value that is empty, has characters outside
    visible ASCII and inner spaces.
    """
    identifiers = [identifier for identifier, _ in covered]
    if len(set(identifiers)) != len(identifiers):
        raise ValueError("a component is covered twice")
    for identifier, value in covered:
        if _VALUE.fullmatch(value) is None:
            raise ValueError(f"the value of {identifier} cannot be signed")
    declared = f"({' '.join(identifiers)}){parameters}"
    lines = [f"{identifier}: {value}" for identifier, value in covered]
    return declared, "\n".join([*lines, f'"@signature-params": {declared}']).encode("ascii")


class AnswerSigner:
    """Signs our answers with one key; `keyid` is its RFC 7638 thumbprint, `clock` gives aware UTC."""

    def __init__(self, key: Ed25519PrivateKey, keyid: str, clock: Callable[[], datetime]) -> None:
        if _QUOTABLE.fullmatch(keyid) is None:
            raise ValueError("a key id is visible ASCII without quotes")
        self._key, self._keyid, self._clock = key, keyid, clock

    def headers(
        self,
        *,
        method: str,
        target_uri: str,
        status: int,
        headers: Mapping[str, str],
        recorded: bool = True,
    ) -> dict[str, str]:
        """The headers Signature-Input and Signature of one answer.

        `method` and `target_uri` (absolute, as the consumer wrote it) are the question's; `headers` the
        answer's own, with Content-Digest, or for an attachment Repr-Digest, Content-Length and, in a 206,
        Content-Range. The receipt is always covered unless `recorded` is False: answers that have no entry
        in the log (the catalogue). Raises ValueError if a header to cover is missing or cannot be signed.
        """
        fields = _by_lower_name(headers)
        names = _names(fields, status, recorded=recorded)
        covered = [(f'"{name}"', _present(fields, name)) for name in names]
        covered += [
            ('"@status"', _fitting(_STATUS, str(status))),
            ('"@method";req', _fitting(_METHOD, method)),
            ('"@target-uri";req', _fitting(_URI, target_uri)),
        ]
        declared, octets = signature_base(covered, self._parameters())
        signature = base64.b64encode(self._key.sign(octets)).decode()
        return {"Signature-Input": f"{LABEL}={declared}", "Signature": f"{LABEL}=:{signature}:"}

    def _parameters(self) -> str:
        created = int(self._clock().timestamp())
        return f';created={created};keyid="{self._keyid}";alg="ed25519";tag="{TAG}"'


def _names(fields: Mapping[str, str], status: int, *, recorded: bool) -> list[str]:
    """Which headers the signature covers: those that say what the body is, then the receipt."""
    names = [name for name in ("content-digest", "repr-digest") if name in fields] or ["content-digest"]
    if "repr-digest" in fields:
        names += ["content-length"]
    if status == 206 or "content-range" in fields:
        names += ["content-range"]
    return [*names, "landbridge-receipt"] if recorded else names


def _by_lower_name(headers: Mapping[str, str]) -> dict[str, str]:
    fields = {name.lower(): value for name, value in headers.items()}
    if len(fields) != len(headers):
        raise ValueError("a header is given twice")
    return fields


def _present(fields: Mapping[str, str], name: str) -> str:
    if name not in fields:
        raise ValueError(f"the header {name} is to be signed and is missing")
    return fields[name]


def _fitting(pattern: re.Pattern[str], value: str) -> str:
    if pattern.fullmatch(value) is None:
        raise ValueError("method, target URI or status cannot be signed")
    return value
