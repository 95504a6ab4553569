"""Who fills the drop folders while the demo runs: packages as ZIP, documents as folders, late drawings.

What is being written has a name ending in `.tmp`; it is renamed once whole, its digest beside it before that.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from demo.drop_shapes import Facts, defence_notice, drawings_index, measured, survey_notice
from demo.nr import octets_of

SURVEY, DEFENCE, ARCHIVE = "mdj-survey", "mdj-defence", "mdj-archive"

SMALLER = 64
"""The demo's files are this many times smaller than the sizes in the data: it is a story, not a load test."""


def deliver_package(root: Path, project: Facts, *, late: tuple[str, ...] = ()) -> Path:
    """A survey package into `root/mdj-survey/in/REGION/DAY/`; returns the ZIP.

    `late`: kinds of file (宗地图, …) that are named and not there yet. A later delivery of the same package
    without them is its next version.
    """
    material = project["materials"]["M15"]
    there = [file for file in material["attachments"] if file["present"] and file["kind"] not in late]
    files = {file["file_name"]: _path_of(project, file) for file in there}
    notice = survey_notice(project, {name: measured(_octets(path)) for name, path in files.items()})
    day = str(material["fields"]["accepted_on"]).replace("-", "")
    folder = root / SURVEY / "in" / project["region_code"] / day
    contents = {"manifest.xml": lambda: iter([notice])}
    contents |= {name: lambda path=path: _octets(path) for name, path in files.items()}
    return write_zip(folder / f"{material['fields']['package_no']}.zip", contents)


def deliver_document(root: Path, project: Facts) -> Path:
    """A civil defence document into `root/mdj-defence/in/NAME/`; returns the folder. The list comes last."""
    material = project["materials"]["M13"]
    folder = root / DEFENCE / "in" / str(material["fields"]["doc_no"])
    folder.mkdir(parents=True, exist_ok=True)
    stated = {}
    for file in material["attachments"]:
        path = _path_of(project, file)
        stated[file["file_name"]] = measured(_octets(path))
        _renamed(folder / file["file_name"], _octets(path))
    _renamed(folder / "清单.csv", iter([defence_notice(project, stated)]))
    return folder


def deliver_drawings(root: Path, project: Facts, *, present: bool) -> list[Path]:
    """As-built drawings (竣工图) into `root/mdj-archive/in/`; returns the ZIPs, one a completion filing.

    `present` False: those the data call missing, which come late; True: those that are there.
    """
    filings = project["materials"]["M14"]
    made = []
    for filing in filings if isinstance(filings, list) else [filings]:
        drawings = [f for f in filing["attachments"] if f["kind"] == "竣工图" and f["present"] is present]
        files = {file["file_name"]: _path_of(project, file) for file in drawings}
        if files:
            index = drawings_index(project, filing, {name: measured(_octets(p)) for name, p in files.items()})
            path = root / ARCHIVE / "in" / f"{filing['fields']['filing_no']}.zip"
            contents: dict[str, Any] = {"index.json": lambda index=index: iter([index])}
            contents |= {name: lambda place=place: _octets(place) for name, place in files.items()}
            made.append(write_zip(path, contents, "sm3"))
    return made


def write_zip(path: Path, contents: Mapping[str, Any], sidecar: str = "sha256") -> Path:
    """A ZIP whose names are GBK without a flag, as old Windows software writes them; streamed.

    Written under `.tmp`, renamed when whole; `NAME.zip.sha256` or `.sm3` comes first, so that the ZIP never
    lies there without it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.tmp")
    with draft.open("wb") as file:
        directory = b"".join([_member(file, name, octets()) for name, octets in contents.items()])
        start = file.tell()
        end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, *[len(contents)] * 2, len(directory), start, 0)
        file.write(directory + end)
    digest = _digest(draft, sidecar)
    _renamed(path.with_name(f"{path.name}.{sidecar}"), iter([f"{digest}  {path.name}\n".encode("gbk")]))
    return draft.replace(path)


def _member(file: Any, name: str, octets: Iterator[bytes]) -> bytes:
    """One file into the ZIP, deflated (APPNOTE 4.3.7); gives its line of the directory (4.3.12)."""
    raw, start = name.encode("gbk"), file.tell()
    file.write(b"\0" * (30 + len(raw)))
    crc, size, packer = 0, 0, zlib.compressobj(1, wbits=-15)
    for piece in octets:
        crc, size = zlib.crc32(piece, crc), size + len(piece)
        file.write(packer.compress(piece))
    file.write(packer.flush())
    end = file.tell()
    facts = struct.pack("<5H3L2H", 20, 0, 8, 0, 0x21, crc, end - start - 30 - len(raw), size, len(raw), 0)
    file.seek(start)
    file.write(b"PK\3\4" + facts + raw)
    file.seek(end)
    return b"PK\1\2" + struct.pack("<H", 20) + facts + struct.pack("<3H2L", 0, 0, 0, 0, start) + raw


def _renamed(path: Path, octets: Iterator[bytes]) -> None:
    draft = path.with_name(f"{path.name}.tmp")
    with draft.open("wb") as file:
        for piece in octets:
            file.write(piece)
    draft.replace(path)


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _path_of(project: Facts, file: Facts) -> tuple[str, int]:
    return f"drop/{project['id']}/{file['file_name']}", max(1, int(file["size_bytes"]) // SMALLER)


def _octets(place: tuple[str, int]) -> Iterator[bytes]:
    path, size = place
    known = path if path.endswith((".pdf", ".zip", ".dwg", ".ofd")) else f"{path}.zip"
    return octets_of(known, size)
