"""Passwords: what is good enough, and how they are kept (Argon2id, RFC 9106)."""

from __future__ import annotations

import asyncio
import os
import unicodedata
from base64 import b64encode
from typing import TYPE_CHECKING, NamedTuple

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from contracts.people import PasswordUnfit
from contracts.text import text

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORTEST, LONGEST, DIFFERENT, CLASSES, EARLIER = 12, 128, 6, 3, 5
"""Characters at least and at most, different ones at least, of so many classes; passwords not used again."""


class Cost(NamedTuple):
    """What one computation costs, and so one guess."""

    memory_cost: int
    iterations: int
    lanes: int


COST = Cost(memory_cost=64 * 1024, iterations=3, lanes=1)
"""RFC 9106 §4, the second recommended option, but for the lanes: two computations of several lanes at once
wait for each other for ever in OpenSSL's pool of threads. One lane has no pool, and costs a guesser as much.
"""

_WRITTEN = 4 * LONGEST
"""Characters that anybody may send, at most: normalising makes up to eighteen of one."""

_SALT, _DIGEST = 16, 32
"""Octets of each (RFC 9106 §4)."""

_ABREAST = 2
"""Passwords worked on at once: each takes 64 MiB, and anybody may send one."""


class Passwords:
    """Hashing, in threads: it is slow on purpose."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_ABREAST)
        self._nobodys = nobodys()

    async def hashed(self, password: str) -> str:
        """The PHC string to keep."""
        async with self._turns:
            return await asyncio.to_thread(_hashed, password)

    async def matches(self, kept: str | None, password: str) -> bool:
        """Whether this is the password of `kept`; for None it takes as long, and is not."""
        sane = len(password) <= _WRITTEN
        async with self._turns:
            right = await asyncio.to_thread(_matches, kept or self._nobodys, password if sane else "")
        return right and sane and kept is not None

    async def check(self, password: str, account: str, earlier: Iterable[str]) -> None:
        """Raises PasswordUnfit for a password that is too easily guessed, or was used before."""
        check_rules(password, account)
        for kept in earlier:
            if await self.matches(kept, password):
                raise PasswordUnfit(
                    text(
                        f"不能与最近 {EARLIER} 次用过的密码相同",
                        f"It was one of the last {EARLIER} passwords of this account",
                    )
                )


def check_rules(password: str, account: str) -> None:
    """Length, variety, and that it does not name the account. Raises PasswordUnfit."""
    whole = _normal(password) if len(password) <= _WRITTEN else ""
    if not SHORTEST <= len(whole) <= LONGEST:
        raise PasswordUnfit(
            text(f"密码长度须为 {SHORTEST} 至 {LONGEST} 个字符", f"It has {SHORTEST} to {LONGEST} characters")
        )
    if len(_classes(whole)) < CLASSES:
        raise PasswordUnfit(
            text(
                "须包含大写字母、小写字母、数字、其他字符中的至少三类",
                "It has three of these at least: capital letters, small letters, digits, other characters",
            )
        )
    if len(set(whole)) < DIFFERENT:
        raise PasswordUnfit(
            text(f"至少须有 {DIFFERENT} 个不同的字符", f"It has {DIFFERENT} different characters at least")
        )
    if account.casefold() in whole.casefold():
        raise PasswordUnfit(text("不能包含账号名", "It does not contain the account's name"))


def _classes(password: str) -> set[str]:
    return {
        "capital" if each.isupper() else "small" if each.islower() else "digit" if each.isdigit() else "other"
        for each in password
    }


def _normal(password: str) -> str:
    """The same characters however a keyboard made them (NIST SP 800-63B §5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def nobodys() -> str:
    """A PHC string that stands for no password: as dear to try as any that is kept, and free to make."""
    salt, digest = (b64encode(os.urandom(octets)).decode().rstrip("=") for octets in (_SALT, _DIGEST))
    how = ",".join(f"{name}={value}" for name, value in zip("mtp", COST, strict=True))
    return f"$argon2id$v=19${how}${salt}${digest}"


def _hashed(password: str) -> str:
    how = Argon2id(salt=os.urandom(_SALT), length=_DIGEST, **COST._asdict())
    return how.derive_phc_encoded(_normal(password).encode())


def _matches(kept: str, password: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(_normal(password).encode(), kept)
    except InvalidKey:
        return False
    return True
