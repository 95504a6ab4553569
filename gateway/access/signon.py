"""Signing in by the organisation's own identity provider (OpenID Connect Core 1.0, code flow with PKCE)."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote_plus, urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from adapters.base import Deadline
from adapters.egress import Origin, Outgoing
from contracts.errors import LandbridgeError
from contracts.people import SignOnFailed
from contracts.time import stored
from gateway.sealing import Sealer

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.egress import Egress

MINUTES = 10
"""How long somebody may take at the provider."""

_SECONDS, _OCTETS, _LEEWAY = 10.0, 1 << 20, 120
_ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"]
"""Signatures that a provider may make; `none` and shared secrets are not among them (RFC 8725 §3.1)."""

_MAGIC, _LABEL, _PLACE = b"LBO1", b"landbridge sign-on: wrapping key v1", ("sign-on", "state")


@dataclass(frozen=True, slots=True)
class Provider:
    """The identity provider: `claim` of its ID tokens is the account's name."""

    issuer: str
    client: str
    secret: str = field(repr=False)
    claim: str = "sub"


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider vouches for: `subject` is theirs for good, `account` what they are called here."""

    subject: str
    account: str
    back: str


class SignOn:
    """`egress` is the only way out; `key` the vault key; `clock` gives aware UTC."""

    def __init__(self, provider: Provider, egress: Egress, key: bytes, clock: Callable[[], datetime]) -> None:
        self._provider, self._egress, self._clock = provider, egress, clock
        self._sealer = Sealer(key, _MAGIC, _LABEL)

    async def begin(self, callback: str, back: str) -> tuple[str, str]:
        """Where to send the browser, and what it is to bring back in a cookie. Raises SignOnFailed."""
        found = await self._discovered()
        made = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
        until = stored(self._clock() + timedelta(minutes=MINUTES))
        kept = self._sealer.sealed(_PLACE, json.dumps({**made, "back": back, "until": until}))
        asked = {
            "response_type": "code",
            "client_id": self._provider.client,
            "redirect_uri": callback,
            "scope": "openid profile",
            "state": made["state"],
            "nonce": made["nonce"],
            "code_challenge": create_s256_code_challenge(made["verifier"]),
            "code_challenge_method": "S256",
        }
        address = str(found["authorization_endpoint"])
        joined = "&" if "?" in address else "?"
        return address + joined + urlencode(asked), base64.urlsafe_b64encode(kept).decode()

    async def ended(self, callback: str, query: Mapping[str, str], cookie: str | None) -> Identity:
        """Whom the provider sent back to us.

        Raises SignOnFailed for anything that is not the end of a way that began in this browser.
        """
        kept = self._kept(cookie)
        if not secrets.compare_digest(query.get("state", "").encode(), kept["state"].encode()):
            raise SignOnFailed
        if "code" not in query:
            raise SignOnFailed
        found = await self._discovered()
        claims = await self._claims(found, callback, query["code"], kept)
        account = claims.get(self._provider.claim)
        if not isinstance(account, str):
            raise SignOnFailed
        subject = hashlib.sha256(f"{claims['iss']}\0{claims['sub']}".encode()).hexdigest()
        return Identity(subject, account, kept["back"])

    def _kept(self, cookie: str | None) -> dict[str, str]:
        try:
            kept: dict[str, str] = json.loads(
                self._sealer.opened(_PLACE, base64.urlsafe_b64decode((cookie or "").encode()))
            )
        except (LandbridgeError, ValueError):
            raise SignOnFailed from None
        if kept["until"] < stored(self._clock()):
            raise SignOnFailed
        return kept

    async def _claims(
        self, found: Mapping[str, Any], callback: str, code: str, kept: Mapping[str, str]
    ) -> CodeIDToken:
        """The claims of an ID token that this provider made for us, now, and for this browser's way."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": callback,
            "code_verifier": kept["verifier"],
        }
        headers = (("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", self._basic()))
        answer = await self._asked("POST", str(found["token_endpoint"]), urlencode(form).encode(), headers)
        keys = await self._asked("GET", str(found["jwks_uri"]))
        try:
            token = jwt.decode(
                str(answer["id_token"]),
                KeySet.import_key_set({"keys": list(keys["keys"])}),
                algorithms=_ALGORITHMS,
            )
            wanted = {
                "iss": {"essential": True, "value": self._provider.issuer},
                "aud": {"essential": True, "value": self._provider.client},
            }
            claims = CodeIDToken(token.claims, token.header, wanted, {"nonce": kept["nonce"]})
            claims.validate(int(self._clock().timestamp()), _LEEWAY)
        except (JoseError, KeyError, ValueError, TypeError):
            raise SignOnFailed from None
        return claims

    def _basic(self) -> str:
        """Who we are, for the provider (RFC 6749 §2.3.1: each part encoded as in a form first)."""
        pair = ":".join(map(quote_plus, (self._provider.client, self._provider.secret)))
        return "Basic " + base64.b64encode(pair.encode()).decode()

    async def _discovered(self) -> Mapping[str, Any]:
        """What the provider says of itself, and that it is who we meant (OpenID Connect Discovery §4.3)."""
        found = await self._asked(
            "GET", f"{self._provider.issuer.rstrip('/')}/.well-known/openid-configuration"
        )
        if found.get("issuer") != self._provider.issuer:
            raise SignOnFailed
        return found

    async def _asked(
        self, method: str, url: str, body: bytes | None = None, headers: tuple[tuple[str, str], ...] = ()
    ) -> Mapping[str, Any]:
        """A JSON object from the provider's own origin, which a setting names."""
        try:
            origin = Origin.of(self._provider.issuer, allow_private=True)
            if Origin.of(url, allow_private=True) != origin:
                return _nobody()
            outgoing = Outgoing(method, url, (("Accept", "application/json"), *headers), body)
            reply = await self._egress.send(outgoing, origin, Deadline.after(_SECONDS), _OCTETS)
            found = json.loads(reply.body)
        except (LandbridgeError, ValueError):
            raise SignOnFailed from None
        return found if reply.status == 200 and isinstance(found, dict) else _nobody()


def _nobody() -> NoReturn:
    raise SignOnFailed
