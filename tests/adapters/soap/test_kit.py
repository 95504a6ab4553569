"""The SOAP kit against real sockets: what is sent, what every way of answering becomes."""

import asyncio
import base64
import json

import pytest

from adapters.base import Deadline, Key, evidence_octets
from adapters.decode import parse_xml
from adapters.manifest import load
from adapters.soap import SoapAdapter
from contracts.errors import AgencyFailed, Fault, ManifestInvalid
from demo import hc_shapes
from tests.adapters.agencies import http, says
from tests.adapters.kits import KITS, P1
from tests.adapters.soap.descriptions import ENCODED, NS, PLAIN, TWELVE

SOAP = KITS["soap"]
KIND = "company-record"


def manifest(base: str, description: str = PLAIN, **replaced: str):
    """A bureau that answers with rows of a name each; lines of it replaced."""
    parts = {
        "ask": '{operation: ask, arguments: {xmlStr: "<ROOT><N>{project_name}</N></ROOT>"}}',
        "decode": "[soap_result, xml]",
        "rows": "/r/x",
        "name": "mc",
        "about": "unstated",
        "credentials": "{}",
        "attachments": "",
    } | replaced
    document = "".join(f"      {line}\n" for line in description.splitlines())
    return load(
        f"""\
agency: mdj-x
title: {{zh: 某局, en: Some Bureau}}
sharing: {{class: unconditional}}
connection:
  protocol: soap
  base: {base}
  allow_private: true
  soap: {{path: /ws/Q}}
  credentials: {parts["credentials"]}
materials:
  - kind: {KIND}
    ask_by: [project_name]
    ask: {parts["ask"]}
    decode: {parts["decode"]}
    none: {{at: "{parts["rows"]}", empty: true}}
    rows: "{parts["rows"]}"
    about: {{project_name: {parts["about"]}}}
    fields: {{name: "{parts["name"]}"}}{parts["attachments"]}
wsdl:
  entry: "http://a.example/s?wsdl"
  documents:
    "http://a.example/s?wsdl": |-
{document}""",
        "x",
    )


def result(words: str, version: str = "http://schemas.xmlsoap.org/soap/envelope/") -> bytes:
    """An envelope around a result that is XML, JSON or Base64 text, escaped as it must be."""
    escaped = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return (
        f'<s:Envelope xmlns:s="{version}"><s:Body><a:askResponse xmlns:a="{NS}"><a:return>{escaped}'
        "</a:return></a:askResponse></s:Body></s:Envelope>"
    ).encode()


def known(value: str):
    return {"project_name": (Key("project_name", value, confirmed=True),)}


@pytest.fixture
def asked(open_agency, egress, clock, grant_for):
    """Asks an agency that gives this body; what it was sent, and the evidence with its adapter."""

    async def one(body: bytes, value: str = "翰林示例城", secrets: dict | None = None, **parts: str):
        agency = await open_agency(says(http(body, Content_Type="text/xml")))
        adapter = SoapAdapter(manifest(agency.url, **parts), 1, egress, (secrets or {}).__getitem__, clock)
        [evidence] = await adapter.pull(grant_for(KIND), known(value), Deadline.after(5))
        return agency.asked[0].decode(), evidence, adapter

    return one


ROWS = result("<r><x><mc>甲</mc></x><x><mc>乙</mc></x></r>")


def names(adapter, evidence) -> list[str]:
    return [material.fields["name"] for material in adapter.read(evidence).materials]


async def test_the_configured_endpoint_is_asked_whatever_the_description_says(asked):
    sent, evidence, adapter = await asked(ROWS)
    assert sent.startswith("POST /ws/Q HTTP/1.1\r\n")
    assert 'SOAPAction: "urn:ask"\r\n' in sent
    assert "10.9.8.7" not in sent
    assert names(adapter, evidence) == ["甲", "乙"]


