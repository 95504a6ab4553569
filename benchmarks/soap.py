"""A SOAP pull against bare zeep asking the same service: CPU of the asking process.

`python -m benchmarks.soap` prints one line a size, with two ratios and the limit of both. `pull`: up to the
document that paths look into, which is what zeep's objects are. `materials`: read, checked and mapped into
validated materials as well, which zeep does not do. The service is another process; both askers keep their
connection, and take turns. No two rows, and no two buildings of a row, say the same.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from statistics import median
from typing import Any

import zeep

from adapters.base import Deadline, Key
from adapters.egress import Egress
from adapters.manifest import load
from adapters.soap import SoapAdapter
from contracts.exchange import Grant
from gateway.cli.words import pick

SIZES = {"5 KB": (5_000, 40), "100 KB": (100_000, 12), "5 MB": (5_000_000, 2)}
"""Octets of a reply, and asks a turn."""

TARGETS = {"5 KB": 0.6, "100 KB": 0.25, "5 MB": 0.2}
"""Our CPU over zeep's, at most."""

TURNS = 5
KIND = "construction-planning-permit"
NS = "http://bench.example/"
NAME = "示例项目"
NOW = datetime(2026, 3, 2, tzinfo=UTC)
KEY = Key("project_name", NAME, confirmed=True)
GRANT = Grant(
    id="g", consumer="c", purpose="p", kind=KIND, valid_from=date(2026, 3, 2), valid_until=date(2026, 3, 2)
)

_COLUMNS = {"xkzh": "建字第231005202100017号", "xmmc": NAME, "jsdw": "示例开发公司", "zjzmj": "108520.45"} | {
    "hfrq": "2021-03-02",
    "jswz": "示例路以北、示例街以东",
    "fzjg": "示例自然资源局",
}
_BUILDING = {"ldh": "1#楼", "yt": "住宅", "dscs": "18", "dxcs": "1", "jzmj": "12345.67", "ts": "144"}


def _element(name: str, kind: str = "xs:string", *, many: bool = False) -> str:
    often = ' minOccurs="0" maxOccurs="unbounded"' if many else ""
    return f'<xs:element name="{name}" type="{kind}"{often}/>'


def _type(name: str, inside: str) -> str:
    return f'<xs:complexType name="{name}"><xs:sequence>{inside}</xs:sequence></xs:complexType>'


def _wrapper(name: str, inside: str) -> str:
    content = f"<xs:complexType><xs:sequence>{inside}</xs:sequence></xs:complexType>"
    return f'<xs:element name="{name}">{content}</xs:element>'


def description(address: str) -> str:
    """The service's WSDL: one operation, rows of columns with a list of buildings in each."""
    building = _type("Building", "".join(map(_element, _BUILDING)))
    row = _type("Row", "".join(map(_element, _COLUMNS)) + _element("ld", "t:Building", many=True))
    ask = _wrapper("query", _element("xmmc"))
    answer = _wrapper("queryResponse", _element("code") + _element("row", "t:Row", many=True))
    soap = "http://schemas.xmlsoap.org/wsdl/soap/"
    return f"""<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="{soap}" xmlns:t="{NS}"
 xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{NS}" name="S">
<w:types><xs:schema targetNamespace="{NS}" elementFormDefault="qualified">
{building}{row}{ask}{answer}</xs:schema></w:types>
<w:message name="in"><w:part name="p" element="t:query"/></w:message>
<w:message name="out"><w:part name="p" element="t:queryResponse"/></w:message>
<w:portType name="P"><w:operation name="query"><w:input message="t:in"/><w:output message="t:out"/>
</w:operation></w:portType>
<w:binding name="B" type="t:P"><s:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
<w:operation name="query"><s:operation soapAction=""/><w:input><s:body use="literal"/></w:input>
<w:output><s:body use="literal"/></w:output></w:operation></w:binding>
<w:service name="S"><w:port name="Port" binding="t:B"><s:address location="{address}"/></w:port></w:service>
</w:definitions>"""


