#!/usr/bin/env python3
# ruff: noqa: T201  a script that auditors carry away; the terminal is where it speaks
"""核验陆桥导出的审计日志 | Verify an exported Landbridge audit log, with nothing of Landbridge's.

Needs Python 3.11 and `cryptography`. What it is given:

  log.jsonl    one entry a line from index 0: {"index": 0, "leaf": base64, "entry": text or null}
  checkpoint   the signed note the log was exported with (C2SP tlog-checkpoint)
  vkey         the log's public key, <name>+<key id>+<base64>, obtained from somewhere you trust
  --older      a checkpoint you kept from an earlier visit: shows that nothing was cut off or rewritten

Ends with 0 when everything fits, 1 when something does not, 2 when a file cannot be read.
Sources: RFC 9162 §2.1.1 (hashes), C2SP signed-note and tlog-checkpoint.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


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
    parser.add_argument("log", type=Path)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("vkey", help="the key itself, or a file that holds it")
    parser.add_argument("--older", type=Path)
    chosen = parser.parse_args()
    try:
        return verify(chosen.log, chosen.checkpoint, _vkey(chosen.vkey), chosen.older)
    except Doubt as doubt:
        print(f"不通过：{doubt.zh}\nNOT SOUND: {doubt.en}")
        return 1
    except (OSError, UnicodeDecodeError) as error:
        print(f"无法读取：{error}\nCannot read: {error}")
        return 2


def verify(log: Path, checkpoint: Path, vkey: str, older: Path | None) -> int:
    """Verify one export. Raises Doubt at the first thing that does not fit."""
    size, root = read_checkpoint(checkpoint.read_bytes().decode(), vkey)
    earlier = read_checkpoint(older.read_bytes().decode(), vkey) if older else None
    if earlier and earlier[0] > size:
        raise Doubt(
            f"此前的检查点有 {earlier[0]} 条，现在只有 {size} 条：日志被截断",
            f"the checkpoint kept earlier covers {earlier[0]} entries, this {size}: the log was cut short",
        )
    blanked = walk(log, size, root, earlier)
    print(f"通过：共 {size} 条，其中已清空内容 {len(blanked)} 条，根 {root.hex()}")
    print(f"SOUND: {size} entries, {len(blanked)} of them blanked, root {root.hex()}")
    if blanked:
        print(f"已清空（仅按叶哈希核验）| blanked, verified by leaf hash only: {runs(blanked)}")
    if earlier:
        print(
            f"与此前 {earlier[0]} 条时的检查点一致 | continues the earlier checkpoint of {earlier[0]} entries"
        )
    return 0


def walk(log: Path, size: int, root: bytes, earlier: tuple[int, bytes] | None) -> list[int]:
    """Grow the tree entry by entry and meet the checkpoints on the way. Gives the blanked indices."""
    edge: list[tuple[int, bytes]] = []  # complete subtrees, largest first: level, hash
    blanked = []
    found = 0
    _meet(found, edge, earlier)
    with log.open("rb") as lines:
        for found, line in enumerate(lines, 1):
            leaf, blank = read_entry(line, found - 1)
            blanked += [found - 1] if blank else []
            _append(edge, leaf)
            _meet(found, edge, earlier)
    if found != size:
        raise Doubt(
            f"检查点覆盖 {size} 条，文件中有 {found} 条",
            f"the checkpoint covers {size} entries, the file holds {found}",
        )
    if _root(edge) != root:
        raise Doubt(
            "条目与检查点的根不一致：有条目被改动",
            "the entries do not give the checkpoint's root: something was changed",
        )
    return blanked


def read_entry(line: bytes, index: int) -> tuple[bytes, bool]:
    """The entry's leaf hash, and whether it was blanked. Raises Doubt."""
    try:
        stated = dict(json.loads(line, object_pairs_hook=_once))
        leaf = _base64(stated["leaf"])
        octets = None if stated["entry"] is None else stated["entry"].encode()
        fits = set(stated) == {"index", "leaf", "entry"} and len(leaf) == 32
        fits = fits and type(stated["index"]) is int and stated["index"] == index
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Doubt(f"第 {index} 行无法识别", f"line {index} cannot be read") from error
    if not fits:
        raise Doubt(f"第 {index} 行不是条目 {index}", f"line {index} is not entry {index}")
    if octets is not None and hashlib.sha256(b"\x00" + octets).digest() != leaf:
        raise Doubt(f"条目 {index} 的内容与其叶哈希不符", f"entry {index} does not match its leaf hash")
    return leaf, octets is None


