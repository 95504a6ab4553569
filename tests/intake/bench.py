"""Deliveries made by hand: notices of a few lines, ZIPs as healthy or as sick as a test wants them."""

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PDF = b"%PDF-1.7\n" + b"drawing " * 40
PACKAGE = "DCHY-231005-2022-0036"
PROJECT = "2012-231005-04-01-735188"
PARCEL = "231005003008GB00021"


def sha256(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()


def line(name: str, octets: bytes | None = None, **stated: str) -> str:
    """One file of a notice; without octets it is named and not vouched for."""
    facts = {"name": name, "type": "宗地图"}
    if octets is not None:
        facts |= {"size": str(len(octets)), "sha256": sha256(octets)}
    return "<file " + " ".join(f'{key}="{value}"' for key, value in (facts | stated).items()) + "/>"


def notice(*lines: str, package: str = PACKAGE, project: str = PROJECT, **more: str) -> bytes:
    facts = {"no": package, "xmdm": project, "zddm": PARCEL, "zt": "1"} | more
    head = " ".join(f'{key}="{value}"' for key, value in facts.items())
    return f"<package {head}><files>{''.join(lines)}</files></package>".encode()


def notice_of(files: Mapping[str, bytes], **facts: str) -> bytes:
    return notice(*(line(name, octets) for name, octets in files.items()), **facts)


def seal(path: Path, algorithm: str = "sha256") -> Path:
    """The digest beside a file."""
    digest = hashlib.new(algorithm, path.read_bytes()).hexdigest()
    path.with_name(f"{path.name}.{algorithm}").write_text(f"{digest}  {path.name}\n", "utf-8")
    return path


def zipped(path: Path, members: Mapping[Any, bytes]) -> Path:
    """A ZIP of these, sealed; a name given as ZipInfo is written as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, octets in members.items():
            archive.writestr(name, octets)
    return seal(path)


def package(inbox: Path, files: Mapping[str, bytes] | None = None, name: str = "P.zip", **facts: str) -> Path:
    """A healthy survey package."""
    files = {"宗地图.pdf": PDF} if files is None else files
    members: dict[Any, bytes] = {"manifest.xml": notice_of(files, **facts)}
    return zipped(inbox / name, members | dict(files))
