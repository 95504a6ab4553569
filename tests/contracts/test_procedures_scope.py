"""Readiness in detail: conflicts, who is waited for, coverage, joint acceptance, shelter or fee."""

from datetime import date

import pytest

from contracts.catalogue import KINDS
from contracts.exchange import Scope
from contracts.material import Legal, Material, Retrieval
from contracts.procedures import FIRST_REGISTRATION, assess
from contracts.rules import Profile, run
from contracts.text import text
from contracts.verdicts import Awaited, Check, Result, State
from tests.contracts.rules.scene import P1, P2, P3, changed, without, without_nth

TODAY = date(2026, 3, 2)
PERMIT = Material(
    kind="construction-planning-permit", id="M07", retrieval=Retrieval.RECEIVED, fields={"permit_no": "甲"}
)


def of(slug, /, retrieval=Retrieval.RECEIVED, agency=None, **fields):
    return Material(kind=slug, id=KINDS[slug].id, retrieval=retrieval, agency=agency, fields=fields)


def states(materials, **options):
    return {each.id: each for each in assess(FIRST_REGISTRATION, materials, **options)}


def judged(project, materials=None, profile=None, **known):
    given = materials or project.all_materials()
    checks = run(given, profile or project.profile, TODAY, project_code=project.project_code, **known)
    return states(given, checks=checks, scope=known.get("scope"))


def failing(rule, result=Result.FAIL, **compared):
    return Check(rule=rule, result=result, message=text("不符", "no"), compared=compared)


def test_the_demo_projects_conflict_nowhere():
    for project in (P1, P2):
        open_ones = {
            name: each.state for name, each in judged(project).items() if each.state is not State.MET
        }
        assert open_ones == {"application": State.MISSING}


def test_the_third_project_in_full():
    found = judged(P3)
    assert {name: each.state.value for name, each in found.items()} == {
        "application": "met",
        "identity": "met",
        "land-source": "met",
        "planned": "conflicting",
        "completed": "missing",
        "surveyed": "conflicting",
        "common-parts": "met",
        "paid": "missing",
    }
    assert found["planned"].conflicts == ("R01", "R07")
    assert found["planned"].satisfied_by == ()


def test_a_failed_check_puts_in_doubt_what_it_touches_and_a_warning_nothing():
    materials = P1.all_materials()
    doubted = states(materials, checks=[failing("R21")])
    assert {name for name, each in doubted.items() if each.state is State.CONFLICTING} == {"common-parts"}
    warned = states(materials, checks=[failing("R21", Result.WARN), failing("R07", Result.WARN)])
    assert not [each for each in warned.values() if each.state is State.CONFLICTING]


def test_only_what_the_failed_check_shows_is_in_doubt():
    shown = states(P1.all_materials(), checks=[failing("R09", no_completion=["9"], no_permit=[])])
    assert {name for name, each in shown.items() if each.state is State.CONFLICTING} == {"completed"}
    other = states(P1.all_materials(), checks=[failing("R09", no_permit=["9"])])
    assert {name for name, each in other.items() if each.state is State.CONFLICTING} == {"planned"}


def test_an_alternative_that_is_not_in_doubt_is_taken():
    allocated = of("land-allocation-decision", decision_no="甲")
    mortgaged = changed(P1, "land-right", restrictions=["查封"])
    only_right = [each for each in mortgaged if each.kind != "land-transfer-contract"]
    assert judged(P1, only_right)["land-source"].conflicts == ("R17",)
    assert judged(P1, mortgaged)["land-source"].satisfied_by == ("land-transfer-contract",)
    assert judged(P1, [*only_right, allocated])["land-source"].satisfied_by == ("land-allocation-decision",)


def test_what_is_not_there_is_missing_and_not_conflicting():
    found = states(without(P1, "common-parts"), checks=[failing("R21")])["common-parts"]
    assert (found.state, found.conflicts) == (State.MISSING, ())


def test_checks_of_no_rule_doubt_nothing():
    assert states(P1.all_materials(), checks=[failing("KEYS")])["completed"].state is State.MET


