"""Addresses that mean another place than they say, in every field that holds one: nobody inside hears a word.

Every form names a listener on loopback that would hear it; the agency itself may be asked.
"""

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest

from adapters.base import Deadline, Key, Locator
from adapters.egress import Origin, Outgoing, admissible
from adapters.manifest import load
from adapters.rest import RestAdapter
from contracts.errors import AgencyFailed, ManifestInvalid
from tests.adapters.agencies import Agency, http, says
from tests.adapters.conftest import YAML, adapter_of, egress, grant_for, open_agency
from tests.adapters.kits import KITS

__all__ = ["adapter_of", "egress", "grant_for", "open_agency"]

KIT = KITS["rest"]

FORMS = [
    "http://127.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://2130706433:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0x7f000001:{port}/",
    "http://017700000001:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[::ffff:0:127.0.0.1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/",
    "http://[64:ff9b:1::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[::1]:{port}/",
    "http://[::1%25lo]:{port}/",
    "http://localhost:{port}/",
    "http://localhost.:{port}/",
    "http://LOCALHOST:{port}/",
    "http://127。0。0。1:{port}/",
    "http://127．0．0．1:{port}/",
    "http://１２７.0.0.1:{port}/",
    "http://①②⑦.0.0.1:{port}/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://user@127.0.0.1:{port}/",
    "http://user:word@127.0.0.1:{port}/",
    "http://nr.example.gov.cn@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@nr.example.gov.cn/",
    "http://127.0.0.1:{port}#@nr.example.gov.cn/",
    "http://127.0.0.1:{port}?@nr.example.gov.cn/",
    "http:\\\\127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "///127.0.0.1:{port}/",
    "\\\\127.0.0.1:{port}\\",
    " http://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}/\r\nHost: inside",
    "http://127.0.0.1:{port}/%0d%0aHost:%20inside",
    "http://127.0.0.1\t:{port}/",
    "http://127.0.0.1\0:{port}/",
    "HTTP://127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "ws://127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_GET%20/",
    "dict://127.0.0.1:{port}/info",
    "ldap://127.0.0.1:{port}/",
    "jar:http://127.0.0.1:{port}/!/",
    "file:///etc/passwd",
    "file://127.0.0.1:{port}/etc/passwd",
    "data:application/json,{{}}",
]

Opens = Callable[..., Awaitable[Agency]]
Makes = Callable[..., RestAdapter]


@pytest.fixture
async def trap(open_agency: Opens) -> Agency:
    """Hears what should never be said; at a port where nobody else listens."""
    return await open_agency(says(http(b'{"stolen": true}')))


def manifest(base: str, *, private: bool, **replaced: str) -> Any:
    words = YAML.replace("http://127.0.0.1:8101", json.dumps(base))
    words = words.replace("allow_private: true", f"allow_private: {str(private).lower()}")
    for old, new in replaced.items():
        assert old in words
        words = words.replace(old, new)
    return load(words, "mdj-nr.yaml")


async def pulled(adapter: RestAdapter, grant_for: Any) -> Any:
    return await adapter.pull(grant_for(KIT.kind), KIT.keys, Deadline.after(5))


@pytest.mark.parametrize("form", FORMS)
async def test_as_the_base_address(form: str, trap: Agency, adapter_of: Makes, grant_for: Any):
    with pytest.raises((AgencyFailed, ManifestInvalid)):
        await pulled(adapter_of(manifest(form.format(port=trap.port), private=False)), grant_for)
    assert trap.asked == []


@pytest.mark.parametrize("form", FORMS)
async def test_as_where_a_redirect_leads(
    form: str, trap: Agency, open_agency: Opens, adapter_of: Makes, grant_for: Any
):
    """The agency may be asked again, at itself; the trap, a stranger to its origin, never."""
    leads = form.format(port=trap.port).split("\r")[0]
    agency = await open_agency(says(http(status="302 Found", Location=leads.replace("\0", "%00"))))
    with suppress(AgencyFailed):
        await pulled(adapter_of(manifest(agency.url, private=True)), grant_for)
    assert trap.asked == []
    assert agency.asked


