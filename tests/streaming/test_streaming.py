"""A file larger than the gateway's memory goes through it, in and out, whole and in parts."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import replace

import pytest
import pytest_asyncio
from http_message_signatures.exceptions import InvalidSignature

from tests.streaming.agency import part
from tests.streaming.scene import Fetched, Scene, open_scene

SIZE = 2_000_000_003 if os.environ.get("LANDBRIDGE_SOAK") == "1" else 500_000_003
ALLOWED = 32_000_000
"""Octets of memory one file may cost, however large it is."""

SMALL = 3 * ALLOWED
"""Enough for a gateway that buffers to be found out."""

COVERED = (
    "repr-digest",
    "content-length",
    "landbridge-receipt",
    "@status",
    '"@method";req',
    '"@target-uri";req',
)

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(900)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory):
    async with open_scene(tmp_path_factory.mktemp("streaming"), SIZE) as scene:
        yield scene


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def first(scene: Scene) -> tuple[Fetched, int]:
    """The file fetched through the gateway for the first time, and what that cost in memory."""
    return await costing(scene)


async def costing(scene: Scene, *, stall: float = 0) -> tuple[Fetched, int]:
    scene.memory.forget_peak()
    before = scene.memory.now()
    fetched = await scene.fetch(stall=stall)
    return fetched, scene.memory.peak() - before


async def test_coming_and_going_it_costs_little_memory(scene, first):
    fetched, grown = first
    assert fetched.size == scene.agency.served == SIZE
    assert grown <= ALLOWED


async def test_a_reader_who_stops_reading_costs_no_memory(scene, first):
    fetched, grown = await costing(scene, stall=1)
    assert fetched.size == SIZE
    assert grown <= ALLOWED


async def test_the_second_time_it_comes_from_the_vault(scene, first):
    scene.agency.served = 0
    again = await scene.fetch()
    assert (again.sha256, again.size) == (first[0].sha256, SIZE)
    assert scene.agency.served == 0


async def test_the_signed_digest_is_the_agencys_octets(scene, first):
    fetched, _ = first
    stated = base64.b64encode(bytes.fromhex(scene.agency.digest)).decode()
    assert fetched.sha256 == scene.agency.digest
    assert fetched.head.headers["repr-digest"] == f"sha-256=:{stated}:"
    assert fetched.head.headers["content-length"] == str(SIZE)
    scene.verify(fetched.head, *COVERED)


@pytest.mark.parametrize(
    ("span", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=1048570-1048585", 1048570, 1048586),  # across two segments
        ("bytes=3145728-8388607", 3 << 20, 8 << 20),  # segments, exactly
        (f"bytes={SIZE - 5}-", SIZE - 5, SIZE),
        ("bytes=-1500000", SIZE - 1_500_000, SIZE),
        (f"bytes={SIZE - 1}-{SIZE + 99}", SIZE - 1, SIZE),  # past the end
    ],
)
async def test_a_part_is_that_part_and_says_so_signed(scene, first, span, start, stop):
    fetched = await scene.fetch(span)
    assert fetched.head.status_code == 206
    assert (fetched.size, fetched.sha256) == (
        stop - start,
        hashlib.sha256(part(SIZE, start, stop)).hexdigest(),
    )
    assert fetched.head.headers["content-range"] == f"bytes {start}-{stop - 1}/{SIZE}"
    assert fetched.head.headers["repr-digest"] == first[0].head.headers["repr-digest"]
    scene.verify(fetched.head, *COVERED, "content-range")


@pytest.mark.parametrize(
    ("name", "forged"),
    [
        ("content-range", f"bytes 1-16/{SIZE}"),
        ("content-length", "17"),
        ("repr-digest", f"sha-256=:{base64.b64encode(bytes(32)).decode()}:"),
    ],
)
async def test_a_part_passed_off_as_another_is_noticed(scene, first, name, forged):
    head = (await scene.fetch("bytes=0-15")).head
    scene.verify(head, *COVERED, "content-range")
    assert head.headers[name] != forged
    with pytest.raises(InvalidSignature):
        scene.verify(replace(head, headers={**head.headers, name: forged}), *COVERED, "content-range")


async def test_a_part_that_is_not_there_is_refused(scene, first):
    fetched = await scene.fetch(f"bytes={SIZE}-")
    assert fetched.head.status_code == 416


@pytest.mark.parametrize("mutant", ["hoard-in", "hoard-out"])
async def test_the_measure_finds_a_gateway_that_buffers(tmp_path, mutant):
    async with open_scene(tmp_path / "scene", SMALL, mutant) as scene:
        fetched, grown = await costing(scene)
    assert fetched.size == SMALL
    assert grown > ALLOWED
