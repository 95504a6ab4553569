"""What each agency says about each kind, and said otherwise: new columns, missing ones, unknown codes."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from adapters import assemble
from adapters.manifest import FieldRule, MaterialRule, load
from adapters.manifest.model import AboutRule, Predicate
from contracts.errors import AgencyFailed, Fault
from contracts.material import Retrieval
from demo.control import Fault as Trouble
from tests.conformance.offices import DELIVERS, DROPS, KINDS, MANIFESTS, OFFICES, P2, WEB, Office, values_of
from tests.conformance.rows import columns, drop, put, reworded

UNKNOWN = "不在码表中的代码"
NOT_IN_TABLE = "field {}: the code is not in the table$"
_PLAIN = re.compile(r"(?:first\.)?(\w+)")


def test_every_agency_has_an_office_here():
    assert set(WEB) == OFFICES.keys()
    assert set(DROPS) == DELIVERS.keys()


@pytest.fixture(params=MANIFESTS)
async def told(request, street):
    """One agency, and for each of its kinds the rule and what it said of the first project."""
    office = await street.open(request.param)
    await office.deliver()
    return [(office, rule, await office.pull(rule.kind)) for rule in office.manifest.materials]


def each_kind(question):
    """A question put about each kind of each agency."""

    async def put_to(told, subtests):
        assert told
        for office, rule, evidence in told:
            with subtests.test(rule.kind):
                assert evidence, "nothing opened the agency"
                await question(office, rule, evidence)

    put_to.__name__ = question.__name__
    return put_to


def column_of(rule: FieldRule | Predicate | AboutRule) -> str | None:
    """The column a field comes from, None when it is more than that."""
    found = _PLAIN.fullmatch(rule.at.expression) if rule.at and getattr(rule, "rows", None) is None else None
    return found[1] if found else None


def said(office: Office, evidence: list[Any], *changes: Any) -> list[Any]:
    """What is read, material by material, after the rows were changed."""
    rule = office.manifest.material(evidence[0].kind)
    assert rule is not None
    found = []
    for one in evidence:
        body = one.body
        for change in changes:
            body = reworded(office.manifest, rule, body, change)
        found.append(office.adapter.read(replace(one, body=body)))
    return found


def facts(outs: list[Any]) -> list[Any]:
    return [(one.retrieval, one.legal, one.fields) for out in outs for one in out.materials]


def facts_or_fault(office: Office, evidence: list[Any], change: Any) -> list[Any] | Fault:
    try:
        return facts(said(office, evidence, change))
    except AgencyFailed as failure:
        return failure.fault


@each_kind
async def test_a_reply_put_together_again_says_the_same(office, rule, evidence):
    told = said(office, evidence)
    assert facts(told)
    assert {state for state, _, _ in facts(told)} <= {Retrieval.RECEIVED, Retrieval.PARTIAL}
    assert facts(said(office, evidence, lambda row: None)) == facts(told)
    assert [out.drift for out in told] == [() for _ in told]


@each_kind
async def test_a_new_column_is_told_and_changes_nothing(office, rule, evidence):
    told = said(office, evidence, put("xinzeng", "新增列"))
    assert facts(told) == facts(said(office, evidence))
    for out in told:
        [signal] = out.drift
        assert (signal.reason, "xinzeng" in signal.path) == ("unmapped", True)


@each_kind
async def test_a_missing_column_is_absent_or_off_contract_and_never_something_else(office, rule, evidence):
    healthy, tried = facts(said(office, evidence)), 0
    for field, spec in rule.fields.items():
        column = column_of(spec)
        if column is None or not is_there(office, rule, evidence, column):
            continue
        tried += 1
        told = facts_or_fault(office, evidence, drop(column))
        if isinstance(told, Fault):
            assert told in (Fault.OFF_CONTRACT, Fault.OTHER_PROJECT), field
            continue
        fed = {name for name, other in rule.fields.items() if column_of(other) == column}
        for (_, _, now), (_, _, before) in zip(told, healthy, strict=True):
            assert now == {name: value for name, value in before.items() if name not in fed}, field
    assert tried


def is_there(office: Office, rule: MaterialRule, evidence: list[Any], column: str) -> bool:
    found: set[str] = set()
    for one in evidence:
        reworded(office.manifest, rule, one.body, lambda row: found.update(columns(row)))
    return column in found


CODED = [
    (agency, kind, field)
    for agency, kind in KINDS
    for field, spec in MANIFESTS[agency].material(kind).fields.items()  # type: ignore[union-attr]
    if spec.table and "*" not in spec.table
]


def test_some_columns_are_coded():
    assert CODED


@pytest.mark.parametrize(("agency", "kind", "field"), CODED)
async def test_an_unknown_code_is_off_contract(street, agency, kind, field):
    office = await street.open(agency)
    await office.deliver()
    evidence = await office.pull(kind)
    column = column_of(office.manifest.material(kind).fields[field])
    assert column
    with pytest.raises(AgencyFailed, match=NOT_IN_TABLE.format(field)) as caught:
        said(office, evidence, put(column, UNKNOWN))
    assert caught.value.fault is Fault.OFF_CONTRACT


@each_kind
async def test_an_unknown_code_is_never_nothing(office, rule, evidence):
    """Where the contract could do without the field: a table of the values there, and a new one."""
    healthy = facts(said(office, evidence))
    field, column = could_do_without(office, rule, evidence)
    values = {fields[field] for _, _, fields in healthy if field in fields}
    coded = reading_coded(office, rule.kind, field, {value: value for value in values})
    assert facts(said(coded, evidence)) == healthy
    with pytest.raises(AgencyFailed, match=NOT_IN_TABLE.format(field)) as caught:
        said(coded, evidence, put(column, UNKNOWN))
    assert caught.value.fault is Fault.OFF_CONTRACT


def could_do_without(office: Office, rule: MaterialRule, evidence: list[Any]) -> tuple[str, str]:
    """A field in words that the material may lack, and its column; where all must be there, one that must."""
    healthy, found = facts(said(office, evidence)), []
    by = [rule.about[one.key.name] for one in evidence]
    about = {column_of(each) for each in by if isinstance(each, AboutRule)}
    for field, spec in rule.fields.items():
        column = column_of(spec)
        words = [isinstance(fields.get(field), str) for _, _, fields in healthy]
        plain = set(spec.functions) <= {"identifier", "text"}
        if column is None or column in about or not plain or not any(words):
            continue
        must = isinstance(facts_or_fault(office, evidence, drop(column)), Fault)
        found.append((must, field, column))
    _, field, column = min(found)
    return field, column


def reading_coded(office: Office, kind: str, field: str, table: dict[str, str]) -> Office:
    """The same office read by a manifest in which this field is coded."""
    raw = values_of(office.agency)
    (material,) = [one for one in raw["materials"] if one["kind"] == kind]
    plain = material["fields"][field]
    material["fields"][field] = {"at": plain if isinstance(plain, str) else plain["at"], "table": table}
    manifest = load(json.dumps(raw, default=str), f"{office.agency}.yaml")
    adapter = assemble(
        manifest, 1, office.egress, str, office.lookout.clock, deliveries=office.harbour.intake
    )
    return replace(office, manifest=manifest, adapter=adapter)


@each_kind
async def test_an_unknown_state_is_no_legal_force(office, rule, evidence):
    columns_of_state = {column_of(one) for one in rule.legal.values()}
    assert len(columns_of_state) == (0 if rule.supplements else 1)
    for column in filter(None, columns_of_state):
        told = facts_or_fault(office, evidence, put(column, UNKNOWN))
        if isinstance(told, Fault):  # the state is a field of the contract too
            assert told is Fault.OFF_CONTRACT
        else:
            assert {legal for _, legal, _ in told} == {"unknown"}
            assert {legal for _, legal, _ in facts(said(office, evidence))} == {"in_force"}


@each_kind
async def test_what_it_says_is_of_the_project_asked_about(office, rule, evidence):
    others = facts(said(office, await others_evidence(office, rule)))
    own = facts(said(office, evidence))
    assert own
    assert others
    assert not [each for each in own if each in others]


async def others_evidence(office: Office, rule: MaterialRule) -> list[Any]:
    await office.deliver(P2)
    return await office.pull(rule.kind, P2)


@each_kind
async def test_another_projects_reply_is_never_this_ones(office, rule, evidence):
    """On the web the office mixes them up; from a folder, the reply to one question is put to the other."""
    if office.agency in OFFICES:
        await office.control.fault(office.agency, Trouble.OTHER_PROJECT)
        theirs = await office.pull(rule.kind)
    else:
        others = await others_evidence(office, rule)
        theirs = [replace(one, key=evidence[0].key) for one in others]
    for one in theirs:
        with pytest.raises(AgencyFailed) as caught:
            office.adapter.read(one)
        assert caught.value.fault is Fault.OTHER_PROJECT


@pytest.mark.parametrize("agency", DROPS)
async def test_only_anothers_delivery_is_none_for_this_one(street, agency):
    office = await street.open(agency)
    await office.deliver(P2)
    for kind in office.manifest.kinds:
        out = await office.read(kind)
        assert {(one.retrieval, bool(one.fields)) for one in out.materials} <= {(Retrieval.PENDING, False)}


@each_kind
async def test_it_is_fresh_to_the_second_its_manifest_says(office, rule, evidence):
    keep = office.adapter.freshness(rule.kind).keep
    for one in evidence:
        for material in office.adapter.read(one).materials:
            until = material.provenance.fresh_until
            assert material.provenance.retrieved_at == one.received_at
            if office.adapter.capabilities.local:
                assert not keep
            else:
                assert until == one.received_at + keep
