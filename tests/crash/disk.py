"""The forgetful disk, mounted for a test."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path


def why_not() -> str | None:
    """Why there can be no such disk here; None when there can."""
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "no forgetful disk: /dev/fuse is missing or not ours to use"
    trial = subprocess.run([sys.executable, "-c", "import mfusepy"], capture_output=True, check=False)
    return "no forgetful disk: libfuse is not installed (Debian: fuse3)" if trial.returncode else None


@dataclass
class Disk:
    """A file system at `place` that forgets what was not synced."""

    place: Path
    _process: Process

    async def load(self, folder: Path) -> None:
        """While it is not mounted: what is in that folder is on this disk, too, by the same name."""
        await self._say(f"load {folder}", "loaded")

    async def mount(self) -> None:
        await self._say("mount", "mounted")

    async def unmount(self) -> None:
        """Whoever used it must be gone."""
        done = await asyncio.create_subprocess_exec("umount", str(self.place))
        assert await done.wait() == 0
        await self._hear("unmounted")

    async def cut(self, seed: int = 0) -> None:
        """The power goes and comes back; with a seed some of what was not synced survives, in no order."""
        await self.unmount()
        await self._say(f"cut {seed}", "cut")
        await self.mount()

    def fail_syncs(self, pattern: str) -> None:
        """From now on syncs of paths that fit fail, and what they should have written counts as written.

        An empty pattern: none do any more.
        """
        os.setxattr(self.place, "user.fail", pattern.encode())

    def fill(self, pattern: str) -> None:
        """From now on files whose paths fit have no room to grow. An empty pattern: all have."""
        os.setxattr(self.place, "user.full", pattern.encode())

    @property
    def failed(self) -> int:
        """How many syncs have failed since they were told to."""
        return int(os.getxattr(self.place, "user.fail"))

    @property
    def refused(self) -> int:
        """How often there was no room since it was filled."""
        return int(os.getxattr(self.place, "user.full"))

    async def _say(self, order: str, heard: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{order}\n".encode())
        await self._hear(heard)

    async def _hear(self, word: str) -> None:
        assert self._process.stdout
        line = await self._process.stdout.readline()
        assert line.decode().strip() == word, line


@asynccontextmanager
async def open_disk(place: Path, *holding: Path) -> AsyncIterator[Disk]:
    """One with these folders on it or an empty one, mounted; unmounted and gone at the end."""
    place.mkdir()  # noqa: ASYNC240  before anything runs
    command = (sys.executable, "-m", "tests.crash.forgetful", str(place))
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    disk = Disk(place, process)
    for folder in holding:
        await disk.load(folder)
    await disk.mount()
    try:
        yield disk
    finally:
        if os.path.ismount(place):  # noqa: ASYNC240  the disk answers from its own process
            await disk.unmount()
        await process.communicate(b"end\n")
        place.rmdir()  # noqa: ASYNC240
