"""From documents and samples to a draft: each kind's question, reading and mapping, what is left open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from adapters.decode import Step
from adapters.drafting import tables
from adapters.drafting.asking import key_of, question
from adapters.drafting.deciding import decisions_of
from adapters.drafting.drafts import (
    Description,
    Draft,
    Drop,
    Frame,
    MaterialDraft,
    Operation,
    Proposal,
    Question,
)
from adapters.drafting.likeness import OWN_NAMES
from adapters.drafting.proposing import Mapped, best_row
from adapters.drafting.sample import Sample
from adapters.drafting.shapes import fit
from adapters.drafting.surroundings import (
    files_of,
    leftovers,
    legal_of,
    lines_of,
    none_of,
    success_of,
    total_of,
)
from adapters.drafting.targets import asked_by, targets
from adapters.drafting.tree import Node, path_to
from contracts.exchange import KEYS

BARE = 2
"""Names in the tree of a reply that is one text: all there is to know of it is within that text."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One kind a person has chosen, from which operation, and what of it is at hand."""

    kind: str
    operation: str | None = None
    sample: Sample | None = None
    examples: Mapping[str, str] = field(default_factory=dict)


def drafted(
    frame: Frame,
    description: Description,
    wishes: Sequence[Wish],
    *,
    path: str = "/",
    drop: Drop | None = None,
) -> Draft:
    """A draft of one agency's manifest. Raises KeyError for an unknown kind.

    `path` is where a SOAP service stands below the base; `drop` what is known of a drop folder.
    """
    materials = tuple(_material(wish, description) for wish in wishes)
    if drop is not None and materials:
        drop = _with_files(drop, materials[0])
    ports = (each.operation.where.partition("/")[2] for each in materials if each.operation)
    draft = Draft(
        frame,
        description.protocol,
        description.operations,
        materials,
        (),
        path,
        next(ports, None) if description.protocol == "soap" else None,
        drop,
        description.wsdl,
    )
    return replace(draft, decisions=tuple(decisions_of(draft)))


def _material(wish: Wish, description: Description) -> MaterialDraft:
    operation = description.operation(wish.operation) if wish.operation else _only(description)
    sample = wish.sample
    if sample is None and operation is not None and operation.outputs is not None:
        sample = _declared(operation.outputs, soap=description.protocol == "soap")
    if sample is not None:
        sample = informed(sample, description, operation)
    found = best_row(wish.kind, sample) if sample is not None else None
    asked = None
    if operation is not None and description.protocol == "table":
        number = _number(wish.kind, found.proposals) if found else None
        asked = tables.question(operation, _values(sample), number)
    elif operation is not None and description.protocol != "filedrop":
        soap = description.protocol == "soap"
        asked = question(operation, wish.examples, _known_names(wish.kind, found), soap=soap)
    if sample is None or found is None:
        missing = tuple(each.name for each in targets(wish.kind) if each.required)
        return MaterialDraft(wish.kind, operation=operation, question=asked, missing=missing)
    return _read(wish.kind, sample, found, operation, asked)


def informed(sample: Sample, description: Description, operation: Operation | None) -> Sample:
    """A sample with what its agency's description says of its names.

    A table that had no row for the question has its columns all the same.
    """
    if description.protocol == "table" and operation and operation.outputs and not _values(sample):
        sample = replace(sample, tree=operation.outputs)
    return replace(sample, tree=sample.tree.with_docs(dict(description.docs) | _docs_of(operation)))


def _number(kind: str, proposals: Sequence[Proposal]) -> str | None:
    """Where a row has the document's own number."""
    numbers = {each.name for each in targets(kind) if each.number}
    return next((each.path for each in proposals if each.field in numbers), None)


def _values(sample: Sample | None) -> dict[str, tuple[Any, ...]]:
    """What stands in the columns of a table's rows."""
    leaves = sample.tree.leaves() if sample is not None else ()
    return {leaf.name: leaf.values for leaf in leaves if leaf.at[:-1] == ("rows",)}


def _known_names(kind: str, found: Mapped | None) -> dict[str, str]:
    """Names that the reply calls a key by, and those the kind's own number usually has."""
    own = next((each.key for each in targets(kind) if each.number and each.key), None)
    named = dict.fromkeys(OWN_NAMES, own) if own else {}
    for each in found.proposals if found else ():
        if each.recipe.key is not None and not each.of:
            named[re.split(r"[./]", each.path.lower())[-1]] = each.recipe.key
    return named


