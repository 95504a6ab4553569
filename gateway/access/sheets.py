"""The grant sheet as YAML: read, every mistake named by its line, and changed by one decision at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from adapters.manifest import changeable, rewritten
from contracts.catalogue import KINDS
from contracts.errors import AskMalformed, ManifestInvalid, NoSuchThing
from contracts.exchange import Grant, KindSlug, Slug
from contracts.kinds import FIELDS
from contracts.reasons import why
from contracts.text import Text, quotable, text

SHOWN = 20
"""Problems named in one error, at most."""

PLACES = 100_000
"""Places of a sheet with its aliases followed, at most: a few lines of them could be a million."""

Place = tuple[int | str, ...]


class _Sheet(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class KindGrant(_Sheet):
    """What of one kind: `fields` by name (default: all but personal ones), attachments, raw evidence."""

    fields: tuple[str, ...] | None = None
    attachments: bool = True
    evidence: bool = False


class Period(_Sheet):
    """Calendar days at +08:00, both inclusive."""

    valid_from: Annotated[date, Field(alias="from")]
    valid_until: Annotated[date, Field(alias="until")]

    @model_validator(mode="after")
    def _in_order(self) -> Period:
        if self.valid_from > self.valid_until:
            raise ValueError("until lies before from")
        return self


class SheetGrant(_Sheet):
    """One decision of the security administrator: one consumer, some purposes, some kinds, one period."""

    id: Slug
    consumer: Slug
    purposes: tuple[Slug, ...] = Field(min_length=1)
    valid: Period
    approval: str | None = None
    kinds: dict[KindSlug, KindGrant | None] = Field(min_length=1)

    def grants(self) -> Iterable[Grant]:
        """One Grant for each purpose and kind."""
        for purpose in self.purposes:
            for kind, cut in self.kinds.items():
                yield Grant(
                    id=self.id,
                    consumer=self.consumer,
                    purpose=purpose,
                    kind=kind,
                    approval=self.approval,
                    **(cut or KindGrant()).model_dump(),
                    **self.valid.model_dump(),
                )


class GrantSheet(_Sheet):
    """The file `config/grants.yaml`."""

    grants: tuple[SheetGrant, ...]


Problem = tuple[Place, Text]


@lru_cache(maxsize=8)
def load_grants(document: str, origin: str = "grants.yaml") -> tuple[Grant, ...]:
    """Read a grant sheet. Raises ManifestInvalid naming line, place and reason of everything wrong."""
    return tuple(grant for decision in read_sheet(document, origin).grants for grant in decision.grants())


@lru_cache(maxsize=8)
def read_sheet(document: str, origin: str = "grants.yaml") -> GrantSheet:
    """The same, decision by decision; read once a text. Raises ManifestInvalid."""
    lines: dict[Place, int] = {}
    try:
        lines |= _places(YAML(typ="safe", pure=True).compose(document))
        sheet = GrantSheet.model_validate(YAML(typ="safe").load(document))
    except ValidationError as error:
        told = ((each["loc"], why(each)) for each in error.errors())
        raise _invalid(origin, lines, told) from error
    except _Doubtful as error:
        raise _invalid(origin, {(): error.line}, [((), error.told)]) from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _invalid(origin, {(): line}, [((), _unreadable(error.problem))]) from error
    except (YAMLError, ValueError, LookupError, RecursionError) as error:
        raise _invalid(origin, {}, [((), _unreadable(type(error).__name__))]) from error
    if problems := [*_indecent(sheet), *_twice(sheet)]:
        raise _invalid(origin, lines, problems)
    return sheet


class _Doubtful(ValueError):
    """YAML that becomes too much, or has a key that is no word."""

    def __init__(self, node: Node, told: Text) -> None:
        super().__init__(told.en)
        self.line, self.told = node.start_mark.line + 1, told


_TOO_MUCH = text(
    f"展开引用后超过 {PLACES} 项，请减少引用", f"more than {PLACES} places once its aliases are followed"
)
_NO_WORD = text("键必须是文本", "a key must be a text")


def _unreadable(reason: object) -> Text:
    return text(f"不是有效的 YAML：{reason}", f"not valid YAML: {reason}")


def _places(root: Node | None) -> Iterator[tuple[Place, int]]:
    """The line of every place, as far as there are not too many of them. Raises _Doubtful."""
    for count, found in enumerate(_lines(root, ())):
        if root and count == PLACES:
            raise _Doubtful(root, _TOO_MUCH)
        yield found


def _lines(node: Node | None, place: Place) -> Iterator[tuple[Place, int]]:
    """The line of each place; what a key is about begins at the key. Raises _Doubtful."""
    if node is None:
        return
    yield place, node.start_mark.line + 1
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise _Doubtful(key, _NO_WORD)
            yield from _lines(value, (*place, key.value))
            yield (*place, key.value), key.start_mark.line + 1
    elif isinstance(node, SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(value, (*place, index))


def _invalid(origin: str, lines: Mapping[Place, int], problems: Iterable[Problem]) -> ManifestInvalid:
    named = [(_line(lines, place), ".".join(map(str, place)), told) for place, told in problems][:SHOWN]
    error = ManifestInvalid(
        text(
            "\n".join(f"{origin} 第 {line} 行 {field}：{told.zh}" for line, field, told in named),
            "\n".join(f"{origin}:{line}: {field}: {told.en}" for line, field, told in named),
        )
    )
    error.places = tuple(named)
    return error


def _line(lines: Mapping[Place, int], place: Place) -> int:
    """The line of a place, or of the nearest thing around it that stands in the sheet."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def _indecent(sheet: GrantSheet) -> Iterator[Problem]:
    """Conditional sharing needs the provider's approval number (政务数据共享条例); fields must exist."""
    for index, decision in enumerate(sheet.grants):
        for kind, cut in decision.kinds.items():
            place = ("grants", index, "kinds", kind)
            if KINDS[kind].share == "conditional" and not decision.approval:
                yield place, _UNAPPROVED.fill(id=decision.id, kind=kind)
            for field in sorted(set((cut or KindGrant()).fields or ()) - set(FIELDS[kind].model_fields)):
                yield (*place, "fields"), _NO_FIELD.fill(id=decision.id, kind=kind, field=quotable(field))


