"""How a table is asked: by a column that holds a key, for valid rows, the newest first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from adapters.drafting.drafts import Leftover, Operation, Parameter, Question, Says
from adapters.drafting.initials import initials
from adapters.drafting.likeness import likeness
from adapters.drafting.shapes import fit
from adapters.drafting.targets import Target, asked_by
from adapters.drafting.tree import Node, path_to
from adapters.manifest.parts import PLACEHOLDER
from contracts.catalogue import KINDS
from contracts.exchange import KEYS
from contracts.text import text

CLEAR, SURE = 75, 58
"""Likeness, in hundredths, of a column that plainly holds a key, and of one that may."""

DOUBTED = -10
"""What values may cost a column, in hundredths, that holds a key all the same; none at all cost five."""

CHARACTERS, LETTERS = 4, 5
"""Characters in a row, of a comment, or letters of a name, that must be those of a kind."""

OWN = "table"
"""What the kit itself writes beside a reply's rows: nobody need map it."""

VALID, NEWEST = ("sjyxbs", "数据有效标识"), ("lsh", "流水号")
"""What the column is called that marks valid rows with 1, and the one that counts rows: name and comment."""


_TEXT = re.compile(r"character|(.*\.)?(ci)?text$|name$|\"char\"$", re.IGNORECASE)
"""Types that are sorted sign by sign, where 999 comes after 1001: they do not tell the newest row."""


class AskedBy(NamedTuple):
    """A key, the column that holds it, and whether its values go on where the key ends."""

    key: str
    column: Parameter
    starts: bool


def question(table: Operation, values: Mapping[str, Sequence[Any]], number: str | None) -> Question:
    """The question put to a table: by one key, for valid rows, the newest first; as far as it has columns.

    `values` are what a sample has in its columns, `number` the path of the document's own number.
    """
    by = asked_column(table.inputs, values)
    valid = _called(table.inputs, VALID)
    newest = _called([each for each in table.inputs if not _TEXT.match(each.type)], NEWEST)
    where = {by.column.name: f"{{{by.key}}}"} if by else {}
    where |= {valid.name: "1"} if valid else {}
    return Question(
        table=table.name,
        where=where,
        starts=(by.column.name,) if by and by.starts else (),
        newest=newest.name if newest else None,
        per=next((c.name for c in table.inputs if newest and column_path(c.name) == number), None),
        asks=(by.key,) if by else (),
    )


def asked_column(columns: Sequence[Parameter], values: Mapping[str, Sequence[Any]]) -> AskedBy | None:
    """The key that a table is best asked by, and its column: keys that name one project before others.

    A column that is called as another key is may hold more than this one: `-001` behind the project's code.
    """
    for least in (CLEAR, SURE):
        for key in KEYS:
            points, place, starts = max(_liked(key, columns, values), default=(0, 0, False))
            if points >= least:
                return AskedBy(key, columns[-place], starts)
    return None


def _liked(
    key: str, columns: Sequence[Parameter], values: Mapping[str, Sequence[Any]]
) -> Iterator[tuple[int, int, bool]]:
    """Points of the columns that may hold a key; of equals the first is the greatest."""
    target = asked_by(key)
    for place, column in enumerate(columns):
        named, said = likeness(column.name, column.doc, target), values.get(column.name, ())
        whole, begun = _suits(target, said), _suits(target, list(map(_begun, said)))
        if named and (whole or begun):
            yield named.points, -place, not whole if said else likelier(column, key) is not None


def _suits(target: Target, values: Sequence[Any]) -> bool:
    suits = fit(target, values)
    return suits is not None and suits.points >= DOUBTED


def _begun(value: Any) -> Any:
    """What stands before the last hyphen; all of it where there is none."""
    return value.rpartition("-")[0] or value if isinstance(value, str) else value


def likelier(column: Parameter, key: str) -> str | None:
    """A key by which a column is more plainly called than by this one; None without one."""
    said = {name: likeness(column.name, column.doc, asked_by(name)) for name in KEYS}
    points = {name: each.points if each else 0 for name, each in said.items()}
    best = max(points, key=lambda name: points[name])
    return best if points[best] > points[key] else None


def _called(columns: Iterable[Parameter], words: tuple[str, str]) -> Parameter | None:
    name, comment = words
    found = [each for each in columns if each.name.lower() == name or each.doc.startswith(comment)]
    return next(iter(found), None)


def settled(left: Sequence[Leftover], asked: Question | None) -> Iterator[Leftover]:
    """As given, but for what the question to a table says all of: which row is newest, the table's name."""
    newest = column_path(asked.newest) if asked and asked.newest else None
    for each in left:
        if newest is not None and each.path == newest:
            yield Leftover(each.path, "ignore", text("仅用于取最新一条", "only to find the newest row"))
        elif asked is None or asked.table is None or each.path != OWN:
            yield each


def force_of(asked: Question | None, row: Node) -> tuple[dict[str, Says], Node | None]:
    """What a question for valid rows alone says of a document's force, and the column that does."""
    valid = [name for name, value in asked.where.items() if value == "1"] if asked else []
    leaf = next((each for each in row.below if each.name in valid), None)
    path = column_path(leaf.name) if leaf else None
    if path is None:
        return {}, None
    why = text("只查数据有效标识为 1 的记录", "only rows are asked for that are marked as valid")
    return {"in_force": Says(path, ("1",), 90, why)}, leaf


def about_of(where: Mapping[str, Any]) -> dict[str, Any]:
    """Where a row names the keys that a manifest's conditions ask by, as its part `about`."""
    found: dict[str, Any] = {}
    for column, said in where.items():
        rule = said if isinstance(said, Mapping) else {"value": said}
        place, path = PLACEHOLDER.fullmatch(str(rule.get("value"))), column_path(str(column))
        if place and path:
            found[place[1]] = {"at": path, "fit": "starts"} if rule.get("fit") == "starts" else path
    return found


def column_path(name: str) -> str | None:
    """A column as the manifest's paths name it; None where none can."""
    return path_to(Node(name, (name,)), None, "jmespath")


def likely_kind(table: Operation) -> str | None:
    """The kind a table is called after, by its comment or the initials in its name; None if none.

    To be offered, not taken: only its columns tell what it holds.
    """
    said = _run_of(table.doc, {slug: kind.zh for slug, kind in KINDS.items()}, CHARACTERS)
    letters = re.sub(r"[^a-z]", "", table.name.lower())
    return said or _run_of(letters, {slug: initials(kind.zh) for slug, kind in KINDS.items()}, LETTERS)


def _run_of(words: str, titles: Mapping[str, str], least: int) -> str | None:
    """Whose title has the longest run of signs in common with these words; of equals the shortest."""
    matcher = SequenceMatcher(b=words, autojunk=False)
    found: list[tuple[int, int, str]] = []
    for slug, title in titles.items():
        matcher.set_seq1(title)
        found.append((matcher.find_longest_match().size, -len(title), slug))
    size, _, best = max(found)
    return best if size >= least else None
