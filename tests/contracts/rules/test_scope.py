"""The part that is asked about: what counts, what is summed, what is covered."""

import pytest

from contracts.exchange import Scope
from contracts.rules import Profile
from contracts.scope import Extent, coverage, extent_of, in_order, narrow
from contracts.verdicts import Result
from tests.contracts.rules.scene import (
    P1,
    P2,
    P3,
    STRICT,
    all_checks,
    changed,
    checked,
    of,
    rows,
    without,
    without_nth,
)

FILED, PLAN, SURVEY, UNITS = (
    "completion-filing",
    "construction-planning-permit",
    "survey-package",
    "cadastral-import",
)
PHASE_ONE = Scope(buildings=("1", "2号楼", "3#", "S1号楼（商业）"))
PARCEL = "231003005012GB00034"


def scoped(scope, materials=None):
    return all_checks(*(materials or P2.all_materials()), scope=scope, project_code=P2.project_code)


def test_no_scope_is_all_of_it():
    assert extent_of(None, P1.all_materials()) == extent_of(Scope(), P1.all_materials()) == Extent()
    assert narrow(P1.all_materials(), Extent()) == tuple(P1.all_materials())


@pytest.mark.parametrize(
    "scope",
    [
        PHASE_ONE,
        Scope(permits=("建字第231003202100029号",)),
        Scope(permits=("231003202105200101",)),
        Scope(permits=("2310032105200101-JX-001",)),
    ],
    ids=["buildings", "planning permit", "construction permit", "filing"],
)
def test_buildings_and_permits_name_the_same_phase(scope):
    assert extent_of(scope, P2.all_materials()).buildings == frozenset({"1", "2", "3", "S1"})


def test_a_unit_is_in_its_building():
    scope = Scope(units=(f"{PARCEL}F00050001".lower(),))
    extent = extent_of(scope, P2.all_materials())
    assert (extent.buildings, extent.unresolved) == (frozenset({"6"}), ())
    assert extent.covers_unit(f"{PARCEL}F00050001", "6")
    assert not extent.covers_unit(f"{PARCEL}F00050002", "6")
    unsurveyed = without(P2, SURVEY)
    assert extent_of(scope, unsurveyed).buildings == frozenset({"6"})


def test_what_leads_to_no_building_is_not_taken_for_everything():
    found = checked("R09", *P2.all_materials(), scope=Scope(permits=("建字第1号",), buildings=("1",)))
    assert (found.result, found.compared["missing"]) == (Result.SKIP, ["scope.建字第1号"])
    nowhere = scoped(Scope(permits=("建字第1号",)))
    assert not {
        rule for rule in ("R07", "R07b", "R09", "R10", "R11", "R12") if nowhere[rule].result is Result.PASS
    }


def test_only_the_buildings_in_scope_are_summed():
    found = scoped(PHASE_ONE)["R07"]
    # 3 × 20 693.50 + 12 219.50 planned, 3 × 20 790.18 + 12 269.48 surveyed
    assert found.compared == {"planned": "74300.00", "surveyed": "74640.02"}
    assert found.result is Result.PASS


def test_a_fault_outside_the_scope_is_none_inside_and_the_other_way_round():
    second = Scope(permits=("建字第231003202200006号",))
    unfiled = changed(P2, FILED, nth=1, buildings=["6#楼", "7#楼", "地下车库"])
    assert scoped(PHASE_ONE, unfiled)["R09"].result is Result.PASS
    assert scoped(second, unfiled)["R09"].compared["no_completion"] == ["8"]
    taller = rows(P2, SURVEY)
    taller[0] |= {"floors_above": 19}
    wrong = changed(P2, SURVEY, buildings=taller)
    assert scoped(second, wrong)["R11"].result is Result.PASS
    assert scoped(PHASE_ONE, wrong)["R11"].result is Result.FAIL


def test_a_phase_not_filed_yet_is_not_registered_by_the_other_ones_filing():
    second = Scope(permits=("建字第231003202200006号",))
    first_only = without_nth(P2, FILED, 1)
    found = scoped(second, first_only)["R09"]
    assert (found.result, found.compared["no_completion"]) == (Result.FAIL, ["6", "7", "8", "地下车库"])
    assert scoped(PHASE_ONE, first_only)["R09"].result is Result.PASS


def test_a_building_in_scope_that_nobody_surveyed():
    found = checked("R09", *P1.all_materials(), scope=Scope(buildings=("1", "99")))
    assert (found.result, found.compared["no_survey"]) == (Result.FAIL, ["99"])


def test_the_days_of_other_phases_do_not_count():
    late = changed(P2, FILED, nth=1, filed_on="2023-06-01")
    assert scoped(PHASE_ONE, late)["R14"].result is Result.PASS
    assert scoped(None, late)["R14"].result is Result.WARN


