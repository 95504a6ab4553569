"""`landbridge adapter freeze`: every operation told, every other line of the manifest as it was."""

import asyncio
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from adapters.manifest import WsdlRule, load
from contracts.errors import AgencyFailed, Fault, ManifestInvalid
from gateway.cli.commands import app
from tests.adapters.agencies import http, says
from tests.adapters.soap.descriptions import LOSSY, PLAIN, WRAPPER, alone, importing

MANIFEST = """\
# Asked once a year: whether the bureau still runs this.
agency: mdj-x
title: {zh: 某局, en: "Some Bureau"}   # as on its seal
sharing: {class: unconditional}
connection: {protocol: soap, base: "BASE", allow_private: true, soap: {path: "/s"}}
materials:
  - kind: company-record
    ask_by: [holder_uscc]
    ask: {operation: ask, arguments: {xmlStr: "{holder_uscc}"}}
    decode: [soap]
    none: {at: count(/r/row), in: ["0"]}
    rows: /r/row
    about: {holder_uscc: dm}
    fields:
      name: mc   # 名称
"""


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    place = tmp_path / "mdj-x.yaml"
    place.write_text(MANIFEST.replace("BASE", "http://10.0.0.9:81"), "utf-8")
    return place


def freeze(*words: str | Path) -> Result:
    return CliRunner(env={"LANDBRIDGE_LANG": "en"}).invoke(app, ["adapter", "freeze", *map(str, words)])


def frozen_in(place: Path) -> WsdlRule:
    found = load(place.read_text("utf-8"), place.name).wsdl
    assert found
    return found


def described(folder: Path, document: str = PLAIN) -> Path:
    place = folder / "service.wsdl"
    place.write_text(document, "utf-8")
    return place


def test_a_file_is_frozen_and_every_other_line_stands(manifest, tmp_path):
    before = manifest.read_text("utf-8")
    done = freeze(manifest, "--wsdl", described(tmp_path))
    assert done.exit_code == 0, done.output
    after = manifest.read_text("utf-8")
    assert after.startswith(before)
    assert frozen_in(manifest).entry == "http://10.0.0.9:81/s?wsdl"
    again = freeze(manifest, "--wsdl", described(tmp_path))
    assert again.exit_code == 0
    assert manifest.read_text("utf-8") == after
    assert not list(tmp_path.glob(".*"))


def test_an_old_description_gives_way_and_what_follows_it_stays(manifest, tmp_path):
    freeze(manifest, "--wsdl", described(tmp_path))
    behind = "\n# Limits agreed by telephone.\nlimits: {deadline: 9s}\n"
    manifest.write_text(manifest.read_text("utf-8") + behind, "utf-8")
    assert freeze(manifest, "--wsdl", described(tmp_path, LOSSY)).exit_code == 0
    after = manifest.read_text("utf-8")
    assert after.endswith(behind.lstrip())
    assert after.count("\nwsdl:") == 1
    assert load(after, "x").limits.deadline == 9


def test_every_operation_is_accounted_for(manifest, tmp_path):
    done = freeze(manifest, "--wsdl", described(tmp_path, LOSSY))
    told = [line.split("\t") for line in done.stdout.splitlines() if "\t" in line]
    assert {line[0] for line in told} == {"usable", "unusable"}
    assert len(told) == LOSSY.count("<soap:operation")
    assert all(len(line) == 5 for line in told if line[0] == "unusable")


def test_another_file_is_written_when_asked_for(manifest, tmp_path):
    before = manifest.read_bytes()
    done = freeze(manifest, "--wsdl", described(tmp_path), "--output", tmp_path / "new.yaml")
    assert done.exit_code == 0
    assert manifest.read_bytes() == before
    assert frozen_in(tmp_path / "new.yaml").documents


def test_parts_beside_the_file_come_with_it_and_others_are_refused(manifest, tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "types.xsd").write_text(alone(WRAPPER), "utf-8")
    before = manifest.read_bytes()
    for place in ("types.xsd", "../types.xsd", "file:///etc/hostname"):
        refused = freeze(manifest, "--wsdl", described(inside, importing(place)))
        assert isinstance(refused.exception, AgencyFailed)
        assert refused.exception.fault is Fault.NOT_ADMITTED
    assert manifest.read_bytes() == before
    shutil.copy(tmp_path / "types.xsd", inside)
    assert freeze(manifest, "--wsdl", described(inside, importing("types.xsd"))).exit_code == 0
    assert len(frozen_in(manifest).documents) == 2


def test_a_manifest_that_would_not_be_one_is_left_alone(manifest, tmp_path):
    manifest.write_text(manifest.read_text("utf-8").replace("holder_uscc: dm", "holder_uscc: '??'"), "utf-8")
    before = manifest.read_bytes()
    refused = freeze(manifest, "--wsdl", described(tmp_path))
    assert isinstance(refused.exception, ManifestInvalid)
    assert manifest.read_bytes() == before


async def test_an_address_is_asked_only_at_the_manifests_own_origin(open_agency, manifest):
    reply = http(PLAIN.encode(), Content_Type="text/xml", Connection="close")
    own, other = await open_agency(says(reply)), await open_agency(says(reply))
    manifest.write_text(MANIFEST.replace("BASE", own.url), "utf-8")
    refused = await asyncio.to_thread(freeze, manifest, "--wsdl", f"{other.url}/s?wsdl")
    assert isinstance(refused.exception, AgencyFailed)
    assert refused.exception.fault is Fault.NOT_ADMITTED
    assert "download it" in refused.exception.detail.en
    assert not other.asked
    done = await asyncio.to_thread(freeze, manifest)
    assert done.exit_code == 0, done.output
    assert frozen_in(manifest).entry == f"{own.url}/s?wsdl"
