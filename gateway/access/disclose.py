"""The one place where a material is cut down to what its reader was granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.kinds import personal_fields
from contracts.material import Material, Retrieval

if TYPE_CHECKING:
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
    return material.model_copy(update={"fields": kept, "attachments": attachments})


def withheld(kind: str, number: str) -> Material:
    """What stands in a dossier for a kind the consumer was not granted."""
    return Material(kind=kind, id=number, retrieval=Retrieval.WITHHELD)


def gives_personal(material: Material) -> bool:
    """Whether the disclosed material carries personal information; such entries are kept longer."""
    return any(name in material.fields for name in personal_fields(material.kind))
