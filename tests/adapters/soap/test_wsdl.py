"""Descriptions frozen and built from: nothing is fetched but through the only way out, nothing is lost."""

import asyncio
import logging

import pytest
import zeep

from adapters.base import Deadline
from adapters.decode import parse_xml
from adapters.egress import Origin
from adapters.manifest import WsdlRule, load
from adapters.soap import as_yaml, freeze, inventory, over
from adapters.soap.wsdl import built
from contracts.errors import AgencyFailed, Fault
from tests.adapters.agencies import http, says
from tests.adapters.soap.descriptions import (
    ENCODED,
    LOSSY,
    NS,
    PLAIN,
    TWELVE,
    WRAPPER,
    alone,
    importing,
)

HERE = "http://a.example/s?wsdl"


def frozen(document: str, **more: str) -> WsdlRule:
    return WsdlRule(entry=HERE, documents={HERE: document, **more})


def xml(document: str) -> bytes:
    return http(document.encode(), Content_Type="text/xml", Connection="close")


async def by_plain_zeep(url: str):
    """What the plain stack does with a description, in a thread of its own."""

    def ask():
        with zeep.Client(url) as client:
            return str(next(iter(client.wsdl.services["S"].ports.values())).binding_options["address"])

    return await asyncio.to_thread(ask)


@pytest.fixture
def fetching(egress):
    async def fetched(base: str, **given: str) -> WsdlRule:
        origin = Origin.of(base, allow_private=True)
        return await freeze(f"{base}/s?wsdl", over(egress, origin, Deadline.after(5)), given)

    return fetched


async def fault_of(work) -> Fault:
    with pytest.raises(AgencyFailed) as caught:
        await work
    return caught.value.fault


async def test_an_import_from_another_host_is_refused_and_plain_zeep_follows_it(open_agency, fetching):
    inside = await open_agency(says(xml(alone(WRAPPER))))
    agency = await open_agency(says(xml(importing(f"{inside.url}/secret.xsd"))))
    await by_plain_zeep(f"{agency.url}/s?wsdl")
    assert len(inside.asked) == 1
    assert await fault_of(fetching(agency.url)) is Fault.NOT_ADMITTED
    assert len(inside.asked) == 1


@pytest.mark.parametrize(
    "place", ["http://b.example/t.xsd", "https://a.example/t.xsd", "http://a.example:81/t", "file:///t"]
)
async def test_whatever_fetches_is_never_asked_for_another_origin(place):
    with pytest.raises(AgencyFailed) as caught:
        await freeze(HERE, _nobody, {HERE: importing(place)})
    assert caught.value.fault is Fault.NOT_ADMITTED


async def test_an_import_redirected_elsewhere_is_refused_and_plain_zeep_follows_it(open_agency, fetching):
    inside = await open_agency(says(xml(alone(WRAPPER))))
    away = http(b"", "302 Found", Location=f"{inside.url}/secret.xsd", Connection="close")
    agency = await open_agency(says(xml(importing("types.xsd")), away, xml(importing("types.xsd")), away))
    await by_plain_zeep(f"{agency.url}/s?wsdl")
    assert len(inside.asked) == 1
    assert await fault_of(fetching(agency.url)) is Fault.REDIRECTED
    assert len(inside.asked) == 1


async def test_an_import_from_disk_is_refused_and_plain_zeep_loads_it(open_agency, fetching, tmp_path):
    (tmp_path / "types.xsd").write_text(alone(WRAPPER), "utf-8")
    agency = await open_agency(says(xml(importing(f"file://{tmp_path}/types.xsd"))))
    await by_plain_zeep(f"{agency.url}/s?wsdl")
    assert await fault_of(fetching(agency.url)) is Fault.NOT_ADMITTED


async def test_plain_zeep_would_ask_the_address_in_the_description(open_agency):
    agency = await open_agency(says(xml(PLAIN)))
    assert await by_plain_zeep(f"{agency.url}/s?wsdl") == "http://10.9.8.7/inside"


async def test_all_that_is_imported_is_frozen_with_it(open_agency, fetching):
    agency = await open_agency(says(xml(importing("types.xsd")), xml(alone(WRAPPER))))
    wsdl = await fetching(agency.url)
    assert set(wsdl.documents) == {f"{agency.url}/s?wsdl", f"{agency.url}/types.xsd"}
    assert [one.reason for one in inventory(wsdl)] == [None]
    assert "xmlStr" in built(wsdl, None, "ask", {"xmlStr": "x"}).envelope
    assert len(agency.asked) == 2


