"""Drafts as manifests: they load back to the same proposals, or say exactly what keeps them from it."""

import json
from dataclasses import replace
from typing import Any, Literal, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.decode import Step
from adapters.drafting import (
    Description,
    Draft,
    Drop,
    Frame,
    MaterialDraft,
    Operation,
    Parameter,
    Proposal,
    Wish,
    drafted,
    opened,
    written,
    wsdl,
)
from adapters.drafting.asking import key_of
from adapters.drafting.drafts import Leftover, Question, Says
from adapters.drafting.lines import columns, quoted
from adapters.drafting.shapes import recipe
from adapters.drafting.targets import Target, targets
from adapters.drafting.tree import Language, Node, path_to
from adapters.manifest import FieldRule, Manifest, load, read_yaml
from benchmarks.drafts import SAMPLES, sample_of
from contracts.errors import AgencyFailed, ManifestInvalid
from contracts.exchange import KEYS
from contracts.kinds import FIELDS
from contracts.text import text
from gateway.building import utc_now
from gateway.trials import FileReply, read_file
from tests.adapters.conftest import ROOT
from tests.adapters.test_samples import CASES, adapter_for, sample

WHOLE = Frame("mdj-x", text("某局", "A Bureau"), "conditional", "https://a.example")
Sort = Literal["ignore", "around", "undecided"]
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)
WORDS = st.text(max_size=30)
WHY = st.builds(text, WORDS, WORDS)


def path_in(name: str, language: Language) -> str | None:
    """A path to a child of this name, in either language; None where no path can say it."""
    return path_to(Node(name, (name,)), Node("", ()), language)


@st.composite
def proposals(draw: st.DrawFn, fields: tuple[Target, ...], language: Language) -> tuple[Proposal, ...]:
    """Proposals for some fields of a kind, and for all that it cannot do without."""
    chosen = [each for each in fields if each.required or draw(st.booleans())]
    found = [draw(proposal(each, language)) for each in chosen or [fields[0]]]
    return tuple(each for each in found if each)


@st.composite
def proposal(draw: st.DrawFn, target: Target, language: Language) -> Proposal | None:
    path = path_in(draw(NAMES), language) or "x"
    values = draw(st.lists(st.sampled_from(["1", "0", "a、b", "2021-01-01", ""]), max_size=2))
    inner = draw(proposals(target.of, language)) if target.of else ()
    how = recipe(target, values) if not target.of else None
    if not target.of and how is None:
        return None
    rivals = tuple(draw(st.lists(NAMES, max_size=2)))
    made = Proposal(target.name, path, draw(st.integers(0, 99)), draw(WHY), of=inner, rivals=rivals)
    return made if how is None else replace(made, recipe=how)


@st.composite
def materials(draw: st.DrawFn) -> MaterialDraft:
    kind = draw(st.sampled_from(sorted(FIELDS)))
    language: Language = draw(st.sampled_from(["jmespath", "xpath"]))
    root = "/r" if language == "xpath" else "r"
    sorts: list[Sort] = draw(st.lists(st.sampled_from(get_args(Sort)), max_size=4))
    leftovers = [Leftover(path_in(draw(NAMES), language) or "y", how, draw(WHY)) for how in sorts]
    return MaterialDraft(
        kind,
        language,
        question=Question(
            method="GET", path="/q", query={draw(NAMES): "{project_name}"}, asks=("project_name",)
        ),
        steps=(Step("xml" if language == "xpath" else "json"),),
        success=Says(root, (draw(WORDS),), 80, draw(WHY)),
        none=Says(root, ("0",), 70, draw(WHY)),
        rows=root,
        about={"project_name": path_in(draw(NAMES), language) or "x"},
        proposals=draw(proposals(targets(kind), language)),
        leftovers=tuple(leftovers),
    )


def said(rules: dict[str, FieldRule]) -> dict[str, Any]:
    """What a manifest's fields say, as proposals say it."""
    return {
        name: (rule.rows.expression, said(rule.fields or {}))
        if rule.rows is not None
        else (rule.at and rule.at.expression, rule.functions, rule.unit, rule.by, rule.key, rule.null)
        for name, rule in rules.items()
    }


def proposed(found: tuple[Proposal, ...]) -> dict[str, Any]:
    return {
        each.field: (each.path, proposed(each.of))
        if each.of
        else (
            each.path,
            each.recipe.functions,
            each.recipe.unit,
            each.recipe.by,
            each.recipe.key,
            each.recipe.null,
        )
        for each in found
    }


