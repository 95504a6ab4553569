"""A front-end database asked live: which rows count, and that every value comes through as it stands."""

# ruff: noqa: S608  the agency's own statements, in a database that is thrown away

import json
from decimal import Decimal

import pytest

from adapters.base import Deadline, Key
from contracts.errors import AgencyFailed, Fault
from contracts.material import Retrieval
from tests.adapters.table.conftest import READER, SECRET
from tests.adapters.table.filings import CODE, COLUMNS
from tests.samples.tables import STATEMENT

TABLE, FILING = "table: SPGL_JSGCJGYSBAXXB", "2310052103150101-JX-001"


def numbers(out):
    return [material.fields["filing_no"] for material in out.materials]


async def test_a_row_becomes_a_material(clean, desk):
    clean.put()
    out = await desk(clean.base).read()
    [material] = out.materials
    assert material.retrieval is Retrieval.RECEIVED
    assert material.legal == "in_force"
    assert material.fields == {
        "filing_no": FILING,
        "engineering_code": f"{CODE}-001",
        "construction_permit_no": "231005202103150101",
        "holder_name": "牡丹江翰林演示房地产开发有限公司",
        "holder_uscc": "91231000DEM0AA016M",
        "joint_acceptance": True,
        "total_area_m2": "108611.27",
        "started_on": "2021-04-02",
        "completed_on": "2022-10-31",
        "filed_on": "2022-11-10",
    }
    assert out.drift == ()


async def test_the_evidence_is_the_rows_as_they_stand(clean, desk, clock):
    clean.put()
    [evidence] = await desk(clean.base).pull()
    kept = json.loads(evidence.body, parse_float=Decimal)
    assert kept == {"table": "SPGL_JSGCJGYSBAXXB", "rows": [COLUMNS]}
    assert list(kept["rows"][0]) == list(COLUMNS)
    assert b'"RFMJ": 4200.00,' in evidence.body
    assert (evidence.status, evidence.received_at) == (200, clock())
    assert evidence.asked == {
        "method": "SELECT",
        "url": clean.base,
        "body": f"{STATEMENT} -- $1={CODE}%, $2=1",
    }
    assert READER not in str(evidence.asked)
    assert SECRET not in str(evidence.asked)


async def test_nothing_found_is_said_to_be_none(clean, desk):
    clean.put(GCDM="2012-231005-04-01-735189-001")
    [material] = (await desk(clean.base).read()).materials
    assert material.retrieval is Retrieval.NOT_FOUND


async def test_a_corrected_row_is_gone_with_its_mark(clean, desk):
    clean.put(LSH=1, ZJZMJ="1.00", SJYXBS=0)
    clean.put(LSH=2, ZJZMJ="2.00")
    [material] = (await desk(clean.base).read()).materials
    assert material.fields["total_area_m2"] == "2.00"


async def test_of_one_document_the_newest_row_counts_though_nobody_marked_the_old_one(clean, desk):
    for number, area in ((7, "7.00"), (9, "9.00"), (8, "8.00"), (None, "6.00")):
        clean.put(LSH=number, ZJZMJ=area)
    [material] = (await desk(clean.base).read()).materials
    assert material.fields["total_area_m2"] == "9.00"


@pytest.mark.parametrize("number", [None, "", "  "])
async def test_a_row_without_a_number_is_no_other_rows_document(clean, desk, number):
    """Nothing tells that they belong together: both are there, whatever counts them."""
    clean.put(LSH=1)
    for place, serial in enumerate((7, 7, None)):
        clean.put(LSH=serial, JGYSBABH=number, SGXKZBH=f"23100520210315010{place}")
    [evidence] = await desk(clean.base).pull()
    rows = json.loads(evidence.body)["rows"]
    assert [row["LSH"] for row in rows] == [7, 7, 1, None]
    assert sorted(row["SGXKZBH"][-1] for row in rows) == ["0", "1", "1", "2"]


