"""Several answers of one kind made one: the same document once, late files joined to theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.kinds import number_of
from contracts.material import AttachmentState, Material, Retrieval

if TYPE_CHECKING:
    from collections.abc import Iterable


def each_once(materials: Iterable[Material]) -> list[Material]:
    """Two keys may lead to the same document."""
    found: dict[tuple[str | None, str], Material] = {}
    for place, material in enumerate(materials):
        content = repr(material.fields) if material.fields else str(place)
        found.setdefault((material.agency, content), material)
    return list(found.values())


def joined(materials: Iterable[Material]) -> list[Material]:
    """Files that came apart from their document join it: late drawings, delivered by another agency.

    A partial material belongs to the whole one of the same number; without one it stands by itself.
    """
    ordered = sorted(materials, key=lambda each: each.retrieval is Retrieval.PARTIAL)
    joined: list[Material] = []
    for each in ordered:
        number = number_of(each.kind, each.fields)
        place = next((at for at, one in enumerate(joined) if number_of(one.kind, one.fields) == number), None)
        if each.retrieval is not Retrieval.PARTIAL or number is None or place is None:
            joined.append(each)
        else:
            joined[place] = _completed(joined[place], each)
    return joined


def _completed(document: Material, part: Material) -> Material:
    """The document with the part's files, each in place of one of its name."""
    come = [file for file in part.attachments if file.state is not AttachmentState.ABSENT]
    names = {file.name for file in come}
    files = (*(file for file in document.attachments if file.name not in names), *come)
    return document.model_copy(update={"attachments": files})
