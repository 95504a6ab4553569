"""A dossier as a page: how far each gate is, what would meet what is open, values side by side."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts import rules
from contracts.exchange import Dossier
from contracts.material import KeyUsed, Material, Provenance, Retrieval, Seal, SealVerdict
from contracts.text import text
from contracts.verdicts import Check, RequirementState, Result, State
from gateway.console.compared import title_of, words_of
from gateway.console.reading import Read, age, read
from gateway.console.rendering import plain

RULES_FOLDER = Path(rules.__file__).parent
NAMED = re.compile('"([a-z][a-z0-9_]*)":')
NO_VALUES = {"application", "missing"}
"""Words before a colon in the rules' sources that name no value of a check, or one that is told otherwise."""

NOW = datetime(2026, 3, 2, 6, 5, 9, tzinfo=UTC)
SAID = text("某", "some")


def held(kind: str, retrieval: Retrieval = Retrieval.RECEIVED, **fields: Any) -> Material:
    provenance = Provenance(
        retrieved_at=NOW - timedelta(hours=2),
        fresh_until=NOW,
        key=KeyUsed(name="prj_num", value="1", confirmed=False),
        seal=Seal(verified=SealVerdict.YES),
    )
    told = fields or {"project_name": "某项目"}
    return Material(kind=kind, id="M00", retrieval=retrieval, fields=told, provenance=provenance)


def absent(kind: str, retrieval: Retrieval = Retrieval.NOT_FOUND) -> Material:
    return Material(kind=kind, id="M00", retrieval=retrieval)


def need(name: str, state: State, *ways: tuple[str, ...], by: tuple[str, ...] = ()) -> RequirementState:
    return RequirementState(
        id=name, title=SAID, state=state, satisfied_by=by, alternatives=ways, basis=SAID, ask_applicant=False
    )


def shown(
    *materials: Material, needs: tuple[RequirementState, ...] = (), checks: tuple[Check, ...] = ()
) -> Read:
    dossier = Dossier(
        project_code=None,
        procedure="first-registration",
        assembled_at=NOW,
        complete=False,
        requirements=needs,
        materials=materials,
        checks=checks,
    )
    return read(dossier, NOW)


def gates(found: Read) -> list[tuple[int, int, str]]:
    return [(gate.have, gate.of, gate.state) for gate in found.gates]


CONTRACT, ALLOCATION = "land-transfer-contract", "land-allocation-decision"
PERMIT, FILING = "construction-permit", "completion-filing"
SOURCE = ((CONTRACT,), (ALLOCATION,))


def test_each_gate_says_how_far_it_is():
    found = shown(held(CONTRACT), absent(PERMIT), absent(FILING, Retrieval.UNAVAILABLE))
    assert gates(found) == [(1, 1, "done"), (0, 1, "open"), (0, 1, "trouble"), (0, 0, "none"), (0, 0, "none")]
    assert [paper.kind.slug for paper in found.of_gate(2)] == [PERMIT]


def test_what_another_way_would_have_taken_is_not_counted_as_missing():
    met = need("source", State.MET, *SOURCE, by=(CONTRACT,))
    both = (held(CONTRACT), absent(ALLOCATION))
    assert gates(shown(*both, needs=(met,)))[0] == (1, 1, "done")
    also = need("paid", State.MISSING, (ALLOCATION, "land-deed-tax"))
    assert gates(shown(*both, needs=(met, also)))[0] == (1, 2, "open")
    assert gates(shown(held(CONTRACT), held(ALLOCATION), needs=(met,)))[0] == (2, 2, "done")


def test_a_gate_whose_material_a_check_puts_in_doubt_is_in_trouble():
    doubted = need("source", State.CONFLICTING, *SOURCE)
    assert gates(shown(held(CONTRACT), needs=(doubted,)))[0] == (1, 1, "trouble")
    assert gates(shown(held(CONTRACT), held(PERMIT), needs=(doubted,)))[1] == (1, 1, "done")


