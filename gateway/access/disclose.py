"""The one place where a material is cut down to what its reader was granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.kinds import personal_fields
from contracts.material import Material, Provenance, Retrieval

if TYPE_CHECKING:
    from collections.abc import Mapping

    from contracts.exchange import Grant


def disclose(material: Material, grant: Grant) -> Material:
    """The material with only the granted fields and, where granted, its attachments.

    `grant.fields` None stands for every field that is not personal information (个人信息保护法, minimum).
    """
    names = grant.fields
    if names is None:
        names = tuple(set(material.fields) - set(personal_fields(material.kind)))
    kept = {name: value for name, value in material.fields.items() if name in names}
    attachments = material.attachments if grant.attachments else ()
    cut = {"fields": kept, "attachments": attachments, "provenance": _provenance(material, grant, kept)}
    return material.model_copy(update=cut)


def _provenance(material: Material, grant: Grant, kept: Mapping[str, object]) -> Provenance | None:
    """Which key opened the agency; under a grant of named fields its value only where one of them shows it.

    Another consumer's ask may have taught us the key, and it stands in the document itself.
    """
    provenance = material.provenance
    key = provenance.key if provenance else None
    if provenance is None or key is None or grant.fields is None:
        return provenance
    if key.name == "project_code" or key.value in kept.values():
        return provenance
    return provenance.model_copy(update={"key": key.model_copy(update={"value": ""})})


def withheld(kind: str, number: str) -> Material:
    """What stands in a dossier for a kind the consumer was not granted."""
    return Material(kind=kind, id=number, retrieval=Retrieval.WITHHELD)


def gives_personal(material: Material) -> bool:
    """Whether the disclosed material carries personal information; such entries are kept longer."""
    return any(name in material.fields for name in personal_fields(material.kind))
