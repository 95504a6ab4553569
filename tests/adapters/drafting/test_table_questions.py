"""How a table is asked, drafted from what its columns are called; what is no way to a database."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.drafting import Description, Frame, Wish, drafted, fetching, written
from adapters.drafting.drafts import Operation, Parameter
from adapters.drafting.tables import asked_column, likely_kind, question
from adapters.drafting.tree import tree_of
from adapters.manifest import load
from benchmarks.drafts import EACH_TABLE, of_tables
from contracts.errors import AskMalformed
from contracts.text import text
from tests.frontdb import CODE

PART = {"schema": "public", "user": "reader", "password": "secret:mdj-x/reader", "tls": "off"}


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/x",
        "postgresql://127.0.0.1",
        "postgresql://u:p@127.0.0.1/x",
        "postgresql://127.0.0.1/x?sslmode=disable",
        "postgresql://[::1/x",
        "postgresql://127.0.0.1:port/x",
        "",
    ],
)
def test_what_is_no_database_is_told_so(address: str):
    for look in (fetching.server_of, lambda it: fetching.database(it, PART, allow_private=True)):
        with pytest.raises(AskMalformed, match="postgresql://host:port/database"):
            look(address)


@pytest.mark.parametrize("part", [{"user": ""}, {"user": "a b"}, {"schema": "x" * 64}, {"tls": "off"}])
def test_who_reads_is_checked_as_a_manifest_would_have_it(part: dict[str, str]):
    with pytest.raises(AskMalformed):
        fetching.database("postgresql://10.1.2.3/x", PART | part, allow_private=False)


COLUMNS = {"XMDM": "", "GCDM": "", "XMMC": "", "SGXKZBH": "", "BZ": ""}


@pytest.mark.parametrize(
    ("columns", "values", "wanted"),
    [
        (COLUMNS, {}, ("project_code", "XMDM", False)),
        ({"XMMC": "", "SGXKZBH": ""}, {}, ("construction_permit_no", "SGXKZBH", False)),
        ({"C1": "投资项目代码", "XMMC": ""}, {}, ("project_code", "C1", False)),
        ({"gcdm": "", "xmmc": ""}, {}, ("project_code", "gcdm", True)),
        ({"GCDM": ""}, {"GCDM": (CODE,)}, ("project_code", "GCDM", False)),
        ({"GCDM": ""}, {"GCDM": (f"{CODE}-001", f"{CODE}-002")}, ("project_code", "GCDM", True)),
        ({"GCDM": ""}, {"GCDM": ("A17", "A18")}, ("engineering_code", "GCDM", False)),
        ({"BZ": "", "LSH": ""}, {}, None),
    ],
)
def test_the_key_a_table_is_asked_by(columns: dict[str, str], values: Any, wanted: Any):
    found = asked_column([Parameter(name, doc=doc) for name, doc in columns.items()], values)
    assert (found and (found.key, found.column.name, found.starts)) == wanted


def test_proposals_from_a_catalogue_are_those_a_person_made():
    compared = list(of_tables())
    assert len(compared) == 3
    for each in compared:
        assert each.right >= EACH_TABLE * len(each.by_hand), each


@pytest.mark.parametrize(
    ("name", "comment", "kind"),
    [
        ("SPGL_JSGCJGYSBAXXB", "竣工验收备案信息表", "completion-filing"),
        ("SPGL_JSGCJGYSBAXXB", "", "completion-filing"),
        ("t_014", "商品房预售许可", "presale-permit"),
        ("SPGL_JSYDGHXKZXXB", "", "land-use-planning-permit"),
        ("spgl_sgxkzxxb", "", "construction-permit"),
        ("SPGL_XMJBXXB", "项目基本信息表", None),
        ("users", "用户表", None),
    ],
)
def test_a_table_is_offered_for_the_kind_it_is_called_after(name: str, comment: str, kind: str | None):
    assert likely_kind(Operation(name, "public", comment)) == kind


def test_the_column_that_counts_rows_is_known_by_its_comment_and_then_needs_no_more():
    columns = (Parameter("XH", doc="流水号（自增）"), Parameter("GCDM"), Parameter("YX", doc="数据有效标识"))
    rows = {each.name: None for each in columns}
    outputs = tree_of({"table": None, "rows": [rows]})
    found = Description("table", (Operation("t", "public", inputs=columns, outputs=outputs),))
    made = drafted(Frame(), found, [Wish("completion-filing", "t")]).materials[0]
    assert made.question is not None
    assert (made.question.newest, made.question.where["YX"]) == ("XH", "1")
    assert [(each.path, each.how) for each in made.leftovers] == [("XH", "ignore")]
    assert {force: says.at for force, says in made.legal.items()} == {"in_force": "YX"}


@pytest.mark.parametrize(
    "kind", ["character varying(50)", "text", "character(20)", "name", '"char"', "citext", "public.citext"]
)
def test_a_column_of_text_is_not_said_to_tell_the_newest_row(kind: str):
    columns = (Parameter("LSH", kind), Parameter("JGYSBABH", "text"), Parameter("XH", "bigint", "流水号"))
    for count, newest in ((3, "XH"), (2, None)):
        asked = question(Operation("t", "public", inputs=columns[:count]), {}, "JGYSBABH")
        assert (asked.newest, asked.per) == (newest, newest and "JGYSBABH")


NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=15).filter(
    lambda name: name.isprintable() and "secret:" not in name
)


@settings(max_examples=60)
@given(NAMES, st.lists(NAMES, max_size=5, unique=True), st.sampled_from(["zh", "en"]))
def test_any_names_are_written_so_that_they_load_back(table: str, names: list[str], lang: Any):
    """Quotes, colons, braces, other scripts: a name is a name."""
    said = dict.fromkeys([*names, "YX"], "") | {"JGYSBABH": "竣工验收备案编号"}
    columns = tuple(Parameter(name, doc=doc) for name, doc in said.items())
    key = Parameter(f"{table[:8]}键", doc="投资项目代码")
    columns = (*(each for each in columns if each.name != key.name), key, Parameter("XH'", doc="流水号"))
    outputs = tree_of({"table": None, "rows": [{each.name: None for each in columns}]})
    found = Description("table", (Operation(table, "public", inputs=columns, outputs=outputs),))
    frame = Frame("mdj-x", text("某局", "A Bureau"), "conditional", "postgresql://10.1.2.3/x", True, PART)
    made = drafted(frame, found, [Wish("completion-filing", table)])
    rule = load(written(made, lang), "x").material("completion-filing")
    assert rule is not None
    assert (rule.ask.table, rule.ask.newest) == (table, "XH'")
    assert rule.ask.where[key.name].value == "{project_code}"
