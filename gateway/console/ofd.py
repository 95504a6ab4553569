"""The text of an OFD file (GB/T 33190-2016), page by page, read within bounds; nothing of it is drawn."""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from typing import TYPE_CHECKING

from adapters.decode import parse_xml
from contracts.errors import AgencyFailed, AskMalformed
from contracts.text import text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO, Any

PAGES = 200
"""Pages that are read,"""

FILE_OCTETS = 8 << 20
"""octets of one file within it,"""

WHOLE_OCTETS = 32 << 20
"""and of all that is read, after inflating; what a file claims to be is not believed."""

MEMBERS = 5000
"""Files within it, at most;"""

LISTED_OCTETS = 1 << 20
"""and what their list may take, which is read whole before they can be counted."""

_UNPACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""What writers of OFD use. Of other ways of packing more is unpacked than was asked for."""

_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    AgencyFailed,
    LookupError,
    ValueError,
    RuntimeError,
    OSError,
    EOFError,
)

_UNREADABLE = text(
    "该文件不是可读的 OFD，请下载后用阅读器打开",
    "This is no OFD that can be read here; download it, and open it with a reader",
)


def text_of(file: IO[bytes]) -> list[str]:
    """The text of each page, a line an object. Raises AskMalformed: not readable, or too large."""
    bounded = _Bounded(file, LISTED_OCTETS)
    try:
        with zipfile.ZipFile(bounded) as archive:
            if len(archive.infolist()) > MEMBERS:
                raise AskMalformed(_UNREADABLE)
            bounded.most = WHOLE_OCTETS
            return list(_pages(_Within(archive)))
    except _BROKEN:
        raise AskMalformed(_UNREADABLE) from None


class _Bounded:
    """A file of which `most` octets are read at once, whatever its list of files says of its own size."""

    def __init__(self, file: IO[bytes], most: int) -> None:
        self._file, self.most = file, most
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        """The next octets. Raises ValueError for too many."""
        octets = self._file.read(min(size, self.most + 1) if size >= 0 else self.most + 1)
        if len(octets) > self.most:
            raise ValueError("too large")
        return octets


class _Within:
    """The files within an archive, as long as there is room."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive, self._left = archive, WHOLE_OCTETS

    def root(self, path: str) -> Any:
        """The root of an XML file. Raises KeyError, ValueError, AgencyFailed."""
        found = self._archive.getinfo(path.lstrip("/"))
        if found.compress_type not in _UNPACKED:
            raise ValueError("packed in another way")
        with self._archive.open(found) as member:
            octets = member.read(min(FILE_OCTETS, self._left) + 1)
        self._left -= len(octets)
        if len(octets) > FILE_OCTETS or self._left < 0:
            raise ValueError("too large")
        return parse_xml(octets)


def _pages(within: _Within) -> Iterator[str]:
    """By the document's own list of pages (7.4, 7.6), each in its order."""
    start = _first(within.root("OFD.xml"), "DocRoot")
    document = within.root(start)
    for place, page in enumerate(_all(document, "Page")):
        if place == PAGES:
            break
        address = page.get("BaseLoc")
        if not address:
            raise ValueError("a page without its place")
        yield _text(within.root(_beside(start, address)))


def _text(content: Any) -> str:
    """Every text object's characters (11.3), in the order they are drawn."""
    lines = ("".join(_said(code) for code in _all(each, "TextCode")) for each in _all(content, "TextObject"))
    return "\n".join(line for line in lines if line.strip())


def _said(element: Any) -> str:
    return re.sub(r"\s+", " ", element.text or "")


def _beside(document: str, address: str) -> str:
    """A place in the archive: from its root, or from the document's folder."""
    whole = address if address.startswith("/") else posixpath.join(posixpath.dirname(document), address)
    return posixpath.normpath(whole.lstrip("/"))


def _first(root: Any, name: str) -> str:
    return next((_said(each).strip() for each in _all(root, name)), "")


def _all(root: Any, name: str) -> Iterator[Any]:
    """Elements by their local name: writers disagree on the namespace's version."""
    return (each for each in root.iter("{*}" + name))
