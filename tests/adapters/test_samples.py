"""Every folder of recorded samples is a test of its agency's adapter, by existing."""

import functools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.base import Key, ReadOut, evidence_digest, evidence_from, evidence_octets
from adapters.egress import Egress
from adapters.manifest import load
from adapters.rest import RestAdapter
from adapters.soap import SoapAdapter
from adapters.table import TableAdapter
from contracts.errors import AgencyFailed
from contracts.exchange import Evidence
from contracts.material import Attachment, KeyUsed
from contracts.time import parse_instant
from tests.adapters.conftest import ROOT
from tests.adapters.table.filings import manifest as filings

SAMPLES = ROOT / "tests" / "samples"
CASES = sorted(path.parent for path in SAMPLES.glob("*/*/ask.json"))
NOW = parse_instant("2026-03-02T14:05:09.120+08:00")


@functools.cache
def adapter_for(agency: str) -> RestAdapter | SoapAdapter | TableAdapter:
    own = ROOT / "config" / "agencies" / f"{agency}.yaml"
    manifest = load(own.read_text("utf-8"), own.name) if own.exists() else filings()
    kit = {"rest": RestAdapter, "soap": SoapAdapter, "table": TableAdapter}[manifest.connection.protocol]
    return kit(manifest, 3, Egress(), str, lambda: NOW)


def sample(folder: Path) -> tuple[Evidence, dict[str, Any]]:
    ask = json.loads((folder / "ask.json").read_text("utf-8"))
    reply = next(folder.glob("reply.*")).read_bytes()
    evidence = Evidence(
        agency=folder.parent.name,
        manifest_version=3,
        kind=ask["kind"],
        asked=ask["asked"],
        key=KeyUsed(**ask["key"]),
        received_at=NOW,
        status=ask["status"],
        headers=(("Content-Type", ask["content_type"]),),
        body=reply,
    )
    return evidence, json.loads((folder / "expected.json").read_text("utf-8"))


def said(out: ReadOut) -> dict[str, Any]:
    return {
        "materials": [
            {
                "retrieval": material.retrieval,
                "legal": material.legal,
                "fields": material.fields,
                "attachments": [file_said(file) for file in material.attachments],
            }
            for material in out.materials
        ],
        "drift": [[signal.path, signal.reason] for signal in out.drift],
    }


def file_said(file: Attachment) -> dict[str, Any]:
    shown = {"name": file.name, "doc_type": file.doc_type, "bytes": file.bytes}
    return shown if file.state == "listed" else {**shown, "state": file.state}


def test_there_are_samples_for_every_kind_of_every_agency():
    for path in (ROOT / "config" / "agencies").glob("*.yaml"):
        kinds = {json.loads(case.read_text("utf-8"))["kind"] for case in SAMPLES.rglob("ask.json")}
        assert set(load(path.read_text("utf-8"), path.name).kinds) <= kinds


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_sample_reads_as_expected(case):
    evidence, expected = sample(case)
    adapter = adapter_for(case.parent.name)
    if "fault" in expected:
        with pytest.raises(AgencyFailed) as caught:
            adapter.read(evidence)
        assert caught.value.fault == expected["fault"]
        return
    out = adapter.read(evidence)
    assert said(out) == expected
    assert {place.attachment for place in out.locators} == {
        file.id for material in out.materials for file in material.attachments if file.state == "listed"
    }
    for material in out.materials:
        assert material.provenance is not None
        assert material.provenance.evidence == evidence_digest(evidence)
        assert material.provenance.retrieved_at == NOW
        assert material.provenance.key == evidence.key
        assert material.provenance.seal.verified == "none"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_question_is_the_one_recorded(case):
    evidence, _ = sample(case)
    adapter = adapter_for(case.parent.name)
    key = Key(evidence.key.name, evidence.key.value, evidence.key.confirmed)
    assert adapter.key_for(evidence.kind, {key.name: (key,)}) == key
    rule = adapter._manifest.material(evidence.kind)
    assert rule is not None
    assert adapter._asked(rule, key) == evidence.asked


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_evidence_goes_through_its_octets_unchanged(case):
    evidence, _ = sample(case)
    assert evidence_from(evidence_octets(evidence)) == evidence


def test_the_samples_are_what_their_script_writes(tmp_path, monkeypatch):
    from tests.samples import make

    monkeypatch.setattr(make, "HERE", tmp_path)
    make.main()
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.*")}
    kept = {path.relative_to(SAMPLES): path.read_bytes() for path in SAMPLES.glob("*/*/*.*")}
    assert made == kept


HEALTHY = [
    case for case in CASES if case.name.startswith(("hanlin", "jinxiu")) and (case / "reply.json").exists()
]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(
        ["", 0, "/", "无", "9" * 5000, "x" * 200_000, "\x00", "\ud800", -1, 1e308, {}, [], [[]], [{}]]
    ),
)


def places(node: Any, here: tuple = ()) -> list[tuple]:
    below = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [here, *(place for key, value in below for place in places(value, (*here, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, str, bytes]:
    """A healthy sample with a few of its parts dropped, replaced, wrapped, doubled or renamed."""
    case = draw(st.sampled_from(HEALTHY))
    document: Any = {"": json.loads((case / "reply.json").read_bytes())}
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.sampled_from(places(document)[1:] or [("",)]))
        holder = document
        for step in place[:-1]:
            holder = holder[step]
        mutate(draw, holder, place[-1])
        if "" not in document:
            break
    return case.parent.name, case.name, json.dumps(document.get("")).encode()


def mutate(draw: st.DrawFn, holder: Any, key: Any) -> None:
    how = draw(st.sampled_from(["drop", "replace", "wrap", "nest", "double", "rename"]))
    if how == "drop":
        del holder[key]
    elif how == "replace":
        holder[key] = draw(ODD)
    elif how == "wrap":
        holder[key] = [holder[key]]
    elif how == "nest":
        holder[key] = {draw(st.text(max_size=5)): holder[key]}
    elif isinstance(holder, list):
        holder.append(holder[key])
    elif how == "double":
        holder[key] = [holder[key], holder[key]]
    else:
        holder[draw(st.text(min_size=1, max_size=5))] = holder.pop(key)


@settings(deadline=None)
@given(mutated())
def test_only_an_agency_failure_comes_out_of_a_mutated_reply(sick):
    agency, name, body = sick
    healthy, _ = sample(SAMPLES / agency / name)
    evidence = evidence_from(evidence_octets(healthy).partition(b"\n")[0] + b"\n" + body)
    adapter = adapter_for(agency)
    try:
        out = adapter.read(evidence)
    except AgencyFailed as failure:
        # The net under the reader is for what nobody thought of; mutations find nothing to catch in it.
        assert failure.__cause__ is None  # noqa: PT017  both ways out are right
    else:
        assert out.materials
        assert evidence_octets(evidence)
        json.dumps([material.model_dump(mode="json") for material in out.materials]).encode()
