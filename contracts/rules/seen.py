"""What a rule sees of a project, and how it words its verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from contracts.catalogue import KINDS
from contracts.material import Material
from contracts.rules.profile import Profile
from contracts.text import Text, text
from contracts.verdicts import Check, Result


@dataclass(frozen=True, slots=True)
class Seen:
    """The materials as disclosed; what is not held or not granted is not there.

    `project_code` is the one asked about; `aliases` are other project codes that a person has confirmed.
    """

    materials: tuple[Material, ...]
    project_code: str | None = None
    aliases: frozenset[str] = frozenset()

    def of(self, slug: str) -> tuple[Material, ...]:
        """The materials of one kind that hold something."""
        return tuple(each for each in self.materials if each.kind == slug and each.held)

    def values(self, field: str, *slugs: str) -> Iterator[tuple[str, Any]]:
        """Slug and value wherever a material of these kinds has the field filled."""
        for slug in slugs:
            for each in self.of(slug):
                if each.fields.get(field) not in {None, ""}:
                    yield slug, each.fields[field]

    def absent(self, *slugs: str) -> tuple[str, ...]:
        """Those of the kinds of which nothing is held."""
        return tuple(slug for slug in slugs if not self.of(slug))


RuleFunction = Callable[[Seen, Profile, date], Check]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its number, what it compares, the kinds it reads, and the function that decides."""

    id: str
    title: Text
    kinds: tuple[str, ...]
    check: RuleFunction


def verdict(
    rule: str,
    result: Result,
    message: Text,
    compared: Mapping[str, Any] = MappingProxyType({}),
    tolerance: str | None = None,
) -> Check:
    """A check; `compared` holds strings and lists of strings."""
    return Check(rule=rule, result=result, message=message, compared=dict(compared), tolerance=tolerance)


def skipped(rule: str, missing: Iterable[str], compared: Mapping[str, Any] = MappingProxyType({})) -> Check:
    """SKIP, saying which inputs are missing: kinds by slug, or `slug.field`."""
    names = tuple(dict.fromkeys(missing))
    zh = "、".join(_named(name) for name in names)
    message = text(f"未核验，缺少：{zh}", f"not checked, missing: {', '.join(names)}")
    return verdict(rule, Result.SKIP, message, {**compared, "missing": list(names)})


def _named(name: str) -> str:
    slug, _, field = name.partition(".")
    return KINDS[slug].zh + (f"的{field}" if field else "")
