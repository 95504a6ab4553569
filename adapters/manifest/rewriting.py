"""YAML that people wrote, opened to be changed: every other line, comment and quote stays as it stood."""

from __future__ import annotations

from io import StringIO
from typing import Any

from ruamel.yaml import YAML

WIDTH = 4096
"""No line is broken that was not: templates of questions are long."""


def changeable(document: str) -> Any:
    """The document as ruamel's own containers. Raises YAMLError, ValueError."""
    return _style().load(document)


def rewritten(content: Any) -> str:
    """Its text, as the shipped files are written."""
    out = StringIO()
    _style().dump(content, out)
    return out.getvalue()


def _style() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