def _leaves(columns: dict[str, str]) -> str:
    return "".join(f"<{name}>{value}</{name}>" for name, value in columns.items())


def _row(number: int, buildings: int) -> str:
    own = {"xkzh": f"建字第2310052021{number:05}号", "zjzmj": f"{100_000 + number}.{number % 90 + 10}"}
    below = "".join(_building(number * 100 + each) for each in range(buildings))
    return f"<row>{_leaves(_COLUMNS | own)}{below}</row>"


def _building(number: int) -> str:
    own = {
        "ldh": f"{number}#楼",
        "jzmj": f"{10_000 + number}.{number % 90 + 10}",
        "ts": str(100 + number % 99),
    }
    return f"<ld>{_leaves(_BUILDING | own)}</ld>"


def reply(octets: int) -> bytes:
    """A reply of about so many octets."""
    room = min(octets, 4_500)
    buildings = max(1, (room - 600) // len(_building(0).encode()))
    count = max(1, octets // len(_row(0, buildings).encode()))
    rows = "".join(_row(number, buildings) for number in range(count))
    soap = "http://schemas.xmlsoap.org/soap/envelope/"
    return (
        f'<e:Envelope xmlns:e="{soap}"><e:Body><queryResponse xmlns="{NS}"><code>0</code>{rows}'
        "</queryResponse></e:Body></e:Envelope>"
    ).encode()


SERVICE = """
import asyncio, sys
from benchmarks.soap import description, reply
bodies = {name: reply(int(name)) for name in sys.argv[1:]}
async def talk(reader, writer):
    try:
        while head := await reader.readuntil(b"\\r\\n\\r\\n"):
            lines = head.lower().split(b"\\r\\n")
            length = [int(line[15:]) for line in lines if line.startswith(b"content-length:")]
            if length:
                await reader.readexactly(length[0])
            name = head.split(b" ")[1].decode().strip("/").partition("?")[0]
            port = writer.get_extra_info("sockname")[1]
            body = bodies[name] if length else description(f"http://127.0.0.1:{port}/{name}").encode()
            writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Type: text/xml\\r\\n")
            writer.write(b"Content-Length: %d\\r\\n\\r\\n" % len(body))
            writer.write(body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()
async def main():
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


@dataclass(frozen=True, slots=True)
class SoapCost:
    """CPU milliseconds an ask: a pull to its document, zeep's, and a pull read into materials."""

    size: str
    rows: int
    pull_ms: float
    zeep_ms: float
    materials_ms: float

    @property
    def pull_ratio(self) -> float:
        """A pull to its document over zeep's."""
        return self.pull_ms / self.zeep_ms

    @property
    def materials_ratio(self) -> float:
        """A pull read into materials over zeep's."""
        return self.materials_ms / self.zeep_ms

    def as_json(self) -> dict[str, Any]:
        """The numbers, with both ratios and their limit."""
        ratios = {"pull_ratio": self.pull_ratio, "materials_ratio": self.materials_ratio}
        return asdict(self) | ratios | {"limit": TARGETS[self.size]}


def manifest(base: str, path: str) -> Any:
    """How the service is asked and read."""
    document = "".join(f"      {line}\n" for line in description("http://10.0.0.1/").splitlines())
    return load(
        f"""\
agency: bench
title: {{zh: 基准, en: Benchmark}}
sharing: {{class: unconditional}}
connection: {{protocol: soap, base: "{base}", allow_private: true, soap: {{path: "/{path}"}}}}
materials:
  - kind: {KIND}
    ask_by: [project_name]
    ask: {{operation: query, arguments: {{xmmc: "{{project_name}}"}}}}
    decode: [soap]
    success: {{at: /queryResponse/code, in: ["0"]}}
    none: {{at: count(/queryResponse/row), in: ["0"]}}
    rows: /queryResponse/row
    about: {{project_name: xmmc}}
    fields:
      permit_no: {{at: xkzh, as: identifier, key: project_permit_no}}
      project_name: xmmc
      holder_name: jsdw
      location: jswz
      total_area_m2: {{at: zjzmj, as: area, unit: m2}}
      issued_on: {{at: hfrq, as: date}}
      issued_by: fzjg
      buildings:
        rows: ld
        fields:
          "no": ldh
          use: yt
          floors_above: {{at: dscs, as: integer}}
          floors_below: {{at: dxcs, as: integer}}
          area_m2: {{at: jzmj, as: area, unit: m2}}
          units: {{at: ts, as: integer}}
wsdl:
  entry: "http://bench.example/s?wsdl"
  documents:
    "http://bench.example/s?wsdl": |-
{document}""",
        "bench",
    )


@contextmanager
def _service(sizes: list[int]) -> Iterator[str]:
    process = subprocess.Popen(  # noqa: S603  our own service
        [sys.executable, "-c", SERVICE, *map(str, sizes)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None  # noqa: S101  it was asked for
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.terminate()
        process.communicate()


class Pulling(SoapAdapter):
    """Stops at the document."""

    async def document(self, deadline: Deadline) -> int:
        """Ask once; the rows that came."""
        rule = self._manifest.materials[0]
        evidence = await self._ask(rule, rule, KEY, {}, deadline)
        return len(self._document(rule, evidence).content) - 1

    async def materials(self, deadline: Deadline) -> int:
        """Ask once, and read it."""
        [evidence] = await self.pull(GRANT, {KEY.name: (KEY,)}, deadline)
        return len(self.read(evidence).materials)


async def _turn(ask: Callable[[], Any], asks: int) -> float:
    before = time.process_time()
    for _ in range(asks):
        await ask()
    return (time.process_time() - before) / asks * 1000


async def compare(base: str, size: str) -> SoapCost:
    """One size: turn about, the median of the turns of each."""
    octets, asks = SIZES[size]
    bare_zeep: Any = zeep.Client
    with bare_zeep(f"{base}/{octets}?wsdl") as client:

        async def bare() -> int:
            return len(client.service.query(xmmc=NAME).row)

        async with Egress() as egress:
            adapter = Pulling(manifest(base, str(octets)), 1, egress, str, lambda: NOW)
            ways: tuple[Callable[[], Any], ...] = (
                lambda: adapter.document(Deadline.after(60)),
                bare,
                lambda: adapter.materials(Deadline.after(60)),
            )
            rows = {await way() for way in ways}
            if len(rows) != 1:
                raise ValueError("they did not read the same")
            turns = [[await _turn(way, asks) for way in ways] for _ in range(TURNS)]
    return SoapCost(size, rows.pop(), *(median(costs) for costs in zip(*turns, strict=True)))


def soap_costs() -> list[SoapCost]:
    """Every size. About half a minute."""
    with _service([octets for octets, _ in SIZES.values()]) as base:
        return [asyncio.run(compare(base, size)) for size in SIZES]


def print_soap(found: list[SoapCost]) -> None:
    """One line a size."""
    print(
        pick(
            "\nSOAP 取数的 CPU，与裸 zeep 相比（“≤”为两个比值的上限；materials 含映射与校验）",
            "\nCPU of a SOAP pull against bare zeep (≤: limit of both; materials: mapped, validated)",
        )
    )
    heads = f"{'rows':>6}{'zeep ms':>10}{'pull ms':>10}{'×':>7}{'materials ms':>15}{'×':>7}{'≤':>7}"
    print(f"  {'':8}{heads}")
    for each in found:
        row = (
            f"  {each.size:8}{each.rows:>6}{each.zeep_ms:>10.2f}{each.pull_ms:>10.2f}{each.pull_ratio:>7.2f}"
        )
        print(f"{row}{each.materials_ms:>15.2f}{each.materials_ratio:>7.2f}{TARGETS[each.size]:>7.2f}")


if __name__ == "__main__":
    print_soap(soap_costs())
