"""From a reply's octets to a document: bounded, strict, and knowing afterwards what has been looked at."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.visitor import TreeInterpreter
from lxml import etree

from adapters.base import failed
from contracts.errors import AgencyFailed, Fault
from contracts.text import text

DEPTH = 64
"""Containers within containers, at most."""

DIGITS = 40
"""Characters of a JSON number, at most."""

PATH_LENGTH = 200
"""Characters of a JMESPath in a manifest, at most."""

PATH_FUNCTIONS = frozenset({"length", "not_null", "contains", "starts_with", "ends_with"})
"""JMESPath functions a manifest may call: they look and count; converting is the mapping functions' work."""

_CHUNK = 1 << 20
_NAME = re.compile(r"\w+")
_PLAIN_WAY = re.compile(r"\w+(\[\])?(\.\w+(\[\])?)*")
_CODINGS = {"": None, "identity": None, "gzip": 31, "x-gzip": 31, "deflate": 15}
# Labels that say less than the octets mean: Windows writes GBK and calls it gb2312; gb18030 holds both.
_CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5"}


def unreadable(zh: str, en: str) -> AgencyFailed:
    """The error for a reply that cannot be decoded; the sentence quotes nothing of it."""
    return failed(Fault.UNREADABLE, text(f"返回内容无法解析：{zh}", f"The reply cannot be decoded: {en}"))


def header(headers: Sequence[tuple[str, str]], name: str) -> str:
    """The first value of a header, whatever its case; empty when absent."""
    return next((value.strip() for key, value in headers if key.lower() == name.lower()), "")


class Inflater:
    """Undoes a content coding (RFC 9110 §8.4.1) piece by piece; more than `limit` octets out are refused."""

    def __init__(self, coding: str, limit: int) -> None:
        if coding.lower() not in _CODINGS:
            raise unreadable("不支持的内容编码", "unsupported content coding")
        self._bits = _CODINGS[coding.lower()]
        self._zlib = zlib.decompressobj(self._bits) if self._bits else None
        self._left = limit
        self._fed = False

    def feed(self, octets: bytes) -> Iterator[bytes]:
        """The octets that this piece gives, in pieces of at most 1 MiB. Raises AgencyFailed."""
        self._fed = self._fed or bool(octets)
        while octets and self._bits and self._zlib:
            if self._zlib.eof:  # gzip members may follow each other (RFC 1952 §2.2)
                self._zlib = zlib.decompressobj(self._bits)
            try:
                piece = self._zlib.decompress(octets, _CHUNK)
            except zlib.error:
                raise unreadable("压缩数据损坏", "damaged compressed data") from None
            octets = self._zlib.unconsumed_tail or self._zlib.unused_data
            yield self._counted(piece)
        if octets:
            yield self._counted(octets)

    def finish(self) -> bytes:
        """What was still held back. Raises AgencyFailed when the compressed data stop in the middle."""
        if self._zlib is None or not self._fed:
            return b""
        rest = self._zlib.flush()
        if not self._zlib.eof:
            raise failed(Fault.TRUNCATED)
        return self._counted(rest)

    def _counted(self, piece: bytes) -> bytes:
        self._left -= len(piece)
        if self._left < 0:
            raise failed(Fault.TOO_LARGE)
        return piece


def inflate(body: bytes, coding: str, limit: int) -> bytes:
    """A whole body without its content coding, at most `limit` octets. Raises AgencyFailed."""
    inflater = Inflater(coding, limit)
    return b"".join(inflater.feed(body)) + inflater.finish()


def as_text(octets: bytes, declared: str = "") -> tuple[str, str]:
    """The characters, and the charset that fits: UTF-8, else the declared one, else GB 18030.

    In this order because declarations lie more often than octets: a text of another charset is hardly
    ever valid UTF-8 by accident. Raises AgencyFailed (unreadable).
    """
    trials = ("utf-8", _CHARSETS.get(declared.lower(), "gb18030"), "gb18030")
    for charset in dict.fromkeys(trials):
        try:
            return octets.decode(charset).removeprefix("\ufeff"), charset
        except UnicodeDecodeError:
            continue
    raise unreadable("字符编码不明", "no charset fits")


