"""Identifiers against published and invented vectors, and against the properties their standards promise."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.identifiers import (
    READERS,
    Verdict,
    building_no,
    building_range,
    cadastral,
    certificate_identifier,
    completion_filing_no,
    construction_permit_no,
    drawing_review_no,
    engineering_code,
    grouped,
    land_permit_no,
    licence_type,
    message_id,
    normalise,
    organisation_code,
    parcel_code,
    parcel_of,
    permit_core,
    planning_permit_no,
    presale_permit_no,
    prj_num,
    project_code,
    project_permit_no,
    real_estate_certificate_no,
    region_code,
    resident_id,
    supervision_no,
    unit_code,
    uscc,
)
from contracts.identifiers.checks import DIGITS, credit_code, hybrid, organisation, resident

VECTORS = json.loads((Path(__file__).parent / "identifier-vectors.json").read_text(encoding="utf-8"))
NAMED = {
    "project_code": project_code,
    "unified_social_credit_code": uscc,
    "parcel_code": parcel_code,
    "unit_code": unit_code,
    "supervision_no": supervision_no,
    "planning_permit_no": planning_permit_no,
    "construction_permit_no": construction_permit_no,
    "completion_filing_no": completion_filing_no,
    "certificate_identifier": certificate_identifier,
    "real_estate_certificate_no": real_estate_certificate_no,
}
WANTED = {
    "valid": {Verdict.VALID},
    "valid_new": {Verdict.VALID},
    "valid_new_without_hyphens": {Verdict.VALID},
    "well_formed": {Verdict.VALID},
    "valid_old_form": {Verdict.OLD_FORM},
    "bad_check_digit": {Verdict.CHECK_DIGIT_WRONG},
    "accepted_with_warning": {Verdict.ACCEPTED_WITH_WARNING},
    "local_form": {Verdict.ACCEPTED_WITH_WARNING},
    "invalid": {Verdict.NOT_ONE, Verdict.CHECK_DIGIT_WRONG},
}
CASES = [
    (name, group, raw)
    for name, groups in VECTORS.items()
    for group, values in groups.items()
    if group != "normalise"
    for raw in values
]


@pytest.mark.parametrize(("name", "group", "raw"), CASES)
def test_vectors(name, group, raw):
    reading = NAMED[name](raw)
    assert reading.verdict in WANTED[group]
    assert reading.raw == raw


def test_every_vector_group_is_asked():
    assert set(VECTORS) == set(NAMED)
    assert len(CASES) > 40


@pytest.mark.parametrize("raw", VECTORS["project_code"]["invalid"])
def test_broken_project_codes_are_none_at_all(raw):
    assert project_code(raw).verdict is Verdict.NOT_ONE


@pytest.mark.parametrize(("raw", "norm"), VECTORS["project_code"]["normalise"])
def test_normalise_vectors(raw, norm):
    assert normalise(raw) == norm
    assert project_code(raw).norm == norm
    assert project_code(raw).verdict is Verdict.VALID


@given(st.text(max_size=60))
def test_normalise_is_idempotent(raw):
    assert normalise(normalise(raw)) == normalise(raw)


@given(st.text(max_size=230), st.sampled_from(sorted(READERS)))
def test_readers_read_anything(raw, key):
    reading = READERS[key](raw)
    assert reading.raw == raw
    assert reading.verdict is not Verdict.VALID or reading.norm


def test_normalise_unifies():
    assert normalise("〔2020〕【２】［3］（4）") == "〔2020〕〔2〕〔3〕(4)"
    assert normalise("a－b—c–d_e b\u3000\u200b\u00adc") == "A-B-C-D-EBC"


@pytest.mark.parametrize(
    ("reader", "raw"),
    [
        (project_code, "2012-231005-04-01-735188"),
        (prj_num, "3306021608300101"),
        (uscc, "91231000DEM0AA016M"),
        (unit_code, "231005003008GB00021F00010001"),
        (supervision_no, "2310052020B00786"),
        (construction_permit_no, "231005202103150101"),
    ],
)
def test_digits_of_other_scripts_are_not_digits(reader, raw):
    arabic = raw[:2].translate({48 + digit: 0x0660 + digit for digit in range(10)}) + raw[2:]
    assert reader(raw).usable
    assert reader(arabic).verdict is Verdict.NOT_ONE


project_bodies = st.from_regex(r"\A[0-9]{2}(0[1-9]|1[0-2])[0-9]{15}\Z")


@given(project_bodies, st.integers(0, 19), st.integers(1, 9))
def test_one_wrong_digit_of_a_project_code_is_noticed(body, place, shift):
    code = body + hybrid(body, DIGITS)
    wrong = code[:place] + str((int(code[place]) + shift) % 10) + code[place + 1 :]
    assert project_code(code).verdict is Verdict.VALID
    assert project_code(wrong).verdict is not Verdict.VALID


@given(project_bodies, st.integers(0, 9))
def test_a_suggested_project_code_is_valid(body, digit):
    reading = project_code(body + str(digit))
    if reading.verdict is Verdict.CHECK_DIGIT_WRONG:
        assert reading.suggestion
        assert project_code(reading.suggestion).verdict is Verdict.VALID
        assert reading.suggestion[:-1] == reading.norm[:-1]
    else:
        assert reading.suggestion is None


def test_the_suggestion_has_the_right_digit_and_raw_stays():
    reading = project_code("2112-231002-04-01-123456")
    assert reading.suggestion == "2112-231002-04-01-123452"
    assert reading.norm == "2112-231002-04-01-123456"
    assert reading.usable


def test_old_project_codes_keep_their_own_segments():
    reading = project_code("2020-330327-48-01-167360")
    assert reading.parts["year"] == "2020"
    assert reading.parts["industry"] == "48"
    assert project_code("2014-330327-48-01-167360").verdict is Verdict.NOT_ONE


credit_bodies = st.from_regex(r"\A9123[0-9]{4}[0-9A-HJ-NPQRTUWXY]{8}\Z")


@given(credit_bodies, st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_one_wrong_character_of_a_credit_code_is_noticed(body, place, other):
    code = body + organisation(body[8:])
    code += credit_code(code)
    wrong = code[:place] + other + code[place + 1 :]
    assert uscc(code).verdict is Verdict.VALID
    assert wrong == code or uscc(wrong).verdict in {Verdict.CHECK_DIGIT_WRONG, Verdict.NOT_ONE}


def test_credit_code_suggestions():
    assert uscc("91350100M000100Y4A").suggestion == "91350100M000100Y43"
    assert uscc("9135O100M000100Y43").suggestion == "91350100M000100Y43"
    assert uscc("9135O100M000100Y44").suggestion is None


def test_inner_organisation_code_is_a_warning_only():
    body = "91231000DEM0AA01" + "7"
    assert organisation("DEM0AA01") != "7"
    assert uscc(body + credit_code(body)).verdict is Verdict.ACCEPTED_WITH_WARNING


def test_bodies_are_the_same_in_both_codes():
    assert uscc("MB032716-9").verdict is Verdict.OLD_FORM
    assert organisation_code("MB032716-9") == organisation_code("11100000MB03271699") == "MB0327169"
    assert organisation_code("nothing") is None
    assert uscc("MB0327168").verdict is Verdict.ACCEPTED_WITH_WARNING


@pytest.mark.parametrize(
    ("reader", "raw", "verdict"),
    [
        (supervision_no, "2310052020b00786", Verdict.VALID),
        (supervision_no, "2310052020B007861234", Verdict.NOT_ONE),
        (supervision_no, "2310052020B00786123", Verdict.NOT_ONE),
        (planning_permit_no, "乡字第231005202400001号", Verdict.VALID),
        (planning_permit_no, "建字第2310052024YG0012345号", Verdict.ACCEPTED_WITH_WARNING),
        (planning_permit_no, "231005202100017", Verdict.ACCEPTED_WITH_WARNING),
        (planning_permit_no, "编号第340303202200092号", Verdict.ACCEPTED_WITH_WARNING),
        (planning_permit_no, "皖N 3131402", Verdict.NOT_ONE),
        (planning_permit_no, "黑G 0210417", Verdict.NOT_ONE),
        (planning_permit_no, "建字第<1234>号", Verdict.NOT_ONE),
        (planning_permit_no, "许可证", Verdict.NOT_ONE),
        (land_permit_no, "地字第231005202100003号", Verdict.VALID),
        (land_permit_no, "建字第231005202100003号", Verdict.NOT_ONE),
        (project_permit_no, "地字第231005202100003号", Verdict.NOT_ONE),
        (construction_permit_no, "231005202103150101S", Verdict.ACCEPTED_WITH_WARNING),
        (construction_permit_no, "231005202103150120", Verdict.ACCEPTED_WITH_WARNING),
        (construction_permit_no, "231005202102300101", Verdict.NOT_ONE),
        (construction_permit_no, "3413001712119901-SX-001", Verdict.VALID),
        (construction_permit_no, "3413001712119901-JX-001", Verdict.NOT_ONE),
        (completion_filing_no, "3305221902200001-JX-001", Verdict.VALID),
        (completion_filing_no, "3305221913200001-JX-001", Verdict.NOT_ONE),
        (drawing_review_no, "2310052103150101-TX-001", Verdict.VALID),
        (presale_permit_no, "（2021）牡房预售证第0012号（演示）", Verdict.ACCEPTED_WITH_WARNING),
        (presale_permit_no, "x' or 1=1", Verdict.NOT_ONE),
        (prj_num, "3306021608300101", Verdict.VALID),
        (prj_num, "3306021608300501", Verdict.ACCEPTED_WITH_WARNING),
        (prj_num, "3306021613300101", Verdict.NOT_ONE),
        (engineering_code, "2012-231005-04-01-735188-001", Verdict.VALID),
        (engineering_code, "A" * 51, Verdict.NOT_ONE),
        (engineering_code, "1&2=3", Verdict.NOT_ONE),
        (message_id, "231005221125000018", Verdict.VALID),
        (message_id, "231005221325000018", Verdict.NOT_ONE),
        (licence_type, "11100000MB03271699001", Verdict.VALID),
        (licence_type, "11100000MB03271698001", Verdict.NOT_ONE),
        (real_estate_certificate_no, "黑（2022）牡丹江市不动产权第31586号", Verdict.VALID),
        (
            real_estate_certificate_no,
            "黑（2022）牡丹江市不动产证明第0031586号",
            Verdict.ACCEPTED_WITH_WARNING,
        ),
        (real_estate_certificate_no, "甲（2022）牡丹江市不动产权第0031586号", Verdict.ACCEPTED_WITH_WARNING),
        (real_estate_certificate_no, "黑（2022）牡丹江市不动产权第003号", Verdict.NOT_ONE),
        (
            certificate_identifier,
            "1.2.156.3005.2.11100000MB03271699001.11231000DEM1RG0678.202211250018001.001.3",
            None,
        ),
    ],
)
def test_forms(reader, raw, verdict):
    reading = reader(raw)
    assert reading.verdict is (verdict or Verdict.VALID)
    assert verdict in {None, Verdict.VALID} or reading.note


def test_missing_affixes_are_suggested_not_added():
    reading = project_permit_no("231005202100017")
    assert reading.norm == "231005202100017"
    assert reading.suggestion == "建字第231005202100017号"
    assert planning_permit_no("231005202100017").suggestion is None


def test_wrong_certificate_check_is_mended_by_suggestion():
    reading = certificate_identifier(VECTORS["certificate_identifier"]["invalid"][0])
    assert reading.suggestion == VECTORS["certificate_identifier"]["valid"][0]


def test_permit_numbers_compare_without_their_words():
    assert permit_core(" 建字第231005202100017号") == permit_core("231005202100017")
    assert permit_core("建字第231005202100017号") != permit_core("建字第231005202100018号")


def test_parcels_and_units():
    unit = "231005003008GB00021F00010001"
    assert dict(unit_code(unit).parts) == {
        "parcel_code": "231005003008GB00021",
        "fixture": "F",
        "building": "0001",
        "unit": "0001",
    }
    assert unit_code(unit[:-4] + "a001").norm.endswith("A001")
    assert unit_code(unit[:19] + "W00000001").verdict is Verdict.ACCEPTED_WITH_WARNING
    assert parcel_code(unit).verdict is Verdict.NOT_ONE
    assert parcel_code(unit).suggestion == parcel_of(unit) == parcel_of(unit[:19]) == unit[:19]
    assert parcel_of("") is parcel_of(unit[:20]) is None
    assert cadastral(unit).kind == "unit_code"
    assert grouped(unit) == "231005 003008 GB00021 F00010001"


@pytest.mark.parametrize(
    "code", ["231001003008GB00021", "231099003008GB00021", "991005003008GB00021", "231005003008GL00021"]
)
def test_odd_parcels_pass_with_a_warning(code):
    assert parcel_code(code).verdict is Verdict.ACCEPTED_WITH_WARNING


def test_regions_have_their_time():
    assert region_code("231005").verdict is Verdict.VALID
    assert region_code("231024", date(2014, 1, 1)).verdict is Verdict.VALID
    assert region_code("231024", date(2020, 1, 1)).verdict is Verdict.ACCEPTED_WITH_WARNING
    assert region_code("231086", date(2014, 1, 1)).verdict is Verdict.ACCEPTED_WITH_WARNING
    assert region_code("340705").verdict is Verdict.ACCEPTED_WITH_WARNING
    assert region_code("231001").verdict is region_code("00").verdict is Verdict.NOT_ONE


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("1#", "1"),
        ("1号楼", "1"),
        ("1幢", "1"),
        ("第3幢", "3"),
        ("０００６", "6"),
        ("0000", "0"),
        ("S1号楼（商业）", "S1"),
        ("S1#商业", "S1"),
        ("s01栋", "S1"),
        ("10-02#", "10-2"),
        ("地下车库", "地下车库"),
        ("（地下车库）", "地下车库"),
        ("幼儿园楼", "幼儿园"),
        ("5#楼（商业（底层））", "5"),
    ],
)
def test_building_names(raw, number):
    assert building_no(raw) == number


@pytest.mark.parametrize(
    ("raw", "candidates"),
    [
        ("1-8#", "1 2 3 4 5 6 7 8"),
        ("1--8楼", "1 2 3 4 5 6 7 8"),
        ("1、2、4、6、8楼", "1 2 4 6 8"),
        ("翰林示例城1-3#、5#楼、S1#商业、地下车库", "1 2 3 5 S1 地下车库"),
        ("鸿运示例府1--3楼、地下车库", "1 2 3 地下车库"),
        ("示例2020城1-3#楼", "1 2 3"),
        ("S1-S3#", "S1 S2 S3"),
        ("1号楼至3号楼", "1 2 3"),
        ("1-3#5-6#楼", "1 2 3 5 6"),
        ("10-1#", "10-1"),
        ("3-3#", "3-3"),
        ("1-99999#", "1-99999"),
        ("1-9999#", "1 9999"),
        ("2#、2号楼", "2"),
        ("", ""),
    ],
)
def test_building_ranges_are_candidates(raw, candidates):
    assert " ".join(building_range(raw)) == candidates


@given(st.from_regex(r"\A[1-9][0-9]{5}19[5-9][0-9](0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-9]{3}\Z"))
def test_resident_numbers_are_recognised_wherever_they_stand(body):
    number = body + resident(body)
    assert resident_id(number)
    assert resident_id(f"op/{number}")
    assert resident_id(number.lower())
    wrong = body + ("0" if resident(body) != "0" else "1")
    assert not resident_id(wrong)


@pytest.mark.parametrize(
    "text", ["", "op-17", "231000190013011013", "202211250018", "2012-231005-04-01-735188"]
)
def test_other_numbers_are_nobodys(text):
    assert not resident_id(text)


@pytest.mark.parametrize("body", ["23100019001301101", "23100019000230101", "23100018000101101"])
def test_a_number_without_a_possible_birthday_is_nobodys(body):
    assert not resident_id(body + resident(body))


def test_the_demo_buyers_numbers_are_recognised():
    assert resident_id("231000190001011013")
    assert resident_id("231000190001012024")
