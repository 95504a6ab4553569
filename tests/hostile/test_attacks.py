"""Replies and bodies made to hurt whoever reads them: refused, quoting nothing, asking nobody else.

What `tests/adapters` has of single readers is tried here on both doors as a whole: an agency's reply through
its adapter, a consumer's body through the HTTP interface.
"""

import json
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.base import Deadline
from adapters.decode import parse_xml
from contracts.errors import AgencyFailed, Fault
from tests.adapters.agencies import http, says
from tests.adapters.conftest import adapter_of, egress, grant_for, open_agency
from tests.adapters.kits import KITS
from tests.conftest import Clock
from tests.gateway.town import Town, ask, open_town, settings_in
from tests.hostile.test_detours import manifest

__all__ = ["adapter_of", "egress", "grant_for", "open_agency"]

KIT = KITS["rest"]
XI = "xmlns:xi='http://www.w3.org/2001/XInclude'"
PARAMETER = "<!ENTITY % d SYSTEM 'http://127.0.0.1:{port}/d'>%d;"

XML_REFUSED: dict[str, str | bytes] = {
    "an external subset": "<!DOCTYPE a SYSTEM 'http://127.0.0.1:{port}/a.dtd'><a/>",
    "a public one": "<!DOCTYPE a PUBLIC '-//x' 'http://127.0.0.1:{port}/a.dtd'><a/>",
    "a parameter entity": f"<!DOCTYPE a [{PARAMETER}]><a/>",
    "an entity from elsewhere": "<!DOCTYPE a [<!ENTITY e SYSTEM 'http://127.0.0.1:{port}/e'>]><a>&e;</a>",
    "quadratic blowup": "<!DOCTYPE a [<!ENTITY e '" + "x" * 50_000 + "'>]><a>" + "&e;" * 50_000 + "</a>",
    "an entity of itself": "<!DOCTYPE a [<!ENTITY e '&e;'>]><a>&e;</a>",
    "a default attribute": "<!DOCTYPE a [<!ATTLIST a x CDATA 'y'>]><a/>",
    "a document type in UTF-16": "<!DOCTYPE a><a/>".encode("utf-16"),
    "a document type in UTF-7": "+ADwAIQ-DOCTYPE a+AD4-<a/>",
    "a hundred thousand deep": "<a>" * 100_000 + "</a>" * 100_000,
    "a million wide": "<a>" + "<b/>" * 1_000_001 + "</a>",
    "one text of eleven million": "<a>" + "x" * 11_000_000 + "</a>",
    "one attribute of eleven million": "<a b='" + "x" * 11_000_000 + "'/>",
    "a name of a hundred thousand": "<" + "n" * 100_000 + "/>",
    "a NUL": "<a>\0</a>",
    "a NUL by number": "<a>&#0;</a>",
    "a surrogate by number": "<a>&#xD800;</a>",
    "a number without end": "<a>&#" + "9" * 100_000 + ";</a>",
    "a comment that never ends": "<a><!--" + "-" * 100_000,
    "CDATA that never ends": "<a><![CDATA[" + "x" * 100_000,
}


@pytest.mark.parametrize("attack", XML_REFUSED)
async def test_xml_that_attacks_is_refused_and_asks_nobody(attack: str, open_agency: Any):
    trap = await open_agency(says(http(b"<!ENTITY e 'x'>")))
    raw = XML_REFUSED[attack]
    octets = raw if isinstance(raw, bytes) else raw.replace("{port}", str(trap.port)).encode()
    with pytest.raises(AgencyFailed) as caught:
        parse_xml(octets)
    assert caught.value.fault in {Fault.UNREADABLE, Fault.TOO_LARGE}
    assert len(caught.value.detail.en) < 300
    assert trap.asked == []


XML_HARMLESS = {
    "an inclusion": f"<a {XI}><xi:include href='file:///etc/passwd' parse='text'/></a>",
    "a fallback": f"<a {XI}><xi:include href='x'><xi:fallback>no</xi:fallback></xi:include></a>",
    "a stylesheet": "<?xml-stylesheet href='http://127.0.0.1:1/x.xsl'?><a/>",
    "a schema's place": "<a xmlns:i='http://www.w3.org/2001/XMLSchema-instance' "
    "i:schemaLocation='urn:x http://127.0.0.1:1/x.xsd'/>",
    "ten thousand namespaces": "<a " + " ".join(f"xmlns:n{n}='urn:{n}'" for n in range(10_000)) + "/>",
    "ten thousand attributes": "<a " + " ".join(f"n{n}=''" for n in range(10_000)) + "/>",
}


@pytest.mark.parametrize("odd", XML_HARMLESS)
def test_xml_that_only_looks_odd_includes_nothing(odd: str):
    """It is read, or refused, as it stands: nothing of this machine's or of another's is in it."""
    try:
        root = parse_xml(XML_HARMLESS[odd])
    except AgencyFailed:
        return
    assert "root:" not in "".join(root.itertext())


