"""Where a project stands against a procedure."""

import re
from pathlib import Path

import pytest

from contracts.catalogue import KINDS, Share
from contracts.material import Legal, Material, Retrieval
from contracts.procedures import FIRST_REGISTRATION, PRE_ACCEPTANCE, PROCEDURES, assess
from contracts.project_file import read_project_file
from contracts.verdicts import State

TEXT = (Path(__file__).parents[2] / "demo" / "projects.json").read_text(encoding="utf-8")
PROJECTS = read_project_file(TEXT)


def of(kind, retrieval=Retrieval.RECEIVED, legal=Legal.UNKNOWN, **fields):
    return Material(kind=kind, id=KINDS[kind].id, retrieval=retrieval, legal=legal, fields=fields)


def states(*materials, procedure=FIRST_REGISTRATION, **options):
    return {each.id: each for each in assess(procedure, materials, **options)}


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.id)
def test_the_demo_projects_lack_only_the_application(project):
    found = states(*project.all_materials())
    assert {name for name, each in found.items() if each.state is not State.MET} == {"application"}


def test_nothing_held_everything_missing():
    assert {each.state for each in states().values()} == {State.MISSING}
    assert all(each.satisfied_by == () for each in states().values())


@pytest.mark.parametrize(
    ("retrieval", "state"),
    [
        (Retrieval.RECEIVED, State.MET),
        (Retrieval.STALE, State.MET),
        (Retrieval.MANUAL, State.MET),
        (Retrieval.DECLARED, State.DECLARED),
        (Retrieval.PARTIAL, State.WAITING),
        (Retrieval.UNAVAILABLE, State.WAITING),
        (Retrieval.PENDING, State.WAITING),
        (Retrieval.NOT_FOUND, State.MISSING),
        (Retrieval.INVALID, State.MISSING),
        (Retrieval.WITHHELD, State.MISSING),
    ],
)
def test_retrieval_decides(retrieval, state):
    found = states(of("completion-filing", retrieval))["completed"]
    assert found.state is state
    assert found.satisfied_by == (("completion-filing",) if state in {State.MET, State.DECLARED} else ())


def test_every_retrieval_status_has_a_state():
    for retrieval in Retrieval:
        assert states(of("company-record", retrieval))["identity"].state in State


@pytest.mark.parametrize("legal", [Legal.EXPIRED, Legal.SUPERSEDED, Legal.REVOKED, Legal.CANCELLED])
def test_a_document_without_force_does_not_count(legal):
    ended = of("completion-filing", legal=legal)
    assert states(ended)["completed"].state is State.EXPIRED
    assert states(ended, of("completion-filing", legal=Legal.IN_FORCE))["completed"].state is State.MET
    gone = of("completion-filing", Retrieval.NOT_FOUND, legal)
    assert states(gone)["completed"].state is State.MISSING


def test_any_alternative_will_do_and_the_best_is_named():
    assert states(of("land-allocation-decision"))["land-source"].satisfied_by == ("land-allocation-decision",)
    both = states(of("land-right", Retrieval.DECLARED), of("land-transfer-contract"))["land-source"]
    assert (both.state, both.satisfied_by) == (State.MET, ("land-transfer-contract",))
    waiting = states(of("land-right", Retrieval.UNAVAILABLE))["land-source"]
    assert waiting.state is State.WAITING


def test_kinds_that_do_together_are_as_far_as_the_slowest():
    permit = of("construction-planning-permit")
    assert states(permit)["planned"].state is State.MISSING
    assert (
        states(permit, of("planning-verification", Retrieval.UNAVAILABLE))["planned"].state is State.WAITING
    )
    assert states(permit, of("planning-verification", Retrieval.DECLARED))["planned"].state is State.DECLARED
    assert states(permit, of("planning-verification"))["planned"].state is State.MET


def test_joint_acceptance_stands_in_for_planning_verification():
    permit = of("construction-planning-permit")
    joint = states(permit, of("completion-filing", joint_acceptance=True))["planned"]
    assert joint.satisfied_by == ("construction-planning-permit", "completion-filing")
    for told in (False, None):
        apart = states(permit, of("completion-filing", joint_acceptance=told))["planned"]
        assert apart.state is State.MISSING
        assert apart.alternatives == (("construction-planning-permit", "planning-verification"),)


def test_a_survey_package_counts_once_it_is_accepted():
    imported = of("cadastral-import", Retrieval.DECLARED)
    assert states(imported, of("survey-package"))["surveyed"].state is State.WAITING
    assert (
        states(imported, of("survey-package", accepted_on="2022-10-18"))["surveyed"].state is State.DECLARED
    )


def test_local_extras_are_off_until_switched_on():
    assert "fire-acceptance" not in states()
    assert states(extras=["fire-acceptance"])["fire-acceptance"].state is State.MISSING


def test_the_applicant_is_never_asked_for_what_sharing_supplies():
    shared = {Share.CONDITIONAL, Share.UNCONDITIONAL, Share.INTERNAL}
    for procedure in PROCEDURES.values():
        for each in procedure.requirements:
            kinds = {slug for option in each.alternatives + each.joint for slug in option}
            assert not (each.ask_applicant and any(KINDS[slug].share in shared for slug in kinds))


def test_laws_are_quoted_by_name_and_articles_are_configuration():
    assert not any(re.search("第.+条|Art", each.basis.zh + each.basis.en) for each in states().values())
    quoted = states(articles={"completed": "第三十五条"})["completed"]
    assert quoted.basis.zh == "《不动产登记暂行条例实施细则》第三十五条"


def test_on_the_wire():
    wire = states(of("completion-filing"))["completed"].model_dump(mode="json")
    assert wire["state"] == "met"
    assert wire["satisfied_by"] == ["completion-filing"]
    assert wire["alternatives"] == [["completion-filing"]]
    assert wire["ask_applicant"] is False


def test_a_procedures_kinds_in_order():
    assert FIRST_REGISTRATION.kinds[0] == "investment-filing"
    assert {"completion-filing", "survey-package", "construction-permit"} <= set(FIRST_REGISTRATION.kinds)
    assert "sales-contract" not in FIRST_REGISTRATION.kinds
    assert "application" not in PRE_ACCEPTANCE.kinds
