"""The brief page: one screen, one line a material, details only where a person has to look."""

import pytest
from rich.cells import cell_len

from contracts.catalogue import GATES, KINDS
from gateway.cli.marks import RESULT, RETRIEVAL, STATE
from gateway.cli.page import cut, squeezed
from tests.demo.test_show import CHECK, NEED, OUT, dossier, material, printed, whole

NOT_CONNECTED = {**OUT, "type": "not-connected"}
MET = {**NEED, "state": "met", "satisfied_by": ["completion-filing"]}


def brief(told: dict, lang="zh", width: int = 80) -> list[str]:
    return printed(told, lang, width, full=False).splitlines()


def complete() -> dict:
    """A project of three materials a gate, all rules passed, all requirements but one met."""
    shown = [slug for number in GATES for slug in [k for k, kind in KINDS.items() if kind.gate == number][:4]]
    rules = [{**CHECK, "rule": f"R{number:02}"} for number in range(1, 25)]
    return dossier(*map(material, shown), requirements=[NEED, *[MET] * 7], checks=rules)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [80, 88, 100, 160])
def test_no_line_is_wider_than_the_page(lang, width):
    assert max(map(cell_len, brief(whole(), lang, width))) <= min(width, 100)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_project_in_order_stands_on_one_screen(lang):
    told = complete()
    assert len(brief(told, lang)) <= len(told["materials"]) + len(GATES) + 16


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_days_stand_below_one_another_whatever_the_characters_before(lang):
    """Chinese characters take two columns each (UAX #11)."""
    lines = brief(complete(), lang)
    rows = [line for line in lines if line.rstrip()[-10:].count("-") == 2 and line.startswith(" ▪")]
    assert len(rows) > 5
    assert len({cell_len(line.rstrip()) for line in rows}) == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_status_verdict_and_state_is_said_in_words(lang):
    shown = "\n".join(brief(whole(), lang, 100))
    for mark in [*RETRIEVAL.values(), *STATE.values(), *RESULT.values()]:
        assert mark.text(lang).plain in shown


def test_what_failed_shows_its_values_and_what_passed_its_name():
    values = {"planned": "108520.45", "surveyed": "110000.00", "buildings": ["1", "2", "3", "地下车库"]}
    failed = {**CHECK, "rule": "R07", "result": "FAIL", "compared": values}
    lines = brief(dossier(checks=[{**CHECK, "rule": "R08"}, failed]))
    at = next(number for number, line in enumerate(lines) if "R07" in line)
    assert "  宗地面积一致" in lines[at]
    assert lines[at + 1].strip().startswith("planned: 108520.45  surveyed: 110000.00  buildings: [1, 2, 3,")
    assert lines[at + 2].strip() == "地下车库]  (±0.5 m²)"
    assert "通过   R08" in "".join(lines)
    assert "contract:" not in "".join(lines)


def test_a_doubt_takes_one_line():
    doubt = {**CHECK, "result": "WARN", "compared": {"names": ["很长的名称" * 20]}}
    [line] = [line for line in brief(dossier(checks=[doubt])) if "R04" in line]
    assert "names: [很长的名称" in line
    assert line.rstrip().endswith("..")


def test_the_open_requirements_come_first_with_what_is_wanted():
    shown = "\n".join(brief(dossier(requirements=[MET, NEED])))
    assert shown.index("∅ 缺少") < shown.index("▪ 已具备")
    assert "综合竣工验收备案证明（部门共享，不向申请人收取）" in shown.replace("\n          ", "")
    asked = dossier(requirements=[{**NEED, "ask_applicant": True}])
    assert "可请申请人提供" in "".join(brief(asked))


def test_those_nobody_was_asked_for_stand_together():
    told = dossier(
        material("land-use-planning-permit"),
        material("drawing-review", "pending", error=NOT_CONNECTED),
        material("standard-address", "pending", error=NOT_CONNECTED),
        material("utility-connection", "withheld"),
    )
    lines = brief(told)
    [unconnected] = [line for line in lines if "尚未接入" in line]
    assert KINDS["drawing-review"].zh in unconnected
    assert KINDS["standard-address"].zh in unconnected
    assert sum(KINDS["utility-connection"].zh in line for line in lines) == 1


def test_a_project_nobody_could_be_asked_about_stands_on_one_screen_too():
    no_key = {**OUT, "type": "no-key"}
    rules = [f"R{number:02}" for number in range(25)]
    skipped = [
        {**CHECK, "rule": rule, "result": "SKIP", "message": {"zh": rule, "en": rule}} for rule in rules
    ]
    told = dossier(*[material(slug, "pending", error=no_key) for slug in KINDS], checks=skipped)
    lines = brief(told)
    assert len(lines) < 30
    assert "无可用编号：企业投资项目备案证明" in "".join(lines)
    assert all(rule in "".join(lines) for rule in rules)


def test_a_failure_is_told_once_a_gate_with_the_age_of_the_copy():
    last = {"retrieved_at": "2026-02-28T14:05:09.120+08:00"}
    kinds = ("investment-filing", "land-use-planning-permit", "construction-permit")
    told = dossier(*[material(slug, "stale", error=OUT, last_good=last) for slug in kinds])
    shown = "".join(brief(told))
    assert shown.count("agency-unavailable: 对方系统拒绝连接") == 2
    assert shown.count("旧件") == 3


def test_a_document_no_longer_in_force_and_a_verified_seal_show_in_their_line():
    sealed = material("land-use-planning-permit", legal="revoked")
    sealed["provenance"] = {**sealed["provenance"], "seal": {"verified": "yes"}}
    [line] = [line for line in brief(dossier(sealed)) if "地字第" in line]
    assert "已撤销" in line
    assert line.rstrip().endswith("✓")
    assert "✓" not in "".join(brief(whole()))


def test_how_the_project_was_found_is_told():
    found = {"key": "parcel_code", "value": "231005003008GB00021", "state": "learned"}
    assert "据 parcel_code 231005003008GB00021 (learned) 找到" in "".join(brief(dossier(found_by=found)))


def test_an_agency_cannot_steer_the_terminal_or_the_markup():
    nasty = material("land-use-planning-permit")
    nasty["fields"] = {**nasty["fields"], "permit_no": "\x1b[2J\u202e[red]地字"}
    shown = "".join(brief(dossier(nasty)))
    assert not set("\x1b\u202e") & set(shown)
    assert "[red]地字" in shown


@pytest.mark.parametrize(
    ("words", "columns", "cut_", "squeezed_"),
    [
        ("建字第1号", 9, "建字第1号", "建字第1号"),
        ("建字第12号", 9, "建字第1..", "建..12号"),
        ("abcdefgh", 6, "abcd..", "a..fgh"),
        ("甲乙丙丁戊", 7, "甲乙..", "甲..戊"),
    ],
)
def test_what_does_not_fit_gives_way_to_two_dots(words, columns, cut_, squeezed_):
    assert (cut(words, columns), squeezed(words, columns)) == (cut_, squeezed_)
    assert cell_len(squeezed(words, columns)) <= columns