def parse_json(content: str) -> Any:
    """A JSON text (RFC 8259) read strictly. Raises AgencyFailed (unreadable).

    Decimals are exact; NaN, duplicate keys, lone surrogates and containers deeper than 64 are refused.
    """
    try:
        document = json.loads(
            content,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        where = f"{error.lineno}:{error.colno}"
        raise unreadable(f"不是完整的 JSON（{where}）", f"not a complete JSON text ({where})") from None
    except (ValueError, ArithmeticError) as error:
        raise unreadable("JSON 含有不允许的内容", str(error)) from None
    except RecursionError:
        raise unreadable("JSON 层次过深", "JSON nested too deeply") from None
    _check(document)
    return document


def _decimal(digits: str) -> Decimal:
    if len(digits) > DIGITS:
        raise ValueError("a number too long")
    return Decimal(digits)


def _integer(digits: str) -> int:
    if len(digits) > DIGITS:
        raise ValueError("a number too long")
    return int(digits)


def _refuse_constant(_: str) -> Any:
    raise ValueError("NaN or an infinity")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a duplicate key")
    return found


def _check(document: Any) -> None:
    """Refuse what parses but cannot be kept: depth, and characters that no encoding can write."""
    layer: list[Any] = [document]
    for _ in range(DEPTH + 1):
        strings = [item for item in layer if isinstance(item, str)]
        strings += [key for item in layer if isinstance(item, dict) for key in item]
        try:
            "".join(strings).encode()
        except UnicodeEncodeError:
            raise unreadable("含有无效字符", "a lone surrogate") from None
        layer = [below for item in layer for below in _below(item)]
        if not layer:
            return
    raise unreadable("JSON 层次过深", "JSON nested too deeply")


def _below(item: Any) -> Iterator[Any]:
    if isinstance(item, dict):
        yield from item.values()
    elif isinstance(item, list):
        yield from item


@dataclass(frozen=True, slots=True)
class Step:
    """One decoding step: `json` or `base64`, on the whole or at a place of plain names in the document."""

    how: str
    at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What the octets say; `relabelled` tells when the charset that fitted is not the one declared."""

    content: Any
    relabelled: str | None = None


def decode(octets: bytes, declared: str, steps: Sequence[Step]) -> Document:
    """Run a manifest's decoding steps over a reply. Raises AgencyFailed (unreadable)."""
    characters, charset = as_text(octets, declared)
    content: Any = characters
    for step in steps:
        if step.at:
            _decode_at(content, step, declared)
        else:
            inner = as_text(content, declared)[0] if isinstance(content, bytes) else content
            content = _undo(step.how, inner)
    due = _CHARSETS.get(declared.lower(), "utf-8")
    return Document(content, None if charset == due else f"{declared or 'none'} -> {charset}")


def _decode_at(document: Any, step: Step, declared: str) -> None:
    """Replace what stands at the step's place; an absent or empty one stays: "none" has no content."""
    *way, last = step.at
    for name in way:
        document = document.get(name) if isinstance(document, dict) else None
    if not isinstance(document, dict) or document.get(last) in (None, ""):
        return
    inner = document[last]
    document[last] = _undo(step.how, as_text(inner, declared)[0] if isinstance(inner, bytes) else inner)


def _undo(how: str, content: Any) -> Any:
    if not isinstance(content, str):
        raise unreadable("内层内容不是文本", "the inner content is not a text")
    if how == "json":
        return parse_json(content)
    bare = content.partition(",")[2] if content.startswith("data:") else content
    try:
        return base64.b64decode("".join(bare.split()), validate=True)
    except ValueError:
        raise unreadable("Base64 无效", "invalid Base64") from None


class Path:
    """A JMESPath that looks and counts, compiled once. Raises ValueError when it is not one."""

    __slots__ = ("_tree", "expression")

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


class Sight:
    """Looks into one document and knows afterwards which of its leaves nobody looked at."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._eyes = _Eyes()

    def find(self, path: Path, within: Any) -> Any:
        """What stands at the path within a part of the document; None when nothing does."""
        return path.look(within, self._eyes)

    def pass_over(self, path: Path, within: Any) -> None:
        """Count what stands at the path, and everything below it, as looked at."""
        layer = [self.find(path, within)]
        while layer:
            self._eyes.seen.update(
                (id(item), key) for item in layer if isinstance(item, dict) for key in item
            )
            layer = [below for item in layer for below in _below(item)]

    def unseen(self) -> Iterator[str]:
        """Paths of the leaves nobody looked at, list positions written `[]`, each once."""
        yield from dict.fromkeys(self._unseen(self._document, "", seen=False))

    def _unseen(self, item: Any, path: str, *, seen: bool) -> Iterator[str]:
        if isinstance(item, dict) and item:
            for key, value in item.items():
                below = f"{path}.{key}" if path else key
                yield from self._unseen(value, below, seen=(id(item), key) in self._eyes.seen)
        elif isinstance(item, list) and item:
            for value in item:
                yield from self._unseen(value, f"{path}[]", seen=seen)
        elif not seen:
            yield path


_XML_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.-]{1,40})["']""")


