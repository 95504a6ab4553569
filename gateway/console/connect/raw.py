"""A reply exactly as it came: its characters under the charset that fits, and its octets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request

from contracts.audit import EntryKind, Subject
from contracts.catalogue import KINDS
from contracts.errors import NoSuchThing
from contracts.exchange import KindSlug
from contracts.material import digest_of
from contracts.text import text
from gateway.api.door import house_of
from gateway.console.connect.pages import OnBench, place_of
from gateway.console.connect.result import characters_of
from gateway.console.connect.titles import title_in
from gateway.console.door import Admitted, show

if TYPE_CHECKING:
    from starlette.responses import Response

router = APIRouter(prefix="/console/agencies/{agency}/connect", include_in_schema=False)

CHARACTERS = 256 << 10
"""Characters of a reply that a page shows."""


@router.get("/{version}/{kind}/raw")
async def raw(request: Request, guest: Admitted, bench: OnBench, kind: KindSlug) -> Response:
    """The reply exactly as it came. It may be about persons, so the log has who looked."""
    house, agency = house_of(request), bench.agency
    paper = bench.papers.get(kind)
    if paper is None:
        raise NoSuchThing(text("还没有样例返回", "There is no sample yet"))
    octets = await house.papers.octets(paper)
    digest = digest_of(octets)
    subject = Subject(type="agency", id=agency, version=bench.number, digest=digest, note="raw reply shown")
    await house.log.append(guest.entry(EntryKind.TRIED, subject=subject, agencies=(agency,), personal=True))
    characters, charset = characters_of(octets, paper.media_type)
    return await show(
        request,
        guest,
        "connect/raw.html",
        bench=bench,
        title_in=title_in,
        place=place_of(bench, kind),
        kind=KINDS[kind],
        paper=paper,
        digest=digest,
        characters=characters[:CHARACTERS],
        charset=charset,
        dump=_dump(octets[:4096]),
    )


def _dump(octets: bytes) -> str:
    """Offsets, octets and what is printable of them, sixteen a line."""
    lines = []
    for start in range(0, len(octets), 16):
        row = octets[start : start + 16]
        printable = "".join(chr(each) if 32 <= each < 127 else "." for each in row)
        lines.append(f"{start:06x}  {row.hex(' '):47}  {printable}")
    return "\n".join(lines)