HOSTILE = [
    "</ROOT><x>",
    "</N></ROOT>",
    "]]>",
    "a&b",
    "&lt;",
    "&#60;",
    "\"'",
    "{project_name}",
    "secret:mdj-x/k",
]


@pytest.mark.parametrize("value", HOSTILE)
async def test_a_value_stays_data_two_floors_deep(asked, value):
    sent, evidence, _ = await asked(ROWS, value)
    envelope = parse_xml(sent.partition("\r\n\r\n")[2])
    [argument] = list(envelope.iter(f"{{{NS}}}xmlStr"))
    inner = parse_xml(argument.text or "")
    assert [child.tag for child in inner.iter()] == ["ROOT", "N"]
    assert inner[0].text == value
    assert evidence.asked["body"] == sent.partition("\r\n\r\n")[2]


@pytest.mark.parametrize("value", HOSTILE)
async def test_a_plain_argument_is_escaped_once_and_a_json_one_as_json(asked, value):
    sent, _, _ = await asked(ROWS, value, ask='{operation: ask, arguments: {xmlStr: "{project_name}"}}')
    [argument] = parse_xml(sent.partition("\r\n\r\n")[2]).iter(f"{{{NS}}}xmlStr")
    assert argument.text == value
    template = '{operation: ask, arguments: {xmlStr: \'{"n": "{project_name}", "k": 1}\'}}'
    sent, _, _ = await asked(ROWS, value, ask=template)
    [argument] = parse_xml(sent.partition("\r\n\r\n")[2]).iter(f"{{{NS}}}xmlStr")
    assert json.loads(argument.text or "") == {"n": value, "k": 1}


OUR_OWN = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:x="http://www.w3.org/2001/XMLSchema">'
    f'<e:Body><a:old xmlns:a="{NS}"><in0 i:type="x:string">{{argument.xml}}</in0>'
    "<in1>{project_name}</in1></a:old></e:Body></e:Envelope>"
)


@pytest.mark.parametrize("value", HOSTILE)
async def test_an_envelope_of_our_own_for_what_no_toolkit_builds(asked, value):
    ask = f"{{arguments: {{xml: '<q><n>{{project_name}}</n></q>'}}, action: urn:old, envelope: '{OUR_OWN}'}}"
    sent, evidence, adapter = await asked(ROWS, value, ask=ask, description=ENCODED)
    body = parse_xml(sent.partition("\r\n\r\n")[2])
    [whole], [single] = body.iter("in0"), body.iter("in1")
    assert parse_xml(whole.text or "")[0].text == value
    assert single.text == value
    assert 'SOAPAction: "urn:old"' in sent
    assert names(adapter, evidence) == ["甲", "乙"]


async def test_soap_12_goes_both_ways(asked):
    twelve = "http://www.w3.org/2003/05/soap-envelope"
    body = result("<r><x><mc>甲</mc></x></r>", twelve)
    sent, evidence, adapter = await asked(body, description=TWELVE)
    assert "Content-Type: application/soap+xml; charset=utf-8" in sent
    assert f'"{twelve}"' in sent
    assert names(adapter, evidence) == ["甲"]


CODES = {
    "soap:Server": Fault.BROKEN,
    "soap:Server.userException": Fault.BROKEN,
    "soap:Client": Fault.DECLINED,
    "Client.Authentication": Fault.DECLINED,
    "wsse:FailedAuthentication": Fault.UNAUTHORISED,
    "wsse:InvalidSecurity": Fault.UNAUTHORISED,
    "soap:VersionMismatch": Fault.DECLINED,
    "-1": Fault.DECLINED,
    "": Fault.DECLINED,
}


@pytest.mark.parametrize("code", CODES)
async def test_a_fault_is_sorted_by_its_code(asked, code):
    _, evidence, adapter = await asked(hc_shapes.fault("x", "秘密").replace("soap:x", code).encode())
    with pytest.raises(AgencyFailed) as caught:
        adapter.read(evidence)
    assert caught.value.fault is CODES[code]
    assert "秘密" not in str(caught.value.detail)


