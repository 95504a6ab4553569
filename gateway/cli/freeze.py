"""`landbridge adapter freeze`: a WSDL read once, accounted for, and written into its manifest."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.base import Deadline, failed
from adapters.egress import Egress, Origin
from adapters.manifest import Connection, connection_of, with_wsdl
from contracts.errors import Fault, ManifestInvalid
from contracts.text import text
from gateway.cli.words import pick

if TYPE_CHECKING:
    from adapters.manifest import WsdlRule
    from adapters.soap.freeze import Load

SECONDS = 60
"""How long fetching a description and all its parts may take."""

WEB = ("http://", "https://")


def freeze(
    manifest: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help=pick("适配清单文件", "the manifest file"))
    ],
    *,
    wsdl: Annotated[
        str | None,
        typer.Option(
            help=pick(
                "WSDL 的地址或文件；默认为清单中服务地址加 ?wsdl",
                "address or file of the WSDL; without it, the manifest's service with ?wsdl",
            )
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False, help=pick("写入何处；默认写回清单", "where to write; the manifest itself")
        ),
    ] = None,
) -> None:
    """Freeze the WSDL with all it imports, list every operation, keep every other line of the manifest."""
    from adapters.soap import as_yaml

    document = manifest.read_bytes().decode()  # line ends as they are
    frozen = asyncio.run(_frozen(connection_of(document, manifest.name), wsdl))
    account(frozen)
    changed = with_wsdl(document, as_yaml(frozen), manifest.name)
    _written(output or manifest, changed)
    typer.echo(
        pick(
            f"已写入 {output or manifest}：{len(frozen.documents)} 个文件",
            f"Written to {output or manifest}: {len(frozen.documents)} documents",
        )
    )


async def _frozen(connection: Connection, wsdl: str | None) -> WsdlRule:
    from adapters.soap import freeze as freeze_wsdl
    from adapters.soap import over

    service = f"{connection.base}{connection.soap.path.partition('?')[0]}?wsdl"
    origin = Origin.of(connection.base, allow_private=connection.allow_private)
    if wsdl is not None and not wsdl.startswith(WEB):
        return await freeze_wsdl(service, from_folder(service, Path(wsdl)))
    url = wsdl or service
    if Origin.of(url, allow_private=connection.allow_private) != origin:
        raise failed(
            Fault.NOT_ADMITTED,
            text(
                "WSDL 的来源不是清单所许可的；可先下载，再以文件给出",
                "The manifest does not admit the WSDL's origin: download it, and give the file",
            ),
        )
    async with Egress() as egress:
        return await freeze_wsdl(url, over(egress, origin, Deadline.after(SECONDS)))


def from_folder(service: str, entry: Path) -> Load:
    """Documents from the folder of a file that stands for the service's own; nothing is asked of anybody."""
    from adapters.decode import xml_characters

    below, folder = service.rpartition("/")[0] + "/", entry.resolve().parent

    def read(url: str) -> bytes:
        place = (entry if url == service else folder / url.removeprefix(below)).resolve()
        if not place.is_relative_to(folder) or not place.is_file():
            raise failed(
                Fault.NOT_ADMITTED,
                text(
                    f"WSDL 引用的 {place.name} 不在其所在目录中",
                    f"The WSDL imports {place.name}, which is not in its folder",
                ),
            )
        return place.read_bytes()

    async def load(url: str) -> str:
        return xml_characters(await asyncio.to_thread(read, url))[0]

    return load


def account(wsdl: WsdlRule) -> None:
    """Print every operation of the description: whether envelopes can be built for it, and why not."""
    from adapters.soap import inventory

    found = inventory(wsdl)
    if not found:
        raise ManifestInvalid(text("WSDL 中没有任何操作", "The WSDL declares no operation"))
    for one in found:
        usable = pick("不可用", "unusable") if one.reason else pick("可用", "usable")
        typer.echo("\t".join([usable, one.service, one.port, one.operation, one.reason or ""]).rstrip())
    usable_ones = sum(one.reason is None for one in found)
    typer.echo(
        pick(f"操作 {len(found)} 个，可用 {usable_ones} 个", f"{len(found)} operations, {usable_ones} usable")
    )


def _written(place: Path, content: str) -> None:
    """All of it or nothing: a manifest cut short would be a manifest that says something else."""
    beside = place.with_name(f".{place.name}.new")
    beside.write_text(content, "utf-8", newline="")
    beside.replace(place)
