"""The REST kit against real sockets: what is asked, what comes back, what every sick reply becomes."""

import asyncio
import base64
import functools
import gzip
import hashlib
import hmac
import json
import tracemalloc
from urllib.parse import parse_qs, unquote

import pytest

from adapters import assemble
from adapters.base import Deadline, Key, evidence_from, evidence_octets
from adapters.manifest import load
from contracts.errors import AgencyFailed, EvidenceUntrusted, Fault, ManifestInvalid, NotGranted, VaultDamaged
from contracts.material import SealVerdict
from demo import nr_shapes
from tests.adapters.agencies import http, says

KIND = "land-transfer-contract"
MIB = 1 << 20


def keys(**values: str) -> dict[str, tuple[Key, ...]]:
    return {name: (Key(name, value, confirmed=True),) for name, value in values.items()}


NUMBER = keys(supervision_no="2310052020B00786")


@pytest.fixture
def contract(projects) -> bytes:
    """The first project's contract as the agency sends it."""
    return json.dumps(nr_shapes.reply(nr_shapes.contract(projects[0])), ensure_ascii=False).encode()


async def pull(adapter, grant, known=NUMBER, seconds: float = 5):
    return await adapter.pull(grant, known, Deadline.after(seconds))


async def test_a_contract_is_pulled_and_read(
    open_agency, manifest_at, adapter_of, grant_for, contract, clock
):
    agency = await open_agency(says(http(contract)))
    adapter = adapter_of(manifest_at(agency.url))
    [evidence] = await pull(adapter, grant_for(KIND))
    assert evidence.body == contract
    assert (evidence.status, evidence.received_at, evidence.manifest_version) == (200, clock.now(), 3)
    assert evidence.asked["url"].endswith("/dchy/queryTdcrList?dzjgh=2310052020B00786&bdcdyh=&xmmc=")
    out = adapter.read(evidence)
    assert out.materials[0].fields["land_area_ha"] == "4.2357"
    assert out.drift == ()


NAME = "翰林&示例=城 #1/?%41"


async def test_a_value_is_escaped_for_the_place_it_stands_in(open_agency, manifest_at, adapter_of, grant_for):
    agency = await open_agency(says(http(b"{}")))
    adapter = adapter_of(manifest_at(agency.url))
    for kind in ("land-use-planning-permit", "construction-planning-permit", "planning-verification"):
        await pull(adapter, grant_for(kind), keys(project_name=NAME + '"}'))
    query, body, form = agency.asked
    line = query.split(b" ")[1].decode()
    assert parse_qs(line.partition("?")[2], keep_blank_values=True) == {"xmmc": [NAME + '"}'], "xkzh": [""]}
    assert json.loads(body.partition(b"\r\n\r\n")[2]) == {"xmmc": NAME + '"}', "xkzh": ""}
    sent = form.partition(b"\r\n\r\n")[2].decode()
    assert parse_qs(sent, keep_blank_values=True) == {"xmmc": [NAME + '"}'], "xkzh": [""]}
    assert b"Content-Type: application/x-www-form-urlencoded" in form


PATHLIKE = """\
agency: mdj-x
title: {zh: 某局, en: Some Bureau}
sharing: {class: unconditional}
connection: {protocol: rest, base: BASE, allow_private: true}
materials:
  - kind: company-record
    ask_by: [project_name]
    ask: {path: "/q/{project_name}/x"}
    decode: [json]
    none: {at: data, empty: true}
    rows: data
    about: {project_name: unstated}
    fields: {name: mc}
"""


async def test_a_value_in_a_path_stays_one_segment(open_agency, adapter_of, grant_for):
    agency = await open_agency(says(http(b"{}")))
    adapter = adapter_of(load(PATHLIKE.replace("BASE", agency.url), "x"))
    await pull(adapter, grant_for("company-record"), keys(project_name="a/../b?c#d"))
    line = agency.asked[0].split(b" ")[1].decode()
    assert line.count("/") == 3
    assert unquote(line) == "/q/a/../b?c#d/x"
    with pytest.raises(AgencyFailed):
        await pull(adapter, grant_for("company-record"), keys(project_name=".."))
    assert len(agency.asked) == 1