async def test_a_number_may_be_one(clean, desk):
    clean.run('CREATE VIEW numbers AS SELECT *, "SJSCZT" AS "BH" FROM "SPGL_JSGCJGYSBAXXB"')
    for serial, number in ((1, 5), (2, 5), (3, None), (4, None)):
        clean.put(LSH=serial, SJSCZT=number)
    [evidence] = await desk(clean.base, (TABLE, "table: numbers"), ("per: JGYSBABH", "per: BH")).pull()
    assert [row["LSH"] for row in json.loads(evidence.body)["rows"]] == [4, 3, 2]


@pytest.mark.parametrize("kind", ["text", "varchar(50)", "char(4)", "name", "serial_no", "citext"])
async def test_rows_that_are_sorted_as_text_are_none(clean, desk, kind):
    """As text, 999 is newer than 1001."""
    clean.put(LSH=999, ZJZMJ="1.00")
    clean.put(LSH=1001, ZJZMJ="2.00")
    clean.run("CREATE DOMAIN serial_no AS varchar")
    clean.run("CREATE EXTENSION IF NOT EXISTS citext")
    clean.run(f'CREATE VIEW worded AS SELECT *, "LSH"::{kind} AS "XH" FROM "SPGL_JSGCJGYSBAXXB"')
    opened = desk(clean.base, (TABLE, "table: worded"), ("newest: LSH", "newest: XH"))
    try:
        with pytest.raises(AgencyFailed) as caught:
            await opened.pull()
        probed = await opened.adapter.probe(Deadline.after(30))
    finally:
        clean.run("DROP VIEW worded")
        clean.run("DROP DOMAIN serial_no")
    assert (caught.value.fault, "XH" in caught.value.detail.zh) == (Fault.OFF_CONTRACT, True)
    assert {step.name: step.fault for step in probed.steps}["settings"] is Fault.OFF_CONTRACT


async def test_a_type_of_their_own_that_is_no_text_tells_the_newest_row(clean, desk):
    clean.put(LSH=1)
    clean.put(LSH=2)
    clean.run("CREATE TYPE turn AS ENUM ('2', '1')")
    clean.run('CREATE VIEW turned AS SELECT *, "LSH"::text::turn AS "XH" FROM "SPGL_JSGCJGYSBAXXB"')
    try:
        opened = desk(clean.base, (TABLE, "table: turned"), ("newest: LSH", "newest: XH"))
        [evidence] = await opened.pull()
    finally:
        clean.run("DROP VIEW turned")
        clean.run("DROP TYPE turn")
    assert [row["XH"] for row in json.loads(evidence.body)["rows"]] == ["1"]


async def test_several_documents_come_newest_first(clean, desk):
    for number in (3, 12, 5):
        clean.put(LSH=number, JGYSBABH=f"2310052103150101-JX-{number:03}", GCDM=f"{CODE}-{number:03}")
    found = numbers(await desk(clean.base).read())
    assert [number[-3:] for number in found] == ["012", "005", "003"]


async def test_without_per_every_row_counts(clean, desk):
    clean.put(LSH=1)
    clean.put(LSH=2)
    out = await desk(clean.base, ("      per: JGYSBABH\n", "")).read()
    assert numbers(out) == [FILING, FILING]


async def test_another_key_is_asked_by_its_own_column(clean, desk):
    clean.put(LSH=1)
    clean.put(LSH=2, SGXKZBH="231005202103150102", JGYSBABH="x")
    permit = {
        "construction_permit_no": (Key("construction_permit_no", "231005202103150101", confirmed=True),)
    }
    assert numbers(await desk(clean.base).read(permit)) == [FILING]


