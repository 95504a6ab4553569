"""The oracles of the demo projects, and what holds for every rule: SKIP, disclosure, declared words."""

from datetime import date
from decimal import Decimal

import pytest

from contracts.catalogue import KINDS
from contracts.material import Retrieval
from contracts.rules import RULES, Profile, run
from contracts.verdicts import Result
from tests.contracts.rules.scene import P1, P2, P3, PROJECTS, STRICT, TODAY, all_checks, of

WANTED = [
    pytest.param(project, wanted, id=f"{project.id}-{wanted['rule']}")
    for project in PROJECTS
    for wanted in project.expected_checks
]
ELSEWHERE = {("P1", "R11"), ("P2", "R11")}
"""Our sentence names the floors below ground too."""


def leaves(value):
    several = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return [value] if several is None else [leaf for each in several for leaf in leaves(each)]


def alike(found, wanted):
    """Our decimal strings against the file's numbers, by value."""
    if isinstance(wanted, list):
        return len(found) >= len(wanted) and all(map(alike, found, wanted))
    if isinstance(wanted, bool):
        return found == str(wanted).lower()
    return Decimal(found) == wanted if isinstance(wanted, int | Decimal) else found == wanted


def judged(project, profile=STRICT):
    return all_checks(*project.all_materials(), profile=profile, project_code=project.project_code)


@pytest.mark.parametrize(("project", "wanted"), WANTED)
def test_the_oracle(project, wanted):
    found = judged(project)[wanted["rule"]]
    assert found.result == wanted["result"], found.compared
    for name, value in wanted["evidence"].items():
        assert alike(found.compared[name], value), name
    if (project.id, wanted["rule"]) not in ELSEWHERE:
        assert found.message.zh == wanted["message"]


def test_the_oracles_are_whole():
    named = {f"R{number:02}" for number in range(1, 25)} - {"R18", "R22", "R24"}
    for project in PROJECTS:
        assert {each["rule"] for each in project.expected_checks} == named
    assert set(RULES) == named | {"R07b", "R18", "R22", "R24"}


def test_the_profile_of_the_file_is_the_one_the_oracle_was_written_for():
    assert all(project.profile == STRICT for project in PROJECTS)


@pytest.mark.parametrize("rule", RULES)
def test_without_inputs_every_rule_skips_and_names_them(rule):
    found = all_checks()[rule]
    assert found.result is Result.SKIP
    assert found.compared["missing"]
    assert found.message.zh.startswith("未核验，缺少：")
    nothing_held = [of(slug, Retrieval.UNAVAILABLE) for slug in KINDS]
    assert all_checks(*nothing_held)[rule].result is Result.SKIP


@pytest.mark.parametrize("rule", RULES)
def test_rules_skip_when_the_grant_hides_everything(rule):
    bare = [each.model_copy(update={"fields": {}, "attachments": ()}) for each in P1.all_materials()]
    assert all_checks(*bare)[rule].result is Result.SKIP


def test_hiding_a_field_never_makes_a_fault():
    """Whatever single field or kind of a faultless project is not disclosed, no check warns or fails."""
    materials = P1.all_materials()
    for place, material in enumerate(materials):
        for name in material.fields:
            fields = {key: value for key, value in material.fields.items() if key != name}
            hidden = [*materials]
            hidden[place] = material.model_copy(update={"fields": fields})
            faults = [
                each for each in run(hidden, STRICT, TODAY) if each.result in {Result.WARN, Result.FAIL}
            ]
            assert not faults, (material.kind, name, faults)
    for kind in {each.kind for each in materials}:
        rest = [each for each in materials if each.kind != kind]
        faults = [each for each in run(rest, STRICT, TODAY) if each.result in {Result.WARN, Result.FAIL}]
        assert not faults, (kind, faults)


def test_hiding_a_field_of_a_row_never_makes_a_fault():
    materials = P1.all_materials()
    for place, material in enumerate(materials):
        for name, value in material.fields.items():
            inner = (
                {key for row in value for key in row if isinstance(row, dict)}
                if isinstance(value, list)
                else ()
            )
            for gone in set(inner) - {"no", "unit_code", "kind", "name"}:
                cut = [{key: of_row for key, of_row in row.items() if key != gone} for row in value]
                hidden = [*materials]
                hidden[place] = material.model_copy(update={"fields": material.fields | {name: cut}})
                found = run(hidden, STRICT, TODAY)
                assert not [e for e in found if e.result in {Result.WARN, Result.FAIL}], (material.kind, gone)


@pytest.mark.parametrize("retrieval", [Retrieval.INVALID, Retrieval.PENDING, Retrieval.WITHHELD])
def test_what_is_not_held_is_not_compared(retrieval):
    wrong = of("survey-package", retrieval, parcel_code="231003005012GB00034", building_total_area_m2="1.00")
    assert run([*P1.all_materials(), wrong], STRICT, TODAY) == run(P1.all_materials(), STRICT, TODAY)


def test_compared_holds_text_only():
    for project in PROJECTS:
        for check in judged(project).values():
            assert all(isinstance(leaf, str) for leaf in leaves(check.compared)), check.rule


def test_what_rests_on_the_consumers_word_says_so():
    said = [
        each.model_copy(update={"retrieval": Retrieval.DECLARED}) if each.kind == "land-right" else each
        for each in P1.all_materials()
    ]
    found = all_checks(*said)
    labelled = {rule for rule, each in found.items() if each.compared.get("declared") == ["land-right"]}
    assert labelled == {"R02", "R03", "R04", "R05", "R06", "R16", "R17", "R20"}
    assert not any("declared" in each.compared for each in all_checks(*P1.all_materials()).values())


def test_the_shipped_profile_softens_the_third_projects_area_and_nothing_of_the_first():
    shipped = judged(P3, Profile())
    assert shipped["R07"].result is Result.WARN
    assert shipped["R09"].result is Result.FAIL
    for project in (P1, P2):
        wanted = {each["rule"]: each["result"] for each in project.expected_checks}
        found = judged(project, Profile())
        assert {rule: found[rule].result.value for rule in wanted} == wanted


def test_a_document_that_came_twice_is_counted_once():
    found = all_checks(*P1.all_materials(), *P1.all_materials())
    wanted = {each["rule"]: each["result"] for each in P1.expected_checks}
    assert {rule: found[rule].result.value for rule in wanted} == wanted


def test_verdicts_do_not_depend_on_the_order_materials_came_in():
    backwards = all_checks(*reversed(P2.all_materials()))
    forwards = all_checks(*P2.all_materials())
    assert {r: e.result for r, e in backwards.items()} == {r: e.result for r, e in forwards.items()}


def test_today_is_an_argument():
    assert all_checks(*P1.all_materials(), today=date(2061, 1, 1))["R06"].result is Result.FAIL
