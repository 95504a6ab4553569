"""R14 and R15: the order of days, and permits valid at the start."""

import pytest

from contracts.rules import Profile
from contracts.verdicts import Result
from tests.contracts.rules.scene import P1, P2, changed, checked, without

INVESTMENT, SUPPLY, LAND = "investment-filing", "land-transfer-contract", "land-use-planning-permit"
PLAN, PERMIT, VERIFIED, FILED = (
    "construction-planning-permit",
    "construction-permit",
    "planning-verification",
    "completion-filing",
)


class TestR14:
    @pytest.mark.parametrize(
        ("kind", "fields", "breaches"),
        [
            (INVESTMENT, {"filed_on": "2021-02-05"}, 0),
            (INVESTMENT, {"filed_on": "2021-02-06"}, 1),
            (SUPPLY, {"signed_on": "2021-02-05"}, 0),
            (SUPPLY, {"signed_on": "2021-02-06"}, 1),
            (LAND, {"issued_on": "2021-03-02"}, 0),
            (LAND, {"issued_on": "2021-03-03"}, 1),
            (PLAN, {"issued_on": "2021-03-15"}, 0),
            (PLAN, {"issued_on": "2021-03-16"}, 1),
            (PERMIT, {"issued_on": "2021-04-02"}, 0),
            (PERMIT, {"issued_on": "2021-04-03"}, 1),
            (FILED, {"completed_on": "2022-11-11"}, 1),
            (FILED, {"completed_on": "2022-11-10"}, 0),
            (FILED, {"completed_on": "2022-10-26"}, 0),
            (FILED, {"completed_on": "2022-10-25"}, 1),
        ],
    )
    def test_each_step_and_the_day_itself(self, kind, fields, breaches):
        found = checked("R14", *changed(P1, kind, **fields))
        assert found.result is (Result.WARN if breaches else Result.PASS)
        assert len(found.compared["items"]) == breaches

    def test_the_mutual_order_of_filing_and_supply_is_free(self):
        materials = changed(P1, INVESTMENT, filed_on="2021-01-30")
        assert checked("R14", *materials).result is Result.PASS

    @pytest.mark.parametrize(
        ("joint", "result"), [(False, Result.WARN), (None, Result.WARN), (True, Result.PASS)]
    )
    def test_verified_before_accepted_unless_acceptance_was_joint(self, joint, result):
        late = changed(P1, VERIFIED, issued_on="2022-11-01")
        told = [
            e.model_copy(update={"fields": e.fields | {"joint_acceptance": joint}}) if e.kind == FILED else e
            for e in late
        ]
        assert checked("R14", *told).result is result

    def test_on_the_day_of_acceptance_is_early_enough(self):
        same_day = changed(P1, FILED, joint_acceptance=False, completed_on="2022-10-30")
        first = [
            e.model_copy(update={"fields": e.fields | {"issued_on": "2022-10-30"}})
            if e.kind == VERIFIED
            else e
            for e in same_day
        ]
        assert checked("R14", *first).result is Result.PASS

    def test_phases_are_not_mixed(self):
        """The second phase's permit is younger than the first phase's start: no breach."""
        assert checked("R14", *P2.all_materials()).result is Result.PASS
        early = changed(P2, FILED, nth=1, started_on="2022-03-27")
        found = checked("R14", *early)
        assert found.compared["items"] == [
            "231003202203280201 issued_on 2022-03-28 > 2310032105200101-JX-002 started_on 2022-03-27"
        ]

    def test_a_number_that_is_not_stated_is_followed_where_only_one_document_is_there(self):
        late = changed(P1, PERMIT, project_permit_no=None, issued_on="2021-03-01")
        assert checked("R14", *late).result is Result.WARN

    def test_what_is_missing_is_named_and_excuses_nothing(self):
        assert checked("R14", *without(P1, INVESTMENT)).compared["missing"] == [INVESTMENT]
        assert checked("R14", *changed(P1, PERMIT, issued_on=None)).compared["missing"] == [
            "construction-permit.issued_on"
        ]
        late = [each for each in changed(P1, LAND, issued_on="2021-03-03") if each.kind != INVESTMENT]
        assert checked("R14", *late).result is Result.WARN

    def test_planning_verification_may_be_missing_where_acceptance_was_joint(self):
        assert checked("R14", *without(P1, VERIFIED)).result is Result.PASS
        apart = [e for e in changed(P1, FILED, joint_acceptance=False) if e.kind != VERIFIED]
        assert checked("R14", *apart).compared["missing"] == [VERIFIED]

    def test_the_days_for_filing_are_the_profiles(self):
        late = changed(P1, FILED, filed_on="2022-11-16")
        assert checked("R14", *late).result is Result.WARN
        assert checked("R14", *late, profile=Profile(filing_days=16)).result is Result.PASS


class TestR15:
    @pytest.mark.parametrize("kind", [LAND, PLAN])
    @pytest.mark.parametrize(
        ("until", "result"),
        [
            ("2021-04-02", Result.PASS),
            ("2021-04-01", Result.FAIL),
            ("9999-01-01", Result.PASS),
            (None, Result.PASS),
        ],
    )
    def test_against_the_actual_start_and_not_today(self, kind, until, result):
        assert checked("R15", *changed(P1, kind, valid_until=until)).result is result

    def test_a_later_copy_extends(self):
        ended = changed(P1, PLAN, valid_until="2021-03-31")
        longer = next(each for each in changed(P1, PLAN, valid_until="2021-12-31") if each.kind == PLAN)
        assert checked("R15", *ended).result is Result.FAIL
        assert checked("R15", *ended, longer).result is Result.PASS
        other = longer.model_copy(update={"fields": longer.fields | {"permit_no": "建字第231005202100018号"}})
        assert checked("R15", *ended, other).result is Result.FAIL

    def test_each_phase_has_its_own_start(self):
        assert checked("R15", *changed(P2, PLAN, nth=0, valid_until="2021-12-31")).result is Result.PASS
        assert checked("R15", *changed(P2, PLAN, nth=1, valid_until="2021-12-31")).result is Result.FAIL

    def test_an_end_without_a_start_is_skipped(self):
        ending = changed(P1, PLAN, valid_until="2021-12-31")
        unstarted = [each for each in ending if each.kind != FILED]
        assert checked("R15", *unstarted).compared["missing"] == ["completion-filing.started_on"]
        assert checked("R15", *without(P1, FILED)).result is Result.PASS

    def test_a_permit_without_number_is_still_judged(self):
        assert (
            checked("R15", *changed(P1, LAND, permit_no=None, valid_until="2021-04-01")).result is Result.SKIP
        )
        blank = changed(P1, PLAN, permit_no=None, valid_until="2021-03-31")
        assert checked("R15", *blank).result is not Result.PASS
