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