OBJECT = '{"type": "success", "result": {"data": [%s]}}'
JSON_REFUSED: dict[str, str | bytes] = {
    "NaN": OBJECT % "NaN",
    "an infinity": OBJECT % "-Infinity",
    "a name twice": OBJECT % '{"a": 1, "a": 2}',
    "a hundred thousand brackets": "[" * 100_000,
    "a hundred thousand braces": '{"a":' * 100_000,
    "a hundred thousand brackets, closed": "[" * 100_000 + "]" * 100_000,
    "an exponent without end": OBJECT % "1e999999999999999999999",
    "a number of a hundred thousand": OBJECT % ("9" * 100_000),
    "a fraction of a hundred thousand": OBJECT % ("0." + "9" * 100_000),
    "a lone surrogate": OBJECT % '"\\ud800"',
    "a lone surrogate as a name": OBJECT % '{"\\udc00": 1}',
    "a NUL": OBJECT % '"a\\u0000b"',
    "a NUL as a name": OBJECT % '{"\\u0000": 1}',
    "a bare NUL": OBJECT % '"\0"',
    "two documents": OBJECT % "" + OBJECT % "",
    "a comment": "/* */" + OBJECT % "",
    "overlong UTF-8": b'{"type": "\xc0\xaf"}',
    "a string without end": '{"type": "' + "x" * 1_000_000,
}


@pytest.mark.parametrize("attack", JSON_REFUSED)
async def test_json_that_attacks_is_refused_when_an_agency_says_it(
    attack: str, open_agency: Any, adapter_of: Any, grant_for: Any
):
    raw = JSON_REFUSED[attack]
    agency = await open_agency(says(http(raw if isinstance(raw, bytes) else raw.encode())))
    adapter = adapter_of(manifest(agency.url, private=True))
    (evidence,) = await adapter.pull(grant_for(KIT.kind), KIT.keys, Deadline.after(5))
    tracemalloc.start()
    with pytest.raises(AgencyFailed) as caught:
        adapter.read(evidence)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Octets that are no UTF-8 are read as GB 18030, where those are a word, and no success.
    assert caught.value.fault in {Fault.UNREADABLE, Fault.DECLINED if "UTF-8" in attack else None}
    assert len(caught.value.detail.en) < 300
    assert most < 64 << 20


@pytest.fixture
async def town(tmp_path: Path, clock: Clock, database_url: str) -> AsyncIterator[Town]:
    async with open_town(settings_in(tmp_path, database_url), clock) as opened:
        yield opened


async def test_json_that_attacks_is_refused_when_a_consumer_says_it(town: Town):
    whole = json.dumps(ask())
    for attack, raw in JSON_REFUSED.items():
        within = raw.decode("latin-1") if isinstance(raw, bytes) else raw
        for body in (
            raw if isinstance(raw, bytes) else raw.encode(),
            whole.replace('"procedure"', f'"declared": {{"land-right": [{within}]}}, "procedure"').encode(),
        ):
            for path in ("/v1/dossiers", "/v1/events"):
                answer = await town.http.post(path, content=body, headers=town.bearer("registration"))
                assert answer.status_code == 400, attack
                assert len(answer.content) < 2000
    assert town.land.heard == []


NAMES = {
    "lines": "图\r\nSet-Cookie: a=b\r\n\r\n<html>.pdf",
    "a quote": 'a"; filename="b.exe',
    "a path": "../../etc/passwd",
    "another's path": "..\\..\\boot.ini",
    "right to left": "\u202efdp.exe",
    "a semicolon": "a;b=c.pdf",
    "percent": "%0d%0aX: 1.pdf",
    "invisible": "\u200b\u2028.pdf",
    "five hundred": "图" * 500,
}


@pytest.mark.parametrize("name", NAMES)
async def test_a_files_name_stays_one_word_of_one_header(town: Town, name: str):
    """RFC 8187: nothing but attribute characters and percent escapes, whatever the agency calls it."""
    (filing,) = [each for each in town.land.drawer if each.kind == "land-transfer-contract"]
    octets = next(iter(filing.files.values()))
    filing.files.clear()
    filing.files[NAMES[name]] = octets
    answer = await town.get(f"/v1/attachments/{await town.listed()}")
    assert answer.status_code == 200
    said = answer.headers["content-disposition"]
    assert said.startswith("attachment; filename*=UTF-8''")
    assert not set(said.partition("''")[2]) & set(" \r\n\t\"';,/\\<>")
    assert said.isascii()
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "value", ["a%0d%0aSet-Cookie:%20a=b", "a%00b", "%0a", "a%E2%80%A8b", "a%85b", "..%2f..%2fetc", "a%20b%7f"]
)
async def test_lines_in_a_header_or_an_address_reach_no_header_no_entry_and_no_record(
    town: Town, value: str, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("DEBUG", "gateway")
    paths = (
        f"/v1/projects/{value}/dossier?procedure=first-registration",
        f"/v1/projects/{value}/aliases",
        f"/v1/attachments/{value}",
        f"/v1/agencies/{value}/versions",
        f"/v1/{value}",
    )
    for path in paths:
        answer = await town.get(path)
        assert answer.status_code in {400, 403, 404}
        assert "set-cookie" not in answer.headers
    for header in ("case", "purpose", "operator"):
        path = "/v1/projects/2012-231005-04-01-735188/materials/investment-filing"
        assert (await town.get(path, **{f"landbridge_{header}": value})).status_code == 400
    written = json.dumps(await town.entries(), ensure_ascii=False)
    assert not set(written) & set("\r\n\0\u2028\x85")
    assert "Set-Cookie" not in written
    assert "Set-Cookie" not in caplog.text
