"""What a draft makes of its sample: every field's value or error, what is left, what keeps it from use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.decode import xml_characters
from adapters.manifest import load as load_manifest
from adapters.web import charset_of
from contracts.errors import AgencyFailed, LandbridgeError, ManifestInvalid
from gateway.console.rendering import plain
from gateway.trials import MASKED, FileReply, read_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from contracts.material import Drift, Material
    from contracts.text import Text
    from gateway.papers import Paper
    from gateway.trials.results import FieldTried


@dataclass(frozen=True, slots=True)
class Result:
    """`fields` by the form's names; `problems` with their lines; `trouble` when the reply does not read."""

    fields: Mapping[str, FieldTried]
    problems: tuple[tuple[int | None, str, Text], ...] = ()
    trouble: Text | None = None
    materials: tuple[Material, ...] = ()
    drift: tuple[Drift, ...] = ()

    @property
    def good(self) -> bool:
        """Whether nothing is left to do."""
        return not (self.problems or self.trouble or self.drift) and bool(self.materials)

    def told(self, language: str) -> dict[str, Any]:
        """As the page's module takes it: texts only."""

        def say(words: Text) -> str:
            return words.zh if language == "zh" else words.en

        return {
            "fields": {
                name: {"value": value_of(each), "error": say(each.error) if each.error else ""}
                for name, each in self.fields.items()
            },
            "problems": [f"{line or '?'} · {place} · {say(why)}" for line, place, why in self.problems],
            "trouble": say(self.trouble) if self.trouble else "",
            "drift": [each.path for each in self.drift],
            "good": self.good,
        }


def value_of(tried: FieldTried) -> str:
    """A field's value for people; not that of a person."""
    return MASKED if tried.masked else plain(tried.value)


def result_of(document: str, agency: str, kind: str, octets: bytes, paper: Paper, now: datetime) -> Result:
    """The draft over its sample, by the code that production runs."""
    name = f"{agency}.yaml"
    try:
        load_manifest(document, name)
        trial = read_file(document, name, kind, FileReply(octets, paper.media_type, {}), now)
    except ManifestInvalid as error:
        return Result({}, problems=error.places or ((1, "", error.detail),))
    except LandbridgeError as error:
        return Result({}, trouble=error.detail)
    reply = trial.kinds[0].replies[0]
    rows = {_form_name(each.field): each for each in reversed(reply.rows[0])} if reply.rows else {}
    trouble = reply.error.detail if reply.error else None
    return Result(rows, (), trouble, reply.materials, reply.drift)


def _form_name(place: str) -> str:
    """`buildings[0].area_m2` as the form calls it: `buildings/area_m2`."""
    head, bracket, rest = place.partition("[")
    return f"{head}/{rest.partition('].')[2]}" if bracket and "]." in rest else head


def characters_of(octets: bytes, media_type: str) -> tuple[str, str]:
    """The reply as text and the charset that fits it; what fits none is shown octet by octet."""
    try:
        characters, charset, _ = xml_characters(octets, charset_of((("Content-Type", media_type),)))
    except AgencyFailed:
        return octets.decode("ascii", "backslashreplace"), ""
    return characters, charset
