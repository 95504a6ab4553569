"""Which leaf of a reply feeds which field of the contract: proposals with confidence and reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from adapters.drafting.drafts import Proposal
from adapters.drafting.likeness import Likeness, likeness
from adapters.drafting.pairing import paired
from adapters.drafting.sample import Sample
from adapters.drafting.shapes import TELLING, coded, fit, recipe
from adapters.drafting.targets import Target, targets
from adapters.drafting.tree import Language, Node, path_to
from contracts.text import Text, text

LEAST = 50
"""Confidence, in hundredths, below which nothing is proposed."""

MOST = 99
"""Nothing is certain before a person has looked."""

CLOSE = 8
"""How near another leaf must come to be named beside the one proposed."""

LEAVES = 400
"""Leaves of one row that are considered, at most; the contract's widest kind has 30 fields."""

PLACES = 40
"""Places of a document that are tried as rows, and lists of a row that are, at most; outer ones first."""

_BY_FORM, _BY_CODE = 45, 30
_ROWS_NAMED, _ROWS_LIKE = 60, 70


@dataclass(frozen=True, slots=True)
class Mapped:
    """A row's proposals; the leaves they use, by place; the lists they are rows of; the row's own leaves."""

    row: Node
    proposals: tuple[Proposal, ...]
    used: frozenset[tuple[str, ...]]
    lists: tuple[Node, ...] = ()
    leaves: tuple[Node, ...] = ()

    @property
    def points(self) -> int:
        """How well the row suits the kind."""
        return sum(each.confidence + sum(inner.confidence for inner in each.of) for each in self.proposals)


def mapped(kind: str, row: Node, language: Language) -> Mapped:
    """Proposals for a kind's fields from one kind of row."""
    fields, lists = targets(kind), tuple(islice(_lists(row), PLACES))
    rows, taken = _of_rows([each for each in fields if each.form == "rows"], row, lists, language)
    within = (*taken, *(each for each in row.walk() if each.many and each is not row and not each.leaf))
    leaves = [leaf for leaf in plain_leaves(row, within) if path_to(leaf, row, language)][:LEAVES]
    plain = _of_leaves([each for each in fields if each.form != "rows"], row, leaves, language)
    found = {proposal.field: proposal for proposal, _ in (*plain, *rows)}
    used = {leaf.at for _, leaf in plain}
    used |= {node.at for _, nodes in rows for node in nodes}
    ordered = tuple(found[each.name] for each in fields if each.name in found)
    return Mapped(row, ordered, frozenset(used), taken, tuple(leaves))


def best_row(kind: str, sample: Sample) -> Mapped:
    """The rows that suit a kind best; of equals the inner ones, whose paths are shorter.

    A table's lines are files: what is the same in all of them is said of the delivery as a whole.
    """
    places = [sample.tree] if sample.notice == "csv" else _containers(sample.tree)
    candidates = [mapped(kind, node, sample.language) for node in places]
    return max(candidates, key=lambda each: (each.points - _depth(each), each.row.many, len(each.row.at)))


def _depth(found: Mapped) -> int:
    """A point for every name between a row and a leaf it uses."""
    return sum(len(at) - len(found.row.at) - 1 for at in found.used)


def ranked(sample: Sample, kinds: Iterable[str]) -> list[tuple[str, int]]:
    """Kinds by how many of their fields a sample has, the likeliest first, with points."""
    points = ((kind, best_row(kind, sample).points) for kind in kinds)
    return sorted((each for each in points if each[1]), key=lambda each: -each[1])


def _containers(tree: Node) -> list[Node]:
    """Nodes that may be rows: those with leaves of their own, not within the rows of another list."""
    found: list[Node] = []

    def walk(node: Node) -> None:
        if any(each.leaf for each in node.below):
            found.append(node)
        if not node.many:
            for each in node.below:
                walk(each)

    walk(tree)
    return found[:PLACES] or [tree]


def _lists(row: Node) -> Iterator[Node]:
    """Nodes within a row that may be rows themselves."""
    return (node for node in row.walk() if node is not row and any(each.leaf for each in node.below))


def plain_leaves(row: Node, without: Sequence[Node]) -> Iterator[Node]:
    """A row's leaves that stand in none of these lists."""
    barred = {node.at for node in without}
    for node in row.below:
        if node.leaf:
            yield node
        elif node.at not in barred:
            yield from plain_leaves(node, without)


