"""What a manifest makes of a document: what is held, dropped, refused or signalled."""

import json
from typing import Any

import pytest

from adapters.base import ReadOut
from adapters.egress import Egress
from adapters.manifest import load
from adapters.mapping import ROWS, SIGNALS, fits
from adapters.rest import RestAdapter
from contracts.errors import AgencyFailed, Fault
from contracts.exchange import Evidence
from contracts.material import Attachment, AttachmentState, KeyUsed, Legal, Retrieval
from contracts.time import parse_instant

COMPANY = """\
agency: mdj-x
title: {zh: 某局, en: Some Bureau}
sharing: {class: unconditional}
connection: {protocol: rest, base: "https://x.example.gov.cn"}
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
      uscc: {at: dm, as: identifier, key: holder_uscc}
      legal_rep_masked: fr
      status: zt
      former_names: {rows: cym, fields: {name: mc, changed_on: {at: rq, as: date}}}
    legal: {in_force: {at: zt, in: [存续]}, revoked: {at: zt, in: [吊销]}}
"""
USCC = "91231000DEM0AA016M"
NOW = parse_instant("2026-03-02T14:05:09.120+08:00")
ROW: dict[str, Any] = {"mc": "演示公司", "dm": USCC, "fr": "张*", "zt": "存续", "cym": []}


def read(document: object, yaml: str = COMPANY, kind: str = "company-record", **key: str) -> ReadOut:
    manifest = load(yaml, "mdj-x.yaml")
    name, value = next(iter(key.items()), ("holder_uscc", USCC))
    evidence = Evidence(
        agency="mdj-x",
        manifest_version=1,
        kind=kind,
        asked={},
        key=KeyUsed(name=name, value=value, confirmed=True),
        received_at=NOW,
        status=200,
        headers=(),
        body=json.dumps(document).encode(),
    )
    return RestAdapter(manifest, 1, Egress(), str, lambda: NOW).read(evidence)


def fault_of(document: object, yaml: str = COMPANY, **how: Any) -> Fault:
    with pytest.raises(AgencyFailed) as caught:
        read(document, yaml, **how)
    assert caught.value.__cause__ is None
    return caught.value.fault


def test_personal_fields_are_dropped_at_reading_unless_the_terms_name_them():
    out = read({"data": ROW})
    assert out.materials[0].fields == {"name": "演示公司", "uscc": USCC, "status": "存续", "former_names": []}
    assert out.drift == ()
    named = COMPANY.replace("unconditional", "unconditional, personal: [company-record.legal_rep_masked]")
    assert read({"data": ROW}, named).materials[0].fields["legal_rep_masked"] == "张*"


@pytest.mark.parametrize(
    ("status", "force"), [("存续", Legal.IN_FORCE), ("吊销", Legal.REVOKED), ("迁出", Legal.UNKNOWN)]
)
def test_legal_force_is_what_the_issuer_says(status, force):
    assert read({"data": [{**ROW, "zt": status}]}).materials[0].legal is force


@pytest.mark.parametrize("none", [None, [], {}, ""])
def test_none_stands_on_the_agencys_word(none):
    [material] = read({"data": none}).materials
    assert material.retrieval is Retrieval.NOT_FOUND
    assert material.fields == {}


def test_no_word_of_none_is_not_none():
    """An interface that lost its envelope must not look like an empty register."""
    assert fault_of({"daten": [ROW]}, COMPANY.replace("empty: true", 'in: ["0"]')) is Fault.OFF_CONTRACT


def test_a_stranger_among_the_rows_spoils_them_all():
    other = {**ROW, "dm": "91231000DEM0AB0271"}
    assert fault_of({"data": [ROW, other]}) is Fault.OTHER_PROJECT
    assert fault_of({"data": [{**ROW, "dm": None}]}) is Fault.OTHER_PROJECT
    assert fault_of({"data": [{**ROW, "dm": [USCC]}]}) is Fault.OTHER_PROJECT


def test_a_row_that_does_not_repeat_the_key_passes_only_if_the_manifest_says_so():
    unstated = COMPANY.replace("about: {holder_uscc: dm}", "about: {holder_uscc: unstated}")
    assert read({"data": [{**ROW, "dm": "91231000DEM0AB0271"}]}, unstated).materials


