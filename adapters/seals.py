"""Is it really theirs: what a reply's own seal proves, on the octets as received."""

from __future__ import annotations

import base64
import hashlib
import hmac

from adapters.base import Secrets, failed
from adapters.decode import header
from adapters.manifest import SealRule
from contracts.errors import Fault
from contracts.exchange import Evidence
from contracts.material import Seal, SealVerdict


def check(rule: SealRule | None, evidence: Evidence, secrets: Secrets) -> Seal:
    """What the seal proves. Raises EvidenceUntrusted when it is missing or wrong.

    A digest proves that the octets arrived whole, not who wrote them: its verdict stays `none`. An HMAC
    (RFC 2104) proves that the author knows the secret: `yes`, signed by the agency.
    """
    if rule is None:
        return Seal()
    sent = header(evidence.headers, rule.header)
    due = _due(rule, evidence.body, secrets)
    if not hmac.compare_digest(sent.encode("latin-1"), due.encode()):
        raise failed(Fault.SEAL_BROKEN)
    if rule.protocol == "sha256-digest":
        return Seal()
    return Seal(verified=SealVerdict.YES, signer=evidence.agency)


def _due(rule: SealRule, body: bytes, secrets: Secrets) -> str:
    if rule.protocol == "sha256-digest":
        mark = hashlib.sha256(body).digest()
    else:
        mark = hmac.digest(secrets(rule.secret or "").encode(), body, "sha256")
    return base64.b64encode(mark).decode() if rule.encoding == "base64" else mark.hex()
