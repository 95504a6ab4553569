"""A thousand identical asks, cold: one upstream call for each material, in one process and in two."""

import asyncio
import json
import secrets
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from contracts.project_file import read_project_file
from demo import nr
from demo.city import NR, PROJECTS, configured
from demo.control import Control, Fault
from demo.run import ask_for

ROOT = Path(__file__).resolve().parents[2]
TEXT = PROJECTS.read_text("utf-8")
P1 = read_project_file(TEXT)[0]
KINDS = len(nr.SEARCHES)


@pytest.fixture
async def control():
    control = Control()
    yield control
    await control.close()


@pytest.fixture
async def config(control, tmp_path) -> Path:
    """The demo's configuration with its bureau at work, slow enough that everybody asks meanwhile."""
    natives = json.loads(TEXT, parse_float=Decimal)["projects"]
    base = await control.open(NR, lambda desk: nr.create(natives, desk))
    desk = control.desks[NR]
    desk.fault, desk.delay = Fault.SLOW, 0.5
    return configured(tmp_path / "config", {NR: base})


async def nodes(tmp_path: Path, config: Path, redis_url: str, *many: int) -> list[dict]:
    """As many processes as numbers, one cache key, all told to ask at the same moment."""
    key = secrets.token_hex(32)
    workers = []
    for number, times in enumerate(many):
        home = tmp_path / f"home-{number}"
        (home / "keys").mkdir(parents=True, mode=0o700)
        (home / "keys" / "cache").touch(0o600)
        (home / "keys" / "cache").write_text(key)
        workers.append(
            await asyncio.create_subprocess_exec(
                sys.executable,
                str(ROOT / "tests" / "cache" / "worker.py"),
                *(str(home), str(config), redis_url, str(times)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=ROOT,
                env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
            )
        )
    for worker in workers:
        assert worker.stdout
        if await worker.stdout.readline() != b"ready\n":
            await told_by(worker)
    for worker in workers:
        assert worker.stdin
        worker.stdin.write(json.dumps(ask_for(P1) | {"wait": 60}).encode() + b"\n")
    return [json.loads(await told_by(worker)) for worker in workers]


async def told_by(worker: asyncio.subprocess.Process) -> bytes:
    """What a worker prints to its end; one that ends badly fails the test with its own last words."""
    out, words = await worker.communicate()
    if worker.returncode or not out.strip():
        pytest.fail(
            f"a worker ended with {worker.returncode} and said:\n{words.decode(errors='replace')[-6000:]}"
        )
    return out


def expect(found: list[dict], *many: int) -> None:
    for told, times in zip(found, many, strict=True):
        assert told["statuses"] == {"200": times}
        received = {name: count for name, count in told["came"].items() if name.endswith(" received")}
        assert received == dict.fromkeys(received, times)
        assert len(received) == KINDS
        assert told["facts"] == found[0]["facts"]


async def test_in_one_process(control, config, tmp_path):
    found = await nodes(tmp_path, config, "", 1000)
    expect(found, 1000)
    assert len(control.desks[NR].asked) == len(set(control.desks[NR].asked)) == KINDS


async def test_in_two_processes_that_share_a_store(control, config, tmp_path, store):
    found = await nodes(tmp_path, config, store.connection_url, 500, 500)
    expect(found, 500, 500)
    assert len(control.desks[NR].asked) == len(set(control.desks[NR].asked)) == KINDS


async def test_two_processes_that_share_nothing_ask_twice(control, config, tmp_path):
    expect(await nodes(tmp_path, config, "", 20, 20), 20, 20)
    assert len(control.desks[NR].asked) == 2 * KINDS