@pytest.mark.parametrize(
    ("key", "asked", "said", "fit", "fitting"),
    [
        ("project_name", "翰林示例城", "翰林示例城", "same", True),
        ("project_name", "翰林示例城", "翰林示例城一期", "same", False),
        ("project_name", "翰林示例城", "翰林示例城（一期）", "starts", True),
        ("project_name", "翰林示例城一期", "翰林示例城", "starts", False),
        ("project_name", "翰林示例城", "锦绣示例城", "starts", False),
        ("project_name", "翰林示例城", "", "starts", False),
        (
            "project_permit_no",
            "建字第231005202100017号",
            " 建字第２３１００５２０２１０００１７号",
            "same",
            True,
        ),
        ("project_code", "2012-231005-04-01-735188", "20122310050401735188", "same", True),
        ("parcel_code", "231005003008GB00021", "231005003008GB00021F00010001", "same", True),
        ("unit_code", "231005003008GB00021F00010001", "231005003008GB00021", "same", True),
        ("unit_code", "231005003008GB00021F00010001", "231005003008GB00021F00010002", "same", False),
        ("parcel_code", "231005003008GB00021", "231005003008GB0002", "same", False),
        ("parcel_code", "231005003008GB00021", "231003005012GB00034W00000000", "same", False),
        ("parcel_code", "231005003008GB00021", "", "same", False),
    ],
)
def test_what_fits_the_key_that_was_asked(key, asked, said, fit, fitting):
    assert fits(key, asked, said, fit) is fitting


@pytest.mark.parametrize(
    "change",
    [{"mc": None}, {"mc": ""}, {"mc": {}}, {"mc": ["甲"]}, {"cym": "甲"}, {"cym": [1]}],
)
def test_a_row_the_contract_cannot_take_is_off_contract(change):
    assert fault_of({"data": [{**ROW, **change}]}) is Fault.OFF_CONTRACT


def test_a_character_that_no_store_holds_makes_a_reply_unreadable():
    assert fault_of({"data": [{**ROW, "mc": "甲\x00"}]}) is Fault.UNREADABLE


def test_an_error_names_the_field_and_not_its_value():
    with pytest.raises(AgencyFailed) as caught:
        read({"data": [{**ROW, "cym": [{"mc": "甲", "rq": "张三 13900000000"}]}]})
    assert "former_names[].changed_on" in caught.value.detail.en
    assert "former_names[].changed_on" in caught.value.detail.zh
    assert "139" not in f"{caught.value.detail}"


def test_too_many_rows_are_refused():
    assert fault_of({"data": [ROW] * (ROWS + 1)}) is Fault.OFF_CONTRACT
    assert len(read({"data": [ROW] * 3}).materials) == 3


def test_what_nobody_mapped_is_signalled_once_and_boundedly():
    rows = [{**ROW, "xz": "", "更多": {"甲": [1]}}] * 2
    signals = [(signal.path, signal.reason) for signal in read({"data": rows, "total": 2}).drift]
    assert signals == [("data[].xz", "unmapped"), ("data[].更多.甲[]", "unmapped"), ("total", "unmapped")]
    flood = {f"k{number}": number for number in range(1000)} | {"\u202e" + "y" * 500: 1}
    drift = read({"data": [{**ROW, **flood}]}).drift
    assert len(drift) == SIGNALS
    assert all(len(signal.path) <= 120 and signal.path.isprintable() for signal in drift)


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("XZDM_2", "data[].XZDM_2"),
        ("备注", "data[].备注"),
        ("230102199003070314", "data[].…"),
        ("张 三", "data[].…"),
        ("line\nfeed", "data[].…"),
    ],
)
def test_a_signal_names_columns_and_nothing_else_that_a_reply_is_keyed_by(key, shown):
    assert shown in {signal.path for signal in read({"data": [{**ROW, key: "x"}], "total": 1}).drift}


