"""Which leaf of a sample feeds which field: what stands in the draft, what is proposed, what is left over."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from adapters.drafting import Mapped, best_row, further_parts, mapped, path_to, rule_of, targets
from adapters.functions import CATALOGUE
from contracts.text import Text, text
from gateway.console.forms import Form
from gateway.trials import MASKED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adapters.drafting import MaterialDraft, Node, Proposal, Sample, Target
    from adapters.drafting.tree import Language

SHOWN = 3
"""Values of a leaf that are shown."""

LEAVES = 1000
"""Names of a reply that are shown, at most."""

EVERY = "*"
"""In place of a field's name: every one."""

KEPT = ("key", "null", "to", "always")
"""What of a field's rule the form leaves as it is."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A line of the reply's tree: `path` is None for what no path can name, `values` some of its values."""

    depth: int
    name: str
    path: str | None
    values: tuple[str, ...]
    many: bool
    doc: str
    feeds: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A field of the contract: its rule in the draft or as proposed, and why. A field of rows: ROWS/NAME.

    `offer` is the rule proposed where others are taken over already, and nothing stands here.
    """

    target: Target
    name: str
    at: str
    functions: str
    unit: str
    by: str
    table: str
    proposed: bool
    confidence: int | None
    why: Text | None
    paths: tuple[Leaf, ...]
    inner: tuple[Line, ...] = ()
    offer: Any = None

    @property
    def offered(self) -> str:
        """What an offer takes."""
        return str(_said(self.offer).get("rows" if self.target.of else "at") or "")

    @property
    def rows(self) -> bool:
        """Whether it has fields of its own."""
        return bool(self.target.of)


@dataclass(frozen=True, slots=True)
class Left:
    """A leaf that nothing takes; `around`: outside the rows. `ticked`: to be ignored by its name."""

    path: str
    around: bool
    ticked: bool
    why: Text | None


@dataclass(frozen=True, slots=True)
class MappingShown:
    """Everything a person looks at to map one kind."""

    lines: tuple[Line, ...]
    left: tuple[Left, ...]
    further: Mapping[str, Any]
    further_ticked: bool
    open: bool
    tree: tuple[Leaf, ...] = field(default=())

    @property
    def offers(self) -> bool:
        """Whether anything is offered that nobody has taken over."""
        return any(line.offer is not None for line in _flat(self.lines))


def mapping_of(material: Mapping[str, Any], sample: Sample, made: MaterialDraft) -> MappingShown:
    """The mapping as it stands in the draft, and what is proposed where nothing stands."""
    found = _row(made.kind, sample, str(material.get("rows") or ""))
    fields = material.get("fields") if isinstance(material.get("fields"), dict) else {}
    fresh = not fields
    proposals = {each.field: each for each in found.proposals}
    eyes = _Eyes(sample, found.row, fresh=fresh)
    lines = tuple(
        eyes.line(target, target.name, (fields or {}).get(target.name), proposals.get(target.name))
        for target in targets(made.kind)
    )
    further = further_parts(made)
    return MappingShown(
        lines,
        tuple(_left(material, lines, made, eyes)),
        further,
        fresh or bool(set(further) & set(material)),
        fresh,
        tuple(_tree(sample, found, lines)),
    )


def _row(kind: str, sample: Sample, rows: str) -> Mapped:
    """The rows that the draft names, or those that suit the kind best."""
    for node in sample.tree.walk():
        if rows and (path_to(node, None, sample.language) or "@") == rows:
            return mapped(kind, node, sample.language)
    return best_row(kind, sample)


@dataclass(frozen=True, slots=True)
class _Eyes:
    """Where one looks from: a row of the sample. `fresh`: nothing is mapped yet, so proposals stand in."""

    sample: Sample
    row: Node
    fresh: bool

    def line(self, target: Target, name: str, rule: Any, proposal: Proposal | None) -> Line:
        """A field with the rule that stands, or the one proposed."""
        language, stands = self.sample.language, rule is not None
        said = _said(rule if stands else rule_of(proposal) if proposal and self.fresh else None)
        return Line(
            target=target,
            name=name,
            at=str(said.get("rows" if target.of else "at") or ""),
            functions=_functions(said.get("as")),
            unit=str(said.get("unit") or ""),
            by=str(said.get("by") or ""),
            table="\n".join(f"{code}={word}" for code, word in (said.get("table") or {}).items()),
            proposed=proposal is not None and self.fresh and not stands,
            confidence=proposal.confidence if proposal else None,
            why=proposal.why if proposal else None,
            paths=tuple(_choices(self.row, self.sample, lists=bool(target.of))),
            inner=tuple(self._inner(target, name, said, proposal if said else None, language)),
            offer=rule_of(proposal) if proposal and not self.fresh and not stands else None,
        )

    def _inner(
        self,
        target: Target,
        name: str,
        said: Mapping[str, Any],
        proposal: Proposal | None,
        language: Language,
    ) -> Iterator[Line]:
        """The fields of a field's rows."""
        below = {each.field: each for each in proposal.of} if proposal else {}
        rules = said.get("fields") if isinstance(said.get("fields"), dict) else {}
        rows = (node for node in self.row.walk() if path_to(node, self.row, language) == said.get("rows"))
        eyes = replace(self, row=next(rows, self.row))
        for each in target.of:
            rule = (rules or {}).get(each.name)
            yield eyes.line(each, f"{name}/{each.name}", rule, below.get(each.name))


