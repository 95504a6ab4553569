"""What a project of the demo's files has of one kind, for the agencies that serve it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Facts = dict[str, Any]


def documents(project: Mapping[str, Any], number: str) -> list[tuple[Facts, list[Facts]]]:
    """Fields and files of each document of the kind (M07) that its agency holds; none where it has none."""
    found = project["materials"].get(number, [])
    several = found if isinstance(found, list) else [found]
    return [(one["fields"], one["attachments"]) for one in several if one["status"] != "NOT_FOUND"]
