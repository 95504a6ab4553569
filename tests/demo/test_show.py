"""The printed dossier: fits its columns, says every status in words, ticks only what was verified."""

import io
import json
from datetime import datetime
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from contracts.catalogue import GATES, KINDS
from contracts.material import Retrieval, SealVerdict
from contracts.verdicts import Result, State
from gateway.cli.marks import RESULT, RETRIEVAL, SEAL, STATE
from gateway.cli.show import print_dossier
from gateway.cli.words import Lang, language, pick, say

PROJECTS = Path(__file__).parents[2] / "demo" / "projects.json"
P1 = json.loads(PROJECTS.read_text(encoding="utf-8"))["projects"][0]
AT = "2026-03-02T14:05:09.120+08:00"


def material(slug: str, retrieval: str = "received", **more) -> dict:
    native = P1["materials"].get(KINDS[slug].id, {"fields": {}})
    fields = (native[0] if isinstance(native, list) else native)["fields"]
    taken = {
        "evidence": "sha256:" + "0" * 64,
        "retrieved_at": "2026-03-02T11:05:08.000+08:00",
        "fresh_until": AT,
        "seal": {"verified": "none"},
    }
    held = {
        "fields": fields,
        "provenance": taken,
        "attachments": [{"id": "a", "name": "a.pdf", "state": "listed"}],
    }
    shown = held if retrieval in {"received", "partial", "stale", "declared", "manual"} else {}
    base = {
        "kind": slug,
        "id": KINDS[slug].id,
        "retrieval": retrieval,
        "legal": "in_force",
        "agency": "mdj-nr",
    }
    return {**base, **shown, **more}


OUT = {
    "type": "agency-unavailable",
    "class": "passing",
    "detail": {"zh": "对方系统拒绝连接", "en": "The agency's system refused the connection"},
}
NEED = {
    "id": "completed",
    "title": {"zh": "房屋已竣工的材料", "en": "proof of completion"},
    "state": "missing",
    "satisfied_by": [],
    "alternatives": [["completion-filing"]],
    "basis": {"zh": "不动产登记暂行条例实施细则", "en": "Rules for the Interim Regulation"},
    "ask_applicant": False,
}
CHECK = {
    "rule": "R04",
    "result": "PASS",
    "message": {"zh": "宗地面积一致", "en": "parcel areas agree"},
    "compared": {"contract": "42356.80", "survey": "42356.80"},
    "tolerance": "±0.5 m²",
}


def dossier(*materials: dict, **more) -> dict:
    return {
        "project_code": P1["project_code"],
        "procedure": "first-registration",
        "assembled_at": AT,
        "complete": False,
        "requirements": [NEED],
        "materials": list(materials),
        "checks": [CHECK],
        **more,
    }


def whole() -> dict:
    """Every kind, every status, every verdict and state at least once."""
    statuses = list(Retrieval)
    kinds = [material(slug, statuses[n % len(statuses)].value) for n, slug in enumerate(KINDS)]
    return dossier(
        *kinds,
        requirements=[{**NEED, "state": state.value, "satisfied_by": ["land-right"]} for state in State],
        checks=[{**CHECK, "result": result.value} for result in Result],
    )


def printed(told: dict, lang: Lang = "zh", width: int = 100, *, full: bool = True, **more) -> str:
    page = io.StringIO()
    print_dossier(Console(file=page, width=width, color_system=None), told, lang, full=full, **more)
    return page.getvalue()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [80, 88, 95, 96, 100, 160])
def test_no_line_is_wider_than_the_page(lang, width):
    lines = printed(whole(), lang, width).splitlines()
    assert max(cell_len(line) for line in lines) <= min(width, 100)
    assert len(lines) > len(KINDS)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_status_verdict_and_state_has_its_own_word_and_sign(lang):
    shown = printed(whole(), lang)
    for table, enum in ((RETRIEVAL, Retrieval), (STATE, State), (RESULT, Result), (SEAL, SealVerdict)):
        assert set(table) == {one.value for one in enum}
        assert (
            len({mark.zh for mark in table.values()})
            == len({mark.en for mark in table.values()})
            == len(table)
        )
    for mark in [*RETRIEVAL.values(), *STATE.values(), *RESULT.values()]:
        assert mark.text(lang).plain in shown
        assert cell_len(mark.sign) == 1


def test_signs_are_of_one_width_everywhere_and_no_emoji():
    import unicodedata

    for mark in [*RETRIEVAL.values(), *STATE.values(), *RESULT.values(), *SEAL.values()]:
        assert unicodedata.east_asian_width(mark.sign) in {"N", "Na"}
        assert ord(mark.sign) < 0x2800


