"""R01 R02 R03 R04 R13: identity of project, holder and parcel, and the chain of documents."""

from decimal import Decimal

import pytest

from contracts.material import Retrieval
from contracts.rules import ParcelArea, Profile
from contracts.verdicts import Result
from tests.contracts.rules.scene import P1, P2, changed, checked, of

CODE, OTHER, OLD = "2012-231005-04-01-735188", "2103-231003-04-01-209465", "2020-330327-48-01-167360"
USCC, USCC2 = "91231000DEM0AA016M", "91231000DEM0AB0271"
PARCEL, PARCEL2 = "231005003008GB00021", "231003005012GB00034"


class TestR01:
    def test_hyphens_and_width_do_not_matter(self):
        wide = "２０１２－２３１００５－０４－０１－７３５１８８"
        found = checked(
            "R01",
            of("investment-filing", project_code=CODE.replace("-", "")),
            of("survey-package", project_code=wide),
        )
        assert found.result is Result.PASS
        assert found.compared["codes"] == [CODE]

    def test_a_wrong_check_digit_fails_even_when_all_agree(self):
        found = checked(
            "R01",
            *[of(slug, project_code=CODE[:-1] + "0") for slug in ("investment-filing", "survey-package")],
        )
        assert found.result is Result.FAIL
        assert found.compared["bad"] == [CODE[:-1] + "0"]

    def test_two_projects_fail(self):
        assert checked("R01", *changed(P1, "completion-filing", project_code=OTHER)).result is Result.FAIL

    def test_another_project_than_the_one_asked_about_fails(self):
        one = of("investment-filing", project_code=CODE)
        assert checked("R01", one, project_code=OTHER).result is Result.FAIL
        assert checked("R01", one, project_code=CODE).result is Result.PASS

    def test_a_confirmed_alias_counts_as_equal(self):
        both = of("investment-filing", project_code=CODE), of("survey-package", project_code=OTHER)
        assert checked("R01", *both, aliases=[OTHER]).result is Result.PASS
        assert checked("R01", *both, aliases=["2106-231004-04-01-582170"]).result is Result.FAIL

    def test_an_old_code_is_a_warning(self):
        assert checked("R01", of("investment-filing", project_code=OLD)).result is Result.WARN
        assert checked("R01", of("investment-filing", project_code="none")).result is Result.FAIL


class TestR02:
    def holder(self, kind, name, code=USCC):
        return of(kind, holder_name=name, holder_uscc=code)

    def record(self, name="乙公司", code=USCC, former=("甲公司",)):
        return of("company-record", name=name, uscc=code, former_names=[{"name": each} for each in former])

    def renamed(self, *more):
        return checked(
            "R02", self.holder("land-right", "乙公司"), self.holder("construction-permit", "甲公司"), *more
        )

    def test_brackets_of_both_widths_are_one_name(self):
        pair = (
            self.holder("land-right", "甲（牡丹江）公司"),
            self.holder("construction-permit", "甲(牡丹江)公司"),
        )
        assert checked("R02", *pair).result is Result.PASS

    def test_a_recorded_change_of_name_is_a_warning(self):
        found = self.renamed(self.record())
        assert found.result is Result.WARN
        assert found.compared["former"] == ["甲公司"]

    def test_an_unrecorded_change_of_name_fails(self):
        assert self.renamed(self.record(former=())).result is Result.FAIL
        assert self.renamed().result is Result.FAIL

    def test_another_companys_record_explains_nothing(self):
        assert self.renamed(self.record(code=USCC2)).result is Result.FAIL
        assert self.renamed(self.record(code=None)).result is Result.FAIL

    def test_different_codes_fail_under_one_name(self):
        pair = self.holder("land-right", "甲公司"), self.holder("construction-permit", "甲公司", USCC2)
        assert checked("R02", *pair).result is Result.FAIL

    def test_codes_alike_in_their_organisation_only_still_differ(self):
        pair = (
            self.holder("land-right", "甲公司"),
            self.holder("construction-permit", "甲公司", USCC[:-1] + "N"),
        )
        assert checked("R02", *pair).result is Result.FAIL

    def test_an_organisation_code_is_the_same_body(self):
        pair = self.holder("land-right", "甲公司"), self.holder("construction-permit", "甲公司", "DEM0AA01-6")
        found = checked("R02", *pair)
        assert (found.result, found.compared["codes"]) == (Result.PASS, [USCC])
        other = self.holder("construction-permit", "甲公司", "DEM0AB02-7")
        assert checked("R02", pair[0], other).result is Result.FAIL

    def test_limited_company_words_are_not_unified(self):
        pair = (
            self.holder("land-right", "甲有限公司", None),
            self.holder("construction-permit", "甲有限责任公司", None),
        )
        assert checked("R02", *pair, self.record("甲有限公司", former=())).result is Result.FAIL

    def test_names_alone_are_enough_when_equal(self):
        pair = self.holder("land-right", "甲公司", None), self.holder("construction-permit", "甲公司", None)
        assert checked("R02", *pair).result is Result.PASS

    def test_a_name_here_and_a_code_there_prove_nothing(self):
        pair = self.holder("land-right", "甲公司", None), self.holder("construction-permit", None)
        found = checked("R02", *pair)
        assert found.result is Result.SKIP
        assert found.compared["missing"] == ["land-right.holder_uscc", "construction-permit.holder_name"]
        joined = self.holder("planning-verification", "甲公司")
        assert checked("R02", *pair, joined).result is Result.PASS

    def test_the_applicant_is_compared_too(self):
        applicant = of("application", Retrieval.DECLARED, applicant_name="丙公司", applicant_uscc=USCC2)
        assert checked("R02", *P1.all_materials(), applicant).result is Result.FAIL


