"""What a search finds, as a file to carry away, and the signed manifest that says which file it was.

The file is JSON Lines, as `gateway.audit.export` writes the whole log, or CSV (RFC 4180) for office programs.
The manifest is a C2SP signed note of the log's own key, so whoever can check a checkpoint can check it:

    landbridge-export/v1
    origin landbridge.local/log          the log
    format csv                           or jsonl
    file sha256:…                        the file's digest
    bytes 18211                          its size
    entries 42                           how many entries stand in it
    size 5000                            how many entries the log had when it was searched
    query {"project":"…"}                what was searched for, RFC 8785
    by audit-office                      who exported
    at 2026-03-02T06:05:09.120Z          and when
    entry 5001                           the log's own entry of this export
    checkpoint bGFuZ…                    base64 of a checkpoint that covers that entry

The same search over the same `size` gives the same octets, until an entry in it is blanked. So its sentences
are told by ids alone: what a consumer or a project is called changes, and the file would be another.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import rfc8785

from contracts.text import text
from gateway.audit import export, search
from gateway.audit.checkpoint import NoteUntrusted
from gateway.audit.names import NAMELESS
from gateway.audit.records import Line
from gateway.audit.sentence import sentence

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from contracts.text import Text
    from gateway.audit.checkpoint import Verifier
    from gateway.audit.log import AuditLog
    from gateway.audit.search import Found, Query

Format = Literal["jsonl", "csv"]

HEAD = "landbridge-export/v1"

LIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")
"""What an office program may take for the beginning of a formula. Such a cell gets one apostrophe before it,
and so does one that begins with an apostrophe: whoever reads the file takes away one that stands first."""

COLUMNS = (
    "index",
    "at",
    "kind",
    "consumer",
    "operator",
    "case",
    "purpose",
    "project",
    "agencies",
    "kinds",
    "status",
    "problem",
    "asked",
    "answer",
    "act",
    "sentence_zh",
    "sentence_en",
    "leaf",
    "entry",
)

_NAMES = (
    "origin",
    "format",
    "file",
    "bytes",
    "entries",
    "size",
    "query",
    "by",
    "at",
    "entry",
    "checkpoint",
)

_UNTRUSTED = text("清单不是该日志签署的", "The manifest is not signed by the log's key")
_CHANGED = text(
    "文件与清单中的摘要不符：已被改动", "The file does not have the manifest's digest: it was changed"
)
_MISCOUNTED = text(
    "文件有 {found} 条，清单写的是 {due} 条", "The file holds {found} entries, the manifest says {due}"
)
_NO_HEAD = text("清单中的检查点无效", "The manifest's checkpoint is not the log's")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is signed of an export; `checkpoint` the note, `query` as asked, `at` as stored text."""

    origin: str
    format: Format
    file: str
    bytes: int
    entries: int
    size: int
    query: dict[str, Any]
    by: str
    at: str
    entry: int
    checkpoint: str

    def text(self) -> str:
        """The lines that are signed."""
        written = {name: str(getattr(self, name)) for name in _NAMES}
        written["query"] = rfc8785.dumps(self.query).decode()
        written["checkpoint"] = base64.b64encode(self.checkpoint.encode()).decode()
        return "".join([f"{HEAD}\n", *(f"{name} {value}\n" for name, value in written.items())])


class Measured:
    """What passed by on its way out: digest, size in octets, entries."""

    def __init__(self) -> None:
        self.size, self.entries, self._sha256 = 0, 0, hashlib.sha256()

    @property
    def digest(self) -> str:
        """`sha256:…` of all octets."""
        return f"sha256:{self._sha256.hexdigest()}"

    def take(self, octets: bytes, entries: int) -> bytes:
        """Count these in, and give them on."""
        self._sha256.update(octets)
        self.size += len(octets)
        self.entries += entries
        return octets


async def octets(log: AuditLog, query: Query, form: Format, measured: Measured) -> AsyncIterator[bytes]:
    """The file, a piece a page of finds; `measured` has seen all that was given. Raises LogUnavailable."""
    if form == "csv":
        yield measured.take("\ufeff".encode() + _csv([COLUMNS]), 0)
    async for page in search.pages(log, query):
        written = _csv(map(_cells, page)) if form == "csv" else b"".join(map(_line, page))
        yield measured.take(written, len(page))


def _line(found: Found) -> bytes:
    return export.written(Line(found.index, found.leaf, found.body))


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    """Every cell quoted: a program that splits at semicolons finds no second cell in one."""
    page = io.StringIO()
    csv.writer(page, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return page.getvalue().encode()


def _cells(found: Found) -> list[str]:
    entry, told = found.entry or {}, sentence(found.entry, NAMELESS)
    outcome, event = entry.get("outcome") or {}, entry.get("event") or {}
    cells = {name: entry.get(name) for name in COLUMNS} | {
        "index": found.index,
        "agencies": " ".join(entry.get("agencies", ())),
        "kinds": " ".join(entry.get("kinds", ())),
        "status": outcome.get("status"),
        "problem": outcome.get("problem"),
        "act": event.get("act"),
        "sentence_zh": told.zh,
        "sentence_en": told.en,
        "leaf": base64.b64encode(found.leaf).decode(),
        "entry": None if found.body is None else found.body.decode(errors="replace"),
    }
    return [inert("" if cells[name] is None else str(cells[name])) for name in COLUMNS]


def inert(cell: str) -> str:
    """A cell that no office program runs; `cell.removeprefix("'")` is what was meant."""
    return f"'{cell}" if cell.startswith(LIVE) else cell


def check(file: Iterable[bytes], note: str, verifier: Verifier) -> list[Text]:
    """What is wrong with an exported file (in pieces) and its manifest: nothing, when nothing was changed."""
    try:
        stated = read_manifest(verifier.open(note), verifier.name)
        verifier.checkpoint(stated.checkpoint)
    except NoteUntrusted:
        return [_UNTRUSTED]
    measured = Measured()
    for piece in file:
        measured.take(piece, piece.count(b"\n"))
    wrong = [] if (measured.digest, measured.size) == (stated.file, stated.bytes) else [_CHANGED]
    if stated.format == "jsonl" and measured.entries != stated.entries:
        wrong.append(_MISCOUNTED.fill(found=measured.entries, due=stated.entries))
    if verifier.checkpoint(stated.checkpoint).size <= stated.entry:
        wrong.append(_NO_HEAD)
    return wrong


def read_manifest(signed: str, origin: str) -> Manifest:
    """The lines of a manifest whose signature was checked. Raises NoteUntrusted for anything else."""
    head, *lines = signed.removesuffix("\n").split("\n")
    words = dict(line.split(" ", 1) for line in lines if " " in line)
    try:
        read: dict[str, Any] = {name: int(words[name]) for name in ("bytes", "entries", "size", "entry")}
        read["checkpoint"] = base64.b64decode(words["checkpoint"], validate=True).decode()
        read["query"] = json.loads(words["query"])
        read |= {name: words[name] for name in ("origin", "format", "file", "by", "at")}
    except (ValueError, KeyError) as error:
        raise NoteUntrusted("not a manifest") from error
    manifest = Manifest(**read)
    # Written again it is the same: there is no second way to say it.
    if head != HEAD or manifest.text() != signed or manifest.origin != origin:
        raise NoteUntrusted("not a manifest of this log")
    return manifest
