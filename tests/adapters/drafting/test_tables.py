"""Tables found in a catalogue, all of them; a question and a mapping drafted for the one that is chosen."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from adapters.base import Deadline
from adapters.drafting import Description, Draft, Frame, Wish, catalogue, drafted, fetching, opened, written
from adapters.drafting.drafts import MaterialDraft
from adapters.egress import Egress
from adapters.manifest import load
from contracts.errors import AgencyFailed, AskMalformed, Fault
from contracts.text import text
from tests.frontdb import CHINESE, ODD, PASSWORD, READER, ROW, STRANGER, TABLE, FrontEnd, front_end
from tests.stores import Cluster

pytestmark = pytest.mark.asyncio(loop_scope="module")

PART = {"schema": "public", "user": READER, "password": "secret:mdj-x/reader", "tls": "off"}


@pytest.fixture(scope="module")
def office(cluster: Cluster):
    with front_end(cluster) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def egress() -> AsyncIterator[Egress]:
    async with Egress() as made:
        yield made


async def read(egress: Egress, address: str, password: str = PASSWORD, **part: str) -> bytes:
    connection = fetching.database(address, PART | part, allow_private=True)
    return await fetching.catalogue_at(
        egress, connection, (connection.table.user if connection.table else "", password), Deadline.after(10)
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def found(egress: Egress, office: FrontEnd) -> Description:
    return catalogue.described(await read(egress, office.address))


async def test_every_table_and_view_is_told_also_what_may_not_be_read(found: Description):
    told = {each.name: (each.usable, each.view) for each in found.operations}
    assert told == {
        TABLE: (True, False),
        CHINESE: (True, False),
        ODD: (True, False),
        "SPGL_XMJBXXB": (False, False),
        "filings": (True, True),
        "partly": (False, False),
    }
    reasons = {each.name: each.reason.en for each in found.operations if each.reason}
    assert "SELECT" in reasons["SPGL_XMJBXXB"]
    assert "some columns" in reasons["partly"]


async def test_columns_come_in_their_order_with_types_and_comments(found: Description):
    table = found.operation(TABLE)
    assert table is not None
    assert table.doc == "竣工验收备案信息表"
    assert [each.name for each in table.inputs] == list(ROW)
    said = {each.name: (each.type, each.doc) for each in table.inputs}
    assert said["JGYSBABH"] == ("character varying(200)", "竣工验收备案编号")
    assert said["BARQ"] == ("date", "")


async def test_a_table_whose_columns_are_granted_one_by_one_can_be_read(egress: Egress, office: FrontEnd):
    """Each of them but one that is gone; a new one is not granted."""
    office.owner.execute("CREATE TABLE singly (a int, gone int, b int); ALTER TABLE singly DROP gone")
    office.owner.execute(f"GRANT SELECT (a, b) ON singly TO {READER}")
    try:
        for usable in (True, False):
            table = catalogue.described(await read(egress, office.address)).operation("singly")
            assert table is not None
            assert table.usable == usable
            office.owner.execute("ALTER TABLE singly ADD IF NOT EXISTS c int")
    finally:
        office.owner.execute("DROP TABLE singly")


@pytest.mark.parametrize(("count", "words"), [(1, "has 1 table,"), (2, "has 2 tables,")])
async def test_tables_are_counted_in_words(count: int, words: str):
    table: dict[str, Any] = {
        "view": False,
        "rows": None,
        "comment": None,
        "reason": "no-right",
        "columns": [],
    }
    tables = [{"name": f"t{at}", **table} for at in range(count)]
    with pytest.raises(AgencyFailed) as caught:
        catalogue.check_readable(json.dumps({"schema": "s", "tables": tables, "schemas": []}).encode())
    assert words in caught.value.detail.en


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ({"user": STRANGER}, "grant USAGE"),
        ({"schema": "closed"}, "public"),
        ({"schema": "nowhere"}, "没有模式 nowhere"),
        ({"schema": "public' OR '1'='1"}, "没有模式"),
    ],
)
async def test_nothing_to_choose_from_says_what_to_do(egress: Egress, office: FrontEnd, part: Any, told: str):
    octets = await read(egress, office.address, **part)
    with pytest.raises((AskMalformed, AgencyFailed)) as caught:
        catalogue.check_readable(octets)
    assert told in caught.value.detail.zh + caught.value.detail.en


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("{office}", Fault.UNAUTHORISED),
        ("{office}_not_there", Fault.NO_SUCH_ADDRESS),
        ("postgresql://127.0.0.1:9/x", Fault.REFUSED),
        ("postgresql://169.254.169.254/x", Fault.NOT_ADMITTED),
        ("postgresql://no-such-host.invalid/x", Fault.UNRESOLVED),
    ],
)
async def test_what_keeps_us_out_is_told_apart(egress: Egress, office: FrontEnd, address: str, fault: Fault):
    wrong = "" if "{office}_" in address else "Wrong-"
    with pytest.raises(AgencyFailed) as caught:
        await read(egress, address.format(office=office.address), f"{wrong}{PASSWORD}")
    assert caught.value.fault == fault
    assert PASSWORD not in f"{caught.value!r}{caught.value.detail}"


async def test_a_private_address_is_not_asked_unless_said(egress: Egress, office: FrontEnd):
    connection = fetching.database(office.address, PART | {"tls": "verify"}, allow_private=False)
    with pytest.raises(AgencyFailed) as caught:
        await fetching.catalogue_at(egress, connection, (READER, PASSWORD), Deadline.after(10))
    assert caught.value.fault == Fault.NOT_ADMITTED


def draft(found: Description, table: str, rows: list[dict[str, Any]] | None = None) -> Draft:
    sample = None if rows is None else opened(json.dumps({"table": table, "rows": rows}).encode())
    frame = Frame("mdj-x", text("某局", "A Bureau"), "conditional", "postgresql://10.1.2.3/x", True, PART)
    return drafted(frame, found, [Wish("completion-filing", table, sample)])


def accounted(made: MaterialDraft) -> set[str]:
    return (
        {each.path for each in made.proposals}
        | {each.path for each in made.leftovers}
        | {says.at for says in made.legal.values()}
        | set(made.about.values())
    )


@pytest.mark.parametrize("rows", [None, [ROW], []])
async def test_a_table_is_asked_for_by_its_code_valid_and_newest_and_no_column_is_lost(
    found: Description, rows: list[dict[str, Any]] | None
):
    """From its columns' names alone, from a row of it, and where the first question found no row."""
    made = draft(found, TABLE, rows)
    [material] = made.materials
    asked = material.question
    assert asked is not None
    assert (asked.table, asked.newest, asked.per) == (TABLE, "LSH", "JGYSBABH")
    assert asked.where == {"GCDM": "{project_code}", "SJYXBS": "1"}
    assert asked.starts == ("GCDM",)
    assert accounted(material) == set(ROW)
    rule = load(written(made), "x").material("completion-filing")
    assert rule is not None
    assert rule.ask.where["GCDM"].fit == "starts"
    assert rule.ask_by == ("project_code",)


