"""Check characters: the arithmetic alone, each with the standard it comes from."""

from __future__ import annotations

DIGITS = "0123456789"
ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CREDIT_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100-2015: no I, O, S, V, Z."""

_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def hybrid(body: str, alphabet: str) -> str:
    """ISO 7064 hybrid system: MOD 11,10 over `DIGITS`, MOD 37,36 over `ALPHANUMERIC`.

    Notices every single wrong character and every transposition of neighbours but a few.
    """
    size = len(alphabet)
    product = size
    for character in body:
        product = (product + alphabet.index(character)) % size or size
        product = product * 2 % (size + 1)
    return alphabet[(size + 1 - product) % size]


def credit_code(body: str) -> str:
    """GB 32100-2015: check character of a unified social credit code's first 17 characters."""
    total = sum(CREDIT_CODE.index(c) * pow(3, place, 31) for place, c in enumerate(body))
    return CREDIT_CODE[-total % 31]


def organisation(body: str) -> str:
    """GB 11714: check character of an organisation code's first 8 characters."""
    total = sum(ALPHANUMERIC.index(c) * weight for c, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X"[-total % 11]


def resident(body: str) -> str:
    """GB 11643-1999 (ISO 7064 MOD 11-2): check character of a resident identity number's first 17 digits."""
    total = sum(int(d) * weight for d, weight in zip(body, _RESIDENT_WEIGHTS, strict=True))
    return "10X98765432"[total % 11]