def _said(rule: Any) -> dict[str, Any]:
    """A field's rule as a mapping, however short it was written."""
    return {"at": rule} if isinstance(rule, str) else rule if isinstance(rule, dict) else {}


def _functions(said: Any) -> str:
    return ",".join(map(str, said)) if isinstance(said, list) else str(said or "text")


def _choices(row: Node, sample: Sample, *, lists: bool) -> Iterator[Leaf]:
    """What within a row may feed a field: leaves, or for a field of rows what has leaves."""
    for node in row.walk():
        if node is row or node.leaf is lists:
            continue
        path = path_to(node, row, sample.language)
        if path:
            yield Leaf(0, node.name, path, _some(node), node.many, node.doc)


def _some(node: Node) -> tuple[str, ...]:
    return tuple(str(value)[:60] for value in node.values[:SHOWN] if str(value).strip())


def _tree(sample: Sample, found: Mapped, lines: Sequence[Line]) -> Iterator[Leaf]:
    """Every name of the reply in its order; what is about persons without its values."""
    feeds = {line.at: line for line in _flat(lines) if line.at and not line.rows}
    for node in islice(sample.tree.walk(), LEAVES):
        within = node.at[: len(found.row.at)] == found.row.at and node.at != found.row.at
        path = path_to(node, found.row if within else None, sample.language)
        line = feeds.get(path or "") if within and node.leaf else None
        personal = line is not None and line.target.personal
        values = (MASKED,) if personal else _some(node)
        yield Leaf(len(node.at), node.name, path, values, node.many, node.doc, line.name if line else "")


def _flat(lines: Sequence[Line]) -> Iterator[Line]:
    for line in lines:
        yield line
        yield from _flat(line.inner)


def _left(
    material: Mapping[str, Any], lines: Sequence[Line], made: MaterialDraft, eyes: _Eyes
) -> Iterator[Left]:
    """Leaves that neither a field nor the rest of the material takes, and the names that are ignored."""
    named = {name: [str(each) for each in material.get(name) or ()] for name in ("ignore", "around")}
    taken = {line.at for line in _flat(lines) if line.at}
    known = {each.path: each for each in made.leftovers}
    for path in (each.path for each in made.proposals if not each.of):  # proposed, and not taken up
        if path not in taken:
            yield Left(path, around=False, ticked=path in named["ignore"], why=None)
    around = _around(eyes.row, eyes.sample)
    for path, each in known.items():
        if path not in taken:
            outside = each.how == "around" or path in around
            ticked = (
                each.how != "undecided" if eyes.fresh else path in named["around" if outside else "ignore"]
            )
            yield Left(path, outside, ticked, each.why)
    for name, paths in named.items():
        for path in paths:
            if path not in known and path not in taken:
                yield Left(path, name == "around", ticked=True, why=None)


