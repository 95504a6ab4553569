"""One agency, one YAML file: how it is asked and how its replies read. No code in it, and no surprises."""

from adapters.manifest.model import (
    AboutRule,
    AttachmentRule,
    FieldRule,
    Limits,
    Manifest,
    MaterialRule,
    Predicate,
    SealRule,
    schema,
)
from adapters.manifest.reading import load

__all__ = [
    "AboutRule",
    "AttachmentRule",
    "FieldRule",
    "Limits",
    "Manifest",
    "MaterialRule",
    "Predicate",
    "SealRule",
    "load",
    "schema",
]
