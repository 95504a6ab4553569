"""One agency, one YAML file: how it is asked and how its replies read. No code in it, and no surprises."""

from adapters.manifest.answers import ByManifest
from adapters.manifest.asks import AskRule
from adapters.manifest.model import (
    AboutRule,
    AttachmentRule,
    Connection,
    FieldRule,
    FileAskRule,
    Limits,
    ListRule,
    Manifest,
    MaterialRule,
    PageRule,
    Predicate,
    ReplyRule,
    SealRule,
    WsdlRule,
    schema,
)
from adapters.manifest.reading import connection_of, load, read_yaml, with_wsdl
from adapters.manifest.rewriting import changeable, rewritten
from adapters.manifest.tables import ConditionRule, TableRule

__all__ = [
    "AboutRule",
    "AskRule",
    "AttachmentRule",
    "ByManifest",
    "ConditionRule",
    "Connection",
    "FieldRule",
    "FileAskRule",
    "Limits",
    "ListRule",
    "Manifest",
    "MaterialRule",
    "PageRule",
    "Predicate",
    "ReplyRule",
    "SealRule",
    "TableRule",
    "WsdlRule",
    "changeable",
    "connection_of",
    "load",
    "read_yaml",
    "rewritten",
    "schema",
    "with_wsdl",
]