@settings(deadline=None, max_examples=150)
@given(materials(), st.sampled_from(["zh", "en"]))
def test_any_proposals_written_down_load_back_to_the_same(material, lang):
    made = Draft(WHOLE, "rest", (), (material,), ())
    manifest = load(written(made, lang), "x")
    rule = manifest.material(material.kind)
    assert rule is not None
    assert said(rule.fields) == proposed(material.proposals)
    assert [path.expression for path in rule.ignore] == [each.path for each in material.left("ignore")]
    assert [path.expression for path in rule.around] == [each.path for each in material.left("around")]
    assert rule.rows.expression == material.rows
    assert rule.ask.query == material.question.query


@given(st.text())
def test_any_text_is_a_scalar_that_reads_as_itself(words):
    if any("\ud800" <= sign <= "\udfff" for sign in words) or "\0" in words:
        return
    assert read_yaml(f"a: {{b: {quoted(words)}}}", "x")[0] == {"a": {"b": words}}
    assert read_yaml(f"{quoted(words)}: 1", "x")[0] == {words: 1}


def of_case(case, *, frame: Frame = WHOLE, operation: Operation | None = None) -> tuple[Draft, str]:
    """A draft from a recorded case, its question asked by the one key the case was asked by."""
    ask = json.loads((case / "ask.json").read_text("utf-8"))
    found, kind = sample_of(case), ask["kind"]
    if found.notice:
        notice = next(case.glob("notice.*")).name
        drop = Drop("folder" if found.notice == "csv" else "zip", notice, found.notice)
        return drafted(frame, Description("filedrop", ()), [Wish(kind, sample=found)], drop=drop), kind
    if found.steps[0].how.startswith("soap"):
        manifest = load((ROOT / "config" / "agencies" / "mdj-hc.yaml").read_text("utf-8"), "x")
        assert manifest.wsdl
        example = "<ROOT><BODY><PRJNUM>1</PRJNUM><PROJNAME>某苑</PROJNAME></BODY></ROOT>"
        wish = Wish(kind, "query", found, {"xmlStr": example})
        return drafted(frame, wsdl.described(manifest.wsdl), [wish]), kind
    asked = Operation(
        "q", "GET /q", inputs=(Parameter(ask["key"]["name"], within="query"),), method="GET", path="/q"
    )
    return drafted(frame, Description("rest", (operation or asked,)), [Wish(kind, sample=found)]), kind


