"""Whether a backup is whole: digests, keys, the log against its checkpoint, every object to its end."""

from __future__ import annotations

import json
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import inspect, select

from contracts.errors import LandbridgeError, SetupIncomplete, VaultDamaged
from contracts.text import Text, text
from contracts.time import stored
from gateway.audit.checkpoint import NoteUntrusted, Verifier
from gateway.audit.verify import verify_rows
from gateway.backup.folder import Manifest, Sums
from gateway.backup.private import open_private
from gateway.backup.rows import load_tables
from gateway.keys import KeyRing, verifier_key
from gateway.store.database import transaction
from gateway.store.engine import open_engine
from gateway.store.tables import entries, stand_ins, vault_columns
from gateway.vault import pieces_of, read_through

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy import Column, Connection

_WHOLE = text(
    "备份完好：日志 {size} 条，留存文件 {objects} 个，各表 {rows} 行",
    "The backup is whole: {size} log entries, {objects} vault objects, {rows} rows",
)
_BROKEN = text("备份未通过核验：共 {count} 处问题", "The backup is NOT whole: {count} problems")
_SEALED = text(
    "未提供口令：密钥与留存文件的内容未核验（摘要已核验）",
    "No passphrase given: keys and vault contents were not opened (their digests were checked)",
)
_NOT_HELD = text(
    "备份中的数据提到了 {digest}，但留存文件中没有", "{digest} is named in the tables and not in the vault"
)
_OTHER_KEY = text(
    "密钥包中的检查点密钥不是此日志的密钥", "The checkpoint key in the backup is not the one of this log"
)
_OTHER_COUNT = text(
    "表 {name} 有 {found} 行，清单写的是 {stated} 行", "Table {name} has {found} rows, not {stated}"
)
_UNTRUSTED = text("清单中的日志公钥无法识别", "The log's public key in the manifest cannot be read")

TOLD = 50


class _Named(NamedTuple):
    """Digests of vault objects by what names them; `stand_ins` name further ones inside."""

    digests: set[str]
    stand_ins: set[str]


@dataclass(slots=True)
class Findings:
    """What is wrong with a backup, and what could not be looked at."""

    manifest: Manifest
    problems: list[Text] = field(default_factory=list)
    sealed: bool = False

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def sentences(self) -> list[Text]:
        """The verdict, what was not looked at, and every problem told."""
        stated = self.manifest
        rows = sum(stated.tables.values())
        verdict = (
            _WHOLE.fill(size=stated.log.size, objects=stated.objects, rows=rows)
            if self.sound
            else _BROKEN.fill(count=len(self.problems))
        )
        return [verdict, *([_SEALED] if self.sealed else []), *self.problems[:TOLD]]


def prove(folder: Path, clock: Callable[[], datetime], passphrase: str | None = None) -> Findings:
    """Look at all of it; the backup itself is not written to. Raises SetupIncomplete: no backup at all."""
    findings = Findings(Manifest.read(folder))
    findings.problems += Sums.problems(folder)
    named = _check_log(folder, findings, stored(clock()))
    ring = _check_keys(folder, findings, passphrase)
    vault = folder / "vault"
    held = {f"sha256:{path.parent.name}{path.name}" for path in vault.glob("??/*")}
    if ring:
        findings.problems += _unopened(vault, ring.vault, held)
        named.digests.update(_papers(vault, ring.vault, named.stand_ins & held))
    findings.problems += [_NOT_HELD.fill(digest=digest) for digest in sorted(named.digests - held)]
    return findings


def _papers(vault: Path, key: bytes, contents: set[str]) -> Iterator[str]:
    """The papers that stand-ins were typed in from; of what does not open it was said already."""
    for digest in contents:
        with suppress(VaultDamaged, ValueError):
            yield json.loads(b"".join(pieces_of(vault, key, digest)))["evidence"]


def _unopened(vault: Path, key: bytes, held: set[str]) -> Iterator[Text]:
    for digest in sorted(held):
        try:
            read_through(vault, key, digest)
        except VaultDamaged as error:
            yield error.detail


def _check_keys(folder: Path, findings: Findings, passphrase: str | None) -> KeyRing | None:
    """The four keys open, and the log's is the log's."""
    if findings.manifest.private == "sealed" and passphrase is None:
        findings.sealed = True
        return None
    try:
        with tempfile.TemporaryDirectory(prefix="landbridge-") as place:
            write_private(Path(place), open_private(folder, findings.manifest, passphrase))
            ring = KeyRing.open(Path(place), create=False)
    except SetupIncomplete as error:
        findings.problems.append(error.detail)
        return None
    stated = findings.manifest.log
    if verifier_key(stated.origin, ring.checkpoint.public_key()) != stated.vkey:
        findings.problems.append(_OTHER_KEY)
    return ring


def write_private(home: Path, files: dict[str, bytes]) -> None:
    """Keys and secrets under `home`, for us alone."""
    sums = Sums()
    for name, octets in files.items():
        if (home / name).resolve().is_relative_to(home.resolve()):
            sums.keep(home, name, iter([octets]))


def _check_log(folder: Path, findings: Findings, now: str) -> _Named:
    """The tables put into a database again, the log in them recomputed; gives the digests they name."""
    stated = findings.manifest
    with tempfile.TemporaryDirectory(prefix="landbridge-") as place:
        engine = open_engine(f"sqlite:///{place}/proof.sqlite", writes=True)
        try:
            verifier = Verifier.parse(stated.log.vkey)
            with transaction(engine) as connection:
                load_tables(connection, folder, stated.revision)
                report = verify_rows(connection, verifier, now, stated.log.checkpoint)
                findings.problems += report.problems
                findings.problems += _miscounted(connection, stated)
                return _Named(set(_named(connection)), set(_in(connection, stand_ins.c.content)))
        except NoteUntrusted:
            findings.problems.append(_UNTRUSTED)
        except LandbridgeError as error:
            findings.problems.append(error.detail)
        finally:
            engine.dispose()
    return _Named(set(), set())


def _miscounted(connection: Connection, stated: Manifest) -> Iterator[Text]:
    for name in sorted(set(stated.tables) & set(inspect(connection).get_table_names())):
        found = connection.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar()  # noqa: S608  a table's name
        if found != stated.tables[name]:
            yield _OTHER_COUNT.fill(name=name, found=found, stated=stated.tables[name])


def _named(connection: Connection) -> Iterator[str]:
    """The digests of vault objects that entries and rows stand on."""
    for (body,) in connection.execute(select(entries.c.body).where(entries.c.body.is_not(None))):
        yield from json.loads(body).get("evidence", ())
    for column in vault_columns():
        yield from _in(connection, column)


def _in(connection: Connection, column: Column[str]) -> Iterator[str]:
    return iter(connection.execute(select(column).where(column.is_not(None))).scalars())
