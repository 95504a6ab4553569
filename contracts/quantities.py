"""Areas, money, ratios and days as they are written: decimal strings of fixed scale, full dates.

A number in a hashed body must have one spelling, so quantities are strings and never JSON numbers:
m² 2 decimals, 公顷 4, 元 2, 万元 6; ratios and percentages as short as they can be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from types import MappingProxyType
from typing import Annotated, Any, get_args

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic import WithJsonSchema as _Shown
from pydantic_core import CoreSchema, core_schema

NUMBERS_AS_GIVEN: Mapping[str, bool] = MappingProxyType({"numbers_as_given": True})
"""Validation context under which integers and Decimals are written out instead of refused.

Only for shapes whose numbers were read exactly, `parse_float=Decimal`; a float is refused even then.
"""

MOST_PLACES = 6
"""Decimals a ratio or percentage may have."""

_EXACT = Context(prec=60)
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,20})?")
_FULL_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHORT = r"^-?(0|[1-9][0-9]{0,20})(\.[0-9]{0,5}[1-9])?$"


def number(written: str) -> Decimal:
    """The value of a decimal string. Raises ValueError for an exponent, NaN or anything else."""
    if not _NUMBER.fullmatch(written):
        raise ValueError("not a plain decimal number")
    return Decimal(written)


def same(one: str, other: str) -> bool:
    """Whether two decimal strings have the same value: `2.0` and `2` have. Raises ValueError."""
    return number(one) == number(other)


def fixed(value: Decimal, scale: int) -> str:
    """The value with exactly `scale` decimals, half up beyond them. Raises ValueError if it has none."""
    try:
        written = value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, _EXACT)
    except InvalidOperation as fault:
        raise ValueError("not a number that can be written out") from fault
    if not written.is_finite():
        raise ValueError("not a number that can be written out")
    return f"{abs(written) if written.is_zero() else written:f}"


def plain(value: Decimal) -> str:
    """The value as short as it can be written, `MOST_PLACES` decimals at most. Raises ValueError."""
    written = fixed(value, MOST_PLACES)
    return written.rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class Quantity:
    """Marks a string type as a quantity: its unit, and its decimals (None: as few as it needs)."""

    unit: str
    places: int | None = None

    @property
    def pattern(self) -> str:
        """The one spelling, as a regular expression."""
        return _SHORT if self.places is None else rf"^-?(0|[1-9][0-9]{{0,20}})\.[0-9]{{{self.places}}}$"

    def write(self, value: Decimal) -> str:
        """Its spelling of a value."""
        return plain(value) if self.places is None else fixed(value, self.places)

    def _take(self, value: Any, info: core_schema.ValidationInfo[Any]) -> Any:
        exact = isinstance(value, Decimal | int) and not isinstance(value, bool)
        if exact and info.context is NUMBERS_AS_GIVEN:
            return self.write(Decimal(value))
        return value

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        spelling = core_schema.str_schema(pattern=self.pattern, strict=True)
        return core_schema.with_info_before_validator_function(self._take, spelling)

    def __get_pydantic_json_schema__(
        self, _core: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "pattern": self.pattern, "x-unit": self.unit}


AreaM2 = Annotated[str, Quantity("m²", 2)]
AreaHa = Annotated[str, Quantity("ha", 4)]
Yuan = Annotated[str, Quantity("元", 2)]
Wan = Annotated[str, Quantity("万元", 6)]
Metre = Annotated[str, Quantity("m", 2)]
Ratio = Annotated[str, Quantity("1")]
Percent = Annotated[str, Quantity("%")]

QUANTITIES: Mapping[str, Quantity] = MappingProxyType(
    {
        quantity.unit: quantity
        for kind in (AreaM2, AreaHa, Yuan, Wan, Metre, Ratio, Percent)
        for quantity in get_args(kind)[1:]
    }
)
"""By unit."""


def _full_date(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        if not _FULL_DATE.fullmatch(value):
            raise ValueError("a day is written YYYY-MM-DD")
        date.fromisoformat(value)
    return value


Day = Annotated[str, BeforeValidator(_full_date), _Shown({"type": "string", "format": "date"})]
"""RFC 3339 full-date, checked against the calendar; 9999-01-01 stands for no end."""

Line = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
"""Text as given, never empty: what is not known is null."""