@pytest.mark.parametrize(("code", "fault"), [("s:Receiver", Fault.BROKEN), ("s:Sender", Fault.DECLINED)])
async def test_a_fault_of_soap_12(asked, code, fault):
    body = (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>'
        f"{code}</s:Value></s:Code><s:Reason><s:Text>x</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>"
    )
    _, evidence, adapter = await asked(body.encode(), description=TWELVE)
    with pytest.raises(AgencyFailed) as caught:
        adapter.read(evidence)
    assert caught.value.fault is fault


async def test_a_reply_of_types_is_read_where_it_stands(asked):
    body = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<a:askResponse xmlns:a="{NS}">'
        '<a:row b="1"><a:单位>甲</a:单位></a:row></a:askResponse></s:Body></s:Envelope>'
    )
    _, evidence, adapter = await asked(body.encode(), decode="[soap]", rows="/askResponse/row", name="单位")
    out = adapter.read(evidence)
    assert [material.fields["name"] for material in out.materials] == ["甲"]
    assert [signal.path for signal in out.drift] == ["/askResponse/row/@b"]


WITHIN = {
    "JSON": ('{"r": [{"mc": "甲"}]}', "[soap_result, json]", "r", "mc"),
    "Base64 of GBK XML": (
        base64.b64encode(
            "<?xml version='1.0' encoding='GB2312'?><r><x><mc>镕</mc></x></r>".encode("gbk")
        ).decode(),
        "[soap_result, base64, xml]",
        "/r/x",
        "mc",
    ),
    "XML escaped twice": (
        "&lt;r>&lt;x>&lt;mc>甲&lt;/mc>&lt;/x>&lt;/r>",
        "[soap_result, html, xml]",
        "/r/x",
        "mc",
    ),
    "XML in CDATA in XML": (
        "<o><![CDATA[<r><x><mc>甲</mc></x></r>]]></o>",
        "[soap_result, xml]",
        "/o",
        ".",
    ),
    "a diffgram": (
        (
            '<DataSet><d:diffgram xmlns:d="urn:d"><NewDataSet><表 d:id="1"><名称>甲</名称></表></NewDataSet>'
            "</d:diffgram></DataSet>"
        ),
        "[soap_result, xml]",
        "/DataSet/diffgram/NewDataSet/表",
        "名称",
    ),
}


@pytest.mark.parametrize("what", WITHIN)
async def test_what_comes_within_a_result(asked, what):
    words, decode, rows, name = WITHIN[what]
    _, evidence, adapter = await asked(result(words), decode=decode, rows=rows, name=name)
    [said] = names(adapter, evidence)
    assert said in ("甲", "镕", "<r><x><mc>甲</mc></x></r>")


async def test_secrets_are_sent_and_stand_nowhere_else(asked):
    sent, evidence, adapter = await asked(
        ROWS,
        secrets={"secret:mdj-x/key": "k<&y", "secret:mdj-x/token": "t0ken"},
        ask='{operation: ask, arguments: {xmlStr: "<k>secret:mdj-x/key</k><n>{project_name}</n>"}}',
        credentials="{headers: {X-Token: 'secret:mdj-x/token'}}",
    )
    [argument] = parse_xml(sent.partition("\r\n\r\n")[2]).iter(f"{{{NS}}}xmlStr")
    assert (argument.text or "").startswith("<k>k&lt;&amp;y</k>")
    assert "X-Token: t0ken" in sent
    kept = evidence_octets(evidence).decode() + repr(evidence) + repr(adapter) + repr(adapter._manifest)
    assert "t0ken" not in kept
    assert "k<&y" not in kept
    assert "&amp;y" not in kept
    assert "secret:mdj-x/key" in evidence.asked["body"]


