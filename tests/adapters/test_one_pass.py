"""A row read in one pass says what path after path would have said, and leaves the same unseen."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.base import ReadOut
from adapters.decode import Path, Sight, Use, XmlPath, XmlSight, decode, parse_xml
from adapters.manifest import Manifest, load
from adapters.mapping import Interpreter
from contracts.exchange import Evidence
from contracts.kinds import FIELDS
from contracts.material import KeyUsed, Seal
from contracts.time import parse_instant

NAMES = st.sampled_from(["a", "b", "c", "甲"])
USES = st.dictionaries(NAMES, st.sampled_from(list(Use)), max_size=4)
TEXTS = st.sampled_from(["", " ", "x", "1"])
MARKS = st.sampled_from(["", "", ' k="v"', ' x:nil="true"'])
TREES = st.recursive(
    st.tuples(NAMES, MARKS, TEXTS),
    lambda below: st.tuples(NAMES, MARKS, TEXTS, st.lists(below, min_size=1, max_size=4)),
    max_leaves=12,
)
ROWS = st.lists(st.tuples(st.just("row"), MARKS, TEXTS, st.lists(TREES, max_size=6)), min_size=1, max_size=3)
JSON_ROWS = st.recursive(
    TEXTS | st.none(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=4),
    max_leaves=12,
)


def written(tree) -> str:
    name, marks, words, below = (*tree, [])[:4]
    return f"<{name}{marks}>{words}{''.join(map(written, below))}</{name}>"


def followed(sight, path, use, within):
    """What the one path leads to, looked for by itself."""
    if use is Use.VALUE:
        return sight.find(path, within)
    if use is Use.ROWS:
        return sight.rows(path, within)
    sight.pass_over(path, within)
    return None


def shown(use, found):
    return None if use is Use.IGNORED else found


@settings(deadline=None, max_examples=300)
@given(ROWS, USES, USES)
def test_xml_opened_says_what_its_paths_say(rows, uses, below):
    xsi = 'xmlns:x="http://www.w3.org/2001/XMLSchema-instance" xmlns="urn:n"'
    root = parse_xml(f"<r {xsi}>{''.join(map(written, rows))}</r>")
    once, often = XmlSight(root), XmlSight(root)
    for within in root:
        said = once.open(within, uses)
        for name, use in uses.items():
            found = followed(often, XmlPath(name), use, within)
            assert shown(use, said.get(name)) == found
            for inner in found or () if use is Use.ROWS else ():
                once.open(inner, below)
                for deeper, purpose in below.items():
                    followed(often, XmlPath(deeper), purpose, inner)
    assert list(once.unseen()) == list(often.unseen())


@settings(deadline=None, max_examples=300)
@given(st.lists(st.dictionaries(NAMES, JSON_ROWS, max_size=4), max_size=3), USES)
def test_json_opened_says_what_its_paths_say(rows, uses):
    once, often = Sight(rows), Sight(rows)
    for within in rows:
        said = once.open(within, uses)
        for name, use in uses.items():
            assert shown(use, said.get(name)) == followed(often, Path(f'"{name}"'), use, within)
    assert list(once.unseen()) == list(often.unseen())


MANIFEST = """\
agency: mdj-x
title: {zh: 某局, en: Some Bureau}
sharing: {class: unconditional}
connection: {protocol: rest, base: "https://x.example.gov.cn"}
materials:
  - kind: construction-planning-permit
    ask_by: [project_name]
    ask: {path: /q, query: {xm: "{project_name}"}}
    decode: [xml]
    none: {at: count(/r/row), in: ["0"]}
    rows: /r/row
    about: {project_name: xm}
    ignore: [xm, bz]
    fields:
      permit_no: zh
      project_name: xm
      total_area_m2: {at: "zh[1=1]/../mj", as: area, unit: m2}
      buildings: {rows: ld, fields: {"no": dh, area_m2: {at: mj, as: area, unit: m2}}}
    attachments: {rows: ld, name: mc, at: wj}
"""
REPLY = """<r><row><xm>某苑</xm><bz><n>1</n></bz><zh>建1</zh><mj>12</mj>
<ld><dh>1</dh><mj>5.5</mj><mc>图1</mc><wj>/1</wj></ld><ld><dh>2</dh><mc>图2</mc><wj>/2</wj><q>?</q></ld></row></r>"""


LOADED = load(MANIFEST, "mdj-x.yaml")
RULE = LOADED.materials[0]


def read(reply: str, manifest: Manifest = LOADED) -> ReadOut:
    evidence = Evidence(
        agency="mdj-x",
        manifest_version=1,
        kind=RULE.kind,
        asked={},
        key=KeyUsed(name="project_name", value="某苑", confirmed=True),
        received_at=parse_instant("2026-03-02T14:05:09.120+08:00"),
        status=200,
        headers=(),
        body=reply.encode(),
    )
    document = decode(evidence.body, "", [step.step() for step in RULE.decode])
    return Interpreter(manifest, 1).read(evidence, document, Seal())


def test_a_name_wanted_in_several_ways_is_read_in_each():
    """The project's name is mapped and ignored, the buildings are rows of a field and of attachments."""
    out = read(REPLY)
    [material] = out.materials
    assert material.fields == {
        "permit_no": "建1",
        "project_name": "某苑",
        "total_area_m2": "12.00",
        "buildings": [{"no": "1", "area_m2": "5.50"}, {"no": "2"}],
    }
    assert [file.name for file in material.attachments] == ["图1", "图2"]
    assert [signal.path for signal in out.drift] == ["/r/row/ld/q"]


def test_fields_stand_in_the_contracts_order_whatever_the_manifests():
    first, last = "    fields:\n      permit_no: zh\n", "    attachments:"
    turned = load(MANIFEST.replace(first, "    fields:\n").replace(last, f"      permit_no: zh\n{last}"), "x")
    assert list(turned.materials[0].fields)[-1] == "permit_no"
    [material] = read(REPLY, turned).materials
    assert list(material.fields) == [name for name in FIELDS[RULE.kind].model_fields if name in RULE.fields]


@pytest.mark.parametrize("kind", FIELDS)
def test_a_contract_changes_no_field_it_takes(kind):
    """Reading checks fields against the contract and keeps them as they are: so no type may convert."""
    schema = FIELDS[kind].model_json_schema(mode="serialization")
    taken = FIELDS[kind].model_json_schema(mode="validation")
    assert schema == taken
    kinds = {part.get("type") for part in leaves(taken)}
    assert kinds <= {"string", "integer", "boolean", "null"}


def leaves(schema):
    """The types at the ends of a schema."""
    for part in [*schema.get("$defs", {}).values(), schema]:
        for field in part["properties"].values():
            for way in field.get("anyOf", [field]):
                yield from [way["items"]] if "items" in way and "$ref" not in way["items"] else []
                yield from [way] if "type" in way and way["type"] != "array" else []
