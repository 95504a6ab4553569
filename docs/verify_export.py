#!/usr/bin/env python3
# ruff: noqa: T201  a script that auditors carry away; the terminal is where it speaks
"""核对陆桥检索导出的文件与其签名清单 | Check a file exported from a Landbridge search against its manifest.

Needs Python 3.11 and `cryptography`, and nothing of Landbridge's. What it is given:

  file        export.csv or export.jsonl
  manifest    the signed note that came with it (C2SP signed-note, Ed25519)
  vkey        the log's public key, <name>+<key id>+<base64>, obtained from somewhere you trust

Says who exported what and when. Ends with 0 when the file is the one that was signed, 1 when it is not, 2
when a file cannot be read. In a CSV, take away one apostrophe where a cell begins with one: it keeps office
programs from running the cell. Each entry's `leaf` is SHA-256 of 0x00 and the text in `entry` (RFC 9162
§2.1.1).
"""

from __future__ import annotations

import argparse
import base64
import csv
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HEAD = "landbridge-export/v1"
NAMES = ["origin", "format", "file", "bytes", "entries", "size", "query", "by", "at", "entry", "checkpoint"]


class Doubt(Exception):
    """Something that does not fit, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


def main() -> int:
    """Read the arguments, verify, say what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("vkey", help="the key itself, or a file that holds it")
    chosen = parser.parse_args()
    given = Path(chosen.vkey)
    try:
        vkey = given.read_text("utf-8") if given.is_file() else chosen.vkey
        stated = read_manifest(chosen.manifest.read_bytes().decode(), vkey)
        check_file(chosen.file, stated)
    except Doubt as doubt:
        print(f"不通过：{doubt.zh}\nNOT SOUND: {doubt.en}")
        return 1
    except (OSError, UnicodeDecodeError) as error:
        print(f"无法读取：{error}\nCannot read: {error}")
        return 2
    print(f"通过：{stated['by']} 于 {stated['at']} 导出 {stated['entries']} 条，检索条件 {stated['query']}")
    print(f"SOUND: {stated['entries']} entries exported by {stated['by']} at {stated['at']}")
    return 0


def read_manifest(note: str, vkey: str) -> dict[str, str]:
    """The manifest's words, once its signature and that of its checkpoint are the key's. Raises Doubt."""
    head, *lines = open_note(note, vkey).removesuffix("\n").split("\n")
    words = dict(line.split(" ", 1) for line in lines if " " in line)
    if head != HEAD or list(words) != NAMES or len(lines) != len(NAMES):
        raise Doubt("不是导出清单", "not an export's manifest")
    origin, size, *_ = open_note(_base64(words["checkpoint"]).decode(), vkey).split("\n")
    if origin != words["origin"] or not size.isdecimal() or int(size) <= int(words["entry"]):
        raise Doubt("清单中的检查点不覆盖该次导出", "the manifest's checkpoint does not cover the export")
    return words


def check_file(file: Path, stated: dict[str, str]) -> None:
    """Digest, size, number of entries, and every entry against its leaf. Raises Doubt."""
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as octets:
        while piece := octets.read(1 << 20):
            digest.update(piece)
            size += len(piece)
    if f"sha256:{digest.hexdigest()}" != stated["file"] or str(size) != stated["bytes"]:
        raise Doubt("文件与清单中的摘要不符：已被改动", "the file has not the manifest's digest")
    found = 0
    for found, (leaf, entry) in enumerate(_entries(file, stated["format"]), 1):
        if entry is not None and hashlib.sha256(b"\x00" + entry.encode()).digest() != _base64(leaf):
            raise Doubt(f"第 {found} 条的内容与其叶哈希不符", f"entry {found} does not match its leaf hash")
    if str(found) != stated["entries"]:
        raise Doubt(f"文件有 {found} 条", f"the file holds {found} entries, not {stated['entries']}")


def _entries(file: Path, form: str) -> Iterator[tuple[str, str | None]]:
    """Leaf and text of each entry; the text of a blanked one is None."""
    if form == "jsonl":
        with file.open("rb") as lines:
            for line in lines:
                stated = json.loads(line)
                yield stated["leaf"], stated["entry"]
        return
    with file.open(encoding="utf-8-sig", newline="") as rows:
        for row in csv.DictReader(rows):
            yield row["leaf"].removeprefix("'"), row["entry"].removeprefix("'") or None


def open_note(note: str, vkey: str) -> str:
    """The text of a note that the key signed (C2SP signed-note). Raises Doubt."""
    name, _, rest = vkey.strip().partition("+")
    stated, _, encoded = rest.partition("+")
    typed = _base64(encoded)
    key_id = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
    if not name or typed[:1] != b"\x01" or len(typed) != 33 or key_id.hex() != stated:
        raise Doubt("公钥格式不符", "not a verifier key")
    body, gap, signatures = note.rpartition("\n\n")
    own = [line[len(name) + 3 :] for line in signatures[:-1].split("\n") if line.startswith(f"— {name} ")]
    signed = [octets[4:] for octets in map(_base64, own) if octets[:4] == key_id]
    if not gap or not signatures.endswith("\n") or len(signed) != 1:
        raise Doubt("没有该公钥的签名", "not signed with the key")
    try:
        Ed25519PublicKey.from_public_bytes(typed[1:]).verify(signed[0], f"{body}\n".encode())
    except InvalidSignature as error:
        raise Doubt("签名无效", "the signature is wrong") from error
    return f"{body}\n"


def _base64(encoded: str) -> bytes:
    """Canonical base64 only: spare bits would be a place to write unnoticed. Raises Doubt."""
    try:
        octets = base64.b64decode(encoded, validate=True)
    except ValueError:
        octets = b""
    if base64.b64encode(octets).decode() != encoded:
        raise Doubt("base64 编码不规范", "not canonical base64")
    return octets


if __name__ == "__main__":
    sys.exit(main())
