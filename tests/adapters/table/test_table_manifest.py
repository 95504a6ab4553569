"""A manifest that names a table says all that reading one needs, and nothing that is for other protocols."""

import pytest

from adapters.manifest.tables import database_at
from contracts.errors import ManifestInvalid
from tests.adapters.table.filings import PASSWORD, USER, manifest

BASE = "postgresql://127.0.0.1:5432/gg_qzk"


def test_it_reads():
    read = manifest()
    [rule], table = read.materials, read.connection.table
    assert table
    assert (table.schema_name, table.user, table.password, table.rows) == ("public", USER, PASSWORD, 500)
    assert rule.ask.placeholders() == {"project_code", "construction_permit_no"}
    said = {column: (each.value, each.fit) for column, each in rule.ask.where.items()}
    assert said == {
        "GCDM": ("{project_code}", "starts"),
        "SGXKZBH": ("{construction_permit_no}", "same"),
        "SJYXBS": ("1", "same"),
    }
    assert (rule.ask.newest, rule.ask.per) == ("LSH", ("JGYSBABH",))
    assert set(read.secret_places) == {USER, PASSWORD}


def test_encryption_and_names_are_checked_unless_it_says_otherwise():
    table = manifest(("    tls: off\n", "")).connection.table
    assert table
    assert table.tls == "verify"


@pytest.mark.parametrize(
    ("base", "found"),
    [
        (BASE, ("127.0.0.1", 5432, "gg_qzk")),
        (
            "postgresql://qzk.example.gov.cn/%E5%89%8D%E7%BD%AE%E5%BA%93",
            ("qzk.example.gov.cn", 5432, "前置库"),
        ),
        ("postgresql://[fd00::5]:6000/a", ("fd00::5", 6000, "a")),
    ],
)
def test_where_a_database_is(base, found):
    assert database_at(base) == found


ODD = [
    (BASE, "http://127.0.0.1:5432/gg_qzk", "connection.base"),
    (BASE, "postgresql://127.0.0.1:5432", "connection.base"),
    (BASE, "postgresql://127.0.0.1:99999/a", "connection.base"),
    (BASE, "postgresql://127.0.0.1:5432/a/b", "connection.base"),
    (BASE, "postgresql://127.0.0.1:5432/a%00b", "connection.base"),
    (BASE, "postgresql://reader@127.0.0.1:5432/a", "connection.base"),
    (BASE, "postgresql://127.0.0.1:5432/a?sslmode=disable", "connection.base"),
    ("protocol: table", "protocol: rest", "connection.table"),
    ("protocol: table", "protocol: filedrop", "connection.table"),
    ("  allow_private: true\n", "", "connection.table.tls"),
    ("  allow_private: true\n", "  allow_private: true\n  headers: {a: b}\n", "connection.headers"),
    ("  allow_private: true\n", "  allow_private: true\n  probe: {path: /x}\n", "connection.probe"),
    *(
        ("user: secret:mdj-qzk/reader-name", f'user: "re{sign}ader"', "connection.table.user")
        for sign in (r"\0", r"\x1f", r"\u202e", r"\u200b")
    ),
    ("password: secret:mdj-qzk/reader", "password: hunter2", "connection.table.password"),
    ("password: secret:mdj-qzk/reader", "password: secret:mdj-nr/app", "connection.table.password"),
    ("    tls: off", "    tls: off\n    rows: 2001", "connection.table.rows"),
    ("    tls: off", "    tls: off\n    schema: ''", "connection.table.schema"),
    ("table: SPGL_JSGCJGYSBAXXB", "table: " + "表" * 22, "materials.0.ask.table"),
    ("table: SPGL_JSGCJGYSBAXXB", "path: /x", "materials.0.ask.path"),
    ("      table: SPGL_JSGCJGYSBAXXB\n", "", "materials.0.ask.table"),
    ("table: SPGL_JSGCJGYSBAXXB", "table: a\n      method: POST", "materials.0.ask.method"),
    ("table: SPGL_JSGCJGYSBAXXB", "table: a\n      json: {a: b}", "materials.0.ask.json"),
    ("      newest: LSH\n", "", "materials.0.ask.per"),
    ("SJYXBS: 1\n", "SJYXBS: secret:mdj-qzk/reader\n", "materials.0.ask.where.SJYXBS"),
    ("SJYXBS: 1\n", "SJYXBS: [1]\n", "materials.0.ask.where.SJYXBS"),
    ("SJYXBS: 1\n", "SJYXBS: '{project_code}{construction_permit_no}'\n", "materials.0.ask.where.SJYXBS"),
    ('SGXKZBH: "{construction_permit_no}"\n', "SGXKZBH: 1\n", "materials.0.ask"),
    ("decode: [json]", "decode: [xml]", "materials.0.decode"),
    ("decode: [json]", "decode: [base64, json]", "materials.0.decode"),
    ("rows: rows", "rows: rows\n    pages: {total: total}", "materials.0.pages"),
    ("rows: rows", "rows: rows\n    attachments: {rows: fj, name: a, at: b}", "materials.0.attachments"),
    ("materials:", "seal: {protocol: sha256-digest, header: X}\nmaterials:", "seal"),
]


@pytest.mark.parametrize(("old", "new", "place"), ODD, ids=[str(number) for number in range(len(ODD))])
def test_what_does_not_belong_is_named_by_its_place(old, new, place):
    with pytest.raises(ManifestInvalid) as caught:
        manifest((old, new))
    assert place in {field for _, field, _ in caught.value.places}
    assert all(why.zh != why.en for _, _, why in caught.value.places)


@pytest.mark.parametrize("part", ["table: a", "where: {a: b}", "newest: a", "per: a"])
def test_what_is_for_tables_stays_there(manifest_at, part):
    line = "ask: {method: GET, path: /dchy/queryXmba,"
    with pytest.raises(ManifestInvalid) as caught:
        manifest_at(**{line: f"{line} {part},"})
    assert f"materials.0.ask.{part.partition(':')[0]}" in {field for _, field, _ in caught.value.places}


def test_a_database_is_no_address_of_another_protocol(manifest_at):
    with pytest.raises(ManifestInvalid) as caught:
        manifest_at(BASE)
    assert [field for _, field, _ in caught.value.places] == ["connection.base"]