class TestWaiting:
    def test_for_the_agency_that_did_not_answer(self):
        rest = [*without(P1, "completion-filing"), of("completion-filing", Retrieval.UNAVAILABLE, "mdj-hc")]
        found = states(rest)["completed"]
        assert found.state is State.WAITING
        assert found.waiting_for == (Awaited(kind="completion-filing", agency="mdj-hc"),)

    def test_for_the_kind_where_no_agency_was_asked(self):
        rest = [*without(P1, "survey-package"), of("survey-package", Retrieval.PENDING)]
        assert states(rest)["surveyed"].waiting_for == (Awaited(kind="survey-package"),)

    def test_only_while_waiting(self):
        assert all(not each.waiting_for for each in states(P1.all_materials()).values())

    def test_for_the_phase_that_has_not_answered(self):
        rest = without_nth(P2, "completion-filing", 1)
        assert states(rest)["completed"].state is State.MISSING
        asked = states([*rest, of("completion-filing", Retrieval.UNAVAILABLE, "mdj-hc")])["completed"]
        assert (asked.state, asked.coverage.missing) == (State.WAITING, ("6", "7", "8", "地下车库"))


class TestCoverage:
    def test_eight_of_nine(self):
        rows = [dict(row) for row in P2.materials["survey-package"][0].fields["buildings"]]
        more = changed(P2, "survey-package", buildings=[*rows, {"no": "9#楼"}])
        found = states(more)["completed"]
        assert found.state is State.MISSING
        assert found.coverage.model_dump() == {
            "kind": "completion-filing",
            "have": 8,
            "of": 9,
            "missing": ("9",),
        }

    def test_the_kind_that_leaves_most_out_is_shown(self):
        rest = without_nth(P2, "planning-verification", 1)
        joint = states(rest)["planned"]
        assert joint.satisfied_by == ("construction-planning-permit", "completion-filing")
        found = states([e for e in rest if e.kind != "completion-filing"])["planned"]
        assert (found.coverage.kind, found.coverage.have) == ("planning-verification", 4)
        assert found.state is State.MISSING

    def test_only_what_is_in_scope_must_be_covered(self):
        rest = without_nth(P2, "completion-filing", 1)
        one = states(rest, scope=Scope(buildings=("1", "2")))["completed"]
        assert (one.state, one.coverage.have, one.coverage.of) == (State.MET, 2, 2)
        other = states(rest, scope=Scope(permits=("建字第231003202200006号",)))["completed"]
        assert other.state is State.MISSING

    def test_no_coverage_where_it_cannot_be_said(self):
        assert states(P1.all_materials())["paid"].coverage is None


class TestJointAcceptance:
    JOINT = ("completion-filing",)

    @pytest.mark.parametrize("extra", ["fire-acceptance", "civil-defence"])
    def test_stands_in_for_fire_and_civil_defence(self, extra):
        rest = without(P1, extra)
        found = states(rest, extras=[extra])[extra]
        assert (found.state, found.satisfied_by) == (State.MET, self.JOINT)
        apart = [
            each for each in changed(P1, "completion-filing", joint_acceptance=False) if each.kind != extra
        ]
        assert states(apart, extras=[extra])[extra].state is State.MISSING

    def test_stands_in_for_the_planning_verification(self):
        found = states(without(P1, "planning-verification"))["planned"]
        assert found.satisfied_by == ("construction-planning-permit", "completion-filing")

    def test_stands_in_for_nothing_else(self):
        assert (
            states(without(P1, "quality-report"), extras=["quality-report"])["quality-report"].state
            is State.MISSING
        )


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"shelter_area_m2": "4200.00"}, State.MET),
        ({"fee_yuan": "1468000.00"}, State.MET),
        ({"shelter_area_m2": "0.00", "fee_yuan": "1.00"}, State.MET),
        ({"shelter_area_m2": "0.00"}, State.WAITING),
        ({"fee_yuan": None}, State.WAITING),
    ],
)
def test_shelter_or_fee(fields, state):
    apart = of("completion-filing", joint_acceptance=False)
    found = states([apart, of("civil-defence", doc_no="甲", **fields)], extras=["civil-defence"])
    assert found["civil-defence"].state is state


def test_an_expired_document_is_expired_and_not_in_doubt():
    ended = [
        each.model_copy(update={"legal": Legal.EXPIRED}) if each.kind == "common-parts" else each
        for each in P1.all_materials()
    ]
    assert states(ended, checks=[failing("R21")])["common-parts"].state is State.EXPIRED


def test_on_the_wire_what_was_there_is_there_still():
    wire = judged(P3, profile=Profile())["completed"].model_dump(mode="json", exclude_none=True)
    assert {"id", "title", "state", "satisfied_by", "alternatives", "basis", "ask_applicant"} <= wire.keys()
    assert wire["coverage"] == {"kind": "completion-filing", "have": 3, "of": 4, "missing": ["地下车库"]}
    assert "coverage" not in states([])["paid"].model_dump(mode="json", exclude_none=True)