async def test_what_a_pattern_would_match_stands_for_itself(clean, desk):
    clean.put(GCDM="2012x231005-04-01-735188-001")
    named = ('GCDM: {value: "{project_code}", fit: starts}', 'JSDW: {value: "{project_name}", fit: starts}')
    edits = (
        named,
        ("ask_by: [project_code,", "ask_by: [project_name,"),
        ("project_code: {at: GCDM", "project_name: {at: JSDW"),
    )
    clean.put(LSH=2, JSDW="100%_\\湖滨'园", JGYSBABH="b")
    clean.put(LSH=3, JSDW="100ab\\湖滨'园", JGYSBABH="c")
    desk_of_names = desk(clean.base, *edits)
    name = {"project_name": (Key("project_name", "100%_\\湖滨'", confirmed=True),)}
    assert numbers(await desk_of_names.read(name)) == ["b"]


async def test_more_rows_than_may_come_are_said_to_be_too_many(clean, desk):
    for number in range(4):
        clean.put(LSH=number, JGYSBABH=str(number + 1))
    assert len((await desk(clean.base, ("tls: off", "tls: off\n    rows: 4")).read()).materials) == 4
    with pytest.raises(AgencyFailed) as caught:
        await desk(clean.base, ("tls: off", "tls: off\n    rows: 3")).pull()
    assert caught.value.fault is Fault.TOO_LARGE
    assert "3" in caught.value.detail.zh


async def test_a_new_column_is_a_signal(clean, desk):
    clean.put()
    clean.run('ALTER TABLE "SPGL_JSGCJGYSBAXXB" ADD "BGYY" text')
    try:
        out = await desk(clean.base).read()
    finally:
        clean.run('ALTER TABLE "SPGL_JSGCJGYSBAXXB" DROP "BGYY"')
    assert [(signal.path, signal.reason) for signal in out.drift] == [("rows[].BGYY", "unmapped")]
    assert numbers(out) == [FILING]


VALUES = {
    "长期": ("date", "'9999-01-01'", '"9999-01-01"'),
    "永远": ("date", "'infinity'", '"infinity"'),
    "公元前": ("date", "'0044-03-15 BC'", '"0044-03-15 BC"'),
    "时刻": ("timestamp", "'2022-11-10 08:30:00.5'", '"2022-11-10T08:30:00.5"'),
    "带时区": ("timestamptz", "'2022-11-10 08:30:00+08'", '"2022-11-10T00:30:00+00:00"'),
    "精确": ("numeric", "12345678901234567890.10", "12345678901234567890.10"),
    "非数": ("numeric", "'NaN'", '"NaN"'),
    "浮点": ("float8", "0.1", "0.1"),
    "大整数": ("int8", "9007199254740993", "9007199254740993"),
    "是否": ("boolean", "true", "true"),
    "空值": ("text", "NULL", "null"),
    "空文本": ("text", "''", '""'),
    "文件": ("bytea", "'\\x00ff'", '"AP8="'),
    "定长": ("char(4)", "'ab'", '"ab  "'),
    "结构": ("jsonb", "'{\"a\": [1.50, null]}'", '{"a": [1.50, null]}'),
    "双键": ("json", '\'{"a": 1, "a": 2}\'', '"{\\"a\\": 1, \\"a\\": 2}"'),
    "数组": ("int[]", "'{1,2}'", '"{1,2}"'),
    '引"号; DROP': ("text", "'引\"号\\'", '"引\\"号\\\\"'),
    "百分%s": ("text", "'%s'", '"%s"'),
}


