"""Whether the paths of a delivery may be kept and handed on: nobody downstream should have to ask again."""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from typing import TYPE_CHECKING

from gateway.intake.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DEPTH = 8
"""Folders within folders, at most."""

SEGMENT_OCTETS = 255
"""Octets of one name in UTF-8: what file systems take."""

PATH_LENGTH = 500
"""Characters of a path, at most."""

_DRIVE = re.compile(r"[A-Za-z]:")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


def plain_path(raw: str, place: int) -> str:
    """A path as it is kept: `/` between names, NFC. `place` counts from 1. Raises Refused."""
    path = unicodedata.normalize("NFC", raw.replace("\\", "/"))
    names = path.split("/")
    if len(path) > PATH_LENGTH or _DRIVE.match(path) or not all(map(_safe, names)):
        raise Refused("name-unsafe", place=place)
    if len(names) > DEPTH:
        raise Refused("too-deep", limit=DEPTH)
    return path


def once_each(paths: Iterable[str]) -> None:
    """Refuse two paths that one file system or another takes for the same. Raises Refused."""
    seen: set[str] = set()
    for path in paths:
        same = unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
        if same in seen:
            raise Refused("name-twice", what=path)
        seen.add(same)


def ignored(path: str, patterns: Sequence[str]) -> bool:
    """Whether a manifest says that nobody needs this path, or the file of this name."""
    name = path.rpartition("/")[2]
    return any(fnmatch.fnmatchcase(path, each) or fnmatch.fnmatchcase(name, each) for each in patterns)


def _safe(name: str) -> bool:
    """No empty, invisible, endless or reserved name, and none that ends in a dot or a space.

    Windows drops those in silence; `.` and `..` end so too.
    """
    unseen = any(unicodedata.category(character).startswith("C") for character in name)
    shortened = not name or name != name.rstrip(" .")
    return not (unseen or shortened or _RESERVED.fullmatch(name) or len(name.encode()) > SEGMENT_OCTETS)
