"""The file-drop kit over recorded deliveries: what it reads, what it refuses, what it never asks for."""

import functools
import json
from collections.abc import AsyncGenerator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import assemble
from adapters.base import (
    Deadline,
    Delivery,
    HeldFile,
    Key,
    Standing,
    evidence_digest,
    evidence_from,
    evidence_octets,
)
from adapters.egress import Egress
from adapters.filedrop import FileDropAdapter, norm_of, read_notice
from adapters.manifest import load
from contracts.errors import AgencyFailed, ManifestInvalid, NotGranted
from contracts.exchange import Grant
from contracts.material import Retrieval
from contracts.time import parse_instant

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT / "tests" / "samples" / "mdj-drop"
CASES = sorted(path.parent for path in SAMPLES.glob("*/*/ask.json"))
NOW = parse_instant("2026-03-02T14:05:09.120+08:00")
ARRIVED = NOW - timedelta(days=30)


class Holding:
    """Deliveries in a list; what was looked for is remembered."""

    def __init__(self, *deliveries: Delivery) -> None:
        self.deliveries = list(deliveries)
        self.asked: list[tuple[Any, ...]] = []
        self.usable = True

    async def current(self, agency, kind, key, norm, *, starts):
        self.asked.append((agency, kind, key, norm, starts))
        return self.deliveries

    async def standing(self, agency):
        return Standing(self.usable, ARRIVED if self.deliveries else None)

    async def octets(self, sha256: str) -> AsyncGenerator[bytes, None]:
        yield b"octets of "
        yield sha256.encode()


@functools.cache
def manifest_for(agency):
    return load((ROOT / "config" / "agencies" / f"{agency}.yaml").read_text("utf-8"), f"{agency}.yaml")


def delivery(case):
    files = json.loads((case / "held.json").read_text("utf-8"))
    held = tuple(HeldFile(path, sha256, size) for path, (size, sha256) in files.items())
    octets = next(case.glob("notice.*")).read_bytes()
    return Delivery("PACKAGE 1/2", 2, "sha256:" + "a" * 64, ARRIVED, octets, held)


def adapter_for(agency, holding=None):
    return FileDropAdapter(manifest_for(agency), 3, Egress(), str, lambda: NOW, holding or Holding())


def grant_for(kind, *, attachments=True):
    days: dict[str, Any] = {"valid_from": date(2026, 1, 1), "valid_until": date(2026, 12, 31)}
    return Grant(
        id="g", consumer="c", purpose="first-registration", kind=kind, attachments=attachments, **days
    )


def keys_of(case):
    ask = json.loads((case / "ask.json").read_text("utf-8"))
    key = Key(**ask["key"])
    return ask["kind"], {key.name: (key,)}


async def pulled(case, holding):
    kind, keys = keys_of(case)
    return await adapter_for(case.parent.name, holding).pull(grant_for(kind), keys, Deadline.after(5))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_the_sample_reads_as_expected(case):
    (evidence,) = await pulled(case, Holding(delivery(case)))
    adapter = adapter_for(case.parent.name)
    expected = json.loads((case / "expected.json").read_text("utf-8"))
    if "fault" in expected:
        with pytest.raises(AgencyFailed) as caught:
            adapter.read(evidence)
        assert caught.value.fault == expected["fault"]
        return
    out = adapter.read(evidence)
    told = [
        {
            "retrieval": material.retrieval,
            "legal": material.legal,
            "fields": material.fields,
            "attachments": [
                {name: getattr(file, name) for name in ("name", "doc_type", "bytes", "sha256", "state")}
                for file in material.attachments
            ],
        }
        for material in out.materials
    ]
    assert {"materials": told, "drift": [[each.path, each.reason] for each in out.drift]} == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_evidence_is_the_notice_with_what_came_beside_it(case):
    (evidence,) = await pulled(case, Holding(delivery(case)))
    assert evidence.body == next(case.glob("notice.*")).read_bytes()
    assert evidence.received_at == ARRIVED
    assert evidence_from(evidence_octets(evidence)) == evidence