def _only(description: Description) -> Operation | None:
    usable = [each for each in description.operations if each.usable]
    return usable[0] if len(usable) == 1 else None


def _declared(outputs: Node, *, soap: bool) -> Sample | None:
    """What a description says of a reply, as a sample without values; None where it says one text."""
    if len(list(outputs.walk())) <= BARE:
        return None
    return Sample((Step("soap" if soap else "json"),), outputs, "xpath" if soap else "jmespath")


def _docs_of(operation: Operation | None) -> dict[str, str]:
    nodes = operation.outputs.walk() if operation and operation.outputs else ()
    return {node.name: node.doc for node in nodes if node.doc}


def _read(
    kind: str, sample: Sample, found: Mapped, operation: Operation | None, asked: Question | None
) -> MaterialDraft:
    tree, row, language, notice = sample.tree, found.row, sample.language, sample.notice is not None
    rows = path_to(row, None, language) or "@"
    total, counted = total_of(tree, row, language) if _paged(asked) else (None, None)
    success, said = success_of(tree, row, language) if not notice else (None, None)
    legal, forced = tables.force_of(asked, row)
    if forced is None:
        legal, forced = legal_of(found, language)
    files, listed = files_of(found, language)
    about = _about(found, sample, asked)
    checked = [leaf for leaf in found.leaves if path_to(leaf, row, language) in about.values()]
    left = leftovers(tree, found, language, [counted, said, forced, *checked], listed)
    left = list(tables.settled(left, asked))
    mapped = {each.field for each in found.proposals}
    return MaterialDraft(
        kind=kind,
        language=language,
        operation=operation,
        question=asked,
        steps=sample.steps,
        relabelled=sample.relabelled,
        success=success,
        none=none_of(row, _first(tree) if notice and not row.at else rows, language, total, notice=notice),
        rows=rows,
        total=total,
        about=about,
        proposals=found.proposals,
        legal=legal,
        files=files,
        leftovers=tuple(lines_of(left, files) if sample.notice == "csv" else left),
        missing=tuple(each.name for each in targets(kind) if each.required and each.name not in mapped),
        notice=sample.notice,
    )


def _first(tree: Node) -> str:
    """What is always there in a notice that is one row itself."""
    return next((path_to(node, None, "jmespath") or "@" for node in tree.below if not node.many), "@")


def _paged(asked: Question | None) -> bool:
    parts = [asked.query, asked.form or {}, asked.json_body or {}] if asked else []
    return any("{page}" in part.values() for part in parts)


def _about(found: Mapped, sample: Sample, asked: Question | None) -> dict[str, str]:
    """Where a row names the keys it may be asked by: those the question has places for, or all it names."""
    named = dict(_key_paths(found, sample))
    if asked is not None and asked.table is not None:
        columns = {value: tables.column_path(name) for name, value in asked.where.items()}
        named |= {key: path for key in asked.asks if (path := columns.get(f"{{{key}}}"))}
    return named if asked is None else {key: named.get(key, "unstated") for key in asked.asks}


def _key_paths(found: Mapped, sample: Sample) -> Iterator[tuple[str, str]]:
    """Keys a row names: by a field of that name, by one that is such an identifier, or by a leaf's name."""
    for key in KEYS:
        named = [each.path for each in found.proposals if each.field == key]
        named += [each.path for each in found.proposals if each.recipe.key == key and key != "holder_uscc"]
        named += [
            each.path for each in found.proposals if each.field.endswith("uscc") and key == "holder_uscc"
        ]
        leaves = [leaf for leaf in found.leaves if leaf.at not in found.used and _names(key, leaf)]
        named += [path for leaf in leaves if (path := path_to(leaf, found.row, sample.language))]
        if named:
            yield key, named[0]


def _names(key: str, leaf: Node) -> bool:
    """Whether a leaf is called as a key is, and holds what may be one."""
    suits = fit(asked_by(key), leaf.values)
    return key_of(leaf.name, leaf.doc) == key and suits is not None and suits.points >= 0


def _with_files(drop: Drop, material: MaterialDraft) -> Drop:
    """The drop folder with what its notice tells: the delivery's number, the files with their digests."""
    row = "" if material.rows in (None, "@") else f"{material.rows}."
    number = _number(material.kind, material.proposals)
    files = material.files
    if files is not None and row:
        files = replace(files, rows=row + files.rows)
    return replace(drop, package=f"{row}{number}" if number else None, files=files)
