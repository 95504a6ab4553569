"""The second factor: codes of an authenticator on the person's own phone (TOTP, RFC 6238)."""

from __future__ import annotations

import base64
import hmac
import os
import re
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

if TYPE_CHECKING:
    from datetime import datetime

SECONDS, DIGITS, DRIFT = 30, 6, 1
"""How long a code stands, how long it is, and by how many steps a phone's clock may be off."""

_CODE = re.compile(f"[0-9]{{{DIGITS}}}")


def new_secret() -> str:
    """160 random bits in base32, as a person may type them (RFC 4226 §4)."""
    return base64.b32encode(os.urandom(20)).decode()


def address(secret: str, account: str, issuer: str) -> str:
    """`otpauth://…`, which authenticators read as a picture."""
    return _of(secret).get_provisioning_uri(account, issuer)


def step_at(moment: datetime) -> int:
    """Which half minute since 1970 this is."""
    return int(moment.timestamp()) // SECONDS


def step_of(secret: str, code: str, moment: datetime, after: int | None = None) -> int | None:
    """The step this code belongs to, later than `after`; None when it is wrong, old or was used."""
    said = "".join(code.split())
    if not _CODE.fullmatch(said):
        return None
    here = step_at(moment)
    found = None
    for step in range(here - DRIFT, here + DRIFT + 1):  # all of them, so that time says nothing
        if hmac.compare_digest(_at_step(secret, step), said) and (after is None or step > after):
            found = step
    return found


def _at_step(secret: str, step: int) -> str:
    return _of(secret).generate(step * SECONDS).decode()


def _of(secret: str) -> TOTP:
    return TOTP(base64.b32decode(secret), DIGITS, SHA1(), SECONDS)  # noqa: S303  RFC 6238; what phones have
