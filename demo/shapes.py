"""What a project of the demo's files has of one kind, for the agencies that serve it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

Facts = dict[str, Any]


def documents(project: Mapping[str, Any], number: str) -> list[tuple[Facts, list[Facts]]]:
    """Fields and files of each document of the kind (M07) that its agency holds; none where it has none."""
    found = project["materials"].get(number, [])
    several = found if isinstance(found, list) else [found]
    return [(one["fields"], one["attachments"]) for one in several if one["status"] != "NOT_FOUND"]


def bare(number: str) -> str:
    """A number's digits alone, as their software files it."""
    return re.sub(r"\D", "", number)


def digits(value: Decimal | int, places: int) -> str:
    """A quantity with so many decimals."""
    return f"{Decimal(value):.{places}f}"


def spoken(day: str) -> str:
    """A day as it is written in sentences: 2021年3月2日."""
    year, month, date = (int(part) for part in day.split("-"))
    return f"{year}年{month}月{date}日"
