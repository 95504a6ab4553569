"""The protocol kits as a table: what each can do at most, as it says itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters import kit_of
from contracts.text import text
from gateway.reference.tables import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from adapters.base import Capabilities

KITS = {
    "rest": text("HTTP 接口", "an interface over HTTP"),
    "soap": text("SOAP 服务", "a SOAP service"),
    "filedrop": text("投递到目录的文件", "files left in a folder"),
    "table": text("前置库（PostgreSQL）", "a front-end database (PostgreSQL)"),
}
"""Our own kits, by the manifest's `protocol`."""

_COLUMNS: tuple[tuple[str, Callable[[Capabilities], bool]], ...] = (
    ("files 附件", lambda can: can.attachments),
    ("digests checked 摘要核验", lambda can: can.digests),
    ("seals checked 签名核验", lambda can: can.seals),
    ("asks nobody outside 不出本系统", lambda can: can.local),
)


def kits() -> str:
    """One line a protocol."""
    rows = [
        (f"`{protocol}`", f"{what.zh}<br>{what.en}", *_marks(kit_of(protocol).CAN))
        for protocol, what in KITS.items()
    ]
    heads = ("protocol 协议", "what 接入方式", *(name for name, _ in _COLUMNS))
    return f"## Protocols | 接入协议\n\n{table(heads, rows)}"


def _marks(can: Capabilities) -> Iterator[str]:
    yield from ("●" if shown(can) else "" for _, shown in _COLUMNS)
