"""The file shape for whole projects: ids as keys, RECEIVED in capitals, one or many, JSON numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from contracts.catalogue import BY_ID
from contracts.kinds import FIELDS
from contracts.material import HELD, Attachment, AttachmentState, Material, Retrieval
from contracts.quantities import NUMBERS_AS_GIVEN
from contracts.rules.profile import Profile


class ProjectFileUnreadable(ValueError):
    """The text is not a project file; the message says where, and quotes no values."""


@dataclass(frozen=True, slots=True)
class FileMaterial:
    """One material as the file has it, its fields canonical; `attachments` as in the file.

    What is not held, such as NOT_FOUND, may stand with `fields: {}`.
    """

    kind: str
    id: str
    retrieval: Retrieval
    agency: str | None
    fields: dict[str, Any]
    attachments: tuple[dict[str, Any], ...]

    def material(self) -> Material:
        """The same as the rules and procedures read it."""
        files = tuple(
            _attachment(f"{self.id}-{place}", each) for place, each in enumerate(self.attachments, 1)
        )
        return Material(
            kind=self.kind,
            id=self.id,
            retrieval=self.retrieval,
            agency=self.agency,
            fields=self.fields,
            attachments=files,
        )


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """One project of the file. `aliases` and `expected_checks` as in the file; `profile` is the file's."""

    id: str | None
    project_code: str
    name: str | None
    developer: dict[str, Any]
    aliases: tuple[dict[str, Any], ...]
    materials: dict[str, list[FileMaterial]]
    expected_checks: tuple[dict[str, Any], ...]
    profile: Profile

    def all_materials(self) -> list[Material]:
        """Every material, in the file's order."""
        return [each.material() for several in self.materials.values() for each in several]


def canonical(slug: str, native: Mapping[str, Any]) -> dict[str, Any]:
    """Canonical fields of one material of the file, whose JSON numbers were read exactly.

    Only the fields the file names; null stays null. Raises KeyError for an unknown slug and pydantic's
    ValidationError, a ValueError, for fields off contract.
    """
    model = FIELDS[slug].model_validate(dict(native), context=NUMBERS_AS_GIVEN)
    return model.model_dump(mode="json", exclude_unset=True)


def read_project_file(text: str) -> list[ProjectFile]:
    """The projects of a file: an object with `projects`, or one project alone.

    Numbers are read exactly; NaN, infinities and duplicate keys are refused. Raises ProjectFileUnreadable.
    """
    try:
        document = json.loads(text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_once)
        profile = Profile.model_validate(document.get("tolerance_profile") or {})
        return [_project(each, profile) for each in document.get("projects", [document])]
    except ProjectFileUnreadable:
        raise
    except ValidationError as fault:
        raise ProjectFileUnreadable(_where(fault)) from None
    except KeyError as fault:
        raise ProjectFileUnreadable(f"{fault.args[0]!r} is missing or unknown") from None
    except (AttributeError, TypeError, RecursionError, ValueError) as fault:
        raise ProjectFileUnreadable(f"not of the expected shape: {type(fault).__name__}") from None


def _no_number(name: str) -> None:
    raise ProjectFileUnreadable(f"{name} is not a JSON number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ProjectFileUnreadable("a key stands twice in one object")
    return found


def _where(fault: ValidationError) -> str:
    first = fault.errors(include_input=False, include_context=False, include_url=False)[0]
    return f"{fault.title}, {'.'.join(map(str, first['loc']))}: {first['msg']}"


def _project(native: dict[str, Any], profile: Profile) -> ProjectFile:
    return ProjectFile(
        id=native.get("id"),
        project_code=native["project_code"],
        name=native.get("name"),
        developer=native.get("developer") or {},
        aliases=tuple(native.get("aliases") or ()),
        materials={
            BY_ID[number].slug: _several(number, each) for number, each in native["materials"].items()
        },
        expected_checks=tuple(native.get("expected_checks") or ()),
        profile=profile,
    )


def _several(number: str, native: list[dict[str, Any]] | dict[str, Any]) -> list[FileMaterial]:
    several = native if isinstance(native, list) else [native]
    return [_material(number, each) for each in several]


def _material(number: str, native: dict[str, Any]) -> FileMaterial:
    slug = BY_ID[number].slug
    status = native["status"]
    if not isinstance(status, str) or status.lower() not in set(Retrieval):
        raise ProjectFileUnreadable(f"{number}: unknown status")
    retrieval = Retrieval(status.lower())
    return FileMaterial(
        kind=slug,
        id=number,
        retrieval=retrieval,
        agency=native.get("agency"),
        fields=canonical(slug, native["fields"]) if native["fields"] or retrieval in HELD else {},
        attachments=tuple(native.get("attachments") or ()),
    )


def _attachment(identity: str, native: dict[str, Any]) -> Attachment:
    return Attachment(
        id=identity,
        name=native["file_name"],
        doc_type=native.get("kind"),
        state=AttachmentState.LISTED if native.get("present", True) else AttachmentState.ABSENT,
        bytes=native.get("size_bytes"),
    )