class TestR03:
    def test_another_parcel_fails(self):
        assert checked("R03", *changed(P1, "land-right", parcel_code=PARCEL2)).result is Result.FAIL

    @pytest.mark.parametrize(
        ("kind", "fields"),
        [
            ("land-right", {"unit_code": PARCEL2 + "W00000000"}),
            ("survey-package", {"buildings": [{"no": "1#", "first_unit_code": PARCEL2 + "F00010001"}]}),
            ("cadastral-import", {"sample_units": [{"unit_code": PARCEL2 + "F00010001"}]}),
        ],
    )
    def test_one_unit_on_another_parcel_fails(self, kind, fields):
        found = checked("R03", *changed(P1, kind, **fields))
        assert found.result is Result.FAIL
        assert found.compared["codes"] == sorted([PARCEL, PARCEL2])

    def test_a_unit_code_in_the_parcels_field_is_read_as_its_parcel(self):
        pair = (
            of("land-right", parcel_code=PARCEL + "W00000000"),
            of("survey-package", parcel_code=PARCEL.lower()),
        )
        assert checked("R03", *pair).result is Result.PASS

    def test_a_code_that_is_none_fails(self):
        found = checked(
            "R03", of("land-right", parcel_code=PARCEL), of("survey-package", parcel_code="231005")
        )
        assert (found.result, found.compared["bad"]) == (Result.FAIL, ["231005"])

    def test_one_code_has_nothing_to_agree_with(self):
        found = checked("R03", of("land-right", parcel_code=PARCEL, unit_code=None))
        assert found.result is Result.SKIP
        assert "survey-package" in found.compared["missing"]


