"""Samples opened: the steps a person wrote, the errors production gives, bounds."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.decode import decode
from adapters.drafting import opened, opened_notice
from adapters.drafting.sample import OCTETS, STEPS
from adapters.drafting.tree import VALUES
from contracts.errors import AgencyFailed, Fault
from tests.adapters.conftest import ROOT
from tests.adapters.test_samples import CASES, adapter_for, sample

XML = '<?xml version="1.0" encoding="{}"?><ROOT><ROW><XMMC>镕建苑</XMMC></ROW></ROOT>'
# Where a reply is unreadable, what a draft says must be what reading it says.
UNREADABLE = [case for case in CASES if sample(case)[1].get("fault") == "unreadable"]
READ = [case for case in CASES if case.name.startswith(("hanlin", "jinxiu"))]


@pytest.mark.parametrize("case", READ, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_the_steps_found_are_those_a_person_wrote(case):
    evidence, _ = sample(case)
    rule = adapter_for(case.parent.name)._manifest.material(evidence.kind)
    assert rule is not None
    assert opened(evidence.body).steps == tuple(step.step() for step in rule.decode)


@pytest.mark.parametrize("case", UNREADABLE, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_a_sick_sample_gives_the_error_that_reading_it_gives(case):
    evidence, _ = sample(case)
    with pytest.raises(AgencyFailed) as read:
        adapter_for(case.parent.name).read(evidence)
    if case.name == "no-envelope":  # well formed in itself: only a manifest knows that there should be one
        assert opened(evidence.body).steps
        return
    with pytest.raises(AgencyFailed) as caught:
        opened(evidence.body)
    assert caught.value.fault == read.value.fault
    if found_the_same_steps(evidence.body):
        assert caught.value.detail == read.value.detail


def found_the_same_steps(body: bytes) -> bool:
    """Whether what is wrong lies where the draft looks the way the manifest does."""
    return body.lstrip()[:5] in (b"<?xml", b"<html", b"<!DOC") or body.lstrip()[:1] in (b"{", b"[")


@pytest.mark.parametrize("charset", ["utf-8", "gb2312", "gbk", "gb18030", "big5", "utf-16"])
def test_a_sample_cut_short_says_so_in_every_charset_as_decoding_does(charset):
    words = XML.format(charset).replace("镕", "容" if charset in ("gb2312", "big5") else "镕")
    octets = words.replace("</ROOT>", "").encode(charset)
    with pytest.raises(AgencyFailed) as decoded:
        decode(octets, charset, (steps := opened(words.encode(charset), charset).steps))
    with pytest.raises(AgencyFailed) as drafted:
        opened(octets, charset)
    assert steps
    assert (drafted.value.fault, drafted.value.detail) == (decoded.value.fault, decoded.value.detail)


@pytest.mark.parametrize("charset", ["utf-8", "gbk", "gb18030", "utf-16"])
def test_a_whole_sample_reads_in_every_charset(charset):
    [leaf] = opened(XML.format(charset).encode(charset), charset).tree.leaves()
    assert leaf.values == ("镕建苑",)
    assert leaf.at == ("ROOT", "ROW", "XMMC")


def test_a_charset_that_lies_is_told():
    assert opened(XML.format("gb2312").encode()).relabelled == "gb2312 -> utf-8"


@pytest.mark.parametrize(
    ("reply", "steps"),
    [
        ({"data": '{"list": [{"a": 1}]}'}, ["json", "json data"]),
        ({"data": "<r><a>1</a></r>"}, ["json", "xml data"]),
        ({"data": {"inner": "[[1]]"}}, ["json", "json data.inner"]),
        (
            {"data": base64.b64encode(b'{"list": [{"abc": 1}]}').decode()},
            ["json", "base64 data", "json data"],
        ),
        ({"data": "&lt;r&gt;&lt;a&gt;1&lt;/a&gt;&lt;/r&gt;"}, ["json", "html data", "xml data"]),
        ({"number": "[2020]12号", "note": "{见附件}", "less": "<5"}, ["json"]),
        ({"pdf": base64.b64encode(b"%PDF-1.7 and so on and on and on").decode()}, ["json"]),
    ],
)
def test_what_stands_within_is_opened_and_what_only_looks_like_it_is_not(reply, steps):
    found = opened(json.dumps(reply, ensure_ascii=False).encode()).steps
    assert [" ".join((step.how, ".".join(step.at))).strip() for step in found] == steps


def test_texts_within_texts_end_somewhere():
    inner = '{"a": "1"}'
    for _ in range(STEPS + 3):
        inner = json.dumps({"a": inner})
    assert len(opened(inner.encode()).steps) == STEPS


@pytest.mark.parametrize(
    "octets",
    [
        b"<!DOCTYPE a [<!ENTITY b 'ha'>]><a>&b;</a>",
        b"<a>" * 100 + b"</a>" * 100,
        b"",
        b"\xff\xfe\xff",
        b"[" * 99_999,
    ],
)
def test_hostile_samples_are_refused_in_words(octets):
    with pytest.raises(AgencyFailed) as caught:
        opened(octets)
    assert caught.value.fault in (Fault.UNREADABLE, Fault.TOO_LARGE)


def test_a_sample_too_large_is_refused():
    with pytest.raises(AgencyFailed) as caught:
        opened(b" " * (OCTETS + 1))
    assert caught.value.fault == Fault.TOO_LARGE
    with pytest.raises(AgencyFailed):
        opened_notice(b" " * (OCTETS + 1), "csv")


def test_rows_are_laid_over_one_another_and_not_all_their_values_kept():
    rows = [{"a": n, **({"b": {"c": n}} if n == 7 else {})} for n in range(VALUES * 3)]
    tree = opened(json.dumps({"rows": rows}).encode()).tree
    leaves = {leaf.at: leaf.values for leaf in tree.leaves()}
    assert len(leaves[("rows", "a")]) == VALUES
    assert leaves[("rows", "b", "c")] == (7,)


def test_attributes_and_rows_of_xml_are_in_the_tree():
    tree = opened(
        b'<r xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><x a="1" i:nil="true"/><x a="2"/></r>'
    ).tree
    [leaf] = tree.leaves()
    assert leaf.at == ("r", "x", "@a")
    assert leaf.values == ("1", "2")
    assert tree.below[0].many


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_only_an_agency_failure_comes_out(octets):
    try:
        found = opened(octets)
    except AgencyFailed:
        return
    assert found.language in {"xpath", "jmespath"}


def test_a_notice_is_read_as_the_kit_reads_it():
    folder = Path(ROOT) / "tests" / "samples" / "mdj-drop"
    table = opened_notice((folder / "mdj-defence" / "hanlin-document" / "notice.csv").read_bytes(), "csv")
    assert ("first", "文书编号") in {leaf.at for leaf in table.tree.leaves()}
    with pytest.raises(AgencyFailed):
        opened_notice((folder / "mdj-survey" / "truncated" / "notice.xml").read_bytes(), "xml")