async def test_every_value_comes_through_as_it_stands(clean, desk):
    named = {column.replace('"', '""'): each for column, each in VALUES.items()}
    columns = ", ".join(f'"{column}" {kind}' for column, (kind, _, _) in named.items())
    clean.run('CREATE SCHEMA "前""置"')
    clean.run(f'GRANT USAGE ON SCHEMA "前""置" TO {READER}')
    clean.run(f'CREATE TABLE "前""置"."竣工 备案"(工程代码 text, {columns})')
    values = ", ".join(value for _, value, _ in named.values())
    clean.run(f'INSERT INTO "前""置"."竣工 备案" VALUES (\'{CODE}\', {values})')
    asked = (
        ("tls: off", "tls: off\n    schema: '前\"置'"),
        ("table: SPGL_JSGCJGYSBAXXB", "table: 竣工 备案"),
        ('GCDM: {value: "{project_code}", fit: starts}', '工程代码: "{project_code}"'),
        ('        SGXKZBH: "{construction_permit_no}"\n        SJYXBS: 1\n', ""),
        ("      newest: LSH\n      per: JGYSBABH\n", ""),
        ("[project_code, construction_permit_no]", "[project_code]"),
        ("      construction_permit_no: SGXKZBH\n    fields:", "    fields:"),
    )
    [evidence] = await desk(clean.base, *asked).pull()
    [row] = json.loads(evidence.body, parse_float=Decimal)["rows"]
    assert list(row) == ["工程代码", *VALUES]
    body = evidence.body.decode()
    for column, (_, _, written) in VALUES.items():
        assert f"{json.dumps(column, ensure_ascii=False)}: {written}" in body


async def test_a_database_in_another_encoding(cluster, server, desk):
    """EUC_CN is GB 2312; the server turns it into UTF-8 for us, and our parameters back."""
    cluster.run("CREATE DATABASE qzk_cn ENCODING 'EUC_CN' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    try:
        columns = ", ".join(f'"{name}" {"bigint" if name == "LSH" else "text"}' for name in COLUMNS)
        cluster.run(f'CREATE TABLE "SPGL_JSGCJGYSBAXXB" ({columns})', "qzk_cn")
        cluster.run(f'GRANT SELECT ON "SPGL_JSGCJGYSBAXXB" TO {READER}', "qzk_cn")
        values = ", ".join("NULL" if value is None else f"'{value}'" for value in COLUMNS.values())
        cluster.run(f'INSERT INTO "SPGL_JSGCJGYSBAXXB" VALUES ({values})', "qzk_cn")
        holder = ('GCDM: {value: "{project_code}", fit: starts}', 'JSDW: "{holder_name}"')
        edits = (
            holder,
            ("[project_code,", "[holder_name,"),
            ("project_code: {at: GCDM, fit: starts}", "holder_name: JSDW"),
        )
        name = {"holder_name": (Key("holder_name", str(COLUMNS["JSDW"]), confirmed=True),)}
        office = desk(cluster.url("qzk_cn").replace("postgres@", ""), *edits)
        out = await office.read(name)
        assert out.materials[0].fields["holder_name"] == COLUMNS["JSDW"]
        rare = {"holder_name": (Key("holder_name", "测试镕建公司", confirmed=True),)}
        with pytest.raises(AgencyFailed) as caught:
            await office.read(rare)
        assert caught.value.fault is Fault.UNREADABLE
    finally:
        cluster.run("DROP DATABASE qzk_cn WITH (FORCE)")


async def test_a_database_that_does_not_say_what_its_octets_mean(cluster, server, desk):
    """SQL_ASCII hands out what it was given, here GBK: nothing is guessed."""
    cluster.run(
        "CREATE DATABASE qzk_ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    )
    try:
        holder = "convert_from(decode('cab5c0fd', 'hex'), 'SQL_ASCII')"
        columns = f'{holder} AS "JSDW", \'{CODE}\'::text AS "GCDM", 1 AS "SJYXBS"'
        columns += ', 1 AS "LSH", 1 AS "JGYSBABH"'
        cluster.run(f'CREATE VIEW "SPGL_JSGCJGYSBAXXB" AS SELECT {columns}', "qzk_ascii")
        cluster.run(f'GRANT SELECT ON "SPGL_JSGCJGYSBAXXB" TO {READER}', "qzk_ascii")
        with pytest.raises(AgencyFailed) as caught:
            await desk(cluster.url("qzk_ascii").replace("postgres@", "")).pull()
    finally:
        cluster.run("DROP DATABASE qzk_ascii WITH (FORCE)")
    assert (caught.value.fault, "UTF8" in caught.value.detail.zh) == (Fault.UNREADABLE, True)
