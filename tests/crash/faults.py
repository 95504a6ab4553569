"""A disk that fails on demand: strace makes chosen system calls of a running process fail."""

from __future__ import annotations

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Fault:
    """Every `calls` on the files `paths` (none: on any file) ends with `error`; nothing is written."""

    calls: str
    error: str
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class Injected:
    """What strace saw; each line it marked is a call that was made to fail."""

    record: Path

    @property
    def count(self) -> int:
        return self.record.read_text("utf-8", "replace").count("(INJECTED)")


@asynccontextmanager
async def failing(pid: int, fault: Fault, record: Path) -> AsyncIterator[Injected]:
    """While this lasts the process's disk is at fault, in all its threads; then it is well again."""
    only = [word for path in fault.paths for word in ("-P", str(path))]
    command = ["strace", "-f", "-qq", "-p", str(pid), "-o", str(record), *only]
    command += ["-e", f"trace={fault.calls}", "-e", f"inject={fault.calls}:error={fault.error}"]
    strace = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=DEVNULL)
    try:
        await _attached(pid, strace)
        yield Injected(record)
    finally:
        if strace.returncode is None:
            strace.terminate()  # it lets go of the process and leaves it running
        await strace.wait()


async def _attached(pid: int, strace: asyncio.subprocess.Process) -> None:
    """Until every thread is traced."""
    while not all(_tracer(task) for task in Path(f"/proc/{pid}/task").iterdir()):  # noqa: ASYNC240
        assert strace.returncode is None
        await asyncio.sleep(0.01)


def _tracer(task: Path) -> bool:
    lines = (task / "status").read_text("ascii").splitlines()
    return any(line.startswith("TracerPid:") and line.split()[1] != "0" for line in lines)


def why_not() -> str | None:
    """Why no fault can be injected here; None when one can."""
    if shutil.which("strace") is None:
        return "no failing disk: strace is not installed (Debian: strace)"
    if os.geteuid() != 0 and Path("/proc/sys/kernel/yama/ptrace_scope").read_text("ascii").strip() != "0":
        return "no failing disk: strace may not trace other processes here"
    return None
