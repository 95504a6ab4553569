"""What the documents' examples run against: three bureaus, a real `landbridge serve`, a vendor's folder."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path

import httpx2

from demo import hc, nr, tax
from demo.city import HC, NR, PROJECTS, TAX, configured
from demo.control import Control, address_of, reserve

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 240
BUREAUS = {NR: nr.create, HC: hc.create, TAX: tax.create}


@dataclass
class Desk:
    """A vendor's working folder, with the environment its commands are given."""

    folder: Path
    env: Mapping[str, str] = field(repr=False)

    async def run(self, *command: str) -> tuple[int, str]:
        """Exit code, and everything it said. Raises TimeoutError."""
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=self.folder,
            env=self.env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(PATIENCE_SECONDS):
            said, _ = await process.communicate()
        return process.returncode or 0, said.decode()


@asynccontextmanager
async def open_desk(folder: Path) -> AsyncIterator[Desk]:
    """Bureaus and gateway up, registration's key in `$KEY`, the client beside the vendor's program."""
    natives = json.loads(PROJECTS.read_text("utf-8"), parse_float=Decimal)["projects"]
    control = Control()
    bases = {name: await control.open(name, partial(make, natives)) for name, make in BUREAUS.items()}
    with reserve() as reserved:
        base = address_of(reserved.getsockname()[1])
    env = environment(folder, configured(folder / "config", bases), base)
    vendor = folder / "vendor"
    (vendor / "demo").mkdir(parents=True)
    for name in ("client.py", "proofs.py"):
        shutil.copy(ROOT / "demo" / name, vendor / "demo" / name)
    inside = Desk(ROOT, env)
    told = (folder / "gateway.log").open("wb")
    try:
        _, key = await inside.run(sys.executable, "-m", "gateway.cli", "consumer", "add", "registration")
        serve = [sys.executable, "-m", "gateway.cli", "serve"]
        gateway = await asyncio.create_subprocess_exec(*serve, cwd=ROOT, env=env, stdout=told, stderr=told)
        try:
            await _ready(base, gateway, folder / "gateway.log")
            yield Desk(
                vendor, {"PATH": env["PATH"], "BASE": base, "KEY": key.splitlines()[-1], "LANG": "C.UTF-8"}
            )
        finally:
            if gateway.returncode is None:
                gateway.terminate()
                await gateway.wait()
    finally:
        told.close()
        await control.close()


async def auditors_desk(folder: Path) -> Desk:
    """A gateway's machine at rest, with an entry in its log, and the documents beside the auditor."""
    desk = Desk(folder, environment(folder, configured(folder / "config", {}), "http://127.0.0.1:1"))
    (folder / "docs").symlink_to(ROOT / "docs")
    code, said = await desk.run("landbridge", "consumer", "add", "audit-office", "--role", "auditor")
    if code:
        raise RuntimeError(said)
    return desk


def environment(folder: Path, config: Path, base: str) -> dict[str, str]:
    """Of the gateway: nothing of an installation that this machine may have."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("LANDBRIDGE_")}
    own["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{own['PATH']}"
    return own | {
        "LANDBRIDGE_HOME": str(folder / "home"),
        "LANDBRIDGE_CONFIG": str(config),
        "LANDBRIDGE_PORT": base.rpartition(":")[2],
        "LANDBRIDGE_RULES_PROFILE": "demo-default",
        "LANDBRIDGE_LANG": "en",
    }


async def _ready(base: str, gateway: asyncio.subprocess.Process, log: Path) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), httpx2.AsyncClient(base_url=base) as http:
        while gateway.returncode is None:
            with suppress(httpx2.HTTPError):
                if (await http.get("/health/ready")).status_code == 200:
                    return
            await asyncio.sleep(0.05)
    raise RuntimeError(await asyncio.to_thread(log.read_text, "utf-8"))