@pytest.mark.parametrize(
    ("known", "chosen"),
    [
        (keys(project_name="翰林", supervision_no="2310052020B00786"), "supervision_no"),
        (keys(project_name="翰林", supervision_no="not one"), "project_name"),
        (keys(project_name="翰林", parcel_code="231005003008GB00021"), "parcel_code"),
        (keys(project_name="翰林　示例城"), "project_name"),
        (keys(project_name="a\r\nb"), None),
        (keys(project_name="翰林\u202e示例城"), None),
        (keys(project_name="x" * 201), None),
        (keys(project_name=" "), None),
        (keys(project_name="11010519491231002X"), None),
        (keys(holder_uscc="91231000DEM0AA016M"), None),
        ({}, None),
    ],
)
async def test_the_first_key_whose_grammar_holds_is_used(manifest_at, adapter_of, grant_for, known, chosen):
    adapter = adapter_of(manifest_at("http://127.0.0.1:1"))
    key = adapter.key_for(KIND, known)
    assert (key.name if key else None) == chosen
    if key is None:
        assert await pull(adapter, grant_for(KIND), known) == []


def test_a_code_with_a_wrong_check_digit_is_still_asked_by(manifest_at, adapter_of):
    adapter = adapter_of(manifest_at())
    assert adapter.key_for("investment-filing", keys(project_code="2106-231004-04-01-582174")) is not None


def test_what_opens_a_kind_is_told(manifest_at, adapter_of):
    adapter = adapter_of(manifest_at())
    assert adapter.opened_by(KIND) == ("supervision_no", "parcel_code", "project_name")
    assert adapter.opened_by("land-right") == ()
    assert adapter.freshness(KIND).keep.days == 1
    assert adapter.freshness(KIND).stale_if_error.days == 7


REPLIES = {
    "401": (http(b"{}", "401 Unauthorized"), Fault.UNAUTHORISED),
    "403": (http(b"{}", "403 Forbidden"), Fault.UNAUTHORISED),
    "404": (http(b"{}", "404 Not Found"), Fault.NO_SUCH_ADDRESS),
    "429": (http(b"{}", "429 Too Many Requests", Retry_After="30"), Fault.SHEDDING),
    "400": (http(b"{}", "400 Bad Request"), Fault.DECLINED),
    "500": (http(b"{}", "500 Internal Server Error"), Fault.BROKEN),
    "503": (http(b"{}", "503 Service Unavailable"), Fault.BROKEN),
    "302 elsewhere": (http(b"", "302 Found", Location="http://10.0.0.1/"), Fault.REDIRECTED),
    "a web page": (http(b"<!DOCTYPE html>", Content_Type="text/html"), Fault.UNREADABLE),
    "a web page called JSON": (http(b" \n<html>"), Fault.UNREADABLE),
    "empty": (http(b""), Fault.UNREADABLE),
    "half": (http(b'{"type": "success", "result": {'), Fault.UNREADABLE),
    "another coding": (http(b"x", Content_Encoding="br"), Fault.UNREADABLE),
    "a bomb": (http(gzip.compress(bytes(64 * MIB), 1), Content_Encoding="gzip"), Fault.TOO_LARGE),
    "a broken gzip": (http(gzip.compress(b"{}")[:-3], Content_Encoding="gzip"), Fault.TRUNCATED),
    "success false": (http(b'{"type": "error", "message": "no"}'), Fault.DECLINED),
    "no word of success": (http(b'{"result": {"data": []}}'), Fault.OFF_CONTRACT),
    "none and rows": (http(b'{"type": "success", "result": {"data": [1]}}'), Fault.OFF_CONTRACT),
    "no rows and no none": (http(b'{"type": "success", "result": {}}'), Fault.OFF_CONTRACT),
    "a number": (http(b"7"), Fault.OFF_CONTRACT),
}


@pytest.mark.parametrize("sickness", REPLIES)
async def test_a_whole_reply_is_evidence_whatever_it_says(
    open_agency, manifest_at, adapter_of, grant_for, sickness
):
    reply, fault = REPLIES[sickness]
    agency = await open_agency(says(reply))
    adapter = adapter_of(manifest_at(agency.url))
    [evidence] = await pull(adapter, grant_for(KIND))
    assert reply.endswith(evidence.body)
    assert evidence_from(evidence_octets(evidence)) == evidence
    with pytest.raises(AgencyFailed) as caught:
        adapter.read(evidence)
    assert caught.value.fault is fault
    assert caught.value.type == caught.value.row.problem


