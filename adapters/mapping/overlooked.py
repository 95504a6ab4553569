"""What a reply holds that nobody would have looked for, where reading it stopped half way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from adapters.decode import Eyes, sight_of
from adapters.manifest import AttachmentRule, FieldRule, ListRule, MaterialRule, ReplyRule
from adapters.mapping.fields import ROWS, AnyPath


def overlooked(reply: ReplyRule, content: Any) -> Iterator[str]:
    """Paths of the leaves that no rule leads to: reading stops at what does not fit, this follows all."""
    eyes = sight_of(content)
    for path in reply.around:
        eyes.pass_over(path, content)
    single = [reply.none.at]
    single += [reply.success.at] if reply.success else []
    single += [reply.pages.total] if reply.pages else []
    _find(eyes, single, content)
    for row in _rows(eyes, reply.rows, content):
        _follow(eyes, reply, row)
    return eyes.unseen()


def _follow(eyes: Eyes, reply: ReplyRule, row: Any) -> None:
    for path in reply.ignore:
        eyes.pass_over(path, row)
    _find(eyes, (rule.at for rule in reply.about.values() if rule != "unstated"), row)
    if isinstance(reply, ListRule):
        _fields(eyes, {"each": reply.each}, row)
    if isinstance(reply, MaterialRule):
        _fields(eyes, reply.fields, row)
        _find(eyes, (rule.at for rule in reply.legal.values()), row)
        _files(eyes, reply.attachments, row)


def _fields(eyes: Eyes, rules: Mapping[str, FieldRule], row: Any) -> None:
    for rule in rules.values():
        if rule.always is not None:
            continue
        if rule.rows is not None and rule.fields is not None:
            for below in _rows(eyes, rule.rows, row):
                _fields(eyes, rule.fields, below)
        elif rule.at is not None:
            eyes.find(rule.at, row)


def _files(eyes: Eyes, rule: AttachmentRule | None, row: Any) -> None:
    if rule is None:
        return
    said = (rule.at, rule.name, rule.type, rule.bytes, rule.sha256, rule.media_type)
    for file in _rows(eyes, rule.rows, row):
        _fields(eyes, {str(place): each for place, each in enumerate(said) if each is not None}, file)


def _find(eyes: Eyes, paths: Iterable[AnyPath], within: Any) -> None:
    for path in paths:
        eyes.find(path, within)


def _rows(eyes: Eyes, path: AnyPath, within: Any) -> Iterator[Any]:
    found = eyes.rows(path, within)
    return (row for row in islice(found if isinstance(found, list) else (), ROWS) if eyes.is_row(row))
