"""The table kit among the others: what every kit is asked by the conformance suite, and its probe."""

# ruff: noqa: S608  the agency's own statements, in a database that is thrown away

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from adapters import assemble
from adapters.base import Adapter, Capabilities, Deadline, Locator, evidence_from, evidence_octets
from adapters.egress import Egress
from adapters.resilience import Lookout, repeatable
from adapters.table import TableAdapter
from contracts.errors import AgencyFailed, Fault, NotGranted
from contracts.material import Retrieval, SealVerdict
from gateway.doctor import _origin
from gateway.trials.offline import FileReply, read_file
from tests.adapters.table.conftest import KNOWN, READER, SECRET, SECRETS
from tests.adapters.table.filings import CODE, YAML, manifest
from tests.adapters.table.servers import Server, serving
from tests.adapters.table.test_hostile import joined, silent
from tests.adapters.table.test_refusals import PLAIN, TABLE

KIND = "completion-filing"


@pytest.fixture
def office(egress: Egress, clock) -> Callable[..., Adapter]:
    """The kit as production has it: found by its protocol, within its limits."""

    def at(base: str, *edits: tuple[str, str]) -> Adapter:
        lookout = Lookout(clock, sleep=lambda _: asyncio.sleep(0))
        read = manifest(("postgresql://127.0.0.1:5432/gg_qzk", base), *edits)
        return assemble(read, 1, egress, SECRETS.__getitem__, clock, lookout)

    return at


async def test_it_is_what_it_says_it_is(clean, office, grant_for):
    clean.put()
    adapter = office(clean.base)
    assert adapter.capabilities == Capabilities()
    assert (adapter.kinds, adapter.opened_by("land-right")) == ((KIND,), ())
    assert adapter.opened_by(KIND) == ("project_code", "construction_permit_no")
    assert set(adapter.secrets) == set(SECRETS)
    assert await adapter.pull(grant_for("land-right"), KNOWN, Deadline.after(30)) == []
    [evidence] = await adapter.pull(grant_for(KIND), KNOWN, Deadline.after(30))
    assert evidence_from(evidence_octets(evidence)) == evidence
    [material] = adapter.read(evidence).materials
    assert material.provenance
    assert material.provenance.seal.verified is SealVerdict.NONE
    assert material.provenance.fresh_until == evidence.received_at + timedelta(hours=24)
    assert adapter.freshness(KIND).stale_if_error == timedelta(days=7)
    with pytest.raises(KeyError):
        adapter.freshness("land-right")
    assert (await adapter.probe(Deadline.after(30))).passed


async def test_what_is_kept_and_told_holds_no_secret(clean, office, grant_for, egress, clock, caplog):
    clean.put()
    with caplog.at_level("DEBUG"):
        adapter = office(clean.base)
        [evidence] = await adapter.pull(grant_for(KIND), KNOWN, Deadline.after(30))
        kept = [
            evidence_octets(evidence).decode(),
            repr(evidence),
            repr(adapter.read(evidence)),
            repr(adapter),
        ]
        kept.append(repr(await adapter.probe(Deadline.after(30))))
        kept.append(repr(TableAdapter(manifest(), 1, egress, SECRETS.__getitem__, clock)._reader()))
    for words in (*kept, caplog.text):
        assert SECRET not in words
        assert READER not in words


async def test_how_a_row_reads_is_shown_field_by_field(clean, desk):
    clean.put(BARQ="9999-01-01", ZJZMJ="1.50")
    opened = desk(clean.base)
    [evidence] = await opened.pull()
    [row] = opened.adapter.explain(evidence)
    shown = {trace.field: (trace.path, trace.raw, trace.value) for trace in row}
    assert shown["filed_on"] == ("BARQ", "9999-01-01", "9999-01-01")
    assert shown["total_area_m2"] == ("ZJZMJ", "1.50", "1.50")


async def test_rows_of_another_project_are_never_this_ones(clean, desk):
    """A view that leaves out the condition: what it gives says itself what it is about."""
    clean.put(GCDM="2103-231003-04-01-209465-001")
    clean.run(
        f'CREATE OR REPLACE VIEW careless AS SELECT "LSH", \'{CODE}\'::text AS "XMDM", "GCDM", "JGYSBABH",'
        ' "SJYXBS" FROM "SPGL_JSGCJGYSBAXXB"'
    )
    asked = ('GCDM: {value: "{project_code}", fit: starts}', 'XMDM: "{project_code}"')
    opened = desk(clean.base, (TABLE, "table: careless"), asked)
    [evidence] = await opened.pull()
    with pytest.raises(AgencyFailed) as caught:
        opened.adapter.read(evidence)
    assert caught.value.fault is Fault.OTHER_PROJECT


async def test_there_are_no_files(clean, desk, grant_for):
    place = Locator("att-1", "mdj-qzk", KIND, 3, {"path": "a"}, "a.pdf")
    adapter = desk(clean.base).adapter
    with pytest.raises(AgencyFailed):
        await anext(adapter.fetch(grant_for(KIND), place, Deadline.after(5)))
    with pytest.raises(NotGranted):
        await anext(adapter.fetch(grant_for(KIND, attachments=False), place, Deadline.after(5)))


async def test_hours_count_before_anybody_is_asked(office, grant_for, clock):
    async with serving(silent) as server:
        adapter = office(server.base, ("materials:\n", "limits: {hours: '15:00-16:00'}\nmaterials:\n"))
        with pytest.raises(AgencyFailed) as caught:
            await adapter.pull(grant_for(KIND), KNOWN, Deadline.after(30))
    assert caught.value.fault is Fault.OUTSIDE_HOURS
    assert not server.gone.is_set()


