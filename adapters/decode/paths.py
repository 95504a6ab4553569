"""JMESPath into JSON, remembering what has been looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.visitor import TreeInterpreter

from adapters.decode.jsontext import below

PATH_LENGTH = 200
"""Characters of a path in a manifest, at most."""

PATH_FUNCTIONS = frozenset({"length", "not_null", "contains", "starts_with", "ends_with"})
"""JMESPath functions a manifest may call: they look and count; converting is the mapping functions' work."""

_NAME = re.compile(r"\w+")
_PLAIN_WAY = re.compile(r"\w+(\[\])?(\.\w+(\[\])?)*")


class Use(Enum):
    """What a child of a row is wanted for: what it says, rows, or nothing."""

    VALUE = 1
    ROWS = 2
    IGNORED = 3


class Path:
    """A JMESPath that looks and counts, compiled once. Raises ValueError when it is not one.

    `name` is the key it names, where that is all it does.
    """

    __slots__ = ("_tree", "expression", "name")

    def __init__(self, expression: str) -> None:
        if not 0 < len(expression) <= PATH_LENGTH:
            raise ValueError(f"a path has 1 to {PATH_LENGTH} characters")
        try:
            self._tree: Any = jmespath.compile(_quoted(expression)).parsed
        except JMESPathError:
            raise ValueError("not a JMESPath") from None
        if strange := sorted(_functions(self._tree) - PATH_FUNCTIONS):
            raise ValueError(f"function {strange[0]} is not allowed in a path")
        self.expression = expression
        self.name: str | None = self._tree["value"] if self._tree["type"] == "field" else None

    def look(self, content: Any, eyes: TreeInterpreter) -> Any:
        """What stands there, None when nothing does or the path does not fit."""
        try:
            return eyes.visit(self._tree, content)
        except JMESPathError:
            return None


def _quoted(expression: str) -> str:
    """A way of plain names with each name quoted: JMESPath knows only ASCII ones, agencies use 中文 too."""
    return _NAME.sub(r'"\g<0>"', expression) if _PLAIN_WAY.fullmatch(expression) else expression


def _functions(node: Any) -> set[str]:
    own = {str(node["value"])} if node["type"] == "function_expression" else set()
    return own.union(*(_functions(child) for child in node["children"] if isinstance(child, dict)))


class _Eyes(TreeInterpreter):
    """A JMESPath interpreter that remembers every key of every object it looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[tuple[int, str]] = set()

    def visit_field(self, node: Any, value: Any) -> Any:
        if isinstance(value, dict):
            self.seen.add((id(value), node["value"]))
        return super().visit_field(node, value)

    def visit_value_projection(self, node: Any, value: Any) -> Any:
        base = self.visit(node["children"][0], value)
        if isinstance(base, dict):
            self.seen.update((id(base), key) for key in base)
        return super().visit_value_projection(node, value)

    def visit_or_expression(self, node: Any, value: Any) -> Any:
        for alternative in node["children"]:
            self.visit(alternative, value)
        return super().visit_or_expression(node, value)


def _as_rows(found: Any) -> Any:
    return [found] if isinstance(found, dict) and found else found


class Sight:
    """Looks into one document and knows afterwards which of its leaves nobody looked at."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._eyes = _Eyes()

    def find(self, path: Path, within: Any) -> Any:
        """What stands at the path within a part of the document; None when nothing does."""
        return path.look(within, self._eyes)

    def rows(self, path: Path, within: Any) -> Any:
        """The rows at the path: one object is one row; whatever else stands there as it is."""
        return _as_rows(self.find(path, within))

    def open(self, within: dict[str, Any], names: Mapping[str, Use]) -> dict[str, Any]:
        """What a row says under these names, each looked at for its use."""
        said = {name: within[name] for name in names if name in within}
        self._eyes.seen.update((id(within), name) for name in said)
        for name, value in said.items():
            if names[name] is Use.ROWS:
                said[name] = _as_rows(value)
            elif names[name] is Use.IGNORED:
                self._pass_below(value)
        return said

    def is_row(self, item: Any) -> bool:
        """Whether something can be read as a row."""
        return isinstance(item, dict)

    def pass_over(self, path: Path, within: Any) -> None:
        """Count what stands at the path, and everything below it, as looked at."""
        self._pass_below(self.find(path, within))

    def _pass_below(self, found: Any) -> None:
        layer = [found]
        while layer:
            self._eyes.seen.update(
                (id(item), key) for item in layer if isinstance(item, dict) for key in item
            )
            layer = [inner for item in layer for inner in below(item)]

    def unseen(self) -> Iterator[str]:
        """Paths of the leaves nobody looked at, list positions written `[]`, each once."""
        yield from dict.fromkeys(self._unseen(self._document, "", seen=False))

    def _unseen(self, item: Any, path: str, *, seen: bool) -> Iterator[str]:
        if isinstance(item, dict) and item:
            for key, value in item.items():
                place = f"{path}.{key}" if path else key
                yield from self._unseen(value, place, seen=(id(item), key) in self._eyes.seen)
        elif isinstance(item, list) and item:
            for value in item:
                yield from self._unseen(value, f"{path}[]", seen=seen)
        elif not seen:
            yield path
