"""A disk of the suite's own, mounted through FUSE, that keeps what was synced and forgets the rest.

As strict as POSIX allows a disk to be: octets are kept by `fsync` of their file, names by `fsync` of their
directory, nothing by waiting. `python -m tests.crash.forgetful MOUNTPOINT` reads a word a line:

    load FOLDER  takes over what is in that folder elsewhere, as if it had been on this disk for long
    mount        mounts, says `mounted` and serves until it is unmounted, then says `unmounted`
    cut SEED     the power goes: what was not synced is forgotten. With a seed other than 0 some pages that
                 were written and not synced reached the disk all the same, as they do, in no order
    end

A fault is set through the file system itself: an extended attribute of the root is a pattern, and while it
stands calls on paths that fit it fail. Read, the attribute is how many have.

    user.fail   every `fsync` fails with EIO, and as on Linux the pages it should have written then count as
                written, though they are not: whoever syncs again later is told that all is well
    user.full   no file may grow (ENOSPC); what lies within its size can still be written over
"""

from __future__ import annotations

import errno
import fnmatch
import os
import random
import stat
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mfusepy

PAGE = 4096


@dataclass
class Node:
    """What files and directories have in common: the mode, the owner, and the times that stat shows."""

    mode: int
    number: int
    owner: tuple[int, int]
    links: int = 1
    changed: int = field(default_factory=time.time_ns)

    def stat(self, size: int) -> dict[str, Any]:
        return {
            "st_mode": self.mode,
            "st_ino": self.number,
            "st_nlink": self.links,
            "st_uid": self.owner[0],
            "st_gid": self.owner[1],
            "st_size": size,
            "st_mtime": self.changed,
            "st_ctime": self.changed,
            "st_atime": self.changed,
        }