HEALTHY = [case for case in CASES if case.name.startswith(("hanlin", "jinxiu"))]


@pytest.mark.parametrize("case", HEALTHY, ids=lambda case: case.name)
async def test_held_attachments_need_no_fetch_and_carry_their_digest(case):
    (evidence,) = await pulled(case, Holding(delivery(case)))
    out = adapter_for(case.parent.name).read(evidence)
    held = {
        file.id: file for material in out.materials for file in material.attachments if file.state == "held"
    }
    assert held
    assert {place.attachment for place in out.locators} == held.keys()
    for place in out.locators:
        assert place.held
        assert (place.sha256, place.bytes) == (held[place.attachment].sha256, held[place.attachment].bytes)
        assert place.where["sha256"] == place.sha256
    for material in out.materials:
        assert material.provenance is not None
        assert material.provenance.evidence == evidence_digest(evidence)
        assert material.provenance.retrieved_at == ARRIVED
        assert material.provenance.fresh_until > NOW + timedelta(days=365)
        assert material.provenance.seal.verified == "none"


async def test_an_attachment_is_named_by_its_octets():
    case = SAMPLES / "mdj-survey" / "hanlin-package"
    ids = []
    for digest in ("1" * 64, "2" * 64, "1" * 64):
        came = delivery(case)
        notice = came.notice.replace(b"0" * 63 + b"1", digest.encode())
        files = tuple(HeldFile(f.path, digest, f.bytes) if f.sha256.endswith("01") else f for f in came.files)
        (evidence,) = await pulled(case, Holding(Delivery("P", 1, came.digest, ARRIVED, notice, files)))
        ids.append([place.attachment for place in adapter_for("mdj-survey").read(evidence).locators])
    assert ids[0] == ids[2] != ids[1]
    assert ids[0][1:] == ids[1][1:]


async def test_a_held_file_that_is_not_the_one_named_is_not_shown():
    case = SAMPLES / "mdj-survey" / "hanlin-package"
    came = delivery(case)
    for wrong in ({"sha256": "f" * 64}, {"bytes": 1}):
        facts = {
            "path": came.files[0].path,
            "sha256": came.files[0].sha256,
            "bytes": came.files[0].bytes,
        } | wrong
        files = (HeldFile(**facts), *came.files[1:])
        (evidence,) = await pulled(case, Holding(Delivery("P", 1, came.digest, ARRIVED, came.notice, files)))
        with pytest.raises(AgencyFailed):
            adapter_for("mdj-survey").read(evidence)


async def test_nothing_there_is_pending_and_no_no():
    case = SAMPLES / "mdj-survey" / "hanlin-package"
    (evidence,) = await pulled(case, Holding())
    out = adapter_for("mdj-survey").read(evidence)
    (material,) = out.materials
    assert material.retrieval is Retrieval.PENDING
    assert material.error is not None
    assert (material.error.type, material.error.cls) == ("not-delivered", "passing")
    assert material.provenance is not None
    assert material.provenance.evidence == evidence_digest(evidence)


@pytest.mark.parametrize(
    ("key", "value", "looked_for", "starts"),
    [
        ("project_code", "2012－231005－04－01－735188", "2012-231005-04-01-735188", False),
        ("project_name", "翰林（示例）城", norm_of("project_name", "翰林(示例)城"), True),
    ],
)
async def test_it_is_looked_for_by_the_normalised_value(key, value, looked_for, starts):
    holding = Holding()
    adapter = adapter_for("mdj-defence", holding)
    await adapter.pull(
        grant_for("civil-defence"), {key: (Key(key, value, confirmed=False),)}, Deadline.after(5)
    )
    assert holding.asked == [("mdj-defence", "civil-defence", key, looked_for, starts)]


