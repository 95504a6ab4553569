"""R07, R07b and R08: areas at their tolerances and a cent beyond, the cap, the planning verification."""

from decimal import Decimal

import pytest

from contracts.rules import BANDS_B, Profile
from contracts.verdicts import Result
from tests.contracts.rules.scene import P1, P2, STRICT, changed, checked, of, with_row, without

PLAN, SURVEY, VERIFIED = "construction-planning-permit", "survey-package", "planning-verification"
B = Profile(
    building_area=BANDS_B,
    building_area_cap_m2=Decimal(500),
    planning_verification_decides=False,
)
DECIDES = Profile()


def total(planned, surveyed, profile=STRICT):
    pair = of(PLAN, permit_no="建字第1号", total_area_m2=planned), of(SURVEY, building_total_area_m2=surveyed)
    return checked("R07", *pair, profile=profile)


class TestR07:
    @pytest.mark.parametrize(
        ("planned", "surveyed", "result"),
        [
            ("10000.00", "10300.00", Result.PASS),
            ("10000.00", "10300.01", Result.FAIL),
            ("10000.00", "9700.00", Result.PASS),
            ("10000.00", "9699.99", Result.FAIL),
            ("10000.01", "10300.00", Result.FAIL),
            ("50000.00", "51000.00", Result.PASS),
            ("50000.00", "51000.01", Result.FAIL),
            ("50000.01", "51000.00", Result.FAIL),
            ("100000.00", "101000.00", Result.PASS),
            ("100000.00", "101000.01", Result.FAIL),
            ("100000.00", "98999.99", Result.FAIL),
        ],
    )
    def test_profile_a(self, planned, surveyed, result):
        assert total(planned, surveyed).result is result

    @pytest.mark.parametrize(
        ("planned", "surveyed", "result"),
        [
            ("1000.00", "1030.00", Result.PASS),
            ("1000.00", "1030.01", Result.FAIL),
            ("5000.00", "5100.00", Result.PASS),
            ("5000.00", "5100.01", Result.FAIL),
            ("10000.00", "10150.00", Result.PASS),
            ("10000.00", "10150.01", Result.FAIL),
            ("20000.00", "20100.00", Result.PASS),
            ("20000.00", "20100.01", Result.FAIL),
            ("200000.00", "200500.00", Result.PASS),
            ("200000.00", "200500.01", Result.FAIL),
        ],
    )
    def test_profile_b_and_its_cap(self, planned, surveyed, result):
        assert total(planned, surveyed, B).result is result

    def test_the_sentence_and_the_tolerance(self):
        found = total("20000.00", "19600.00", B)
        assert found.message.zh == "实测建筑面积与规划许可相差-400.00㎡（-2.000%），允许±0.5%且不超过500㎡"
        assert found.tolerance == "±0.5 %, ±500 m²"

    def test_permits_are_summed(self):
        found = checked("R07", *P2.all_materials())
        assert found.compared == {"planned": "146300.00", "surveyed": "147012.66", "verified": "147012.66"}

    def test_the_planning_verification_is_measured_too(self):
        wrong = changed(P1, VERIFIED, measured_total_area_m2="109605.66")
        found = checked("R07", *wrong)
        assert (found.result, found.compared["verified"]) == (Result.FAIL, "109605.66")
        assert found.message.zh.startswith("规划核实实测面积")
        assert (
            checked("R07", *changed(P1, VERIFIED, measured_total_area_m2="109605.65")).result is Result.PASS
        )

    def test_one_of_two_verifications_is_compared_with_its_own_permit(self):
        materials = P2.all_materials()
        second = [e for e in materials if e.kind == VERIFIED][1]
        found = checked("R07", *(each for each in materials if each is not second))
        assert (found.result, found.compared["verified"]) == (Result.PASS, "74640.02")

    def test_without_a_total_the_buildings_are_summed(self):
        assert checked("R07", *changed(P1, PLAN, total_area_m2=None)).compared["planned"] == "108520.45"
        zero = checked("R07", *changed(P1, SURVEY, building_total_area_m2="0.00"))
        assert zero.compared["surveyed"] == "108611.27"

    def test_a_building_without_area_is_named(self):
        bare = [{"no": "1#"}]
        found = checked("R07", *changed(P1, PLAN, total_area_m2=None, buildings=bare))
        assert found.compared["missing"] == ["construction-planning-permit.total_area_m2"]
        one_of_two = checked("R07", *changed(P2, PLAN, nth=1, total_area_m2=None, buildings=bare))
        assert one_of_two.result is Result.SKIP

    def test_the_planning_verification_decides_where_the_profile_says_so(self):
        wide = changed(P1, SURVEY, building_total_area_m2="120000.00")
        assert checked("R07", *wide).result is Result.FAIL
        assert checked("R07", *wide, profile=DECIDES).result is Result.WARN
        unverified = [each for each in wide if each.kind != VERIFIED]
        assert checked("R07", *unverified, profile=DECIDES).result is Result.FAIL

    @pytest.mark.parametrize(
        "fields",
        [{"conclusion": "不符合规划条件"}, {"project_permit_no": "建字第1号"}, {"project_permit_no": None}],
    )
    def test_a_verification_that_refuses_or_is_of_another_permit_decides_nothing(self, fields):
        wide = changed(P1, SURVEY, building_total_area_m2="120000.00")
        other = [
            e.model_copy(update={"fields": e.fields | fields}) if e.kind == VERIFIED else e for e in wide
        ]
        assert checked("R07", *other, profile=DECIDES).result is Result.FAIL

    def test_every_permit_must_be_verified(self):
        wide = changed(P2, SURVEY, building_total_area_m2="160000.00")
        second = [each for each in wide if each.kind == VERIFIED][1]
        assert checked("R07", *wide, profile=DECIDES).result is Result.WARN
        one = (each for each in wide if each is not second)
        assert checked("R07", *one, profile=DECIDES).result is Result.FAIL