@pytest.mark.parametrize(
    "ask",
    [
        "{operation: nobody, arguments: {xmlStr: '{project_name}'}}",
        "{operation: ask, arguments: {nothing: '{project_name}'}}",
        "{envelope: '<not-an-envelope>{project_name}</not-an-envelope>'}",
        "{envelope: '<!DOCTYPE x []><x>{project_name}</x>'}",
    ],
)
async def test_a_question_that_cannot_be_built_is_told_before_it_is_asked(
    open_agency, egress, clock, grant_for, ask
):
    agency = await open_agency(says(http(ROWS)))
    adapter = SoapAdapter(manifest(agency.url, ask=ask), 1, egress, str, clock)
    with pytest.raises(AgencyFailed) as caught:
        await adapter.pull(grant_for(KIND), known("x"), Deadline.after(5))
    assert caught.value.fault is Fault.OFF_CONTRACT
    probe = await adapter.probe(Deadline.after(5))
    assert [step.passed for step in probe.steps] == [False]
    assert agency.asked == []


@pytest.mark.parametrize(
    "ask",
    ["{path: /x}", "{operation: ask, envelope: x}", "{method: POST, json: {n: '{project_name}'}}"],
)
def test_a_question_of_another_protocol_is_no_question(ask):
    with pytest.raises(ManifestInvalid):
        manifest("http://127.0.0.1:1", ask=ask)


CALLS = {
    "a string of Base64": ("[soap_result, base64]", "", "FILE"),
    "Base64 within XML": ("[soap_result, xml]", ", at: /r/f", "<r><f>FILE</f></r>"),
    "Base64 within JSON": ("[soap_result, json]", ", at: f", '{"f": "data:x;base64,FILE"}'),
}


@pytest.mark.parametrize("what", CALLS)
async def test_a_file_by_a_call_of_its_own(open_agency, egress, clock, grant_for, what):
    decode, at, body = CALLS[what]
    drawing = bytes(range(256)) * 8000
    wrapped = result(body.replace("FILE", base64.b64encode(drawing).decode()))
    listing = result("<r><x><mc>甲</mc><fj><wjm>a.dwg</wjm><id>7</id></fj></x></r>")
    agency = await open_agency(says(http(listing, Content_Type="text/xml"), http(wrapped)))
    call = f"call: {{ask: {{operation: say, arguments: {{'': '{{file}}'}}}}, decode: {decode}{at}}}"
    files = f"{{rows: fj, name: wjm, at: id, via: call, {call}}}"
    rules = manifest(agency.url, attachments=f"\n    attachments: {files}")
    adapter = SoapAdapter(rules, 1, egress, str, clock)
    [evidence] = await adapter.pull(grant_for(KIND), known("x"), Deadline.after(5))
    [place] = adapter.read(evidence).locators
    pieces = [piece async for piece in adapter.fetch(grant_for(KIND), place, Deadline.after(5))]
    assert b"".join(pieces) == drawing
    assert max(map(len, pieces)) <= 1 << 20
    assert f'<ns0:say xmlns:ns0="{NS}">7</ns0:say>' in agency.asked[1].decode()


class Watched(SoapAdapter):
    """Says while it reads ahead."""

    reading = False

    async def _read_in_slices(self, evidence) -> None:
        self.reading = True
        await super()._read_in_slices(evidence)
        self.reading = False


async def test_a_large_reply_lets_others_have_their_turn(open_agency, egress, clock, grant_for):
    rows = hc_shapes.filings(P1) * 1500
    reply = hc_shapes.enveloped(hc_shapes.reply(rows)).encode()
    agency = await open_agency(says(http(reply, Content_Type="text/xml")))
    adapter = Watched(SOAP.manifest(agency.url), 1, egress, str, clock)
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += adapter.reading
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    [evidence] = await adapter.pull(grant_for(SOAP.kind), SOAP.keys, Deadline.after(60))
    beside.cancel()
    assert turns > 20
    ahead = adapter.read(evidence)
    assert adapter.read(evidence) == ahead
    assert len(ahead.materials) == 1500
