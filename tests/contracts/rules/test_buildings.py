"""R09 to R12: buildings permitted, filed and as planned."""

import pytest

from contracts.identifiers import building_no
from contracts.material import Legal
from contracts.rules import Profile
from contracts.verdicts import Result
from tests.contracts.rules.scene import P1, P2, changed, checked, rows, with_row, without

PLAN, SURVEY, FILED, FIRE = (
    "construction-planning-permit",
    "survey-package",
    "completion-filing",
    "fire-acceptance",
)
UNITS = "cadastral-import"


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("1#楼", "1"),
        ("1号楼", "1"),
        ("０００６", "6"),
        ("S1号楼（商业）", "S1"),
        ("S1#商业", "S1"),
        ("s1", "S1"),
        ("10-1幢", "10-1"),
        ("地下车库", "地下车库"),
        ("综合楼", "综合"),
    ],
)
def test_the_building_normaliser(raw, name):
    assert building_no(raw) == name


class TestR09:
    @pytest.mark.parametrize(("kind", "shown"), [(FILED, "no_completion"), (FIRE, "no_fire")])
    def test_one_left_out_fails(self, kind, shown):
        found = checked("R09", *changed(P1, kind, buildings=["1#楼", "2#楼", "3#楼", "5#楼", "S1#商业"]))
        assert (found.result, found.compared[shown]) == (Result.FAIL, ["地下车库"])

    def test_one_without_permit_fails(self):
        found = checked("R09", *changed(P1, PLAN, buildings=rows(P1, PLAN)[1:]))
        assert (found.result, found.compared["no_permit"]) == (Result.FAIL, ["1"])

    def test_permitted_and_not_built_yet_is_no_fault(self):
        assert checked("R09", *changed(P1, SURVEY, buildings=rows(P1, SURVEY)[1:])).result is Result.PASS

    def test_a_range_is_for_a_person_to_confirm(self):
        spans = ["1-3#楼", "5#楼", "S1", "地下车库"]
        found = checked("R09", *changed(P1, FILED, buildings=spans))
        assert (found.result, found.compared["confirm"]) == (Result.WARN, ["1", "2", "3"])
        gap = checked("R09", *changed(P1, FILED, buildings=["1-3#楼", "S1", "地下车库"]))
        assert (gap.result, gap.compared["no_completion"]) == (Result.FAIL, ["5"])

    def test_fire_acceptance_is_compared_where_there_is_one(self):
        assert checked("R09", *without(P1, FIRE)).result is Result.PASS

    def test_a_filing_that_names_no_buildings_proves_nothing(self):
        found = checked("R09", *changed(P2, FILED, nth=1, buildings=None))
        assert (found.result, found.compared["missing"]) == (Result.SKIP, ["completion-filing.buildings"])

    def test_a_missing_kind_does_not_excuse_a_gap(self):
        rest = [e for e in changed(P1, PLAN, buildings=rows(P1, PLAN)[1:]) if e.kind != FILED]
        assert checked("R09", *rest).result is Result.FAIL
        assert checked("R09", *without(P1, FILED)).compared["missing"] == [FILED]

    def test_a_revoked_filing_files_nothing(self):
        materials = [
            each.model_copy(update={"legal": Legal.REVOKED})
            if each.kind == FILED and "-JX-002" in each.fields["filing_no"]
            else each
            for each in P2.all_materials()
        ]
        found = checked("R09", *materials)
        assert found.compared["no_completion"] == ["6", "7", "8", "地下车库"]


class TestR10:
    @pytest.mark.parametrize(
        ("use", "result"),
        [
            ("住宅", Result.PASS),
            ("成套住宅", Result.PASS),
            ("住 宅", Result.PASS),
            ("商业", Result.FAIL),
            (None, Result.SKIP),
        ],
    )
    def test_equal_or_synonyms(self, use, result):
        found = checked("R10", *with_row(P1, SURVEY, 0, use=use))
        assert found.result is result
        assert found.compared.get("diff", []) == ([["1", "住宅", "商业"]] if result is Result.FAIL else [])

    def test_offices_are_not_shops(self):
        assert checked("R10", *with_row(P1, SURVEY, 4, use="办公")).result is Result.FAIL

    def test_the_planning_verification_decides(self):
        other = with_row(P1, SURVEY, 0, use="商业")
        assert checked("R10", *other, profile=Profile()).result is Result.WARN


class TestR11:
    @pytest.mark.parametrize("field", ["floors_above", "floors_below"])
    @pytest.mark.parametrize(("more", "result"), [(0, Result.PASS), (1, Result.FAIL), (-1, Result.FAIL)])
    def test_exact_above_and_below(self, field, more, result):
        had = rows(P1, SURVEY)[2][field]
        assert checked("R11", *with_row(P1, SURVEY, 2, **{field: had + more})).result is result

    def test_zero_is_a_number_of_floors(self):
        assert checked("R11", *with_row(P1, PLAN, 5, floors_above=1)).result is Result.FAIL

    def test_a_missing_number_is_skipped_and_the_verification_decides(self):
        assert checked("R11", *with_row(P1, SURVEY, 0, floors_below=None)).result is Result.SKIP
        assert (
            checked("R11", *with_row(P1, SURVEY, 0, floors_above=19), profile=Profile()).result is Result.WARN
        )


class TestR12:
    def test_one_unit_more_is_a_warning(self):
        found = checked("R12", *with_row(P1, SURVEY, 0, units=163))
        assert found.result is Result.WARN
        assert found.compared["diff"] == [["1", "162", "163"], ["*", "1165", "1164"]]

    def test_the_unit_table_is_counted_too(self):
        found = checked("R12", *changed(P1, UNITS, units_total=1163))
        assert (found.result, found.compared["diff"]) == (Result.WARN, [["*", "1164", "1163"]])

    def test_no_table_no_verdict(self):
        assert checked("R12", *without(P1, UNITS)).compared["missing"] == [UNITS]
        assert checked("R12", *changed(P1, UNITS, units_total=None)).compared["missing"] == [
            "cadastral-import.units_total"
        ]
