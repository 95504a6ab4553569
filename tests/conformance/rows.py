"""Replies and notices taken apart to their rows and put together again, whatever they are written in."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any

from lxml import etree

from adapters.manifest import Manifest, MaterialRule

Change = Callable[[Any], None]
"""Changes one row, in place: a dict, or an element whose columns are its children or its attributes."""

_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")


def reworded(manifest: Manifest, rule: MaterialRule, body: bytes, change: Change) -> bytes:
    """The body with every row of it changed."""
    if manifest.connection.drop is not None:
        return _NOTICES[manifest.connection.drop.notice.how](body, change)
    if rule.decode[0].how == "soap_result":
        return _soap(rule, body, change)
    return _json(rule, body, change)


def put(name: str, value: str) -> Change:
    """Sets a column, which need not be there."""

    def change(row: Any) -> None:
        if isinstance(row, dict):
            row[name] = value
        elif row.attrib:
            row.set(name, value)
        else:
            child = row.find(name)
            (etree.SubElement(row, name) if child is None else child).text = value

    return change


def drop(name: str) -> Change:
    """Takes a column away, which must be there."""

    def change(row: Any) -> None:
        if isinstance(row, dict):
            del row[name]
        elif row.attrib:
            del row.attrib[name]
        else:
            row.remove(row.find(name))

    return change


def columns(row: Any) -> set[str]:
    """The names of a row's columns."""
    return set(row) if isinstance(row, dict) else {*row.attrib, *(child.tag for child in row)}


def _json(rule: MaterialRule, body: bytes, change: Change) -> bytes:
    document = json.loads(body)
    within = [step.at for step in rule.decode if step.at]
    for name in within:
        document[name] = json.loads(document[name])
    _each(_at(document, rule.rows.expression), change)
    for name in within:
        document[name] = json.dumps(document[name], ensure_ascii=False)
    return json.dumps(document, ensure_ascii=False).encode()


def _soap(rule: MaterialRule, body: bytes, change: Change) -> bytes:
    envelope = etree.fromstring(body)
    result = next(element for element in envelope.iter() if _DECLARATION.match(element.text or ""))
    inner = etree.fromstring(_DECLARATION.sub("", result.text or ""))
    _each(inner.xpath(rule.rows.expression), change)
    result.text = etree.tostring(inner, encoding="unicode")
    return etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)


def _xml_notice(body: bytes, change: Change) -> bytes:
    root = etree.fromstring(_DECLARATION.sub("", body.decode("gb18030")))
    change(root)
    return etree.tostring(root, encoding="GB18030", xml_declaration=True)


def _json_notice(body: bytes, change: Change) -> bytes:
    document = json.loads(body)
    change(document)
    return json.dumps(document, ensure_ascii=False).encode()


def _csv_notice(body: bytes, change: Change) -> bytes:
    rows = list(csv.DictReader(io.StringIO(body.decode("gbk"), newline="")))
    _each(rows, change)
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return table.getvalue().encode("gbk")


def _at(document: Any, path: str) -> Any:
    return reduce(lambda node, name: node[name], path.split("."), document)


def _each(rows: Iterable[Any], change: Change) -> None:
    for row in rows:
        change(row)


_NOTICES = {"xml": _xml_notice, "json": _json_notice, "csv": _csv_notice}