async def test_what_is_at_hand_is_not_fetched(open_agency, fetching):
    agency = await open_agency(says(xml("<none/>")))
    given = {f"{agency.url}/s?wsdl": importing("http://else.example/t.xsd")}
    given["http://else.example/t.xsd"] = alone(WRAPPER)
    wsdl = await fetching(agency.url, **given)
    assert agency.asked == []
    assert [one.operation for one in inventory(wsdl) if not one.reason] == ["ask"]


async def test_a_description_that_never_ends_ends(open_agency, fetching):
    numbers = iter(range(1000))

    async def more(writer: asyncio.StreamWriter) -> None:
        writer.write(xml(importing(f"next{next(numbers)}.xsd")))

    agency = await open_agency(more)
    assert await fault_of(fetching(agency.url)) is Fault.TOO_LARGE


async def test_a_description_with_a_document_type_is_refused(open_agency, fetching):
    agency = await open_agency(says(xml("<!DOCTYPE x SYSTEM 'http://10.0.0.1/x.dtd'>" + PLAIN)))
    assert await fault_of(fetching(agency.url)) is Fault.UNREADABLE


async def test_a_frozen_description_goes_through_a_manifest_unchanged(open_agency, fetching):
    agency = await open_agency(says(xml(importing("types.xsd")), xml(alone(WRAPPER))))
    wsdl = await fetching(agency.url)
    yaml = MANIFEST + as_yaml(wsdl)
    assert load(yaml, "x").wsdl == wsdl


MANIFEST = """\
agency: mdj-x
title: {zh: 某局, en: Some Bureau}
sharing: {class: unconditional}
connection: {protocol: soap, base: "http://127.0.0.1:1", allow_private: true}
materials:
  - kind: company-record
    ask_by: [project_name]
    ask: {operation: ask, arguments: {xmlStr: "<q>{project_name}</q>"}}
    decode: [soap_result, xml]
    none: {at: /r/x, empty: true}
    rows: /r/x
    about: {project_name: unstated}
    fields: {name: mc}
"""


def test_a_wrapped_argument_and_a_bare_one():
    wrapped = parse_xml(built(frozen(PLAIN), None, "ask", {"xmlStr": "a", "size": "7"}).envelope)
    assert [(e.tag, e.text) for e in wrapped.iter() if e.text] == [
        (f"{{{NS}}}xmlStr", "a"),
        (f"{{{NS}}}size", "7"),
    ]
    bare = built(frozen(PLAIN), "Port", "say", {"": "b"})
    assert [(e.tag, e.text) for e in parse_xml(bare.envelope).iter() if e.text] == [(f"{{{NS}}}say", "b")]
    assert dict(bare.headers)["SOAPAction"] == '"urn:say"'


def test_soap_12_says_its_action_in_the_media_type():
    twelve = built(frozen(TWELVE), None, "ask", {"xmlStr": "a"})
    assert "http://www.w3.org/2003/05/soap-envelope" in twelve.envelope
    media = dict(twelve.headers)["Content-Type"]
    assert media.startswith("application/soap+xml")
    assert 'action="urn:ask"' in media


async def test_the_encodings_schema_is_ours():
    wsdl = await freeze(HERE, _nobody, {HERE: ENCODED})
    assert [(one.operation, one.reason) for one in inventory(wsdl)] == [("old", None)]
    assert len(wsdl.documents) == 1


async def _nobody(url: str) -> str:
    raise AssertionError(url)


def test_every_operation_is_accounted_for():
    told = {(one.operation, one.reason is None) for one in inventory(frozen(LOSSY))}
    assert told == {("ask", True), ("ask", False), ("odd", False), ("ghost", False)}
    assert all(one.service == "S" and one.port == "Port" for one in inventory(frozen(LOSSY)))


def test_a_description_that_cannot_be_read_still_names_its_operations():
    broken = importing("http://nowhere.example/t.xsd")
    [one] = inventory(frozen(broken))
    assert one.operation == "ask"
    assert one.reason is not None


@pytest.mark.parametrize("operation", ["nobody", "odd"])
def test_no_envelope_for_what_is_not_there(operation):
    with pytest.raises(LookupError):
        built(frozen(LOSSY), None, operation, {})


def test_zeep_keeps_quiet_about_what_it_sends():
    assert logging.getLogger("zeep").getEffectiveLevel() >= logging.WARNING
    assert not logging.getLogger("zeep.transports").isEnabledFor(logging.DEBUG)
