"""One agency's drop folder: what lies in it, since when it has not changed, and where it goes from there."""

from __future__ import annotations

import errno
import io
import os
import re
import shutil
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from gateway.intake.digests import ALGORITHMS
from gateway.intake.names import DEPTH
from gateway.intake.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from adapters.manifest.drops import DropRule

Signature = tuple[tuple[str, int, int, int], ...]
"""Path, file number, size in octets and modification time in nanoseconds of each file."""

Form = Literal["zip", "folder", "stray"]

_UNFINISHED = re.compile(r"\..*|~\$.*|.*\.(tmp|part|partial|filepart|uploading)", re.IGNORECASE)
_LOOKED_AT = 20_000
_AGAIN = "again-"
"""Before the name under which a delivery was set aside: the folder in `in` that it is put back in."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may be a delivery: a ZIP with its sidecars, a folder with a notice, or neither.

    Everything below `root` is the agency's to change at any moment.
    """

    root: Path
    path: Path
    form: Form
    signature: Signature
    sidecars: tuple[Path, ...] = ()


class Settling:
    """Since when each candidate has been as it is now, by the clock of whoever asks; forgotten at restart."""

    def __init__(self) -> None:
        self._seen: dict[Path, tuple[Signature, datetime]] = {}

    def look(self, found: list[Candidate], now: datetime) -> dict[Path, timedelta]:
        """How long each has not changed; what is gone is forgotten."""
        seen = {each.path: self._seen.get(each.path, (each.signature, now)) for each in found}
        self._seen = {
            each.path: seen[each.path] if seen[each.path][0] == each.signature else (each.signature, now)
            for each in found
        }
        return {path: now - since for path, (_, since) in self._seen.items()}