async def test_chinese_and_hostile_names_are_written_so_that_they_load_back(found: Description):
    made = drafted(
        Frame("mdj-x", text("某局", "A Bureau"), "conditional", "postgresql://10.1.2.3/x", True, PART),
        found,
        [Wish("completion-filing", CHINESE)],
    )
    document = written(made)
    assert "filing_no: {at: 备案编号, as: identifier, key: filing_no}" in document
    assert made.materials[0].question is not None
    assert made.materials[0].question.where == {"备案编号": "{filing_no}"}
    rule = load(document, "x").material("completion-filing")
    assert rule is not None
    assert rule.ask.table == CHINESE


async def test_a_table_that_nothing_can_be_asked_by_says_so(found: Description):
    made = draft(found, "filings")
    missing = {each.place[-1] for each in made.decisions if each.missing}
    assert {"ask_by", "fields"} <= missing


async def test_a_catalogue_of_too_many_tables_is_refused(
    egress: Egress, office: FrontEnd, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(catalogue, "TABLES", 5)
    with pytest.raises(AgencyFailed) as caught:
        await read(egress, office.address)
    assert caught.value.fault == Fault.TOO_LARGE


LYING = """
CREATE SCHEMA lying;
CREATE FUNCTION lying.said(json, json) RETURNS json LANGUAGE sql AS 'SELECT $1';
CREATE AGGREGATE lying.json_agg(json) (SFUNC = lying.said, STYPE = json, INITCOND = '{"x": 1}');
"""


async def test_a_server_that_says_something_else_is_unreadable(egress: Egress, office: FrontEnd):
    """Whoever owns a database may have its functions say what they like."""
    for statement in filter(str.strip, LYING.split(";")):
        office.owner.execute(statement)
    told = f"ALTER ROLE {READER} IN DATABASE {office.address.rpartition('/')[2]}"
    office.owner.execute(f"GRANT USAGE ON SCHEMA lying TO {READER}")
    office.owner.execute(f"{told} SET search_path = lying, pg_catalog")
    try:
        with pytest.raises(AgencyFailed) as caught:
            await read(egress, office.address)
    finally:
        office.owner.execute(f"{told} RESET search_path")
        office.owner.execute("DROP SCHEMA lying CASCADE")
    assert caught.value.fault == Fault.UNREADABLE
