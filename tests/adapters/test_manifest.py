"""Manifests: what may stand in one, and that a mistake is named by file, line and field."""

import json

import jsonschema
import pytest
from ruamel.yaml import YAML

from adapters.functions import CATALOGUE
from adapters.manifest import load, schema
from contracts.errors import ManifestInvalid
from tests.adapters.conftest import ROOT
from tests.adapters.conftest import YAML as NR

SMALL = """\
agency: mdj-x
title: {zh: 某局, en: Some Bureau}
sharing: {class: unconditional}
connection: {protocol: rest, base: "https://x.example.gov.cn/api/"}
materials:
  - kind: company-record
    ask_by: [holder_uscc]
    ask: {path: /q, query: {dm: "{holder_uscc}"}}
    decode: [json]
    none: {at: data, empty: true}
    rows: data
    about: {holder_uscc: dm}
    fields:
      name: mc
"""


def complaint(yaml: str) -> str:
    with pytest.raises(ManifestInvalid) as caught:
        load(yaml, "mdj-x.yaml")
    return caught.value.detail.en


@pytest.mark.parametrize(
    "path", sorted((ROOT / "config" / "agencies").glob("*.yaml")), ids=lambda path: path.stem
)
def test_every_shipped_manifest_loads_and_is_named_after_its_agency(path):
    assert load(path.read_text("utf-8"), path.name).agency == path.stem


def test_the_smallest_manifest():
    manifest = load(SMALL, "mdj-x.yaml")
    assert manifest.connection.base == "https://x.example.gov.cn/api"
    assert manifest.kinds == ("company-record",)
    assert manifest.material("company-record") is not None
    assert manifest.material("land-right") is None
    assert not manifest.connection.allow_private


def changed(old: str, new: str) -> str:
    assert old in SMALL
    return SMALL.replace(old, new)