@pytest.mark.parametrize("sickness", ["a web page", "a web page called JSON"])
async def test_a_web_page_is_called_one(open_agency, manifest_at, adapter_of, grant_for, sickness):
    agency = await open_agency(says(REPLIES[sickness][0]))
    adapter = adapter_of(manifest_at(agency.url))
    [evidence] = await pull(adapter, grant_for(KIND))
    with pytest.raises(AgencyFailed, match="web page"):
        adapter.read(evidence)


async def test_gzip_is_kept_as_it_came_and_read(open_agency, manifest_at, adapter_of, grant_for, contract):
    packed = gzip.compress(contract)
    agency = await open_agency(says(http(packed, Content_Encoding="gzip")))
    adapter = adapter_of(manifest_at(agency.url))
    [evidence] = await pull(adapter, grant_for(KIND))
    assert evidence.body == packed
    assert adapter.read(evidence).materials[0].fields["contract_no"]


async def test_none_is_not_an_error(open_agency, manifest_at, adapter_of, grant_for):
    agency = await open_agency(says(http(json.dumps(nr_shapes.reply([])).encode())))
    adapter = adapter_of(manifest_at(agency.url))
    [evidence] = await pull(adapter, grant_for(KIND))
    [material] = adapter.read(evidence).materials
    assert material.retrieval == "not_found"
    assert material.provenance.evidence.startswith("sha256:")


CREDENTIALS = {
    "allow_private: true": "allow_private: true\n  credentials: "
    "{headers: {Authorization: 'Bearer secret:mdj-nr/token'}, query: {appkey: 'secret:mdj-nr/app'}}"
}


async def test_secrets_are_sent_and_stand_nowhere_else(
    open_agency, manifest_at, adapter_of, grant_for, contract
):
    agency = await open_agency(says(http(contract)))
    secrets = {"secret:mdj-nr/token": "t0ken&", "secret:mdj-nr/app": "k&y"}
    adapter = adapter_of(manifest_at(agency.url, **CREDENTIALS), secrets)
    [evidence] = await pull(adapter, grant_for(KIND))
    assert b"Authorization: Bearer t0ken&\r\n" in agency.asked[0]
    assert b"appkey=k%26y" in agency.asked[0]
    kept = evidence_octets(evidence).decode() + repr(evidence) + repr(adapter) + repr(adapter._manifest)
    assert "t0ken" not in kept
    assert "k&y" not in kept
    assert "k%26y" not in kept
    assert "appkey=secret%3Amdj-nr%2Fapp" in evidence.asked["url"]
    assert adapter.secrets == ("secret:mdj-nr/token", "secret:mdj-nr/app")


async def test_a_key_that_looks_like_a_secret_is_not_resolved(
    open_agency, manifest_at, adapter_of, grant_for
):
    agency = await open_agency(says(http(b"{}")))
    adapter = adapter_of(manifest_at(agency.url), {"secret:mdj-nr/app": "hidden"})
    await pull(adapter, grant_for(KIND), keys(project_name="secret:mdj-nr/app {project_name}"))
    assert b"hidden" not in agency.asked[0]
    assert b"secret%3Amdj-nr%2Fapp%20%7Bproject_name%7D" in agency.asked[0]


@pytest.mark.parametrize("secrets", [{}, {"secret:mdj-nr/token": "a\r\nX: y", "secret:mdj-nr/app": "k"}])
async def test_a_missing_or_broken_secret_is_this_agencys_trouble(
    open_agency, manifest_at, adapter_of, grant_for, secrets
):
    agency = await open_agency(says(http(b"{}")))
    adapter = adapter_of(manifest_at(agency.url, **CREDENTIALS), secrets)
    with pytest.raises(AgencyFailed) as caught:
        await pull(adapter, grant_for(KIND))
    assert caught.value.fault is Fault.UNAUTHORISED
    assert "secret:mdj-nr/token" in caught.value.detail.zh
    assert agency.asked == []


def sealed(protocol: str, encoding: str = "hex") -> dict[str, str]:
    secret = ", secret: secret:mdj-nr/seal" if protocol == "hmac-sha256" else ""
    seal = f"seal: {{protocol: {protocol}, header: X-Seal, encoding: {encoding}{secret}}}\nmaterials:"
    return {"\nmaterials:": "\n" + seal}


def mark(protocol: str, encoding: str, octets: bytes) -> str:
    raw = hashlib.sha256(octets).digest()
    if protocol == "hmac-sha256":
        raw = hmac.digest(b"s3al", octets, "sha256")
    return raw.hex() if encoding == "hex" else base64.b64encode(raw).decode()


