"""What a rule sees of a project, and how it words its verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from contracts.catalogue import KINDS
from contracts.identifiers import permit_core
from contracts.kinds import FIELDS, FieldNote, describe, number_of
from contracts.material import Material, Retrieval
from contracts.rules.profile import Profile
from contracts.scope import Extent, standing
from contracts.text import Text, text
from contracts.verdicts import Check, Result


@dataclass(frozen=True, slots=True)
class Seen:
    """The materials as disclosed and in scope; what is not held or not granted is not there.

    `project_code` is the one asked about; `aliases` are other project codes that a person has confirmed;
    `everything` is what was disclosed also outside the scope; `now` the instant ages are judged at.
    """

    materials: tuple[Material, ...]
    project_code: str | None = None
    aliases: frozenset[str] = frozenset()
    everything: tuple[Material, ...] = ()
    extent: Extent = field(default_factory=Extent)
    now: datetime | None = None

    def of(self, slug: str) -> tuple[Material, ...]:
        """The materials of one kind that hold something."""
        return tuple(each for each in self.materials if each.kind == slug and each.held)

    def standing(self, slug: str) -> tuple[Material, ...]:
        """Those still describing the project, each document once: what is summed must not count twice."""
        found: dict[tuple[str, str], Material] = {}
        for place, each in enumerate(standing(self.materials, slug)):
            number = permit_core(number_of(slug, each.fields) or "")
            found.setdefault((number, repr(each.fields)) if number else ("", str(place)), each)
        return tuple(found.values())

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
    """One rule: its number, what it compares, the kinds it reads, and the function that decides.

    `doubts`: which kinds a failure puts in doubt, by the value compared that shows it; all it reads if empty.
    """

    id: str
    title: Text
    kinds: tuple[str, ...]
    check: RuleFunction
    doubts: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def doubted(self, check: Check) -> tuple[str, ...]:
        """The kinds that a failed check of this rule puts in doubt."""
        if check.result is not Result.FAIL:
            return ()
        shown = [kinds for name, kinds in self.doubts.items() if check.compared.get(name)]
        return tuple(slug for kinds in shown for slug in kinds) if self.doubts else self.kinds


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
    if slug not in KINDS:
        return name
    labels = "·".join(_labels(describe(FIELDS[slug]), field.split(".") if field else []))
    return KINDS[slug].zh + (f"的{labels}" if labels else "")


def _labels(notes: tuple[FieldNote, ...], path: list[str]) -> Iterator[str]:
    """A field's names in Chinese, from the outer list inwards; as it stands where it has none."""
    for step in path:
        note = next((each for each in notes if each.name == step), None)
        yield note.zh if note else step
        notes = note.of if note else ()


def with_declared(check: Check, rule: Rule, seen: Seen) -> Check:
    """The check, saying which kinds it rests on are nothing but the consumer's word."""
    words = [
        slug for slug in rule.kinds if any(each.retrieval is Retrieval.DECLARED for each in seen.of(slug))
    ]
    if not words or check.result is Result.SKIP:
        return check
    return check.model_copy(update={"compared": {**check.compared, "declared": words}})
