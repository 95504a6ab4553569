"""What people are told of a row is what reading makes of it, for every sample; and where it fails."""

import re
from dataclasses import replace
from typing import Any

import pytest

from adapters.tracing import RAW_SHOWN, ROWS_SHOWN, plain
from contracts.errors import AgencyFailed
from contracts.kinds import personal_fields
from tests.adapters.test_samples import CASES, adapter_for, sample

STEP = re.compile(r"([^.\[]+)|\[(\d+)\]")


def at(fields: Any, place: str) -> Any:
    """What stands at `buildings[0].no`."""
    for name, index in STEP.findall(place):
        fields = fields[int(index)] if index else fields.get(name)
    return fields


def read_well() -> list[Any]:
    return [case for case in CASES if "fault" not in sample(case)[1]]


@pytest.mark.parametrize("case", read_well(), ids=lambda case: case.name)
def test_every_field_told_is_the_field_read(case):
    evidence, _ = sample(case)
    adapter = adapter_for(case.parent.name)
    rows, materials = adapter.explain(evidence), adapter.read(evidence).materials
    dropped = set(personal_fields(evidence.kind)) - adapter._manifest.may_hold(evidence.kind)
    held = [material for material in materials if material.held]
    assert len(rows) == min(len(held), ROWS_SHOWN)
    for row, material in zip(rows, held, strict=False):
        told = [field for field in row if field.field not in dropped]
        assert len(told) >= len(material.fields)
        for field in told:
            assert field.error is None
            said = at(material.fields, field.field)
            assert field.value == plain(said) or len(str(said)) > RAW_SHOWN


def odd_fields(case: str) -> dict[str, str]:
    (folder,) = [each for each in CASES if each.name == case and each.parent.name == "mdj-nr"]
    evidence, _ = sample(folder)
    rows = adapter_for("mdj-nr").explain(evidence)
    return {field.field: field.error.en for row in rows for field in row if field.error}


def test_a_field_that_does_not_fit_says_what_is_expected_and_the_others_are_told_all_the_same():
    odd = odd_fields("day-that-is-none")
    assert len(odd) == 1
    assert "date" in next(iter(odd.values()))


def test_what_cannot_be_decoded_is_an_agencys_failure_and_nothing_else():
    (folder,) = [each for each in CASES if each.name == "truncated" and each.parent.name == "mdj-nr"]
    evidence, _ = sample(folder)
    for body in (evidence.body, b"", b"[]", b'{"result": {"data": [1, null, "x"]}}', b"\xff"):
        sick = replace(evidence, body=body)
        try:
            assert adapter_for("mdj-nr").explain(sick) == ()
        except AgencyFailed:
            continue


def test_what_is_long_is_cut_short():
    assert plain("x" * 5000) == "x" * RAW_SHOWN + "…"
    assert len(plain(list(range(100)))) == ROWS_SHOWN
    assert plain({"a": [object()]}) == {"a": ["<object>"]}
