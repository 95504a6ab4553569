"""The catalogue, the kinds' models and the schemas name the same things."""

import jsonschema
import pytest
from pydantic import ValidationError

from contracts.catalogue import BY_ID, CASE_FOLDERS, GATES, KINDS, Share, kind
from contracts.kinds import FIELDS, dated, describe, number_of, personal_fields
from contracts.schemas import export

NUMBERS = {f"M{n:02d}" for n in range(1, 30)} | {"M02b"}


def test_every_kind_once():
    assert set(BY_ID) == NUMBERS
    assert len(KINDS) == 30
    assert set(KINDS) == set(FIELDS)
    assert {each.gate for each in KINDS.values()} == set(GATES) == {1, 2, 3, 4, 5}


def test_a_kind_is_found_both_ways():
    assert kind("M14") is kind("completion-filing") is KINDS["completion-filing"]
    with pytest.raises(KeyError):
        kind("M30")


def test_share_classes():
    internal = {each.id for each in KINDS.values() if each.share is Share.INTERNAL}
    assert internal == {"M05", "M16", "M28"}
    assert {each.id for each in KINDS.values() if each.share is Share.NONE} == {"M18", "M20"}
    assert {each.id for each in KINDS.values() if each.share == "unconditional"} == {
        "M01",
        "M10",
        "M17",
        "M19",
    }


def test_personal_information_is_known_by_field():
    assert personal_fields("sales-contract") == ("buyer_name", "buyer_id_no")
    assert personal_fields("company-record") == ("legal_rep_masked",)
    assert "M22" in {each.id for each in KINDS.values() if each.personal_information}
    assert not kind("M15").personal_information
    for slug in KINDS:
        if any(word in name for name in FIELDS[slug].model_fields for word in ("id_no", "phone", "buyer_")):
            assert personal_fields(slug)


def test_personal_fields_are_never_hidden_in_rows():
    nested = [row for slug in FIELDS for field in describe(FIELDS[slug]) for row in field.of]
    assert nested
    assert not [row.name for row in nested if row.personal]


@pytest.mark.parametrize("slug", sorted(FIELDS))
def test_numbers_and_days_name_fields_that_exist(slug):
    model = FIELDS[slug]
    named = {*model.NUMBER, *filter(None, [model.DATED])}
    assert named <= set(model.model_fields)
    assert all(note.zh and note.en for note in describe(model))


def test_the_printed_number_and_day():
    fields = {"case_no": "202305060007", "result_cert_no": None, "registered_on": None}
    assert number_of("registration-result", fields) == "202305060007"
    assert dated("registration-result", fields) is None
    assert number_of("common-parts", {"items": []}) is None
    assert dated("company-record", {}) is None
    assert dated("completion-filing", {"filed_on": "2022-11-10"}) == "2022-11-10"


def test_unit_and_rows_reach_forms():
    notes = {note.name: note for note in describe(FIELDS["land-transfer-contract"])}
    assert notes["land_area_ha"].unit == "ha"
    assert notes["price_total_wan"].unit == "万元"
    assert notes["contract_no"].required
    assert not notes["location"].required
    assert [row.name for row in notes["land_use"].of][:2] == ["code", "name"]


def test_models_are_strict_and_closed_and_quote_no_values():
    model = FIELDS["sales-contract"]
    for wrong in ({"contract_no": 7}, {"contract_no": ""}, {"contract_no": "a", "buyer": "b"}, {}):
        with pytest.raises(ValidationError):
            model.model_validate(wrong)
    with pytest.raises(ValidationError) as caught:
        model.model_validate_json('{"contract_no": "a", "price_yuan": 682260.77}')
    assert "682260" not in str(caught.value)


def test_folders_name_kinds():
    assert {slug for several in CASE_FOLDERS.values() for slug in several} <= set(KINDS)


def test_schemas_are_schemas_and_say_no_to_numbers():
    schemas = export()
    assert len(schemas) == len(FIELDS) + 6
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    survey = jsonschema.Draft202012Validator(schemas["kinds/survey-package.json"])
    assert survey.is_valid({"package_no": "D-1", "parcel_area_m2": "42356.80"})
    assert not survey.is_valid({"package_no": "D-1", "parcel_area_m2": 42356.80})
    assert not survey.is_valid({"package_no": "D-1", "other": "x"})
    buyer = schemas["kinds/sales-contract.json"]["properties"]["buyer_name"]
    assert buyer["x-personal"] is True
    assert buyer["title"] == "买受人"
