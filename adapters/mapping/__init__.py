"""From a document to materials: rows, fields, legal force, attachments; nothing is dropped silently."""

from adapters.mapping.fields import ROWS, off_contract
from adapters.mapping.reading import (
    SIGNALS,
    Interpreter,
    fresh_for,
    promised,
    reply_rule,
    total_of,
)
from adapters.mapping.rows import fits, holds

__all__ = [
    "ROWS",
    "SIGNALS",
    "Interpreter",
    "fits",
    "fresh_for",
    "holds",
    "off_contract",
    "promised",
    "reply_rule",
    "total_of",
]