class DropFolder:
    """`in` is the agency's to write; what was taken in lies in `done`, what was refused in `quarantine`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.inbox, self.done, self.quarantine = root / "in", root / "done", root / "quarantine"

    def furnish(self) -> None:
        """Make the three folders. Raises OSError."""
        for folder in (self.inbox, self.done, self.quarantine):
            folder.mkdir(mode=0o770, parents=True, exist_ok=True)

    @property
    def usable(self) -> bool:
        """Whether all three are there to read and write."""
        folders = (self.inbox, self.done, self.quarantine)
        return all(each.is_dir() and os.access(each, os.R_OK | os.W_OK | os.X_OK) for each in folders)

    def candidates(self, drop: DropRule) -> list[Candidate]:
        """What lies in `in`, finished or not known to be unfinished, by path. Raises OSError."""
        found = list(self._within(self.inbox, drop, DEPTH))
        return sorted(found, key=lambda each: each.path)[:_LOOKED_AT]

    def _within(self, folder: Path, drop: DropRule, depth: int) -> Iterator[Candidate]:
        entries = {entry.name: entry for entry in os.scandir(folder) if not _UNFINISHED.fullmatch(entry.name)}
        if drop.form == "folder" and drop.notice.name in entries and folder != self.inbox:
            if not any(map(_UNFINISHED.fullmatch, _names_below(folder))):
                yield Candidate(self.inbox, folder, "folder", _signature_below(folder))
            return
        taken, called = set(), {name.lower(): name for name in entries}
        for name, entry in entries.items():
            if drop.form == "zip" and name.lower().endswith(".zip") and entry.is_file(follow_symlinks=False):
                beside = [called[each] for each in _sidecars(name) if each in called]
                taken |= {name, *beside}
                files = tuple(folder / each for each in beside)
                signature = _signature([folder / name, *files])
                yield Candidate(self.inbox, folder / name, "zip", signature, files)
        for name in entries.keys() - taken:
            yield from self._other(folder / name, entries[name], drop, depth)

    def _other(self, path: Path, entry: os.DirEntry[str], drop: DropRule, depth: int) -> Iterator[Candidate]:
        if entry.is_dir(follow_symlinks=False) and depth:
            yield from self._within(path, drop, depth - 1)
        else:
            yield Candidate(self.inbox, path, "stray", _signature([path]))

    def put_by(self, candidate: Candidate, name: str) -> None:
        """Move what was taken in to `done/NAME/`; after a crash, once more. Raises OSError."""
        self._move(candidate, self.done / name)

    def set_aside(self, candidate: Candidate, name: str, reason: str) -> None:
        """Move what was refused to `quarantine/NAME/`, its reason to `NAME.txt` beside. Raises OSError."""
        note = self.quarantine / f"{name}.txt"
        note.with_suffix(".tmp").write_text(reason, "utf-8")
        note.with_suffix(".tmp").rename(note)
        # From here whoever finds the folder finds out why. A crash before the move repeats all of it.
        self._move(candidate, self.quarantine / name)

    def put_back(self, name: str) -> bool:
        """Lay what was set aside under this name into `in` again, in a folder of its own; False: it is gone.

        One rename: all of it or nothing. Raises OSError.
        """
        there = self.inbox / f"{_AGAIN}{name}"
        with suppress(FileNotFoundError):
            (self.quarantine / name).rename(there)
            (self.quarantine / f"{name}.txt").unlink(missing_ok=True)
        return there.is_dir()

    def _move(self, candidate: Candidate, target: Path) -> None:
        target.mkdir(mode=0o770, exist_ok=True)
        # Sidecars first: a ZIP left without one waits and is known; a sidecar left alone would be a stray.
        for path in (*candidate.sidecars, candidate.path):
            there = target / path.name
            if there.is_dir() and not there.is_symlink():
                shutil.rmtree(there)
            with _standing_in(path.parent, candidate.root) as parent:
                os.replace(path.name, there, src_dir_fd=parent)
        again = candidate.path.parent
        if again.parent == self.inbox and again.name.startswith(_AGAIN):
            with suppress(OSError):  # not empty: something of it is still to be judged
                again.rmdir()


def _sidecars(name: str) -> list[str]:
    return [f"{name}.{algorithm}".lower() for algorithm in ALGORITHMS]


def open_plain(path: Path, root: Path) -> io.FileIO:
    """A plain file, unbuffered; no link is followed, be it the file or a folder on the way from `root`.

    Raises Refused, OSError.
    """
    try:
        with _standing_in(path.parent, root) as parent:
            file = _opened(path.name, os.O_RDONLY | os.O_NONBLOCK, parent)
    except OSError as error:
        # A link where a folder was asked for is ENOTDIR, as a file would be.
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise Refused("link") from error
        raise
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise Refused("link")
    return io.FileIO(file, "rb")


@contextmanager
def _standing_in(folder: Path, root: Path) -> Iterator[int]:
    """A folder held open, reached from `root` step by step. Raises OSError: one was swapped for a link."""
    here = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for step in folder.relative_to(root).parts:
            below = _opened(step, os.O_RDONLY | os.O_DIRECTORY, here)
            os.close(here)
            here = below
        yield here
    finally:
        os.close(here)


def _opened(name: str, how: int, parent: int) -> int:
    return os.open(name, how | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)


def files_below(folder: Path, limit: int) -> list[Path]:
    """Every file in a folder, however deep. Raises Refused for links, special files and too many."""
    found: list[Path] = []
    for parent, folders, names in os.walk(folder):
        below = [Path(parent) / name for name in (*folders, *names)]
        if any(not stat.S_ISDIR(mode) and not stat.S_ISREG(mode) for mode in map(_mode, below)):
            raise Refused("link")
        found += [Path(parent) / name for name in names]
        if len(found) > limit:
            raise Refused("too-many-files", limit=limit)
    return sorted(found)


def _mode(path: Path) -> int:
    return path.lstat().st_mode


def _names_below(folder: Path) -> Iterator[str]:
    for _, folders, names in os.walk(folder):
        yield from folders
        yield from names


def _signature_below(folder: Path) -> Signature:
    return _signature(sorted(Path(parent) / name for parent, _, names in os.walk(folder) for name in names))


def _signature(paths: list[Path]) -> Signature:
    states = [(str(path), path.lstat()) for path in paths]
    return tuple((path, state.st_ino, state.st_size, state.st_mtime_ns) for path, state in states)