def test_what_is_ignored_by_name_is_not_signalled():
    yaml = COMPANY + "    ignore: [更多]\n    around: [total]\n"
    assert read({"data": [{**ROW, "更多": {"甲": [1]}}], "total": 2}, yaml).drift == ()


def test_an_identifier_that_is_none_is_kept_and_signalled():
    yaml = COMPANY.replace("about: {holder_uscc: dm}", "about: {holder_uscc: unstated}")
    out = read({"data": [{**ROW, "dm": "无此代码"}]}, yaml)
    assert out.materials[0].fields["uscc"] == "无此代码"
    assert [(signal.path, signal.reason) for signal in out.drift] == [("uscc", "not-an-identifier")]


def test_a_field_may_have_nulls_of_its_own():
    zero = {"data": [{**ROW, "zt": "0"}]}
    assert "status" not in read(zero).materials[0].fields
    own = COMPANY.replace("status: zt", 'status: {at: zt, "null": ["/"]}')
    assert read(zero, own).materials[0].fields["status"] == "0"
    everywhere = COMPANY.replace("materials:", 'null: ["-"]\nmaterials:')
    assert read(zero, everywhere).materials[0].fields["status"] == "0"


def test_a_constant_stands_where_the_agency_says_nothing():
    yaml = COMPANY.replace("status: zt", "status: {always: 存续}")
    assert read({"data": [{**ROW, "zt": "吊销"}]}, yaml).materials[0].fields["status"] == "存续"


FILES = """\
    attachments:
      rows: fj
      name: mc
      at: dz
      type: {at: lx, table: {"6": 宗地图, "*": 其他}}
      bytes: {at: dx, as: integer}
      sha256: zy
"""
FILE = {"mc": "宗地图.pdf", "dz": "up/1.pdf", "lx": 6, "dx": "409600", "zy": "a" * 64}


def files(*found: dict[str, Any]) -> tuple[Attachment, ...]:
    out = read({"data": [{**ROW, "fj": list(found)}]}, COMPANY + FILES)
    listed = [file.id for file in out.materials[0].attachments if file.state is AttachmentState.LISTED]
    assert [place.attachment for place in out.locators] == listed
    return out.materials[0].attachments


def test_files_are_listed_with_what_the_agency_says_of_them():
    [file] = files(FILE)
    assert file.name == "宗地图.pdf"
    assert file.doc_type == "宗地图"
    assert file.bytes == 409600
    assert file.sha256 == "a" * 64
    assert files({**FILE, "lx": "77"})[0].doc_type == "其他"


def test_a_place_names_a_file_once_and_for_all():
    [first], [again] = files(FILE), files({**FILE, "mc": "新名.pdf"})
    assert first.id == again.id
    assert len(files(FILE, FILE)) == 1
    assert len(files(FILE, {**FILE, "dz": "up/2.pdf"})) == 2


def test_a_file_without_a_place_is_absent():
    [file] = files({**FILE, "dz": ""})
    assert file.state is AttachmentState.ABSENT


@pytest.mark.parametrize("change", [{"mc": None}, {"dx": "-1"}, {"dx": "1.5"}, {"zy": "short"}, {"dz": {}}])
def test_a_file_described_wrongly_is_off_contract(change):
    document = {"data": [{**ROW, "fj": [{**FILE, **change}]}]}
    assert fault_of(document, COMPANY + FILES) is Fault.OFF_CONTRACT


def test_an_answer_to_a_kind_or_key_the_manifest_does_not_know():
    assert fault_of({"data": [ROW]}, kind="land-right") is Fault.OFF_CONTRACT
    assert fault_of({"data": [ROW]}, project_name="演示公司") is Fault.OFF_CONTRACT


def test_a_json_text_within_the_reply_is_read_as_strictly():
    yaml = COMPANY.replace("decode: [json]", "decode: [json, {as: json, at: data}]")
    out = read({"data": json.dumps([{**ROW, "xz": 1}])}, yaml)
    assert out.materials[0].fields["name"] == "演示公司"
    assert [signal.path for signal in out.drift] == ["data[].xz"]
    assert fault_of({"data": '[{"mc": 1, "mc": 2}]'}, yaml) is Fault.UNREADABLE