def test_the_drawings_of_other_phases_do_not_count():
    assert scoped(None)["R19"].result is Result.WARN
    assert scoped(PHASE_ONE)["R19"].result is Result.PASS


def test_a_refusal_of_another_phase_does_not_count():
    taller = rows(P2, SURVEY)
    taller[0] |= {"floors_above": 19}
    wrong = changed(P2, SURVEY, buildings=taller)
    refused = {"conclusion": "不符合规划条件"}
    told = [
        each.model_copy(update={"fields": each.fields | refused})
        if each.fields.get("cert_no") == "规核字第231003202300005号（演示）"
        else each
        for each in wrong
    ]
    assert checked("R11", *told, scope=PHASE_ONE, profile=Profile()).result is Result.WARN
    assert checked("R11", *told, profile=Profile()).result is Result.FAIL


def test_a_permit_in_scope_still_cites_what_is_there():
    assert scoped(PHASE_ONE)["R13"].result is Result.PASS
    both = "建字第231003202100029号、建字第231003202200006号"
    shared = changed(P2, "construction-permit", nth=0, project_permit_no=both)
    assert scoped(PHASE_ONE, shared)["R13"].result is Result.PASS


def test_units_outside_the_scope_are_not_judged():
    table = rows(P2, UNITS, "sample_units")
    table[-1] |= {"unit_code": "231005003008GB00021F00080002"}
    wrong = changed(P2, UNITS, sample_units=table)
    assert scoped(None, wrong)["R20"].result is Result.FAIL
    assert scoped(PHASE_ONE, wrong)["R20"].result is Result.PASS
    assert scoped(PHASE_ONE, wrong)["R03"].result is Result.PASS


def test_mortgages_of_units_outside_the_scope_are_not_counted():
    on_eight = of("construction-mortgage", proof_no="甲", unit_codes=[f"{PARCEL}F00070001"])
    on_all = of("construction-mortgage", proof_no="乙")
    assert scoped(PHASE_ONE, [*P2.all_materials(), on_eight])["R17"].result is Result.PASS
    assert scoped(Scope(buildings=("8",)), [*P2.all_materials(), on_eight])["R17"].result is Result.WARN
    assert scoped(PHASE_ONE, [*P2.all_materials(), on_all])["R17"].result is Result.WARN


def test_a_document_that_names_a_range_stays_if_the_range_reaches_into_the_scope():
    spans = changed(P1, FILED, buildings=["1-5#楼", "S1", "地下车库"])
    found = checked("R09", *spans, scope=Scope(buildings=("3",)))
    assert (found.result, found.compared["confirm"]) == (Result.WARN, ["3"])


class TestCoverage:
    def test_so_many_of_so_many(self):
        found = coverage(FILED, P3.all_materials(), Extent())
        assert found is not None
        assert (found.have, found.of, found.missing) == (3, 4, ("地下车库",))

    def test_within_a_scope(self):
        extent = extent_of(Scope(buildings=("1", "2", "9")), P3.all_materials())
        found = coverage(FILED, P3.all_materials(), extent)
        assert found is not None
        assert (found.have, found.of, found.missing) == (2, 3, ("9",))

    def test_two_documents_cover_together(self):
        found = coverage(FILED, P2.all_materials(), Extent())
        assert found is not None
        assert (found.have, found.of) == (8, 8)

    def test_a_verification_covers_what_its_permit_lists(self):
        found = coverage("planning-verification", without_nth(P2, "planning-verification", 1), Extent())
        assert found is not None
        assert (found.have, found.missing) == (4, ("6", "7", "8", "地下车库"))

    def test_it_cannot_be_said_of_a_document_without_buildings(self):
        assert coverage(FILED, changed(P2, FILED, nth=1, buildings=None), Extent()) is None
        assert coverage(FILED, without(P2, FILED), Extent()) is None
        assert coverage("presale-permit", P2.all_materials(), Extent()) is None

    def test_a_range_counts_as_covered(self):
        found = coverage(FILED, changed(P1, FILED, buildings=["1-5#楼", "S1", "地下车库"]), Extent())
        assert found is not None
        assert found.missing == ()


def test_in_the_order_people_count():
    assert in_order(["10", "地下车库", "S1", "2", "1"]) == ["1", "2", "10", "S1", "地下车库"]


def test_a_scope_of_everything_changes_nothing_but_what_is_summed():
    whole = Scope(buildings=tuple(row["no"] for row in rows(P1, SURVEY)))
    wanted = {each["rule"]: each["result"] for each in P1.expected_checks}
    found = all_checks(*P1.all_materials(), profile=STRICT, scope=whole)
    assert {rule: found[rule].result.value for rule in wanted} == wanted