@pytest.mark.parametrize("encoding", ["hex", "base64"])
@pytest.mark.parametrize("protocol", ["sha256-digest", "hmac-sha256"])
async def test_a_seal_is_checked_on_the_octets_as_they_came(sealed_reads, contract, protocol, encoding):
    shown = mark(protocol, encoding, contract)
    flipped = bytes([contract[0], contract[1] ^ 1]) + contract[2:]
    capabilities, read = await sealed_reads(
        sealed(protocol, encoding), http(contract, X_Seal=shown), http(flipped, X_Seal=shown), http(contract)
    )
    seal = read[0]().materials[0].provenance.seal
    # A digest proves that nothing was lost on the way; it does not prove who wrote it.
    proves = protocol == "hmac-sha256"
    assert seal.verified is (SealVerdict.YES if proves else SealVerdict.NONE)
    assert seal.signer == ("mdj-nr" if proves else None)
    assert (capabilities.seals, capabilities.digests) == (proves, True)
    for wrong in read[1:]:
        with pytest.raises(EvidenceUntrusted):
            wrong()


@pytest.fixture
def sealed_reads(open_agency, manifest_at, adapter_of, grant_for):
    """What reading each of these replies gives, under a manifest that asks for a seal."""

    async def reads(seal: dict[str, str], *replies: bytes):
        agency = await open_agency(says(*replies))
        adapter = adapter_of(manifest_at(agency.url, **seal), {"secret:mdj-nr/seal": "s3al"})
        evidence = [piece for _ in replies for piece in await pull(adapter, grant_for(KIND))]
        return adapter.capabilities, [functools.partial(adapter.read, piece) for piece in evidence]

    return reads


def test_an_adapter_without_a_seal_claims_none(manifest_at, adapter_of):
    assert not adapter_of(manifest_at()).capabilities.seals


@pytest.fixture
def lists(open_agency, manifest_at, adapter_of, grant_for):
    """An agency that answers with a contract, then with files; its adapter; where the files are."""

    async def listed(contract: bytes, *files: bytes, **replaced: str):
        agency = await open_agency(says(http(contract), *files))
        adapter = adapter_of(manifest_at(agency.url, **replaced))
        [evidence] = await pull(adapter, grant_for(KIND))
        return agency, adapter, adapter.read(evidence).locators

    return listed


async def test_a_file_is_listed_and_fetched_on_demand(lists, grant_for, contract):
    drawing = bytes(range(256)) * 20_000
    agency, adapter, places = await lists(contract, http(drawing, Content_Type="image/vnd.dwg"))
    place = next(place for place in places if place.name == "出让宗地图.dwg")
    assert place.bytes == 1048576
    assert place.attachment.startswith("att-")
    assert len(place.attachment) == 30
    assert len(agency.asked) == 1
    chunks = [chunk async for chunk in adapter.fetch(grant_for(KIND), place, Deadline.after(5))]
    assert b"".join(chunks) == drawing
    assert max(map(len, chunks)) <= MIB
    line = agency.asked[1].split(b" ")[1].decode()
    assert unquote(line) == "/" + place.where["path"]


async def test_a_grant_without_attachments_or_for_another_kind_fetches_none(lists, grant_for, contract):
    agency, adapter, places = await lists(contract)
    for grant in (grant_for(KIND, attachments=False), grant_for("land-right")):
        with pytest.raises(NotGranted):
            await anext(adapter.fetch(grant, places[0], Deadline.after(5)))
    assert len(agency.asked) == 1


FILES = {
    "404": (http(b"", "404 Not Found"), Fault.NO_SUCH_ADDRESS),
    "a login page": (http(b"<html>", Content_Type="text/html;charset=utf-8"), Fault.UNREADABLE),
    "elsewhere": (http(b"", "302 Found", Location="http://10.0.0.1/"), Fault.REDIRECTED),
    "cut short": (http(b"%PDF", Content_Length="4000"), Fault.TRUNCATED),
    "a bomb": (http(gzip.compress(bytes(8 * MIB)), Content_Encoding="gzip"), Fault.TOO_LARGE),
    "too large": (http(b"x", Content_Length=str(5 * MIB)), Fault.TOO_LARGE),
}


@pytest.mark.parametrize("sickness", FILES)
async def test_a_file_that_is_not_the_file(lists, grant_for, contract, sickness):
    file, fault = FILES[sickness]
    limits = {"concurrency: 4,": f"concurrency: 4, attachment_bytes: {4 * MIB},"}
    _, adapter, places = await lists(contract, file, **limits)
    assert await fault_of_fetching(adapter.fetch(grant_for(KIND), places[0], Deadline.after(5))) is fault