class TestR04:
    def areas(self, contract, survey, **profile):
        pair = (
            of("land-transfer-contract", land_area_m2=contract),
            of("survey-package", parcel_area_m2=survey),
        )
        return checked("R04", *pair, profile=Profile(parcel_area=ParcelArea(**profile)))

    @pytest.mark.parametrize(
        ("survey", "result"),
        [
            ("40000.00", Result.PASS),
            ("40000.50", Result.PASS),
            ("39999.50", Result.PASS),
            ("40000.51", Result.WARN),
            ("40200.00", Result.WARN),
            ("39800.00", Result.WARN),
            ("40200.01", Result.FAIL),
            ("39799.99", Result.FAIL),
        ],
    )
    def test_boundaries(self, survey, result):
        assert self.areas("40000.00", survey).result is result

    def test_the_profile_decides(self):
        assert self.areas("40000.00", "40001.00", pass_m2=Decimal(1)).result is Result.PASS
        assert self.areas("40000.00", "40100.00", warn_pct=Decimal("0.1")).result is Result.FAIL
        assert self.areas("40000.00", "40000.00").tolerance == "±0.5 m², ±0.5 %"

    @pytest.mark.parametrize("kind", ["land-right", "land-use-planning-permit"])
    def test_the_worst_of_all_decides(self, kind):
        field = "area_m2" if kind == "land-right" else "land_area_m2"
        assert checked("R04", *changed(P1, kind, **{field: "42400.00"})).result is Result.WARN
        assert checked("R04", *changed(P1, kind, **{field: "43356.80"})).result is Result.FAIL

    def test_hectares_stand_in_for_square_metres(self):
        found = checked("R04", *changed(P1, "land-transfer-contract", land_area_m2=None))
        assert (found.result, found.compared["contract"]) == (Result.PASS, "42357.00")

    def test_zero_is_no_area(self):
        found = self.areas("0.00", "40000.00")
        assert found.result is Result.SKIP

    def test_without_a_contract_the_message_names_what_it_compares_with(self):
        found = checked(
            "R04", of("land-right", area_m2="40000.00"), of("survey-package", parcel_area_m2="40100.00")
        )
        assert found.message.zh == "宗地面积与土地不动产权证（登记簿）相差100.00㎡（0.250%）"
        assert found.compared == {"land-right": "40000.00", "survey": "40100.00"}

    def test_several_of_a_kind_are_all_shown(self):
        pair = (
            of("survey-package", parcel_area_m2="50000.00"),
            of("survey-package", parcel_area_m2="40000.00"),
        )
        found = checked("R04", of("land-transfer-contract", land_area_m2="40000.00"), *pair)
        assert (found.result, found.compared["survey"]) == (Result.FAIL, ["50000.00", "40000.00"])


class TestR13:
    @pytest.mark.parametrize(
        ("kind", "fields"),
        [
            ("construction-planning-permit", {"land_permit_no": "地字第231005202100004号"}),
            ("construction-permit", {"project_permit_no": "建字第231005202100018号"}),
            ("completion-filing", {"construction_permit_no": "231005202103150102"}),
            ("planning-verification", {"project_permit_no": "建字第231005202100018号"}),
        ],
    )
    def test_each_broken_link_is_found_and_named(self, kind, fields):
        found = checked("R13", *changed(P1, kind, **fields))
        assert found.result is Result.FAIL
        assert len(found.compared["broken"]) == 1
        assert next(iter(fields.values())) in found.compared["broken"][0]

    def test_words_around_a_number_do_not_matter(self):
        assert (
            checked("R13", *changed(P1, "construction-permit", project_permit_no=" 231005202100017")).result
            is Result.PASS
        )

    def test_several_numbers_in_one_field_must_all_be_there(self):
        both = "建字第231003202100029号、建字第231003202200006号"
        assert (
            checked("R13", *changed(P2, "construction-permit", project_permit_no=both)).result is Result.PASS
        )
        wrong = both.replace("00006", "00007")
        assert (
            checked("R13", *changed(P2, "construction-permit", project_permit_no=wrong)).result is Result.FAIL
        )

    def test_a_missing_end_is_skipped_and_named(self):
        rest = [each for each in P1.all_materials() if each.kind != "completion-filing"]
        found = checked("R13", *rest)
        assert (found.result, found.compared["missing"]) == (Result.SKIP, ["completion-filing"])

    def test_a_missing_number_is_skipped_and_named(self):
        found = checked("R13", *changed(P1, "planning-verification", project_permit_no=None))
        assert found.compared["missing"] == ["planning-verification.project_permit_no"]
        hidden = checked("R13", *changed(P1, "construction-permit", permit_no=None))
        assert hidden.compared["missing"] == ["construction-permit.permit_no"]

    def test_a_broken_link_is_not_excused_by_a_missing_one(self):
        rest = [
            each
            for each in changed(P1, "construction-permit", project_permit_no="建字第1号")
            if each.kind != "completion-filing"
        ]
        assert checked("R13", *rest).result is Result.FAIL