async def test_a_select_is_asked_again_when_no_answer_came(clean, server, office, grant_for):
    clean.put()
    met = 0

    async def shy(front: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal met
        met += 1
        if met == 1:
            writer.close()
        else:
            await joined(reader, writer, server.port)

    assert repeatable(manifest()) == {KIND}
    async with serving(shy) as front:
        base = f"{front.base.rpartition('/')[0]}/{clean.base.rpartition('/')[2]}"
        [evidence] = await office(base).pull(grant_for(KIND), KNOWN, Deadline.after(30))
    assert (met, evidence.status) == (2, 200)


async def test_trouble_is_over_when_it_is_mended(clean, office, grant_for):
    clean.put()
    adapter = office(clean.base)
    clean.run(f'REVOKE SELECT ON "SPGL_JSGCJGYSBAXXB" FROM {READER}')
    with pytest.raises(AgencyFailed) as caught:
        await adapter.pull(grant_for(KIND), KNOWN, Deadline.after(30))
    assert caught.value.fault is Fault.UNAUTHORISED
    clean.run(f'GRANT SELECT ON "SPGL_JSGCJGYSBAXXB" TO {READER}')
    assert await adapter.pull(grant_for(KIND), KNOWN, Deadline.after(30))


async def test_large_replies_are_read_in_slices_while_they_are_pulled(clean, desk):
    for number in range(400):
        clean.put(LSH=number, JGYSBABH=f"2310052103150101-JX-{number:03}", SBYY="x" * 300)
    opened = desk(clean.base)
    [evidence] = await opened.pull()
    assert [ahead[0] for ahead in opened.adapter._read_ahead] == [evidence]
    assert len(opened.adapter.read(evidence).materials) == 400
    assert not opened.adapter._read_ahead


async def test_a_recorded_reply_is_tried_without_anybody_to_ask(clean, desk, clock):
    """The way of `landbridge adapter try FILE`: the octets alone, and the kit that production runs."""
    clean.put()
    [evidence] = await desk(clean.base).pull()
    reply = FileReply(evidence.body, "application/json; charset=utf-8", {})
    trial = read_file(YAML, "mdj-qzk.yaml", None, reply, clock())
    [kind] = trial.kinds
    assert kind.error is None
    [read] = kind.replies
    assert read.error is None
    assert [material.retrieval for material in read.materials] == [Retrieval.RECEIVED]
    assert not read.drift


STEPS = ("settings", "connection", "credentials")
WRONG = {**SECRETS, "secret:mdj-qzk/reader": "falsch"}
PROBES: dict[str, tuple[tuple[tuple[str, str], ...], dict[str, str], tuple[bool | None, ...]]] = {
    "all is well": ((), SECRETS, (True, True, True)),
    "no such table": (((TABLE, "table: WEG"),), SECRETS, (False, True, True)),
    "no such column to ask by": ((("SJYXBS: 1\n", "WEG: 1\n"),), SECRETS, (False, True, True)),
    "no such column for a key": ((("GCDM: {value", "WEG: {value"),), SECRETS, (False, True, True)),
    "a column that fields name": ((("holder_name: JSDW", "holder_name: WEG"),), SECRETS, (False, True, True)),
    "a column of the marks": ((("{at: SJYXBS, in", "{at: WEG, in"),), SECRETS, (False, True, True)),
    "no secret": ((), {}, (False, None, None)),
    "a wrong password": ((), WRONG, (True, True, False)),
    "no rights": (((TABLE, "table: closed"), PLAIN), SECRETS, (True, True, False)),
}


@pytest.fixture
def shop(clean):
    clean.run('CREATE OR REPLACE VIEW closed AS SELECT * FROM "SPGL_JSGCJGYSBAXXB"')
    clean.run(f"REVOKE ALL ON closed FROM {READER}")
    return clean


@pytest.mark.parametrize("case", PROBES)
async def test_a_probe_says_how_far_one_gets(shop, desk, case):
    edits, secrets, passed = PROBES[case]
    found = await desk(shop.base, *edits, secrets=secrets).adapter.probe(Deadline.after(30))
    steps = {step.name: step for step in found.steps}
    assert tuple(steps[name].passed if name in steps else None for name in STEPS) == passed
    for step in found.steps:
        assert (step.passed is False) == (step.fault is not None)
        assert ("WEG" in step.detail.zh) == (case.startswith("a column") and step.passed is False)


async def test_a_probe_of_a_database_that_is_not_there(clean, desk):
    found = await desk(clean.base.rpartition("/")[0] + "/weg").adapter.probe(Deadline.after(30))
    assert {step.name: step.passed for step in found.steps} == {"settings": False, "connection": True}


async def test_a_probe_of_nobody_and_of_who_is_silent(desk):
    adapter = desk("postgresql://127.0.0.1:1/a").adapter
    found = await adapter.probe(Deadline.after(30))
    assert [(step.name, step.passed, step.fault) for step in found.steps] == [
        ("settings", True, None),
        ("connection", False, Fault.REFUSED),
    ]
    async with serving(silent) as server:
        found = await desk(server.base).adapter.probe(Deadline.after(0.5))
    assert [step.fault for step in found.steps] == [None, Fault.SILENT]


async def test_the_doctor_looks_whether_its_address_is_admitted(egress):
    assert await _origin(egress, manifest()) is None
    closed = manifest(("    tls: off\n", ""), ("  allow_private: true\n", ""))
    found = await _origin(egress, closed)
    assert found
    assert "postgresql://127.0.0.1:5432/gg_qzk" in found.zh
