"""The image built as `docker build` would, by buildah without a daemon, and run on a read-only root.

Packages come from a wheelhouse filled beforehand, so that the build itself asks nobody; the base from a
registry, or, where none answers, from Debian's own mirror by debootstrap.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SEARCHED = f"{os.environ['PATH']}:/usr/sbin:/sbin"
NEEDED = ("buildah", "debootstrap", "unshare", "chroot")
OURS = 10001
"""The user the image runs as."""

PLANTED = b"planted-secret-5b1f"
"""Lies in the build context where keys, secrets and settings lie, and must not be in the image."""

SECRET_PLACES = (".env", "secrets/database_url", "var/keys/vault", "config/landbridge.yaml", "gateway/.netrc")

BOXED = """
set -e
root=$1 home=$2 config=$3; shift 3
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount --bind "$home" "$root/var/lib/landbridge"
mount --bind -o ro "$config" "$root/config"
mount -t tmpfs tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
cd "$root"
exec chroot --userspec="$user" "$root" "$@"
"""
"""What a container engine does for `--read-only`, a volume, and a user; in a mount namespace of its own."""


_PATCH = re.compile(r"^(\S+==\S+) ; python_full_version [^\\\n]*", re.MULTILINE)
"""A pin that a lock asks for with some patch releases of Python only."""


class NoBase(Exception):
    """Neither a registry nor a Debian mirror gave a base."""


@dataclass(frozen=True)
class Image:
    """The image: its root file system, and its configuration as an engine reads it (Docker schema 2)."""

    root: Path
    config: Mapping[str, Any]
    history: str

    @property
    def place(self) -> dict[str, str]:
        """The environment it gives its processes, and nothing else."""
        return dict(each.split("=", 1) for each in self.config["Env"])

    def start(self, command: list[str], home: Path, config: Path, **place: str) -> subprocess.Popen[bytes]:
        """Start a command as an engine would: read-only, as the image's user, `home` for its volume."""
        told = [f"{name}={value}" for name, value in (self.place | place).items()]
        inside = ["/usr/bin/env", "-i", *told, *command]
        boxed = ["sh", "-c", BOXED, "sh", str(self.root), str(home), str(config), *inside]
        outside = {"PATH": SEARCHED, "user": self.config["User"]}
        unshared = ["unshare", "--mount", "--propagation", "private", *boxed]
        return subprocess.Popen(unshared, env=outside, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def missing() -> list[str]:
    """What this machine lacks to build it."""
    lacks = [name for name in NEEDED if shutil.which(name, path=SEARCHED) is None]
    return lacks if os.geteuid() == 0 else [*lacks, "root"]


@contextmanager
def build(folder: Path) -> Iterator[Image]:
    """Build it in `folder`, of which nothing is left. Raises NoBase, CalledProcessError."""
    store = _Store(folder)
    try:
        with ThreadPoolExecutor() as side_by_side:
            wheels = side_by_side.submit(_fill, folder / "wheelhouse")
            base = side_by_side.submit(_base, store, folder / "base").result()
            wheels.result()
        _copy_context(folder / "context")
        store.build(folder / "context", base, folder / "wheelhouse")
        yield store.opened("landbridge")
    finally:
        shutil.rmtree(folder)


@dataclass(frozen=True)
class _Store:
    """buildah, with images of its own in one folder and no configuration of the machine's."""

    folder: Path

    def __call__(self, *words: str | Path, patience: float = 900) -> str:
        own = (f"--root={self.folder / 'store'}", f"--runroot={self.folder / 'run'}", "--storage-driver=vfs")
        return _told("buildah", *own, *words, patience=patience)

    def build(self, context: Path, base: str, wheelhouse: Path) -> None:
        given = {"BASE": base, "PIP_FIND_LINKS": "/wheelhouse", "PIP_NO_INDEX": "1"}
        words = [word for name, value in given.items() for word in ("--build-arg", f"{name}={value}")]
        volume = f"{wheelhouse}:/wheelhouse:ro"
        how = ("--isolation", "chroot", "--format", "docker", "--pull-never", "--volume", volume)
        self("bud", *how, *words, "-t", "landbridge", context)

    def opened(self, name: str) -> Image:
        told = json.loads(self("inspect", "--type", "image", f"localhost/{name}"))
        container = self("from", "--pull-never", f"localhost/{name}").strip()
        root = Path(self("mount", container).strip())
        return Image(root, told["Docker"]["config"], json.dumps([told["Docker"], told["OCIv1"]]))


def _base(store: _Store, folder: Path) -> str:
    try:
        store("pull", "--quiet", "debian:12-slim", patience=60)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return _bootstrapped(store, folder)
    return "debian:12-slim"


def _bootstrapped(store: _Store, folder: Path) -> str:
    """A base of Debian's own packages, with what the build would otherwise fetch."""
    packages = "--include=python3,python3-venv,ca-certificates"
    try:
        _told("debootstrap", "--variant=minbase", packages, "bookworm", folder, *_mirror())
    except subprocess.CalledProcessError as error:
        raise NoBase(error.stdout) from error
    for litter in ("var/cache/apt", "var/lib/apt/lists", "var/log"):
        shutil.rmtree(folder / litter)
        (folder / litter).mkdir()
    container = store("from", "scratch").strip()
    store("add", "--quiet", container, folder, "/")
    store("commit", "--quiet", "--rm", container, "base")
    shutil.rmtree(folder)
    return "localhost/base"


def _mirror() -> list[str]:
    """Where this machine itself gets Debian 12 from, if it does."""
    told = _told("apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)")
    found = re.search(r"^(\S+) bookworm main$", told, re.MULTILINE)
    return [found[1]] if found else []


def _fill(wheelhouse: Path) -> None:
    """Every wheel the locks name, for the image's Python, from wherever this machine gets its packages.

    What only some patch releases of Python need is brought too: the image's is another than ours.
    """
    wheelhouse.mkdir()
    locks = []
    for name in ("requirements.txt", "requirements-build.txt"):
        lock = wheelhouse / name
        lock.write_text(_PATCH.sub(r"\1", (ROOT / name).read_text("utf-8")), "utf-8")
        locks.append(f"--requirement={lock}")
    wanted = ("--require-hashes", "--only-binary", ":all:", "--python-version", "3.11", "--no-deps")
    _told(sys.executable, "-m", "pip", "download", "--quiet", *wanted, "--dest", wheelhouse, *locks)


def _copy_context(context: Path) -> None:
    """The repository as it would be sent to the builder, with secrets lying about."""
    listed = _told("git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines()
    for name in listed:
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, context / name)
    for name in SECRET_PLACES:
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        (context / name).write_bytes(PLANTED)


def _told(*command: str | Path, patience: float = 900) -> str:
    """What a command said. Raises CalledProcessError with it in `stdout`, TimeoutExpired."""
    words = [str(word) for word in command]
    place = {**os.environ, "PATH": SEARCHED}
    done = subprocess.run(words, env=place, capture_output=True, text=True, check=False, timeout=patience)
    if done.returncode:
        error = subprocess.CalledProcessError(done.returncode, words, done.stdout + done.stderr)
        error.add_note((done.stdout + done.stderr)[-3000:])
        raise error
    return done.stdout
