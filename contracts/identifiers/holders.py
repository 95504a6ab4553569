"""Who holds a right: credit codes of bodies; and the numbers of persons, which we do not take."""

from __future__ import annotations

import re

from contracts.identifiers import checks
from contracts.identifiers.reading import (
    Finding,
    Verdict,
    accepted,
    is_day,
    normalise,
    not_one,
    reads,
    valid,
    wrong_digit,
)
from contracts.text import text

_CREDIT = re.compile("[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_ORGANISATION = re.compile("([0-9A-Z]{8})-?([0-9X])")
_RESIDENT = re.compile("(?<![0-9])([1-9][0-9]{16})([0-9X])(?![0-9])")
_LOOKALIKE = str.maketrans("OISZ", "0152")


@reads("holder_uscc")
def uscc(norm: str) -> Finding:
    """统一社会信用代码 (GB 32100-2015), 18 characters.

    A nine-character organisation code (组织机构代码, GB 11714), which housing systems still carry, is of
    old form. The inner check at place 17 is a warning only: some old bodies break it.
    """
    if old := _ORGANISATION.fullmatch(norm):
        return _old_body("".join(old.groups()))
    if not _CREDIT.fullmatch(norm):
        return not_one("不是统一社会信用代码", "not a unified social credit code", _lookalike(norm))
    parts = {"class": norm[:2], "region": norm[2:8], "organisation": norm[8:17], "check": norm[17]}
    right = checks.credit_code(norm[:17])
    if right != norm[17]:
        return wrong_digit(norm[:17] + right, **parts)
    if checks.organisation(norm[8:16]) != norm[16]:
        return accepted("主体标识码的校验码不符", "its inner organisation code does not check", **parts)
    return valid(**parts)


def _old_body(code: str) -> Finding:
    parts = {"organisation": code}
    if checks.organisation(code[:8]) != code[8]:
        return accepted("组织机构代码，校验码不符", "an organisation code that does not check", **parts)
    note = text("组织机构代码，非统一社会信用代码", "an organisation code, not a credit code")
    return Finding(Verdict.OLD_FORM, parts, note=note, norm=code)


def _lookalike(norm: str) -> str | None:
    """The code with letters that cannot occur read as the digits they resemble, if that is a right one."""
    guess = norm.translate(_LOOKALIKE)
    fits = _CREDIT.fullmatch(guess) and checks.credit_code(guess[:17]) == guess[17]
    return guess if fits else None


def organisation_code(raw: str) -> str | None:
    """The nine characters by which a body is the same in both codes, or None."""
    return uscc(raw).parts.get("organisation")


def resident_id(raw: str) -> bool:
    """Whether the text is or holds a resident identity number (公民身份号码, GB 11643-1999).

    Form, birth day and check character must all fit. Used to refuse personal numbers where an account or a
    case number is asked for; one in eleven 18-digit numbers with a day in the same place is taken for one.
    """
    return any(
        found[1][6:8] in {"19", "20"} and is_day(found[1][6:14]) and checks.resident(found[1]) == found[2]
        for found in _RESIDENT.finditer(normalise(raw))
    )
