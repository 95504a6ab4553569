"""Questions made of operations: keys find their inputs, examples become templates, paths hold one key."""

import json

import pytest

from adapters.drafting import Description, Frame, Operation, Parameter, Wish, drafted, opened
from adapters.drafting.asking import key_of, question, template
from adapters.drafting.drafts import Question
from adapters.manifest import load
from benchmarks.drafts import AGENCIES, SAMPLES, sample_of

PERMIT = {"xkzh": "land_permit_no"}


def of(*inputs: Parameter, method: str = "GET", path: str = "/q") -> Question:
    operation = Operation("q", "", inputs=inputs, method=method, path=path)
    return question(operation, {}, PERMIT, soap=False)


@pytest.mark.parametrize(
    ("name", "doc", "named", "key"),
    [
        ("xmmc", "", {}, "project_name"),
        ("projectName", "", {}, "project_name"),
        ("c1", "项目名称", {}, "project_name"),
        ("dzjgh", "", {}, "supervision_no"),
        ("tyshxydm", "", {}, "holder_uscc"),
        ("nsrsbh", "", {}, "holder_uscc"),
        ("XKZH", "", PERMIT, "land_permit_no"),
        ("appId", "", {}, None),
        ("", "", {}, None),
    ],
)
def test_an_input_is_filled_from_the_key_it_is_like(name, doc, named, key):
    assert key_of(name, doc, named) == key


def test_the_questions_of_the_demo_agencies_are_asked_by_their_keys():
    """Each input a hand-written manifest fills with a key is filled with that key, or its next of kin."""
    kin = {"parcel_code": "unit_code"}
    wrong = []
    for agency in ("mdj-nr", "mdj-tax"):
        for rule in load((AGENCIES / f"{agency}.yaml").read_text("utf-8"), agency).materials:
            by_hand = rule.ask.query or rule.ask.form or rule.ask.json_body or {}
            inputs = tuple(Parameter(name, within="query") for name in by_hand)
            operation = Operation("q", "GET /q", inputs=inputs, method="GET", path="/q")
            sample = sample_of(SAMPLES / agency / f"hanlin-{rule.kind}")
            made = drafted(Frame(), Description("rest", (operation,)), [Wish(rule.kind, sample=sample)])
            asked = made.materials[0].question
            assert asked is not None
            for name, place in by_hand.items():
                if asked.query.get(name) not in (place, f"{{{kin.get(place[1:-1], '')}}}"):
                    wrong.append((rule.kind, name, place, asked.query.get(name)))
    assert wrong == []


def test_pages_are_asked_for_where_there_are_places_for_them():
    sample = sample_of(SAMPLES / "mdj-tax" / "hanlin-land-deed-tax")
    names = ("nsrsbh", "pageNo", "pageSize")
    operation = Operation("q", "", inputs=tuple(Parameter(n, within="query") for n in names), method="GET")
    [material] = drafted(
        Frame(), Description("rest", (operation,)), [Wish("land-deed-tax", sample=sample)]
    ).materials
    assert material.question is not None
    assert material.question.query == {"nsrsbh": "{holder_uscc}", "pageNo": "{page}", "pageSize": "{size}"}
    assert material.total == "data.total"
    assert material.none is not None
    assert material.none.at == "data.total"


def test_a_path_holds_one_key_and_the_rest_of_the_question_none():
    inputs = (
        Parameter("xkzh", within="path"),
        Parameter("xmmc", within="query"),
        Parameter("v", within="query"),
    )
    asked = of(*inputs, path="/permits/{xkzh}/now")
    assert (asked.path, asked.query, asked.asks) == ("/permits/{land_permit_no}/now", {}, ("land_permit_no",))


@pytest.mark.parametrize("path", ["/p/{what}", "/p/{xmmc}/{xkzh}"])
def test_a_path_that_no_key_fills_is_none(path):
    inputs = tuple(Parameter(name, within="path") for name in ("what", "xmmc", "xkzh"))
    assert of(*inputs, path=path).path is None


def test_bodies_go_with_posts_only():
    inputs = (Parameter("xmmc", within="json"), Parameter("appId", within="json"))
    assert of(*inputs, method="POST").json_body == {"xmmc": "{project_name}", "appId": ""}
    assert of(*inputs).json_body is None
    assert of(method="POST").json_body == {}
    form = of(Parameter("xmmc", within="form"), method="POST")
    assert (form.form, form.json_body) == ({"xmmc": "{project_name}"}, None)


@pytest.mark.parametrize(
    ("example", "made"),
    [
        (
            "<R><APP>B</APP><PROJNAME>某苑</PROJNAME></R>",
            "<R><APP>B</APP><PROJNAME>{project_name}</PROJNAME></R>",
        ),
        ("<R><XMMC/><XMMC>b</XMMC></R>", "<R><XMMC>{project_name}</XMMC><XMMC>{project_name}</XMMC></R>"),
        ("<R><XMMC>a &amp; b</XMMC></R>", "<R><XMMC>{project_name}</XMMC></R>"),
        ('{"a": {"b": "x"}, "xmmc": "某苑", "n": 1}', '{"a": {"b": "x"}, "xmmc": "{project_name}", "n": 1}'),
        ("<R><XMMC>{project_name}</XMMC></R>", "<R><XMMC>{project_name}</XMMC></R>"),
        ("某苑", "某苑"),
        ("<R><XMMC>", "<R><XMMC>"),
        ("{", "{"),
    ],
)
def test_a_text_that_was_once_sent_becomes_a_template(example, made):
    assert template(example) == made


def test_a_reply_that_names_no_key_is_unstated_and_said():
    operation = Operation("q", "", inputs=(Parameter("cert_no", within="query"),), method="GET", path="/q")
    sample = opened(json.dumps({"data": [{"jsdw": "某公司", "gcmc": "某苑"}]}).encode())
    made = drafted(Frame(), Description("rest", (operation,)), [Wish("completion-filing", sample=sample)])
    assert made.materials[0].about == {"cert_no": "unstated"}
    assert ("materials", 0, "about") in [each.place for each in made.decisions]
