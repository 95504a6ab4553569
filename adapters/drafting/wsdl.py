"""What a WSDL says of its operations for people: documentation, arguments, the tree of the reply (WSDL 1.1).

Whether an envelope can be built for one is `adapters.soap.inventory`'s word. Types are walked here, for what
they are called and what is written beside them: that is not in what builds envelopes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from adapters.decode import Element, parse_xml
from adapters.decode.xmltext import local
from adapters.drafting.drafts import Description, Operation, Parameter
from adapters.drafting.tree import Node
from adapters.manifest import WsdlRule
from adapters.soap import inventory
from contracts.text import Text, text

DEPTH = 12
"""Elements within one another that are shown; a type that holds itself goes on for ever."""

NODES = 2_000
"""Elements shown of one message, at most."""

DOC = 500
"""Characters of documentation that are kept."""

_WSDL, _XSD = "{http://schemas.xmlsoap.org/wsdl/}", "{http://www.w3.org/2001/XMLSchema}"
_WITHIN = (
    "sequence",
    "all",
    "choice",
    "complexContent",
    "simpleContent",
    "extension",
    "restriction",
    "complexType",
)


def described(wsdl: WsdlRule) -> Description:
    """Every operation of every port, also those nobody can build an envelope for. Raises AgencyFailed."""
    book = _Book([parse_xml(document) for document in wsdl.documents.values()])
    found = [
        replace(book.operation(one.operation, one.service, one.port), reason=_reason(one.reason))
        for one in inventory(wsdl)
    ]
    return Description("soap", tuple(found), book.address(), book.docs(), wsdl)


@dataclass(slots=True)
class _Budget:
    """How many more elements are shown."""

    left: int = NODES


class _Book:
    """The documents of a description, and what stands in them by kind and name."""

    def __init__(self, roots: list[Element]) -> None:
        self._roots = roots
        self._known: dict[tuple[str, str], Element] = {}
        for root in roots:
            for kind in ("message", "portType", "binding"):
                for node in root.iter(f"{_WSDL}{kind}"):
                    self._known.setdefault((kind, str(node.get("name"))), node)
            for schema in root.iter(f"{_XSD}schema"):
                for node in schema:
                    self._known.setdefault((local(node.tag), str(node.get("name"))), node)

    def address(self) -> str | None:
        """The address the description gives, if any."""
        places = (node.get("location") for root in self._roots for node in root.iter("{*}address"))
        return next((str(place) for place in places if place), None)

    def docs(self) -> dict[str, str]:
        """What is written beside the elements of all types, by their names; nothing where two differ."""
        found: dict[str, str] = {}
        for root in self._roots:
            for node in root.iter(f"{_XSD}element", f"{_XSD}attribute"):
                name, words = str(node.get("name")), _doc(node)
                if words:
                    found[name] = words if found.get(name, words) == words else ""
        return found

    def operation(self, name: str, service: str, port: str) -> Operation:
        """One operation of a port, as far as the documents tell."""
        where = f"{service}/{port}"
        for declared in self._declared(service, port):
            if declared.get("name") != name:
                continue
            _, asked = self._message(declared, "input")
            wrapper, said = self._message(declared, "output")
            inputs = tuple(Parameter(node.name, node.type or "…", node.doc) for node in asked)
            outputs = _under((), Node(wrapper or f"{name}Response", (), below=tuple(said))) if said else None
            return Operation(name, where, _doc(declared), inputs, outputs)
        return Operation(name, where)

    def _declared(self, service: str, port: str) -> Iterator[Element]:
        """The port type's operations behind a port."""
        for root in self._roots:
            for one in root.iter(f"{_WSDL}service"):
                for node in one.findall(f"{_WSDL}port"):
                    if (one.get("name"), node.get("name")) == (service, port):
                        binding = self._named("binding", node.get("binding"))
                        kind = self._named("portType", binding.get("type")) if binding is not None else None
                        yield from kind.findall(f"{_WSDL}operation") if kind is not None else ()

    def _named(self, kind: str, name: object) -> Element | None:
        return self._known.get((kind, str(name).rpartition(":")[2]))

    def _message(self, operation: Element, way: str) -> tuple[str | None, list[Node]]:
        """The elements of a message: those within its one wrapper, whose name comes first, or its parts."""
        told = operation.find(f"{_WSDL}{way}")
        message = self._named("message", told.get("message")) if told is not None else None
        budget, found, wrapper = _Budget(), list[Node](), None
        for part in message.findall(f"{_WSDL}part") if message is not None else ():
            declared = self._named("element", part.get("element")) if part.get("element") else None
            if declared is None:
                found.append(self._node(part, (), budget))
            else:
                wrapper = str(declared.get("name"))
                found.extend(self._below(declared, (), budget))
        return wrapper, found

    def _node(self, node: Element, above: tuple[str, ...], budget: _Budget) -> Node:
        """A declaration as a node; the types above it are not gone into again."""
        name = str(node.get("name") or node.get("ref")).rpartition(":")[2]
        ref = self._named("element", node.get("ref")) if node.get("ref") else None
        here = ref if ref is not None else node
        kind = f"@{name}" if ref is not None else str(here.get("type") or "")
        budget.left -= 1
        round_again = len(above) >= DEPTH or (kind != "" and kind in above)
        below = () if round_again else tuple(self._below(here, (*above, kind), budget))
        many = node.get("maxOccurs") not in (None, "0", "1")
        kind = str(here.get("type") or "").rpartition(":")[2]
        return Node(name, (name,), (), below, many, _doc(node) or _doc(here), kind)

    def _below(self, node: Element, above: tuple[str, ...], budget: _Budget) -> Iterator[Node]:
        """The elements within one: of the type it names, or of its own."""
        held = self._named("complexType", node.get("type")) if node.get("type") else node
        for child in self._content(held, frozenset(), budget) if held is not None else ():
            if budget.left <= 0:
                return
            yield self._node(child, above, budget)

    def _content(self, node: Element, seen: frozenset[str], budget: _Budget) -> Iterator[Element]:
        """The element declarations of a type, those of the type it extends first."""
        budget.left -= 1
        for child in node if budget.left > 0 else ():
            name = local(child.tag)
            if name == "element":
                yield child
            elif name in _WITHIN:
                base = str(child.get("base", "")) if name == "extension" else ""
                wider = self._named("complexType", base) if base and base not in seen else None
                if wider is not None:
                    yield from self._content(wider, seen | {base}, budget)
                yield from self._content(child, seen, budget)


def _under(at: tuple[str, ...], node: Node) -> Node:
    """The node with its place, below a root of its own."""
    here = (*at, node.name)
    return replace(node, at=here, below=tuple(_under(here, child) for child in node.below))


def _reason(said: str | None) -> Text | None:
    return None if said is None else text(f"无法据此生成请求报文（{said}）", said)


def _doc(node: Element) -> str:
    """What is written beside a declaration, in one line."""
    found = [*node.findall(f"{_WSDL}documentation"), *node.findall(f"{_XSD}annotation/{_XSD}documentation")]
    words = " ".join(" ".join(str(part) for part in each.itertext()) for each in found)
    return " ".join(words.split())[:DOC]