async def test_without_a_fitting_key_or_kind_nothing_is_looked_for():
    holding = Holding()
    adapter = adapter_for("mdj-survey", holding)
    code = {"project_code": (Key("project_code", "not a code", confirmed=True),)}
    assert await adapter.pull(grant_for("survey-package"), code, Deadline.after(5)) == []
    known = {"project_code": (Key("project_code", "2012-231005-04-01-735188", confirmed=True),)}
    assert await adapter.pull(grant_for("civil-defence"), known, Deadline.after(5)) == []
    assert holding.asked == []


async def test_a_held_file_is_given_only_under_its_grant():
    case = SAMPLES / "mdj-survey" / "hanlin-package"
    (evidence,) = await pulled(case, Holding(delivery(case)))
    adapter = adapter_for("mdj-survey")
    place = adapter.read(evidence).locators[0]
    for grant in (grant_for("survey-package", attachments=False), grant_for("civil-defence")):
        with pytest.raises(NotGranted):
            await anext(adapter.fetch(grant, place, Deadline.after(5)))
    octets = [piece async for piece in adapter.fetch(grant_for("survey-package"), place, Deadline.after(5))]
    assert b"".join(octets) == b"octets of " + (place.sha256 or "").encode()


async def test_the_probe_says_whether_the_folder_can_be_used_and_when_it_last_received():
    case = SAMPLES / "mdj-survey" / "hanlin-package"
    holding = Holding(delivery(case))
    probe = await adapter_for("mdj-survey", holding).probe(Deadline.after(5))
    assert [(step.name, step.passed) for step in probe.steps] == [("settings", True), ("connection", True)]
    assert "2026-01-31 14:05" in probe.steps[1].detail.zh
    holding.deliveries = []
    probe = await adapter_for("mdj-survey", holding).probe(Deadline.after(5))
    assert [step.passed for step in probe.steps] == [True, None]
    holding.usable = False
    probe = await adapter_for("mdj-survey", holding).probe(Deadline.after(5))
    assert not probe.passed


async def test_the_kit_is_found_by_its_protocol_and_needs_deliveries():
    manifest = manifest_for("mdj-survey")
    adapter = assemble(manifest, 1, Egress(), str, lambda: NOW, deliveries=Holding())
    assert adapter.kinds == ("survey-package",)
    with pytest.raises(ManifestInvalid):
        assemble(manifest, 1, Egress(), str, lambda: NOW)


def changed(agency, **replaced):
    yaml = (ROOT / "config" / "agencies" / f"{agency}.yaml").read_text("utf-8")
    for old, new in replaced.items():
        assert old in yaml
        yaml = yaml.replace(old, new)
    return yaml


NR_ASK = '    ask: {method: GET, path: /dchy/queryXmba, query: {xmdm: "{project_code}"}}\n'


@pytest.mark.parametrize(
    ("agency", "old", "new", "field"),
    [
        ("mdj-survey", "protocol: filedrop", "protocol: rest", "connection.drop"),
        ("mdj-survey", "protocol: filedrop", "protocol: filedrop\n  base: http://a.cn", "connection.base"),
        ("mdj-survey", "project_code: xmdm,", "project_code: unstated,", "about"),
        ("mdj-survey", "ask_by: [package_no, project_code, parcel_code]", "ask_by: [package_no]", "ask_by"),
        ("mdj-survey", "    rows: package\n", "    rows: package\n    ask: {path: /x}\n", "ask"),
        ("mdj-survey", "    rows: package\n", "    rows: package\n    decode: [json]\n", "decode"),
        ("mdj-survey", "name: manifest.xml", "name: ../manifest.xml", "notice.name"),
        ("mdj-defence", "name: 文件名, sha256: SHA256, ", "name: 文件名, ", "notice.files"),
        ("mdj-nr", "  base: http://127.0.0.1:8101\n", "", "connection.base"),
        ("mdj-nr", NR_ASK, "", "ask"),
        ("mdj-nr", "protocol: rest", "protocol: filedrop", "connection.drop"),
    ],
)  # fmt: skip
def test_a_manifest_that_mixes_dropping_and_asking_is_refused_by_field(agency, old, new, field):
    with pytest.raises(ManifestInvalid) as caught:
        load(changed(agency, **{old: new}), "it.yaml")
    assert field in caught.value.detail.en


