"""Parcels and real estate units (宗地代码, 不动产单元代码; GB/T 37346-2019)."""

from __future__ import annotations

import re

from contracts.identifiers import regions
from contracts.identifiers.reading import (
    Finding,
    Reading,
    Verdict,
    accepted,
    normalise,
    not_one,
    reads,
    valid,
)

_PARCEL = re.compile("([0-9]{6})([0-9]{3})([0-9]{3})([GJZ])([ABCDEFGHLNSWXY])([0-9]{5})")
_FIXTURE = re.compile("([FLQW])([0-9A-Z]{4})([0-9A-Z]{4})")
_VENDORS_ONLY = "LN"
"""Second feature letters that products carry and the standard's list does not."""


def _parcel_doubt(parts: dict[str, str]) -> tuple[str, str] | None:
    if odd := regions.doubt(parts["region"]):
        return odd.zh, odd.en
    if parts["right"] in _VENDORS_ONLY:
        return "宗地特征码第二位不在国标之内", "the second feature letter is not in the standard"
    return None


def _parcel_parts(norm: str) -> dict[str, str] | None:
    names = ("region", "district", "subdistrict", "ownership", "right", "sequence")
    form = _PARCEL.fullmatch(norm)
    return dict(zip(names, form.groups(), strict=True)) if form else None


@reads("parcel_code")
def parcel_code(norm: str) -> Finding:
    """宗地代码, 19 characters; no check digit. A unit code is not one: its first 19 are suggested."""
    parts = _parcel_parts(norm)
    if parts is None:
        longer = norm[:19] if len(norm) == 28 and _parcel_parts(norm[:19]) else None
        return not_one("不是宗地代码", "not a parcel code", longer)
    odd = _parcel_doubt(parts)
    return accepted(*odd, **parts) if odd else valid(**parts)


@reads("unit_code")
def unit_code(norm: str) -> Finding:
    """不动产单元代码, 28 characters: parcel 19, fixture letter 1, number 8; no check digit.

    Of a building (F) the number is building 4 and unit 4; land without fixture is `W00000000`.
    """
    parcel, fixture = _parcel_parts(norm[:19]), _FIXTURE.fullmatch(norm[19:])
    if parcel is None or fixture is None:
        return not_one("不是不动产单元代码", "not a real estate unit code")
    parts = {"parcel_code": norm[:19], "fixture": fixture[1], "building": fixture[2], "unit": fixture[3]}
    if fixture[1] == "W" and fixture[2] + fixture[3] != "00000000":
        return accepted("无定着物的单元号应为W00000000", "land without fixture should end W00000000", **parts)
    odd = _parcel_doubt(parcel)
    return accepted(*odd, **parts) if odd else valid(**parts)


def cadastral(raw: str) -> Reading:
    """Read a field that may hold a parcel code or a unit code, as agencies' `bdcdyh` does."""
    return unit_code(raw) if len(normalise(raw)) == 28 else parcel_code(raw)


def parcel_of(raw: str) -> str | None:
    """The parcel that a parcel code or a unit code names, normalised, or None."""
    reading = cadastral(raw)
    return reading.norm[:19] if reading.verdict is not Verdict.NOT_ONE else None


def grouped(raw: str) -> str:
    """The code in groups for reading aloud: `231005 003008 GB00021 F00010001`."""
    norm = normalise(raw)
    return " ".join(group for group in (norm[:6], norm[6:12], norm[12:19], norm[19:]) if group)