def parse_xml(octets: bytes) -> etree._Element:
    """An XML 1.0 document's root. Raises AgencyFailed (unreadable).

    Nothing outside the document is ever read: a document type, and with it every entity of its own, is
    refused. The charset is found by trial, as `as_text` does: the label is often wrong.
    """
    declared = _XML_DECLARED.match(octets.removeprefix(b"\xef\xbb\xbf"))
    characters, _ = as_text(octets, declared[1].decode("ascii") if declared else "")
    if "<!DOCTYPE" in characters:
        raise unreadable("XML 含文档类型声明", "the XML has a document type")
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(characters.encode(), parser)
    except (etree.XMLSyntaxError, ValueError, UnicodeEncodeError):
        raise unreadable("不是有效的 XML", "not valid XML") from None


def xml_document(octets: bytes) -> dict[str, Any]:
    """An XML document as objects, lists and texts, for paths that know only those.

    Attributes and child elements stand under their local names, several of one name as a list; an element
    with neither is its text, otherwise its text stands under `text`. Raises AgencyFailed (unreadable).
    """
    root = parse_xml(octets)
    return {etree.QName(root).localname: _element(root, DEPTH)}


def _element(element: etree._Element, depth: int) -> Any:
    if depth == 0:
        raise unreadable("XML 层次过深", "XML nested too deeply")
    children = list(element)
    words = "".join(piece or "" for piece in (element.text, *(child.tail for child in children))).strip()
    parts = [(etree.QName(str(name)).localname, str(value)) for name, value in element.attrib.items()]
    parts += [(etree.QName(child).localname, _element(child, depth - 1)) for child in children]
    if not parts:
        return words
    found: dict[str, list[Any]] = {}
    for name, value in [*parts, *([("text", words)] if words else [])]:
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def csv_document(octets: bytes) -> dict[str, Any]:
    """A CSV table (RFC 4180) with its first line as column names: `{"rows": [{column: text}], "first": …}`.

    `first` is the first row once more, for what is the same in every row; {} without rows. UTF-8 or
    GB 18030. Raises AgencyFailed (unreadable): also for a line with more or fewer fields.
    """
    characters, _ = as_text(octets)
    try:
        lines = [line for line in csv.reader(io.StringIO(characters, newline=""), strict=True) if line]
    except csv.Error:
        raise unreadable("不是有效的 CSV", "not valid CSV") from None
    names = [name.strip() for name in lines[0]] if lines else []
    if len(set(names)) != len(names) or "" in names or any(len(line) != len(names) for line in lines):
        raise unreadable("CSV 列名或列数有误", "CSV columns that are unnamed, repeated or uneven")
    rows = [dict(zip(names, map(str.strip, line), strict=True)) for line in lines[1:]]
    return {"rows": rows, "first": dict(rows[0]) if rows else {}}
