"""R05 and R06: land use, and its term."""

from datetime import date

import pytest

from contracts.rules import Profile
from contracts.verdicts import Result
from tests.contracts.rules.scene import P1, changed, checked, of, with_row, without

SUPPLY, SURVEY = "land-transfer-contract", "survey-package"
NATIONAL = "国土空间调查、规划、用途管制用地用海分类指南"


def land(*uses):
    return of(SUPPLY, land_use=list(uses))


def built(*uses):
    return of(SURVEY, buildings=[{"no": f"{place}#", "use": use} for place, use in enumerate(uses, 1)])


def use(code=None, name=None, standard="GB/T 21010-2017", **term):
    return {"code": code, "name": name, "standard": standard, **term}


class TestR05:
    @pytest.mark.parametrize(
        ("uses", "building", "result"),
        [
            ([use("0701")], "住宅", Result.PASS),
            ([use("0701")], "商业", Result.FAIL),
            ([use("0501")], "住宅", Result.FAIL),
            ([use("0501")], "办公", Result.PASS),
            ([use("0701")], "地下车库", Result.PASS),
            ([use("0701")], "配套商业", Result.FAIL),
            ([use("0701")], "住宅、商业", Result.FAIL),
            ([use("0701"), use("0501")], "住宅、商业", Result.PASS),
            ([use("0701")], "灯塔", Result.WARN),
            ([use("0901", standard=NATIONAL)], "商业", Result.PASS),
            ([use("0501", standard=NATIONAL)], "商业", Result.WARN),
            ([use("0701", standard=NATIONAL)], "住宅", Result.PASS),
            ([use(name="零售商业用地", standard=None)], "商业", Result.PASS),
            ([use("0701", name="零售商业用地", standard=None)], "商业", Result.PASS),
            ([use(name="城镇住宅用地")], "商业", Result.FAIL),
            ([use("23689", standard=None)], "住宅", Result.WARN),
            ([use("0701"), use("23689", standard=None)], "商业", Result.WARN),
        ],
    )
    def test_each_use(self, uses, building, result):
        assert checked("R05", land(*uses), built(building)).result is result

    def test_the_building_is_named(self):
        found = checked("R05", land(use("0701")), built("住宅", "商业"))
        assert found.compared["bad"] == ["2: 商业"]

    def test_without_a_supply_the_register_stands_in(self):
        assert checked("R05", *without(P1, SUPPLY)).result is Result.PASS
        register = changed(P1, "land-right", use=["城镇住宅用地"])
        found = checked("R05", *(each for each in register if each.kind != SUPPLY))
        assert (found.result, found.compared["bad"]) == (Result.FAIL, ["S1: 商业"])

    def test_an_unknown_use_of_one_building_does_not_excuse_another(self):
        """One building certainly wrong, one that nobody can class: a person decides, both are shown."""
        found = checked("R05", land(use("0701")), built("商业", "灯塔"))
        assert (found.result, found.compared["bad"], found.compared["unread"]) == (
            Result.WARN,
            ["1: 商业"],
            ["2: 灯塔"],
        )

    def test_a_missing_use_is_skipped_and_named(self):
        found = checked("R05", *with_row(P1, SURVEY, 0, use=None))
        assert (found.result, found.compared["missing"]) == (Result.SKIP, ["survey-package.buildings.use"])
        misfit = checked(
            "R05", land(use("0701")), of(SURVEY, buildings=[{"no": "1#"}, {"no": "2#", "use": "商业"}])
        )
        assert misfit.result is Result.FAIL

    def test_the_profile_decides(self):
        row = Profile().uses[1].model_copy(update={"buildings": ("灯塔",)})
        assert (
            checked("R05", land(use("0501")), built("灯塔"), profile=Profile(uses=(row,))).result
            is Result.PASS
        )


def term(start="2020-12-28", end="2090-12-27", years=70, code="0701"):
    return use(code, term_start=start, term_end=end, term_years=years)


class TestR06:
    @pytest.mark.parametrize(
        ("given", "result"),
        [
            (term(), Result.PASS),
            (term(years=71), Result.FAIL),
            (term(end="2090-12-28"), Result.PASS),
            (term(end="2090-12-29"), Result.FAIL),
            (term(code="0501"), Result.FAIL),
            (term(code="0501", end="2060-12-27", years=40), Result.PASS),
            (term(code="0501", end="2060-12-27", years=41), Result.FAIL),
            (term(code="0501", end="2090-12-27", years=40), Result.FAIL),
            (term(code="0601", end="2070-12-27", years=50), Result.PASS),
            (term(code="0601", end="2070-12-27", years=51), Result.FAIL),
            (term(end=None), Result.SKIP),
            (term(end="9999-01-01"), Result.SKIP),
            (term(end="9999-01-01", years=999), Result.FAIL),
            (term(code="99"), Result.WARN),
            (term(start=None, years=None), Result.PASS),
        ],
    )
    def test_longest_terms(self, given, result):
        assert checked("R06", land(given)).result is result

    @pytest.mark.parametrize(
        ("today", "result"), [(date(2060, 12, 27), Result.PASS), (date(2060, 12, 28), Result.FAIL)]
    )
    def test_on_its_last_day_a_term_still_runs(self, today, result):
        assert checked("R06", *P1.all_materials(), today=today).result is result

    def test_supply_and_register_must_say_the_same(self):
        found = checked("R06", *changed(P1, "land-right", term_end=["2090-12-27", "2060-12-28"]))
        assert (found.result, found.compared["differ"]) == (Result.FAIL, ["2060-12-27", "2060-12-28"])
        assert checked("R06", *changed(P1, "land-right", term_end=["2090-12-27"])).result is Result.FAIL
        assert checked("R06", *without(P1, "land-right")).result is Result.PASS

    def test_a_register_alone_shows_only_that_it_has_not_ended(self):
        assert checked("R06", *without(P1, SUPPLY)).result is Result.SKIP
        assert checked("R06", of("land-right", term_end=["2026-03-01"])).result is Result.FAIL
        assert checked("R06", of("land-right", term_end=["2026-03-02"])).result is Result.SKIP

    def test_allocated_land_has_no_term(self):
        found = checked("R06", of("land-allocation-decision", land_use=[use("0701")]))
        assert found.compared["missing"] == ["land-allocation-decision.land_use.term_end"]
