"""An error as RFC 9457 problem details: one shape for every fault, in both languages."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pydantic import Field

from contracts.errors import AgencyFailed, LandbridgeError
from contracts.manners import RangeNotHeld, TooManyAsks
from contracts.material import Strict
from contracts.text import Text, text

TYPES = "urn:landbridge:problem:"
"""Prefix of every `type` (RFC 9457 §3.1.1): stable, and names no host."""

MEDIA_TYPE = "application/problem+json"


class Problem(Strict):
    """RFC 9457 problem details, Chinese first.

    `todo` says what to do next; `retry` whether the same ask may succeed later; an agency's failure adds its
    `class` (passing, permanent, configuration) and `fault`.
    """

    type: str = Field(examples=[TYPES + "ask-incomplete"])
    title: str
    title_en: str
    status: int
    detail: str
    detail_en: str
    todo: Text
    retry: bool
    cls: str | None = Field(default=None, serialization_alias="class")
    fault: str | None = None


def problem(error: LandbridgeError) -> Problem:
    """The problem object of an error."""
    agency = error if isinstance(error, AgencyFailed) else None
    return Problem(
        type=TYPES + error.type,
        title=error.title.zh,
        title_en=error.title.en,
        status=error.status,
        detail=error.detail.zh,
        detail_en=error.detail.en,
        todo=error.todo,
        retry=error.retry,
        cls=agency.row.cls.value if agency else None,
        fault=agency.fault.value if agency else None,
    )


def problem_octets(error: LandbridgeError) -> bytes:
    """The problem object as the octets that are sent and whose digest is logged."""
    return problem(error).model_dump_json(by_alias=True, exclude_none=True).encode()


def problem_headers(error: LandbridgeError) -> dict[str, str]:
    """The headers that go with a problem.

    Its media type; `Retry-After` in seconds for what may succeed later (RFC 9110 §10.2.3); the file's length
    in `Content-Range` where the range is not in it (§15.5.17).
    """
    headers = {"content-type": MEDIA_TYPE}
    if error.retry:
        headers["retry-after"] = "60" if isinstance(error, TooManyAsks) else "30"
    if isinstance(error, RangeNotHeld) and error.size is not None:
        headers["content-range"] = f"bytes */{error.size}"
    return headers


@dataclass(frozen=True, slots=True)
class Told:
    """A problem as it was answered, taken apart again for people; `type` without its prefix."""

    type: str
    status: int
    title: Text
    detail: Text
    todo: Text

    @classmethod
    def of(cls, octets: bytes) -> Told:
        """What the octets of a problem of ours say."""
        said = json.loads(octets)
        return cls(
            said["type"].removeprefix(TYPES),
            said["status"],
            text(said["title"], said["title_en"]),
            text(said["detail"], said["detail_en"]),
            Text(**said["todo"]),
        )
