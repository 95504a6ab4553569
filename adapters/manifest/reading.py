"""A manifest's YAML, read so that a mistake is named by its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from adapters.manifest.model import Connection, Manifest
from adapters.manifest.parts import Place, Unusable
from adapters.manifest.readable import Problem
from adapters.manifest.review import review
from adapters.manifest.yamltext import Doubtful, MarkedYAMLError, YAMLError, plain_values
from contracts.errors import ManifestInvalid
from contracts.reasons import why
from contracts.text import Text, text

LENGTH = 1 << 20
"""Characters of one manifest with its frozen WSDL, at most."""

SHOWN = 20
"""Problems named in one error, at most."""


@lru_cache(maxsize=64)
def load(document: str, origin: str) -> Manifest:
    """Read a manifest, once a text. Raises ManifestInvalid naming `origin`, line and field of each fault."""
    content, lines = read_yaml(document, origin)
    try:
        manifest = Manifest.model_validate(content)
    except ValidationError as error:
        raise _invalid(origin, lines, _said(error)) from None
    if problems := list(review(manifest)):
        raise _invalid(origin, lines, problems)
    return manifest


def connection_of(document: str, origin: str) -> Connection:
    """A manifest's connection, though the rest may still lack its WSDL. Raises ManifestInvalid."""
    content, lines = read_yaml(document, origin)
    try:
        return Connection.model_validate(content["connection"])
    except (TypeError, KeyError):
        raise ManifestInvalid(
            _sentence(origin, 1, "connection", "没有该项", "there is no such section")
        ) from None
    except ValidationError as error:
        told = [(("connection", *place), zh, en) for place, zh, en in _said(error)]
        raise _invalid(origin, lines, told) from None


def with_wsdl(document: str, section: str, origin: str) -> str:
    """The document with `section`, the lines of its `wsdl`, in the old one's place or at its end.

    Every other line stands as it stood, comments too. Raises ManifestInvalid when that is no manifest.
    """
    lines = document.splitlines(keepends=True)
    start = next((n for n, line in enumerate(lines) if line.startswith("wsdl:")), len(lines))
    # All that belongs to a section is indented: the next line that is not ends it.
    further = (n for n in range(start + 1, len(lines)) if lines[n].strip() and lines[n][0] != " ")
    kept = "".join(lines[:start])
    kept += "\n" if kept and not kept.endswith("\n") else ""
    changed = kept + section + "".join(lines[next(further, len(lines)) :])
    load(changed, origin)
    if _but_wsdl(changed, origin) != _but_wsdl(document, origin):
        raise ManifestInvalid(
            _sentence(origin, start + 1, "wsdl", "应为顶层的一节", "must be a section of its own")
        )
    return changed


def _but_wsdl(document: str, origin: str) -> dict[str, Any]:
    content, _ = read_yaml(document, origin)
    return {name: value for name, value in content.items() if name != "wsdl"}


def read_yaml(document: str, origin: str) -> tuple[Any, dict[Place, int]]:
    """YAML 1.2 to plain values, and the line of each; numbers such as 0012 stay text.

    Raises ManifestInvalid for what is none, says a thing twice, by reference or too deep within itself.
    """
    try:
        if len(document) > LENGTH:
            raise ValueError("too long")  # noqa: TRY301  told like any other unreadable file
        return plain_values(document)
    except Doubtful as error:
        raise _refusal(origin, [(error.line, "", error.zh, error.en)]) from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _refusal(origin, [(line, "", "YAML 语法错误", str(error.problem))]) from None
    except (YAMLError, ValueError) as error:
        raise _refusal(origin, [(1, "", "不是可读的 YAML", type(error).__name__)]) from None


def _said(error: ValidationError) -> Iterator[Problem]:
    for problem in error.errors():
        reason = problem.get("ctx", {}).get("error")
        told = reason.reason if isinstance(reason, Unusable) else why(problem)
        yield problem["loc"], told.zh, told.en


def _invalid(origin: str, lines: Mapping[Place, int], problems: Iterable[Problem]) -> ManifestInvalid:
    named = ((_line(lines, place), ".".join(map(str, place)), zh, en) for place, zh, en in problems)
    return _refusal(origin, list(named)[:SHOWN])


def _refusal(origin: str, named: list[tuple[int, str, str, str]]) -> ManifestInvalid:
    """One error for all of these: line, field, and why in both languages."""
    sentences = [_sentence(origin, *each) for each in named]
    error = ManifestInvalid(text("\n".join(s.zh for s in sentences), "\n".join(s.en for s in sentences)))
    error.places = tuple((line, field, text(zh, en)) for line, field, zh, en in named)
    return error


def _sentence(origin: str, line: int, field: str, zh: str, en: str) -> Text:
    return text(f"{origin} 第 {line} 行 {field}：{zh}", f"{origin}:{line}: {field}: {en}")


def _line(lines: Mapping[Place, int], place: Place) -> int:
    """The line of a place, or of the nearest thing around it that stands in the file."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)