class TestR07b:
    def test_one_building_beyond_is_a_warning_and_the_whole_still_passes(self):
        materials = with_row(P1, SURVEY, 0, area_m2="18788.57")
        found = checked("R07b", *materials)
        assert (found.result, [row[0] for row in found.compared["beyond"]]) == (Result.WARN, ["1"])
        assert checked("R07", *materials).result is Result.PASS
        assert checked("R07b", *with_row(P1, SURVEY, 0, area_m2="18788.56")).result is Result.PASS

    def test_an_area_that_is_missing_is_skipped(self):
        assert checked("R07b", *with_row(P1, SURVEY, 0, area_m2=None)).result is Result.SKIP
        assert checked("R07b", *without(P1, PLAN)).compared["missing"] == [PLAN]

    def test_parts_of_one_building_in_two_permits_are_summed(self):
        half = of(PLAN, permit_no="甲", buildings=[{"no": "地下车库", "area_m2": "500.00"}])
        rest = of(PLAN, permit_no="乙", buildings=[{"no": "地下车库（二期）", "area_m2": "500.00"}])
        survey = of(SURVEY, buildings=[{"no": "地下车库", "area_m2": "1030.00"}])
        assert checked("R07b", half, rest, survey).result is Result.PASS
        more = of(SURVEY, buildings=[{"no": "地下车库", "area_m2": "1030.01"}])
        assert checked("R07b", half, rest, more).result is Result.WARN


class TestR08:
    def ratio(self, counted, profile=STRICT, **supply):
        fields = {"land_area_m2": "20000.00", "far_max": "2"} | supply
        return checked(
            "R08",
            of("land-transfer-contract", **fields),
            of(SURVEY, counted_area_m2=counted),
            profile=profile,
        )

    @pytest.mark.parametrize(
        ("counted", "result"),
        [
            ("40000.00", Result.PASS),
            ("40000.01", Result.WARN),
            ("40800.00", Result.WARN),
            ("40800.01", Result.FAIL),
            ("100.00", Result.PASS),
        ],
    )
    def test_boundaries(self, counted, result):
        assert self.ratio(counted).result is result

    def test_hectares_stand_in_for_square_metres(self):
        assert self.ratio("40000.00", land_area_m2=None, land_area_ha="2.0000").result is Result.PASS
        assert self.ratio("40000.01", land_area_m2="0.00", land_area_ha="2.0000").result is Result.WARN

    def test_what_is_missing_is_named(self):
        assert self.ratio("1.00", far_max=None).compared["missing"] == ["land-transfer-contract.far_max"]
        assert self.ratio(None).compared["missing"] == ["survey-package.counted_area_m2"]
        assert self.ratio("1.00", land_area_m2="0.00").result is Result.SKIP

    def test_two_parcels_are_one_allowance(self):
        second = of("land-transfer-contract", contract_no="乙", land_area_m2="10000.00", far_max="1")
        first = of("land-transfer-contract", contract_no="甲", land_area_m2="20000.00", far_max="2")
        survey = of(SURVEY, counted_area_m2="50000.00")
        assert checked("R08", first, second, survey).result is Result.PASS
        assert checked("R08", first, survey).result is Result.FAIL

    def test_the_planning_verification_decides(self):
        over = changed(P1, SURVEY, counted_area_m2="99999.00")
        assert checked("R08", *over).result is Result.FAIL
        assert checked("R08", *over, profile=DECIDES).result is Result.WARN
