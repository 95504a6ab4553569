"""Versioned documents: agency manifests and grant sheets. The database is the record, files feed it."""

from gateway.registry.agencies import Agencies
from gateway.registry.documents import Act, Document, DocumentKind, DocumentState
from gateway.registry.files import Difference, files_in
from gateway.registry.record import Registry

__all__ = [
    "Act",
    "Agencies",
    "Difference",
    "Document",
    "DocumentKind",
    "DocumentState",
    "Registry",
    "files_in",
]
