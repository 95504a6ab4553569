"""What docs/table.md tells a database administrator is what the gateway needs and does."""

import re

from adapters.base import Deadline, Key
from adapters.manifest import load
from adapters.table import TableAdapter
from adapters.table.asking import question
from tests.adapters.conftest import ROOT
from tests.adapters.table.filings import CODE, PASSWORD, USER

PAGE = (ROOT / "docs" / "table.md").read_text("utf-8")
HEAD = "agency: mdj-qzk\ntitle: {zh: 前置库, en: x}\nsharing: {class: conditional, approval: x}\n"


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```", PAGE, re.DOTALL | re.MULTILINE)
    return [
        re.sub(r"^ {3}", "", block, flags=re.MULTILINE) if block.startswith("   ") else block
        for block in found
    ]


async def test_the_account_it_asks_for_is_enough_and_can_do_no_more(clean, desk, egress, clock, grant_for):
    clean.put()
    [yaml] = blocks("yaml")
    made = blocks("sql")[0].replace("'…'", "'Lesen-nur_88'").replace("gg_qzk", clean.base.rpartition("/")[2])
    clean.run(made)
    try:
        place = yaml.replace("postgresql://qzk.example.gov.cn:5432/gg_qzk", clean.base)
        private = place.replace("  protocol: table\n", "  protocol: table\n  allow_private: true\n")
        manifest = load(HEAD + private.replace("{schema: public,", "{tls: off, schema: public,"), "table.md")
        secrets = {USER: "bdc_reader", PASSWORD: "Lesen-nur_88"}
        adapter = TableAdapter(manifest, 1, egress, secrets.__getitem__, clock)
        assert (await adapter.probe(Deadline.after(30))).passed
        known = {"project_code": (Key("project_code", CODE, confirmed=True),)}
        [evidence] = await adapter.pull(grant_for("completion-filing"), known, Deadline.after(30))
        assert len(adapter.read(evidence).materials) == 1
        rights = "has_table_privilege('bdc_reader', 'public.\"SPGL_JSGCJGYSBAXXB\"', %s)"
        for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE"):
            assert clean.owner.execute(f"SELECT {rights}", [right]).fetchone() == (False,)
    finally:
        clean.run("DROP OWNED BY bdc_reader")
        clean.run("DROP ROLE bdc_reader")


def test_the_statement_is_the_one_that_is_asked():
    [yaml] = blocks("yaml")
    [rule] = load(HEAD + yaml, "table.md").materials
    asked = question("public", rule.ask, {"project_code": CODE}, 501)
    assert asked.statement.decode().split() == blocks("sql")[1].split()