MISTAKES = {
    "an unknown field": (changed("decode: [json]", "decoder: [json]"), 9, "decode"),
    "a missing field": (changed("    rows: data\n", ""), 6, "rows"),
    "a field the contract lacks": (changed("name: mc", "name: mc\n      nmae: mc"), 15, "no such field"),
    "a required field unmapped": (changed("name: mc", "status: zt"), 13, "lacks the required field name"),
    "a key twice": (changed("    rows: data", "    rows: data\n    rows: daten"), 12, "repeated"),
    "a bad path": (changed("rows: data", "rows: 'data['"), 11, "JMESPath"),
    "a path that computes": (changed("rows: data", "rows: to_array(data)"), 11, "to_array"),
    "an unknown function": (changed("name: mc", "name: {at: mc, as: eval}"), 14, "no function eval"),
    "a function without its unit": (changed("name: mc", "name: {at: mc, as: area}"), 14, "area needs unit"),
    "a unit of another kind": (changed("name: mc", "name: {at: mc, as: area, unit: wan}"), 14, "ha"),
    "an unknown key": (changed("ask_by: [holder_uscc]", "ask_by: [holder_uscc, uscc]"), 7, "unknown key"),
    "a key with no place": (changed('"{holder_uscc}"', "x"), 8, "no place for holder_uscc"),
    "a placeholder not asked by": (changed('"{holder_uscc}"', '"{holder_uscc}{prj_num}"'), 7, "prj_num"),
    "nothing to check the key by": (changed("about: {holder_uscc: dm}", "about: {}"), 12, "holder_uscc"),
    "an unknown kind": (changed("kind: company-record", "kind: company"), 6, "unknown kind"),
    "somebody else's secret": (changed("dm: ", 'k: "secret:mdj-y/app", dm: '), 8, "own secrets"),
    "a base with a password": (changed("https://", "https://u:p@"), 4, "without user"),
    "a base that is a file": (changed("https://x.example.gov.cn/api/", "file:///etc"), 4, "http"),
    "a body in a GET": (changed("path: /q,", "path: /q, form: {a: b},"), 8, "GET has no body"),
    "a header of ours": (changed("protocol: rest,", "protocol: rest, headers: {Host: y},"), 4, "Host"),
    "a header that breaks the line": (
        changed("protocol: rest,", 'protocol: rest, headers: {X-A: "a\\r\\nB: c"},'),
        4,
        "X-A",
    ),
    "an anchor": (changed("rows: data", "rows: &a data"), 11, "anchors"),
    "not YAML": (changed("rows: data", "rows: [data"), 12, ""),
    "a bad duration": (SMALL + "    fresh: {for: a day}\n", 15, "duration"),
    "bad hours": (SMALL.replace("materials:", "limits: {hours: 6-23}\nmaterials:"), 5, "opening hours"),
    "a kind twice": (SMALL + SMALL.partition("materials:\n")[2], 15, "only once"),
    "personal data of nobody here": (
        changed("{class: unconditional}", "{class: unconditional, personal: [company-record.name]}"),
        3,
        "personal",
    ),
    "an HMAC without secret": (
        SMALL.replace("materials:", "seal: {protocol: hmac-sha256, header: X-S}\nmaterials:"),
        5,
        "needs a secret",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_by_file_line_and_field(mistake):
    yaml, line, words = MISTAKES[mistake]
    said = complaint(yaml)
    assert f"mdj-x.yaml:{line}: " in said
    assert words in said


@pytest.mark.parametrize(
    "yaml", ["", "[]", "7", "a: b: c", "\x00", "[" * 5000, "x" * 300_000, "--- a\n--- b\n"]
)
def test_what_is_no_manifest_is_refused_as_one(yaml):
    assert complaint(yaml)


def test_every_mistake_is_named_at_once_in_both_languages():
    yaml = SMALL.replace("rows: data", "rows: 'data['").replace("https://", "ftp://")
    with pytest.raises(ManifestInvalid) as caught:
        load(yaml, "mdj-x.yaml")
    assert len(caught.value.detail.en.splitlines()) == 2
    assert "mdj-x.yaml 第 4 行" in caught.value.detail.zh
    assert "mdj-x.yaml 第 11 行" in caught.value.detail.zh


def test_codes_and_noes_survive_yaml():
    yaml = changed("name: mc", "name: {at: mc, table: {0012: no, no: 0012, 1: yes}}")
    manifest = load(yaml, "mdj-x.yaml")
    assert manifest.materials[0].fields["name"].table == {"0012": "no", "no": "0012", "1": "yes"}


def test_tokens_may_be_written_bare():
    manifest = load(changed("none: {at: data, empty: true}", "none: {at: n, in: [0, true, null, 00]}"), "x")
    assert manifest.materials[0].none.among == ("0", "true", "null", "00")


def test_a_manifest_names_every_secret_it_uses_once():
    yaml = changed('"https', '"https').replace(
        "protocol: rest,",
        "protocol: rest, credentials: {headers: {X-A: 'secret:mdj-x/app'}, query: {k: 'secret:mdj-x/app'}},",
    )
    yaml = yaml.replace('dm: "{', 's: "secret:mdj-x/two", dm: "{')
    assert load(yaml, "x").secrets == ("secret:mdj-x/app", "secret:mdj-x/two")


def test_the_schema_for_editors_accepts_what_we_accept():
    validator = jsonschema.Draft202012Validator(schema())
    validator.check_schema(schema())
    for yaml in (SMALL, NR):
        document = json.loads(json.dumps(YAML(typ="safe", pure=True).load(yaml)))
        assert list(validator.iter_errors(document)) == []


def test_the_schema_describes_every_function():
    description = json.dumps(schema())
    assert all(name in description for name in CATALOGUE)


def test_a_manifest_is_frozen():
    manifest = load(SMALL, "x")
    with pytest.raises(ValueError, match="frozen"):
        setattr(manifest, "agency", "other")  # noqa: B010  what the type checker forbids, too