def _around(row: Node, sample: Sample) -> set[str | None]:
    """Paths of leaves that stand outside the rows."""
    return {
        path_to(leaf, None, sample.language, through=True)
        for leaf in sample.tree.leaves()
        if leaf.at[: len(row.at)] != row.at
    }


def as_sent(mapping: MappingShown) -> Form:
    """The form as a browser sends it that changed nothing."""
    fields: dict[str, list[str]] = {}
    for line in _flat(mapping.lines):
        said = {"at": line.at, "as": line.functions, "unit": line.unit, "by": line.by, "table": line.table}
        fields |= {f"{name}:{line.name}": [value] for name, value in said.items()}
    for name, around in (("ignore", False), ("around", True)):
        fields[name] = [each.path for each in mapping.left if each.ticked and each.around is around]
    if mapping.further_ticked:
        fields["further"] = ["1"]
    return Form(fields, {}, {})


def parts_from(form: Form, material: Mapping[str, Any], mapping: MappingShown) -> dict[str, Any]:
    """What the form says, as the manifest's parts: every field, the names ignored, force and files."""
    old = material.get("fields") if isinstance(material.get("fields"), dict) else {}
    fields = {
        line.target.name: rule
        for line in mapping.lines
        if (rule := _rule(form, line, (old or {}).get(line.target.name))) is not None
    }
    listed = {name: [path for path in form.several(name) if path] or None for name in ("ignore", "around")}
    parts: dict[str, Any] = {"fields": fields or None, **listed}
    if "further" in form:
        parts |= {name: material.get(name) or value for name, value in mapping.further.items()}
    return parts


def _rule(form: Form, line: Line, old: Any) -> Any:
    """One field's rule from the form; None where nothing feeds it.

    With `take` one proposal alone is taken over, and of the others those that nobody has changed are left
    out; EVERY takes over all that is still offered.
    """
    at, take = form.get(f"at:{line.name}"), form.get("take")
    if take in {line.name, EVERY} and line.offer is not None:
        return line.offer
    if take and line.proposed and at == line.at and take != line.name:
        at = ""
    kept = {name: value for name, value in _said(old).items() if name in KEPT}
    if not at:
        return {"always": kept["always"]} if "always" in kept else None
    if line.rows:
        inner = _said(old).get("fields") or {}
        fields = {
            each.target.name: rule
            for each in line.inner
            if (rule := _rule(form, each, inner.get(each.target.name))) is not None
        }
        return {"rows": at, "fields": fields} if fields else None
    names = [name for name in form.get(f"as:{line.name}", "text").split(",") if name in CATALOGUE] or ["text"]
    said: dict[str, Any] = {}
    if names != ["text"]:
        said["as"] = names[0] if len(names) == 1 else names
    if any(CATALOGUE[name].units for name in names) and (unit := form.get(f"unit:{line.name}")):
        said["unit"] = unit
    if any("by" in CATALOGUE[name].needs for name in names) and (by := form.raw(f"by:{line.name}")):
        said["by"] = by
    if table := _table(form.raw(f"table:{line.name}")):
        said["table"] = table
    if "identifier" in names and line.target.key:
        said["key"] = kept.get("key", line.target.key)
    said |= {name: value for name, value in kept.items() if name in ("null", "to")}
    return {"at": at, **said} if said else at


def _table(written: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in written.splitlines())
    return {code.strip(): word.strip() for code, equals, word in pairs if equals and code.strip()}


def titles() -> dict[str, Text]:
    """What the functions do, by their names, to be chosen from."""
    return {name: function.about for name, function in CATALOGUE.items()} | {
        "text": text("文本", "text, as it stands")
    }