@dataclass
class File(Node):
    """`octets` as every process sees them, `kept` as the disk has them; `dirty` pages differ."""

    octets: bytearray = field(default_factory=bytearray)
    kept: bytearray = field(default_factory=bytearray)
    dirty: set[int] = field(default_factory=set)

    def write(self, data: bytes, offset: int) -> None:
        end = offset + len(data)
        self.resize(max(end, len(self.octets)))
        self.octets[offset:end] = data
        self.dirty.update(range(offset // PAGE, -(-end // PAGE)))

    def resize(self, size: int) -> None:
        """Longer with zeros or shorter; what was cut off or added is dirty."""
        before = len(self.octets)
        if size < before:
            del self.octets[size:]
        else:
            self.octets.extend(bytes(size - before))
        self.dirty.update(range(min(before, size) // PAGE, -(-max(before, size) // PAGE)))

    def sync(self) -> None:
        self._write_out(self.dirty, len(self.octets))
        self.dirty.clear()

    def _write_out(self, pages: set[int], size: int) -> None:
        del self.kept[size:]
        self.kept.extend(bytes(size - len(self.kept)))
        for page in pages:
            place = slice(page * PAGE, min((page + 1) * PAGE, size))
            self.kept[place] = self.octets[place]

    def cut(self, rng: random.Random | None) -> None:
        if rng and self.dirty:
            lucky = {page for page in sorted(self.dirty) if rng.random() < 0.5}
            self._write_out(lucky, rng.choice([len(self.kept), len(self.octets)]))
        self.octets, self.dirty = bytearray(self.kept), set()


@dataclass
class Folder(Node):
    """`names` as every process sees them, `kept` as the disk has them."""

    names: dict[str, Node] = field(default_factory=dict)
    kept: dict[str, Node] = field(default_factory=dict)

    def sync(self) -> None:
        self.kept = dict(self.names)

    def cut(self, rng: random.Random | None) -> None:
        self.names = dict(self.kept)
        for node in self.names.values():
            if isinstance(node, (File, Folder)):
                node.cut(rng)


FAULTS = ("user.fail", "user.full")


@dataclass
class Fault:
    """Which paths it befalls, and how many calls it has."""

    pattern: str = ""
    count: int = 0

    def befalls(self, path: str) -> bool:
        fits = fnmatch.fnmatchcase(path, self.pattern)
        self.count += fits
        return fits


class Forgetful(mfusepy.Operations):  # type: ignore[misc]  # it brings no types
    """The file system; its whole state is the tree below `root`."""

    use_ns = True

    def __init__(self) -> None:
        self._numbers = 1
        self.root = Folder(stat.S_IFDIR | 0o755, 1, (os.geteuid(), os.getegid()))
        self._open: dict[int, File] = {}
        self._faults = {name: Fault() for name in FAULTS}

    def cut(self, seed: int) -> None:
        """The power goes."""
        self._open, self._faults = {}, {name: Fault() for name in FAULTS}
        self.root.cut(random.Random(seed) if seed else None)

    def load(self, place: Path) -> None:
        """A folder from elsewhere, as its owner left it; it is kept."""
        self.root.names[place.name] = self._loaded(place)
        self.root.sync()

    def _loaded(self, place: Path) -> Node:
        found = place.stat()
        about = (found.st_mode, self._number(), (found.st_uid, found.st_gid))
        if place.is_file():
            octets = place.read_bytes()
            return File(*about, octets=bytearray(octets), kept=bytearray(octets))
        folder = Folder(*about, 2, names={each.name: self._loaded(each) for each in place.iterdir()})
        folder.sync()
        return folder

    def _find(self, path: str) -> Node:
        node: Node = self.root
        for name in path.split("/")[1:]:
            if name:
                node = self._named(node, name)
        return node

    def _named(self, folder: Node, name: str) -> Node:
        if not isinstance(folder, Folder):
            raise mfusepy.FuseOSError(errno.ENOTDIR)
        if name not in folder.names:
            raise mfusepy.FuseOSError(errno.ENOENT)
        return folder.names[name]

    def _parted(self, path: str) -> tuple[Folder, str]:
        above, _, name = path.rpartition("/")
        folder = self._find(above)
        if not isinstance(folder, Folder):
            raise mfusepy.FuseOSError(errno.ENOTDIR)
        return folder, name

    def _file(self, path: str, fh: int | None = None) -> File:
        node = self._open[fh] if fh in self._open else self._find(path)
        if not isinstance(node, File):
            raise mfusepy.FuseOSError(errno.EISDIR)
        return node

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        node = self._open[fh] if fh in self._open else self._find(path)
        return node.stat(len(node.octets) if isinstance(node, File) else PAGE)

    def readdir(self, path: str, fh: int) -> Any:
        node = self._find(path)
        return [".", "..", *(node.names if isinstance(node, Folder) else ())]

    def create(self, path: str, mode: int, fi: Any = None) -> int:
        folder, name = self._parted(path)
        file = File(stat.S_IFREG | stat.S_IMODE(mode), self._number(), caller())
        folder.names[name] = file
        return self._opened(file)

    def open(self, path: str, flags: int) -> int:
        return self._opened(self._file(path))

    def _opened(self, file: File) -> int:
        fh = self._number()
        self._open[fh] = file
        return fh

    def release(self, path: str, fh: int) -> int:
        self._open.pop(fh, None)
        return 0

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return bytes(self._file(path, fh).octets[offset : offset + size])

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        file = self._file(path, fh)
        self._want_room(path, file, offset + len(data))
        file.write(data, offset)
        file.changed = time.time_ns()
        return len(data)

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        file = self._file(path, fh)
        self._want_room(path, file, length)
        file.resize(length)
        return 0

    def _want_room(self, path: str, file: File, size: int) -> None:
        if size > len(file.octets) and self._faults["user.full"].befalls(path):
            raise mfusepy.FuseOSError(errno.ENOSPC)

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        file = self._file(path, fh)
        if self._faults["user.fail"].befalls(path):
            file.dirty.clear()  # what Linux does: marked clean, and never written
            raise mfusepy.FuseOSError(errno.EIO)
        file.sync()
        return 0

    def fsyncdir(self, path: str, datasync: int, fh: int) -> int:
        if self._faults["user.fail"].befalls(path):
            raise mfusepy.FuseOSError(errno.EIO)
        node = self._find(path)
        if isinstance(node, Folder):
            node.sync()
        return 0

    def setxattr(self, path: str, name: str, value: bytes, options: int, position: int = 0) -> int:
        if name not in self._faults:
            raise mfusepy.FuseOSError(errno.ENOTSUP)
        self._faults[name] = Fault(value.decode())
        return 0

    def getxattr(self, path: str, name: str, position: int = 0) -> bytes:
        if name not in self._faults:
            raise mfusepy.FuseOSError(errno.ENODATA)
        return str(self._faults[name].count).encode()

    def mkdir(self, path: str, mode: int) -> int:
        folder, name = self._parted(path)
        folder.names[name] = Folder(stat.S_IFDIR | stat.S_IMODE(mode), self._number(), caller(), 2)
        return 0

    def rmdir(self, path: str) -> int:
        folder, name = self._parted(path)
        node = self._named(folder, name)
        if isinstance(node, Folder) and node.names:
            raise mfusepy.FuseOSError(errno.ENOTEMPTY)
        del folder.names[name]
        return 0

    def unlink(self, path: str) -> int:
        folder, name = self._parted(path)
        folder.names.pop(name).links -= 1
        return 0

    def link(self, target: str, source: str) -> int:
        folder, name = self._parted(target)
        if name in folder.names:
            raise mfusepy.FuseOSError(errno.EEXIST)
        node = folder.names[name] = self._find(source)
        node.links += 1
        return 0

    def rename(self, old: str, new: str) -> int:
        folder, name = self._parted(old)
        there, called = self._parted(new)
        there.names[called] = folder.names.pop(name)
        return 0

    def chmod(self, path: str, mode: int) -> int:
        node = self._find(path)
        node.mode = stat.S_IFMT(node.mode) | stat.S_IMODE(mode)
        return 0

    def chown(self, path: str, uid: int, gid: int) -> int:
        node = self._find(path)
        node.owner = (uid if uid >= 0 else node.owner[0], gid if gid >= 0 else node.owner[1])
        return 0

    def utimens(self, path: str, times: Any = None) -> int:
        return 0

    def statfs(self, path: str) -> dict[str, int]:
        return {"f_bsize": PAGE, "f_blocks": 1 << 20, "f_bavail": 1 << 20, "f_namemax": 255}

    def init(self, path: str) -> None:
        tell("mounted")


def caller() -> tuple[int, int]:
    """Whose process is asking."""
    uid, gid, _ = mfusepy.fuse_get_context()
    return uid, gid


def tell(word: str) -> None:
    os.write(1, f"{word}\n".encode())


def main(mountpoint: str) -> None:
    """Mounted and cut as told, the tree surviving in this process's memory."""
    disk = Forgetful()
    for line in sys.stdin:
        word, *argument = line.split()
        if word == "mount":
            options = {"foreground": True, "nothreads": True, "default_permissions": True}
            mfusepy.FUSE(disk, mountpoint, allow_other=os.geteuid() == 0, **options)
            tell("unmounted")
        elif word == "load":
            disk.load(Path(argument[0]))
            tell("loaded")
        elif word == "cut":
            disk.cut(int(argument[0]))
            tell("cut")
        else:
            return


if __name__ == "__main__":
    main(sys.argv[1])