@pytest.mark.parametrize("where", ["url", "path"])
@pytest.mark.parametrize("form", FORMS)
async def test_as_where_a_reply_says_a_file_is(
    form: str, where: str, trap: Agency, open_agency: Opens, adapter_of: Makes, grant_for: Any
):
    agency = await open_agency(says(http(b"a file", Content_Type="application/pdf")))
    adapter = adapter_of(manifest(agency.url, private=True))
    place = {where: form.format(port=trap.port)}
    locator = Locator("att-1", "mdj-nr", KIT.kind, 3, place, "图.pdf")
    with suppress(AgencyFailed):
        async for _ in adapter.fetch(grant_for(KIT.kind), locator, Deadline.after(5)):
            pass
    assert trap.asked == []
    for question in agency.asked:
        assert b"\r\nHost: inside" not in question
        assert question.count(b"\r\n\r\n") == 1


PATHS = [
    "/a\r\nX-Inside: 1",
    "/a HTTP/1.1\r\nHost: inside\r\n\r\nGET /b",
    "/a\nb",
    "/a\0b",
    "/a b",
    "/a#b",
    "//trap/",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("field", ["ask", "probe"])
async def test_a_path_of_a_manifest_stays_one_line(
    path: str, field: str, open_agency: Opens, adapter_of: Makes, grant_for: Any
):
    agency = await open_agency(says(http(b"{}")))
    old = {"ask": "path: /dchy/queryTdcrList", "probe": "path: /dchy/ping"}[field]
    with suppress(AgencyFailed, ManifestInvalid):
        adapter = adapter_of(manifest(agency.url, private=True, **{old: f"path: {json.dumps(path)}"}))
        await (pulled(adapter, grant_for) if field == "ask" else adapter.probe(Deadline.after(5)))
    for question in agency.asked:
        head = question.split(b"\r\n\r\n")[0]
        assert question.count(b" HTTP/1.1\r\n") == 1
        assert not [line for line in head.split(b"\r\n")[1:] if line.lower().startswith(b"x-inside")]
        assert head.lower().count(b"\r\nhost:") == 1


@pytest.mark.parametrize(
    "value",
    ["x\r\nX-Inside: 1", "x\nX-Inside: 1", "x HTTP/1.1\r\n\r\nGET /", "../../admin", "x&token=1#", "x\0"],
)
async def test_a_key_with_lines_in_it_stays_in_its_place(
    value: str, open_agency: Opens, adapter_of: Makes, grant_for: Any
):
    """What a consumer knows a project by reaches the agency as a value of its own parameter only."""
    agency = await open_agency(says(http(KIT.none)))
    adapter = adapter_of(manifest(agency.url, private=True))
    keys = {"project_name": (Key("project_name", value, confirmed=False),)}
    await adapter.pull(grant_for(KIT.kind), keys, Deadline.after(5))
    for question in agency.asked:  # or nobody is asked by such a name at all
        line, *lines = question.split(b"\r\n\r\n")[0].split(b"\r\n")
        assert line.count(b" ") == 2
        assert line.split(b"?")[0] == b"GET /dchy/queryTdcrList"
        assert not [each for each in lines if b"x-inside" in each.lower()]
        assert question.count(b"\r\n\r\n") == 1


@pytest.mark.parametrize(
    "address",
    ["::127.0.0.1", "::7f00:1", "::ffff:0:127.0.0.1", "64:ff9b:1::a00:1", "fec0::1", "5f00::1", "4000::1"],
)
@pytest.mark.parametrize("private", [False, True])
def test_what_ipv6_has_set_apart_is_no_agency(address: str, private: bool):
    assert not admissible(address, allow_private=private)


@pytest.mark.parametrize("address", ["::1", "fd00::1", "10.0.0.1", "100.64.0.1"])
def test_what_stays_inside_needs_leave(address: str):
    assert [admissible(address, allow_private=leave) for leave in (False, True)] == [False, True]


async def test_a_name_that_leads_inside_later_is_not_followed(open_agency: Opens, egress: Any):
    """The origin is compared as written: the same address by another name is another origin."""
    agency = await open_agency(says(http(b"{}")))
    origin = Origin.of(agency.url, allow_private=True)
    other = agency.url.replace("127.0.0.1", "localhost")
    with pytest.raises(AgencyFailed):
        await egress.send(Outgoing("GET", other), origin, Deadline.after(5), 1000)
    assert agency.asked == []