HEALTHY = [
    case.parent for case in SAMPLES.rglob("ask.json") if case.parent.name.startswith(("hanlin", "jinxiu"))
]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("case", HEALTHY, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_a_draft_of_every_demo_agency_loads_and_keeps_its_lines_short(case, lang):
    made, kind = of_case(case)
    document = written(made, lang)
    assert [each for each in made.decisions if each.missing] == []
    assert load(document, "x").kinds == (kind,)
    head = document.partition("\nwsdl:")[0].splitlines()
    assert [line for line in head if columns(line) > 100 and "xmlStr" not in line] == []


@pytest.mark.parametrize(
    "case", [case for case in CASES if case in HEALTHY], ids=lambda case: f"{case.parent.name}-{case.name}"
)
def test_a_draft_reads_its_sample_as_the_hand_written_manifest_does(case):
    """One code path: the draft is a manifest, and the kit that production runs reads by it."""
    made, kind = of_case(case)
    evidence, expected = sample(case)
    known = {evidence.key.name: [evidence.key.value]}
    if evidence.key.name not in made.materials[0].ask_by:
        known = {}
    trial = read_file(
        written(made), "x", kind, FileReply(evidence.body, "application/json", known), utc_now()
    )
    [reply] = trial.kinds[0].replies
    assert reply.error is None
    open_ones = {str(each.place[3]) for each in made.decisions if len(each.place) > 3}
    traps = {"completed_on", "filed_on", "print_no", "former_names"}
    personal = {"contact_name", "contact_phone", "legal_rep_masked"}
    for material, wanted in zip(reply.materials, expected["materials"], strict=True):
        alike = {name for name, value in wanted["fields"].items() if material.fields.get(name) == value}
        assert set(wanted["fields"]) - alike <= traps | personal | open_ones
        assert len(material.attachments) == len(wanted["attachments"]) or not made.materials[0].files


def problems(document: str) -> set[str]:
    try:
        load(document, "x")
    except ManifestInvalid as error:
        return {field for _, field, _ in error.places}
    return set()


EMPTY = opened(b'{"data": [{"k": "1", "l": "2"}]}')


def asked(path: str, method: str = "GET", **parts: Any) -> Description:
    """A description of one operation."""
    return Description("rest", (Operation("q", f"{method} {path}", method=method, path=path, **parts),))


RIGHT = [Wish("land-right", "q", EMPTY)]
NOTICED = Frame("mdj-x", text("某局", "A"), "none")
DRAFTS = {
    "nothing": drafted(Frame(), Description("rest", ()), []),
    "a kind": drafted(WHOLE, Description("rest", ()), [Wish("land-right")]),
    "a kind of a WSDL": drafted(WHOLE, Description("soap", ()), [Wish("land-right")]),
    "a sample that has nothing of it": drafted(
        WHOLE, Description("rest", ()), [Wish("land-right", sample=EMPTY)]
    ),
    "an operation without keys": drafted(WHOLE, asked("/q"), RIGHT),
    "a path nobody can fill": drafted(
        WHOLE, asked("/q/{Zz}", inputs=(Parameter("Zz", within="path"),)), RIGHT
    ),
    "a method nobody asks by": drafted(WHOLE, asked("/q", "PUT", reason=text("", "")), RIGHT),
    "a notice without files": drafted(
        NOTICED, Description("filedrop", ()), [Wish("land-right")], drop=Drop("folder", "a.json", "json")
    ),
}


@pytest.mark.parametrize("name", DRAFTS)
def test_what_keeps_a_draft_from_being_loaded_is_what_it_says(name):
    made = DRAFTS[name]
    missing = {".".join(map(str, each.place)) for each in made.decisions if each.missing}
    found = problems(written(made))
    assert found
    assert found <= missing
    for each in made.decisions:
        assert f"{'.'.join(map(str, each.place))}: " in written(made, "en")


def without(part: str) -> Frame:
    lacking: dict[str, Any] = {part: None}
    return replace(WHOLE, **lacking)


@pytest.mark.parametrize("part", ["agency", "title", "sharing", "base"])
def test_each_thing_about_the_agency_is_missed_by_its_name(part):
    made, _ = of_case(SAMPLES / "mdj-nr" / "hanlin-company-record", frame=without(part))
    [missing] = [each for each in made.decisions if each.missing]
    place = ".".join(map(str, missing.place))
    assert place == {"base": "connection.base"}.get(part, part)
    assert problems(written(made)) == {place}


def test_reasons_stand_beside_what_they_are_for_in_the_language_asked_for():
    made, _ = of_case(SAMPLES / "mdj-hc" / "hanlin-completion-filing")
    assert "location: JSDZ  # 90% JSDZ 为“建设地址”的拼音首字母" in written(made, "zh")
    assert "location: JSDZ  # 90% JSDZ: the pinyin initials of 建设地址" in written(made, "en")
    assert "也可能是 COMPLETEDATE" in written(made, "zh")


def test_a_zero_that_counts_still_counts_once_loaded():
    made, _ = of_case(SAMPLES / "mdj-hc" / "hanlin-completion-filing")
    rule = load(written(made), "x").materials[0]
    assert rule.fields["joint_acceptance"].null == ("", "/")


def test_a_manifest_of_two_kinds_of_one_description():
    manifest: Manifest = load((ROOT / "config" / "agencies" / "mdj-hc.yaml").read_text("utf-8"), "x")
    assert manifest.wsdl
    wishes = [
        Wish(
            kind, "query", sample_of(SAMPLES / "mdj-hc" / f"hanlin-{kind}"), {"xmlStr": "<a><PROJNAME/></a>"}
        )
        for kind in ("presale-permit", "fire-acceptance")
    ]
    made = drafted(WHOLE, wsdl.described(manifest.wsdl), wishes, path="/services/HcService")
    read = load(written(made), "x")
    assert read.kinds == ("presale-permit", "fire-acceptance")
    assert read.connection.soap.port == "HcPort"
    assert read.materials[0].ask.arguments == {"xmlStr": "<a><PROJNAME>{project_name}</PROJNAME></a>"}


def test_every_key_is_found_by_its_own_name():
    assert [key for key in KEYS if key_of(key) != key] == []


def test_a_trial_of_a_draft_reads_what_production_refuses_as_production_does():
    made, kind = of_case(SAMPLES / "mdj-hc" / "hanlin-completion-filing")
    for case in ("truncated", "entities", "success-false", "another-project"):
        evidence, expected = sample(SAMPLES / "mdj-hc" / case)
        known = {"project_name": [evidence.key.value]}
        trial = read_file(written(made), "x", kind, FileReply(evidence.body, "text/xml", known), utc_now())
        [reply] = trial.kinds[0].replies
        assert reply.error is not None
        with pytest.raises(AgencyFailed) as caught:
            adapter_for("mdj-hc").read(evidence)
        assert caught.value.fault == expected["fault"]
        assert reply.error.detail == caught.value.detail
