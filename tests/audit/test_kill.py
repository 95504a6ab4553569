"""A process killed while writing: everything it acknowledged is there, and the log goes on."""

import os
import signal
import subprocess
import sys

from contracts.audit import leaf_hash
from gateway.audit.verify import verify_log

WRITER = """
import asyncio, os, sys
from datetime import UTC, datetime
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from contracts.audit import Draft, EntryKind
from gateway.audit.checkpoint import CheckpointSigner
from gateway.audit.log import AuditLog
from gateway.store.database import Database

def clock():
    return datetime(2026, 3, 2, tzinfo=UTC)

async def walker(log, number):
    while True:
        done = await log.append(Draft(kind=EntryKind.ASKED, case=f"DJ-{number}"))
        os.write(1, f"{done.index} {done.leaf.hex()}\\n".encode())

async def main():
    signer = CheckpointSigner("landbridge.local/log", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
    log = AuditLog(Database(sys.argv[1]), signer, clock)
    await asyncio.gather(*(walker(log, number) for number in range(8)))

asyncio.run(main())
"""


def killed_after(url, lines):
    """What the writer acknowledged before it died, index by leaf in hexadecimal."""
    writer = subprocess.Popen([sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE)
    assert writer.stdout
    said = b"".join(writer.stdout.readline() for _ in range(lines))
    os.kill(writer.pid, signal.SIGKILL)
    said += writer.stdout.read()
    writer.stdout.close()
    assert writer.wait() == -signal.SIGKILL
    whole = [line.split() for line in said.decode().splitlines() if len(line.split()) == 2]
    return {int(index): leaf for index, leaf in whole if len(leaf) == 64}


async def test_what_was_acknowledged_survives_five_deaths(log, database_url, draft):
    acknowledged: dict[int, str] = {}
    kept = None
    for round_ in range(5):
        acknowledged |= killed_after(database_url, 20 + 37 * round_)
        assert (await verify_log(log, older=kept)).sound
        kept = await log.checkpoint()
        for index, leaf in acknowledged.items():
            assert leaf_hash(await log.entry(index)).hex() == leaf
        await log.append(draft())
    assert len(acknowledged) >= 20 * 5
    assert await log.size() >= len(acknowledged) + 5
