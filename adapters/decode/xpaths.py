"""A small part of XPath 1.0 into XML, remembering what has been looked at.

Names stand for themselves in any namespace. What takes more than one walk over a document is refused: axes
that look sideways, `//` more than once or within a predicate, unions, variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

from adapters.decode.paths import PATH_LENGTH, Use
from adapters.decode.xmltext import XSI, Element, is_leaf, local, said

WHOLE = frozenset({"string", "normalize-space", "count", "boolean"})
"""Functions that may stand around a whole path."""

TESTS = frozenset(
    {"string", "normalize-space", "count", "boolean", "not", "contains", "starts-with", "position", "last"}
    | {"string-length", "number", "text"}
)
"""Functions that may stand in a predicate."""

AXES = frozenset({"child", "self", "parent"})
"""Axes that may be named."""

_TOKEN = re.compile(
    r"\s*(?:(?P<literal>'[^']*'|\"[^\"]*\")|(?P<number>\d+(?:\.\d+)?)|(?P<name>[^\W\d][\w.-]*)"
    r"|(?P<mark>//|::|\.\.|!=|<=|>=|[/.@\[\](),*=<>+-]))"
)
_BEFORE_OPERAND = frozenset({"", "@", "::", "(", "[", ",", "/", "//", "and", "or", "div", "mod"}) | frozenset(
    {"=", "!=", "<", "<=", ">", ">=", "+", "-"}
)
_OPERATORS = frozenset({"and", "or", "div", "mod"})
_HAS_ATTRIBUTES = etree.XPath("boolean(descendant-or-self::*/@*)")
_FROM_ROOT = {"/": "self::", "//": "descendant-or-self::"}
_NAME = re.compile(r"[^\W\d][\w.-]*")


class XmlPath:
    """A path into XML, compiled once. Raises ValueError when it is none, or not of the part allowed.

    `string(…)`, `normalize-space(…)`, `count(…)` or `boolean(…)` may stand around it; it may end in `@name`
    or `text()`. `name` is the child it names, where that is all it does.
    """

    __slots__ = ("_absolute", "_compiled", "_way", "attribute", "expression", "name", "whole")

    def __init__(self, expression: str) -> None:
        if not 0 < len(expression) <= PATH_LENGTH:
            raise ValueError(f"a path has 1 to {PATH_LENGTH} characters")
        tokens = list(_tokens(expression))
        self.expression = expression
        self.whole, tokens = _unwrapped(tokens)
        tokens, self.attribute = _without_end(tokens)
        self._absolute = tokens[:1] in (["/"], ["//"])
        self._way = _plain_way(tokens)
        self.name = self._only_name()
        self._compiled: etree.XPath | None = None
        if self._way is None:
            try:
                self._compiled = etree.XPath(_rewritten(tokens))
            except etree.XPathError:
                raise ValueError("not an XPath") from None

    def elements(self, within: Element, root: Element) -> list[Element]:
        """The elements the path leads to, before its last `@name` or `text()`; `/` begins at `root`."""
        start = root if self._absolute else within
        if self._compiled is not None:
            return self._found(self._compiled, start)
        here, names = [start], self._way or ()
        if self._absolute:
            here, names = ([root] if names[0][3:] in (local(root.tag), "*") else []), names[1:]
        for name in names:
            here = [child for parent in here for child in parent.iterchildren(name)]
        return here

    def _only_name(self) -> str | None:
        way = self._way
        if way is None or len(way) != 1 or self._absolute or self.attribute or self.whole:
            return None
        return None if way == ("{*}*",) else local(way[0])

    @staticmethod
    def _found(compiled: etree.XPath, within: Element) -> list[Element]:
        try:
            found = compiled(within)
        except etree.XPathError:
            return []
        return [item for item in found if isinstance(item, Element)] if isinstance(found, list) else []


def _tokens(expression: str) -> Iterator[str]:
    place = 0
    rest = expression.rstrip()
    while place < len(rest):
        found = _TOKEN.match(rest, place)
        if found is None:
            raise ValueError("not an XPath of the part allowed")
        place = found.end()
        yield found[0].strip()


def _unwrapped(tokens: list[str]) -> tuple[str | None, list[str]]:
    """The function around the whole path, and the path."""
    if len(tokens) > 3 and tokens[0] in WHOLE and tokens[1] == "(" and tokens[-1] == ")":
        return tokens[0], tokens[2:-1]
    return None, tokens


def _without_end(tokens: list[str]) -> tuple[list[str], str | None]:
    """The path before its last step, if that is an attribute or the text of what comes before."""
    attribute = None
    if tokens[-2:-1] == ["@"] and _NAME.fullmatch(tokens[-1]):
        tokens, attribute = tokens[:-2], tokens[-1]
    elif tokens[-3:] == ["text", "(", ")"]:
        tokens = tokens[:-3]
    else:
        return tokens, None
    if tokens and tokens[-1] != "/":
        raise ValueError("not an XPath of the part allowed")
    return tokens[:-1] or ["."], attribute


def _plain_way(tokens: list[str]) -> tuple[str, ...] | None:
    """The tags, of any namespace, of a path that only goes down; None for any other."""
    if tokens == ["."]:
        return ()
    steps = tokens[2:] if tokens[:2] == [".", "/"] else tokens[1:] if tokens[:1] == ["/"] else tokens
    names, slashes = steps[::2], steps[1::2]
    plain = all(name == "*" or _NAME.fullmatch(name) for name in names) and set(slashes) <= {"/"}
    return tuple(f"{{*}}{name}" for name in names) if plain and len(steps) % 2 else None


def _rewritten(tokens: list[str]) -> str:
    """The path with every name test made one of local names. Raises ValueError for what is not allowed."""
    if not tokens:
        raise ValueError("not an XPath")
    depth, walks, out, before = 0, 0, [], ""
    for index, token in enumerate(tokens):
        after = tokens[index + 1] if index + 1 < len(tokens) else ""
        depth += (token == "[") - (token == "]")  # noqa: S105  a bracket
        walks += token == "//"  # noqa: S105  a step
        if walks > 1 or (depth and token == "//"):  # noqa: S105  a step
            raise ValueError("// stands once, outside of predicates")
        if depth and token == "/" and before in _BEFORE_OPERAND:  # noqa: S105  a step
            raise ValueError("a predicate looks below its own element only")
        out.append(_told(token, before, after, inside=depth > 0) if _NAME.fullmatch(token) else token)
        before = token
    # A document may be a part of another: "/" is its own root, not that of the envelope it came in.
    if out[0] in _FROM_ROOT:
        out[0] = _FROM_ROOT[out[0]]
    return " ".join(out)


def _told(name: str, before: str, after: str, *, inside: bool) -> str:
    """A name as what it is at its place: operator, axis, function, attribute, or the test of an element."""
    if before not in _BEFORE_OPERAND:
        if name not in _OPERATORS:
            raise ValueError("not an XPath of the part allowed")
        return name
    if after == "::":
        if name not in AXES:
            raise ValueError(f"axis {name} is not allowed in a path")
        return name
    if after == "(":
        if not inside or name not in TESTS:
            raise ValueError(f"function {name} is not allowed in a path")
        return name
    return f"*[local-name()='{name}']"


class _Locals(dict[Any, str]):
    """Names without their namespaces, each found once a document."""

    def __missing__(self, name: Any) -> str:
        self[name] = found = local(name)
        return found


class XmlSight:
    """Looks into one XML document and knows afterwards which of its leaves nobody looked at."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._bare = not _HAS_ATTRIBUTES(root)
        self._locals = _Locals()
        self._seen: set[Element] = set()
        self._attributes: set[tuple[Element, str]] = set()
        self._passed: set[Element] = set()
        # Of the rows that were opened, the children there is still something to find out about.
        self._left: dict[Element, Sequence[Element]] = {}

    def find(self, path: XmlPath, within: Element) -> Any:
        """What stands at the path: None, a text, an element that holds others, or a list of these."""
        elements = path.elements(within, self._root)
        if path.attribute is not None:
            values = self._attribute(path.attribute, elements)
        else:
            self._seen.update(elements)
            values = [said(element) if is_leaf(element) else element for element in elements]
        if path.whole is not None:
            return _of_the_whole(path.whole, values)
        return values if len(values) > 1 else next(iter(values), None)

    def rows(self, path: XmlPath, within: Element) -> Any:
        """The elements at the path; None when there are none."""
        return path.elements(within, self._root) or None

    def open(self, within: Element, names: Mapping[str, Use]) -> dict[str, Any]:
        """What the children of these names say, or the rows they are, in one pass over a row."""
        found: dict[str, Any] = {}
        left: list[Element] = []
        bare, local_names, value, ignored = self._bare, self._locals, Use.VALUE, Use.IGNORED
        for child in within:
            name = local_names[child.tag]
            use = names.get(name)
            if use is value:
                said = child.text or "" if bare and not len(child) else self._value(child, left)
                if name in found:
                    said = [*(found[name] if isinstance(found[name], list) else [found[name]]), said]
                found[name] = said
            elif use is not ignored:
                left.append(child)
                if use is not None:
                    found.setdefault(name, []).append(child)
        before = self._left.get(within)
        self._left[within] = (left or ()) if before is None else [child for child in before if child in left]
        return found

    def _value(self, child: Element, left: list[Element]) -> Any:
        """What a child says that has children or attributes of its own, which nobody looked at yet."""
        self._seen.add(child)
        left.append(child)
        return said(child) if is_leaf(child) else child

    def is_row(self, item: Any) -> bool:
        """Whether something can be read as a row."""
        return isinstance(item, Element)

    def pass_over(self, path: XmlPath, within: Element) -> None:
        """Count what stands at the path, and everything below it, as looked at."""
        elements = path.elements(within, self._root)
        if path.attribute is not None:
            self._attribute(path.attribute, elements)
        else:
            self._passed.update(elements)

    def unseen(self) -> Iterator[str]:
        """Paths of the texts and attributes nobody looked at, each once."""
        yield from dict.fromkeys(self._unseen())

    def _attribute(self, name: str, elements: list[Element]) -> list[Any]:
        having = [element for element in elements if element.get(name) is not None]
        self._attributes.update((element, name) for element in having)
        return [element.get(name) for element in having]

    def _unseen(self) -> Iterator[str]:
        ahead = [self._root]
        while ahead:
            element = ahead.pop()
            if element in self._passed:
                continue
            for name in () if self._bare else element.keys():
                if not str(name).startswith(XSI) and (element, str(name)) not in self._attributes:
                    yield f"{self._place(element)}/@{local(name)}"
            if element not in self._seen and (element.text or "").strip():
                yield self._place(element)
            ahead.extend(reversed(self._left.get(element, element)))

    def _place(self, element: Element) -> str:
        """Names from the root of the document, which may itself stand within an envelope."""
        names = [local(element.tag)]
        while element is not self._root and (parent := element.getparent()) is not None:
            element = parent
            names.append(local(element.tag))
        return "/" + "/".join(reversed(names))


def _of_the_whole(function: str, values: list[Any]) -> Any:
    """A function of all that was found. Unlike XPath's, `string` of nothing is nothing, not an empty text."""
    if function == "count":
        return len(values)
    if function == "boolean":
        return bool(values)
    if not values or values[0] is None:
        return None
    first = values[0] if isinstance(values[0], str) else "".join(map(str, values[0].itertext()))
    return " ".join(first.split()) if function == "normalize-space" else first