async def fault_of_fetching(chunks) -> Fault:
    with pytest.raises(AgencyFailed) as caught:
        assert [chunk async for chunk in chunks]
    return caught.value.fault


async def test_a_file_outside_the_base_is_not_fetched(lists, grant_for, projects):
    row = nr_shapes.contract(projects[0])[0]
    row["fj"] = [{**row["fj"][0], "path": "upload/../../etc/passwd"}]
    agency, adapter, [place] = await lists(json.dumps(nr_shapes.reply([row])).encode())
    fetching = adapter.fetch(grant_for(KIND), place, Deadline.after(5))
    assert await fault_of_fetching(fetching) is Fault.NOT_ADMITTED
    assert len(agency.asked) == 1


async def test_an_absolute_address_of_another_origin_is_not_fetched(open_agency, lists, grant_for, projects):
    elsewhere = await open_agency(says(http(b"stolen")))
    row = nr_shapes.contract(projects[0])[0]
    row["fj"] = [{**row["fj"][0], "path": f"{elsewhere.url}/x"}]
    via = {"      rows: fj\n": "      rows: fj\n      via: url\n"}
    _, adapter, [place] = await lists(json.dumps(nr_shapes.reply([row])).encode(), **via)
    fetching = adapter.fetch(grant_for(KIND), place, Deadline.after(5))
    assert await fault_of_fetching(fetching) is Fault.NOT_ADMITTED
    assert elsewhere.asked == []


async def test_a_large_file_takes_little_memory(open_agency, manifest_at, adapter_of, grant_for, contract):
    size = 96 * MIB

    async def pour(writer: asyncio.StreamWriter) -> None:
        if pour_file:
            writer.write(http(b"", Content_Length=str(size), Content_Type="application/zip"))
            for _ in range(size // MIB):
                writer.write(bytes(MIB))
                await writer.drain()
        else:
            writer.write(http(contract))
            pour_file.append(True)

    pour_file: list[bool] = []
    agency = await open_agency(pour)
    adapter = adapter_of(manifest_at(agency.url))
    [evidence] = await pull(adapter, grant_for(KIND))
    place, taken = adapter.read(evidence).locators[0], 0
    tracemalloc.start()
    async for chunk in adapter.fetch(grant_for(KIND), place, Deadline.after(60)):
        taken += len(chunk)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken == size
    assert peak < 32 * MIB


PING = "/dchy/ping"


@pytest.mark.parametrize(
    ("reply", "passed"),
    [
        (http(b"{}"), [True, True, True]),
        (http(b"{}", "401 Unauthorized"), [True, True, False]),
        (http(b"{}", "404 Not Found"), [True, True, None]),
        (b"nonsense\r\n\r\n", [True, False]),
    ],
)
async def test_a_probe_says_how_far_one_gets(open_agency, manifest_at, adapter_of, reply, passed):
    agency = await open_agency(says(reply))
    probe = await adapter_of(manifest_at(agency.url)).probe(Deadline.after(5))
    assert [step.passed for step in probe.steps] == passed
    assert [step.name for step in probe.steps] == ["settings", "connection", "credentials"][: len(passed)]
    assert probe.passed == (False not in passed)
    assert agency.asked[0].startswith(f"GET {PING} ".encode())


async def test_a_probe_stops_at_settings_that_cannot_work(open_agency, manifest_at, adapter_of):
    agency = await open_agency(says(http(b"{}")))
    for manifest in (
        manifest_at(agency.url, **CREDENTIALS),
        manifest_at(agency.url, **{"allow_private: true": "allow_private: false"}),
    ):
        probe = await adapter_of(manifest).probe(Deadline.after(5))
        assert [step.passed for step in probe.steps] == [False]
    assert agency.asked == []


def test_a_protocol_nobody_speaks(egress, manifest_at, clock):
    manifest = manifest_at(**{"protocol: rest": "protocol: telex"})
    with pytest.raises(ManifestInvalid):
        assemble(manifest, 1, egress, str, clock)


@pytest.mark.parametrize("octets", [b"", b"{}\n", b"[]\nx", b"\xff\n", b'{"v":2}\n', b'{"v":1}\n{}'])
def test_octets_that_are_no_evidence(octets):
    with pytest.raises(VaultDamaged):
        evidence_from(octets)
