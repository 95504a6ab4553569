"""The tolerances and switches the rules read: local, versioned, each with the document it rests on."""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    # Read from YAML and from files where numbers are numbers: the one lax place among the contracts.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class AreaBand(_Part):
    """Up to `max_m2` of planned area (None: any more) the survey may differ by `pct` percent."""

    max_m2: Decimal | None = Field(default=None, gt=0)
    pct: Decimal = Field(ge=0, le=100)


class ParcelArea(_Part):
    """A parcel's area may differ by `pass_m2` unnoticed and by `warn_pct` percent with a warning.

    The shipped 0.5 m² is what rounding hectares to four decimals can cost.
    """

    pass_m2: Decimal = Field(default=Decimal("0.5"), ge=0)
    warn_pct: Decimal = Field(default=Decimal("0.5"), ge=0, le=100)


def _bands(*rows: tuple[int | None, str]) -> tuple[AreaBand, ...]:
    return tuple(
        AreaBand(max_m2=None if top is None else Decimal(top), pct=Decimal(pct)) for top, pct in rows
    )


BANDS_A = _bands((10_000, "3"), (50_000, "2"), (None, "1"))
BANDS_B = _bands((1_000, "3"), (5_000, "2"), (10_000, "1.5"), (None, "0.5"))
"""Two profiles that cities use; neither is national. The second also caps the difference at 500 m²."""


class Profile(_Part):
    """One city's tolerances. `source` names the document they come from.

    `planning_verification_decides`: once the planning verification is there, a difference from the permit is
    a warning, because conformity was its verdict. `registered_right_covers_price`: with the land right
    registered, a missing proof of payment is a warning.
    """

    name: str = "shipped"
    version: int = Field(default=1, ge=1)
    source: str | None = None
    building_area: tuple[AreaBand, ...] = Field(default=BANDS_A, min_length=1)
    building_area_cap_m2: Decimal | None = Field(default=None, gt=0)
    parcel_area: ParcelArea = ParcelArea()
    planning_verification_decides: bool = True
    registered_right_covers_price: bool = True
