"""A machine that runs PostgreSQL: its data directory and the gateway's home lie on one forgetful disk."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from gateway.store.migrate import migrate
from tests.crash.disk import Disk, open_disk
from tests.postgres import Postgres

# What a server is told that has to survive, and a log in small pieces: under a load of seconds it is written
# to its end, tables are written out, and pieces are thrown away, as they are in hours. Nobody but whoever
# waits for a commit writes the log to the disk.
CAREFUL = {
    "wal_writer_delay": "10s",
    "wal_level": "replica",
    "min_wal_size": "2MB",
    "max_wal_size": "2MB",
    "wal_recycle": "off",
}


@dataclass(frozen=True)
class Machine:
    """The disk, and the server on it, which is started with it."""

    disk: Disk
    server: Postgres

    @property
    def home(self) -> Path:
        """Where a gateway's home may be made."""
        return self.disk.place / "home"

    @property
    def url(self) -> str:
        """The server's own first database: to make another one there would take longer than all the rest."""
        return self.server.url("postgres")

    async def cut(self, seed: int = 0) -> None:
        """The power goes, for the server at any moment of its work, and comes back. See Disk.cut."""
        self.server.die()
        await self.disk.cut(seed)
        await self.start()

    async def start(self) -> None:
        """The server, over whatever it finds."""
        await asyncio.to_thread(self.server.start)

    async def restart(self) -> None:
        """As whoever runs the server does when it does not answer.

        It may have given up, or stand between two crashes with nobody who would end the second.
        """
        if not self.server.answers():
            if not self.server.is_gone():
                self.server.die()
            await self.start()

    def say(self, statement: str) -> None:
        """Tell the server something that it may not survive."""
        with suppress(psycopg.Error):
            self.server.run(statement)


def prepared() -> Postgres:
    """A server whose first database has our tables, to be put on such disks; stopped.

    It has nothing else on it: when its power was cut it syncs every file it has before it does anything.
    """
    server = Postgres(memory=False, segment="1", **CAREFUL)
    server.start()
    for spare in ("template0", "template1"):
        server.run(f"ALTER DATABASE {spare} IS_TEMPLATE false")
        server.run(f"DROP DATABASE {spare}")
    migrate(server.url("postgres"))
    server.stop()
    return server


@asynccontextmanager
async def open_machine(server: Postgres) -> AsyncIterator[Machine]:
    """The server as it was prepared, on a disk that others than us may enter only within its own folder."""
    solid = server.data
    async with open_disk(server.folder / "disk", solid) as disk:
        server.data = disk.place / solid.name
        machine = Machine(disk, server)
        try:
            await machine.start()
            yield machine
        finally:
            server.stop(signal.SIGQUIT)
            server.data = solid
