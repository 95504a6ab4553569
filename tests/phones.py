"""An authenticator as people have it on their phones, made of nothing of ours: RFC 6238 with six digits."""

import base64
import hashlib
import hmac
from datetime import datetime


def code_at(secret: str, moment: datetime) -> str:
    """What it shows at this moment, of a secret in base32."""
    counter = int(moment.timestamp()) // 30
    digest = hmac.digest(base64.b32decode(secret), counter.to_bytes(8, "big"), hashlib.sha1)
    place = digest[-1] & 15
    return f"{(int.from_bytes(digest[place : place + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"
