"""The grant sheet: what is wrong is named by its line; one decision more leaves every other line alone."""

import difflib
from datetime import date
from typing import Any

import pytest

from contracts.errors import AskMalformed, ManifestInvalid, NoSuchThing
from gateway.access.sheets import SheetGrant, load_grants, read_sheet, with_decision, with_end
from tests.gateway.town import GRANTS, ROOT

SHIPPED = (ROOT / "config" / "grants.yaml").read_text("utf-8")


def decision(**changes: Any) -> SheetGrant:
    told = {
        "id": "hall-2026",
        "consumer": "hall",
        "purposes": ["pre-acceptance"],
        "valid": {"from": date(2027, 1, 1), "until": date(2027, 12, 31)},
        "approval": "演共〔2026〕9号",
        "kinds": {
            "completion-filing": {"fields": ["filing_no"], "attachments": False},
            "company-record": None,
        },
    }
    return SheetGrant.model_validate(told | changes)


def changed(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[0] in "+-" and not line.startswith(("+++", "---"))]


def test_everything_wrong_is_named_with_its_line():
    sheet = GRANTS.replace("company-record: {}", "company-record: {fields: [shoe_size]}", 1)
    sheet = sheet.replace("approval: 演共〔2026〕2号", "")
    with pytest.raises(ManifestInvalid) as refused:
        read_sheet(sheet)
    lines = sheet.splitlines()
    named = {(lines[line - 1].strip().split(":")[0], field) for line, field, _ in refused.value.places}
    assert named == {
        ("company-record", "grants.0.kinds.company-record.fields"),
        ("land-transfer-contract", "grants.1.kinds.land-transfer-contract"),
    }


@pytest.mark.parametrize(
    ("spoilt", "line"),
    [
        (GRANTS.replace("- id: hall-narrow", "- id: hall narrow"), 13),
        (GRANTS.replace("until: 2026-12-31", "until: [", 1), 6),
        (GRANTS.replace("valid: {from: 2026-01-01,", "valid:\n      {from: 2027-01-01,", 1), 6),
        ("grants: 7", 1),
        ("- 1", 1),
        ("", 1),
    ],
)
def test_the_line_is_that_of_the_mistake(spoilt: str, line: int):
    with pytest.raises(ManifestInvalid) as refused:
        read_sheet(spoilt)
    assert refused.value.places[0][0] == line


@pytest.mark.parametrize(
    ("spoilt", "line", "told"),
    [
        ("a: 1\n? [grants]\n: []\n", 2, "a key must be a text"),
        ("a: 1\n? {grants: 1}\n: []\n", 2, "a key must be a text"),
        ("a: !!bool x\n", 1, "not valid YAML"),
        ("a: !!int ''\n", 1, "not valid YAML"),
    ],
)
def test_keys_and_values_that_cannot_be_built_are_refused_at_their_line(spoilt: str, line: int, told: str):
    with pytest.raises(ManifestInvalid) as refused:
        read_sheet(spoilt)
    ((where, _, said),) = refused.value.places
    assert (where, told in said.en) == (line, True)


def test_a_few_lines_of_aliases_do_not_become_a_million_places():
    levels = "".join(f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 9)}]\n" for n in range(1, 7))
    bomb = f"k0: &k0 [{', '.join('1' * 9)}]\n{levels}"
    with pytest.raises(ManifestInvalid) as refused:
        read_sheet(bomb)
    ((_, _, said),) = refused.value.places
    assert "once its aliases are followed" in said.en


def test_one_decision_more_is_written_at_the_end_and_nothing_else_moves():
    after = with_decision(SHIPPED, decision())
    assert after.startswith(SHIPPED)
    assert changed(SHIPPED, after)[:4] == [
        "+  - id: hall-2026",
        "+    consumer: hall",
        "+    purposes: [pre-acceptance]",
        "+    valid: {from: 2027-01-01, until: 2027-12-31}",
    ]
    assert read_sheet(after).grants[-1] == decision(
        kinds={"completion-filing": {"fields": ["filing_no"], "attachments": False}, "company-record": {}}
    )
    with pytest.raises(AskMalformed):
        with_decision(after, decision())


def test_a_decision_ends_on_its_day_and_only_that_line_changes():
    after = with_end(SHIPPED, "command-line", date(2026, 3, 2))
    assert changed(SHIPPED, after) == [
        "-    valid: {from: 2026-01-01, until: 2028-12-31}",
        "+    valid: {from: 2026-01-01, until: 2026-03-02}",
    ]
    with pytest.raises(NoSuchThing):
        with_end(SHIPPED, "nobody", date(2026, 3, 2))


def test_of_renewals_under_one_id_the_latest_ends():
    sheet = with_decision(SHIPPED, decision())
    renewed = (
        sheet
        + with_decision(
            "grants: []", decision(valid={"from": date(2028, 1, 1), "until": date(2028, 12, 31)})
        )[8:]
    )
    after = with_end(renewed, "hall-2026", date(2028, 3, 1))
    assert [each.valid.valid_until.year for each in read_sheet(after).grants][-2:] == [2027, 2028]
    assert read_sheet(after).grants[-1].valid.valid_until == date(2028, 3, 1)


def test_a_decision_that_never_began_is_taken_out_though_others_lean_on_its_kinds():
    before = {each.id: each for each in read_sheet(SHIPPED).grants}
    after = with_end(SHIPPED, "registration-first", date(2025, 12, 31))
    assert {each.id: each for each in read_sheet(after).grants} == {
        name: each for name, each in before.items() if name != "registration-first"
    }
    assert "# Conditional sharing needs" in after
    assert load_grants(after)