def _twice(sheet: GrantSheet) -> Iterator[Problem]:
    """Two cuts of one kind on one day would leave it to chance which of them holds."""
    found: dict[tuple[str, str, str], list[Grant]] = {}
    for index, decision in enumerate(sheet.grants):
        for grant in decision.grants():
            earlier = found.setdefault((grant.consumer, grant.purpose, grant.kind), [])
            for other in earlier:
                if grant.valid_from <= other.valid_until and other.valid_from <= grant.valid_until:
                    facts = {"one": other.id, "other": grant.id, "kind": grant.kind}
                    yield ("grants", index, "kinds", grant.kind), _TWICE.fill(**facts)
            earlier.append(grant)


_UNAPPROVED = text(
    "授权 {id}：{kind} 属有条件共享，须填写 approval（提供部门批准文号）",
    "grant {id}: {kind} is shared conditionally, approval is needed",
)
_NO_FIELD = text("授权 {id}：{kind} 没有字段 {field}", "grant {id}: {kind} has no field {field}")
_TWICE = text(
    "授权 {one} 与 {other} 就同一用途的 {kind} 期限重叠",
    "grants {one} and {other}: {kind} twice in one period",
)
_KNOWN = text("表中已有授权 {id}；请另取编号", "The sheet has a grant {id} already; choose another id")
_UNKNOWN = text("表中没有授权 {id}", "The sheet has no grant {id}")


def with_decision(document: str, decision: SheetGrant) -> str:
    """The sheet with one more decision at its end; every other line stands as it stood, comments too.

    Raises AskMalformed where its id is taken, ManifestInvalid for a sheet that cannot be read.
    """
    if any(each.id == decision.id for each in read_sheet(document).grants):
        raise AskMalformed(_KNOWN.fill(id=decision.id))
    sheet = changeable(document)
    sheet["grants"].append(_plain(decision))
    return rewritten(sheet)


def with_end(document: str, identity: str, last_day: date) -> str:
    """The sheet with a decision ending on that day; one that would begin later is taken out.

    Raises NoSuchThing, ManifestInvalid for a sheet that cannot be read.
    """
    decisions = read_sheet(document).grants
    so_called = [index for index, each in enumerate(decisions) if each.id == identity]
    if not so_called:
        raise NoSuchThing(_UNKNOWN.fill(id=identity))
    index = max(so_called, key=lambda one: decisions[one].valid.valid_until)
    sheet = changeable(document)
    if decisions[index].valid.valid_from > last_day:
        del sheet["grants"][index]
    else:
        sheet["grants"][index]["valid"]["until"] = last_day
    return rewritten(sheet)


def _plain(decision: SheetGrant) -> dict[str, Any]:
    """As people write it: short things in one line, and what is as usual left out."""
    told: dict[str, Any] = {
        "id": decision.id,
        "consumer": decision.consumer,
        "purposes": _in_line(CommentedSeq(decision.purposes)),
        "valid": _in_line(CommentedMap(decision.valid.model_dump(by_alias=True))),
    }
    told |= {"approval": decision.approval} if decision.approval else {}
    cuts = {kind: cut or KindGrant() for kind, cut in decision.kinds.items()}
    told["kinds"] = {
        kind: _in_line(CommentedMap(cut.model_dump(exclude_defaults=True, mode="json")))
        for kind, cut in cuts.items()
    }
    return told


def _in_line(several: Any) -> Any:
    several.fa.set_flow_style()
    return several