def test_an_open_need_names_what_is_still_to_come_of_each_way():
    half = need("surveyed", State.MISSING, ("survey-package", "cadastral-import"), by=("survey-package",))
    found = shown(needs=(half, need("done", State.DECLARED, (FILING,), by=(FILING,))))
    (open_one,) = found.missing
    assert [[kind.slug for kind in way] for way in open_one.ways] == [["cadastral-import"]]


def test_a_paper_has_number_day_age_seal_and_key():
    (paper,) = shown(held(CONTRACT, contract_no="合〔2020〕1号", signed_on="2020-01-02")).papers
    assert (paper.number, paper.age, paper.seal.verified, paper.key and paper.key.confirmed) == (
        "合〔2020〕1号",
        text("2 小时", "2 h"),
        "yes",
        False,
    )
    (none,) = shown(absent(CONTRACT)).papers
    assert (none.held, none.age, none.key) == (False, None, None)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (7199, "1 h"), (86_400, "1 d"), (-5, "0 s")],
)
def test_an_age_is_told_in_its_largest_unit(seconds: int, told: str):
    assert age(NOW - timedelta(seconds=seconds), NOW).en == told


def test_lists_of_things_are_tables_with_the_columns_that_say_something():
    buildings = [{"no": "1幢", "area_m2": "10.00"}, {"no": "2幢", "area_m2": None}]
    (paper,) = shown(held("survey-package", buildings=buildings, package_no="备1", parcel_code="")).papers
    facts = {fact.label.en: fact for fact in paper.facts}
    table = next(fact for fact in facts.values() if fact.rows)
    assert table.rows == (("1幢", "10.00"), ("2幢", "—"))
    assert len(table.columns) == 2


def test_checks_come_gravest_first_with_their_values_and_without_what_is_said_already():
    checks = [
        Check(rule="R01", result=Result.SKIP, message=SAID, compared={"missing": ["a"]}),
        Check(rule="R24", result=Result.PASS, message=SAID),
        Check(rule="R07", result=Result.FAIL, message=SAID, compared={"planned": "1.00", "surveyed": "2.00"}),
        Check(rule="K-own", result=Result.WARN, message=SAID, compared={"codes": ["1", "2"]}),
    ]
    found = shown(checks=tuple(checks))
    assert [each.said.result for each in found.checks] == ["FAIL", "WARN", "PASS", "SKIP"]
    assert [(name.en, value.en) for name, value in found.checks[0].values] == [
        ("planned", "1.00"),
        ("surveyed", "2.00"),
    ]
    assert found.checks[1].title is None
    assert found.checks[1].values == ((text("编号", "codes"), text("1、2", "1, 2")),)
    assert found.checked("SKIP")[0].values == ()


NOTHING: tuple[Any, ...] = (None, [], {}, "x")


def test_values_in_one_line():
    assert plain({"a": [1, 2], "b": None, "c": False}) == "1、2 · ✗"
    assert plain([{"a": 1, "b": True}, {"a": 2}]) == "1 · ✓；2"
    assert [plain(value) for value in NOTHING] == ["", "", "", "x"]


def test_every_value_a_rule_compares_has_a_name_in_both_languages():
    named = {name for path in RULES_FOLDER.glob("*.py") for name in NAMED.findall(path.read_text("utf-8"))}
    assert len(named) > 30
    untold = {name for name in named if title_of(name).zh == name and name not in NO_VALUES}
    assert not untold


def test_kinds_and_answers_among_values_are_called_what_people_call_them():
    assert words_of(["completion-filing", {"contract": "1.00"}, True]) == text(
        "综合竣工验收备案证明、合同 1.00、是", "completion filing, contract 1.00, yes"
    )
    assert words_of("false") == text("否", "no")
    assert title_of("land-right") == text("土地不动产权证（登记簿）", "registered land right")