def _of_leaves(
    fields: Sequence[Target], row: Node, leaves: Sequence[Node], language: Language
) -> list[tuple[Proposal, Node]]:
    """Fields and leaves brought together so that all are best off."""
    judged = [[_judged(target, leaf) for leaf in leaves] for target in fields]
    points = [[each.points if each and each.points >= LEAST else 0 for each in line] for line in judged]
    columns = paired(points)
    # What a leaf is worth where it went; nothing for one that went nowhere.
    worth = {column: points[index][column] for index, column in enumerate(columns) if column is not None}
    found: list[tuple[Proposal, Node]] = []
    for target, line, said, column in zip(fields, judged, points, columns, strict=True):
        chosen = line[column] if column is not None else None
        how = recipe(target, leaves[column].values) if column is not None else None
        if column is None or chosen is None or how is None:
            continue
        near = [
            n
            for n, each in enumerate(said)
            if each and each >= said[column] - CLOSE and each > worth.get(n, 0)
        ]
        rivals = tuple(path_to(leaves[n], row, language) or "" for n in near if n != column)
        proposal = Proposal(
            target.name,
            path_to(leaves[column], row, language) or "",
            min(chosen.points - (CLOSE if rivals else 0), MOST),
            chosen.why,
            how,
            rivals=rivals,
            coded=coded(target, leaves[column].values),
        )
        found.append((proposal, leaves[column]))
    return found


def _judged(target: Target, leaf: Node) -> Likeness | None:
    """How likely a leaf is a field: by its name, by what a description says, by what stands there."""
    named = likeness(leaf.name, leaf.doc, target)
    suits = fit(target, leaf.values) if named or target.key in TELLING else None
    if suits is None:
        return None
    told = suits.why is not None and target.key in TELLING and suits.points > 0
    if named is None:
        if not told or suits.why is None:
            return None
        base = _BY_CODE if target.key == "holder_uscc" else _BY_FORM
        return Likeness(base + suits.points, suits.why)
    why = _and(named.why, suits.why) if suits.why else named.why
    return Likeness(named.points + suits.points, why)


def _and(one: Text, other: Text) -> Text:
    return text(f"{one.zh}；{other.zh}", f"{one.en}; {other.en}")


def _of_rows(
    fields: Sequence[Target], row: Node, lists: Sequence[Node], language: Language
) -> tuple[list[tuple[Proposal, tuple[Node, ...]]], tuple[Node, ...]]:
    """The contract's lists of rows, each from the list within the row that suits it best."""
    found: list[tuple[Proposal, tuple[Node, ...]]] = []
    taken: list[Node] = []
    for target in fields:
        tried = [each for node in lists if node not in taken and (each := _rows(target, row, node, language))]
        best = max(tried, key=lambda each: each[0].confidence, default=None)
        if best:
            found.append((best[0], best[1]))
            taken.append(best[2])
    return found, tuple(taken)


def _rows(
    target: Target, row: Node, node: Node, language: Language
) -> tuple[Proposal, tuple[Node, ...], Node] | None:
    """A list as the contract's rows, where its own leaves suit them and its name does not gainsay it."""
    inner = _of_leaves(target.of, node, list(plain_leaves(node, ()))[:LEAVES], language)
    path = path_to(node, row, language)
    required = {each.name for each in target.of if each.required}
    if not inner or path is None or not required <= {proposal.field for proposal, _ in inner}:
        return None
    named = likeness(node.name, node.doc, target)
    mean = sum(proposal.confidence for proposal, _ in inner) // len(inner)
    well_named = named is not None and named.points >= _ROWS_NAMED
    if not well_named and (len(inner) < 2 or mean < _ROWS_LIKE or not node.many):
        return None
    why = text(f"其 {len(inner)} 列与“{target.zh}”相符", f"{len(inner)} of its columns suit {target.en}")
    if named and well_named:
        why = _and(named.why, why)
    share = min(mean + 2 * len(inner), MOST) if not named else min(max(mean, named.points), MOST)
    proposal = Proposal(target.name, path, share, why, of=tuple(each for each, _ in inner))
    return proposal, tuple(leaf for _, leaf in inner), node
