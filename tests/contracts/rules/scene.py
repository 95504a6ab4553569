"""The demo projects, and materials made to order."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from contracts.catalogue import KINDS
from contracts.material import Legal, Material, Retrieval
from contracts.project_file import ProjectFile, read_project_file
from contracts.rules import run
from contracts.verdicts import Check

DEMO = Path(__file__).parents[3] / "demo"
P1, P2 = read_project_file((DEMO / "projects.json").read_text(encoding="utf-8"))
(P3,) = read_project_file((DEMO / "defective.json").read_text(encoding="utf-8"))
PROJECTS = (P1, P2, P3)
TODAY = date(2026, 3, 2)
STRICT = P1.profile
"""The profile of the demo: neither planning verification nor a registered right excuses anything."""


def of(slug, /, retrieval=Retrieval.RECEIVED, legal=Legal.UNKNOWN, **fields) -> Material:
    return Material(kind=slug, id=KINDS[slug].id, retrieval=retrieval, legal=legal, fields=fields)


def all_checks(*materials, profile=STRICT, today=TODAY, **known) -> dict[str, Check]:
    return {each.rule: each for each in run(materials, profile, today, **known)}


def checked(rule, *materials, **known) -> Check:
    return all_checks(*materials, **known)[rule]


def changed(project: ProjectFile, kind, *, nth=None, **fields) -> list[Material]:
    """The project's materials with fields of every material of one kind (or its `nth`) replaced."""
    found, place = [], -1
    for each in project.all_materials():
        place += each.kind == kind
        hit = each.kind == kind and nth in {None, place}
        found.append(each.model_copy(update={"fields": each.fields | fields}) if hit else each)
    return found


def without(project: ProjectFile, *kinds) -> list[Material]:
    return [each for each in project.all_materials() if each.kind not in kinds]


def without_nth(project: ProjectFile, kind, nth) -> list[Material]:
    """The project's materials without the `nth` of a kind."""
    gone = [each for each in project.all_materials() if each.kind == kind][nth]
    return [each for each in project.all_materials() if each != gone]


def rows(project: ProjectFile, kind, field="buildings", nth=0) -> list[dict]:
    return [dict(row) if isinstance(row, dict) else row for row in project.materials[kind][nth].fields[field]]


def with_row(project: ProjectFile, kind, place, field="buildings", **values) -> list[Material]:
    """The project's materials with values of one row of one kind's only material replaced."""
    found = rows(project, kind, field)
    found[place] |= values
    return changed(project, kind, **{field: found})