def read_checkpoint(note: str, vkey: str) -> tuple[int, bytes]:
    """Size and root that the key signed. Raises Doubt."""
    name, key_id, public = read_vkey(vkey)
    body, gap, signatures = note.rpartition("\n\n")
    lines = body.split("\n")
    if not gap or not signatures.endswith("\n") or len(lines) != 3 or lines[0] != name:
        raise Doubt("检查点格式不符，或不属于该日志", "not a checkpoint of this log")
    own = [line[len(name) + 3 :] for line in signatures[:-1].split("\n") if line.startswith(f"— {name} ")]
    signed = [octets[4:] for octets in map(_base64, own) if octets[:4] == key_id]
    if len(signed) != 1:
        raise Doubt("检查点没有该公钥的签名", "the checkpoint does not carry the key's signature")
    try:
        public.verify(signed[0], f"{body}\n".encode())
    except InvalidSignature as error:
        raise Doubt("检查点签名无效", "the checkpoint's signature is wrong") from error
    root = _base64(lines[2])
    if (
        not lines[1].isascii()
        or not lines[1].isdecimal()
        or str(int(lines[1])) != lines[1]
        or len(root) != 32
    ):
        raise Doubt("检查点内容无法识别", "the checkpoint cannot be read")
    return int(lines[1]), root


def read_vkey(vkey: str) -> tuple[str, bytes, Ed25519PublicKey]:
    """Name, key id and key. Raises Doubt."""
    name, _, rest = vkey.strip().partition("+")
    stated, _, encoded = rest.partition("+")
    typed = _base64(encoded)
    key_id = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
    if not name or typed[:1] != b"\x01" or len(typed) != 33 or key_id.hex() != stated:
        raise Doubt("公钥格式不符", "not a verifier key")
    return name, key_id, Ed25519PublicKey.from_public_bytes(typed[1:])


def runs(indices: list[int]) -> str:
    """`0-3, 7` for 0 1 2 3 7."""
    found: list[list[int]] = []
    for index in indices:
        if found and found[-1][1] == index - 1:
            found[-1][1] = index
        else:
            found.append([index, index])
    return ", ".join(f"{first}-{last}" if last > first else str(first) for first, last in found)


def _meet(size: int, edge: list[tuple[int, bytes]], earlier: tuple[int, bytes] | None) -> None:
    if earlier and earlier[0] == size and earlier[1] != _root(edge):
        raise Doubt(
            f"前 {size} 条与此前的检查点不一致：历史被改写",
            f"the first {size} entries are not those of the earlier checkpoint: history was rewritten",
        )


def _append(edge: list[tuple[int, bytes]], leaf: bytes) -> None:
    level, joined = 0, leaf
    while edge and edge[-1][0] == level:
        joined = hashlib.sha256(b"\x01" + edge.pop()[1] + joined).digest()
        level += 1
    edge.append((level, joined))


def _root(edge: list[tuple[int, bytes]]) -> bytes:
    if not edge:
        return hashlib.sha256(b"").digest()
    root = edge[-1][1]
    for _, left in reversed(edge[:-1]):
        root = hashlib.sha256(b"\x01" + left + root).digest()
    return root


def _vkey(given: str) -> str:
    return Path(given).read_text("utf-8") if Path(given).is_file() else given


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


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