def test_the_gates_come_in_order_even_when_nothing_stands_at_one():
    shown = printed(dossier(material("construction-permit"), material("investment-filing")), width=80)
    places = [shown.index(gate.zh) for gate in GATES.values()]
    assert places == sorted(places)
    assert (
        places[0]
        < shown.index("企业投资项目备案证明")
        < places[1]
        < shown.index("建筑工程施工许可证")
        < places[2]
    )
    assert shown.count("本次未涉及") == 3


def test_a_line_has_number_date_age_and_attachments():
    line = next(
        line
        for line in printed(dossier(material("land-use-planning-permit"))).splitlines()
        if "地字第" in line
    )
    for part in ("已获取", "地字第231005202100003号", "2021-02-05", "3小时", "未签名"):
        assert part in line
    assert line.rstrip().endswith(" 1")


def test_the_tick_stands_for_a_verified_seal_alone():
    assert "✓" not in printed(whole(), "zh") + printed(whole(), "en")
    for verdict, ticks in (("yes", 1), ("no", 0), ("none", 0)):
        sealed = material("land-use-planning-permit")
        sealed["provenance"] = {**sealed["provenance"], "seal": {"verified": verdict}}
        assert printed(dossier(sealed)).count("✓") == ticks


def test_a_stale_copy_says_what_failed_and_how_old_it_is():
    last = {"retrieved_at": "2026-02-28T14:05:09.120+08:00"}
    shown = printed(
        dossier(material("land-use-planning-permit", "stale", error=OUT, last_good=last)), width=100
    )
    assert "旧件" in shown
    assert "agency-unavailable: 对方系统拒绝连接" in shown
    assert "2026-02-28 14:05:09 的有效副本（2天前）" in shown


def test_a_document_no_longer_in_force_says_so():
    assert "已撤销" in printed(dossier(material("land-use-planning-permit", legal="revoked")))


def test_an_open_requirement_says_what_is_wanted_from_whom_and_who_is_not_asked():
    shown = printed(dossier(), width=100).replace("\n", "")
    assert "综合竣工验收备案证明（联合验收）" in shown or KINDS["completion-filing"].zh in shown
    assert KINDS["completion-filing"].issuer.zh in shown
    assert "不向申请人收取" in shown
    assert "可请申请人提供" in printed(dossier(requirements=[{**NEED, "ask_applicant": True}]))


@pytest.mark.parametrize(("result", "told"), [("PASS", False), ("WARN", True), ("FAIL", True)])
def test_checks_show_what_was_compared_where_a_person_has_to_look(result, told):
    shown = printed(dossier(checks=[{**CHECK, "result": result}]))
    assert "R04" in shown
    assert ("contract: 42356.80  survey: 42356.80  (±0.5 m²)" in shown) is told


def test_age_is_counted_to_the_instant_given():
    later = datetime.fromisoformat("2026-03-05T11:05:08+08:00")
    assert "3天" in printed(dossier(material("land-right")), now=later)


def test_an_agency_cannot_steer_the_terminal_or_the_markup():
    nasty = material("land-use-planning-permit")
    nasty["fields"] = {
        **nasty["fields"],
        "permit_no": "\x1b[2J\u202e[red]地字",
        "project_name": "\x1b]0;x\x07城",
    }
    shown = printed(dossier(nasty))
    assert not set("\x1b\u202e\x07") & set(shown)
    assert "[red]地字" in shown.replace("\n", "")


def test_colour_comes_only_with_a_terminal_that_has_it():
    page = io.StringIO()
    console = Console(file=page, width=100, force_terminal=True, color_system="standard")
    print_dossier(console, whole(), "zh")
    assert "\x1b[" in page.getvalue()


@pytest.mark.parametrize(
    ("place", "spoken"),
    [
        ({}, "zh"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "C"}, "zh"),
        ({"LC_ALL": "C.UTF-8"}, "zh"),
        ({"LANG": "POSIX"}, "zh"),
        ({"LANG": "cs_CZ"}, "en"),
        ({"LANG": "en_GB", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LC_MESSAGES": "zh_CN", "LC_ALL": "de_DE"}, "en"),
        ({"LC_ALL": "de_DE", "LANDBRIDGE_LANG": "zh"}, "zh"),
        ({"LANDBRIDGE_LANG": "", "LANG": "zh_CN"}, "zh"),
    ],
)
def test_the_language_is_the_first_one_set(place, spoken):
    assert language(place) == spoken


def test_a_pair_is_said_in_the_terminals_language(monkeypatch, capsys):
    monkeypatch.setenv("LANDBRIDGE_LANG", "en_US")
    say("你好", "hello")
    assert capsys.readouterr().out == "hello\n"
    assert pick("你好", "hello", "zh") == "你好"