FORMS = {
    "json": b'{"no": "P-1", "of": {"code": "2012-231005-04-01-735188"},'
    b' "files": [{"path": "a.pdf", "sum": "%s"}]}',
    "xml": b'<p no="P-1"><of code="2012-231005-04-01-735188"/><files path="a.pdf" sum="%s"/></p>',
    "csv": b"no,code,path,sum\nP-1,2012-231005-04-01-735188,a.pdf,%s\n",
}
PATHS = {
    "json": ("no", "@", "of.code", "files"),
    "xml": ("p.no", "p", "of.code", "p.files"),
    "csv": ("first.no", "first", "code", "rows"),
}


@pytest.mark.parametrize("how", FORMS)
def test_a_notice_may_be_xml_json_or_csv(how):
    package, rows, code, files = PATHS[how]
    yaml = f"""
agency: some-one
title: {{zh: 某部门, en: Some agency}}
sharing: {{class: unconditional}}
connection:
  protocol: filedrop
  drop:
    form: folder
    notice:
      {{name: n, as: {how}, package: {package}, files: {{rows: {files}, name: path, sha256: sum}}}}
materials:
  - kind: survey-package
    ask_by: [project_code]
    none: {{at: "{rows}", empty: true}}
    rows: "{rows}"
    about: {{project_code: {code}}}
    fields: {{package_no: "no"}}
"""
    manifest = load(yaml, "it.yaml")
    drop = manifest.connection.drop
    assert drop is not None
    notice = read_notice(manifest, drop, FORMS[how] % (b"A" * 64))
    assert notice.package == "P-1"
    assert [(file.path, file.sha256, file.bytes) for file in notice.files] == [("a.pdf", "a" * 64, None)]
    assert [(key.key, key.norm) for key in notice.keys] == [("project_code", "2012-231005-04-01-735188")]


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(HEALTHY), st.data())
def test_only_an_agency_failure_comes_out_of_a_mutated_notice(case, data):
    """Pieces between quotes, tags and commas dropped, doubled, replaced: what real software gets wrong."""
    octets = next(case.glob("notice.*")).read_bytes()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(octets) - 1))
        end = min(len(octets), at + data.draw(st.integers(0, 40)))
        other = data.draw(
            st.sampled_from(
                [b"", b'"', b"<", b"&x;", b"\0", b"\xff", b",", b"\n", b"9" * 50, octets[at:end] * 2]
            )
        )
        octets = octets[:at] + other + octets[end:]
    manifest = manifest_for(case.parent.name)
    drop = manifest.connection.drop
    assert drop is not None
    kind, keys = keys_of(case)
    adapter = adapter_for(case.parent.name)
    (key,) = next(iter(keys.values()))
    rule = manifest.material(kind)
    assert rule is not None
    came = delivery(case)
    evidence = adapter._here(rule, key, Delivery("P", 1, came.digest, ARRIVED, octets, came.files))
    try:
        read_notice(manifest, drop, octets)
    except AgencyFailed as failure:
        assert failure.__cause__ is None  # noqa: PT017  both ways out are right
    try:
        adapter.read(evidence)
    except AgencyFailed as failure:
        assert failure.__cause__ is None  # noqa: PT017  both ways out are right


def test_the_samples_are_what_their_script_writes(tmp_path, monkeypatch):
    from tests.samples import make_drop

    monkeypatch.setattr(make_drop, "HERE", tmp_path)
    make_drop.main()
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.*")}
    kept = {path.relative_to(SAMPLES): path.read_bytes() for path in SAMPLES.rglob("*.*")}
    assert made == kept
